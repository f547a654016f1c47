"""The index of recordings in SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import case, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from conference.model.errors import (
    RecordingDeleted,
    RecordingFinished,
    RecordingHeld,
    RecordingNotFound,
    RecordingRunning,
    SegmentNotFound,
)
from conference.model.ids import RecordingId
from conference.model.recording import (
    WISHED_GAPS,
    RecordingContents,
    RecordingEvent,
    RecordingEventKind,
    RecordingState,
    SegmentPlace,
    SegmentState,
)
from conference.store.recording_rounds import insert_new, some_fragments, strip, write_round
from conference.store.recording_rows import (
    NAME_CHARS,
    NOTE_CHARS,
    event_columns,
    event_of,
    fragment_of,
    gap_of,
    recording_of,
    recording_row,
    segment_of,
    track_of,
)
from conference.store.tables import (
    FragmentRow,
    GapRow,
    RecordedTrackRow,
    RecordingEventRow,
    RecordingRow,
    SegmentRow,
)

if TYPE_CHECKING:
    import builtins
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncSession

    from conference.model.ids import RoomId, SegmentId
    from conference.model.recording import (
        DeletionReason,
        Fragment,
        RecordedTrack,
        Recording,
        Round,
        Segment,
    )
    from conference.store.database import Database

_RUNNING: Final = RecordingState.RECORDING.value
_ENDED: Final = (RecordingState.FINISHED.value, RecordingState.INTERRUPTED.value)
_DELETED: Final = RecordingState.DELETED.value
_CLOSED: Final = (SegmentState.FINISHED.value, SegmentState.INTERRUPTED.value)


class SqlRecordingStore:
    """Implements `conference.ports.RecordingStore`. Every change is a statement that says itself when it may be done:
    two of them at the same time need no lock of ours."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- while it runs ----------------------------------------------------------------------------------------------

    async def begin(self, recording: Recording) -> None:
        async with self._database.session() as session:
            session.add(recording_row(recording))
            await session.flush()  # the event refers to it
            await _mark(
                session, recording.id, RecordingEventKind.STARTED, recording.started_at_s, recording.started_by_name
            )

    async def write(self, round_: Round) -> None:
        try:
            async with self._database.engine.begin() as connection:
                await write_round(connection, round_)
        except IntegrityError as error:
            raise RecordingNotFound(str(error.orig)) from None

    async def close_segment(self, segment: SegmentId, *, state: SegmentState, merkle_root: bytes | None) -> None:
        values: dict[str, object] = {"state": state.value}
        if merkle_root is not None:
            values["merkle_root"] = merkle_root
        await self._set_segment(segment, values)

    async def set_place(self, segment: SegmentId, place: SegmentPlace) -> None:
        await self._set_segment(segment, {"place": place.value})

    async def _set_segment(self, segment: SegmentId, values: dict[str, object]) -> None:
        # A file that was closed or carried away while its recording was deleted does not come back by it.
        kept = SegmentRow.state != SegmentState.DELETED.value
        async with self._database.session() as session:
            changed = update(SegmentRow).where(SegmentRow.id == segment, kept).values(values).returning(SegmentRow.id)
            if await session.scalar(changed) is None and await session.get(SegmentRow, segment) is None:
                raise SegmentNotFound(segment)

    async def end(self, recording: RecordingId, *, state: RecordingState, ended_at_s: float) -> None:
        finished = state is RecordingState.FINISHED
        # What is interrupted may be called finished later, never the other way round.
        before = (_RUNNING, RecordingState.INTERRUPTED.value) if finished else (_RUNNING,)
        change = {"state": state.value, "ended_at_s": ended_at_s}
        async with self._database.session() as session:
            if not await _change(session, recording, before, change):
                await _row(session, recording)
                return
            kind = RecordingEventKind.STOPPED if finished else RecordingEventKind.INTERRUPTED
            await _mark(session, recording, kind, ended_at_s)
            if finished:
                await _end_gaps(session, recording, ended_at_s)

    async def resume(self, recording: RecordingId, *, at_s: float) -> None:
        change = {"state": _RUNNING, "ended_at_s": None}
        async with self._database.session() as session:
            if await _change(session, recording, (RecordingState.INTERRUPTED.value,), change):
                await _mark(session, recording, RecordingEventKind.RESUMED, at_s)
                await _end_gaps(session, recording, at_s)
                return
            state = (await _row(session, recording)).state
        if state == _DELETED:
            raise RecordingDeleted(recording)
        if state != _RUNNING:
            raise RecordingFinished(recording)

    # ---- keeping and deleting ---------------------------------------------------------------------------------------

    async def hold(self, recording: RecordingId, *, held: bool, at_s: float, by: str) -> None:
        other = RecordingRow.legal_hold.is_(not held)
        async with self._database.session() as session:
            if await _change(session, recording, (_RUNNING, *_ENDED), {"legal_hold": held}, other):
                kind = RecordingEventKind.HELD if held else RecordingEventKind.RELEASED
                await _mark(session, recording, kind, at_s, by)
            elif (await _row(session, recording)).state == _DELETED:
                raise RecordingDeleted(recording)

    async def delete(
        self, recording: RecordingId, *, at_s: float, by: str, reason: DeletionReason, note: str = ""
    ) -> None:
        change = {
            "state": _DELETED,
            "deleted_at_s": at_s,
            "deleted_by": by[:NAME_CHARS],
            "deleted_reason": reason.value,
            "deleted_note": note[:NOTE_CHARS],
        }
        free = RecordingRow.legal_hold.is_(False)
        async with self._database.session() as session:
            if await _change(session, recording, _ENDED, change, free):
                await strip(await session.connection(), recording)
                return
            row = await _row(session, recording)
        if row.state == _RUNNING:
            raise RecordingRunning(recording)
        if row.state != _DELETED:
            raise RecordingHeld(recording)

    async def purge(self, recording: RecordingId, *, limit: int) -> bool:
        async with self._database.session() as session:
            gone = await (await session.connection()).execute(some_fragments(recording, limit))
            if len(gone.all()) >= limit:
                return True
            if not await _change(session, recording, (_DELETED,), {"purged": True}):
                await _row(session, recording)
        return False

    async def unpurged(self, *, limit: int) -> builtins.list[RecordingId]:
        unpurged = RecordingRow.purged.is_(False)
        query = select(RecordingRow.id).where(RecordingRow.state == _DELETED, unpurged).limit(limit)
        async with self._database.session() as session:
            return [RecordingId(id_) for id_ in await session.scalars(query)]

    # ---- reading ----------------------------------------------------------------------------------------------------

    async def get(self, recording: RecordingId) -> Recording:
        async with self._database.session() as session:
            return recording_of(await _row(session, recording))

    async def tracks(self, recordings: Sequence[RecordingId]) -> dict[RecordingId, list[RecordedTrack]]:
        query = (
            select(RecordedTrackRow)
            .where(RecordedTrackRow.recording_id.in_(recordings))
            .order_by(RecordedTrackRow.started_at_ms, RecordedTrackRow.id)
        )
        found: dict[RecordingId, list[RecordedTrack]] = {}
        async with self._database.session() as session:
            for row in await session.scalars(query):
                track = track_of(row)
                found.setdefault(track.recording, []).append(track)
        return found

    async def segments(self, recordings: Sequence[RecordingId]) -> dict[RecordingId, list[Segment]]:
        query = (
            select(SegmentRow)
            .where(SegmentRow.recording_id.in_(recordings))
            .order_by(SegmentRow.started_at_ms, SegmentRow.id)
        )
        found: dict[RecordingId, list[Segment]] = {}
        async with self._database.session() as session:
            for row in await session.scalars(query):
                segment = segment_of(row)
                found.setdefault(segment.recording, []).append(segment)
        return found

    async def faults(self, recordings: Sequence[RecordingId]) -> dict[RecordingId, int]:
        query = (
            select(RecordedTrackRow.recording_id, func.count())
            .join(GapRow, GapRow.track_id == RecordedTrackRow.id)
            .where(RecordedTrackRow.recording_id.in_(recordings), GapRow.reason.not_in(WISHED_GAPS))
            .group_by(RecordedTrackRow.recording_id)
        )
        async with self._database.session() as session:
            return {RecordingId(recording): count for recording, count in await session.execute(query)}

    async def contents(self, recording: RecordingId) -> RecordingContents:
        gaps = (
            select(GapRow)
            .join(RecordedTrackRow, RecordedTrackRow.id == GapRow.track_id)
            .where(RecordedTrackRow.recording_id == recording)
            .order_by(GapRow.from_ms, GapRow.track_id, GapRow.reason)
        )
        events = (
            select(RecordingEventRow)
            .where(RecordingEventRow.recording_id == recording)
            .order_by(RecordingEventRow.at_ms, RecordingEventRow.kind, RecordingEventRow.participant_id)
        )
        async with self._database.session() as session:
            record = recording_of(await _row(session, recording))
            all_gaps = tuple(gap_of(row) for row in await session.scalars(gaps))
            all_events = tuple(event_of(row) for row in await session.scalars(events))
        return RecordingContents(
            recording=record,
            tracks=tuple((await self.tracks([recording])).get(recording, ())),
            segments=tuple((await self.segments([recording])).get(recording, ())),
            gaps=all_gaps,
            events=all_events,
        )

    async def segment(self, segment: SegmentId) -> Segment:
        async with self._database.session() as session:
            row = await session.get(SegmentRow, segment)
        if row is None:
            raise SegmentNotFound(segment)
        return segment_of(row)

    async def movable(self, *, after: SegmentId | None, limit: int) -> builtins.list[Segment]:
        sealed = (SegmentRow.place == SegmentPlace.LOCAL.value, SegmentRow.merkle_root.is_not(None))
        query = select(SegmentRow).where(SegmentRow.state.in_(_CLOSED), *sealed).order_by(SegmentRow.id).limit(limit)
        if after is not None:
            query = query.where(SegmentRow.id > after)
        async with self._database.session() as session:
            return [segment_of(row) for row in await session.scalars(query)]

    async def fragments(self, segment: SegmentId, *, start: int = 0, limit: int) -> builtins.list[Fragment]:
        of_segment = (FragmentRow.segment_id == segment, FragmentRow.number >= start)
        query = select(FragmentRow).where(*of_segment).order_by(FragmentRow.number).limit(limit)
        async with self._database.session() as session:
            return [fragment_of(row) for row in await session.scalars(query)]

    async def seek(self, segment: SegmentId, at_ms: int, *, keyframe: bool) -> Fragment | None:
        begins = FragmentRow.keyframe_ms if keyframe else FragmentRow.from_ms
        query = select(FragmentRow).where(FragmentRow.segment_id == segment, begins <= at_ms)
        async with self._database.session() as session:
            row = await session.scalar(query.order_by(FragmentRow.number.desc()).limit(1))
        return fragment_of(row) if row is not None else None

    async def usage(self) -> dict[str, int]:
        size = func.sum(RecordingRow.size_bytes)
        query = select(RecordingRow.room_kind, size).where(RecordingRow.state != _DELETED)
        async with self._database.session() as session:
            rows = await session.execute(query.group_by(RecordingRow.room_kind))
            return {kind: int(total) for kind, total in rows}

    async def removable(self, room_kind: str, *, limit: int) -> builtins.list[Recording]:
        query = (
            select(RecordingRow)
            .where(RecordingRow.room_kind == room_kind, RecordingRow.state.in_(_ENDED))
            .where(RecordingRow.legal_hold.is_(False))
            .order_by(RecordingRow.ended_at_s, RecordingRow.id)
            .limit(limit)
        )
        async with self._database.session() as session:
            return [recording_of(row) for row in await session.scalars(query)]

    async def list(
        self, *, room: RoomId | None = None, after: RecordingId | None = None, limit: int, deleted: bool = False
    ) -> builtins.list[Recording]:
        query = select(RecordingRow).order_by(RecordingRow.started_at_s.desc(), RecordingRow.id.desc()).limit(limit)
        if room is not None:
            query = query.where(RecordingRow.room_id == room)
        if not deleted:
            query = query.where(RecordingRow.state != _DELETED)
        async with self._database.session() as session:
            if after is not None:
                last = await _row(session, after)
                place = tuple_(RecordingRow.started_at_s, RecordingRow.id)
                query = query.where(place < tuple_(last.started_at_s, last.id))
            return [recording_of(row) for row in await session.scalars(query)]


