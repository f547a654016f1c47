"""A stock aiortc client publishes by WHIP, another plays by WHEP: frames and sound go through the real relay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from av import VideoFrame

from conference.media.binding import load
from conference.media.plane import Plane
from conference.model.ids import RoomId
from conference.model.records import Grant
from conference.model.roles import Role
from conference.results import MediaSession
from conference.service import Conference
from config.settings import RoomSettings
from tests.fakes.hall import Clock, MemoryRooms, MemoryTokens
from tests.fakes.relay import media_settings

pytest.importorskip("conference.media._relay", reason="the extension is not built")


@asynccontextmanager
async def running() -> AsyncIterator[tuple[Conference, Grant]]:
    """A conference over a real relay worker on a free loopback port, with one room and a grant for it."""
    plane = Plane(media_settings(dtls_handshakes_per_s=60), binding=load())
    conference = Conference(
        rooms=MemoryRooms(),
        tokens=MemoryTokens(),
        plane=plane,
        settings=RoomSettings(max_participants=20, seat_ttl_s=60, first_room=""),
        clock=Clock(),
    )
    try:
        async with asyncio.TaskGroup() as tasks:
            life = tasks.create_task(conference.run())
            record = await conference.create_room("中继")
            grant = Grant(
                room=RoomId(record.id),
                role=Role.PARTICIPANT,
                identity=None,
                name="编码器",
                token_id="j",
                expires_at_s=9e9,
            )
            try:
                yield conference, grant
            finally:
                life.cancel()
    finally:
        plane.close()


@asynccontextmanager
async def client() -> AsyncIterator[RTCPeerConnection]:
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        yield pc
    finally:
        await pc.close()


async def offered(pc: RTCPeerConnection) -> str:
    await pc.setLocalDescription(await pc.createOffer())
    return pc.localDescription.sdp


async def accept(pc: RTCPeerConnection, session: MediaSession) -> None:
    await pc.setRemoteDescription(RTCSessionDescription(session.answer_sdp, "answer"))


async def publish(conference: Conference, grant: Grant, pc: RTCPeerConnection) -> MediaSession:
    pc.addTrack(AudioStreamTrack())
    pc.addTrack(VideoStreamTrack())
    session = await conference.whip(grant, await offered(pc))
    await accept(pc, session)
    return session


async def play(conference: Conference, grant: Grant, pc: RTCPeerConnection) -> dict[str, MediaStreamTrack]:
    tracks: dict[str, MediaStreamTrack] = {}
    pc.on("track", lambda track: tracks.update({track.kind: track}))
    pc.addTransceiver("audio", direction="recvonly")
    pc.addTransceiver("video", direction="recvonly")
    await accept(pc, await conference.whep(grant, await offered(pc)))
    return tracks


async def connected(pc: RTCPeerConnection) -> None:
    done = asyncio.Event()
    pc.on("connectionstatechange", lambda: done.set() if pc.connectionState == "connected" else None)
    if pc.connectionState != "connected":
        await done.wait()


async def picture(track: MediaStreamTrack) -> tuple[tuple[int, int], int]:
    """Size and time stamp of the next decoded frame."""
    frame = await track.recv()
    assert isinstance(frame, VideoFrame)
    return (frame.width, frame.height), frame.pts or 0


async def test_whip_in_and_whep_out() -> None:
    async with asyncio.timeout(40), running() as (conference, grant), client() as sender, client() as player:
        await publish(conference, grant, sender)
        await connected(sender)
        tracks = await play(conference, grant, player)
        pictures = [await picture(tracks["video"]) for _ in range(10)]
        sounds = [(await tracks["audio"].recv()).pts or 0 for _ in range(20)]
        assert {size for size, _ in pictures} == {(640, 480)}
        assert all(later > earlier for (_, earlier), (_, later) in pairwise(pictures))
        assert all(later > earlier for earlier, later in pairwise(sounds))
        view = next(p for p in conference.participants(grant.room) if p.tracks)
        assert [track.receiving for track in view.tracks] == [True, True]
        drops = conference.stats().relay_drops
        assert drops["rtp-auth-failed"] == 0


async def test_a_player_that_waits_gets_the_encoder_that_comes_later() -> None:
    async with asyncio.timeout(40), running() as (conference, grant), client() as sender, client() as player:
        tracks = await play(conference, grant, player)
        await connected(player)
        await publish(conference, grant, sender)
        assert (await picture(tracks["video"]))[0] == (640, 480)


async def test_an_ended_session_sends_nothing_more() -> None:
    async with asyncio.timeout(40), running() as (conference, grant), client() as sender, client() as player:
        session = await publish(conference, grant, sender)
        tracks = await play(conference, grant, player)
        await tracks["video"].recv()
        closed = asyncio.Event()
        sender.on("connectionstatechange", lambda: closed.set() if sender.connectionState == "closed" else None)
        await conference.end_session(session.id)
        assert [p.tracks for p in conference.participants(grant.room)] == [()]
        await closed.wait()
