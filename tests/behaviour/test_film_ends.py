"""Films that are not finished: cancelled, out of space; and progress on the way."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder.film.job import Cancelled, Job, Progress, Segment, Track
from recorder.film.render import render
from tests.fakes.film_made import PLAIN, T0_MS, Cutter, Shot, track, write_pictures, write_sound
from tests.fakes.nursery import own_descriptors


@pytest.fixture
def cutter(tmp_path: Path) -> Cutter:
    return Cutter(tmp_path)


@pytest.fixture
def tracks(tmp_path: Path) -> list[Track]:
    return [
        track(1, "camera", write_pictures(tmp_path / "v.mkv", Shot(seconds=3, width=320, height=180))),
        track(1, "microphone", write_sound(tmp_path / "a.mkv", 440, seconds=3)),
    ]


def sizes(cutter: Cutter) -> tuple[int, int]:
    return cutter.file.stat().st_size, cutter.scratch.stat().st_size


@pytest.mark.parametrize("asked", [0, 1, 40])
def test_a_cancelled_film_leaves_nothing(cutter: Cutter, tracks: list[Track], asked: int) -> None:
    left = iter(range(asked))
    job = cutter.job(tracks, 0, 3000, PLAIN)
    before = own_descriptors()
    with pytest.raises(Cancelled):
        render(job, progress=lambda _: None, cancelled=lambda: next(left, None) is None)
    assert sizes(cutter) == (0, 0)
    assert own_descriptors() == before


def test_cancelled_while_it_is_finished_leaves_nothing(cutter: Cutter, tracks: list[Track]) -> None:
    """At that time every tick has asked once, and all fragments are written."""
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 75

    with pytest.raises(Cancelled):
        render(cutter.job(tracks, 0, 3000, PLAIN), progress=lambda _: None, cancelled=cancelled)
    assert asked == 76
    assert sizes(cutter) == (0, 0)


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file of this process may grow beyond 30 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_ends_the_film_and_leaves_nothing(
    cutter: Cutter, tracks: list[Track], request: pytest.FixtureRequest
) -> None:
    job = cutter.job(tracks, 0, 3000, PLAIN)
    request.getfixturevalue("small_disk")
    with pytest.raises(OSError, match="too large"):
        render(job, progress=lambda _: None, cancelled=lambda: False)
    assert sizes(cutter) == (0, 0)


def test_progress_grows_to_the_end(cutter: Cutter, tracks: list[Track], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.film.render.PROGRESS_EVERY_S", 0.0)
    told: list[Progress] = []
    render(cutter.job(tracks, 500, 2500, PLAIN), progress=told.append, cancelled=lambda: False)
    done = [progress.done_ms for progress in told]
    assert done == sorted(done)
    assert len(done) == 51
    assert (done[-1], told[-1].total_ms) == (2000, 2000)
    assert all(progress.speed > 0 for progress in told[1:])


def test_scratch_and_output_are_emptied_first(cutter: Cutter, tracks: list[Track]) -> None:
    job = cutter.job(tracks, 0, 1000, PLAIN)
    cutter.file.write_bytes(b"x" * 2_000_000)
    cutter.scratch.write_bytes(b"y" * 2_000_000)
    film = render(job, progress=lambda _: None, cancelled=lambda: False)
    assert sizes(cutter) == (film.bytes, 0)
    assert film.bytes < 2_000_000


@pytest.mark.parametrize(
    ("tracks_", "from_ms", "until_ms"),
    [
        ((), 10, 10),
        ((), 0, 49 * 3_600_000),
        ((Track("t", "camera", "p", "", ()),) * 1001, 0, 1000),
        ((Track("t", "camera", "p", "", (Segment(0, 0, 1),) * 10_001),), 0, 1000),
    ],
)
def test_impossible_jobs_are_refused(tracks_: tuple[Track, ...], from_ms: int, until_ms: int) -> None:
    with pytest.raises(ValueError, match=r"length|too many"):
        Job(tracks_, T0_MS + from_ms, T0_MS + until_ms, 1, 2)
