"""A stock aiortc client publishes VP8 and Opus; another process's socket gets both in clear from the real relay."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import av
import numpy as np
import pytest
from aiortc import AudioStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from conference.media.binding import load
from conference.media.plane import Plane
from conference.media.sdp_offer import read_remote
from conference.media.up import RelayTrack, UpConnection
from conference.media.words import Payload
from conference.media.worker import Worker
from conference.model.track import Kind
from tests.fakes.relay import media_settings

pytest.importorskip("conference.media._relay", reason="the extension is not built")

SSRC = {Kind.VIDEO: 0x1111_1111, Kind.AUDIO: 0x2222_2222}
PT = {Kind.VIDEO: 100, Kind.AUDIO: 109}
CLOCK_HZ = {Kind.VIDEO: 90_000, Kind.AUDIO: 48_000}
STEP = 4


class Brightening(VideoStreamTrack):
    """Each picture is brighter than the one before it."""

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        planes = np.full((360, 320), 128, np.uint8)
        planes[:240] = (pts // 3000 * STEP) % 200 + 20
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = pts, time_base
        return frame


@dataclass(frozen=True)
class Media:
    """One RTP packet."""

    ssrc: int
    pt: int
    sequence: int
    timestamp: int
    marker: bool
    payload: bytes


@dataclass
class Tap:
    """What came through a socket."""

    end: socket.socket
    media: list[Media] = field(default_factory=list)
    clocks: dict[int, tuple[float, int]] = field(default_factory=dict)
    """The newest sender report of each SSRC: NTP seconds, RTP time."""

    async def read(self) -> None:
        """Takes one datagram."""
        datagram = await asyncio.get_running_loop().sock_recv(self.end, 65_535)
        assert datagram, "closed"
        while datagram:
            (length,) = struct.unpack_from("!H", datagram)
            packet, datagram = datagram[2 : 2 + length], datagram[2 + length :]
            assert len(packet) == length
            self._take(packet)

    def _take(self, packet: bytes) -> None:
        if 192 <= packet[1] <= 223:
            if packet[1] == 200:
                ssrc, seconds, fraction, rtp = struct.unpack_from("!IIII", packet, 4)
                self.clocks[ssrc] = (seconds + fraction / 2**32, rtp)
            return
        assert packet[0] & 0xDF == 0x80, "no extensions, no sources"
        end = len(packet) - (packet[-1] if packet[0] & 0x20 else 0)
        sequence, timestamp, ssrc = struct.unpack_from("!HII", packet, 2)
        self.media.append(Media(ssrc, packet[1] & 0x7F, sequence, timestamp, packet[1] >= 0x80, packet[12:end]))

    def of(self, kind: Kind) -> list[Media]:
        return [media for media in self.media if media.ssrc == SSRC[kind]]

    def moment_s(self, kind: Kind) -> float:
        """When the newest packet was taken, by the relay's clock."""
        ntp_s, rtp = self.clocks[SSRC[kind]]
        behind = (self.of(kind)[-1].timestamp - rtp + 2**31) % 2**32 - 2**31
        return ntp_s + behind / CLOCK_HZ[kind]

    def ask_for_keyframe(self) -> None:
        """RFC 4585 section 6.3.1."""
        pli = struct.pack("!BBHIHHII", 0x80, 201, 1, 1, 0x81 << 8 | 206, 2, 1, SSRC[Kind.VIDEO])
        self.end.send(struct.pack("!H", len(pli)) + pli)


def keyframes(media: list[Media]) -> int:
    return sum(1 for packet in media if packet.payload[0] & 0x10 and not body(packet.payload)[0] & 1)


def body(payload: bytes) -> bytes:
    """What is behind the payload descriptor of VP8 (RFC 7741 section 4.2)."""
    at = 1
    if payload[0] & 0x80:
        flags, at = payload[1], 2
        if flags & 0x80:
            at += 2 if payload[at] & 0x80 else 1
        at += (flags >> 6 & 1) + (1 if flags & 0x30 else 0)
    return payload[at:]


def frames(media: list[Media]) -> Iterator[bytes]:
    frame = b""
    for packet in media:
        frame += body(packet.payload)
        if packet.marker:
            yield frame
            frame = b""


