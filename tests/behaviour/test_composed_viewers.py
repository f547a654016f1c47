"""Players of a composed stream: the real relay, the real child, aiortc at both ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from fractions import Fraction

import av
import pytest
from aiortc import AudioStreamTrack, MediaStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack

from conference.composing import ComposedLayout, ComposedPane, ComposedState, NewComposed, NewOutput, OutputKind
from conference.composing_desk import ComposingDesk
from conference.layout import Rect, Size, grid
from conference.media.tap import TapConnection
from conference.model.ids import ComposedId
from conference.model.records import Grant
from conference.model.window import Free
from conference.service import Conference
from conference.sources.address import AddressPolicy
from recorder.composed.service import ComposedService
from tests.behaviour.test_aiortc_clients import client, connected, offered, running
from tests.fakes.pictures import frame, read_counter

pytest.importorskip("conference.media._relay", reason="the extension is not built")
pytestmark = pytest.mark.timeout(120)

SIZE = Size(1280, 720)
WHOLE = Rect(0, 0, 1280, 720)


class Clock:
    def monotonic_s(self) -> float:
        return time.monotonic()

    def wall_s(self) -> float:
        return time.time()


class CounterTrack(VideoStreamTrack):
    """Pictures with burnt-in counters, 15 a second, from `first` on."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self._number = first
        self._begun_s = time.monotonic()
        self._sent = 0

    async def recv(self) -> av.VideoFrame:
        self._sent += 1
        await asyncio.sleep(max(0.0, self._begun_s + self._sent / 15 - time.monotonic()))
        self._number += 1
        made = av.VideoFrame.from_ndarray(frame(self._number, width=640, height=360, hue=40), format="bgr24")
        made.pts, made.time_base = self._sent * 6000, Fraction(1, 90_000)
        return made


@dataclass
class Stage:
    conference: Conference
    grant: Grant
    desk: ComposingDesk
    service: ComposedService


@asynccontextmanager
async def stage() -> AsyncIterator[Stage]:
    policy = AddressPolicy(networks=(), exact=frozenset(), own=set)
    async with running() as (conference, grant):
        service = ComposedService(clock=Clock(), policy=policy)
        desk = ComposingDesk(conference=conference, compositor=service, clock=Clock(), max_streams=2)
        async with asyncio.TaskGroup() as tasks:
            working = tasks.create_task(service.run())
            looking = tasks.create_task(desk.run())
            try:
                yield Stage(conference, grant, desk, service)
            finally:
                looking.cancel()
                await asyncio.wait([looking])
                working.cancel()


async def begun(on: Stage, **wanted: object) -> ComposedId:
    of = NewComposed(width=SIZE.width, height=SIZE.height, fps=15, labels=False, clock=False, **wanted)  # type: ignore[arg-type]
    return (await on.desk.start(on.grant.room, of)).id


async def watch(on: Stage, id_: ComposedId, pc: RTCPeerConnection) -> dict[str, MediaStreamTrack]:
    tracks: dict[str, MediaStreamTrack] = {}
    pc.on("track", lambda track: tracks.update({track.kind: track}))
    pc.addTransceiver("audio", direction="recvonly")
    pc.addTransceiver("video", direction="recvonly")
    session = await on.desk.whep(id_, await offered(pc))
    await pc.setRemoteDescription(RTCSessionDescription(session.answer_sdp, "answer"))
    return tracks


async def counter(track: MediaStreamTrack, cell: Rect = WHOLE) -> int | None:
    shown = await track.recv()
    assert isinstance(shown, av.VideoFrame)
    assert (shown.width, shown.height) == (1280, 720)
    grey = shown.to_ndarray(format="gray8")
    return read_counter(grey[cell.y : cell.bottom, cell.x : cell.right])


async def until(track: MediaStreamTrack, cell: Rect, *, at_least: int) -> int:
    """The first counter seen there that is not less."""
    while True:
        found = await counter(track, cell)
        if found is not None and found >= at_least:
            return found


async def test_a_player_sees_everybody_in_one_picture_and_is_never_in_it() -> None:
    async with asyncio.timeout(60), stage() as on, client() as first, client() as second, client() as player:
        for pc, begin in ((first, 0), (second, 500)):
            pc.addTrack(AudioStreamTrack())
            pc.addTrack(CounterTrack(begin))
            session = await on.conference.whip(on.grant, await offered(pc))
            await pc.setRemoteDescription(RTCSessionDescription(session.answer_sdp, "answer"))
            await connected(pc)
        id_ = await begun(on)
        tracks = await watch(on, id_, player)
        left, right = grid(SIZE, 2)
        early = await until(tracks["video"], left, at_least=1)
        later = await until(tracks["video"], left, at_least=early + 10)
        assert early < later < 400
        assert await until(tracks["video"], right, at_least=500) < 900
        assert (await tracks["audio"].recv()).pts is not None
        view = on.desk.get(id_)
        assert (view.state, view.panes) == (ComposedState.LIVE, 2)
        assert [output.kind for output in view.outputs] == [OutputKind.WHEP]
        kinds = sorted(person.kind.value for person in on.conference.participants(on.grant.room))
        assert kinds == ["encoder", "encoder", "viewer"], "the stream itself is nobody"


