"""What the template does once so that no child has to: imports, and the first use of each codec."""

import encodings.ascii
import encodings.idna
import encodings.latin_1
import encodings.utf_8  # noqa: F401 - codecs Python would look for in files later
import sys
from fractions import Fraction
from typing import Final, cast

import av

_VIDEO_ENCODERS: Final = {"libx264": {"preset": "ultrafast", "tune": "zerolatency"}, "libvpx": {"deadline": "realtime"}}
_AUDIO_ENCODERS: Final = {"libopus": (48_000, "flt", 960), "aac": (48_000, "fltp", 1024)}
_DECODERS: Final = ("h264", "hevc", "mpeg4", "mjpeg", "aac", "mp3", "opus", "pcm_mulaw", "pcm_alaw", "g722", "g726")


def warm() -> None:
    """Without a thread left behind: codecs are opened with one, their own."""
    av.logging.set_libav_level(av.logging.FATAL)
    for name, options in _VIDEO_ENCODERS.items():
        _encode_picture(name, options)
    for name, (rate_hz, sample_format, samples) in _AUDIO_ENCODERS.items():
        _encode_sound(name, rate_hz, sample_format, samples)
    for name in _DECODERS:
        av.CodecContext.create(name, "r")
    sys.stderr.flush()


def _encode_picture(name: str, options: dict[str, str]) -> None:
    codec = cast("av.VideoCodecContext", av.CodecContext.create(name, "w"))
    codec.width, codec.height, codec.pix_fmt = 64, 64, "yuv420p"
    codec.time_base = Fraction(1, 25)
    codec.thread_count = 1
    codec.options = options
    picture = av.VideoFrame(64, 64, "rgb24")
    for plane in picture.planes:
        plane.update(bytes(plane.buffer_size))
    # The conversion opens the scaler, too.
    frame = picture.reformat(format="yuv420p")
    frame.pts = 0
    for packet in [*codec.encode(frame), *codec.encode(None)]:
        _decode(codec.name, bytes(packet))


def _decode(encoder: str, data: bytes) -> None:
    name = {"libx264": "h264", "libvpx": "vp8"}[encoder]
    decoder = cast("av.VideoCodecContext", av.CodecContext.create(name, "r"))
    decoder.thread_count = 1
    decoder.decode(av.Packet(data))
    decoder.decode(None)


def _encode_sound(name: str, rate_hz: int, sample_format: str, samples: int) -> None:
    codec = cast("av.AudioCodecContext", av.CodecContext.create(name, "w"))
    codec.sample_rate, codec.layout, codec.format = rate_hz, "stereo", sample_format
    frame = av.AudioFrame(format=sample_format, layout="stereo", samples=samples)
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    frame.sample_rate, frame.pts = rate_hz, 0
    codec.encode(frame)
    codec.encode(None)
