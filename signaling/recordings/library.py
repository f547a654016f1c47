"""What the edge needs of the recordings, declared here by the one who calls. The composition root plugs it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from conference.model.ids import RecordingId, RoomId, SegmentId
from conference.model.recording import RecordedTrack, Recording, RecordingContents, Segment


class OpenSegment(Protocol):
    """A segment's bytes as far as they were indexed when it was opened. To be closed by whoever opened it."""

    @property
    def recording(self) -> Recording: ...

    @property
    def track(self) -> RecordedTrack: ...

    @property
    def segment(self) -> Segment: ...

    @property
    def size_bytes(self) -> int:
        """What may be read; a file that is still being written may be longer."""
        ...

    async def read(self, offset: int, length: int) -> bytes:
        """Between 1 and `length` bytes, none only behind the end. Never blocks the event loop. Raises OSError."""
        ...

    async def close(self) -> None: ...


class Library(Protocol):
    """The recordings. Ids given to it have the form of ours (`is_recording_id`, `is_segment_id`), nothing else is known
    of them. Every call asks the index anew: what was deleted a moment ago is not served."""

    async def list(
        self, *, room: RoomId | None, after: RecordingId | None, limit: int
    ) -> Sequence[tuple[Recording, Sequence[RecordedTrack]]]:
        """Without the deleted ones, newest first, a page of `limit`; `after`: the last one of the page before.

        Raises RecordingNotFound for an `after` that never was.
        """
        ...

    async def faults(self, recordings: Sequence[RecordingId]) -> Mapping[RecordingId, int]:
        """How many gaps nobody wished for; a recording without any need not be in it."""
        ...

    async def get(self, recording: RecordingId) -> RecordingContents:
        """Raises RecordingNotFound, RecordingDeleted."""
        ...

    async def delete(self, recording: RecordingId, *, by: str, reason: str) -> None:
        """For good, leaving a tombstone with `by` (who) and `reason` (their own words, at most 200 characters).

        Idempotent. Raises RecordingNotFound, RecordingHeld, RecordingRunning.
        """
        ...

    async def hold(self, recording: RecordingId, *, held: bool, by: str) -> None:
        """Legal hold on or off. Idempotent. Raises RecordingNotFound, RecordingDeleted."""
        ...

    async def open_segment(self, recording: RecordingId, segment: SegmentId) -> OpenSegment:
        """Raises SegmentNotFound alike, and after the same work, for one that is not there, whose file is gone, or that
        is of another recording; RecordingDeleted; StorageUnavailable."""
        ...


class RecordingSwitch(Protocol):
    """Starting and stopping the recording of a room."""

    async def start(self, room: RoomId, *, by: str) -> RecordingId:
        """Raises RoomNotFound, RoomClosed, RecordingRunning."""
        ...

    async def stop(self, room: RoomId, *, by: str) -> None:
        """Raises RoomNotFound, RecordingNotFound when the room is not being recorded."""
        ...
