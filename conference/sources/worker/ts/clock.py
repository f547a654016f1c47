"""From 90 kHz time stamps of 33 bits to one continuous line of µs for all streams of a program."""

from dataclasses import dataclass
from typing import Final

TICKS: Final = 1 << 33
_NEAR_TICKS: Final = 10 * 90_000
"""A stamp further than this from the line's last one belongs to another time base."""
_MAX_BASES: Final = 3


@dataclass(slots=True)
class _Base:
    last: int
    """Ticks, unwrapped, of the last stamp on it."""
    offset_us: int


def us_of(ticks: int) -> int:
    """Rounded to the nearest µs."""
    return (ticks * 100 + 4) // 9


class ProgramClock:
    """A program may change its time base: announced by the PCR's discontinuity indicator, or not at all. The line then
    goes on by the time that has passed on arrival. Streams cross over one by one, so a stamp of the old base still
    finds its place for a while.

    The line begins at the source's own first stamp. Times of arrival: monotonic, s.
    """

    def __init__(self) -> None:
        self._bases: list[_Base] = []
        self._latest_us = 0
        self._latest_arrived_s = 0.0

    def stamp(self, raw: int, arrived_s: float) -> int:
        """The place of a PTS, DTS or PCR base (33 bits), µs. May be below zero by the reordering at a start."""
        for base in self._bases:
            step = _signed(raw - base.last)
            if -_NEAR_TICKS <= step <= _NEAR_TICKS:
                base.last += step
                return self._noted(us_of(base.last) + base.offset_us, arrived_s)
        return self._begin(raw, arrived_s)

    def discontinuity(self, raw: int, arrived_s: float) -> None:
        """The PCR of a packet whose discontinuity indicator is set: a new base, however near to the old one."""
        if self._bases:
            self._begin(raw, arrived_s)
            del self._bases[1:]

    def now_us(self, arrived_s: float) -> int:
        """The time that stands for this moment, for data without stamps."""
        return self._latest_us + max(0, round((arrived_s - self._latest_arrived_s) * 1_000_000))

    def _begin(self, raw: int, arrived_s: float) -> int:
        offset_us = self.now_us(arrived_s) - us_of(raw) if self._bases else 0
        self._bases.insert(0, _Base(raw, offset_us))
        del self._bases[_MAX_BASES:]
        return self._noted(us_of(raw) + offset_us, arrived_s)

    def _noted(self, at_us: int, arrived_s: float) -> int:
        # A stamp that steps back (B-frames, another stream's queue) says nothing about now.
        if at_us >= self._latest_us:
            self._latest_us, self._latest_arrived_s = at_us, arrived_s
        return at_us


def _signed(ticks: int) -> int:
    ticks %= TICKS
    return ticks if ticks < TICKS >> 1 else ticks - TICKS
