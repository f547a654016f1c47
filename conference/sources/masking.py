"""Passwords that cameras want in the path or query of their address: never shown, and kept when the rest is edited."""

import re
from typing import Final

MASK: Final = "***"
_SECRET: Final = re.compile(r"(?i)\b(passw(?:or)?d|pwd|pass|token|auth)=([^&;/?#]+)")


def mask(url: str) -> str:
    """The address as people may see it."""
    return _SECRET.sub(lambda found: f"{found[1]}={MASK}", url)


def unmask(url: str, known: str) -> str:
    """An edited address with the secrets that its editor saw as masks; they come from the address known so far."""
    secrets = {found[1].lower(): found[2] for found in _SECRET.finditer(known)}

    def restore(found: re.Match[str]) -> str:
        name, value = found[1], found[2]
        return f"{name}={secrets.get(name.lower(), value)}" if value == MASK else found[0]

    return _SECRET.sub(restore, url)
