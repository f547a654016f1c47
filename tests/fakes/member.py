"""A meeting member without a browser: the WebSocket protocol with aiortc's full ICE and DTLS behind it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamTrack, VideoStreamTrack


class IdleTrack(MediaStreamTrack):
    """A track that never has anything to send: what is measured with it is the connection alone."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    async def recv(self) -> Any:
        await asyncio.get_running_loop().create_future()


class Member:
    """One seat. `said` collects what the server told, by type; `wait_for` waits for the next of a type."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.up = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.down: RTCPeerConnection | None = None
        self.said: dict[str, list[dict[str, Any]]] = {}
        self.received: list[MediaStreamTrack] = []
        self._news = asyncio.Condition()
        self._offers = 0

    async def say(self, kind: str, **fields: object) -> None:
        await self._socket.send_json({"type": kind, **fields})

    async def wait_for(self, kind: str, timeout_s: float = 10.0) -> dict[str, Any]:
        """The oldest message of this type that was not taken yet."""
        async with asyncio.timeout(timeout_s), self._news:
            await self._news.wait_for(lambda: bool(self.said.get(kind) or self.said.get("goodbye")))
            if not self.said.get(kind):
                raise ConnectionError(self.said["goodbye"][0]["code"])
            return self.said[kind].pop(0)

    async def listen(self) -> None:
        """Reads until the socket ends; answers the down connection's offers."""
        async for message in self._socket:
            if message.type is not aiohttp.WSMsgType.TEXT:
                continue
            told = message.json()
            if told["type"] == "subscribe-offer":
                await self._answer(told)
            async with self._news:
                self.said.setdefault(told["type"], []).append(told)
                self._news.notify_all()

    async def publish(self, *, audio: bool = True, video: bool = True, idle: bool = False) -> float:
        """Publishes and waits until the up connection is connected; returns the seconds it took.

        `idle`: the tracks are there and never send.
        """
        started = time.perf_counter()
        tracks = [("microphone", IdleTrack("audio") if idle else AudioStreamTrack())] if audio else []
        tracks += [("camera", IdleTrack("video") if idle else VideoStreamTrack())] if video else []
        transceivers = [self.up.addTransceiver(track, direction="sendonly") for _, track in tracks]
        await self.up.setLocalDescription(await self.up.createOffer())
        self._offers += 1
        sources = [
            {"mid": transceiver.mid, "source": source}
            for transceiver, (source, _) in zip(transceivers, tracks, strict=True)
        ]
        await self.say("publish-offer", offer=self._offers, sdp=self.up.localDescription.sdp, tracks=sources)
        answer = await self.wait_for("publish-answer")
        await self.up.setRemoteDescription(RTCSessionDescription(answer["sdp"], "answer"))
        await connected(self.up)
        return time.perf_counter() - started

    async def _answer(self, offer: dict[str, Any]) -> None:
        if self.down is None:
            self.down = RTCPeerConnection(RTCConfiguration(iceServers=[]))
            self.down.on("track", self.received.append)
        await self.down.setRemoteDescription(RTCSessionDescription(offer["sdp"], "offer"))
        await self.down.setLocalDescription(await self.down.createAnswer())
        await self.say("subscribe-answer", offer=offer["offer"], sdp=self.down.localDescription.sdp)

    async def close(self) -> None:
        await self._socket.close()
        for connection in (self.up, self.down):
            if connection is not None:
                await connection.close()


async def connected(connection: RTCPeerConnection, timeout_s: float = 10.0) -> None:
    """Returns when ICE and DTLS are done. Raises ConnectionError when they fail, TimeoutError after `timeout_s`."""
    changed = asyncio.Event()
    connection.on("connectionstatechange", changed.set)
    async with asyncio.timeout(timeout_s):
        while connection.connectionState != "connected":
            if connection.connectionState in {"failed", "closed"}:
                raise ConnectionError(connection.connectionState)
            await changed.wait()
            changed.clear()


@asynccontextmanager
async def member(http: aiohttp.ClientSession, url: str, token: str, *, name: str = "member") -> AsyncIterator[Member]:
    """Joins by WebSocket; the welcome waits in `said`. Leaves at the end of the block."""
    async with http.ws_connect(url.replace("http", "ws", 1) + "/ws", max_msg_size=2**22) as socket:
        made = Member(socket)
        listening = asyncio.create_task(made.listen())
        try:
            await made.say("join", version=1, token=token, name=name)
            yield made
        finally:
            await made.close()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
