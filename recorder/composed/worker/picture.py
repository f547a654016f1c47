"""One placed picture track: packets in, and out the newest picture that is due, scaled to where it lies."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

import av
from av.codec.context import ThreadType
from av.video.codeccontext import VideoCodecContext

from conference.layout import Rect
from conference.sources.worker.media.decode import DECODE_ERRORS, padded
from recorder import words as recorded
from recorder.composed import words
from recorder.film.scale import Picture, fitted
from recorder.worker.segment import ClosedReason
from recorder.worker.video import Pictures

HOLE_US: Final = 250_000
"""A retransmission takes less; a viewer would rather have the next keyframe."""
_DECODERS: Final = {"vp8": "vp8", "vp9": "vp9", "h264": "h264", "av1": "libdav1d"}
_MAX_PIXELS: Final = 8192 * 4352
_MAX_WAITING: Final = 120
_MAX_WAITING_BYTES: Final = 8 << 20
_EARLY_US: Final = 1_000_000
"""A picture that is due later than this has a time that cannot be right."""


@dataclass(frozen=True, slots=True)
class _Coded:
    at_us: int
    data: bytes
    private: bytes | None
    """Of a keyframe: what its decoder begins with."""


class LivePicture:
    """`ask`: a keyframe of this track is wanted. `decode` may run on another thread than the rest, never at the same
    time."""

    def __init__(self, track: words.Track, ask: Callable[[], None]) -> None:
        self.screen = track.screen
        self._codec = track.codec
        self._waiting: deque[_Coded] = deque()
        self._waiting_bytes = 0
        self._decoder: VideoCodecContext | None = None
        self.decode_errors = 0
        self.shown_us = 0
        """When there last was a new picture; 0: never."""
        self.pictures = Pictures(
            pt=track.pt,
            codec=track.codec,
            lane=self,
            accepts=lambda: True,
            ask=ask,
            max_wait_us=HOLE_US,
            renews=False,
        )
        self.pt = track.pt
        self.packet = self.pictures.packet
        self.report = self.pictures.report
        self.tick = self.pictures.tick

    @property
    def lost_packets(self) -> int:
        return self.pictures.intake.lost_packets

    # ---- what its packets become ----

    def write(
        self, at_us: int, data: bytes, *, private: Callable[[], bytes], size: tuple[int, int] | None, key: bool, us: int
    ) -> bool:
        """A whole coded picture, due at `at_us` plus the delay of all."""
        del size, us
        if len(self._waiting) >= _MAX_WAITING or self._waiting_bytes > _MAX_WAITING_BYTES:
            self._waiting.clear()
            self._waiting_bytes = 0
            if not key:
                return False
        self._waiting.append(_Coded(at_us, data, private() if key else None))
        self._waiting_bytes += len(data)
        return True

    def interrupt(self, reason: recorded.GapReason) -> None:
        """What has come can still be shown; what follows has to begin anew."""
        del reason
        self.pictures.interrupted()

    def cut(self, reason: ClosedReason, following: recorded.SegmentReason, gap: recorded.GapReason) -> None:
        """Another time line: nothing of the earlier one is waited for."""
        del reason, following
        self._waiting.clear()
        self._waiting_bytes = 0
        self.interrupt(gap)

    # ---- pictures ----

    def due(self, until_us: int) -> bool:
        """Whether something is to be decoded now."""
        return bool(self._waiting) and self._is_due(self._waiting[0], until_us)

    def decode(self, until_us: int, cells: Sequence[Rect]) -> Picture | None:
        """The newest picture that is due, for the largest of the cells. None: there is no new one."""
        newest = None
        while self._waiting and self._is_due(self._waiting[0], until_us):
            coded = self._waiting.popleft()
            self._waiting_bytes -= len(coded.data)
            newest = self._decoded(coded) or newest
        if newest is None or not cells:
            return None
        return fitted(newest, max(cells, key=lambda cell: cell.width * cell.height))

    def _is_due(self, coded: _Coded, until_us: int) -> bool:
        return coded.at_us <= until_us or coded.at_us > until_us + _EARLY_US

    def _decoded(self, coded: _Coded) -> av.VideoFrame | None:
        try:
            if self._decoder is None:
                if coded.private is None:
                    return None
                self._decoder = _open(self._codec, coded.private)
            frames = self._decoder.decode(padded(coded.data))
        except DECODE_ERRORS:
            self.decode_errors += 1
            self._decoder = None
            self.pictures.interrupted()
            return None
        return frames[-1] if frames else None


def _open(codec: str, private: bytes) -> VideoCodecContext:
    context = cast("VideoCodecContext", av.CodecContext.create(_DECODERS[codec], "r"))
    context.thread_count = 1
    # Frame threads add a picture of delay each.
    context.thread_type = ThreadType.SLICE
    context.options = {"max_pixels": str(_MAX_PIXELS)}
    if codec == "h264":
        context.extradata = private
    return context
