"""Names that people give: what may be shown."""

import unicodedata
from typing import Final

from conference.model.errors import NameInvalid

MAX_NAME_CHARS: Final = 64
_JOINERS: Final = "\u200c\u200d"
"""Invisible, but parts of emoji and of some scripts."""


def clean_name(name: str) -> str:
    """A name fit to be shown: NFC, 1..64 characters, none that control or change direction. Raises NameInvalid."""
    cleaned = unicodedata.normalize("NFC", name).strip()
    if not 1 <= len(cleaned) <= MAX_NAME_CHARS:
        raise NameInvalid(f"{len(cleaned)} characters")
    if any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in _JOINERS for c in cleaned):
        raise NameInvalid("control characters")
    return cleaned
