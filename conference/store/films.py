"""Composed films in SQL. The file of a ready one is a track with one segment, as the recordings' index has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select, update

from conference.model.errors import (
    FilmNotFound,
    RecordingDeleted,
    RecordingFinished,
    RecordingHeld,
    RecordingNotFound,
    RecordingRunning,
    TooManyFilms,
)
from conference.model.film import MAX_FILMS, UNFINISHED, FilmKind, FilmState
from conference.model.ids import RecordingId
from conference.model.recording import RecordingState
from conference.store.film_rows import ending_columns, film_columns, film_of
from conference.store.recording_rounds import insert_new, measure, write_round
from conference.store.tables import FilmRow, FragmentRow, RecordedTrackRow, RecordingRow, SegmentRow

if TYPE_CHECKING:
    import builtins

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from conference.model.film import Film, FilmReason
    from conference.model.ids import RecordedTrackId, SegmentId
    from conference.model.recording import Round
    from conference.store.database import Database

_RUNNING: Final = RecordingState.RECORDING.value
_DELETED: Final = RecordingState.DELETED.value
_UNFINISHED: Final = tuple(state.value for state in UNFINISHED)
_MAKING, _READY = FilmState.MAKING.value, FilmState.READY.value
_REMOVED: Final = "removed"
"""Nobody gets at it any more; object storage may still have its file."""
_MAX_REMOVED: Final = 1_000
_LISTED: Final = FilmRow.state != _REMOVED


class SqlFilmStore:
    """Implements `conference.ports.FilmStore`. As with the recordings, every change says itself when it may be done."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, film: Film) -> None:
        count = select(func.count()).where(FilmRow.recording_id == film.recording, _LISTED)
        async with self._database.engine.begin() as connection:
            held = await _hold(connection, RecordingRow.id == film.recording)
            _check(film, held.state if held is not None else None)
            if (await connection.scalar(count) or 0) >= MAX_FILMS:
                raise TooManyFilms(film.recording)
            await insert_new(connection, FilmRow, [film_columns(film)])

    async def begin(self, film: SegmentId) -> bool:
        queued = FilmRow.state == FilmState.QUEUED.value
        change = update(FilmRow).where(FilmRow.id == film, queued).values(state=_MAKING).returning(FilmRow.id)
        async with self._database.engine.begin() as connection:
            return await connection.scalar(change) is not None

    async def finish(self, film: Film, contents: Round) -> bool:
        made = (
            update(FilmRow)
            .where(FilmRow.id == film.id, FilmRow.state == _MAKING)
            .values(state=_READY, from_ms=film.wish.from_ms, until_ms=film.wish.until_ms, **ending_columns(film))
            .returning(FilmRow.id)
        )
        async with self._database.engine.begin() as connection:
            await _hold(connection, RecordingRow.id == film.recording)
            if await connection.scalar(made) is None:
                return False
            await write_round(connection, contents)
        return True

    async def end(self, film: SegmentId, *, state: FilmState, reason: FilmReason | None = None) -> bool:
        change = (
            update(FilmRow)
            .where(FilmRow.id == film, FilmRow.state.in_(_UNFINISHED))
            .values(state=state.value, reason=reason.value if reason is not None else None)
            .returning(FilmRow.id)
        )
        async with self._database.engine.begin() as connection:
            return await connection.scalar(change) is not None

    async def remove(self, film: SegmentId, *, elsewhere: bool = False) -> None:
        same = FilmRow.id == film
        before = select(FilmRow.state).where(same)
        gone = update(FilmRow).where(same).values(state=_REMOVED) if elsewhere else delete(FilmRow).where(same)
        async with self._database.engine.begin() as connection:
            held = await _hold(connection, _recording_of(film))
            if held is None:
                return
            if await connection.scalar(before) == _READY and held.legal_hold:
                raise RecordingHeld(film)
            await connection.execute(gone)
            await _forget_file(connection, held.id, film)

    async def removed(self) -> builtins.list[Film]:
        query = select(FilmRow).where(FilmRow.state == _REMOVED).order_by(FilmRow.asked_at_s, FilmRow.id)
        async with self._database.session() as session:
            return [film_of(row, FilmState.READY) for row in await session.scalars(query.limit(_MAX_REMOVED))]

    async def get(self, film: SegmentId) -> Film:
        async with self._database.session() as session:
            row = await session.get(FilmRow, film)
        if row is None or row.state == _REMOVED:
            raise FilmNotFound(film)
        return film_of(row)

    async def list(self, recording: RecordingId) -> builtins.list[Film]:
        newest = (FilmRow.asked_at_s.desc(), FilmRow.id.desc())
        query = select(FilmRow).where(FilmRow.recording_id == recording, _LISTED).order_by(*newest).limit(MAX_FILMS)
        async with self._database.session() as session:
            return [film_of(row) for row in await session.scalars(query)]

    async def unfinished(self) -> builtins.list[Film]:
        query = select(FilmRow).where(FilmRow.state.in_(_UNFINISHED)).order_by(FilmRow.asked_at_s, FilmRow.id)
        async with self._database.session() as session:
            return [film_of(row) for row in await session.scalars(query)]


@dataclass(frozen=True, slots=True)
class _Held:
    id: RecordingId
    state: str
    legal_hold: bool


async def _hold(connection: AsyncConnection, which: ColumnElement[bool]) -> _Held | None:
    """That recording, which stays as it is until the end of the transaction: a write that changes nothing. Always the
    first statement: SQLite's lock is held before anything is read, and two transactions wait for each other in order.
    """
    same = update(RecordingRow).where(which).values(state=RecordingRow.state)
    found = await connection.execute(same.returning(RecordingRow.id, RecordingRow.state, RecordingRow.legal_hold))
    row = found.one_or_none()
    return _Held(RecordingId(row.id), row.state, row.legal_hold) if row is not None else None


def _recording_of(film: SegmentId) -> ColumnElement[bool]:
    return RecordingRow.id == select(FilmRow.recording_id).where(FilmRow.id == film).scalar_subquery()


def _check(film: Film, state: str | None) -> None:
    if state is None:
        raise RecordingNotFound(film.recording)
    if state == _DELETED:
        raise RecordingDeleted(film.recording)
    if film.kind is FilmKind.ASKED and state == _RUNNING:
        raise RecordingRunning(film.recording)
    if film.kind is FilmKind.LIVE and state != _RUNNING:
        raise RecordingFinished(film.recording)


async def _forget_file(connection: AsyncConnection, recording: RecordingId, film: SegmentId) -> None:
    tracks = select(SegmentRow.track_id).where(SegmentRow.id == film)
    track: RecordedTrackId | None = await connection.scalar(tracks)
    if track is None:
        return
    for statement in (
        delete(FragmentRow).where(FragmentRow.segment_id == film),
        delete(SegmentRow).where(SegmentRow.id == film),
        delete(RecordedTrackRow).where(RecordedTrackRow.id == track),
    ):
        await connection.execute(statement)
    await measure(connection, recording)
