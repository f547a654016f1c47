"""What the conference needs from outside, declared by the one who calls. The composition root plugs it in."""

from collections.abc import Sequence
from typing import Protocol

from conference.model.errors import HuishangError
from conference.model.film import Film, FilmReason, FilmState
from conference.model.ids import AlarmId, RecordingId, RoomId, SceneId, SegmentId, SourceId, WallId
from conference.model.outgoing import Outgoing
from conference.model.recording import (
    DeletionReason,
    Fragment,
    RecordedTrack,
    Recording,
    RecordingContents,
    RecordingState,
    Round,
    Segment,
    SegmentPlace,
    SegmentState,
)
from conference.model.records import RoomChange, RoomRecord, TokenRecord
from conference.model.source import SourceEvent, SourceKey, SourceRecord
from conference.model.wall import Alarm, Scene
from conference.model.wall_records import Act, WallRecord


class RoomStore(Protocol):
    """Durable rooms. A call returns only after its change is committed."""

    async def create(self, record: RoomRecord) -> None:
        """Raises RoomExists when the id is taken, also by a closed room."""
        ...

    async def get(self, room: RoomId) -> RoomRecord:
        """Also gives closed rooms. Raises RoomNotFound."""
        ...

    async def list_open(self) -> list[RoomRecord]:
        """Rooms that are not closed, oldest first."""
        ...

    async def change(self, room: RoomId, change: RoomChange) -> RoomRecord:
        """The room as it is then. Raises RoomNotFound."""
        ...

    async def close(self, room: RoomId, *, closed_at_s: float) -> None:
        """Nobody joins it any more. Idempotent: the first time stands. Raises RoomNotFound."""
        ...


class TokenStore(Protocol):
    """Durable knowledge of issued join tokens."""

    async def record(self, token: TokenRecord) -> None: ...

    async def revoke(self, token_id: str, *, revoked_at_s: float) -> None:
        """Idempotent; an id that was never recorded is remembered as revoked too."""
        ...

    async def is_revoked(self, token_id: str) -> bool: ...


class SourceStore(Protocol):
    """Durable sources, their keys and their history. Passwords and keys are sealed at rest.

    A call returns only after its change is committed. A room that was closed is in no source's `rooms` any more.
    """

    async def create(self, record: SourceRecord, key: SourceKey | None) -> None:
        """Raises RoomNotFound for a room that was never made."""
        ...

    async def get(self, source: SourceId) -> SourceRecord:
        """Raises SourceNotFound."""
        ...

    async def update(self, record: SourceRecord) -> None:
        """Raises SourceNotFound; RoomNotFound for a room that was never made."""
        ...

    async def delete(self, source: SourceId) -> None:
        """Its key and history go too. Idempotent."""
        ...

    async def key(self, source: SourceId) -> SourceKey | None:
        """Its only key, also one that is revoked or expired."""
        ...

    async def put_key(self, key: SourceKey) -> None:
        """Replaces the source's key. Raises SourceNotFound."""
        ...

    async def find_key(self, secret: str) -> SourceKey | None:
        """Whose key this is, also when it is revoked or expired."""
        ...

    async def note(self, event: SourceEvent) -> None:
        """Keeps the newest 1000 of each source. An event of a source that is gone is dropped."""
        ...

    async def history(self, source: SourceId, limit: int) -> list[SourceEvent]:
        """Newest first."""
        ...

    async def prune(self, before_s: float) -> int:
        """Forgets events older than that Unix time; gives how many."""
        ...

    async def list(self) -> list[SourceRecord]:
        """Oldest first."""
        ...


