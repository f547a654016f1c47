"""The same composer on a live clock: several outputs of one encode, steps under load, judged by ffmpeg."""

import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from conference.layout import Size, grid
from recorder.film.encode import Coded, Sink
from recorder.film.job import Encoding, Look
from recorder.film.live import LiveFilm
from recorder.film.overload import Change, Step
from recorder.film.sinks import Mp4Fragments
from recorder.film.tile import Place
from tests.fakes import film_seen
from tests.fakes.film_made import T0_MS
from tests.fakes.pictures import frame

SIZE = Size(640, 360)


class Failing:
    """A stream whose far end goes away."""

    def __init__(self, after: int) -> None:
        self.left = after

    def open(self, video: object, sound: object) -> None:
        return None

    def write(self, packet: Coded) -> None:
        self.left -= 1
        if self.left < 0:
            raise ConnectionResetError(104, "reset")

    def changed(self, video: object) -> None:
        return None

    def close(self) -> None:
        raise AssertionError("it is gone")


def opened(file: Path) -> int:
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)


def picture(counter: int) -> av.VideoFrame:
    bgr = frame(counter, width=640, height=360, hue=40)
    return av.VideoFrame.from_ndarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), format="yuv420p")


class Studio:
    def __init__(self, sinks: list[Sink]) -> None:
        self.said: list[Change] = []
        self.lost: list[tuple[Sink, Exception]] = []
        self.film = LiveFilm(
            Look(size=SIZE, clock=False, labels=False),
            Encoding(threads=1),
            sinks,
            said=self.said.append,
            lost=lambda sink, error: self.lost.append((sink, error)),
        )
        self.film.composer.arrange([Place("a", grid(SIZE, 1)[0])])
        self._sample = 0

    def run(self, seconds: float, *, decode_share: float, from_s: float = 0.0) -> float:
        """Counter n at n/30 s. `decode_share`: how much of the time decoding is said to take."""
        at_s = from_s
        while at_s < from_s + seconds:
            period = 1 / self.film.step.fps
            self.film.feed("a", picture(round(at_s * 30)), decode_s=decode_share * period)
            self.film.tick(round(at_s * 1000), T0_MS + round(at_s * 1000))
            at_s += period
            while self._sample < at_s * 48_000:
                time_s = (self._sample + np.arange(self.film.block)) / 48_000
                self.film.sound((0.3 * np.sin(2 * np.pi * 500 * time_s)).astype(np.float32), self._sample)
                self._sample += self.film.block
        return at_s


def check(file: Path, times: list[float]) -> None:
    seen = list(film_seen.pictures(file, SIZE))
    assert len(seen) == len(times)
    for one in seen:
        assert one.counter(grid(SIZE, 1)[0]) == pytest.approx(one.at_s * 30, abs=1)
    assert film_seen.tone_level(film_seen.sound(file), 500, 0.5) == pytest.approx(0.3, abs=0.05)


def test_one_encode_goes_to_every_output_and_a_lost_one_harms_none(tmp_path: Path) -> None:
    files = [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    failing = Failing(20)
    studio = Studio([Mp4Fragments(opened(files[0])), failing, Mp4Fragments(opened(files[1]))])
    studio.run(2.0, decode_share=0.0)
    studio.film.close()
    assert [(sink, type(error)) for sink, error in studio.lost] == [(failing, ConnectionResetError)]
    assert files[0].read_bytes() == files[1].read_bytes()
    check(files[0], film_seen.picture_times(files[0]))
    assert len(film_seen.picture_times(files[0])) == studio.film.encoded >= 60


def test_under_load_it_steps_down_says_so_and_the_file_plays_through(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    studio = Studio([Mp4Fragments(opened(file))])
    at_s = studio.run(1.0, decode_share=0.1)
    at_s = studio.run(10.0, decode_share=1.2, from_s=at_s)
    assert [(change.reason, change.now) for change in studio.said] == [
        ("overload", Step(15, "superfast")),
        ("overload", Step(15, "ultrafast")),
    ]
    studio.film.close()
    times = film_seen.picture_times(file)
    check(file, times)
    steps = np.round(np.diff(times) * 1000)
    assert set(steps[:20]) <= {33, 34}
    assert set(steps[-20:]) <= {66, 67}


def test_what_is_cut_off_after_a_fragment_plays(tmp_path: Path) -> None:
    """No closing: as after a kill."""
    file = tmp_path / "a.mp4"
    studio = Studio([Mp4Fragments(opened(file))])
    studio.run(4.0, decode_share=0.0)
    times = film_seen.picture_times(file)
    assert times[-1] >= 2.9
    check(file, times)
    studio.film.close()


def test_a_still_wall_costs_a_picture_a_second(tmp_path: Path) -> None:
    file = tmp_path / "a.mp4"
    studio = Studio([Mp4Fragments(opened(file))])
    still = picture(7)
    for tick in range(150):
        studio.film.feed("a", still)
        studio.film.tick(tick * 1000 // 30, T0_MS)
    studio.film.close()
    assert studio.film.encoded == 5
