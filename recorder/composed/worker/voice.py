"""One voice: packets in, samples out at their place in the stream's time."""

from collections import deque
from typing import Any, Final, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext

from conference.sources.worker.media.decode import DECODE_ERRORS, padded
from recorder import words as recorded
from recorder.composed import words
from recorder.worker.formats.opus import duration_us
from recorder.worker.intake import Intake
from recorder.worker.segment import ClosedReason

SOUND_HZ: Final = 48_000
HOLE_US: Final = 100_000
"""Less than the delay of all: what comes later than this cannot be heard any more."""
_DECODERS: Final = {"opus": "opus", "pcmu": "pcm_mulaw", "pcma": "pcm_alaw"}
_SLACK: Final = SOUND_HZ * 15 // 1000
"""Samples whose time is off by no more are joined without a seam."""
_MAX_AHEAD: Final = 200
"""Packets; four seconds of usual ones."""

Samples = npt.NDArray[np.float32]


class LiveVoice:
    """`begun_us`: Unix time of the stream's sample 0."""

    def __init__(self, track: words.Track, begun_us: int) -> None:
        self.pt = track.pt
        self._begun_us = begun_us
        self._opus = track.codec == "opus"
        self._decoder = cast("AudioCodecContext", av.CodecContext.create(_DECODERS[track.codec], "r"))
        if not self._opus:
            self._decoder.sample_rate, self._decoder.layout = track.clock_hz, "mono"
        self._resampler = av.AudioResampler(format="flt", layout="mono", rate=SOUND_HZ)
        self._ahead: deque[tuple[int, Samples]] = deque()
        self._expected: int | None = None
        self.decode_errors = 0
        self._intake = Intake(track.clock_hz, self, self._deliver, self._lost, max_wait_us=HOLE_US)
        self.packet = self._intake.packet
        self.tick = self._intake.tick

    @property
    def lost_packets(self) -> int:
        return self._intake.lost_packets

    def report(self, unix_us: int, timestamp: int, _now_us: int) -> None:
        self._intake.report(unix_us, timestamp)

    def cut(self, reason: ClosedReason, following: recorded.SegmentReason, gap: recorded.GapReason) -> None:
        """Another time line."""
        del reason, following, gap
        self._expected = None

    def fill(self, at: int, row: Samples) -> None:
        """The samples from number `at` on into the whole of `row`, silence where there are none. `at` grows."""
        row[:] = 0.0
        end = at + row.size
        while self._ahead and self._ahead[0][0] < end:
            start, samples = self._ahead[0]
            low, high = max(start, at), min(start + samples.size, end)
            if low < high:
                row[low - at : high - at] = samples[low - start : high - start]
            if start + samples.size > end:
                break
            self._ahead.popleft()

    def _lost(self) -> None:
        """A hole is silence."""

    def _deliver(self, timestamp: int, _marker: bool, payload: bytes, arrived_us: int) -> None:
        if not payload or (self._opus and duration_us(payload) is None):
            return
        at_us = self._intake.unix_us(timestamp, arrived_us)
        start = (at_us - self._begun_us) * SOUND_HZ // 1_000_000
        if self._expected is not None and abs(start - self._expected) <= _SLACK:
            start = self._expected
        samples = self._decoded(payload)
        late = 0 if self._expected is None else max(0, self._expected - start)
        if late >= samples.size:
            return
        self._ahead.append((start + late, samples[late:]))
        self._expected = start + samples.size
        if len(self._ahead) > _MAX_AHEAD:
            self._ahead.popleft()

    def _decoded(self, payload: bytes) -> Samples:
        try:
            frames: list[Any] = self._decoder.decode(padded(payload))
            parts = [_mono(frame) if self._opus else self._resampled(frame) for frame in frames]
        except DECODE_ERRORS:
            self.decode_errors += 1
            return np.zeros(0, np.float32)
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _resampled(self, frame: av.AudioFrame) -> Samples:
        parts = [part.to_ndarray().reshape(-1) for part in self._resampler.resample(frame)]
        return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)


def _mono(frame: av.AudioFrame) -> Samples:
    """libav's Opus decoder gives planes of 32-bit floats."""
    first, *second = (np.frombuffer(memoryview(plane), np.float32)[: frame.samples] for plane in frame.planes)
    return (first + second[0]) * np.float32(0.5) if second else first.copy()
