"""Decoding with libav: a running decoder, and single keyframes."""

from fractions import Fraction
from typing import Any, Final, cast

import av
from av.video.codeccontext import VideoCodecContext

from conference.sources.worker.media.picture import Coded

DECODE_ERRORS: Final = (av.FFmpegError, ValueError, OverflowError, MemoryError)
"""What PyAV raises for bytes or formats it does not like."""
TIME_BASE: Final = Fraction(1, 1_000_000)
_MAX_PIXELS: Final = 8192 * 4352
"""H.264 level 6.2. A larger picture would cost more memory than a child may have."""


def padded(data: bytes) -> "av.Packet[Any]":
    """A packet with libav's own memory. `Packet(data)` lends it ours, and decoders read up to 64 bytes beyond the end
    (AV_INPUT_BUFFER_PADDING_SIZE): what stands there by chance spoils pictures (seen with MPEG-4)."""
    packet = av.Packet(len(data))
    packet.update(data)
    return packet


def _open(codec: str, *, threads: int) -> VideoCodecContext:
    context = cast("VideoCodecContext", av.CodecContext.create(codec, "r"))
    context.thread_count = threads
    # Frame threads would add a picture of delay each.
    context.thread_type = av.codec.context.ThreadType.SLICE
    context.options = {"max_pixels": str(_MAX_PIXELS)}
    return context


class VideoDecoder:
    """Must be fed from a keyframe on."""

    def __init__(self, codec: str) -> None:
        self._context = _open(codec, threads=2)

    def decode(self, picture: Coded) -> list[av.VideoFrame]:
        """Pictures in display order, their `pts` in µs of media time. Raises DECODE_ERRORS."""
        packet = padded(picture.data)
        packet.pts = picture.media_us
        packet.time_base = TIME_BASE
        return self._context.decode(packet)


def decode_keyframe(codec: str, data: bytes) -> av.VideoFrame | None:
    """One keyframe with its parameter sets, in a decoder of its own that is freed at once. None: nothing came out.

    Raises DECODE_ERRORS.
    """
    context = _open(codec, threads=1)
    frames = context.decode(padded(data)) or context.decode(None)
    return frames[0] if frames else None
