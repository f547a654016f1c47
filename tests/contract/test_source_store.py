"""Sources on two databases: the same answers from SQLite and a real PostgreSQL, and no secret in clear in either."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from conference.model.errors import RoomNotFound, SourceNotFound
from conference.model.ids import RoomId, SourceId
from conference.model.records import RoomRecord
from conference.model.source import (
    Cause,
    RtspTransport,
    SourceEvent,
    SourceKey,
    SourceKind,
    SourceRecord,
    SourceState,
)
from conference.store import Database, Sealer, SqlRoomStore, SqlSourceStore, open_database
from conference.store import sources as store
from conference.store.database import database_url, migrate

PASSWORD = "摄像机 pässword"
SECRET = "a stream key nobody guesses"
SEALER = Sealer("the secret of one server, thirty-two bytes or more")


@pytest.fixture
async def database(empty: Database) -> Database:
    rooms = SqlRoomStore(empty)
    for name in ("a", "b", "c"):
        await rooms.create(RoomRecord(id=RoomId(name), name=name, max_participants=5, created_at_s=1.0))
    return empty


@pytest.fixture
def sources(database: Database) -> SqlSourceStore:
    return SqlSourceStore(database, SEALER)


def source(name: str, created_at_s: float = 1.0, *, rooms: tuple[str, ...] = ("b", "a")) -> SourceRecord:
    return SourceRecord(
        id=SourceId(name),
        name=f"南门 {name}",
        kind=SourceKind.RTSP,
        rooms=tuple(RoomId(room) for room in rooms),
        created_at_s=created_at_s,
        address="rtsp://192.0.2.7:554/main",
        username="admin",
        password=PASSWORD,
        transport=RtspTransport.UDP,
        on_demand=False,
        video_codec="h264",
        audio_codec="aac",
    )


def key(name: str, secret: str = SECRET) -> SourceKey:
    return SourceKey(source=SourceId(name), secret=secret, issued_at_s=5.5, expires_at_s=9.25, revoked_at_s=None)


def event(name: str, at_s: float, cause: Cause | None = None) -> SourceEvent:
    return SourceEvent(source=SourceId(name), at_s=at_s, state=SourceState.OFFLINE, cause=cause, detail=f"at {at_s}")


async def test_a_source_is_read_back_as_written(sources: SqlSourceStore) -> None:
    await sources.create(source("s", 1_700_000_000.123), None)
    got = await sources.get(SourceId("s"))
    assert got == source("s", 1_700_000_000.123)
    assert (got.password, got.rooms) == (PASSWORD, ("b", "a"))
    assert await sources.key(SourceId("s")) is None


async def test_a_change_is_whole(sources: SqlSourceStore) -> None:
    await sources.create(source("s"), None)
    changed = replace(
        source("s"),
        name="北门",
        enabled=False,
        rooms=(RoomId("c"), RoomId("b")),
        address="rtsp://192.0.2.8/",
        username="",
        password="",
        transport=RtspTransport.AUTO,
        on_demand=True,
        video_codec="h265",
        audio_codec="",
    )
    await sources.update(changed)
    assert await sources.get(SourceId("s")) == changed
    assert (await sources.get(SourceId("s"))).password == ""


async def test_sources_come_oldest_first(sources: SqlSourceStore) -> None:
    for name, at in (("z", 1.0), ("y", 3.0), ("x", 2.0)):
        await sources.create(source(name, at, rooms=()), None)
    assert [record.id for record in await sources.list()] == ["z", "x", "y"]


async def test_what_is_not_there_is_said(sources: SqlSourceStore) -> None:
    with pytest.raises(SourceNotFound):
        await sources.get(SourceId("none"))
    with pytest.raises(SourceNotFound):
        await sources.update(source("none"))
    with pytest.raises(SourceNotFound):
        await sources.put_key(key("none"))
    assert await sources.key(SourceId("none")) is None
    assert await sources.find_key("none") is None
    assert await sources.history(SourceId("none"), 10) == []


async def test_a_room_that_was_never_made_is_refused_and_nothing_is_written(sources: SqlSourceStore) -> None:
    with pytest.raises(RoomNotFound):
        await sources.create(source("s", rooms=("a", "nowhere")), key("s"))
    assert await sources.list() == []
    await sources.create(source("s"), None)
    with pytest.raises(RoomNotFound):
        await sources.update(replace(source("s", rooms=("nowhere",)), name="new"))
    assert await sources.get(SourceId("s")) == source("s")


async def test_a_closed_room_lets_its_sources_go(sources: SqlSourceStore, database: Database) -> None:
    await sources.create(source("s"), None)
    await SqlRoomStore(database).close(RoomId("b"), closed_at_s=2.0)
    assert (await sources.get(SourceId("s"))).rooms == ("a",)
    assert [record.rooms for record in await sources.list()] == [("a",)]


async def test_deleting_takes_key_and_history_along(sources: SqlSourceStore) -> None:
    await sources.create(source("s"), key("s"))
    await sources.note(event("s", 1.0))
    await sources.delete(SourceId("s"))
    await sources.delete(SourceId("s"))
    assert await sources.list() == []
    assert await sources.find_key(SECRET) is None
    await sources.create(source("s"), None)
    assert await sources.key(SourceId("s")) is None
    assert await sources.history(SourceId("s"), 10) == []


async def test_a_key_is_found_by_what_the_publisher_shows(sources: SqlSourceStore) -> None:
    await sources.create(source("s"), key("s"))
    await sources.create(source("other"), key("other", "another key"))
    assert await sources.find_key(SECRET) == key("s")
    assert await sources.find_key("another key") == key("other", "another key")
    assert await sources.find_key(SECRET[:-1]) is None


async def test_a_new_key_replaces_the_old_one(sources: SqlSourceStore) -> None:
    await sources.create(source("s"), key("s"))
    await sources.put_key(key("s", "fresh"))
    assert await sources.find_key(SECRET) is None
    assert await sources.key(SourceId("s")) == key("s", "fresh")


async def test_a_revoked_or_expired_key_is_still_found(sources: SqlSourceStore) -> None:
    await sources.create(source("s"), None)
    revoked = replace(key("s"), revoked_at_s=6.0, expires_at_s=1.0)
    await sources.put_key(revoked)
    assert await sources.find_key(SECRET) == revoked
    assert await sources.key(SourceId("s")) == revoked


async def test_no_secret_is_in_the_database_in_clear(sources: SqlSourceStore, database: Database) -> None:
    await sources.create(source("s"), key("s"))
    async with database.engine.connect() as connection:
        rows = [
            str(tuple(row))
            for table in ("sources", "source_keys")
            for row in await connection.execute(text(f"SELECT * FROM {table}"))
        ]
    assert len(rows) == 2
    assert not any(PASSWORD in row or SECRET in row for row in rows)


async def test_another_secret_of_the_server_opens_nothing_and_stops_nothing(
    sources: SqlSourceStore, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await sources.create(source("s"), key("s"))
    other = SqlSourceStore(database, Sealer("the secret of another server, also long enough"))
    with caplog.at_level(logging.WARNING):
        assert (await other.get(SourceId("s"))).password == ""
        assert await other.key(SourceId("s")) is None
        assert await other.find_key(SECRET) is None
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 2  # once for the password, once for the key, however often they are asked for
    assert all("source s" in line and "source.key was replaced" in line for line in lines)
    await other.put_key(key("s", "made anew"))
    assert await other.find_key("made anew") == key("s", "made anew")


async def test_a_change_made_without_the_old_secret_does_not_lose_the_password(
    sources: SqlSourceStore, database: Database
) -> None:
    await sources.create(source("s"), None)
    other = SqlSourceStore(database, Sealer("the secret of another server, also long enough"))
    await other.update(replace(await other.get(SourceId("s")), name="新"))
    got = await sources.get(SourceId("s"))
    assert (got.name, got.password) == ("新", PASSWORD)
    await other.update(replace(got, password="entered anew"))
    assert (await other.get(SourceId("s"))).password == "entered anew"


async def test_history_is_newest_first_and_bounded(sources: SqlSourceStore, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_events = 40
    monkeypatch.setattr(store, "HISTORY_EVENTS", kept_events)
    await sources.create(source("s"), None)
    await sources.create(source("quiet"), None)
    await sources.note(event("quiet", 0.0, Cause.CRASHED))
    for at in range(kept_events + 5):
        await sources.note(event("s", float(at)))
    assert await sources.history(SourceId("s"), 2) == [
        event("s", kept_events + 4.0),
        event("s", kept_events + 3.0),
    ]
    kept = await sources.history(SourceId("s"), 2 * kept_events)
    assert (len(kept), kept[-1]) == (kept_events, event("s", 5.0))
    assert await sources.history(SourceId("quiet"), 10) == [event("quiet", 0.0, Cause.CRASHED)]


async def test_old_history_is_forgotten_by_age(sources: SqlSourceStore) -> None:
    await sources.create(source("s"), None)
    for at in (1.0, 2.0, 3.0):
        await sources.note(event("s", at))
    assert await sources.prune(3.0) == 2
    assert await sources.prune(3.0) == 0
    assert await sources.history(SourceId("s"), 10) == [event("s", 3.0)]


async def test_an_event_of_a_source_that_is_gone_is_dropped(sources: SqlSourceStore) -> None:
    await sources.note(event("gone", 1.0))
    assert await sources.history(SourceId("gone"), 10) == []


async def test_a_long_detail_is_cut(sources: SqlSourceStore) -> None:
    await sources.create(source("s"), None)
    await sources.note(replace(event("s", 1.0), detail="x" * 5000))
    assert (await sources.history(SourceId("s"), 1))[0].detail == "x" * 200


async def test_long_names_from_the_far_end_fit(sources: SqlSourceStore) -> None:
    await sources.create(replace(source("s"), username="u" * 2000, address="rtsp://" + "h" * 3000), None)
    await sources.update(replace(source("s"), video_codec="v" * 500, audio_codec="a" * 500))
    got = await sources.get(SourceId("s"))
    assert (got.video_codec, got.audio_codec) == ("v" * 32, "a" * 32)


async def test_the_rooms_of_an_older_server_are_still_there(tmp_path: Path) -> None:
    url = database_url(None, tmp_path)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(migrate, "0001")
        row = {"id": "old", "name": "老会议室", "max": 5, "at": 1.0}
        await connection.execute(text("INSERT INTO rooms VALUES (:id, :name, :max, :at, NULL)"), row)
    await engine.dispose()
    async with open_database(url) as opened:
        migrated = SqlSourceStore(opened, SEALER)
        await migrated.create(source("s", rooms=("old",)), key("s"))
        assert (await migrated.get(SourceId("s"))).rooms == ("old",)
        assert (await SqlRoomStore(opened).get(RoomId("old"))).name == "老会议室"


async def test_changes_at_the_same_time_leave_one_of_them_whole(sources: SqlSourceStore) -> None:
    await sources.create(source("s"), None)
    variants = [replace(source("s"), name=f"n{i}", rooms=(RoomId("abc"[i % 3]),)) for i in range(6)]
    await asyncio.gather(*(sources.update(variant) for variant in variants))
    assert await sources.get(SourceId("s")) in variants


def test_a_sealed_text_says_nothing_and_cannot_be_changed() -> None:
    sealed = SEALER.seal("text")
    assert "text" not in sealed
    assert sealed != SEALER.seal("text")
    assert SEALER.open(sealed) == "text"
    assert SEALER.open(sealed[:-3] + "AAA") is None
    assert SEALER.open("not sealed at all, é") is None
    assert (SEALER.seal(""), SEALER.open("")) == ("", "")