class RecordingStore(Protocol):
    """The durable index of recordings. A call returns only after its change is committed."""

    async def begin(self, recording: Recording) -> None:
        """A new recording, with its event `started`."""
        ...

    async def write(self, round_: Round) -> None:
        """One commit for all. Writing a round again changes nothing: what is there already is left as it is, but for a
        gap that gets an end and for fragment 0 of a segment that is being written, whose hash may change. Rows of a
        recording that was deleted meanwhile are dropped. Raises RecordingNotFound for rows of a recording, track or
        segment that was never written.
        """
        ...

    async def close_segment(self, segment: SegmentId, *, state: SegmentState, merkle_root: bytes | None) -> None:
        """Ends writing; a root that is there already stands when `merkle_root` is None. Raises SegmentNotFound."""
        ...

    async def set_place(self, segment: SegmentId, place: SegmentPlace) -> None:
        """Says where the file is now. Raises SegmentNotFound."""
        ...

    async def end(self, recording: RecordingId, *, state: RecordingState, ended_at_s: float) -> None:
        """Finished or interrupted, with the event. Open gaps end when it is finished. A finished one stays finished,
        a deleted one deleted. Raises RecordingNotFound.
        """
        ...

    async def resume(self, recording: RecordingId, *, at_s: float) -> None:
        """An interrupted one goes on, its open gaps end. Idempotent. Raises RecordingNotFound, RecordingFinished,
        RecordingDeleted.
        """
        ...

    async def hold(self, recording: RecordingId, *, held: bool, at_s: float, by: str) -> None:
        """Legal hold on or off, with the event. Idempotent. Raises RecordingNotFound, RecordingDeleted."""
        ...

    async def delete(
        self, recording: RecordingId, *, at_s: float, by: str, reason: DeletionReason, note: str = ""
    ) -> None:
        """Makes the tombstone: what it was, how large, its segments' roots, who deleted it and why. Gaps, events and
        the names of those recorded go at once. Idempotent: the first time stands. Raises RecordingNotFound,
        RecordingHeld, RecordingRunning.
        """
        ...

    async def purge(self, recording: RecordingId, *, limit: int) -> bool:
        """For one that is deleted and whose files are gone: forgets up to `limit` of its fragments. True while there
        are more. Raises RecordingNotFound.
        """
        ...

    async def unpurged(self, *, limit: int) -> list[RecordingId]:
        """Deleted ones that `purge` has not done with."""
        ...

    async def get(self, recording: RecordingId) -> Recording:
        """Also a deleted one. Raises RecordingNotFound."""
        ...

    async def tracks(self, recordings: Sequence[RecordingId]) -> dict[RecordingId, list[RecordedTrack]]:
        """Their tracks, as they came; a recording without any is not in it."""
        ...

    async def segments(self, recordings: Sequence[RecordingId]) -> dict[RecordingId, list[Segment]]:
        """Their segments in the order of time; a recording without any is not in it."""
        ...

    async def faults(self, recordings: Sequence[RecordingId]) -> dict[RecordingId, int]:
        """How many gaps nobody wished for; a recording without any is not in it."""
        ...

    async def contents(self, recording: RecordingId) -> RecordingContents:
        """Raises RecordingNotFound."""
        ...

    async def segment(self, segment: SegmentId) -> Segment:
        """Raises SegmentNotFound."""
        ...

    async def movable(self, *, after: SegmentId | None, limit: int) -> list[Segment]:
        """Closed ones, of recordings that are not deleted, whose file is here and sealed, in the order of their ids;
        `after`: the last one of the page before."""
        ...

    async def fragments(self, segment: SegmentId, *, start: int = 0, limit: int) -> list[Fragment]:
        """Those numbered `start` and up, in order."""
        ...

    async def seek(self, segment: SegmentId, at_ms: int, *, keyframe: bool) -> Fragment | None:
        """The last one that begins at or before that time; with `keyframe`, the last whose keyframe does."""
        ...

    async def usage(self) -> dict[str, int]:
        """Bytes of what is not deleted, by kind of room."""
        ...

    async def removable(self, room_kind: str, *, limit: int) -> list[Recording]:
        """Ended, not deleted and not held, the one that ended first at the front."""
        ...

    async def list(
        self, *, room: RoomId | None = None, after: RecordingId | None = None, limit: int, deleted: bool = False
    ) -> list[Recording]:
        """Newest first, a page of `limit`; `after`: the last one of the page before. `deleted`: tombstones too."""
        ...


