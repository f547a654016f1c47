"""Tickets: the right to the bytes of one recording for a few minutes, in a URL.

A media element can send no Authorization header. A ticket is not stored anywhere: it is its expiry and a keyed hash
over the recording's id and that expiry. One for another recording, an expired and a forged one are refused alike,
before anybody looks whether the recording exists.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from conference.model.ids import ComposedId, RecordingId
from signaling.errors import TicketInvalid

TICKET_TTL_S: Final = 300
PURPOSE: Final = b"huishang recording ticket 1"
"""Names the key: nothing else that is made from the server's secret is ever a ticket."""
COMPOSED_TTL_S: Final = 12 * 3600
"""A display asks for the playlist all day; the stream's id is never used again."""
COMPOSED_PURPOSE: Final = b"huishang composed stream ticket 1"
_FORM: Final = re.compile(r"(\d{10,11})\.[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ticket:
    text: str = field(repr=False)
    expires_at_s: int


class Tickets:
    """Issues and checks tickets with one key of 32 bytes. They hold for `ttl_s`."""

    def __init__(self, key: bytes, *, ttl_s: int = TICKET_TTL_S) -> None:
        self._key = key
        self._ttl_s = ttl_s

    def issue(self, recording: RecordingId | ComposedId, now_s: float) -> Ticket:
        expires_at_s = int(now_s) + self._ttl_s
        return Ticket(self._text(recording, expires_at_s), expires_at_s)

    def check(self, given: str, recording: str, now_s: float) -> None:
        """Raises TicketInvalid. `recording`: as the path has it, whatever it is."""
        form = _FORM.fullmatch(given)
        expires_at_s = int(form[1]) if form is not None else 0
        genuine = hmac.compare_digest(self._text(recording, expires_at_s).encode(), given.encode(errors="replace"))
        # One that lives longer than any we issue was made before the clock was set back.
        if not genuine or not now_s < expires_at_s <= now_s + self._ttl_s:
            raise TicketInvalid

    def _text(self, recording: str, expires_at_s: int) -> str:
        said = f"{recording}\n{expires_at_s}".encode(errors="replace")
        mac = hmac.digest(self._key, said, hashlib.sha256)
        return f"{expires_at_s}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"
