"""Walls, scenes, alarms and acts on two databases: the same answers from SQLite and a real PostgreSQL."""

import asyncio
import logging
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from conference.model.audience import Audience
from conference.model.errors import AlarmNotFound, SceneChanged, SceneNotFound, WallNotFound
from conference.model.ids import AlarmId, GroupId, Identity, RoomId, SceneId, SourceId, WallId
from conference.model.records import RoomRecord
from conference.model.source import SourceKind, SourceRecord
from conference.model.wall import Alarm, Content, ContentKind, Pin, Rotation, Scene, Sound
from conference.model.wall_records import Act, WallRecord
from conference.model.window import Free
from conference.store import Database, Sealer, SqlRoomStore, SqlSourceStore, SqlWallStore
from conference.store.walls import KEPT_VERSIONS
from tests.fakes.walls import ROOM, board, group, of_group, shows, wall

OTHER = RoomId("r-2")


@pytest.fixture
async def database(empty: Database) -> Database:
    rooms = SqlRoomStore(empty)
    for name in (ROOM, OTHER):
        await rooms.create(RoomRecord(id=name, name=name, max_participants=5, created_at_s=1.0))
    return empty


@pytest.fixture
def walls(database: Database) -> SqlWallStore:
    return SqlWallStore(database)


def record(name: str = "w-1", *, paired_at_s: float = 5.5) -> WallRecord:
    full = replace(
        board(
            of_group(),
            Content(kind=ContentKind.COUNTDOWN, until_ms=2**52, text="距离转移"),
            Content(kind=ContentKind.WEB, url="https://gis.example.org/?q=1"),
            shows("张三"),
            template="free",
            groups=(group("a", "b", every_s=600, skip_absent=False),),
        ),
        windows=(
            Free(0.0, 0.0, 1 / 3, 0.5),
            Free(0.5, 0.0, 0.5, 0.5),
            Free(0, 0.5, 0.5, 0.5),
            Free(0.5, 0.5, 0.5, 0.5),
        ),
        alarm_pane=3,
    )
    of = wall(
        full,
        id=WallId(name),
        version=2**40,
        scene=SceneId("sc-1"),
        scene_version=3,
        enlarged=2,
        sound=Sound(muted=False, only=Identity("张三")),
        rotations=(Rotation(group=GroupId("g"), step=1, since_ms=1_700_000_000_123, paused=True),),
        pins=(Pin(pane=0, identity=Identity("a")),),
        paired_at_s=paired_at_s,
    )
    return WallRecord(wall=of, secret_hash="ab" * 32, paired_by="王芳", width=3840, height=2160, shared_by="王芳",
        names={Identity("a"): "甲县"},
    )  # fmt: skip


def act(verb: str = "place", room: RoomId = ROOM, at_ms: int = 1_700_000_000_000) -> Act:
    return Act(
        room=room, at_ms=at_ms, verb=verb, by="王芳", identity=Identity("u-1"), wall=WallId("w-1"), wall_name="大屏一",
        detail="1: text",
    )  # fmt: skip


def scene(version: int = 1, name: str = "防汛-9格", id_: str = "sc-1") -> Scene:
    return Scene(
        id=SceneId(id_),
        room=ROOM,
        name=name,
        version=version,
        board=record().wall.board,
        saved_at_s=1_700_000_000.25,
        saved_by="王芳",
    )


def alarm(name: str = "al-1", at_ms: int = 5) -> Alarm:
    return Alarm(
        id=AlarmId(name), room=ROOM, identity=Identity("gate"), text="水位", raised_at_ms=at_ms, raised_by="门卫"
    )


async def test_a_wall_is_read_back_as_written(walls: SqlWallStore) -> None:
    await walls.add(record("w-2", paired_at_s=9.0), act("pair"))
    await walls.add(record(), act("pair"))
    assert await walls.walls() == [record(), record("w-2", paired_at_s=9.0)]


async def test_who_has_taken_it_over_is_not_kept(walls: SqlWallStore) -> None:
    taken = replace(record(), wall=replace(record().wall, taken_by="p-1", taken_name="王芳"))
    await walls.add(taken, act("pair"))
    assert await walls.walls() == [record()]


async def test_saving_is_of_the_wall_and_the_act_or_of_neither(walls: SqlWallStore) -> None:
    await walls.add(record(), act("pair"))
    moved = replace(
        record(),
        wall=replace(record().wall, room=OTHER, name="主屏", version=7),
        width=1920,
        height=1080,
        shared_by=None,
    )
    await walls.save(moved, act("move"))
    await walls.save(moved, None)
    assert await walls.walls() == [moved]
    assert [one.verb for one in await walls.acts(ROOM, limit=10, before=None)] == ["move", "pair"]
    with pytest.raises(WallNotFound):
        await walls.save(record("w-gone"), act("place"))
    with pytest.raises(IntegrityError):  # its room was never made
        await walls.save(replace(moved, wall=replace(moved.wall, room=RoomId("r-none"))), act("move"))
    assert len(await walls.acts(ROOM, limit=10, before=None)) == 2


async def test_a_revoked_wall_leaves_only_its_acts(walls: SqlWallStore, database: Database) -> None:
    await walls.add(record(), act("pair"))
    await walls.revoke(WallId("w-1"), act("revoke"))
    await walls.revoke(WallId("w-1"), act("revoke"))
    assert await walls.walls() == []
    async with database.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM wall_devices")) == 0
    assert len(await walls.acts(ROOM, limit=10, before=None)) == 3


