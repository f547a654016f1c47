"""The sound of a film: the loudest five, as in the meeting itself.

A voice that was among the loudest keeps its place for `HOLD_S` after it no longer is, so that a pause between words
does not cut it; it comes and goes within one block (about 20 ms).
"""

from typing import Final

import numpy as np
import numpy.typing as npt

VOICES: Final = 5
HOLD_S: Final = 0.4
_SILENCE: Final = 1e-3
"""RMS: -60 dBFS. What is softer takes no place."""
_CEILING: Final = 0.98
_RECOVERY: Final = 0.1
"""Of the way back to full loudness, each block, after a sum that would have clipped."""

Samples = npt.NDArray[np.float32]


class Mixer:
    """`rows`: the callers' sources, one row of `matrix` each; `block`: samples of one call."""

    def __init__(self, rows: int, block: int, rate_hz: int) -> None:
        self.matrix: Samples = np.zeros((rows, block), np.float32)
        self._hold_blocks = round(HOLD_S * rate_hz / block)
        self._last_loud = np.full(rows, -(1 << 40), np.int64)
        self._chosen: set[int] = set()
        self._gain = 1.0
        self._number = 0
        self._ramp: Samples = np.linspace(0.0, 1.0, block, endpoint=True, dtype=np.float32)
        self.loudest: int | None = None

    @property
    def chosen(self) -> frozenset[int]:
        return frozenset(self._chosen)

    def mix(self) -> Samples:
        """One block of what is in `matrix` now. The array is new each time."""
        out: Samples = np.zeros(self.matrix.shape[1], np.float32)
        if not self.matrix.shape[0]:
            return out
        before = set(self._chosen)
        self._choose()
        for row in before | self._chosen:
            if row not in before:
                out += self.matrix[row] * self._ramp
            elif row not in self._chosen:
                out += self.matrix[row] * self._ramp[::-1]
            else:
                out += self.matrix[row]
        return self._limit(out)

    def _choose(self) -> None:
        level = np.sqrt(np.einsum("ij,ij->i", self.matrix, self.matrix) / self.matrix.shape[1])
        count = min(VOICES, level.size)
        top = [int(row) for row in np.argpartition(level, -count)[-count:] if level[row] > _SILENCE]
        top.sort(key=lambda row: -float(level[row]))
        self._number += 1
        self._last_loud[top] = self._number
        held = {row for row in self._chosen if self._number - self._last_loud[row] <= self._hold_blocks}
        for row in top:
            if len(held) >= VOICES:
                break
            held.add(row)
        self._chosen = held
        self.loudest = top[0] if top else None

    def _limit(self, out: Samples) -> Samples:
        peak = float(np.max(np.abs(out)))
        wanted = min(1.0, _CEILING / peak) if peak > 0 else 1.0
        start, end = min(self._gain, wanted), wanted
        if wanted > self._gain:
            end = min(wanted, self._gain + _RECOVERY)
        self._gain = end
        if start < 1.0 or end < 1.0:
            out *= start + (end - start) * self._ramp
        return out
