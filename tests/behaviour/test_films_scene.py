"""Films of a wall's scene, made by the real child from recordings and judged by ffmpeg."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from conference.layout import Size
from conference.layout.errors import InvalidLayout
from conference.model.errors import SceneNotFound
from conference.model.film import FilmState
from conference.model.ids import GroupId, Identity, RoomId, SceneId
from conference.model.wall import NOTHING, Board, Content, ContentKind, Group, Scene
from conference.model.wall_records import Act
from conference.model.window import Free
from conference.store import SqlWallStore
from conference.store.tables import RoomRow
from conference.walls.drawn import cells_of
from tests.fakes import film_seen
from tests.fakes.film_made import Shot
from tests.fakes.film_stock import SMALL, Person, Studio, recorded, studio
from tests.fakes.recordings import Shelf, open_shelf

HD = Size(1280, 720)
ROOM = RoomId("main")
SCENE = SceneId("sc-0123456789ab")
WISH = replace(SMALL, layout="scene")
EVERY_S = 5
pytestmark = pytest.mark.timeout(180)


class Scenes:
    """One, of the room that is recorded."""

    def __init__(self, board: Board) -> None:
        self.scene = Scene(id=SCENE, room=ROOM, name="早会", version=4, board=board, saved_at_s=0.0)

    async def get(self, room: RoomId, scene: SceneId) -> Scene:
        if (room, scene) != (self.scene.room, self.scene.id):
            raise SceneNotFound(scene)
        return self.scene


def who(identity: str) -> Content:
    return Content(kind=ContentKind.PARTICIPANT, identity=Identity(identity))


GROUP = Group(
    id=GroupId("g"), name="轮巡", every_s=EVERY_S, members=tuple(map(Identity, ("a", "away", "b", "c")))
)  # fmt: skip
BOARD = Board(
    template="grid-6",
    panes=(
        Content(kind=ContentKind.GROUP, group=GROUP.id),
        who("b"),
        Content(kind=ContentKind.SPEAKER),
        Content(kind=ContentKind.TEXT, text="指挥中心"),
        who("away"),
        NOTHING,
    ),
    groups=(GROUP,),
)
RATES = {"a": 25, "b": 10, "c": 5}
"""Counters per second tell who is who."""


def people(seconds: float = 17.0) -> list[Person]:
    return [
        Person(
            f"单位 {identity}",
            Shot(seconds=seconds, fps=fps, width=320, height=180, coder="libx264"),
            600.0 if identity == "c" else None,
            seconds,
            identity=identity,
        )
        for identity, fps in RATES.items()
    ]


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


@pytest.fixture
def scenes() -> Scenes:
    return Scenes(BOARD)


@pytest.fixture
async def at_work(shelf: Shelf, scenes: Scenes) -> AsyncIterator[Studio]:
    async with studio(shelf, scenes=scenes.get) as opened:
        yield opened


def seen_as(counter: int | None, at_s: float) -> set[str]:
    """Whose counter that may be."""
    if counter is None:
        return set()
    return {identity for identity, fps in RATES.items() if abs(counter - at_s * fps) <= 1 + fps / 25}


async def test_every_pane_shows_who_belongs_there_and_groups_turn_in_time(at_work: Studio) -> None:
    recording = await recorded(at_work.shelf, people())
    film = await at_work.made(recording, WISH, scene=SCENE)
    assert (film.faults, film.duration_ms) == (0, 17_000)
    group, second, speaker, text, away, nothing = cells_of(BOARD, HD)
    polled: list[tuple[float, str]] = []
    for seen in film_seen.pictures(at_work.path(film), HD):
        if seen.at_s < 2:  # too early to tell counters apart
            continue
        assert "b" in seen_as(seen.counter(second), seen.at_s)
        assert "c" in seen_as(seen.counter(speaker), seen.at_s), "the only voice"
        (shown,) = seen_as(seen.counter(group), seen.at_s) or {""}
        polled.append((seen.at_s, shown))
        assert film_seen.blank(seen.grey, away)
        assert film_seen.blank(seen.grey, nothing)
        middle = seen.grey[text.y : text.bottom, text.x : text.right]
        assert middle.max() > 200, "white letters"
    turns = [(at_s, after) for (_, before), (at_s, after) in pairwise(polled) if before != after]
    assert [after for _, after in turns] == ["b", "c", "a"]
    assert [polled[0][1], *(abs(at_s - EVERY_S * (n + 1)) <= 0.5 for n, (at_s, _) in enumerate(turns))] == [
        "a", True, True, True,
    ]  # fmt: skip


async def test_words_of_panes_are_no_labels(at_work: Studio) -> None:
    recording = await recorded(at_work.shelf, people(1.5))
    film = await at_work.made(recording, replace(WISH, labels=False), scene=SCENE)
    text, away = cells_of(BOARD, HD)[3:5]
    seen = list(film_seen.pictures(at_work.path(film), HD))[-1]
    assert seen.grey[text.y : text.bottom, text.x : text.right].max() > 200
    assert seen.grey[away.y : away.bottom, away.x : away.right].max() < 60, "no name, no word"


async def test_a_film_keeps_the_scene_as_it_was_asked_for(at_work: Studio, scenes: Scenes) -> None:
    recording = await recorded(at_work.shelf, people(1.5))
    asked = await at_work.service.request(recording, WISH, by="x", scene=SCENE)
    scenes.scene = replace(scenes.scene, version=5, board=Board())
    film = await at_work.until(asked.id, FilmState.READY)
    kept = film.wish.scene
    assert kept is not None
    assert (kept.id, kept.name, kept.version, kept.board) == (SCENE, "早会", 4, BOARD)
    seen = list(film_seen.pictures(at_work.path(film), HD))[-1]
    assert "b" in seen_as(seen.counter(cells_of(BOARD, HD)[1]), seen.at_s)


async def test_a_board_of_many_words_reaches_the_child(at_work: Studio, scenes: Scenes) -> None:
    """More than a datagram takes."""
    members = tuple(Identity(f"{number:03d}-{'华' * 120}") for number in range(199))
    many = tuple(replace(GROUP, id=GroupId(f"g{n}"), members=(*members, Identity("a"))) for n in range(16))
    panes = tuple(Content(kind=ContentKind.GROUP, group=group.id) for group in many)
    scenes.scene = replace(scenes.scene, board=Board(template="grid-16", panes=panes, groups=many))
    recording = await recorded(at_work.shelf, people(1.5))
    film = await at_work.made(recording, WISH, scene=SCENE)
    seen = list(film_seen.pictures(at_work.path(film), HD))[-1]
    for cell in cells_of(scenes.scene.board, HD):
        assert "a" in seen_as(seen.counter(cell), seen.at_s)


async def test_scenes_that_cannot_be_shown(at_work: Studio, scenes: Scenes) -> None:
    recording = await recorded(at_work.shelf, people(1.5))
    with pytest.raises(SceneNotFound):
        await at_work.service.request(recording, WISH, by="x", scene=SceneId("sc-unknown"))
    thin = Board(template="free", windows=(Free(0, 0, 0.01, 1),), panes=(NOTHING,))
    mine, scenes.scene = scenes.scene, replace(scenes.scene, board=thin)
    with pytest.raises(InvalidLayout):
        await at_work.service.request(recording, WISH, by="x", scene=SCENE)
    scenes.scene = mine
    assert await at_work.service.list(recording) == []


async def test_a_scene_of_another_room_is_none_of_this(shelf: Shelf) -> None:
    store = SqlWallStore(shelf.database)
    for room in (ROOM, RoomId("another")):
        async with shelf.database.session() as session:
            session.add(RoomRow(id=room, name="", max_participants=9, created_at_s=1.0, record_automatically=False))
        scene = replace(Scenes(BOARD).scene, id=SceneId(f"sc-{room}"), room=room)
        await store.add_scene(scene, Act(room=room, at_ms=1, verb="scene-add", by="李娜", identity=Identity("u-1")))
    recording = await recorded(shelf, people(1.5))
    async with studio(shelf, scenes=store.scene) as at_work:
        with pytest.raises(SceneNotFound):
            await at_work.service.request(recording, WISH, by="x", scene=SceneId("sc-another"))
        film = await at_work.service.request(recording, WISH, by="x", scene=SceneId("sc-main"))
        assert film.wish.scene is not None
        assert (await at_work.films.get(film.id)).wish.scene == film.wish.scene
        await at_work.service.remove(recording, film.id)
