"""Strangers and odd bytes at the media port: no session closes, nobody is answered who should not be."""

import asyncio
import contextlib
import itertools
import socket
import struct

import aiohttp
import pytest
from aiortc import RTCPeerConnection

from tests.fakes.flow import FrameCounter, packets_received
from tests.fakes.member import Member, member
from tests.fakes.server import RunningServer

SIZES = (0, 1, 2, 3, 11, 12, 13, 19, 20, 28, 64, 300, 1199, 1200, 1452, 1472, 1499, 1500, 1501, 1600)
ODD = [bytes([first]) * size for first, size in itertools.product(range(256), SIZES) if size] + [b""] * 50

CLIENT_HELLO = bytes.fromhex(
    "16feff0000000000000000003e010000320000000000000032feff"
    + "00" * 32  # random
    + "0000"  # session id, cookie
    + "00020001"  # cipher suites: NULL-MD5
    + "0100"
)
FATAL_ALERT = bytes.fromhex("15feff000000000000000000020228")


async def test_a_hello_race_from_another_port_stops_nobody(server: RunningServer, http: aiohttp.ClientSession) -> None:
    """CVE-2023-49786's class: forged DTLS arrives before, while and after the true peer's handshake."""
    room = server.room()
    racing = asyncio.Event()

    async def race() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.setblocking(False)
            for forged in itertools.cycle((CLIENT_HELLO, FATAL_ALERT)):
                stranger.sendto(forged, ("127.0.0.1", server.media_port))
                racing.set()
                await asyncio.sleep(0.002)

    attack = asyncio.create_task(race())
    await racing.wait()
    try:
        for _ in range(20):
            async with member(http, server.url, server.token(room)) as joined:
                await joined.wait_for("welcome")
                assert await joined.publish(video=False) < 5.0
    finally:
        attack.cancel()


async def test_no_datagram_of_a_stranger_closes_a_session(server: RunningServer, http: aiohttp.ClientSession) -> None:
    async with talking_pair(server, http) as frames:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for number, datagram in enumerate(ODD):
                stranger.sendto(datagram, ("127.0.0.1", server.media_port))
                if number % 100 == 0:
                    await asyncio.sleep(0)  # let the pair's own packets through
        await frames.more(10)


async def test_no_datagram_on_the_validated_path_closes_a_session(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    async with talking_pair(server, http) as frames:
        send = path_of(frames.publisher.up)
        for number, datagram in enumerate(ODD):
            send(datagram)
            if number % 100 == 0:
                await asyncio.sleep(0)
        await frames.more(10)


@pytest.mark.parametrize("username", ["", "nobody:here", ":", "a" * 200 + ":b"])
async def test_stun_of_an_unknown_peer_is_not_answered(server: RunningServer, username: str) -> None:
    """Neither amplification nor an oracle: silence (measured reflectors answer 48 bytes to 20)."""
    attribute = b""
    if username:
        value = username.encode()
        attribute = struct.pack("!HH", 0x0006, len(value)) + value + b"\0" * (-len(value) % 4)
    request = struct.pack("!HHI12s", 0x0001, len(attribute), 0x2112A442, b"0123456789ab") + attribute
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.setblocking(False)
        for _ in range(5):
            stranger.sendto(request, ("127.0.0.1", server.media_port))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await loop.sock_recv(stranger, 2048)


async def test_a_wrong_fingerprint_gets_no_media(server: RunningServer, http: aiohttp.ClientSession) -> None:
    """The certificate that answers DTLS is not the one signalling named: the session fails before any media."""
    room = server.room()
    async with (
        member(http, server.url, server.token(room)) as honest,
        member(http, server.url, server.token(room)) as liar,
    ):
        await honest.wait_for("welcome")
        await liar.wait_for("welcome")
        forge_fingerprint(liar)
        failed = await metric(server, http, "handshakes_failed")
        with contextlib.suppress(ConnectionError, TimeoutError):
            await liar.publish(video=False)  # a DTLS 1.2 client is done before the server has judged it
        async with asyncio.timeout(10):
            while await metric(server, http, "handshakes_failed") == failed:  # noqa: ASYNC110
                await asyncio.sleep(0.05)  # polling another process; the timeout bounds it
        assert packets_sent(liar.up) > 0
        assert [track["receiving"] for p in server.participants(room) for track in p["tracks"]] == [False]
        assert packets_received(honest) == 0


async def test_who_was_removed_reaches_nobody(server: RunningServer, http: aiohttp.ClientSession) -> None:
    """A rogue client keeps sending after its removal: the receivers decode nothing more of it."""
    async with talking_pair(server, http) as frames:
        room = frames.room
        ignore_goodbyes(frames.publisher.up)
        await frames.more(40)  # the read that was under way before has ended by then
        rogue = next(p["id"] for p in server.participants(room) if p["name"] == "publisher")
        await asyncio.to_thread(server.api, "DELETE", f"/api/v1/rooms/{room}/participants/{rogue}")
        await asyncio.sleep(0.3)  # what was already on its way and in the jitter buffer
        packets = frames.packets
        sent = packets_sent(frames.publisher.up)
        await asyncio.sleep(1.0)
        assert packets_sent(frames.publisher.up) > sent, "the rogue did not go on sending: nothing was shown"
        assert frames.packets == packets


async def metric(server: RunningServer, http: aiohttp.ClientSession, part: str) -> float:
    """The one metric whose name holds `part`."""
    async with http.get(server.url + "/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if part in line and not line.startswith("#"))


def talking_pair(server: RunningServer, http: aiohttp.ClientSession) -> FrameCounter:
    return FrameCounter(server, http)


def path_of(connection: RTCPeerConnection):  # type: ignore[no-untyped-def]
    """A function that sends raw bytes from the very socket that ICE validated."""
    ice = connection.getTransceivers()[0].sender.transport.transport._connection
    pair = ice._nominated[1]
    return lambda data: pair.protocol.transport.sendto(data, pair.remote_addr)


def ignore_goodbyes(connection: RTCPeerConnection) -> None:
    """A rogue does not care that the server closed DTLS: it goes on sending with the keys it has."""
    ice = connection.getTransceivers()[0].sender.transport.transport
    receive = ice._recv

    async def without_dtls() -> bytes:
        while True:
            datagram: bytes = await receive()
            if not 20 <= datagram[0] <= 63:
                return datagram

    ice._recv = without_dtls


def forge_fingerprint(liar: Member) -> None:
    """Signals the fingerprint of a certificate that it does not use."""
    honest_say = liar.say

    async def say(kind: str, **fields: object) -> None:
        if kind == "publish-offer":
            lines = str(fields["sdp"]).splitlines()
            fake = [
                f"{line.split(' ')[0]} " + ":".join(["AB"] * 32) if "a=fingerprint:sha-256" in line else line
                for line in lines
            ]
            fake = [line for line in fake if not line.startswith(("a=fingerprint:sha-384", "a=fingerprint:sha-512"))]
            fields["sdp"] = "\r\n".join(fake) + "\r\n"
        await honest_say(kind, **fields)

    liar.say = say  # type: ignore[method-assign]


def packets_sent(connection: RTCPeerConnection) -> int:
    return int(connection.getTransceivers()[0].sender.transport._RTCDtlsTransport__tx_packets)
