"""Bounds of the edge: how often, how big, how deep. Everything here runs before a byte is decoded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import accumulate
from time import monotonic
from typing import Final

JOIN_TIMEOUT_S: Final = 10.0
"""A socket that has not joined by then is closed: it costs memory and nobody knows who it is."""
SILENCE_TIMEOUT_S: Final = 15.0
"""Clients ping every 2 s; seven lost pings in a row are a dead peer or a dead path."""
SEND_STALL_S: Final = 15.0
"""A peer that takes no byte for so long while some wait for it is not reading."""
MAX_WAITING_SOCKETS: Final = 512
"""Sockets that have not joined yet, of the whole server: above it an upgrade is answered 503 with Retry-After."""
BODY_TIMEOUT_S: Final = 10.0
NEGOTIATIONS_PER_S: Final = 50.0
NEGOTIATION_BURST: Final = 200.0
"""Offers by HTTP for the whole server: a hall that joins at once passes, a loop of retries does not."""
MAX_SOURCE_TESTS: Final = 4
SOURCE_TEST_S: Final = 8.0
"""A camera that has shown nothing by then will not please anybody; its tester waits in front of a form."""
MAX_DOWNLOADS: Final = 64
"""Recordings being played or downloaded: each holds up to 256 KiB for a slow reader. A player has one per track."""
ID_PATTERN: Final = r"^[A-Za-z0-9_.:-]{1,64}$"
_ID: Final = re.compile(ID_PATTERN)

# A string may be left open at the end of hostile text; "?" keeps the scan linear there, and "*+" never backtracks.
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_STEPS: Final = bytes.maketrans(b"[{]}", bytes((1, 1, 255, 255)))  # 255 is -1 as a signed byte


def json_too_deep(text: bytes, limit: int) -> bool:
    """Whether JSON text nests arrays and objects deeper than `limit`; linear in its length, right for broken text too.

    A decoder recurses per level, so this looks first.
    """
    if text.count(b"[") + text.count(b"{") <= limit:
        return False  # nearly every message ends here
    steps = _STRING.sub(b"", text).translate(_STEPS, _NOT_BRACKETS)
    return max(accumulate(memoryview(steps).cast("b")), default=0) > limit


class TokenBucket:
    """Allows `rate_per_s` on average and `burst` at once. Pure: the clock is given."""

    def __init__(self, rate_per_s: float, burst: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate_per_s = rate_per_s
        self._burst = burst
        self._clock = clock
        self._left = burst
        self._at_s = clock()

    def take(self) -> bool:
        """Takes one; False when the bucket is empty."""
        now_s = self._clock()
        self._left = min(self._burst, self._left + max(0.0, now_s - self._at_s) * self._rate_per_s)
        self._at_s = now_s
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Slots:
    """How many of something may run at once. `with slots.take() as taken`: whether there was a free one."""

    def __init__(self, count: int) -> None:
        self._free = count

    @contextmanager
    def take(self) -> Iterator[bool]:
        """Holds a slot for the length of the block, when it got one."""
        taken = self._free > 0
        self._free -= taken
        try:
            yield taken
        finally:
            self._free += taken


def is_id(text: str) -> bool:
    """Whether text can be the id of anything here: short, ASCII, safe in a URL."""
    return _ID.fullmatch(text) is not None
