"""Reading an application/trickle-ice-sdpfrag (RFC 8840 section 9): only credentials matter to an ICE-lite server."""

from typing import Final

from conference.media.sdp import split
from conference.media.sdp_offer import credentials
from conference.media.words import IceCredentials
from conference.model.errors import SdpRefused

MAX_CHARS: Final = 64_000


def read_fragment(text: str) -> IceCredentials | None:
    """The first credentials named, None when there are none. Raises SdpRefused."""
    if len(text) > MAX_CHARS:
        raise SdpRefused("too long")
    found: dict[str, str] = {}
    for kind, value in split(text) if text.strip() else []:
        name, _, rest = value.partition(":")
        if kind == "a" and name in ("ice-ufrag", "ice-pwd"):
            found.setdefault(name, rest)
    if not found:
        return None
    return credentials(found.get("ice-ufrag"), found.get("ice-pwd"))
