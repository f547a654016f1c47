"""Carrying one file to the bucket, and the proof that it is there as it was recorded.

Nothing about an upload is kept here: the server itself says which parts it has, so that a restart goes on where it was.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from recorder.integrity import pages
from recorder.storage.body import FileBody
from recorder.storage.errors import NotProven, ObjectMissing
from recorder.storage.remote import RemoteFile

if TYPE_CHECKING:
    from conference.model.recording import Segment
    from conference.ports import RecordingStore
    from recorder.storage.bucket import Bucket, StoredPart
    from recorder.storage.pace import Pace
    from recorder.storage.plan import Part, Plan

log = logging.getLogger(__name__)


class Upload:
    """One file on its way. `file` stays the caller's."""

    def __init__(
        self, *, bucket: Bucket, store: RecordingStore, pace: Pace, key: str, segment: Segment, plan: Plan, file: int
    ) -> None:
        self._bucket = bucket
        self._store = store
        self._pace = pace
        self._key = key
        self._segment = segment
        self._plan = plan
        self._file = file
        self.sent_bytes = 0

    async def run(self) -> None:
        """Returns when the object is proven to be what was recorded. Raises StorageError, OSError of the disk."""
        if await self._is_proven():
            return
        if len(self._plan.parts) == 1:
            part = self._plan.parts[0]
            await self._bucket.put(self._key, self._body(part), part.checksum)
            self.sent_bytes += part.length
        else:
            await self._in_parts()
        if not await self._is_proven():
            raise NotProven

    async def _in_parts(self) -> None:
        upload, there = await self._begun()
        for part in self._plan.parts:
            if part.number not in there:
                there[part.number] = await self._bucket.put_part(self._key, upload, part, self._body(part))
                self.sent_bytes += part.length
        await self._bucket.end_upload(self._key, upload, [there[part.number] for part in self._plan.parts])

    async def _begun(self) -> tuple[str, dict[int, StoredPart]]:
        """An upload and which of its parts are good: one that was cut off, or a new one."""
        uploads = [upload for key, upload in await self._bucket.uploads(self._key) if key == self._key]
        for upload in uploads:
            try:
                parts = await self._bucket.parts(self._key, upload)
            except ObjectMissing:
                continue
            good = self._good(parts)
            if len(good) == len(parts):
                log.info("- segment %s: its upload goes on with %d parts", self._segment.id, len(good))
                return upload, good
            await self._bucket.abort_upload(self._key, upload)  # begun with parts of another size
        return await self._bucket.begin_upload(self._key), {}

    def _good(self, parts: list[StoredPart]) -> dict[int, StoredPart]:
        planned = {part.number: part for part in self._plan.parts}
        good = {}
        for part in parts:
            wanted = planned.get(part.number)
            if wanted is None or part.size_bytes != wanted.length:
                continue
            if part.checksum in (None, wanted.checksum):  # without checksums the object is read back at the end
                good[part.number] = part
        return good

    def _body(self, part: Part) -> FileBody:
        return FileBody(self._file, part.offset, part.length, self._pace)

    async def _is_proven(self) -> bool:
        found = await self._bucket.head(self._key)
        if found is None or found.size_bytes != self._plan.size_bytes:
            return False
        if found.checksum is not None and _alike(found.checksum, self._plan.checksum):
            return found.checksum == self._plan.checksum
        return await reads_as_recorded(self._bucket, self._store, self._key, self._segment)


async def reads_as_recorded(bucket: Bucket, store: RecordingStore, key: str, segment: Segment) -> bool:
    """Reads the whole object: what a server without checksums has is known in no other way. Raises StorageError."""
    remote = RemoteFile(bucket, key, segment.size_bytes)
    try:
        async for page in pages(store, segment.id):
            for fragment in page:
                digest, _ = await remote.digest(fragment.offset, fragment.length)
                if digest != fragment.sha256:
                    return False
    finally:
        remote.close()
    return True


def _alike(first: str, second: str) -> bool:
    """Both of an object in one part, or both of one in several: "…=" and "…=-7" say different things of the same."""
    return ("-" in first) == ("-" in second)
