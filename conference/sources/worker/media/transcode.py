"""Re-encoding one source's picture: one decoder, one scaled picture, up to two encoders. Never later than real time."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

import av

from conference.sources import words
from conference.sources.worker.media.decode import DECODE_ERRORS, VideoDecoder
from conference.sources.worker.media.encode import Encoder, H264Encoder, Vp8Encoder, fit
from conference.sources.worker.media.picture import Coded
from conference.sources.worker.media.surroundings import Loop, Timer

Output = Literal["h264", "vp8"]

MAX_ERRORS_IN_A_ROW: Final = 50
_FAILING_ERRORS: Final = 5
_FAILING_US: Final = 5_000_000
"""A stream that is undecodable fails once for each keyframe: five failures and five seconds without one picture do."""
_REQUEST_GAP_US: Final = 500_000
"""Encoders answer within a frame; asking faster only inflates the bitrate."""
_TURN_S: Final = 0.05
"""Of catching up with the GOP, before the loop gets its turn (beats, reading)."""
_LATE_S: Final = 0.15
_LOST_S: Final = 1.0
_MAX_WAITING_BYTES: Final = 16 << 20


class Budget:
    """How far work has fallen behind the media it is done for. Pure: cost and media time are arguments."""

    def __init__(self) -> None:
        self.behind_s = 0.0

    def passed(self, media_s: float) -> None:
        self.behind_s = max(0.0, self.behind_s - media_s)

    def cost(self, wall_s: float) -> None:
        self.behind_s += wall_s

    @property
    def late(self) -> bool:
        """Decode, but do not encode."""
        return self.behind_s > _LATE_S

    @property
    def lost(self) -> bool:
        """Do not even decode: go on at the next keyframe."""
        return self.behind_s > _LOST_S


@dataclass(slots=True)
class _Out:
    encoder: Encoder | None = None
    key: bool = True
    key_at_us: int | None = None


@dataclass(frozen=True, slots=True)
class Hooks:
    """`emit`: one encoded picture. `decoded`: each decoded one. `failed`: nothing can be decoded any more."""

    emit: Callable[[Output, bytes, int], None]
    decoded: Callable[[av.VideoFrame], None]
    failed: Callable[[], None]


@dataclass(slots=True)
class Counts:
    errors: int = 0
    late: int = 0


class VideoTranscoder:
    """`timer`: wall seconds, for what the work costs. `after_us`: older pictures have been seen already."""

    def __init__(
        self,
        loop: Loop,
        codec: str,
        quality: words.Quality,
        hooks: Hooks,
        timer: Callable[[], float],
        after_us: int | None = None,
    ) -> None:
        self._loop = loop
        self._codec = codec
        self._quality = quality
        self._hooks = hooks
        self._timer = timer
        self._after_us = after_us
        self._decoder: VideoDecoder | None = None
        self._outs: dict[Output, _Out] = {}
        self._size = (0, 0)
        self._waiting: deque[Coded] = deque()
        self._waiting_bytes = 0
        self._turn: Timer | None = None
        self._budget = Budget()
        self._last_us: int | None = None
        self._next_due_us: int | None = None
        self._errors_in_a_row = 0
        self._failing_since_us = 0
        self.counts = Counts()

    def outputs(self, wanted: Iterable[Output]) -> None:
        """A new one begins with a keyframe at the next picture; one that is there goes on."""
        self._outs = {output: self._outs.get(output) or _Out() for output in wanted}

    def catch_up(self, gop: Iterable[Coded]) -> None:
        """Decode from the last keyframe on; only its newest picture is encoded."""
        for picture in gop:
            self._wait(picture)
        self._next_turn()

    def feed(self, picture: Coded) -> None:
        if not self._waiting:
            self._work(picture, encode=True)
        else:
            self._wait(picture)
            if self._waiting_bytes > _MAX_WAITING_BYTES:
                self.gap()

    def gap(self) -> None:
        """A picture is missing: go on at the next keyframe."""
        self._waiting.clear()
        self._waiting_bytes = 0
        self._decoder = None

    def request_keyframe(self, output: Output) -> None:
        out = self._outs.get(output)
        now = self._last_us
        if out is None or (out.key_at_us is not None and now is not None and now - out.key_at_us < _REQUEST_GAP_US):
            return
        out.key = True

    def close(self) -> None:
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None
        self._outs = {}
        self.gap()

    def _wait(self, picture: Coded) -> None:
        self._waiting.append(picture)
        self._waiting_bytes += len(picture.data)

    def _next_turn(self) -> None:
        if self._waiting and self._turn is None:
            self._turn = self._loop.later(0.0, self._take_turn)

    def _take_turn(self) -> None:
        self._turn = None
        until = self._timer() + _TURN_S
        while self._waiting and self._timer() < until:
            picture = self._waiting.popleft()
            self._waiting_bytes -= len(picture.data)
            self._work(picture, encode=not self._waiting)
        self._budget = Budget()
        self._next_turn()

    def _work(self, picture: Coded, *, encode: bool) -> None:
        began = self._timer()
        if self._last_us is not None:
            self._budget.passed(min(0.5, max(0, picture.media_us - self._last_us) / 1e6))
        self._last_us = max(picture.media_us, self._last_us or picture.media_us)
        if self._budget.lost and not picture.key:
            self._decoder = None
        try:
            frames = self._decode(picture)
            for frame in frames if encode else ():
                self._hooks.decoded(frame)
                self._encode(frame)
        except DECODE_ERRORS:
            self._failed()
        self._budget.cost(self._timer() - began)

    def _decode(self, picture: Coded) -> list[av.VideoFrame]:
        if self._decoder is None:
            if not picture.key:
                return []
            self._decoder = VideoDecoder(self._codec)
        frames = self._decoder.decode(picture)
        if frames:
            self._errors_in_a_row = 0
        return frames

    def _failed(self) -> None:
        self._decoder = None
        self.counts.errors += 1
        now = self._last_us or 0
        if not self._errors_in_a_row:
            self._failing_since_us = now
        self._errors_in_a_row += 1
        long = self._errors_in_a_row >= _FAILING_ERRORS and now - self._failing_since_us >= _FAILING_US
        if long or self._errors_in_a_row >= MAX_ERRORS_IN_A_ROW:
            self._hooks.failed()

    def _encode(self, frame: av.VideoFrame) -> None:
        media_us = frame.pts
        if media_us is None or not self._outs:
            return
        if (self._after_us is not None and media_us <= self._after_us) or not self._due(media_us):
            return
        if self._budget.late:
            self.counts.late += 1
            return
        size = fit(frame.width, frame.height, self._quality.max_height)
        if size != self._size:
            self._size = size
            for out in self._outs.values():
                out.encoder, out.key = None, True
        scaled = frame.reformat(*size, format="yuv420p", interpolation="FAST_BILINEAR", threads=1)
        for output, out in self._outs.items():
            if out.encoder is None:
                out.encoder = (
                    H264Encoder(*size, self._quality) if output == "h264" else Vp8Encoder(*size, self._quality)
                )
            if out.key:
                out.key_at_us = media_us
            for data in out.encoder.encode(scaled, media_us, key=out.key):
                self._hooks.emit(output, data, media_us)
            out.key = False

    def _due(self, media_us: int) -> bool:
        """The rate cap. A quarter of a period of tolerance, for sources whose times are rounded."""
        period = 1_000_000 // self._quality.max_fps
        due = self._next_due_us
        if due is not None and due - period * 8 < media_us < due - period // 4:
            return False
        self._next_due_us = (
            max(media_us, due) + period if due is not None and media_us - due < period else media_us + period
        )
        return True
