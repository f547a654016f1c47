"""The part of the composition that is about the object storage: opened when the settings name a bucket."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from conference.model.recording import SegmentPlace
from recorder.storage import ObjectStorage, StorageRefuses, open_storage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from conference.model.ids import RecordingId
    from conference.ports import Clock, RecordingStore
    from config import Settings
    from recorder.folder import RecordingFolder

_FREE_FACTOR: Final = 2
"""Copies of what was carried away go long before recording would have to pause."""


class _WallClock:
    def monotonic_s(self) -> float:
        return time.monotonic()

    def wall_s(self) -> float:
        return time.time()


@asynccontextmanager
async def storage_of(
    settings: Settings, *, store: RecordingStore, folder: RecordingFolder, clock: Clock | None = None
) -> AsyncIterator[ObjectStorage | None]:
    """None without a bucket. Raises SettingsError."""
    of = settings.recording
    if of.s3.bucket is None:
        yield None
        return
    keep_free_bytes = of.min_free_bytes * _FREE_FACTOR
    opened = open_storage(
        of.s3, store=store, folder=folder, clock=clock or _WallClock(), keep_free_bytes=keep_free_bytes
    )
    async with opened as storage:
        yield storage


def deletion(storage: ObjectStorage | None, store: RecordingStore) -> Callable[[RecordingId], Awaitable[None]]:
    """Deletes what the object storage has of a recording; when none is set any more, what is there is not forgotten."""

    async def unreachable(recording: RecordingId) -> None:
        segments = (await store.segments([recording])).get(recording, [])
        if any(segment.place is SegmentPlace.REMOTE for segment in segments):
            raise StorageRefuses("recording.s3 has no bucket")

    return unreachable if storage is None else storage.remove