class FilmStore(Protocol):
    """The durable list of composed films. A call returns only after its change is committed. Every change of state says
    whether it was one: a film that was deleted or ended meanwhile stays as it is."""

    async def add(self, film: Film) -> None:
        """A new one: queued, of a recording that has ended; making, when it is made while its recording runs; or found.

        Raises RecordingNotFound, RecordingDeleted; RecordingRunning for a queued one, RecordingFinished for a live one;
        TooManyFilms.
        """
        ...

    async def begin(self, film: SegmentId) -> bool:
        """From queued to making."""
        ...

    async def finish(self, film: Film, contents: Round) -> bool:
        """From making to ready, with its file as `contents`: a track, a segment, its fragments. False: it was deleted,
        or its recording was."""
        ...

    async def end(self, film: SegmentId, *, state: FilmState, reason: FilmReason | None = None) -> bool:
        """From queued or making to failed or cancelled."""
        ...

    async def remove(self, film: SegmentId, *, elsewhere: bool = False) -> None:
        """It and its file leave the index. `elsewhere`: object storage may have the file, `removed` lists it until
        it is removed once more. Idempotent. Raises RecordingHeld for a ready one of a held recording."""
        ...

    async def removed(self) -> list[Film]:
        """Ready ones that were removed and that object storage may still have, some of them if there are very many."""
        ...

    async def get(self, film: SegmentId) -> Film:
        """Raises FilmNotFound."""
        ...

    async def unfinished(self) -> list[Film]:
        """Queued and making ones of all recordings, in the order in which they were asked for."""
        ...

    async def list(self, recording: RecordingId) -> list[Film]:
        """Newest first."""
        ...


class WallStore(Protocol):
    """Durable walls, scenes, alarms and what was done with them. A call returns only after its change and the act that
    made it are committed, both or neither."""

    async def walls(self) -> Sequence[WallRecord]:
        """All of them, oldest pairing first."""
        ...

    async def add(self, record: WallRecord, act: Act) -> None:
        """A display was paired."""
        ...

    async def save(self, record: WallRecord, act: Act | None) -> None:
        """The wall as it is now. Raises WallNotFound."""
        ...

    async def revoke(self, wall: WallId, act: Act) -> None:
        """It and its device are gone. Idempotent."""
        ...

    async def scenes(self, room: RoomId) -> Sequence[Scene]:
        """Of a room, by name."""
        ...

    async def scene(self, room: RoomId, scene: SceneId) -> Scene:
        """Its newest version. Raises SceneNotFound."""
        ...

    async def add_scene(self, scene: Scene, act: Act) -> None: ...

    async def save_scene(self, scene: Scene, act: Act) -> None:
        """Its next version; the last 50 are kept. Raises SceneNotFound, SceneChanged when it is not the next one."""
        ...

    async def delete_scene(self, room: RoomId, scene: SceneId, act: Act) -> None:
        """With all its versions. Raises SceneNotFound."""
        ...

    async def scene_versions(self, room: RoomId, scene: SceneId) -> Sequence[Scene]:
        """Newest first. Raises SceneNotFound."""
        ...

    async def alarms(self) -> Sequence[Alarm]:
        """Those that were not cleared, oldest first."""
        ...

    async def raise_alarm(self, alarm: Alarm, act: Act) -> None: ...

    async def clear_alarm(self, alarm: AlarmId, act: Act) -> None:
        """Raises AlarmNotFound."""
        ...

    async def acts(self, room: RoomId, *, limit: int, before: int | None) -> Sequence[Act]:
        """Newest first. `before`: only those with a smaller id."""
        ...

    async def prune_acts(self, *, before_ms: int, keep: int) -> None:
        """Forgets what is older, and of each room all but the newest `keep`."""
        ...


class SeatSink(Protocol):
    """Where a person's messages go. Neither call waits: the implementation has a bounded queue."""

    def deliver(self, message: Outgoing) -> None: ...

    def close(self, error: HuishangError, *, again: bool) -> None:
        """Tell why, then end this person's socket. `again`: reconnecting makes sense."""
        ...


class Clock(Protocol):
    """Time, so that tests can hold it."""

    def monotonic_s(self) -> float: ...

    def wall_s(self) -> float:
        """Unix time."""
        ...
