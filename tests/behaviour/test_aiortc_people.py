"""Two people with seats, each an aiortc client: up and down connections through the real relay."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest
from aiortc import AudioStreamTrack, MediaStreamTrack, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack

from conference.model.ids import TrackId
from conference.model.outgoing import LayerChanged, SubscribeOffered
from conference.model.records import Grant
from conference.model.track import Source
from conference.results import PublishRequest, Wish
from conference.seats import Seat
from conference.service import Conference
from tests.behaviour.test_aiortc_clients import client, connected, offered, picture, running
from tests.fakes.hall import Page

pytest.importorskip("conference.media._relay", reason="the extension is not built")


@dataclass
class Person:
    """A seat whose down connection answers every offer."""

    conference: Conference
    seat: Seat
    page: Page
    down: RTCPeerConnection
    tracks: dict[str, MediaStreamTrack] = field(default_factory=dict)
    answered: int = 0

    async def answer_offers(self) -> None:
        """Answers what has come since; returns when all is answered."""
        while self.page.all(SubscribeOffered) and self.page.offer.number > self.answered:
            offer = self.page.offer
            self.answered = offer.number
            await self.down.setRemoteDescription(RTCSessionDescription(offer.sdp, "offer"))
            await self.down.setLocalDescription(await self.down.createAnswer())
            await self.conference.subscribe_answer(self.seat, offer.number, self.down.localDescription.sdp)

    async def layer(self, track: TrackId, layer: int | None) -> LayerChanged:
        """Waits until the relay tells that this layer is sent."""
        while True:
            told = [change for change in self.page.all(LayerChanged) if change.track == track]
            if told and told[-1].layer == layer:
                return told[-1]
            await asyncio.sleep(0.02)


async def sit(conference: Conference, grant: Grant, down: RTCPeerConnection) -> Person:
    page = Page()
    person = Person(conference, await conference.join(grant, name="甲", sink=page), page, down)
    down.on("track", lambda track: person.tracks.update({track.kind: track}))
    return person


async def publish(conference: Conference, seat: Seat, up: RTCPeerConnection) -> list[TrackId]:
    up.addTrack(AudioStreamTrack())
    up.addTrack(VideoStreamTrack())
    requests = [PublishRequest(mid="0", source=Source.MICROPHONE), PublishRequest(mid="1", source=Source.CAMERA)]
    result = await conference.publish(seat, await offered(up), requests)
    await up.setRemoteDescription(RTCSessionDescription(result.answer_sdp, "answer"))
    return [track.track for track in result.tracks]


async def test_video_comes_when_wanted_stops_when_hidden_and_comes_back() -> None:
    async with (
        asyncio.timeout(50),
        running() as (conference, grant),
        client() as up,
        client() as down,
        client() as idle,
    ):
        speaker = await sit(conference, grant, idle)
        viewer = await sit(conference, grant, down)
        _, camera = await publish(conference, speaker.seat, up)
        await connected(up)
        conference.wants(viewer.seat, [Wish(track=camera, width=640, height=480)])
        while "video" not in viewer.tracks:
            await viewer.answer_offers()
            await asyncio.sleep(0.02)
        assert (await picture(viewer.tracks["video"]))[0] == (640, 480)
        conference.wants(viewer.seat, [Wish(track=camera, width=0, height=0)])
        assert (await viewer.layer(camera, None)).reason == "hidden"
        conference.wants(viewer.seat, [Wish(track=camera, width=640, height=480)])
        await viewer.layer(camera, 0)
        assert (await picture(viewer.tracks["video"]))[0] == (640, 480)


async def test_a_muted_microphone_is_silent_and_comes_back() -> None:
    async with (
        asyncio.timeout(50),
        running() as (conference, grant),
        client() as up,
        client() as down,
        client() as idle,
    ):
        speaker = await sit(conference, grant, idle)
        viewer = await sit(conference, grant, down)
        microphone, _ = await publish(conference, speaker.seat, up)
        while "audio" not in viewer.tracks:
            await viewer.answer_offers()
            await asyncio.sleep(0.02)
        await viewer.tracks["audio"].recv()
        conference.mute(speaker.seat, microphone, True)
        assert (await viewer.layer(microphone, None)).reason == "publisher-paused"
        conference.mute(speaker.seat, microphone, False)
        await viewer.layer(microphone, 0)
        await viewer.tracks["audio"].recv()
