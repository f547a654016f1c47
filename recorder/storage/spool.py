"""Local copies of what is in the bucket: kept for a while, and let go of when their time or their room is over.

What is not in the bucket is no copy: nothing here touches it.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conference.model.recording import SegmentPlace, SegmentState
from recorder.storage.keys import object_key

if TYPE_CHECKING:
    from conference.model.recording import Segment
    from conference.ports import Clock, RecordingStore
    from config.settings import S3Settings
    from recorder.folder import FoundFile, RecordingFolder
    from recorder.storage.bucket import Bucket

log = logging.getLogger(__name__)

_PAGE: Final = 100
_HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class _Copy:
    segment: Segment
    file: FoundFile


class Spool:
    """`keep_free_bytes`: when the disk has less, copies go before their time."""

    def __init__(
        self,
        bucket: Bucket,
        store: RecordingStore,
        folder: RecordingFolder,
        clock: Clock,
        settings: S3Settings,
        *,
        keep_free_bytes: int,
    ) -> None:
        self._bucket = bucket
        self._store = store
        self._folder = folder
        self._clock = clock
        self._settings = settings
        self._keep_free_bytes = keep_free_bytes

    async def tidy(self) -> int:
        """Deletes the copies that are due, the oldest first; gives how many. Raises StorageError, OSError."""
        copies, all_bytes = await self._copies()
        copies.sort(key=lambda copy: copy.file.changed_at_s)
        over_bytes = await self._over(all_bytes)
        due_s = self._clock.wall_s() - self._settings.keep_local_hours * _HOUR_S
        gone = 0
        for copy in copies:
            if copy.file.changed_at_s > due_s and over_bytes <= 0:
                break  # the rest is younger
            if await self._let_go(copy.segment):
                over_bytes -= copy.file.size_bytes
                gone += 1
        return gone

    async def _copies(self) -> tuple[list[_Copy], int]:
        """And the bytes of all files here."""
        recordings = await asyncio.to_thread(self._folder.recordings)
        copies: list[_Copy] = []
        all_bytes = 0
        for start in range(0, len(recordings), _PAGE):
            page = recordings[start : start + _PAGE]
            segments = await self._store.segments(page)
            for recording in page:
                files = {file.segment: file for file in await asyncio.to_thread(self._folder.files, recording)}
                all_bytes += sum(file.size_bytes for file in files.values())
                copies += [
                    _Copy(segment, files[segment.id])
                    for segment in segments.get(recording, ())
                    if segment.id in files and _is_remote(segment)
                ]
        return copies, all_bytes

    async def _over(self, all_bytes: int) -> int:
        """How many bytes must go whatever their age."""
        limit = self._settings.local_limit_bytes
        over = all_bytes - limit if limit else 0
        space = await asyncio.to_thread(self._folder.space)
        return max(over, self._keep_free_bytes - space.free_bytes)

    async def _let_go(self, segment: Segment) -> bool:
        """Looks once more: what was proven at its upload may have been taken from the bucket since."""
        found = await self._bucket.head(object_key(self._settings.prefix, segment))
        if found is None or found.size_bytes != segment.size_bytes:
            log.error("x segment %s is not in the object storage any more: it is carried there again", segment.id)
            await self._store.set_place(segment.id, SegmentPlace.LOCAL)
            return False
        await asyncio.to_thread(self._folder.delete, segment.recording, segment.id)
        return True


def _is_remote(segment: Segment) -> bool:
    return segment.place is SegmentPlace.REMOTE and segment.state is not SegmentState.DELETED
