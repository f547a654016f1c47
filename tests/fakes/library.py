"""A library of recordings in memory: the rules of the real one. `calls` notes what it was asked, `reads` each read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from conference.model.errors import (
    RecordingDeleted,
    RecordingHeld,
    RecordingNotFound,
    RecordingRunning,
    RoomNotFound,
    SegmentNotFound,
)
from conference.model.ids import Identity, ParticipantId, RecordedTrackId, RecordingId, RoomId, SegmentId
from conference.model.recording import (
    WISHED_GAPS,
    Gap,
    GapReason,
    RecordedKind,
    RecordedTrack,
    Recording,
    RecordingContents,
    RecordingEvent,
    RecordingEventKind,
    RecordingState,
    Segment,
    SegmentState,
)
from conference.model.track import Source

RECORDING = RecordingId("rec-0123456789abcdef")
OTHER_RECORDING = RecordingId("rec-fedcba9876543210")
VIDEO = SegmentId("seg-00000000000000aa")
SOUND = SegmentId("seg-00000000000000bb")
FILM = SegmentId("film-00000000000000cc")
OTHER_VIDEO = SegmentId("seg-00000000000000dd")
STARTED_S = 1_700_000_000.0
STARTED_MS = round(STARTED_S * 1000)

Bytes = Callable[[int, int], bytes]
"""(offset, length) → the bytes there."""


def pattern(offset: int, length: int) -> bytes:
    """Bytes that tell where they are: a period of 251, prime to every buffer's size."""
    first = offset % 251
    return (bytes(range(251)) * (length // 251 + 2))[first : first + length]


@dataclass(eq=False)
class FakeOpen:
    library: FakeLibrary
    recording: Recording
    track: RecordedTrack
    segment: Segment
    content: Bytes
    closed: bool = False

    @property
    def size_bytes(self) -> int:
        return self.segment.size_bytes

    async def read(self, offset: int, length: int) -> bytes:
        assert not self.closed
        assert length > 0
        self.library.reads.append((self.segment.id, offset, length))
        self.library.moved.set()
        if self.library.fault_at is not None and offset >= self.library.fault_at:
            raise OSError("the disk refuses")
        await asyncio.sleep(0)
        return self.content(offset, min(length, self.size_bytes - offset))

    async def close(self) -> None:
        self.closed = True
        self.library.moved.set()


@dataclass(eq=False)
class FakeLibrary:
    """`fault_at`: from which offset on the disk refuses."""

    recordings: dict[RecordingId, RecordingContents] = field(default_factory=dict)
    content: dict[SegmentId, Bytes] = field(default_factory=dict)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    reads: list[tuple[SegmentId, int, int]] = field(default_factory=list)
    opened: list[FakeOpen] = field(default_factory=list)
    fault_at: int | None = None
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Asks again after every open, read and close, for 10 s at most."""
        async with asyncio.timeout(10):
            while not condition():
                self.moved.clear()
                await self.moved.wait()

    def still_open(self) -> int:
        return sum(not opened.closed for opened in self.opened)

    def change(self, recording: RecordingId, **changes: object) -> None:
        """Of the recording's own record."""
        contents = self.recordings[recording]
        self.recordings[recording] = replace(contents, recording=replace(contents.recording, **changes))  # type: ignore[arg-type]

    def change_segment(self, segment: SegmentId, **changes: object) -> None:
        for id_, contents in self.recordings.items():
            segments = tuple(
                replace(one, **changes) if one.id == segment else one  # type: ignore[arg-type]
                for one in contents.segments
            )
            self.recordings[id_] = replace(contents, segments=segments)

    async def list(
        self, *, room: RoomId | None, after: RecordingId | None, limit: int
    ) -> Sequence[tuple[Recording, Sequence[RecordedTrack]]]:
        self.calls.append(("list", room, after, limit))
        if after is not None and after not in self.recordings:
            raise RecordingNotFound(after)
        newest = sorted(self.recordings.values(), key=lambda one: one.recording.started_at_s, reverse=True)
        ids = [one.recording.id for one in newest]
        start = ids.index(after) + 1 if after is not None else 0
        return [
            (one.recording, one.tracks)
            for one in newest[start:]
            if (room is None or one.recording.room == room) and one.recording.state is not RecordingState.DELETED
        ][:limit]

    async def faults(self, recordings: Sequence[RecordingId]) -> dict[RecordingId, int]:
        gaps = {one: self.recordings[one].gaps for one in recordings}
        return {one: sum(gap.reason not in WISHED_GAPS for gap in all_) for one, all_ in gaps.items()}

    async def get(self, recording: RecordingId) -> RecordingContents:
        self.calls.append(("get", recording))
        return self._kept(recording)

    async def delete(self, recording: RecordingId, *, by: str, reason: str) -> None:
        self.calls.append(("delete", recording, by, reason))
        if recording not in self.recordings:
            raise RecordingNotFound(recording)
        kept = self.recordings[recording].recording
        if kept.legal_hold:
            raise RecordingHeld(recording)
        if kept.state is RecordingState.RECORDING:
            raise RecordingRunning(recording)
        self.change(recording, state=RecordingState.DELETED)

    async def hold(self, recording: RecordingId, *, held: bool, by: str) -> None:
        self.calls.append(("hold", recording, held, by))
        self._kept(recording)
        self.change(recording, legal_hold=held)

    async def open_segment(self, recording: RecordingId, segment: SegmentId) -> FakeOpen:
        self.calls.append(("open", recording, segment))
        contents = self._kept(recording) if recording in self.recordings else None
        found = next((one for one in contents.segments if one.id == segment), None) if contents is not None else None
        if contents is None or found is None or segment not in self.content:
            raise SegmentNotFound(segment)
        track = next(one for one in contents.tracks if one.id == found.track)
        opened = FakeOpen(self, contents.recording, track, found, self.content[segment])
        self.opened.append(opened)
        self.moved.set()
        return opened

    def _kept(self, recording: RecordingId) -> RecordingContents:
        if recording not in self.recordings:
            raise RecordingNotFound(recording)
        if self.recordings[recording].recording.state is RecordingState.DELETED:
            raise RecordingDeleted(recording)
        return self.recordings[recording]


@dataclass(eq=False)
class FakeSwitch:
    rooms: frozenset[RoomId]
    running: dict[RoomId, RecordingId] = field(default_factory=dict)

    async def start(self, room: RoomId, *, by: str) -> RecordingId:
        if room not in self.rooms:
            raise RoomNotFound(room)
        if room in self.running:
            raise RecordingRunning(room)
        self.running[room] = RECORDING
        return RECORDING

    async def stop(self, room: RoomId, *, by: str) -> None:
        if self.running.pop(room, None) is None:
            raise RecordingNotFound(room)


def filled_library(*, video_bytes: int = 300_000, sound_bytes: int = 20_000) -> FakeLibrary:
    """RECORDING with a camera, a microphone, a film and a gap that lasts; the newer OTHER_RECORDING with a camera."""
    library = FakeLibrary()
    library.recordings[RECORDING] = _first(video_bytes, sound_bytes)
    library.recordings[OTHER_RECORDING] = _second()
    library.content = dict.fromkeys((VIDEO, SOUND, FILM, OTHER_VIDEO), pattern)
    return library


def _track(id_: str, recording: RecordingId, kind: RecordedKind, source: Source | None) -> RecordedTrack:
    person = source is not None
    return RecordedTrack(
        id=RecordedTrackId(id_), recording=recording, kind=kind, started_at_ms=STARTED_MS,
        participant=ParticipantId("p-1" if person else ""), name="王芳" if person else "", source=source,
    )  # fmt: skip


def _segment(id_: SegmentId, track: RecordedTrack, codec: str, size_bytes: int, width: int, height: int) -> Segment:
    return Segment(
        id=id_, recording=track.recording, track=track.id, codec=codec, started_at_ms=STARTED_MS + 1000,
        until_ms=STARTED_MS + 61_000, size_bytes=size_bytes, width=width, height=height, state=SegmentState.FINISHED,
        merkle_root=bytes.fromhex(id_.partition("-")[2]) * 4,
    )  # fmt: skip


def _first(video_bytes: int, sound_bytes: int) -> RecordingContents:
    camera = _track("trk-1", RECORDING, RecordedKind.VIDEO, Source.CAMERA)
    microphone = _track("trk-2", RECORDING, RecordedKind.AUDIO, Source.MICROPHONE)
    film = _track("trk-3", RECORDING, RecordedKind.FILM, None)
    joined = RecordingEvent(
        recording=RECORDING, at_ms=STARTED_MS, kind=RecordingEventKind.JOINED, participant=ParticipantId("p-1"),
        name="王芳",
    )  # fmt: skip
    return RecordingContents(
        recording=Recording(
            id=RECORDING, room=RoomId("r-test"), room_name="第一会议室", started_at_s=STARTED_S,
            started_by=Identity("u-1"), started_by_name="主持人", state=RecordingState.FINISHED,
            ended_at_s=STARTED_S + 61, size_bytes=video_bytes + sound_bytes,
        ),
        tracks=(camera, microphone, film),
        segments=(
            _segment(VIDEO, camera, "vp8", video_bytes, 1280, 720),
            _segment(SOUND, microphone, "opus", sound_bytes, 0, 0),
            _segment(FILM, film, "h264", 1000, 1920, 1080),
        ),
        gaps=(
            Gap(track=camera.id, from_ms=STARTED_MS + 5000, until_ms=STARTED_MS + 6000, reason=GapReason.LOSS),
            Gap(track=microphone.id, from_ms=STARTED_MS + 60_000, until_ms=None, reason=GapReason.CRASH),
        ),
        events=(joined,),
    )  # fmt: skip


def _second() -> RecordingContents:
    camera = _track("trk-9", OTHER_RECORDING, RecordedKind.VIDEO, Source.CAMERA)
    return RecordingContents(
        recording=Recording(
            id=OTHER_RECORDING, room=RoomId("r-other"), room_name="别的会议室", started_at_s=STARTED_S + 100,
            automatic=True, size_bytes=4000,
        ),
        tracks=(camera,),
        segments=(_segment(OTHER_VIDEO, camera, "h264", 4000, 640, 360),),
        gaps=(),
        events=(),
    )  # fmt: skip
