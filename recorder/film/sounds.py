"""The sound of one recorded track, cut to blocks of the film's own clock."""

from collections import deque
from collections.abc import Generator, Iterator
from typing import Final, cast

import av
import numpy as np
import numpy.typing as npt

from recorder.film.encode import SOUND_HZ
from recorder.film.job import Fault, Track
from recorder.film.segment import READ_ERRORS, SegmentReader

_PER_MS: Final = SOUND_HZ // 1000
_SLACK: Final = 15 * _PER_MS
"""Timestamps in files are whole milliseconds and follow the sender's clock: up to this much off, samples are joined
without a seam."""

Samples = npt.NDArray[np.float32]


class SoundReader:
    """`from_ms`: the film's beginning, where sample 0 is."""

    def __init__(self, track: Track, from_ms: int) -> None:
        self._track = track
        self._segments = sorted(track.segments, key=lambda segment: segment.begun_ms)
        self._from_ms = from_ms
        self._until = 0
        self._ahead: deque[tuple[int, Samples]] = deque()
        self._pieces = self._read()
        self._stopped_at = 0
        self.faults: list[Fault] = []

    def fill(self, at: int, row: Samples) -> None:
        """Writes the samples from number `at` on into the whole of `row`; silence where nothing is recorded. `at`
        grows from call to call."""
        row[:] = 0.0
        end = at + row.size
        while self._stopped_at < end:
            piece = next(self._pieces, None)
            if piece is None:
                self._stopped_at = 1 << 62
                break
            self._stopped_at = piece[0] + piece[1].size
            if piece[1].size:
                self._ahead.append(piece)
        while self._ahead and self._ahead[0][0] < end:
            start, samples = self._ahead[0]
            low, high = max(start, at), min(start + samples.size, end)
            if low < high:
                row[low - at : high - at] = samples[low - start : high - start]
            if start + samples.size > end:
                break
            self._ahead.popleft()

    def close(self) -> None:
        """No more is asked for."""
        self._pieces.close()
        self._ahead.clear()

    def _read(self) -> Generator[tuple[int, Samples]]:
        for segment in self._segments:
            if segment.until_ms <= self._from_ms:
                continue
            yield (segment.begun_ms - self._from_ms) * _PER_MS, np.zeros(0, np.float32)
            reader = None
            try:
                reader = SegmentReader(segment, self._from_ms, video=False)
                # Markers come between pictures only.
                yield from self._placed(cast("Iterator[tuple[int, av.AudioFrame]]", reader.frames()))
            except READ_ERRORS as error:
                self.faults.append(Fault(self._track.id, segment.begun_ms, type(error).__name__))
            finally:
                if reader is not None:
                    reader.close()

    def _placed(self, frames: Iterator[tuple[int, av.AudioFrame]]) -> Iterator[tuple[int, Samples]]:
        """Samples with their numbers, without seams where the times fit, never overlapping."""
        resampler = None
        expected: int | None = None
        for at_ms, frame in frames:
            start = (at_ms - self._from_ms) * _PER_MS
            if expected is not None and abs(start - expected) <= _SLACK:
                start = expected
            if frame.sample_rate == SOUND_HZ and frame.layout.nb_channels <= 2 and frame.format.name == "fltp":
                samples = _mono(frame)
            else:
                resampler = resampler or av.AudioResampler(format="flt", layout="mono", rate=SOUND_HZ)
                parts = [part.to_ndarray().reshape(-1) for part in resampler.resample(frame)]
                samples = np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)
            late = 0 if expected is None else max(0, expected - start)
            if late < samples.size:
                yield start + late, samples[late:]
                expected = start + samples.size


def _mono(frame: av.AudioFrame) -> Samples:
    """Opus frames without a resampler's cost. The recorder's files say two channels for every voice."""
    first, *second = (np.frombuffer(memoryview(plane), np.float32)[: frame.samples] for plane in frame.planes)
    return (first + second[0]) * np.float32(0.5) if second else first.copy()
