"""The sound of the stream: every voice at its place, the loudest five of them mixed."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from recorder.composed.worker.voice import SOUND_HZ, LiveVoice
from recorder.film.mix import Mixer

MAX_VOICES: Final = 16
_CATCH_UP: Final = SOUND_HZ
"""Behind by more than a second, the mixer jumps: a pause of the machine is not made up for."""


class Hearing:
    """`block`: samples mixed at a time."""

    def __init__(self, block: int) -> None:
        self._block = block
        self._mixer = Mixer(MAX_VOICES, block, SOUND_HZ)
        self._rows: dict[int, int] = {}
        self._voices: dict[int, LiveVoice] = {}
        self._sample: int | None = None

    @property
    def voices(self) -> dict[int, LiveVoice]:
        """By track."""
        return self._voices

    def add(self, track: int, voice: LiveVoice) -> bool:
        """False: as many as can be heard are there already."""
        free = set(range(MAX_VOICES)) - set(self._rows.values())
        if not free:
            return False
        self._rows[track] = min(free)
        self._voices[track] = voice
        return True

    def remove(self, track: int) -> LiveVoice | None:
        row = self._rows.pop(track, None)
        if row is not None:
            self._mixer.matrix[row] = 0.0
        return self._voices.pop(track, None)

    def blocks(self, until_ms: int) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
        """What is to be heard until then, in the stream's time: (number of the first sample, samples)."""
        until = until_ms * SOUND_HZ // 1000
        if self._sample is None or until - self._sample > _CATCH_UP:
            self._sample = until - until % self._block
        while self._sample + self._block <= until:
            for track, voice in self._voices.items():
                voice.fill(self._sample, self._mixer.matrix[self._rows[track]])
            yield self._sample, self._mixer.mix()
            self._sample += self._block
