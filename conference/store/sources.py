"""Sources, their keys and their history in SQL."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from conference.model.audience import Audience
from conference.model.errors import RoomNotFound, SourceNotFound
from conference.model.ids import RoomId, SourceId
from conference.model.source import (
    Cause,
    RtspTransport,
    SourceEvent,
    SourceKey,
    SourceKind,
    SourceRecord,
    SourceState,
)
from conference.store.database import Database
from conference.store.sealing import Sealer
from conference.store.tables import RoomRow, SourceEventRow, SourceKeyRow, SourceRoomRow, SourceRow

log = logging.getLogger(__name__)

HISTORY_EVENTS: Final = 1000
"""Kept per source: at one change of state a minute that is most of a day, and a flapping camera fills no disk."""
_DETAIL_CHARS: Final = 200
_CODEC_CHARS: Final = 32
"""Codec names come from the far end: they are cut to their columns, not trusted to fit."""


class SqlSourceStore:
    """Implements `conference.ports.SourceStore`."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
        self._told: set[str] = set()

    # ---- sources ----------------------------------------------------------------------------------------------------

    async def create(self, record: SourceRecord, key: SourceKey | None) -> None:
        async with self._database.session() as session:
            await _check_rooms(session, record)
            session.add(SourceRow(id=record.id, created_at_s=record.created_at_s, **self._columns(record)))
            await session.flush()  # the rows below refer to it
            session.add_all(_links(record))
            if key is not None:
                session.add(self._key_row(key))

    async def get(self, source: SourceId) -> SourceRecord:
        async with self._database.session() as session:
            row = await session.get(SourceRow, source)
            if row is None:
                raise SourceNotFound(source)
            rooms = await _open_rooms(session, source)
        return self._record(row, rooms.get(row.id, ()))

    async def update(self, record: SourceRecord) -> None:
        async with self._database.session() as session:
            row = await session.get(SourceRow, record.id, with_for_update=True)
            if row is None:
                raise SourceNotFound(record.id)
            await _check_rooms(session, record)
            columns = self._columns(record)
            if not record.password and self._sealer.open(row.password_sealed) is None:
                del columns["password_sealed"]  # with the old source.key back in its place, it can be opened again
            for column, value in columns.items():
                setattr(row, column, value)
            await session.execute(delete(SourceRoomRow).where(SourceRoomRow.source_id == record.id))
            session.add_all(_links(record))

    async def delete(self, source: SourceId) -> None:
        async with self._database.session() as session:
            await session.execute(delete(SourceRow).where(SourceRow.id == source))

    # ---- keys -------------------------------------------------------------------------------------------------------

    async def key(self, source: SourceId) -> SourceKey | None:
        async with self._database.session() as session:
            row = await session.get(SourceKeyRow, source)
        return self._key(row) if row is not None else None

    async def put_key(self, key: SourceKey) -> None:
        async with self._database.session() as session:
            if await session.get(SourceRow, key.source, with_for_update=True) is None:
                raise SourceNotFound(key.source)
            await session.merge(self._key_row(key))

    async def find_key(self, secret: str) -> SourceKey | None:
        query = select(SourceKeyRow).where(SourceKeyRow.secret_hash == _hash(secret))
        async with self._database.session() as session:
            row = (await session.scalars(query)).one_or_none()
        return self._key(row) if row is not None else None

    # ---- history ----------------------------------------------------------------------------------------------------

    async def note(self, event: SourceEvent) -> None:
        row = SourceEventRow(
            source_id=event.source,
            at_s=event.at_s,
            state=event.state.value,
            cause=event.cause.value if event.cause is not None else None,
            detail=event.detail[:_DETAIL_CHARS],
        )
        of_source = SourceEventRow.source_id == event.source
        too_old = (
            select(SourceEventRow.id)
            .where(of_source)
            .order_by(SourceEventRow.id.desc())
            .offset(HISTORY_EVENTS)
            .limit(1)
        )
        try:
            async with self._database.session() as session:
                session.add(row)
                await session.flush()
                await session.execute(
                    delete(SourceEventRow).where(of_source, SourceEventRow.id <= too_old.scalar_subquery())
                )
        except IntegrityError:
            return  # The source was deleted while this was on its way: nobody can ask for its history any more.

    async def history(self, source: SourceId, limit: int) -> list[SourceEvent]:
        query = (
            select(SourceEventRow)
            .where(SourceEventRow.source_id == source)
            .order_by(SourceEventRow.id.desc())
            .limit(limit)
        )
        async with self._database.session() as session:
            return [_event(row) for row in await session.scalars(query)]

    async def prune(self, before_s: float) -> int:
        old = SourceEventRow.at_s < before_s
        async with self._database.session() as session:
            count = await session.scalar(select(func.count()).select_from(SourceEventRow).where(old))
            await session.execute(delete(SourceEventRow).where(old))
        return count or 0

    async def list(self) -> list[SourceRecord]:
        query = select(SourceRow).order_by(SourceRow.created_at_s, SourceRow.id)
        async with self._database.session() as session:
            rows = list(await session.scalars(query))
            rooms = await _open_rooms(session)
        return [self._record(row, rooms.get(row.id, ())) for row in rows]

    # ---- rows -------------------------------------------------------------------------------------------------------

    def _columns(self, record: SourceRecord) -> dict[str, Any]:
        """What may change of a source."""
        return {
            "name": record.name,
            "kind": record.kind.value,
            "enabled": record.enabled,
            "address": record.address,
            "username": record.username,
            "password_sealed": self._sealer.seal(record.password),
            "transport": record.transport.value,
            "on_demand": record.on_demand,
            "audience": record.audience.value,
            "video_codec": record.video_codec[:_CODEC_CHARS],
            "audio_codec": record.audio_codec[:_CODEC_CHARS],
        }

    def _record(self, row: SourceRow, rooms: Iterable[RoomId]) -> SourceRecord:
        return SourceRecord(
            id=SourceId(row.id),
            name=row.name,
            kind=SourceKind(row.kind),
            rooms=tuple(rooms),
            created_at_s=row.created_at_s,
            enabled=row.enabled,
            address=row.address,
            username=row.username,
            password=self._opened(row.password_sealed, f"the password of source {row.id}") or "",
            transport=RtspTransport(row.transport),
            on_demand=row.on_demand,
            audience=Audience(row.audience),
            video_codec=row.video_codec,
            audio_codec=row.audio_codec,
        )

    def _key_row(self, key: SourceKey) -> SourceKeyRow:
        return SourceKeyRow(
            source_id=key.source,
            secret_hash=_hash(key.secret),
            secret_sealed=self._sealer.seal(key.secret),
            issued_at_s=key.issued_at_s,
            expires_at_s=key.expires_at_s,
            revoked_at_s=key.revoked_at_s,
        )

    def _key(self, row: SourceKeyRow) -> SourceKey | None:
        """None for one that cannot be shown any more: a key nobody can see must not let anybody in."""
        secret = self._opened(row.secret_sealed, f"the key of source {row.source_id}")
        if secret is None:
            return None
        return SourceKey(
            source=SourceId(row.source_id),
            secret=secret,
            issued_at_s=row.issued_at_s,
            expires_at_s=row.expires_at_s,
            revoked_at_s=row.revoked_at_s,
        )

    def _opened(self, sealed: str, what: str) -> str | None:
        """What was sealed; None, with one line in the log, when the secret of this server has been replaced."""
        text = self._sealer.open(sealed)
        if text is None and what not in self._told:
            self._told.add(what)
            log.warning("x %s cannot be opened: source.key was replaced; enter or make it anew", what)
        return text


