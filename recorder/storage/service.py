"""The object storage as the rest of the recorder sees it."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from conference.model.errors import SegmentNotFound, StorageUnavailable
from recorder.storage.bucket import Bucket
from recorder.storage.errors import StorageError
from recorder.storage.keys import object_key, recording_prefix
from recorder.storage.remote import RemoteFile
from recorder.storage.spool import Spool
from recorder.storage.uploader import Uploader

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conference.model.ids import RecordingId
    from conference.model.recording import Segment
    from conference.ports import Clock, RecordingStore
    from conference.results import StorageStats
    from config.settings import S3Settings
    from recorder.folder import RecordingFolder

SEEN_S: Final = 60.0
"""A page asks for one file hundreds of times; whether it is there is asked once a minute."""
_MAX_SEEN: Final = 4096
_COPY_BYTES: Final = 1 << 20
_PREFIX_ROUNDS: Final = 1000


class ObjectStorage:
    """Made by `open_storage`."""

    def __init__(self, bucket: Bucket, folder: RecordingFolder, uploader: Uploader, clock: Clock, prefix: str) -> None:
        self._bucket = bucket
        self._folder = folder
        self._uploader = uploader
        self._clock = clock
        self._prefix = prefix
        self._seen: dict[str, float] = {}

    def stats(self) -> StorageStats:
        return self._uploader.stats()

    async def run(self) -> None:
        """Carries files away until cancelled."""
        await self._uploader.run()

    async def open(self, segment: Segment) -> RemoteFile:
        """Raises SegmentNotFound when it is not there, StorageUnavailable."""
        key = object_key(self._prefix, segment)
        now_s = self._clock.monotonic_s()
        if now_s - self._seen.get(key, -SEEN_S) >= SEEN_S:
            try:
                found = await self._bucket.head(key)
            except StorageError as error:
                raise StorageUnavailable(str(error)) from None
            if found is None or found.size_bytes < segment.size_bytes:
                raise SegmentNotFound(segment.id)
            if len(self._seen) >= _MAX_SEEN:
                self._seen.clear()
            self._seen[key] = now_s
        return RemoteFile(self._bucket, key, segment.size_bytes)

    async def materialise(self, segment: Segment) -> int:
        """The whole file on the local disk, without a name: a descriptor to read, the caller's to close; with it the
        file is gone. Raises SegmentNotFound, StorageUnavailable, OSError."""
        remote = await self.open(segment)
        scratch = await asyncio.to_thread(self._folder.scratch)
        try:
            at = 0
            while at < segment.size_bytes:
                piece = await remote.read(at, _COPY_BYTES)
                await asyncio.to_thread(_write_at, scratch, piece, at)
                at += len(piece)
        except BaseException:
            os.close(scratch)
            raise
        finally:
            remote.close()
        return scratch

    async def remove(self, recording: RecordingId) -> None:
        """All that the bucket has of a deleted recording, also what is half on its way. Idempotent; raises
        StorageError, and is then to be asked again."""
        await self._uploader.forget(recording)
        await self._clear(recording_prefix(self._prefix, recording))

    async def remove_file(self, segment: Segment) -> None:
        """Likewise of one file that the index has forgotten."""
        await self._uploader.forget(segment.recording, segment.id)
        await self._clear(object_key(self._prefix, segment))

    async def _clear(self, prefix: str) -> None:
        for _ in range(_PREFIX_ROUNDS):
            uploads = await self._bucket.uploads(prefix)
            keys = await self._bucket.keys(prefix)
            if not uploads and not keys:
                break
            for key, upload in uploads:
                await self._bucket.abort_upload(key, upload)
            for key in keys:
                await self._bucket.delete(key)
                self._seen.pop(key, None)


@asynccontextmanager
async def open_storage(
    settings: S3Settings, *, store: RecordingStore, folder: RecordingFolder, clock: Clock, keep_free_bytes: int = 0
) -> AsyncIterator[ObjectStorage]:
    """`settings` with a bucket. Whether it can be reached shows when it is used. Raises SettingsError."""
    async with Bucket.open_at(settings) as bucket:
        spool = Spool(bucket, store, folder, clock, settings, keep_free_bytes=keep_free_bytes)
        uploader = Uploader(bucket, store, folder, spool, settings)
        yield ObjectStorage(bucket, folder, uploader, clock, settings.prefix)


def _write_at(file: int, piece: bytes, offset: int) -> None:
    view = memoryview(piece)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written
