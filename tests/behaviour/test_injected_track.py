"""H.264 from another process's socket through the real relay: a stock aiortc player that joins in mid-group sees it."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from av.video.codeccontext import VideoCodecContext

from conference.media.binding import load
from conference.media.codecs import Chosen
from conference.media.forwarding import Forwardable
from conference.media.plane import Plane
from conference.media.sdp_media import OfferedCodec
from conference.media.sdp_offer import read_remote
from conference.media.up import Publication
from conference.media.whep import WhepConnection
from conference.media.worker import Worker
from conference.model.ids import ParticipantId, TrackId
from conference.model.track import Kind
from tests.fakes.relay import media_settings

pytest.importorskip("conference.media._relay", reason="the extension is not built")

PT = 102
SSRC = 0x1234_5678
FPS = 25
STEP = 2
"""Each picture of the clip is brighter by this than the one before it."""
H264 = OfferedCodec(PT, "h264", 90000, 1, "packetization-mode=1;profile-level-id=42e01f", ())


class Encoder:
    """One endless group of pictures: nothing but its first is a keyframe."""

    def __init__(self) -> None:
        codec = av.CodecContext.create("libx264", "w")
        assert isinstance(codec, VideoCodecContext)
        codec.width, codec.height, codec.pix_fmt = 320, 240, "yuv420p"
        codec.time_base, codec.gop_size, codec.max_b_frames = Fraction(1, FPS), 10_000, 0
        codec.options = {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"}
        self._codec = codec
        self._sequence = 65_500
        self.pictures = 0

    def picture(self) -> bytes:
        """The next picture as one datagram for the relay."""
        luma = np.full((240, 320), 20 + STEP * self.pictures, np.uint8)
        # A patch of noise, so that a picture takes several packets.
        luma[:64, :64] ^= np.random.default_rng(self.pictures).integers(0, 64, (64, 64), np.uint8)
        planes = np.concatenate([luma, np.full((120, 320), 128, np.uint8)])
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = self.pictures
        stream = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        payloads = [payload for unit in units(stream) for payload in fragments(unit)]
        timestamp = 4_294_000_000 + self.pictures * 90_000 // FPS
        self.pictures += 1
        return b"".join(self._packet(payload, timestamp, payload is payloads[-1]) for payload in payloads)

    def _packet(self, payload: bytes, timestamp: int, marker: bool) -> bytes:
        second = PT | (0x80 if marker else 0)
        head = struct.pack("!BBHII", 0x80, second, self._sequence & 0xFFFF, timestamp & 0xFFFF_FFFF, SSRC)
        self._sequence += 1
        return struct.pack("!H", len(head) + len(payload)) + head + payload


def units(stream: bytes) -> Iterator[bytes]:
    """The NAL units of an Annex B stream."""
    for piece in stream.split(b"\0\0\1"):
        if unit := piece.rstrip(b"\0"):
            yield unit


def fragments(unit: bytes, size: int = 1000) -> Iterator[bytes]:
    """RTP payloads of one NAL unit (RFC 6184 sections 5.6 and 5.8)."""
    if len(unit) <= size:
        yield unit
        return
    body = range(1, len(unit), size)
    for start in body:
        edge = (0x80 if start == body[0] else 0) | (0x40 if start == body[-1] else 0)
        yield bytes([unit[0] & 0xE0 | 28, unit[0] & 0x1F | edge]) + unit[start : start + size]


@asynccontextmanager
async def injected() -> AsyncIterator[tuple[Plane, Worker, Forwardable, socket.socket]]:
    """A running plane with one injected track, and the socket to write its media to."""
    plane = Plane(media_settings(dtls_handshakes_per_s=60), binding=load())
    try:
        async with asyncio.TaskGroup() as tasks:
            life = tasks.create_task(plane.run())
            worker, transport, number = plane.place(), plane.number(), plane.number()
            publication = Publication("", Kind.VIDEO, Chosen(H264, None, None, red_first=False), (), ())
            worker.add_injector(transport, room=1)
            worker.publish(
                transport,
                number,
                kind=Kind.VIDEO,
                mid="",
                payloads=publication.chosen.payloads(),
                extensions=(),
                encodings=(),
            )
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ours:
                worker.inject(transport, ours.fileno())
            track = Forwardable(TrackId("t"), ParticipantId("p"), number, Kind.VIDEO, False, publication)
            with theirs:
                yield plane, worker, track, theirs
            life.cancel()
    finally:
        plane.close()


async def play(plane: Plane, worker: Worker, track: Forwardable, pc: RTCPeerConnection) -> MediaStreamTrack:
    tracks: list[MediaStreamTrack] = []
    pc.on("track", tracks.append)
    pc.addTransceiver("video", direction="recvonly")
    await pc.setLocalDescription(await pc.createOffer())
    remote = read_remote(pc.localDescription.sdp)
    down = WhepConnection(plane, worker, remote, room=2, on_layer=lambda *told: None)
    worker.set_wants(down.set_tracks([track]))
    await pc.setRemoteDescription(RTCSessionDescription(down.answer, "answer"))
    return tracks[0]


async def brightness(track: MediaStreamTrack) -> float:
    """Of the next decoded picture, far from the noise."""
    frame = await track.recv()
    assert isinstance(frame, av.VideoFrame)
    assert (frame.width, frame.height) == (320, 240)
    return float(frame.to_ndarray(format="yuv420p")[100:220].mean())


async def feed(encoder: Encoder, media: socket.socket) -> None:
    while True:
        media.send(encoder.picture())
        await asyncio.sleep(1 / FPS)


async def test_who_joins_in_mid_group_decodes_it_from_its_first_picture_on() -> None:
    encoder = Encoder()
    async with asyncio.timeout(40), injected() as (plane, worker, track, media):
        for _ in range(30):
            media.send(encoder.picture())
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        async with asyncio.TaskGroup() as tasks:
            life = tasks.create_task(feed(encoder, media))
            try:
                pictures = await play(plane, worker, track, pc)
                seen = [await brightness(pictures) for _ in range(60)]
            finally:
                life.cancel()
                await pc.close()
        first = (seen[0] - 20) / STEP
        assert abs(first) < 1, "the only keyframe there ever was"
        steps = [later - earlier for earlier, later in pairwise(seen)]
        assert all(abs(step - STEP) < 1 for step in steps), "every picture, once, in order"
        drops = plane.stats().drops
        assert drops["inject-malformed"] == drops["rtp-unknown-payload"] == 0
