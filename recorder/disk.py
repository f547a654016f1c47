"""How much room the recordings have left: what the page shows, and when writing must pause."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conference.model.recording import DiskState
from recorder.folder import Space

if TYPE_CHECKING:
    from collections.abc import Callable

    from recorder.folder import RecordingFolder

LOOK_S: Final = 0.5
"""People are to know within two seconds; asking costs a system call."""

_AGAIN_FACTOR: Final = 1.25
"""Paused recordings go on when there is so much more than the reserve: at its very edge they would come and go."""
_WELL_FACTOR: Final = 1.05
"""An alarm ends when there is so much more than what raised it."""


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskLimits:
    """`min_free_bytes`: never touched by recordings. `alarm_free_share`: of all, 0..1."""

    min_free_bytes: int
    alarm_free_share: float


def disk_state(space: Space, limits: DiskLimits, before: DiskState = DiskState.OK) -> DiskState:
    """What this much space means after `before`."""
    needed = limits.min_free_bytes * (_AGAIN_FACTOR if before is DiskState.FULL else 1)
    if space.free_bytes < needed:
        return DiskState.FULL
    wanted = limits.alarm_free_share * (_WELL_FACTOR if before is DiskState.LOW else 1)
    return DiskState.LOW if space.free_share < wanted else DiskState.OK


class DiskWatch:
    """Looks at the disk's space twice a second, also while nobody records. `on_change`: called with each new state. A
    disk that hangs holds up one thread of its own, nobody else."""

    def __init__(self, folder: RecordingFolder, limits: DiskLimits, on_change: Callable[[DiskState], None]) -> None:
        self.state = DiskState.OK
        self.space = Space(0, 0)
        self._folder = folder
        self._limits = limits
        self._on_change = on_change
        self._threads = ThreadPoolExecutor(1, "recorder-space")

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> DiskState:
        """How the disk is now."""
        loop = asyncio.get_running_loop()
        detail = ""
        try:
            self.space = await loop.run_in_executor(self._threads, self._folder.space)
        except OSError as error:
            state, detail = DiskState.ERROR, error.strerror or ""
        else:
            state = disk_state(self.space, self._limits, self.state)
        if state is not self.state:
            self.state = state
            level = logging.INFO if state is DiskState.OK else logging.WARNING
            log.log(level, "%s", f"- the disk of the recordings: {state.value} {detail or self._left()}")
            self._on_change(state)
        return state

    def close(self) -> None:
        """After `run`."""
        self._threads.shutdown(wait=False)

    def _left(self) -> str:
        return f"({self.space.free_bytes >> 20} MiB of {self.space.total_bytes >> 20} MiB are free)"
