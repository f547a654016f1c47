"""How much room the recordings have left: what the page shows, and when writing must pause."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from recorder.folder import Space

_AGAIN_FACTOR: Final = 1.25
"""Paused recordings go on when there is so much more than the reserve: at its very edge they would come and go."""


class DiskState(StrEnum):
    """low: an alarm, recording goes on. full: what is left is kept for the server itself, recording pauses."""

    OK = "ok"
    LOW = "low"
    FULL = "full"


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
    return DiskState.LOW if space.free_share < limits.alarm_free_share else DiskState.OK
