"""Writing a round of a recording, and forgetting one that was deleted. Both run inside the caller's transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, ColumnElement, Update, bindparam, case, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

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
    FragmentRow,
    GapRow,
    RecordedTrackRow,
    RecordingEventRow,
    RecordingRow,
    SegmentRow,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncSession

_SILENT = {"synchronize_session": False}
"""No object of the session is read after these statements: SQLAlchemy need not look for some to refresh."""


async def write_round(session: AsyncSession, round_: Round) -> None:
    """Inserts first, so that SQLite's write lock is held before anything is read."""
    await insert_new(session, RecordedTrackRow, [track_columns(track) for track in round_.tracks])
    await insert_new(session, SegmentRow, [segment_columns(segment) for segment in round_.segments])
    await insert_new(session, FragmentRow, [fragment_columns(fragment) for fragment in round_.fragments])
    await _put_gaps(session, [gap_columns(gap) for gap in round_.gaps])
    await insert_new(session, RecordingEventRow, [event_columns(event) for event in round_.events])
    await _grow_segments(session, round_)
    touched = _touched(round_)
    # Locks the recordings too: one that is deleted from here on finds all of this round to forget.
    await session.execute(_sizes().where(touched, RecordingRow.state != RecordingState.DELETED.value))
    dead = await session.scalars(select(RecordingRow.id).where(touched, RecordingRow.state == RecordingState.DELETED))
    for recording in dead.all():
        await erase(session, RecordingId(recording))


async def erase(session: AsyncSession, recording: RecordingId) -> None:
    """What a tombstone does not keep: fragments, gaps, events, the names of those who were recorded."""
    tracks = select(RecordedTrackRow.id).where(RecordedTrackRow.recording_id == recording)
    segments = select(SegmentRow.id).where(SegmentRow.recording_id == recording)
    nameless = {"participant_id": "", "name": "", "identity": ""}
    of_tracks = RecordedTrackRow.recording_id == recording
    of_segments = SegmentRow.recording_id == recording
    for statement in (
        delete(FragmentRow).where(FragmentRow.segment_id.in_(segments)),
        delete(GapRow).where(GapRow.track_id.in_(tracks)),
        delete(RecordingEventRow).where(RecordingEventRow.recording_id == recording),
        update(RecordedTrackRow).where(of_tracks).values(nameless),
        update(SegmentRow).where(of_segments).values(state=SegmentState.DELETED.value),
    ):
        await session.execute(statement, execution_options=_SILENT)


def some_fragments(recording: RecordingId, limit: int) -> Any:
    """Deletes up to `limit` fragments of a deleted recording; returns their numbers."""
    chosen = (
        select(FragmentRow.segment_id, FragmentRow.number)
        .join(SegmentRow, SegmentRow.id == FragmentRow.segment_id)
        .join(RecordingRow, RecordingRow.id == SegmentRow.recording_id)
        .where(RecordingRow.id == recording, RecordingRow.state == RecordingState.DELETED.value)
        .limit(limit)
    )
    return (
        delete(FragmentRow)
        .where(tuple_(FragmentRow.segment_id, FragmentRow.number).in_(chosen))
        .returning(FragmentRow.number)
        .execution_options(**_SILENT)
    )


async def insert_new(session: AsyncSession, table: type[Base], rows: Sequence[Columns]) -> None:
    """Leaves what is there already as it is."""
    if rows:
        await session.execute(_insert(session, table).on_conflict_do_nothing(), rows)


async def _put_gaps(session: AsyncSession, rows: Sequence[Columns]) -> None:
    """A gap that lasts is written without an end first, and with it later; an end that is there is not taken away."""
    if rows:
        insert = _insert(session, GapRow)
        ended = func.coalesce(insert.excluded.until_ms, GapRow.until_ms)
        key = [GapRow.track_id, GapRow.from_ms, GapRow.reason]
        await session.execute(insert.on_conflict_do_update(index_elements=key, set_={"until_ms": ended}), rows)


def _insert(session: AsyncSession, table: type[Base]) -> Any:
    """Both dialects have ON CONFLICT, SQLAlchemy has no common word for it."""
    dialect = session.get_bind().dialect.name
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


async def _grow_segments(session: AsyncSession, round_: Round) -> None:
    reached: dict[str, tuple[int, int]] = {}
    for fragment in round_.fragments:
        end, until_ms = reached.get(fragment.segment, (0, 0))
        reached[fragment.segment] = (max(end, fragment.end), max(until_ms, fragment.until_ms))
    if not reached:
        return
    furthest, latest = bindparam("furthest", type_=BigInteger), bindparam("latest", type_=BigInteger)
    grow = (
        update(SegmentRow.__table__)  # type: ignore[arg-type]  # declared as FromClause, is a Table
        .where(SegmentRow.id == bindparam("segment"))
        .values(
            size_bytes=case((SegmentRow.size_bytes < furthest, furthest), else_=SegmentRow.size_bytes),
            until_ms=case((SegmentRow.until_ms < latest, latest), else_=SegmentRow.until_ms),
        )
    )
    # Always in the same order: two writers then wait for each other instead of locking each other out.
    rows = [{"segment": id_, "furthest": at[0], "latest": at[1]} for id_, at in sorted(reached.items())]
    await session.execute(grow, rows)


def _touched(round_: Round) -> ColumnElement[bool]:
    """The recordings of a round."""
    named = {track.recording for track in round_.tracks}
    named |= {segment.recording for segment in round_.segments}
    named |= {event.recording for event in round_.events}
    segments = {fragment.segment for fragment in round_.fragments}
    tracks = {gap.track for gap in round_.gaps}
    return or_(
        RecordingRow.id.in_(named),
        RecordingRow.id.in_(select(SegmentRow.recording_id).where(SegmentRow.id.in_(segments))),
        RecordingRow.id.in_(select(RecordedTrackRow.recording_id).where(RecordedTrackRow.id.in_(tracks))),
    )


def _sizes() -> Update:
    total = (
        select(func.coalesce(func.sum(SegmentRow.size_bytes), 0))
        .where(SegmentRow.recording_id == RecordingRow.id)
        .correlate(RecordingRow)
        .scalar_subquery()
    )
    return update(RecordingRow).values(size_bytes=total).execution_options(**_SILENT)
