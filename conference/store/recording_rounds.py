"""Writing a round of a recording, and forgetting one that was deleted. Both run inside the caller's transaction.

On a bare connection: a round comes every second, and the session's unit of work would be half of its cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import sqlite

from conference.model.ids import RecordingId
from conference.model.recording import RecordingState, Round, SegmentState
from conference.store.recording_rows import (
    Columns,
    event_columns,
    fragment_columns,
    gap_columns,
    segment_columns,
    track_columns,
)
from conference.store.tables import (
    Base,
    FilmRow,
    FragmentRow,
    GapRow,
    RecordedTrackRow,
    RecordingEventRow,
    RecordingRow,
    SegmentRow,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

_DELETED: Final = RecordingState.DELETED.value
_SIZES: Final = (
    update(RecordingRow)
    .values(
        size_bytes=case(
            (RecordingRow.state == _DELETED, RecordingRow.size_bytes),
            else_=select(func.coalesce(func.sum(SegmentRow.size_bytes), 0))
            .where(SegmentRow.recording_id == RecordingRow.id)
            .correlate(RecordingRow)
            .scalar_subquery(),
        )
    )
    .returning(RecordingRow.id, RecordingRow.state)
)
_FURTHEST, _LATEST = bindparam("furthest", type_=BigInteger), bindparam("latest", type_=BigInteger)
_GROW: Final = (
    update(SegmentRow)
    .where(SegmentRow.id == bindparam("segment"))
    .values(
        size_bytes=case((SegmentRow.size_bytes < _FURTHEST, _FURTHEST), else_=SegmentRow.size_bytes),
        until_ms=case((SegmentRow.until_ms < _LATEST, _LATEST), else_=SegmentRow.until_ms),
    )
)


async def write_round(connection: AsyncConnection, round_: Round) -> None:
    """Inserts first, so that SQLite's write lock is held before anything is read."""
    await insert_new(connection, RecordedTrackRow, [track_columns(track) for track in round_.tracks])
    await insert_new(connection, SegmentRow, [segment_columns(segment) for segment in round_.segments])
    await _put_fragments(connection, [fragment_columns(fragment) for fragment in round_.fragments])
    await _put_gaps(connection, [gap_columns(gap) for gap in round_.gaps])
    await insert_new(connection, RecordingEventRow, [event_columns(event) for event in round_.events])
    await _grow_segments(connection, round_)
    # Locks the recordings too: one that is deleted from here on finds all of this round to forget.
    for recording, state in (await connection.execute(_SIZES.where(_touched(round_)))).all():
        if state == _DELETED:
            await _strip_late(connection, RecordingId(recording))


async def measure(connection: AsyncConnection, recording: RecordingId) -> None:
    """Its size anew, after segments of it were forgotten."""
    await connection.execute(_SIZES.where(RecordingRow.id == recording))


async def strip(connection: AsyncConnection, recording: RecordingId) -> None:
    """Takes from a tombstone what is small: gaps, events, films' lines, the names of those who were recorded."""
    tracks = select(RecordedTrackRow.id).where(RecordedTrackRow.recording_id == recording)
    names = update(RecordedTrackRow).where(RecordedTrackRow.recording_id == recording)
    segments = update(SegmentRow).where(SegmentRow.recording_id == recording)
    for statement in (
        delete(GapRow).where(GapRow.track_id.in_(tracks)),
        delete(RecordingEventRow).where(RecordingEventRow.recording_id == recording),
        delete(FilmRow).where(FilmRow.recording_id == recording),
        names.values(participant_id="", name="", identity=""),
        segments.values(state=SegmentState.DELETED.value),
    ):
        await connection.execute(statement)


async def _strip_late(connection: AsyncConnection, recording: RecordingId) -> None:
    """What a round brought to a recording that is deleted."""
    segments = select(SegmentRow.id).where(SegmentRow.recording_id == recording)
    late = delete(FragmentRow).where(FragmentRow.segment_id.in_(segments))
    await connection.execute(late)
    await strip(connection, recording)


def some_fragments(recording: RecordingId, limit: int) -> Any:
    """Deletes up to `limit` fragments of a deleted recording; returns their numbers."""
    chosen = (
        select(FragmentRow.segment_id, FragmentRow.number)
        .join(SegmentRow, SegmentRow.id == FragmentRow.segment_id)
        .join(RecordingRow, RecordingRow.id == SegmentRow.recording_id)
        .where(RecordingRow.id == recording, RecordingRow.state == _DELETED)
        .limit(limit)
    )
    return (
        delete(FragmentRow)
        .where(tuple_(FragmentRow.segment_id, FragmentRow.number).in_(chosen))
        .returning(FragmentRow.number)
    )


async def insert_new(connection: AsyncConnection, table: type[Base], rows: Sequence[Columns]) -> None:
    """Leaves what is there already as it is."""
    if rows:
        await connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


async def _put_fragments(connection: AsyncConnection, rows: Sequence[Columns]) -> None:
    """Of what is there already only the header of a file that is still being written may get another hash."""
    if not rows:
        return
    insert = _insert(connection, FragmentRow)
    writing = exists().where(SegmentRow.id == FragmentRow.segment_id, SegmentRow.state == SegmentState.WRITING.value)
    await connection.execute(
        insert.on_conflict_do_update(
            index_elements=[FragmentRow.segment_id, FragmentRow.number],
            set_={"sha256": insert.excluded.sha256, "verified": insert.excluded.verified},
            where=and_(FragmentRow.number == 0, writing),
        ),
        rows,
    )


async def _put_gaps(connection: AsyncConnection, rows: Sequence[Columns]) -> None:
    """A gap that lasts is written without an end first, and with it later; an end that is there is not taken away."""
    if rows:
        insert = _insert(connection, GapRow)
        ended = func.coalesce(insert.excluded.until_ms, GapRow.until_ms)
        key = [GapRow.track_id, GapRow.from_ms, GapRow.reason]
        await connection.execute(insert.on_conflict_do_update(index_elements=key, set_={"until_ms": ended}), rows)


def _insert(connection: AsyncConnection, table: type[Base]) -> Any:
    """Both dialects have ON CONFLICT, SQLAlchemy has no common word for it."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    # Loaded by whoever uses it; others need not wait for it at their start.
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)


async def _grow_segments(connection: AsyncConnection, round_: Round) -> None:
    reached: dict[str, tuple[int, int]] = {}
    for fragment in round_.fragments:
        end, until_ms = reached.get(fragment.segment, (0, 0))
        reached[fragment.segment] = (max(end, fragment.end), max(until_ms, fragment.until_ms))
    if not reached:
        return
    # Always in the same order: two writers then wait for each other instead of locking each other out.
    rows = [{"segment": id_, "furthest": at[0], "latest": at[1]} for id_, at in sorted(reached.items())]
    await connection.execute(_GROW, rows)


def _touched(round_: Round) -> ColumnElement[bool]:
    """The recordings of a round."""
    named = {track.recording for track in round_.tracks}
    named |= {segment.recording for segment in round_.segments}
    named |= {event.recording for event in round_.events}
    segments = {fragment.segment for fragment in round_.fragments}
    tracks = {gap.track for gap in round_.gaps}
    ways = []
    if segments:
        ways.append(RecordingRow.id.in_(select(SegmentRow.recording_id).where(SegmentRow.id.in_(segments))))
    if tracks:
        ways.append(RecordingRow.id.in_(select(RecordedTrackRow.recording_id).where(RecordedTrackRow.id.in_(tracks))))
    return or_(RecordingRow.id.in_(named), *ways)
