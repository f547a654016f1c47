"""When a live film costs more than there is time: which step to take, and when to go back. Pure; the caller acts."""

from dataclasses import dataclass
from typing import Final

from recorder.film.job import Preset


@dataclass(frozen=True, slots=True)
class Step:
    fps: int
    preset: Preset


LADDER: Final = (Step(30, "superfast"), Step(15, "superfast"), Step(15, "ultrafast"))
"""Fewer pictures first: they cost the viewer less than coarser ones (half the cost against 3.4 dB)."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is done from now on. `reason`: `overload` or `recovered`. `load`: busy time over time, smoothed."""

    before: Step
    now: Step
    reason: str
    load: float


class Overload:
    """Told of each tick how long the work for it took; says when to change."""

    BUSY: Final = 0.9
    IDLE: Final = 0.4
    """Up doubles the cost at most: below this there is room for it."""
    DOWN_AFTER_S: Final = 2.0
    UP_AFTER_S: Final = 30.0
    MAX_UP_AFTER_S: Final = 480.0
    _SMOOTHING_S: Final = 1.0

    def __init__(self, ladder: tuple[Step, ...] = LADDER) -> None:
        self._ladder = ladder
        self._at = 0
        self._load = 0.0
        self._busy_s = 0.0
        self._idle_s = 0.0
        self._up_after_s = self.UP_AFTER_S
        self._tried_up = False

    @property
    def step(self) -> Step:
        return self._ladder[self._at]

    @property
    def load(self) -> float:
        """Busy time over time, smoothed."""
        return self._load

    def tick(self, *, work_s: float, period_s: float) -> Change | None:
        """`period_s`: since the tick before. Ticks that had nothing to draw count too, with their little work."""
        share = min(1.0, period_s / self._SMOOTHING_S)
        self._load += (work_s / period_s - self._load) * share
        self._busy_s = self._busy_s + period_s if self._load > self.BUSY else 0.0
        self._idle_s = self._idle_s + period_s if self._load < self.IDLE else 0.0
        if self._busy_s >= self.DOWN_AFTER_S and self._at + 1 < len(self._ladder):
            if self._tried_up:
                # The last way up did not hold: wait longer before the next.
                self._up_after_s = min(self.MAX_UP_AFTER_S, self._up_after_s * 2)
                self._tried_up = False
            return self._go(self._at + 1, "overload")
        if self._idle_s >= self._up_after_s and self._at > 0:
            self._tried_up = True
            return self._go(self._at - 1, "recovered")
        return None

    def _go(self, to: int, reason: str) -> Change:
        change = Change(self._ladder[self._at], self._ladder[to], reason, round(self._load, 3))
        self._at, self._busy_s, self._idle_s, self._load = to, 0.0, 0.0, (self.BUSY + self.IDLE) / 2
        return change
