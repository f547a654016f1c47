"""A peer that does not read costs a bounded amount of memory, gets the whole state afresh when it reads again, and is
cut when it never does."""

from __future__ import annotations

import asyncio
import base64
import json
import socket as sockets
import struct
from typing import Any

from conference.model.events import ParticipantUpdated
from conference.model.ids import Identity, ParticipantId
from conference.model.participant import ParticipantKind, ParticipantView
from conference.model.roles import Role
from signaling.session import Session, SessionLimits
from tests.fakes.edge import RunningEdge, running_edge

QUEUE_BYTES = 65_536


def limits(send_stall_s: float) -> SessionLimits:
    return SessionLimits(
        json_depth=32, messages_per_s=50, message_burst=200, send_queue_bytes=QUEUE_BYTES, send_stall_s=send_stall_s
    )


class RawPeer:
    """A WebSocket client that reads only when told to, with a small receive buffer."""

    def __init__(self) -> None:
        self._socket = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM)
        self._socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        self._socket.setblocking(False)
        self._buffer = b""

    async def connect(self, edge: RunningEdge) -> None:
        host, port = edge.url.removeprefix("http://").split(":")
        await asyncio.get_running_loop().sock_connect(self._socket, (host, int(port)))
        key = base64.b64encode(b"0" * 16).decode()
        request = (
            f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        await asyncio.get_running_loop().sock_sendall(self._socket, request.encode())
        while b"\r\n\r\n" not in self._buffer:
            self._buffer += await self._read()
        self._buffer = self._buffer.split(b"\r\n\r\n", 1)[1]

    async def say(self, message: dict[str, Any]) -> None:
        raw = json.dumps(message).encode()
        header = struct.pack("!BBH", 0x81, 0x80 | 126, len(raw)) + b"\0\0\0\0"  # a mask of zeros changes nothing
        await asyncio.get_running_loop().sock_sendall(self._socket, header + raw)

    async def hear(self) -> dict[str, Any] | None:
        """The next text; None when the server closed or cut the socket."""
        try:
            opcode, payload = await self._frame()
        except (ConnectionError, EOFError):
            return None
        return dict(json.loads(payload)) if opcode == 0x81 else None

    def close(self) -> None:
        self._socket.close()

    async def _frame(self) -> tuple[int, bytes]:
        opcode, size = await self._exactly(2)
        if size == 126:
            (size,) = struct.unpack("!H", await self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", await self._exactly(8))
        return opcode, await self._exactly(size)

    async def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._buffer += await self._read()
        head, self._buffer = self._buffer[:count], self._buffer[count:]
        return head

    async def _read(self) -> bytes:
        chunk = await asyncio.get_running_loop().sock_recv(self._socket, 65_536)
        if not chunk:
            raise EOFError
        return chunk


def news(number: int) -> ParticipantUpdated:
    """An event of about 1 KiB."""
    view = ParticipantView(
        id=ParticipantId(f"p-{number}"),
        identity=Identity("x" * 1000),
        name="邻座",
        role=Role.PARTICIPANT,
        kind=ParticipantKind.PERSON,
        joined_at_ms=number,
    )
    return ParticipantUpdated(view)


async def seated(edge: RunningEdge) -> tuple[RawPeer, Session]:
    peer = RawPeer()
    await peer.connect(edge)
    await peer.say({"type": "join", "version": 1, "token": edge.token()})
    welcome = await peer.hear()
    assert welcome is not None
    (member,) = edge.conference.members.values()
    assert isinstance(member.sink, Session)
    return peer, member.sink


async def flood(session: Session, count: int) -> int:
    """Delivers `count` events with the loop running in between; the most bytes that ever waited in the queue."""
    most = 0
    for number in range(count):
        session.deliver(news(number))
        most = max(most, session.waiting_bytes)
        if number % 50 == 0:
            await asyncio.sleep(0)
    return most


async def test_what_waits_is_bounded_and_a_reader_that_comes_back_is_told_everything_afresh() -> None:
    async with running_edge(limits=limits(send_stall_s=30)) as edge:
        peer, session = await seated(edge)
        most = await flood(session, 8000)  # 8 MiB: far more than kernel buffers and queue hold
        assert most <= QUEUE_BYTES
        assert ("resync",) not in edge.conference.calls
        heard = []
        while (word := await peer.hear()) is not None and word["type"] != "welcome":
            heard.append(word)
        assert word is not None, "the resync came"
        assert edge.conference.calls == [("resync",)]
        assert len(heard) < 8000
        session.deliver(news(9999))
        after = await peer.hear()
        assert after is not None
        assert after["participant"]["id"] == "p-9999"
        peer.close()


async def test_a_peer_that_never_reads_is_cut_and_its_seat_detached() -> None:
    async with running_edge(limits=limits(send_stall_s=0.2)) as edge:
        peer, session = await seated(edge)
        await flood(session, 8000)
        await edge.conference.somebody_detached.wait()
        while await peer.hear() is not None:
            pass
        peer.close()


async def test_a_removed_peer_that_never_reads_is_cut_within_three_seconds() -> None:
    async with running_edge(limits=limits(send_stall_s=30)) as edge:
        peer, session = await seated(edge)
        await flood(session, 8000)
        (token_id,) = {member.seat.token_id for member in edge.conference.members.values()}
        async with asyncio.timeout(3):
            await edge.conference.token_revoked(token_id)
            async with edge.client.get(edge.url + "/metrics") as response:
                assert "huishang_sockets 1.0" in await response.text()
            while True:
                async with edge.client.get(edge.url + "/metrics") as response:
                    if "huishang_sockets 0.0" in await response.text():
                        break
                await asyncio.sleep(0.05)
        peer.close()


async def test_a_peer_that_asks_without_reading_the_answers_is_given_up() -> None:
    async with running_edge(limits=limits(send_stall_s=30)) as edge:
        peer, session = await seated(edge)
        await flood(session, 8000)
        for number in range(20):
            await peer.say({"type": "publish-offer", "offer": number + 1, "sdp": "v" * 10_000, "tracks": []})
        await edge.conference.somebody_detached.wait()
        async with edge.client.get(edge.url + "/metrics") as response:
            assert 'huishang_goodbyes_total{code="too-slow"} 1.0' in await response.text()
        peer.close()
