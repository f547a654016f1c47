"""A small still picture for lists."""

from fractions import Fraction
from typing import Final

import av

from conference.sources import words
from conference.sources.worker.media.encode import fit

PERIOD_S: Final = 10.0
MAX_WIDTH: Final = 640
MAX_BYTES: Final = 100 * 1024
_QUANTISERS: Final = (4, 10, 24)
"""Of MJPEG, 2 (best) to 31. A 640×360 picture of noise still fits with the last one."""


def thumbnail(frame: av.VideoFrame) -> words.Thumbnail | None:
    """None: it does not get small enough. Raises av.FFmpegError and ValueError for odd pixel formats."""
    scale = min(1.0, MAX_WIDTH / frame.width)
    width, height = fit(int(frame.width * scale), max(16, int(frame.height * scale)), MAX_WIDTH)
    small = frame.reformat(width, height, "yuvj420p", interpolation="AREA", threads=1)
    for quantiser in _QUANTISERS:
        jpeg = _jpeg(small, quantiser)
        if len(jpeg) <= MAX_BYTES:
            return words.Thumbnail(jpeg, width, height)
    return None


def _jpeg(frame: av.VideoFrame, quantiser: int) -> bytes:
    context = av.CodecContext.create("mjpeg", "w")
    context.width, context.height, context.pix_fmt = frame.width, frame.height, "yuvj420p"
    context.time_base = Fraction(1, 25)
    context.thread_count = 1
    context.qmin = context.qmax = quantiser
    frame.pts, frame.time_base = 0, Fraction(1, 25)
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])
