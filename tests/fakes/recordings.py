"""Recordings on a real disk and in a real SQLite, as a recorder leaves them: a fragment of random bytes a second."""

import hashlib
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from conference.model.ids import ParticipantId, RecordedTrackId, RecordingId, RoomId, SegmentId
from conference.model.recording import (
    Fragment,
    RecordedKind,
    RecordedTrack,
    Recording,
    RecordingState,
    Round,
    Segment,
    new_recording_id,
    new_segment_id,
    new_track_id,
)
from conference.store import Database, SqlRecordingStore, open_database
from conference.store.database import database_url
from recorder.folder import RecordingFolder
from recorder.integrity import seal

START_S = 1_700_000_000.0
START_MS = 1_700_000_000_000
SECOND = 1000


@dataclass(frozen=True)
class Shelf:
    """`store` and `folder` of one server; `root`: the folder's path, for a test that plays the disk."""

    store: SqlRecordingStore
    folder: RecordingFolder
    root: Path
    database: Database

    def path(self, recording: RecordingId, segment: SegmentId) -> Path:
        return self.root / recording / f"{segment}.{'mp4' if segment.startswith('film-') else 'mkv'}"


@asynccontextmanager
async def open_shelf(path: Path) -> AsyncIterator[Shelf]:
    async with open_database(database_url(None, path)) as database:
        folder = RecordingFolder.open_at(path / "recordings")
        try:
            yield Shelf(SqlRecordingStore(database), folder, path / "recordings", database)
        finally:
            folder.close()


class Writer:
    """One track that writes a fragment a second; what it does not `sync` is on the disk, but not in the index."""

    def __init__(self, shelf: Shelf, recording: RecordingId, seed: int = 0) -> None:
        self.segment = new_segment_id()
        self.track: RecordedTrackId = new_track_id()
        self.recording = recording
        self.fragments: list[Fragment] = []
        self._shelf = shelf
        self._random = random.Random(seed)
        self._file = -1
        self._end = 0

    async def begin(self) -> "Writer":
        self._file = self._shelf.folder.create(self.recording, self.segment)
        track = RecordedTrack(
            id=self.track,
            recording=self.recording,
            kind=RecordedKind.VIDEO,
            started_at_ms=START_MS,
            participant=ParticipantId("p"),
            name="李娜",
        )
        segment = Segment(
            id=self.segment, recording=self.recording, track=self.track, codec="vp8", started_at_ms=START_MS
        )
        await self._shelf.store.write(Round(tracks=(track,), segments=(segment,)))
        return self

    def put(self, length: int) -> Fragment:
        """Writes and gives what the index should know of it."""
        content = self._random.randbytes(length)
        os.write(self._file, content)
        number = len(self.fragments)
        fragment = Fragment(
            segment=self.segment,
            number=number,
            offset=self._end,
            length=length,
            sha256=hashlib.sha256(content).digest(),
            from_ms=START_MS + number * SECOND,
            until_ms=START_MS + (number + 1) * SECOND,
        )
        self._end += length
        return fragment

    async def sync(self, seconds: int = 1, length: int = 100) -> None:
        made = []
        for _ in range(seconds):
            made.append(self.put(length))
            self.fragments.append(made[-1])
        await self._shelf.store.write(Round(fragments=tuple(made)))

    def stop(self) -> None:
        os.close(self._file)

    async def finish(self) -> None:
        self.stop()
        await seal(self._shelf.store, self.segment)


async def begin_recording(shelf: Shelf, **more: object) -> RecordingId:
    recording = new_recording_id()
    words: dict[str, object] = {"room": RoomId("main"), "room_name": "会商室", "started_at_s": START_S, **more}
    await shelf.store.begin(Recording(id=recording, **words))  # type: ignore[arg-type]
    return recording


async def finished_recording(shelf: Shelf, seconds: int = 5, tracks: int = 1, **more: object) -> list[Writer]:
    """One recording with so many tracks of so many seconds, stopped as it should be; its tracks."""
    recording = await begin_recording(shelf, **more)
    writers = [await Writer(shelf, recording, seed).begin() for seed in range(tracks)]
    for writer in writers:
        await writer.sync(seconds)
        await writer.finish()
    await shelf.store.end(recording, state=RecordingState.FINISHED, ended_at_s=START_S + seconds)
    return writers
