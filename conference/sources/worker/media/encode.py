"""The encoders: H.264 for all viewers, VP8 for those without it. Real time, no B-frames, keyframes on request."""

from fractions import Fraction
from typing import Final, Protocol, cast

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from conference.sources import words

KEYFRAME_PERIOD_US: Final = 2_000_000
"""A viewer whose keyframe request is lost waits no longer than this."""
_BITS_PER_PIXEL: Final = 0.1
"""Of x264 superfast and libvpx realtime at meeting quality: 720p25 gives 2.3 Mbit/s."""
_MIN_BITRATE_BPS: Final = 150_000
_CLOCK: Final = Fraction(1, 90_000)
_WIDE: Final = 2.5
"""Pictures wider than this times the height limit are scaled by their width (panorama cameras)."""
# Pixels -> preset. This box: 720p30 ultrafast 7, superfast 12, veryfast 21 ms for a picture.
_PRESETS: Final = ((640 * 360, "veryfast"), (1280 * 720, "superfast"))


def fit(width: int, height: int, max_height: int) -> tuple[int, int]:
    """The size to encode: aspect kept, even sides, never enlarged."""
    scale = min(1.0, max_height / height, _WIDE * max_height / width)
    return max(16, int(width * scale) & ~1), max(16, int(height * scale) & ~1)


def bitrate_bps(width: int, height: int, quality: words.Quality) -> int:
    wanted = int(width * height * quality.max_fps * _BITS_PER_PIXEL)
    return max(_MIN_BITRATE_BPS, min(quality.max_bitrate_bps, wanted))


class Encoder(Protocol):
    def encode(self, frame: av.VideoFrame, media_us: int, *, key: bool) -> list[bytes]: ...


class _Encoder:
    """Of one size. Frames must come as yuv420p of that size, `media_us` growing. Raises av.FFmpegError."""

    def __init__(self, name: str, width: int, height: int, quality: words.Quality) -> None:
        context = cast("VideoCodecContext", av.CodecContext.create(name, "w"))
        context.width, context.height, context.pix_fmt = width, height, "yuv420p"
        context.time_base = _CLOCK
        context.framerate = Fraction(quality.max_fps, 1)
        context.max_b_frames = 0
        context.gop_size = quality.max_fps * 60
        context.thread_count = 2
        self._context = context
        self._frame_ticks = 90_000 // quality.max_fps
        self._last_ticks: int | None = None
        self._key_at_us: int | None = None

    def encode(self, frame: av.VideoFrame, media_us: int, *, key: bool) -> list[bytes]:
        if self._key_at_us is None or media_us - self._key_at_us >= KEYFRAME_PERIOD_US:
            key = True
        if key:
            self._key_at_us = media_us
        ticks = media_us * 9 // 100
        if self._last_ticks is not None and ticks <= self._last_ticks:
            ticks = self._last_ticks + 1
        self._last_ticks = ticks
        frame.pts, frame.time_base, frame.duration = ticks, _CLOCK, self._frame_ticks
        # A decoded frame carries the type it had; the encoder would follow it.
        frame.pict_type = PictureType.I if key else PictureType.NONE
        return [bytes(packet) for packet in self._context.encode(frame)]


class H264Encoder(_Encoder):
    """Annex B, parameter sets in front of each IDR picture. Constrained baseline."""

    def __init__(self, width: int, height: int, quality: words.Quality) -> None:
        super().__init__("libx264", width, height, quality)
        rate = bitrate_bps(width, height, quality)
        self._context.options = {
            "preset": next((name for pixels, name in _PRESETS if width * height <= pixels), "ultrafast"),
            "tune": "zerolatency",
            "profile": "baseline",
            "forced-idr": "1",
            "sc_threshold": "0",
            "crf": "23",
            "maxrate": str(rate),
            # Half a second: a keyframe may be large, but not so large that it holds up what follows.
            "bufsize": str(rate // 2),
        }


class Vp8Encoder(_Encoder):
    def __init__(self, width: int, height: int, quality: words.Quality) -> None:
        super().__init__("libvpx", width, height, quality)
        rate = bitrate_bps(width, height, quality)
        self._context.bit_rate = rate
        self._context.qmin, self._context.qmax = 2, 56
        self._context.options = {
            "deadline": "realtime",
            # Negative: realtime speeds with a fixed effort. +8 adapts and is seven times slower here.
            "cpu-used": "-6" if width * height <= 640 * 480 else "-12",
            "lag-in-frames": "0",
            "auto-alt-ref": "0",
            "bufsize": str(rate),
            "max-intra-rate": "300",
            "undershoot-pct": "100",
            "overshoot-pct": "15",
        }
