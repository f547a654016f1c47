"""Keeps the table of errors in `docs/protocol.md` equal to the code.

`python -m signaling.document` writes it; `--check` only compares and exits 1 when the document is old.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import conference.layout.errors  # noqa: F401 - its refusals belong to the table, too
from conference.model.errors import HuishangError, ProtocolError
from signaling.errors import all_errors, close_code

TABLE_FILE: Final = Path(__file__).parent.parent / "docs" / "protocol.md"
_BEGIN: Final = "<!-- errors: made by `python -m signaling.document` -->\n"
_END: Final = "<!-- /errors -->\n"


def render() -> str:
    """The table, one row per error, sorted by code."""
    head = "| code | HTTP | close | kind | 中文 | English |\n|---|---|---|---|---|---|\n"
    return head + "".join(_row(error) for error in all_errors())


def updated(text: str) -> str:
    """The document with today's table. Raises ValueError when its marks are missing."""
    before, found, rest = text.partition(_BEGIN)
    _, closed, after = rest.partition(_END)
    if not (found and closed):
        raise ValueError(f"{TABLE_FILE.name} lacks the marks of the error table")
    return before + _BEGIN + render() + _END + after


def main(arguments: list[str]) -> int:
    """Exit code: 0 up to date or written, 1 old (with --check)."""
    old = TABLE_FILE.read_text(encoding="utf-8")
    new = updated(old)
    if arguments == ["--check"]:
        if new != old:
            sys.stderr.write(f"{TABLE_FILE}: the error table is old, run `python -m signaling.document`\n")
        return int(new != old)
    TABLE_FILE.write_text(new, encoding="utf-8")
    return 0


def _row(error: type[HuishangError]) -> str:
    kind = "ends the connection" if issubclass(error, ProtocolError) else "refusal"
    retry = f" (retry after {error.retry_after_s} s)" if error.retry_after_s is not None else ""
    return (
        f"| `{error.code}` | {error.status}{retry} | {close_code(error())} | {kind} "
        f"| {error.text.zh} | {error.text.en} |\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
