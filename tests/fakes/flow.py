"""Two members, one publishing and one receiving, and what really arrives."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import aiohttp
from aiortc.mediastreams import MediaStreamTrack

from tests.fakes.member import Member, member
from tests.fakes.server import RunningServer


class FrameCounter:
    """`async with FrameCounter(server, http) as frames`: a publisher's picture reaches a subscriber, frame by frame."""

    publisher: Member
    subscriber: Member

    def __init__(self, server: RunningServer, http: aiohttp.ClientSession) -> None:
        self._server, self._http = server, http
        self._stack = AsyncExitStack()
        self.room = server.room()
        self.frames = 0
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> FrameCounter:
        try:
            self.publisher = await self._seat("publisher")
            self.subscriber = await self._seat("subscriber")
            await self.publisher.publish()
            video = await self._video_track()
            await self.subscriber.say("wants", tracks=[{"track": video, "width": 640, "height": 360}])
            self._stack.push_async_callback(self._stop, asyncio.create_task(self._count()))
            await self.more(3)
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stack.aclose()

    @property
    def packets(self) -> int:
        """What reached the subscriber."""
        return packets_received(self.subscriber)

    async def more(self, count: int, timeout_s: float = 15.0) -> None:
        """Waits for `count` further decoded frames."""
        wanted = self.frames + count
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: self.frames >= wanted)

    async def _seat(self, name: str) -> Member:
        seat = await self._stack.enter_async_context(
            member(self._http, self._server.url, self._server.token(self.room), name=name)
        )
        await seat.wait_for("welcome")
        return seat

    async def _video_track(self) -> str:
        async with asyncio.timeout(10):
            while True:
                told = await self.subscriber.wait_for("updated")
                for track in told["participant"]["tracks"]:
                    if track["kind"] == "video":
                        return str(track["id"])

    async def _count(self) -> None:
        track = await self._received("video")
        while True:
            await track.recv()
            async with self._changed:
                self.frames += 1
                self._changed.notify_all()

    async def _received(self, kind: str) -> MediaStreamTrack:
        while True:
            for track in self.subscriber.received:
                if track.kind == kind:
                    return track
            await self.subscriber.wait_for("subscribe-offer")

    @staticmethod
    async def _stop(task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def packets_received(seat: Member) -> int:
    """RTP packets that this member's down connection decrypted."""
    if seat.down is None:
        return 0
    receivers = [transceiver.receiver for transceiver in seat.down.getTransceivers()]
    streams = [stream for receiver in receivers for stream in receiver._RTCRtpReceiver__remote_streams.values()]
    return sum(stream.packets_received for stream in streams)
