"""Coded sources made with real encoders from libav's test pictures and tones."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import cast

import av
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

_US = Fraction(1, 1_000_000)


@dataclass(frozen=True, slots=True)
class Unit:
    data: bytes
    pts_us: int
    dts_us: int
    key: bool = False


@cache
def pictures(graph: str, pix_fmt: str = "yuv420p") -> tuple[av.VideoFrame, ...]:
    """What a libavfilter source gives, such as testsrc2=s=320x240:r=25:d=2."""
    with av.open(graph, format="lavfi") as source:
        return tuple(frame.reformat(format=pix_fmt) for frame in source.decode(video=0))


def coded(graph: str, codec: str = "libx264", *, fps: int = 25, pix_fmt: str = "yuv420p", **options: str) -> list[Unit]:
    """Encoded pictures; for x264 without B-frames unless `bf` says so. The first is decoded at time 0."""
    frames = pictures(graph, pix_fmt)
    context = cast("VideoCodecContext", av.CodecContext.create(codec, "w"))
    context.width, context.height, context.pix_fmt = frames[0].width, frames[0].height, pix_fmt
    context.time_base, context.framerate = Fraction(1, fps), Fraction(fps)
    defaults = {"preset": "ultrafast", "bf": "0", "g": str(fps)} if codec == "libx264" else {"g": str(fps)}
    context.options = defaults | options
    context.thread_count = 1
    packets = []
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base, frame.pict_type = number, Fraction(1, fps), 0
        packets += context.encode(frame)
    packets += context.encode(None)
    first = min(packet.dts for packet in packets if packet.dts is not None)
    period = 1_000_000 // fps
    units = []
    for packet in packets:
        assert packet.pts is not None
        assert packet.dts is not None
        pts_us, dts_us = (packet.pts - first) * period, (packet.dts - first) * period
        units.append(Unit(bytes(packet), pts_us, dts_us, packet.is_keyframe))
    return units


def sound(graph: str, codec: str, *, layout: str = "mono", **options: str) -> tuple[list[Unit], bytes]:
    """Frames and extradata. Times are those of the sound that comes out of a decoder, encoder delay apart."""
    context = cast("AudioCodecContext", av.CodecContext.create(codec, "w"))
    with av.open(graph, format="lavfi") as source:
        frames = list(source.decode(audio=0))
    rate = frames[0].sample_rate
    formats = context.codec.audio_formats or []
    context.sample_rate, context.layout = rate, layout
    context.format = formats[0]
    context.time_base = Fraction(1, rate)
    context.options = options
    context.open()
    size = context.frame_size or rate // 50
    resampler = av.AudioResampler(format=formats[0].name, layout=layout, rate=rate, frame_size=size)
    packets = []
    for frame in frames:
        for piece in resampler.resample(frame):
            packets += context.encode(piece)
    units = []
    for number, packet in enumerate(packets):
        # Encoders without delay give no times.
        pts_us = number * size * 1_000_000 // rate if packet.pts is None else int(packet.pts * packet.time_base / _US)
        units.append(Unit(bytes(packet), pts_us, pts_us))
    return units, context.extradata or b""


def decoded(codec: str, frames: list[tuple[int, bytes]]) -> list[av.VideoFrame]:
    """Decode what a receiver got; a frame's `pts` is the RTP time it came with."""
    context = cast("VideoCodecContext", av.CodecContext.create(codec, "r"))
    out = []
    for timestamp, data in frames:
        # Not Packet(data), which has no padding: decoders read beyond the end.
        packet = av.Packet(len(data))
        packet.update(data)
        packet.pts, packet.time_base = timestamp, Fraction(1, 90_000)
        out += context.decode(packet)
    return out + context.decode(None)


def psnr_db(one: av.VideoFrame, other: av.VideoFrame) -> float:
    """Of the luma."""
    import numpy as np

    a, b = (frame.reformat(320, 240, "gray").to_ndarray().astype(np.int32) for frame in (one, other))
    error = float(((a - b) ** 2).mean())
    return 99.0 if not error else 10 * float(np.log10(255 * 255 / error))
