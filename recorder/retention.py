"""How long recordings are kept: by age, by a quota per kind of room. Legal hold wins over both.

A deletion goes in three steps that each may be cut off and done again: the tombstone (from then on nobody gets a byte),
the files, the fragments in the index. `Remover` does all three, for a person's wish as for the rules.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from conference.model.errors import RecordingHeld, RecordingNotFound, RecordingRunning
from conference.model.recording import DeletionReason, RecordingState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from conference.model.ids import RecordingId
    from conference.model.recording import Recording
    from conference.ports import Clock, RecordingStore
    from recorder.folder import RecordingFolder

log = logging.getLogger(__name__)

ROUND_S: Final = 60.0
_DAY_S: Final = 86_400.0
_PER_ROUND: Final = 16
"""Recordings deleted in one round: unlinking large files keeps a disk busy that others are being written to."""
_PURGE: Final = 5000
"""Fragments forgotten in one transaction: SQLite has one writer, and the sync rounds must get their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """0 or none: no limit. `kind_quotas_bytes` has the kinds of rooms whose quota is not `quota_bytes`."""

    max_age_days: float = 0
    quota_bytes: int = 0
    kind_quotas_bytes: Mapping[str, int] = field(default_factory=dict)

    def quota(self, room_kind: str) -> int:
        return self.kind_quotas_bytes.get(room_kind, self.quota_bytes)


@dataclass(frozen=True, slots=True)
class Removal:
    recording: RecordingId
    reason: DeletionReason


def plan(
    candidates: Iterable[Recording], used_bytes: int, policy: Policy, room_kind: str, now_s: float
) -> list[Removal]:
    """What must go of one kind of room, the one that ended first at the front.

    `candidates`: recordings of that kind; those that run, are held or deleted are passed over. `used_bytes`: of all of
    that kind, also of those that cannot go. Deletes no more than the quota asks for.
    """
    quota = policy.quota(room_kind)
    oldest_s = now_s - policy.max_age_days * _DAY_S if policy.max_age_days > 0 else None
    removals = []
    for recording in sorted(filter(_may_go, candidates), key=lambda one: (one.ended_at_s or 0.0, one.id)):
        if oldest_s is not None and (recording.ended_at_s or 0.0) < oldest_s:
            reason = DeletionReason.AGE
        elif 0 < quota < used_bytes:
            reason = DeletionReason.QUOTA
        else:
            break  # the rest is younger, and fits
        removals.append(Removal(recording.id, reason))
        used_bytes -= recording.size_bytes
    return removals


def _may_go(recording: Recording) -> bool:
    ended = recording.state in (RecordingState.FINISHED, RecordingState.INTERRUPTED)
    return ended and recording.ended_at_s is not None and not recording.legal_hold


class Remover:
    """Deletes recordings whole. `elsewhere`: deletes what object storage has of one; it may raise OSError, and is then
    asked again in a later round. `deleted`: told of each, before its files go."""

    def __init__(
        self,
        store: RecordingStore,
        folder: RecordingFolder,
        *,
        elsewhere: Callable[[RecordingId], Awaitable[None]] | None = None,
        deleted: Callable[[RecordingId], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._folder = folder
        self._elsewhere = elsewhere
        self._deleted = deleted

    async def remove(
        self, recording: RecordingId, *, at_s: float, by: str, reason: DeletionReason, note: str = ""
    ) -> None:
        """Returns when nobody can get at it any more; what the disk does not give back now, `finish` does later.

        Raises RecordingNotFound, RecordingHeld, RecordingRunning.
        """
        await self._store.delete(recording, at_s=at_s, by=by, reason=reason, note=note)
        self._deleted(recording)
        await self._purge(recording)

    async def finish(self, *, limit: int = _PER_ROUND) -> int:
        """Goes on with deletions that were cut off or that a disk refused; gives how many are still not done."""
        unfinished = await self._store.unpurged(limit=limit)
        return sum([not await self._purge(recording) for recording in unfinished])

    async def _purge(self, recording: RecordingId) -> bool:
        gone = True
        for place in (self._elsewhere, self._here):
            try:
                if place is not None:
                    await place(recording)
            except OSError as error:
                log.warning("x files of deleted recording %s are still there: %s", recording, error)
                gone = False
        if not gone:
            return False
        while await self._store.purge(recording, limit=_PURGE):
            pass
        return True

    async def _here(self, recording: RecordingId) -> None:
        await asyncio.to_thread(self._folder.remove, recording)


class Retention:
    """Keeps the rules: `run` for ever, or `run_round` once."""

    def __init__(self, store: RecordingStore, remover: Remover, policy: Policy, clock: Clock) -> None:
        self._store = store
        self._remover = remover
        self._policy = policy
        self._clock = clock

    async def run(self) -> None:
        while True:
            try:
                again = len(await self.run_round()) >= _PER_ROUND
            except Exception:  # the database is away: the next round comes in any case; this is the edge of a timer
                log.exception("x recordings that are due could not be deleted")
                again = False
            if not again:
                await asyncio.sleep(ROUND_S)

    async def run_round(self) -> Sequence[Removal]:
        """What was deleted: at most 16 recordings. Raises what the database raises."""
        await self._remover.finish()
        done: list[Removal] = []
        for room_kind, used_bytes in sorted((await self._store.usage()).items()):
            candidates = await self._store.removable(room_kind, limit=_PER_ROUND - len(done))
            now_s = self._clock.wall_s()
            for removal in plan(candidates, used_bytes, self._policy, room_kind, now_s):
                if await self._remove(removal, now_s):
                    done.append(removal)
            if len(done) >= _PER_ROUND:
                break
        return done

    async def _remove(self, removal: Removal, now_s: float) -> bool:
        try:
            await self._remover.remove(removal.recording, at_s=now_s, by="", reason=removal.reason)
        except (RecordingHeld, RecordingRunning, RecordingNotFound):
            return False  # It was held or went on since it was looked up: it stays.
        log.info("- recording %s deleted: %s", removal.recording, removal.reason.value)
        return True
