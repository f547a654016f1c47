"""How good somebody's connection is, as one number: 0 unknown, 1 lost, 2 poor, 3 fair, 4 good. Pure."""

from dataclasses import dataclass
from typing import Final

LOST: Final = 1
_WORSE_AFTER: Final = 2
_BETTER_AFTER: Final = 4
"""Seconds. Bad news soon, good news when it lasts: a badge that flickers is worse than none."""


def grade(*, lost: float, rtt_ms: float | None) -> int:
    """`lost`: share 0..1 before repair. 2 % is where audio repair begins to be heard, 8 % where video stalls often."""
    rtt = rtt_ms or 0.0
    if lost < 0.02 and rtt < 250:
        return 4
    return 3 if lost < 0.08 and rtt < 600 else 2


@dataclass(slots=True)
class Meter:
    """One sample a second goes in; the shown value changes only when several agree."""

    shown: int = 0
    _other: int = 0
    _times: int = 0

    def sample(self, value: int) -> int:
        """The value to show now. 0 and the first sample count at once."""
        if value in (self.shown, 0):
            self._times = 0
            return self.shown
        if self.shown == 0:
            self.shown = value
            return value
        same_side = (value > self.shown) == (self._other > self.shown)
        self._times = self._times + 1 if same_side and self._times else 1
        # Of several better samples the worst, of several worse ones the last: never promise more than all agree on.
        self._other = min(self._other, value) if value > self.shown and self._times > 1 else value
        if self._times >= (_BETTER_AFTER if value > self.shown else _WORSE_AFTER):
            self.shown, self._times = self._other, 0
        return self.shown
