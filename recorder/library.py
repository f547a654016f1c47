"""What is offered of the recordings to those who watch: the index and the files behind one face.

Has the shape that the edge asks for (`signaling.recordings.library`); who may see what is decided there.
"""

from __future__ import annotations

import asyncio
import os
from io import FileIO
from typing import TYPE_CHECKING

from conference.model.errors import RecordingDeleted, SegmentNotFound, StorageUnavailable
from conference.model.ids import RecordingId, RoomId, SegmentId
from conference.model.recording import DeletionReason, RecordingState, SegmentPlace

if TYPE_CHECKING:
    import builtins
    from collections.abc import Sequence

    from conference.model.recording import RecordedTrack, Recording, RecordingContents, Segment
    from conference.ports import Clock, RecordingStore
    from recorder.folder import RecordingFolder
    from recorder.retention import Remover
    from recorder.storage.remote import RemoteFile
    from recorder.storage.service import ObjectStorage


class OpenFile:
    """A local file of a recording, as far as it was indexed when it was opened; `close` when done."""

    def __init__(
        self, file: FileIO, recording: Recording, track: RecordedTrack, segment: Segment, size_bytes: int
    ) -> None:
        self.recording = recording
        self.track = track
        self.segment = segment
        self.size_bytes = size_bytes
        self._file = file

    async def read(self, offset: int, length: int) -> bytes:
        """Between 1 and `length` bytes, none only behind the end. Raises OSError."""
        wanted = min(length, self.size_bytes - offset)
        if offset < 0 or wanted <= 0:
            return b""
        return await asyncio.to_thread(os.pread, self._file.fileno(), wanted, offset)

    async def close(self) -> None:
        """Not while a `read` is under way."""
        self._file.close()


class RemoteSegment:
    """A file of a recording in the object storage; `close` when done."""

    def __init__(self, remote: RemoteFile, recording: Recording, track: RecordedTrack, segment: Segment) -> None:
        self.recording = recording
        self.track = track
        self.segment = segment
        self.size_bytes = remote.size_bytes
        self._remote = remote

    async def read(self, offset: int, length: int) -> bytes:
        """As of `OpenFile`."""
        return await self._remote.read(offset, length)

    async def close(self) -> None:
        """Not while a `read` is under way."""
        self._remote.close()


class RecordingLibrary:
    """Every call asks the index anew: what was deleted a moment ago is not served. `storage`: where files lie that are
    not here."""

    def __init__(
        self,
        store: RecordingStore,
        folder: RecordingFolder,
        remover: Remover,
        clock: Clock,
        *,
        storage: ObjectStorage | None = None,
    ) -> None:
        self._store = store
        self._folder = folder
        self._remover = remover
        self._clock = clock
        self._storage = storage

    async def get(self, recording: RecordingId) -> RecordingContents:
        """Raises RecordingNotFound, RecordingDeleted."""
        contents = await self._store.contents(recording)
        if contents.recording.state is RecordingState.DELETED:
            raise RecordingDeleted(recording)
        return contents

    async def delete(self, recording: RecordingId, *, by: str, reason: str) -> None:
        """Idempotent. Raises RecordingNotFound, RecordingHeld, RecordingRunning."""
        at_s = self._clock.wall_s()
        await self._remover.remove(recording, at_s=at_s, by=by, reason=DeletionReason.PERSON, note=reason)

    async def hold(self, recording: RecordingId, *, held: bool, by: str) -> None:
        """Idempotent. Raises RecordingNotFound, RecordingDeleted."""
        await self._store.hold(recording, held=held, at_s=self._clock.wall_s(), by=by)

    async def open_segment(self, recording: RecordingId, segment: SegmentId) -> OpenFile | RemoteSegment:
        """From here as long as it is here. Raises SegmentNotFound, RecordingDeleted, StorageUnavailable."""
        found = await self._store.get(recording)
        if found.state is RecordingState.DELETED:
            raise RecordingDeleted(recording)
        row = await self._row(recording, segment)
        tracks = (await self._store.tracks([recording])).get(recording, [])
        track = next((one for one in tracks if row is not None and one.id == row.track), None)
        # Asked of the disk in any case: how long a refusal takes must not tell whose segment it is.
        file, on_disk = await asyncio.to_thread(self._open, recording, segment)
        if row is None or track is None:
            if file is not None:
                file.close()
            raise SegmentNotFound(segment)
        if file is not None:
            return OpenFile(file, found, track, row, min(on_disk, row.size_bytes))
        if row.place is SegmentPlace.LOCAL:
            raise SegmentNotFound(segment)
        if self._storage is None:
            raise StorageUnavailable("recording.s3 has no bucket")
        return RemoteSegment(await self._storage.open(row), found, track, row)

    async def _row(self, recording: RecordingId, segment: SegmentId) -> Segment | None:
        """None: this recording has no such segment. A player asks for every second of a film anew: not all contents of
        the recording are read for that."""
        try:
            row = await self._store.segment(segment)
        except SegmentNotFound:
            return None
        return row if row.recording == recording else None

    def _open(self, recording: RecordingId, segment: SegmentId) -> tuple[FileIO | None, int]:
        """As an object: it closes itself when whoever asked has gone before the disk answered. None: not here."""
        try:
            file, size_bytes = self._folder.open(recording, segment)
        except SegmentNotFound:
            return None, 0
        return FileIO(file), size_bytes

    async def list(
        self, *, room: RoomId | None, after: RecordingId | None, limit: int
    ) -> Sequence[tuple[Recording, Sequence[RecordedTrack]]]:
        """Newest first, a page of `limit`, each with its tracks. Raises RecordingNotFound for an unknown `after`."""
        page: builtins.list[Recording] = await self._store.list(room=room, after=after, limit=limit)
        tracks = await self._store.tracks([recording.id for recording in page])
        return [(recording, tracks.get(recording.id, [])) for recording in page]

    async def faults(self, recordings: Sequence[RecordingId]) -> dict[RecordingId, int]:
        """How many gaps nobody wished for; a recording without any is not in it."""
        return await self._store.faults(recordings)
