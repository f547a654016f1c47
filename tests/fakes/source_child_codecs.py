"""What a child must still be able to do when its sandbox has closed: every codec, with threads."""

from fractions import Fraction
from typing import Any

import av

_THREADS = 4


def results() -> dict[str, int]:
    """Packets or frames by what made them."""
    h264 = _encode_video("libx264", {"tune": "zerolatency", "preset": "veryfast"})
    vp8 = _encode_video("libvpx", {"deadline": "realtime"})
    frames = _decode("h264", h264)
    return {
        "libx264": len(h264),
        "libvpx": len(vp8),
        "h264": len(frames),
        "vp8": len(_decode("vp8", vp8)),
        "rgb": frames[0].reformat(320, 180, "rgb24").width,
        "jpeg": len(_jpeg(frames[0])),
        "libopus": len(_encode_audio("libopus", "flt", 960)),
        "aac": len(_encode_audio("aac", "fltp", 1024)),
    }


def _encode_video(name: str, options: dict[str, str]) -> list[bytes]:
    codec: Any = av.CodecContext.create(name, "w")
    codec.width, codec.height, codec.pix_fmt = 640, 360, "yuv420p"
    codec.time_base, codec.thread_count, codec.options = Fraction(1, 25), _THREADS, options
    packets = []
    for number in range(20):
        frame = av.VideoFrame(640, 360, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([16 + number * 10 % 200]) * plane.buffer_size)
        frame.pts = number
        packets += codec.encode(frame)
    return [bytes(packet) for packet in [*packets, *codec.encode(None)]]


def _decode(name: str, packets: list[bytes]) -> list[Any]:
    codec: Any = av.CodecContext.create(name, "r")
    codec.thread_count, codec.thread_type = _THREADS, "AUTO"
    frames = [frame for packet in packets for frame in codec.decode(av.Packet(packet))]
    return [*frames, *codec.decode(None)]


def _jpeg(frame: Any) -> bytes:
    codec: Any = av.CodecContext.create("mjpeg", "w")
    codec.width, codec.height, codec.pix_fmt = frame.width, frame.height, "yuvj420p"
    codec.time_base = Fraction(1, 25)
    return b"".join(bytes(packet) for packet in codec.encode(frame.reformat(format="yuvj420p")))


def _encode_audio(name: str, sample_format: str, samples: int) -> list[bytes]:
    codec: Any = av.CodecContext.create(name, "w")
    codec.sample_rate, codec.layout, codec.format = 48_000, "stereo", sample_format
    packets = []
    for number in range(20):
        frame = av.AudioFrame(format=sample_format, layout="stereo", samples=samples)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 48_000, number * samples
        packets += codec.encode(frame)
    return [bytes(packet) for packet in packets]
