"""Small packetisers, one for each codec that people publish, and frames of real encoders to be packetised."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import cast

import av
import cv2
import numpy as np
from av.video.codeccontext import VideoCodecContext

from tests.fakes.pictures import frame as picture

MTU = 1100
NTP_EPOCH_S = 2_208_988_800
ENCODERS = {"vp8": "libvpx", "vp9": "libvpx-vp9", "h264": "libx264", "av1": "libsvtav1"}
_OPTIONS = {
    "vp8": {"deadline": "realtime", "cpu-used": "8", "error-resilient": "1", "lag-in-frames": "0"},
    "vp9": {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"},
    "h264": {"preset": "ultrafast", "tune": "zerolatency", "bf": "0"},
    "av1": {"preset": "12", "svtav1-params": "pred-struct=1:lookahead=0:rtc=1:crf=40"},
}


@dataclass(frozen=True, slots=True)
class Coded:
    data: bytes
    key: bool
    counter: int


@cache
def film(
    codec: str, frames: int, *, width: int = 320, height: int = 180, fps: int = 30, gop: int = 30, first: int = 0
) -> tuple[Coded, ...]:
    """Pictures with burnt-in counters from `first` on."""
    context = cast("VideoCodecContext", av.CodecContext.create(ENCODERS[codec], "w"))
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, fps), Fraction(fps)
    if codec != "av1":
        context.bit_rate = 600_000
    context.gop_size = gop
    context.options = _OPTIONS[codec]
    context.thread_count = 1
    coded: list[Coded] = []
    packets = []
    for number in range(frames):
        image = picture(first + number, width=width, height=height, hue=30)
        frame = av.VideoFrame.from_ndarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), "yuv420p")
        frame.pts, frame.time_base = number, Fraction(1, fps)
        packets += context.encode(frame)
    packets += context.encode(None)
    for packet in packets:
        assert packet.pts is not None
        coded.append(Coded(bytes(packet), packet.is_keyframe, first + packet.pts))
    return tuple(coded)


@cache
def tone(hz: float, seconds: float) -> tuple[bytes, ...]:
    """Opus packets of 20 ms."""
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = 48_000, "mono", "s16"
    context.time_base = Fraction(1, 48_000)
    context.bit_rate = 32_000
    context.open()
    time_s = np.arange(round(seconds * 48_000)) / 48_000
    samples = (np.sin(2 * np.pi * hz * time_s) * 0.4 * 32767).astype(np.int16)
    packets = []
    for at in range(0, len(samples) - 959, 960):
        sound = av.AudioFrame.from_ndarray(samples[None, at : at + 960], format="s16", layout="mono")
        sound.sample_rate = 48_000
        packets += [bytes(packet) for packet in context.encode(sound)]
    return tuple(packets)


@dataclass(slots=True)
class Stream:
    """One RTP stream. `packets` are unframed."""

    codec: str
    pt: int
    ssrc: int
    clock_hz: int = 90_000
    seq: int = 65_000
    base: int = 0xFFFF_0000
    picture_id: int = 0
    extension: bytes = b""
    _sent: int = field(default=0)

    def timestamp(self, media_s: float) -> int:
        return (self.base + round(media_s * self.clock_hz)) & 0xFFFFFFFF

    def packet(self, payload: bytes, media_s: float, *, marker: bool) -> bytes:
        head = struct.pack(
            "!BBHII",
            0x90 if self.extension else 0x80,
            self.pt | marker << 7,
            self.seq,
            self.timestamp(media_s),
            self.ssrc,
        )
        self.seq = (self.seq + 1) & 0xFFFF
        return head + self.extension + payload

    def frame(self, coded: Coded, media_s: float) -> list[bytes]:
        payloads = list(PAYLOADS[self.codec](self, coded))
        return [
            self.packet(payload, media_s, marker=index == len(payloads) - 1) for index, payload in enumerate(payloads)
        ]

    def sound(self, packet: bytes, media_s: float) -> list[bytes]:
        return [self.packet(packet, media_s, marker=False)]

    def report(self, unix_s: float, media_s: float) -> bytes:
        """A sender report: this media time was at this Unix time."""
        seconds = int(unix_s)
        fraction = int((unix_s - seconds) * (1 << 32))
        return struct.pack(
            *("!BBHIIIIII", 0x80, 200, 6, self.ssrc),
            *((seconds + NTP_EPOCH_S) & 0xFFFFFFFF, fraction, self.timestamp(media_s), 0, 0),
        )


def framed(packets: list[bytes]) -> bytes:
    """One datagram of the tap."""
    return b"".join(len(packet).to_bytes(2, "big") + packet for packet in packets)


def _pieces(data: bytes) -> Iterator[tuple[int, bytes, bool]]:
    for at in range(0, len(data), MTU):
        yield at, data[at : at + MTU], at + MTU >= len(data)


def _vp8(stream: Stream, coded: Coded) -> Iterator[bytes]:
    """RFC 7741: 15-bit picture id."""
    stream.picture_id = (stream.picture_id + 1) & 0x7FFF
    tail = bytes([0x80, 0x80 | stream.picture_id >> 8, stream.picture_id & 0xFF])
    for at, piece, _ in _pieces(coded.data):
        yield (b"\x80" if at else b"\x90") + tail + piece


def _vp9(stream: Stream, coded: Coded) -> Iterator[bytes]:
    """RFC 9628: flexible mode off, no layers, 15-bit picture id."""
    stream.picture_id = (stream.picture_id + 1) & 0x7FFF
    tail = bytes([0x80 | stream.picture_id >> 8, stream.picture_id & 0xFF])
    for at, piece, last in _pieces(coded.data):
        flags = 0x80 | (0 if coded.key else 0x40) | (0 if at else 0x08) | (0x04 if last else 0)
        yield bytes([flags]) + tail + piece


def nal_units(data: bytes) -> list[bytes]:
    """Of an Annex B access unit."""
    parts = data.replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1")[1:]
    return [part for part in parts if part]


def _h264(_stream: Stream, coded: Coded) -> Iterator[bytes]:
    """RFC 6184: STAP-A for parameter sets, FU-A for what is long."""
    units = nal_units(coded.data)
    small = [unit for unit in units if unit[0] & 31 in (6, 7, 8) and len(unit) < 200]
    if len(small) > 1:
        yield b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in small)
        units = [unit for unit in units if unit not in small]
    for unit in units:
        if len(unit) <= MTU:
            yield unit
            continue
        for at, piece, last in _pieces(unit[1:]):
            edge = (0 if at else 0x80) | (0x40 if last else 0)
            yield bytes([unit[0] & 0x60 | 28, unit[0] & 31 | edge]) + piece


def leb128(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def obus(data: bytes) -> list[bytes]:
    """Of a temporal unit whose OBUs have sizes; given without."""
    found, at = [], 0
    while at < len(data):
        head = data[at]
        after = at + (2 if head & 4 else 1)
        size = shift = 0
        while True:
            byte = data[after]
            size |= (byte & 0x7F) << shift
            after, shift = after + 1, shift + 7
            if not byte & 0x80:
                break
        found.append(bytes([head & ~2]) + data[at + 1 : at + (2 if head & 4 else 1)] + data[after : after + size])
        at = after + size
    return found


def _av1(_stream: Stream, coded: Coded) -> Iterator[bytes]:
    """Section 4.3 of the payload specification: every element with its length (W = 0), OBUs cut anywhere."""
    elements = [obu for obu in obus(coded.data) if obu[0] >> 3 & 15 != 2]
    first, room, body, continues = True, MTU, b"", False
    for element in elements:
        rest = element
        while rest:
            piece, rest = rest[: room - 3], rest[room - 3 :]
            body += leb128(len(piece)) + piece
            room = MTU - len(body)
            if rest or room < 10:
                yield bytes([continues << 7 | bool(rest) << 6 | (first and coded.key) << 3]) + body
                first, room, body, continues = False, MTU, b"", bool(rest)
    if body:
        yield bytes([continues << 7 | (first and coded.key) << 3]) + body


PAYLOADS = {"vp8": _vp8, "vp9": _vp9, "h264": _h264, "av1": _av1}
