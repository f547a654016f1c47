"""SDP as lines (RFC 8866): a bounded parser that keeps every line of every m-section, in order.

`parse` is the only door for foreign SDP. Whatever it gets, it returns a Description or raises SdpRefused.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from conference.model.errors import SdpRefused, TooManySections

MAX_CHARS: Final = 200_000
MAX_LINES: Final = 4096
MAX_LINE_CHARS: Final = 8192
MAX_SECTIONS: Final = 64

_MEDIA: Final = re.compile(
    r"([a-z]{1,16}) ([0-9]{1,5})(?:/[0-9]{1,3})? ([A-Za-z0-9/.+-]{1,64})((?: [A-Za-z0-9*_-]{1,32}){1,128})"
)
_ORIGIN: Final = re.compile(r"\S{1,64} ([0-9]{1,20}) ([0-9]{1,20}) IN IP[46] \S{1,255}")
_LINES: Final = re.compile(rf"[a-z]=[^\r\n]{{0,{MAX_LINE_CHARS - 2}}}(?:\n[a-z]=[^\r\n]{{0,{MAX_LINE_CHARS - 2}}})*+")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029]")


class Lines:
    """The attribute lines of one level; `a=name` without colon has the value "". Indexed when first asked: of an answer
    with a hundred sections only few are ever looked into."""

    __slots__ = ("_index", "_rows")

    def __init__(self, rows: list[str]) -> None:
        self._rows = rows
        self._index: dict[str, list[str]] | None = None

    def all(self, name: str) -> list[str]:
        """Values of every `a=name` line, in order."""
        if self._index is None:
            self._index = {}
            for row in self._rows:
                if row.startswith("a="):
                    key, _, value = row[2:].partition(":")
                    self._index.setdefault(key, []).append(value)
        return self._index.get(name, [])

    def first(self, name: str) -> str | None:
        """Value of the first `a=name` line, None when there is none."""
        return next(iter(self.all(name)), None)

    def has(self, name: str) -> bool:
        """Whether there is an `a=name` line."""
        return bool(self.all(name))


@dataclass(frozen=True, slots=True)
class Section:
    """One m-section as it was written. `mid`: "" when it has none. `port` 0: rejected, unless `a=bundle-only`."""

    mid: str
    media: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    lines: Lines


@dataclass(frozen=True, slots=True)
class Description:
    """`session_id`, `version`: of the `o=` line; they are numbers up to 64 bits, kept as text."""

    session_id: str
    version: str
    lines: Lines
    sections: tuple[Section, ...]


def parse(text: str, *, max_sections: int = MAX_SECTIONS) -> Description:
    """Raises SdpRefused; takes time linear in the text."""
    rows = split(text)
    if rows[0] != "v=0":
        raise SdpRefused("does not begin with v=0")
    starts = [number for number, row in enumerate(rows) if row.startswith("m=")]
    if len(starts) > max_sections:
        raise TooManySections(f"{len(starts)} m-sections")
    bounds = [*starts, len(rows)]
    head = rows[: bounds[0]]
    session_id, version = _origin(head)
    return Description(
        session_id=session_id,
        version=version,
        lines=Lines(head),
        sections=tuple(_section(rows[start:end]) for start, end in pairwise(bounds)),
    )


def split(text: str) -> list[str]:
    """The bounded text as lines of the form `<letter>=<value>`. Raises SdpRefused."""
    if len(text) > MAX_CHARS:
        raise SdpRefused("too long")
    if _UNPRINTABLE.search(text):
        raise SdpRefused("control characters")
    text = text.replace("\r\n", "\n").rstrip("\n")
    if text.count("\n") >= MAX_LINES:
        raise SdpRefused("too many lines")
    if not _LINES.fullmatch(text):
        raise SdpRefused("a line is too long or not <letter>=<value>")
    return [row.rstrip(" ") for row in text.split("\n")]


def _origin(head: list[str]) -> tuple[str, str]:
    origins = [row[2:] for row in head if row.startswith("o=")]
    match = _ORIGIN.fullmatch(origins[0]) if len(origins) == 1 else None
    if match is None:
        raise SdpRefused("bad o= line")
    return match.group(1), match.group(2)


def _section(rows: list[str]) -> Section:
    match = _MEDIA.fullmatch(rows[0], 2)
    if match is None or int(match.group(2)) > 65535:
        raise SdpRefused("bad m= line")
    return Section(
        mid=next((row[6:] for row in rows if row.startswith("a=mid:")), ""),
        media=match.group(1),
        port=int(match.group(2)),
        protocol=match.group(3),
        formats=tuple(match.group(4).split()),
        lines=Lines(rows),
    )
