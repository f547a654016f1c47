"""How fast we send, and how long we wait before we try again."""

from __future__ import annotations

import asyncio
import random
from typing import Final

FIRST_WAIT_S: Final = 2.0
LONGEST_WAIT_S: Final = 300.0
_BURST_S: Final = 0.1


class Pace:
    """Lets bytes through at no more than a bitrate, all senders together. 0: as fast as it goes."""

    def __init__(self, bitrate_bps: int) -> None:
        self._bytes_per_s = bitrate_bps / 8
        self._free_at_s = 0.0

    async def take(self, count: int) -> None:
        """Returns when `count` bytes may be sent."""
        if not self._bytes_per_s:
            return
        now_s = asyncio.get_running_loop().time()
        self._free_at_s = max(self._free_at_s, now_s - _BURST_S) + count / self._bytes_per_s
        if self._free_at_s > now_s:
            await asyncio.sleep(self._free_at_s - now_s)


class Backoff:
    """Waits that double, with a jitter: servers that lost the same storage must not all come back in one moment."""

    def __init__(self, first_s: float = FIRST_WAIT_S, longest_s: float = LONGEST_WAIT_S) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._failures = 0

    def next_s(self) -> float:
        """How long to wait after one more failure: between half of the step and the whole of it."""
        step_s = min(self._longest_s, self._first_s * 2 ** min(self._failures, 16))
        self._failures += 1
        return float(step_s * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load, hides nothing

    def reset(self) -> None:
        self._failures = 0
