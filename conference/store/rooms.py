"""Rooms in SQL."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from conference.model.errors import RoomExists, RoomNotFound
from conference.model.ids import RoomId
from conference.model.records import RoomChange, RoomRecord
from conference.store.database import Database
from conference.store.tables import RoomRow


class SqlRoomStore:
    """Implements `conference.ports.RoomStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, record: RoomRecord) -> None:
        row = RoomRow(
            id=record.id,
            name=record.name,
            max_participants=record.max_participants,
            created_at_s=record.created_at_s,
            closed_at_s=record.closed_at_s,
            record_automatically=record.record_automatically,
        )
        try:
            async with self._database.session() as session:
                session.add(row)
        except IntegrityError:
            raise RoomExists(record.id) from None

    async def get(self, room: RoomId) -> RoomRecord:
        async with self._database.session() as session:
            row = await session.get(RoomRow, room)
        if row is None:
            raise RoomNotFound(room)
        return _record(row)

    async def list_open(self) -> list[RoomRecord]:
        query = select(RoomRow).where(RoomRow.closed_at_s.is_(None)).order_by(RoomRow.created_at_s, RoomRow.id)
        async with self._database.session() as session:
            return [_record(row) for row in await session.scalars(query)]

    async def change(self, room: RoomId, change: RoomChange) -> RoomRecord:
        async with self._database.session() as session:
            row = await session.get(RoomRow, room, with_for_update=True)
            if row is None:
                raise RoomNotFound(room)
            after = change.of(_record(row))
            row.name, row.max_participants = after.name, after.max_participants
            row.record_automatically = after.record_automatically
        return after

    async def close(self, room: RoomId, *, closed_at_s: float) -> None:
        first = update(RoomRow).where(RoomRow.id == room, RoomRow.closed_at_s.is_(None)).values(closed_at_s=closed_at_s)
        async with self._database.session() as session:
            if await session.get(RoomRow, room) is None:
                raise RoomNotFound(room)
            await session.execute(first)


def _record(row: RoomRow) -> RoomRecord:
    return RoomRecord(
        id=RoomId(row.id),
        name=row.name,
        max_participants=row.max_participants,
        created_at_s=row.created_at_s,
        closed_at_s=row.closed_at_s,
        record_automatically=row.record_automatically,
    )
