"""What a composer child needs, loaded before the fork and before the sandbox closes."""

import gc
from typing import Final

import numpy as np

from recorder.composed import words
from recorder.composed.worker import push_srt
from recorder.composed.worker.relayed import OpusVoice
from recorder.composed.worker.voice import LiveVoice
from recorder.film.warm import warm as warm_film

_VOICES: Final = (
    (words.Track(1, "opus", 48_000, 0, 1), b"\xf8\xff\xfe"),
    (words.Track(1, "pcmu", 8_000, 0, 1), bytes(160)),
    (words.Track(1, "pcma", 8_000, 0, 1), bytes(160)),
)


def warm() -> None:
    """As for a film from files; then the other sound encoder and each voice's decoder. No thread is left behind."""
    warm_film()
    OpusVoice().encode(np.zeros(1920, np.float32), 0)
    for track, payload in _VOICES:
        LiveVoice(track, 0).packet(1, 0, marker=False, payload=payload, now_us=1)
    push_srt.warm()
    gc.collect()
