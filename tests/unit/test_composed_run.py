"""A composed stream from the core's side: what its children are told, one after the other, and what is seen of them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from conference.children.exits import Exit
from conference.composing import (
    MAX_OUTPUTS,
    ComposedRequest,
    ComposedState,
    NewComposed,
    NewOutput,
    OutputKind,
    OutputState,
    Placed,
    Program,
)
from conference.layout import Rect
from conference.model.errors import HuishangError, OutputNotFound, OutputRefused, TooManyOutputs
from conference.model.ids import ComposedId, RecordingId, RoomId, SegmentId
from conference.sources.address import AddressPolicy
from recorder.composed import run as run_module
from recorder.composed import words
from recorder.composed.run import Run
from recorder.composed.service import ComposedService, FilmPlace
from recorder.folder import RecordingFolder

RECORDING = RecordingId("rec-0123456789abcdef")
FILM = SegmentId("film-0123456789abcdef")
REPORT = words.Report(
    encoded=15, load=0.4, fps=30, preset="superfast", waiting_tracks=0, lost_packets=0, decode_errors=0
)


@dataclass
class FakeChild:
    """What it was told, with the number of descriptors of each word."""

    on_word: Callable[[Any, list[int]], None]
    on_exit: Callable[[Exit], None]
    told: list[tuple[Any, int]] = field(default_factory=list)
    answers_stop: bool = True

    def send(self, word: Any, fds: Sequence[int] = ()) -> None:
        for fd in fds:
            os.fstat(fd)
        self.told.append((word, len(fds)))

    def of(self, kind: type) -> list[Any]:
        return [word for word, _ in self.told if isinstance(word, kind)]

    def stop(self) -> None:
        self.told.append((words.Stop(), 0))
        for sink in {word.sink for word in self.of(words.AddSink)} - {word.sink for word in self.of(words.DropSink)}:
            self.on_word(words.SinkEnded(sink, "finished", bytes=4, duration_ms=1000), [])
        self.die("ended")

    def kill(self) -> None:
        self.die("killed")

    def die(self, reason: str = "crashed") -> None:
        self.on_exit(Exit(None, reason, "", 1.0))  # type: ignore[arg-type]


class FakeNursery:
    def __init__(self) -> None:
        self.children: list[FakeChild] = []

    async def spawn(self, _owner: str, start: words.Start, _fds: object, *, on_word: Any, on_exit: Any) -> FakeChild:
        child = FakeChild(on_word, on_exit)
        child.told.append((start, 0))
        self.children.append(child)
        return child


class Service(ComposedService):
    """Without processes."""

    def __init__(self, place: FilmPlace | None) -> None:
        policy = AddressPolicy(networks=(), exact=frozenset(), own=set)
        super().__init__(clock=_Clock(), policy=policy, place=place)
        self.fake = FakeNursery()

    async def nursery(self) -> Any:
        return self.fake


class _Clock:
    def wall_s(self) -> float:
        return 1_000.0

    def monotonic_s(self) -> float:
        return 0.0


class Films:
    """One live film of one recording."""

    def __init__(self, folder: RecordingFolder) -> None:
        self.folder = folder
        self.finished: list[int | None] = []

    async def begin_live_film(self, recording: RecordingId, wish: object, *, by: str = "") -> tuple[SegmentId, int]:
        return FILM, self.folder.create(recording, FILM)

    async def finish_live_film(self, film: SegmentId, *, duration_ms: int | None = None, reason: object = None) -> Any:
        assert film == FILM
        self.finished.append(duration_ms)


async def begun(*outputs: NewOutput, place: FilmPlace | None = None) -> tuple[Run, FakeNursery]:
    service = Service(place)
    request = ComposedRequest(
        id=ComposedId("cmp-0123456789abcdef"),
        room=RoomId("r"),
        wanted=NewComposed(outputs=outputs),
        open_tap=lambda: None,
        open_media=lambda: None,
    )
    return await service.begin(request), service.fake


async def until(met: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not met():  # noqa: ASYNC110 - fakes have no event; each turn of the loop is enough
            await asyncio.sleep(0)


HLS = NewOutput(kind=OutputKind.HLS)


async def test_another_child_is_told_everything_again() -> None:
    run, nursery = await begun(HLS, NewOutput(kind=OutputKind.WHEP))
    run.show(Program(places=(Placed(cell=Rect(0, 0, 64, 64), label="一"),)))
    (first,) = nursery.children
    first.on_word(REPORT, [])
    assert run.view().state is ComposedState.LIVE
    first.die()
    assert run.view().state is ComposedState.RESTARTING
    await until(lambda: len(nursery.children) == 2 and len(nursery.children[1].of(words.AddSink)) == 2)
    second = nursery.children[1]
    assert second.of(words.Start)[0].begun_ms == first.of(words.Start)[0].begun_ms
    assert second.of(words.Program) == [run_module.words.Program(places=(words.Place(0, 0, 0, 64, 64, "一"),))]
    assert [word.kind for word in second.of(words.AddSink)] == ["hls", "whep"]
    sinks = {word.sink for child in nursery.children for word in child.of(words.AddSink)}
    assert len(sinks) == 4, "a number belongs to one child's output only"
    second.on_word(REPORT, [])
    assert (run.view().state, run.view().restarts) == (ComposedState.LIVE, 1)
    await run.end()
    assert run.view().state is ComposedState.STOPPED


async def test_one_that_crashes_again_and_again_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "RETRY_S", (0.0,))
    run, nursery = await begun(HLS)
    for number in range(run_module.MAX_CRASHES + 1):
        await until(lambda number=number: len(nursery.children) == number + 1)
        await until(lambda: nursery.children[-1].of(words.AddSink))
        nursery.children[-1].die()
    await until(lambda: run.view().outputs[0].state is OutputState.ENDED)
    assert run.view().state is ComposedState.FAILED
    assert len(nursery.children) == run_module.MAX_CRASHES + 1


async def test_steps_and_counts_are_seen(caplog: pytest.LogCaptureFixture) -> None:
    run, nursery = await begun(NewOutput(kind=OutputKind.WHEP))
    (child,) = nursery.children
    sink = child.of(words.AddSink)[0].sink
    child.on_word(words.Stepped(15, "superfast", "overload", 1.2), [])
    lower = words.Report(
        encoded=15,
        load=0.9,
        fps=15,
        preset="superfast",
        waiting_tracks=1,
        lost_packets=0,
        decode_errors=0,
        sinks=(words.SinkReport(sink, 1234),),
    )
    child.on_word(lower, [])
    view = run.view()
    assert (view.fps, view.wanted_fps, view.stepped_down, view.encoded_fps, view.load) == (15, 30, True, 15.0, 0.9)
    assert (view.outputs[0].bytes, view.outputs[0].state) == (1234, OutputState.LIVE)
    assert "overload" in caplog.text
    await run.end()


async def test_hls_comes_through_memory_and_a_lie_ends_the_child() -> None:
    run, nursery = await begun(HLS)
    (child,) = nursery.children
    sink = child.of(words.AddSink)[0].sink
    assert child.told[-1][1] == words.HLS_SLOTS
    (slots,) = [await outlet.open(0) for outlet in run.outlets.values()]
    os.pwrite(slots[1][2], b"segment", 0)
    child.on_word(words.HlsHead(sink, b"head"), [])
    child.on_word(words.HlsSegment(sink, 0, 2, 7, 1500), [])
    assert run.hls().part("0.m4s") == b"segment"
    assert run.view().outputs[0].state is OutputState.LIVE
    child.on_word(words.HlsSegment(sink, 1, 2, 70, 1500), [])
    assert run.view().state is ComposedState.RESTARTING
    await run.end()


async def test_a_film_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    folder = RecordingFolder.open_at(tmp_path)
    films = Films(folder)
    wanted = NewOutput(kind=OutputKind.MP4, recording=RECORDING)
    run, nursery = await begun(wanted, place=FilmPlace(films, folder))
    (child,) = nursery.children
    assert child.told[-1][1] == 2
    file = tmp_path / RECORDING / f"{FILM}.mp4"
    file.write_bytes(b"fragments")
    (tmp_path / RECORDING / f"next-{FILM}.mp4").write_bytes(b"plain")
    await run.end()
    assert file.read_bytes() == b"plain"
    assert films.finished == [1000]
    assert [entry.name for entry in (tmp_path / RECORDING).iterdir()] == [file.name]


async def test_a_film_that_is_dropped_while_its_child_dies_keeps_its_fragments(tmp_path: Path) -> None:
    folder = RecordingFolder.open_at(tmp_path)
    films = Films(folder)
    wanted = NewOutput(kind=OutputKind.MP4, recording=RECORDING)
    run, nursery = await begun(wanted, HLS, place=FilmPlace(films, folder))
    (child,) = nursery.children
    file = tmp_path / RECORDING / f"{FILM}.mp4"
    file.write_bytes(b"fragments")
    run.remove_output(run.view().outputs[0].id)
    await until(lambda: child.of(words.DropSink))
    child.die()
    await until(lambda: films.finished == [None])
    assert file.read_bytes() == b"fragments"
    await run.end()


async def test_outputs_have_bounds_and_names() -> None:
    run, _ = await begun(HLS)
    with pytest.raises(OutputRefused):
        await run.add_output(HLS)
    with pytest.raises(OutputRefused):
        await run.add_output(NewOutput(kind=OutputKind.MP4))
    with pytest.raises(OutputNotFound):
        run.remove_output(run.view().outputs[0].id + "x")  # type: ignore[arg-type]
    push = NewOutput(kind=OutputKind.RTMP, url="rtmp://192.0.2.1/app/key")
    for _ in range(MAX_OUTPUTS - 1):
        await run.add_output(push)
    with pytest.raises(TooManyOutputs):
        await run.add_output(push)
    assert {output.state for output in run.view().outputs[1:]} == {OutputState.WAITING}
    assert {output.reason for output in run.view().outputs[1:]} == {"address-not-allowed"}
    assert run.view().outputs[1].target == "192.0.2.1:1935"
    await run.end()


async def test_what_cannot_begin_leaves_nothing() -> None:
    service = Service(None)
    request = ComposedRequest(
        id=ComposedId("cmp-0123456789abcdef"),
        room=RoomId("r"),
        wanted=NewComposed(outputs=(HLS, NewOutput(kind=OutputKind.MP4))),
        open_tap=lambda: None,
        open_media=lambda: None,
    )
    with pytest.raises(HuishangError):
        await service.begin(request)
    assert service.of(request.id) is None
    assert not service.fake.children