async def _row(session: AsyncSession, recording: RecordingId) -> RecordingRow:
    row = await session.get(RecordingRow, recording)
    if row is None:
        raise RecordingNotFound(recording)
    return row


async def _change(
    session: AsyncSession,
    recording: RecordingId,
    states: tuple[str, ...],
    values: Mapping[str, object],
    *more: ColumnElement[bool],
) -> bool:
    """Changes the recording if it is in one of these states; whether it did."""
    statement = (
        update(RecordingRow)
        .where(RecordingRow.id == recording, RecordingRow.state.in_(states), *more)
        .values(values)
        .returning(RecordingRow.id)
    )
    return await session.scalar(statement) is not None


async def _mark(
    session: AsyncSession, recording: RecordingId, kind: RecordingEventKind, at_s: float, name: str = ""
) -> None:
    event = RecordingEvent(recording=recording, at_ms=round(at_s * 1000), kind=kind, name=name)
    await insert_new(await session.connection(), RecordingEventRow, [event_columns(event)])


async def _end_gaps(session: AsyncSession, recording: RecordingId, at_s: float) -> None:
    tracks = select(RecordedTrackRow.id).where(RecordedTrackRow.recording_id == recording)
    open_ = update(GapRow).where(GapRow.track_id.in_(tracks), GapRow.until_ms.is_(None))
    at_ms = round(at_s * 1000)
    await session.execute(open_.values(until_ms=case((GapRow.from_ms > at_ms, GapRow.from_ms), else_=at_ms)))
