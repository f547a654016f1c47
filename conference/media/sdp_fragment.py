"""Reading an application/trickle-ice-sdpfrag (RFC 8840 section 9): only credentials matter to an ICE-lite server."""

from typing import Final

from conference.media.sdp import Lines, split
from conference.media.sdp_offer import credentials
from conference.media.words import IceCredentials
from conference.model.errors import SdpRefused

MAX_CHARS: Final = 64_000


def read_fragment(text: str) -> IceCredentials | None:
    """The first credentials named, None when there are none. Raises SdpRefused."""
    if len(text) > MAX_CHARS:
        raise SdpRefused("too long")
    lines = Lines(split(text) if text.strip() else [])
    ufrag, pwd = lines.first("ice-ufrag"), lines.first("ice-pwd")
    return None if ufrag is None and pwd is None else credentials(ufrag, pwd)
