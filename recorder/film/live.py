"""A film made while the meeting goes on: the same composer and encoder on a clock that does not wait."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import av
import cv2
import numpy as np
import numpy.typing as npt

from recorder.film.composer import Composer
from recorder.film.encode import FilmEncoder, Sink
from recorder.film.job import Encoding, Look
from recorder.film.overload import LADDER, Change, Overload, Step
from recorder.film.scale import Picture

KEEP_ALIVE_MS: Final = 1_000


class LiveFilm:
    """Fed by the decoders, driven by a clock, all by one thread. `said`: told of every step down or up. `lost`: told
    of an output that failed; the others go on.

    `composer` is open to its user: `arrange`, `cover`, `mute`.
    """

    def __init__(
        self,
        look: Look,
        encoding: Encoding,
        sinks: Sequence[Sink],
        *,
        said: Callable[[Change], None],
        lost: Callable[[Sink, Exception], None],
        ladder: tuple[Step, ...] = LADDER,
    ) -> None:
        cv2.setNumThreads(1)
        self.composer = Composer(
            look.size,
            labels=look.labels,
            utc_offset_min=look.utc_offset_min if look.clock else None,
            language=look.language,
        )
        self._overload = Overload(ladder)
        self._said = said
        encoding = replace(encoding, preset=ladder[0].preset)
        self._encoder = FilmEncoder(look.size, ladder[0].fps, encoding, sinks, live=True, lost=lost)
        self._work_s = 0.0
        self._last_tick_ms: int | None = None
        self._shown_ms = -KEEP_ALIVE_MS

    @property
    def step(self) -> Step:
        """`fps`: how often `tick` is to be called."""
        return self._overload.step

    @property
    def block(self) -> int:
        return self._encoder.block

    @property
    def encoded(self) -> int:
        return self._encoder.encoded

    @property
    def load(self) -> float:
        """Busy time over time, smoothed."""
        return self._overload.load

    def add(self, sink: Sink) -> None:
        """One more output. The picture at the next tick is a keyframe, whether it has changed or not."""
        self._encoder.add(sink)
        self.keyframe()

    def remove(self, sink: Sink) -> None:
        """Finishes this output; the others go on."""
        self._encoder.remove(sink)

    def keyframe(self) -> None:
        """A viewer has nothing to begin with: at the next tick it gets that."""
        self._encoder.keyframe()
        self._shown_ms = -KEEP_ALIVE_MS

    def feed(self, tile: str, frame: av.VideoFrame | Picture, *, decode_s: float = 0.0) -> None:
        """`decode_s`: what decoding it took; it counts for the load."""
        self._work_s += decode_s
        self.composer.feed(tile, frame)

    def work(self, spent_s: float) -> None:
        """Time that went into the next picture elsewhere, such as for decoding; it counts for the load."""
        self._work_s += spent_s

    def sound(self, samples: npt.NDArray[np.float32], at: int) -> None:
        """`block` mixed samples; `at`: the number of the first one since the film began."""
        self._encoder.sound(samples, at)

    def tick(self, film_ms: int, now_ms: int) -> Change | None:
        """`film_ms`: since the film began, growing; `now_ms`: Unix time, for the wall clock."""
        began_s = time.perf_counter()
        changed = self.composer.tick(now_ms)
        if changed or film_ms - self._shown_ms >= KEEP_ALIVE_MS:
            self._shown_ms = film_ms
            self._encoder.picture(self.composer.canvas.frame(), film_ms)
        self._work_s += time.perf_counter() - began_s
        change = None
        if self._last_tick_ms is not None and film_ms > self._last_tick_ms:
            change = self._overload.tick(work_s=self._work_s, period_s=(film_ms - self._last_tick_ms) / 1000)
            self._work_s = 0.0
        self._last_tick_ms = film_ms
        if change is not None:
            self._encoder.change(preset=change.now.preset, fps=change.now.fps)
            self._said(change)
        return change

    def close(self) -> None:
        """Flushes and finishes every output."""
        self._encoder.close()
