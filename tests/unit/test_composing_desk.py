"""Composed streams as they are ordered: what begins, what ends with what, what is handed on."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from conference.composing import (
    ComposedLayout,
    ComposedPane,
    ComposedRequest,
    ComposedState,
    ComposedView,
    NewComposed,
    NewOutput,
    OutputKind,
    OutputState,
    OutputView,
    Program,
)
from conference.composing_desk import ComposingDesk, is_composed_id, new_composed_id
from conference.layout import InvalidLayout, Rect
from conference.live import LiveRoom
from conference.media.plane import Routes
from conference.model.errors import (
    ComposedNotFound,
    ComposedUnavailable,
    OutputNotFound,
    OutputRefused,
    RoomClosed,
    TooManyComposed,
    WallNotFound,
)
from conference.model.ids import ComposedId, OutputId, RecordingId, RoomId, WallId
from conference.model.records import RoomRecord
from conference.model.window import Free

ROOM = RoomId("r")
RECORDING = RecordingId("rec-0123456789abcdef")


class Plane:
    """Numbers and routes; a worker that takes everything."""

    def __init__(self) -> None:
        self.routes = Routes()
        self._numbers = itertools.count(1)

    def number(self) -> int:
        return next(self._numbers)


class Worker:
    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_named: None


@dataclass
class FakeRun:
    request: ComposedRequest
    shown: list[Program] = field(default_factory=list)
    outputs: list[OutputView] = field(default_factory=list)
    reconnects: int = 0
    over: bool = False

    @property
    def id(self) -> ComposedId:
        return self.request.id

    def view(self) -> ComposedView:
        wanted = self.request.wanted
        return ComposedView(
            id=self.id,
            room=self.request.room,
            layout=wanted.layout,
            wall=wanted.wall,
            state=ComposedState.STOPPED if self.over else ComposedState.LIVE,
            reason="",
            started_at_ms=0,
            width=wanted.width,
            height=wanted.height,
            fps=wanted.fps,
            wanted_fps=wanted.fps,
            preset="superfast",
            stepped_down=False,
            encoded_fps=0.0,
            load=0.0,
            restarts=0,
            panes=0,
            outputs=tuple(self.outputs),
        )

    def show(self, program: Program) -> None:
        self.shown.append(program)

    def reconnect(self) -> None:
        self.reconnects += 1

    def hls(self) -> Any:
        raise OutputNotFound("hls")

    async def add_output(self, wanted: NewOutput) -> OutputView:
        made = OutputView(id=OutputId(f"out-{len(self.outputs)}"), kind=wanted.kind, state=OutputState.STARTING)
        self.outputs.append(made)
        return made

    def remove_output(self, output: OutputId) -> None:
        self.outputs = [known for known in self.outputs if known.id != output]

    async def end(self) -> None:
        self.over = True


class FakeCompositor:
    def __init__(self) -> None:
        self.runs: list[FakeRun] = []

    async def begin(self, request: ComposedRequest) -> FakeRun:
        run = FakeRun(request)
        for wanted in request.wanted.outputs:
            await run.add_output(wanted)
        self.runs.append(run)
        return run


class Walls:
    """One wall."""

    def __init__(self) -> None:
        self.push: Callable[[Sequence[ComposedPane]], None] | None = None

    def follow(self, _room: RoomId, wall: WallId, push: Callable[[Sequence[ComposedPane]], None]) -> Callable[[], None]:
        if wall != "w":
            raise WallNotFound
        self.push = push
        push([ComposedPane(window=Free(0, 0, 1, 1), text="墙")])

        def end() -> None:
            self.push = None

        return end


@dataclass
class Scene:
    desk: ComposingDesk
    compositor: FakeCompositor
    walls: Walls
    rooms: dict[RoomId, LiveRoom]
    closed: set[RoomId]

    def enter(self) -> LiveRoom:
        """Somebody is there."""
        record = RoomRecord(id=ROOM, name="会", max_participants=9, created_at_s=0.0)
        live = LiveRoom(record, started_at_ms=0, plane=Plane(), changed=lambda _live: None, worker=Worker())  # type: ignore[arg-type]
        self.rooms[ROOM] = live
        return live

    @staticmethod
    def record(live: LiveRoom, recording: RecordingId | None) -> None:
        live.tape = None if recording is None else SimpleNamespace(run=SimpleNamespace(id=recording))  # type: ignore[assignment]


@asynccontextmanager
async def scene(**options: Any) -> AsyncIterator[Scene]:
    rooms: dict[RoomId, LiveRoom] = {}
    closed: set[RoomId] = set()

    async def room(of: RoomId) -> None:
        if of in closed:
            raise RoomClosed(of)

    compositor, walls = FakeCompositor(), Walls()
    clock = SimpleNamespace(monotonic_s=lambda: 0.0, wall_s=lambda: 0.0)
    conference = SimpleNamespace(live_rooms=rooms, room=room)
    desk = ComposingDesk(
        conference=conference,  # type: ignore[arg-type]
        compositor=compositor,
        clock=clock,
        **{"max_streams": 2, "walls": walls, **options},
    )
    serving = asyncio.create_task(desk.run())
    try:
        yield Scene(desk, compositor, walls, rooms, closed)
    finally:
        serving.cancel()
        await asyncio.wait([serving])
    assert all(run.over for run in compositor.runs)


async def until(met: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not met():  # noqa: ASYNC110 - the desk looks by itself, several times a second
            await asyncio.sleep(0.02)


async def test_it_follows_a_room_that_ends_and_begins_again() -> None:
    async with scene() as on:
        view = await on.desk.start(ROOM, NewComposed())
        (run,) = on.compositor.runs
        assert run.request.open_tap() is None
        assert [place.cover for place in run.shown[-1].places] == ["waiting"]
        live = on.enter()
        await until(lambda: run.reconnects == 1)
        assert list(live.followers) == [view.id]
        live.forget()
        assert not live.followers
        del on.rooms[ROOM]
        on.enter()
        await until(lambda: run.reconnects == 2)
        await on.desk.stop(view.id)
        assert not on.rooms[ROOM].followers
        with pytest.raises(ComposedNotFound):
            on.desk.get(view.id)


async def test_a_wall_says_what_is_shown() -> None:
    async with scene() as on:
        with pytest.raises(WallNotFound):
            await on.desk.start(ROOM, NewComposed(wall=WallId("x")))
        view = await on.desk.start(ROOM, NewComposed(wall=WallId("w"), width=1280, height=720))
        (run,) = on.compositor.runs
        assert [place.text for place in run.shown[-1].places] == ["墙"]
        assert view.layout is ComposedLayout.PANES
        assert on.walls.push is not None
        half = Free(0, 0, 0.5, 0.5)
        on.walls.push([ComposedPane(window=half, text="新")])
        assert [(place.text, place.cell) for place in run.shown[-1].places] == [("新", Rect(0, 0, 640, 360))]
        on.walls.push([ComposedPane(window=half), ComposedPane(window=half)])  # it overlaps: what is shown stays
        assert [place.text for place in run.shown[-1].places] == ["新"]
        with pytest.raises(InvalidLayout):
            on.desk.set_panes(view.id, [ComposedPane(window=half), ComposedPane(window=half)])
        await on.desk.stop(view.id)
        assert on.walls.push is None


async def test_films_belong_to_the_running_recording_and_end_with_it() -> None:
    film = NewOutput(kind=OutputKind.MP4)
    async with scene() as on:
        with pytest.raises(OutputRefused):
            await on.desk.start(ROOM, NewComposed(outputs=(film,)))
        live = on.enter()
        on.record(live, RECORDING)
        begun_for_it = await on.desk.start(ROOM, NewComposed(outputs=(film,), recording=RECORDING))
        other = await on.desk.start(ROOM, NewComposed(outputs=(NewOutput(kind=OutputKind.HLS),)))
        assert on.compositor.runs[0].request.wanted.outputs[0].recording == RECORDING
        await on.desk.add_output(other.id, film)
        on.record(live, None)
        await until(lambda: len(on.desk.list()) == 1)
        assert on.compositor.runs[0].over
        await until(lambda: [output.kind for output in on.desk.get(other.id).outputs] == [OutputKind.HLS])
        assert begun_for_it.id not in [view.id for view in on.desk.list()]


async def test_every_recording_gets_a_film_when_the_server_is_told_so() -> None:
    async with scene(film_recordings=ComposedLayout.SPEAKER) as on:
        live = on.enter()
        on.record(live, RECORDING)
        await until(lambda: len(on.desk.list(ROOM)) == 1)
        wanted = on.compositor.runs[0].request.wanted
        assert (wanted.layout, wanted.fps, wanted.recording) == (ComposedLayout.SPEAKER, 15, RECORDING)
        on.record(live, None)
        await until(lambda: not on.desk.list())
        assert len(on.compositor.runs) == 1


async def test_bounds_and_closed_rooms() -> None:
    async with scene(max_streams=1) as on:
        view = await on.desk.start(ROOM, NewComposed())
        with pytest.raises(TooManyComposed):
            await on.desk.start(ROOM, NewComposed())
        on.closed.add(ROOM)
        with pytest.raises(RoomClosed):
            await on.desk.start(ROOM, NewComposed())
        await until(lambda: not on.desk.list())
        with pytest.raises(ComposedNotFound):
            on.desk.hls(view.id)
    async with scene(max_streams=0) as on:
        with pytest.raises(TooManyComposed):
            await on.desk.start(ROOM, NewComposed())


async def test_without_a_compositor_nothing_is_composed() -> None:
    conference = SimpleNamespace(live_rooms={}, room=_there)
    clock = SimpleNamespace(monotonic_s=lambda: 0.0, wall_s=lambda: 0.0)
    desk = ComposingDesk(conference=conference, compositor=None, clock=clock, max_streams=1)  # type: ignore[arg-type]
    with pytest.raises(ComposedUnavailable):
        await desk.start(ROOM, NewComposed())


async def _there(_room: RoomId) -> None:
    return None


def test_ids() -> None:
    assert is_composed_id(new_composed_id())
    for wrong in (
        "",
        "cmp-",
        "cmp-0123456789abcde",
        "cmp-0123456789abcdeF",
        "rec-0123456789abcdef",
        "cmp-٠123456789abcde",
    ):
        assert not is_composed_id(wrong)
