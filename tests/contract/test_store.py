"""One contract, two databases: SQLite and a real PostgreSQL give the same answers and survive the same accidents."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import text

from conference.model.errors import RoomExists, RoomNotFound
from conference.model.ids import RoomId
from conference.model.records import RoomChange, RoomRecord, TokenRecord
from conference.model.roles import Role
from conference.store import Database, SqlRoomStore, SqlTokenStore, open_database
from conference.store import database as database_module
from conference.store.database import database_url, head_revision, migrate
from conference.store.tables import Base


def room(name: str, created_at_s: float = 1.0) -> RoomRecord:
    return RoomRecord(id=RoomId(name), name=f"会商 {name}", max_participants=5, created_at_s=created_at_s)


async def test_a_room_is_read_back_as_written(database: Database) -> None:
    rooms = SqlRoomStore(database)
    await rooms.create(room("a", 1_700_000_000.123))
    assert await rooms.get(RoomId("a")) == room("a", 1_700_000_000.123)


async def test_a_room_is_changed_where_something_is_given(database: Database) -> None:
    rooms = SqlRoomStore(database)
    await rooms.create(room("a"))
    changed = await rooms.change(RoomId("a"), RoomChange(record_automatically=True))
    assert changed == replace(room("a"), record_automatically=True)
    changed = await rooms.change(RoomId("a"), RoomChange(name="指挥部", max_participants=9))
    assert changed == replace(room("a"), name="指挥部", max_participants=9, record_automatically=True)
    assert await rooms.get(RoomId("a")) == changed
    assert (await rooms.change(RoomId("a"), RoomChange(record_automatically=False))).record_automatically is False
    with pytest.raises(RoomNotFound):
        await rooms.change(RoomId("b"), RoomChange())


async def test_a_taken_id_is_refused_even_after_closing(database: Database) -> None:
    rooms = SqlRoomStore(database)
    await rooms.create(room("a"))
    await rooms.close(RoomId("a"), closed_at_s=2.0)
    with pytest.raises(RoomExists):
        await rooms.create(room("a"))


async def test_closing_is_idempotent_and_the_first_time_stands(database: Database) -> None:
    rooms = SqlRoomStore(database)
    await rooms.create(room("a"))
    await rooms.close(RoomId("a"), closed_at_s=2.0)
    await rooms.close(RoomId("a"), closed_at_s=3.0)
    assert (await rooms.get(RoomId("a"))).closed_at_s == 2.0
    with pytest.raises(RoomNotFound):
        await rooms.close(RoomId("b"), closed_at_s=3.0)


async def test_open_rooms_come_oldest_first(database: Database) -> None:
    rooms = SqlRoomStore(database)
    for name, at in (("c", 3.0), ("a", 1.0), ("b", 2.0)):
        await rooms.create(room(name, at))
    await rooms.close(RoomId("b"), closed_at_s=4.0)
    assert [record.id for record in await rooms.list_open()] == ["a", "c"]


async def test_a_room_unknown_is_said_so(database: Database) -> None:
    with pytest.raises(RoomNotFound):
        await SqlRoomStore(database).get(RoomId("none"))


async def test_revocation_holds_for_issued_and_foreign_ids(database: Database) -> None:
    await SqlRoomStore(database).create(room("a"))
    tokens = SqlTokenStore(database)
    token = TokenRecord(
        id="t1", room=RoomId("a"), role=Role.HOST, identity=None, name="张", issued_at_s=1.0, expires_at_s=2.0
    )
    await tokens.record(token)
    assert not await tokens.is_revoked("t1")
    await asyncio.gather(*(tokens.revoke("t1", revoked_at_s=3.0) for _ in range(5)))
    await tokens.revoke("never-issued-here", revoked_at_s=3.0)
    assert await tokens.is_revoked("t1")
    assert await tokens.is_revoked("never-issued-here")


async def test_migrations_make_the_tables_the_code_declares(database: Database) -> None:
    async with database.engine.connect() as connection:
        drift = await connection.run_sync(lambda c: compare_metadata(MigrationContext.configure(c), Base.metadata))
    assert drift == []


async def test_a_database_at_the_newest_revision_is_not_migrated_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade(*_: object) -> None:
        raise AssertionError("nothing was to be migrated")

    monkeypatch.setattr(command, "upgrade", upgrade)
    migrations = Path(database_module.__file__).with_name("migrations")
    assert ScriptDirectory(str(migrations)).get_heads() == [head_revision()]
    async with database.engine.begin() as connection:
        await connection.run_sync(migrate)
        await connection.execute(text("DELETE FROM alembic_version"))
        with pytest.raises(AssertionError, match="nothing was"):
            await connection.run_sync(migrate)
        await connection.rollback()


async def test_a_database_of_a_newer_server_is_refused(tmp_path: Path) -> None:
    url = database_url(None, tmp_path)
    async with open_database(url) as opened, opened.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CommandError, match="9999"):
        async with open_database(url):
            pass


async def test_sqlite_syncs_every_commit(tmp_path: Path) -> None:
    async with open_database(database_url(None, tmp_path)) as opened, opened.engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == 2  # FULL