@asynccontextmanager
async def published() -> AsyncIterator[tuple[Plane, Worker, list[RelayTrack]]]:
    """A running plane with what one client publishes."""
    plane = Plane(media_settings(dtls_handshakes_per_s=60), binding=load())
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    try:
        async with asyncio.TaskGroup() as tasks:
            life = tasks.create_task(plane.run())
            worker = plane.place()
            up = UpConnection(plane, worker, room=1, on_receiving=lambda number, receiving: None)
            pc.addTrack(AudioStreamTrack())
            pc.addTrack(Brightening())
            await pc.setLocalDescription(await pc.createOffer())
            remote = read_remote(pc.localDescription.sdp)
            answer = up.negotiate(remote, {section.mid for section in remote.sections})
            await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            yield plane, worker, list(up.tracks.values())
            life.cancel()
    finally:
        await pc.close()
        plane.close()


def tapped(plane: Plane, worker: Worker, tracks: list[RelayTrack]) -> tuple[int, Tap]:
    """A transport that every track is sent to, and the far end of its socket."""
    transport = plane.number()
    worker.add_injector(transport, room=1)
    for track in tracks:
        kind, chosen = track.publication.kind, track.publication.chosen
        worker.subscribe(
            transport,
            plane.number(),
            track.number,
            mid="",
            ssrc=SSRC[kind],
            rtx_ssrc=None,
            payloads=((chosen.primary.pt, Payload(PT[kind], chosen.name, CLOCK_HZ[kind])),),
            extensions=(),
            cname="person",
            screen=False,
        )
    return transport, connect(worker, transport)


def connect(worker: Worker, transport: int) -> Tap:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        worker.inject(transport, ours.fileno())
    theirs.setblocking(False)
    return Tap(theirs)


def pictures(media: list[Media]) -> list[float]:
    """Brightness of each decoded picture."""
    decoder = av.CodecContext.create("vp8", "r")
    assert isinstance(decoder, VideoCodecContext)
    decoded = [picture for frame in frames(media) for picture in decoder.decode(av.Packet(frame))]
    assert all((picture.width, picture.height) == (320, 240) for picture in decoded)
    return [float(picture.to_ndarray(format="yuv420p")[:240].mean()) for picture in decoded]


def sound(media: list[Media]) -> int:
    """Samples decoded."""
    decoder = av.CodecContext.create("libopus", "r")
    assert isinstance(decoder, AudioCodecContext)
    return sum(frame.samples for packet in media for frame in decoder.decode(av.Packet(packet.payload)))


async def test_pictures_and_sound_decode_and_lie_on_one_clock() -> None:
    async with asyncio.timeout(40), published() as (plane, worker, tracks):
        _, tap = tapped(plane, worker, tracks)
        with tap.end:
            while len(tap.of(Kind.VIDEO)) < 60 or len(tap.of(Kind.AUDIO)) < 100 or len(tap.clocks) < 2:
                await tap.read()
            video, audio = tap.of(Kind.VIDEO), tap.of(Kind.AUDIO)
            assert {packet.pt for packet in video} == {PT[Kind.VIDEO]}
            seen = pictures(video)
            steps = [(later - earlier) % 200 for earlier, later in pairwise(seen)]
            assert len(seen) >= 25
            assert all(abs(step - STEP) < 2 for step in steps), "every picture, once, in order"
            assert sound(audio) == 960 * len(audio)
            assert abs(tap.moment_s(Kind.VIDEO) - tap.moment_s(Kind.AUDIO)) < 0.3
            before = keyframes(tap.of(Kind.VIDEO))
            tap.ask_for_keyframe()
            while keyframes(tap.of(Kind.VIDEO)) == before:
                await tap.read()


async def test_the_next_socket_begins_with_a_keyframe() -> None:
    async with asyncio.timeout(40), published() as (plane, worker, tracks):
        transport, first = tapped(plane, worker, tracks)
        with first.end:
            while len(first.of(Kind.VIDEO)) < 10:
                await first.read()
        second = connect(worker, transport)
        with second.end:
            while len(second.of(Kind.VIDEO)) < 20:
                await second.read()
            assert keyframes(second.of(Kind.VIDEO)[:1]) == 1
            assert len(pictures(second.of(Kind.VIDEO))) >= 5
