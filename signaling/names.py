"""Display names as people typed them, made harmless: nothing invisible, nothing that turns the text around."""

from __future__ import annotations

import unicodedata
from typing import Final

MAX_NAME_CHARS: Final = 64
_JOINERS: Final = frozenset("\u200c\u200d")  # Persian and emoji need them; alone they make no name
_REFUSED_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_name(raw: str) -> str:
    """NFC, single spaces, no control, bidi-override, private or unassigned characters; at most 64 characters.

    May be empty: then the caller falls back to another name.
    """
    kept = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", raw[: 4 * MAX_NAME_CHARS])
        if char.isspace() or char in _JOINERS or unicodedata.category(char) not in _REFUSED_CATEGORIES
    )
    name = " ".join(kept.split())[:MAX_NAME_CHARS].strip()
    return name if any(char not in _JOINERS for char in name) else ""
