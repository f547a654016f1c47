"""The mixer: the loudest five, held through pauses, faded, never clipped."""

import numpy as np
import pytest

from recorder.film.mix import HOLD_S, VOICES, Mixer

RATE, BLOCK = 48_000, 960


def tone(level: float, at: int, hz: float = 440.0) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * (at + np.arange(BLOCK)) / RATE)).astype(np.float32)


def mixed(mixer: Mixer, levels: list[float], blocks: int, start: int = 0) -> list[np.ndarray]:
    out = []
    for number in range(start, start + blocks):
        for row, level in enumerate(levels):
            mixer.matrix[row] = tone(level, number * BLOCK, 300 + 100 * row)
        out.append(mixer.mix())
    return out


def test_the_loudest_five_of_nine_are_heard() -> None:
    mixer = Mixer(9, BLOCK, RATE)
    mixed(mixer, [0.01 * (row + 1) for row in range(9)], 5)
    assert mixer.chosen == frozenset(range(4, 9))
    assert mixer.loudest == 8


def test_silence_takes_no_place() -> None:
    mixer = Mixer(6, BLOCK, RATE)
    assert not np.any(mixed(mixer, [0.0] * 6, 3)[-1])
    assert mixer.chosen == frozenset()
    assert mixer.loudest is None


def test_nobody_at_all_gives_silence() -> None:
    assert not np.any(Mixer(0, BLOCK, RATE).mix())


def test_a_voice_keeps_its_place_through_a_short_pause_only() -> None:
    mixer = Mixer(6, BLOCK, RATE)
    mixed(mixer, [0.1, 0.1, 0.1, 0.1, 0.1, 0.0], 10)
    mixed(mixer, [0.0, 0.1, 0.1, 0.1, 0.1, 0.2], round(HOLD_S * RATE / BLOCK) - 1, 10)
    assert mixer.chosen == frozenset(range(VOICES)), "the first pauses; the sixth waits"
    mixed(mixer, [0.0, 0.1, 0.1, 0.1, 0.1, 0.2], 3, 40)
    assert mixer.chosen == frozenset(range(1, 6))


def test_voices_fade_in_and_out_without_a_step() -> None:
    mixer = Mixer(1, BLOCK, RATE)
    silent = mixed(mixer, [0.0], 1)
    heard = mixed(mixer, [0.5], 3, 1)
    sound = np.concatenate([*silent, *heard])
    steepest = 0.5 * 2 * np.pi * 300 / RATE
    assert np.abs(np.diff(sound)).max() <= steepest * 1.2
    assert np.abs(heard[0][:96]).max() < 0.06
    assert np.abs(heard[1]).max() == pytest.approx(0.5, abs=0.01)


def test_five_loud_voices_do_not_clip() -> None:
    mixer = Mixer(5, BLOCK, RATE)
    for block in mixed(mixer, [0.9] * 5, 20):
        assert np.abs(block).max() <= 1.0
    assert np.abs(mixed(mixer, [0.3, 0, 0, 0, 0], 60, 20)[-1]).max() == pytest.approx(0.3, abs=0.01)