async def test_a_wall_that_cannot_be_read_is_left_out_and_told(
    walls: SqlWallStore, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await walls.add(record(), act("pair"))
    await walls.add(record("w-2"), act("pair"))
    async with database.session() as session:
        await session.execute(text("UPDATE walls SET state = '{\"board\": 5}' WHERE id = 'w-1'"))
    with caplog.at_level(logging.WARNING):
        assert await walls.walls() == [record("w-2")]
    assert "w-1" in caplog.text


async def test_scenes_have_versions_and_only_the_next_one_is_taken(walls: SqlWallStore) -> None:
    await walls.add_scene(scene(), act("scene-add"))
    await walls.save_scene(scene(2, "防汛"), act("scene-save"))
    for version in (1, 2, 4):
        with pytest.raises(SceneChanged):
            await walls.save_scene(scene(version), act("scene-save"))
    assert await walls.scene(ROOM, SceneId("sc-1")) == scene(2, "防汛")
    assert await walls.scene_versions(ROOM, SceneId("sc-1")) == [scene(2, "防汛"), scene()]
    assert len(await walls.acts(ROOM, limit=10, before=None)) == 2


async def test_two_who_save_at_once(walls: SqlWallStore) -> None:
    await walls.add_scene(scene(), act("scene-add"))
    outcomes = await asyncio.gather(
        *(walls.save_scene(scene(2, f"版本 {number}"), act("scene-save")) for number in range(6)),
        return_exceptions=True,
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", *["SceneChanged"] * 5]
    assert len(await walls.scene_versions(ROOM, SceneId("sc-1"))) == 2


async def test_the_last_versions_are_kept(walls: SqlWallStore) -> None:
    await walls.add_scene(scene(), act("scene-add"))
    for version in range(2, KEPT_VERSIONS + 4):
        await walls.save_scene(scene(version), act("scene-save"))
    kept = await walls.scene_versions(ROOM, SceneId("sc-1"))
    assert [one.version for one in kept] == list(range(KEPT_VERSIONS + 3, 3, -1))


async def test_scenes_of_a_room_by_name_and_not_of_another(walls: SqlWallStore) -> None:
    await walls.add_scene(scene(1, "b", "sc-1"), act("scene-add"))
    await walls.add_scene(scene(1, "a", "sc-2"), act("scene-add"))
    assert [one.name for one in await walls.scenes(ROOM)] == ["a", "b"]
    assert await walls.scenes(OTHER) == []
    for attempt in (
        walls.scene(OTHER, SceneId("sc-1")),
        walls.scene_versions(OTHER, SceneId("sc-1")),
        walls.delete_scene(OTHER, SceneId("sc-1"), act("scene-delete")),
        walls.save_scene(replace(scene(2), room=OTHER), act("scene-save")),
    ):
        with pytest.raises(SceneNotFound):
            await attempt
    await walls.delete_scene(ROOM, SceneId("sc-1"), act("scene-delete"))
    with pytest.raises(SceneNotFound):
        await walls.scene_versions(ROOM, SceneId("sc-1"))


async def test_alarms_stay_until_they_are_cleared(walls: SqlWallStore) -> None:
    await walls.raise_alarm(alarm("al-2", at_ms=9), act("alarm"))
    await walls.raise_alarm(alarm(), act("alarm"))
    assert await walls.alarms() == [alarm(), alarm("al-2", at_ms=9)]
    await walls.clear_alarm(AlarmId("al-1"), act("alarm-clear"))
    with pytest.raises(AlarmNotFound):
        await walls.clear_alarm(AlarmId("al-1"), act("alarm-clear"))
    assert [one.verb for one in await walls.acts(ROOM, limit=9, before=None)] == ["alarm-clear", "alarm", "alarm"]


async def test_acts_by_pages_and_pruned_by_age_and_number(walls: SqlWallStore) -> None:
    for number in range(6):
        await walls.raise_alarm(alarm(f"al-{number}"), act(f"verb-{number}", at_ms=number))
    await walls.raise_alarm(alarm("al-x"), act("elsewhere", OTHER, at_ms=9))
    first = await walls.acts(ROOM, limit=4, before=None)
    second = await walls.acts(ROOM, limit=4, before=first[-1].id)
    assert [one.verb for one in (*first, *second)] == [f"verb-{number}" for number in (5, 4, 3, 2, 1, 0)]
    assert replace(first[0], id=0) == act("verb-5", at_ms=5)
    await walls.prune_acts(before_ms=2, keep=3)
    assert [one.verb for one in await walls.acts(ROOM, limit=9, before=None)] == ["verb-5", "verb-4", "verb-3"]
    assert [one.verb for one in await walls.acts(OTHER, limit=9, before=None)] == ["elsewhere"]


async def test_names_that_are_too_long_for_their_columns_are_cut(walls: SqlWallStore) -> None:
    long = replace(act(), by="名" * 500, wall_name="名" * 500, detail="x" * 5000, identity=Identity("i" * 500))
    await walls.add(replace(record(), paired_by="名" * 500), long)
    kept = (await walls.acts(ROOM, limit=1, before=None))[0]
    assert (len(kept.by), len(kept.wall_name), len(kept.detail), len(kept.identity)) == (128, 128, 500, 128)


async def test_who_may_see_a_source_is_kept(database: Database) -> None:
    sources = SqlSourceStore(database, Sealer("the secret of one server, thirty-two bytes or more"))
    made = SourceRecord(
        id=SourceId("c-1"), name="南门", kind=SourceKind.SRT, rooms=(ROOM,), created_at_s=1.0, audience=Audience.HOSTS
    )
    await sources.create(made, None)
    assert await sources.get(SourceId("c-1")) == made
    await sources.update(replace(made, audience=Audience.ALL))
    assert (await sources.get(SourceId("c-1"))).audience is Audience.ALL