async def test_panes_are_changed_from_outside_and_a_second_player_starts_at_once() -> None:
    async with asyncio.timeout(60), stage() as on, client() as sender, client() as player, client() as second:
        sender.addTrack(CounterTrack(0))
        session = await on.conference.whip(on.grant, await offered(sender))
        await sender.setRemoteDescription(RTCSessionDescription(session.answer_sdp, "answer"))
        await connected(sender)
        (person,) = on.conference.participants(on.grant.room)
        id_ = await begun(on, layout=ComposedLayout.PANES, outputs=(NewOutput(kind=OutputKind.WHEP),))
        on.desk.set_panes(id_, [ComposedPane(window=Free(0.5, 0.5, 0.5, 0.5), participant=person.id)])
        tracks = await watch(on, id_, player)
        await until(tracks["video"], Rect(640, 360, 640, 360), at_least=1)
        on.desk.set_panes(id_, [ComposedPane(window=Free(0.0, 0.0, 0.5, 0.5), participant=person.id)])
        await until(tracks["video"], Rect(0, 0, 640, 360), at_least=1)
        begun_s = time.monotonic()
        others = await watch(on, id_, second)
        await until(others["video"], Rect(0, 0, 640, 360), at_least=1)
        assert time.monotonic() - begun_s < 5.0
        on.desk.set_panes(id_, [ComposedPane(window=Free(0.0, 0.0, 0.5, 0.5), participant=person.id, cover="locked")])
        while await counter(tracks["video"], Rect(0, 0, 640, 360)) is not None:
            pass
        live = on.conference.live_rooms[on.grant.room]
        assert live.followers[id_].carried == [], "what is not shown is not fetched"  # type: ignore[index]


async def test_the_stream_outlives_the_meeting() -> None:
    async with asyncio.timeout(60), stage() as on:
        id_ = await begun(on, outputs=(NewOutput(kind=OutputKind.WHEP),))
        for first in (0, 500):
            async with client() as sender, client() as player:
                sender.addTrack(CounterTrack(first))
                session = await on.conference.whip(on.grant, await offered(sender))
                await sender.setRemoteDescription(RTCSessionDescription(session.answer_sdp, "answer"))
                tracks = await watch(on, id_, player)
                await until(tracks["video"], WHOLE, at_least=first + 1)
                await on.conference.remove(on.grant.room, session.participant, by="admin")
                while await counter(tracks["video"]) is not None:
                    pass
            for person in on.conference.participants(on.grant.room):
                await on.conference.remove(on.grant.room, person.id, by="admin")
            assert on.grant.room not in on.conference.live_rooms
        view = on.desk.get(id_)
        assert (view.state, view.restarts) == (ComposedState.LIVE, 0)
        await on.desk.stop(id_)
        assert on.desk.list() == []


async def test_layers_fit_the_cells() -> None:
    """What the relay is asked for follows the size of the cells."""
    async with asyncio.timeout(60), stage() as on, client() as sender:
        sender.addTrack(CounterTrack(0))
        session = await on.conference.whip(on.grant, await offered(sender))
        await sender.setRemoteDescription(RTCSessionDescription(session.answer_sdp, "answer"))
        id_ = await begun(on, layout=ComposedLayout.PANES)
        live = on.conference.live_rooms[on.grant.room]
        asked: list[tuple[int, int]] = []
        live.worker.set_wants = lambda wants: asked.extend((want.width, want.height) for want in wants)  # type: ignore[method-assign]
        (person,) = on.conference.participants(on.grant.room)
        for side in (0.25, 0.5):
            pane = ComposedPane(window=Free(0.0, 0.0, side, side), participant=person.id)
            on.desk.set_panes(id_, [pane])
            on.desk.set_panes(id_, [pane])
        assert asked == [(320, 180), (640, 360)]


async def packets(end: socket.socket) -> int:
    """How many datagrams of media come in half a second."""
    await asyncio.sleep(0.5)  # they come in real time
    count = 0
    with contextlib.suppress(BlockingIOError):
        while end.recv(65_535):
            count += 1
    return count


async def test_a_composer_that_stands_still_hurts_nobody_and_is_replaced() -> None:
    async with asyncio.timeout(90), stage() as on, client() as sender, client() as player:
        sender.addTrack(CounterTrack(0))
        session = await on.conference.whip(on.grant, await offered(sender))
        await sender.setRemoteDescription(RTCSessionDescription(session.answer_sdp, "answer"))
        id_ = await begun(on)
        tracks = await watch(on, id_, player)
        newest = await until(tracks["video"], WHOLE, at_least=1)
        live = on.conference.live_rooms[on.grant.room]
        other = TapConnection(live.plane, live.worker, room=live.plane.number())
        with other.socket() as end:
            end.setblocking(False)
            other.set_tracks(live.published())
            assert await packets(end) > 0
            (child,) = on.service.children
            os.kill(child, signal.SIGSTOP)
            counts = []
            while not on.desk.get(id_).restarts:
                counts.append(await packets(end))
            assert len(counts) > 8, "it has some seconds to move again"
            assert min(counts) > 0, "whoever else listens misses nothing"
        other.close()
        await until(tracks["video"], WHOLE, at_least=newest + 60)
        assert child not in on.service.children