async def _check_rooms(session: AsyncSession, record: SourceRecord) -> None:
    known = set(await session.scalars(select(RoomRow.id).where(RoomRow.id.in_(record.rooms))))
    for room in record.rooms:
        if room not in known:
            raise RoomNotFound(room)


async def _open_rooms(session: AsyncSession, source: SourceId | None = None) -> dict[str, list[RoomId]]:
    """The rooms of each source (or of one) that have not been closed, in their order."""
    query = (
        select(SourceRoomRow.source_id, SourceRoomRow.room_id)
        .join(RoomRow, RoomRow.id == SourceRoomRow.room_id)
        .where(RoomRow.closed_at_s.is_(None))
        .order_by(SourceRoomRow.source_id, SourceRoomRow.position)
    )
    if source is not None:
        query = query.where(SourceRoomRow.source_id == source)
    rooms: dict[str, list[RoomId]] = {}
    for source_id, room_id in await session.execute(query):
        rooms.setdefault(source_id, []).append(RoomId(room_id))
    return rooms


def _links(record: SourceRecord) -> list[SourceRoomRow]:
    return [
        SourceRoomRow(source_id=record.id, room_id=room, position=position)
        for position, room in enumerate(dict.fromkeys(record.rooms))
    ]


def _event(row: SourceEventRow) -> SourceEvent:
    return SourceEvent(
        source=SourceId(row.source_id),
        at_s=row.at_s,
        state=SourceState(row.state),
        cause=Cause(row.cause) if row.cause is not None else None,
        detail=row.detail,
    )


def _hash(secret: str) -> str:
    """Keys are random and long: a plain digest cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()
