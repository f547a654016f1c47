"""What is wrong with a running recording, from several sides; people are told the worst of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

WORST_FIRST: Final = ("error", "full", "restarting", "slow", "low")
Side = Literal["writer", "crash", "disk"]

log = logging.getLogger(__name__)


class Alarm:
    """`tell`: called with each change of what people see; None: all is well. `owner`: for the log."""

    def __init__(self, owner: str, tell: Callable[[str | None], None]) -> None:
        self.now: str | None = None
        self._owner = owner
        self._tell = tell
        self._sides: dict[Side, str] = {}

    def set(self, side: Side, what: str | None, detail: str = "") -> None:
        """What one side says, instead of what it said before; one of WORST_FIRST, or None."""
        if what is None:
            self._sides.pop(side, None)
        else:
            self._sides[side] = what
        now = min(self._sides.values(), key=WORST_FIRST.index, default=None)
        if now == self.now:
            return
        self.now = now
        if now is None:
            log.info("- recording %s is well again", self._owner)
        else:
            log.warning("x recording %s: %s %s", self._owner, now, detail)
        self._tell(now)
