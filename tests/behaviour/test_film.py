"""Whole films, judged by ffmpeg: counters in their cells at their times, tones in the mix, gaps, clocks, stillness."""

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from conference.layout import FULL_HD, ONE_BIG, SPEAKER, Layout, Size, grid, one_big
from recorder.film.job import Encoding, Event, Gap, Look
from tests.fakes import film_seen
from tests.fakes.film_made import PLAIN, T0_MS, Cutter, Shot, track, write_pictures, write_sound

HD = Size(1280, 720)


@pytest.fixture
def cutter(tmp_path: Path) -> Cutter:
    return Cutter(tmp_path)


def expect(shot: Shot, film_s: float, from_ms: int) -> int:
    """The counter nearest to a time of the film."""
    return round((film_s * 1000 + T0_MS + from_ms - shot.begun_ms) * shot.fps / 1000)


def test_every_counter_is_in_its_cell_at_its_time(cutter: Cutter, tmp_path: Path) -> None:
    """Four codecs, two rates, three sizes, three beginnings, in one film."""
    shots = [
        Shot(seconds=4),
        Shot(T0_MS + 120, seconds=3, fps=30, coder="libvpx", hue=60),
        Shot(T0_MS - 777, seconds=5, coder="libvpx-vp9", width=1280, height=720, hue=90),
        Shot(T0_MS + 40, seconds=3, coder="libsvtav1", width=320, height=180, hue=120),
    ]
    tracks = [track(n, "camera", write_pictures(tmp_path / f"{n}.mkv", shot)) for n, shot in enumerate(shots)]
    film = cutter.cut(tracks, 500, 2500)
    assert film.faults == ()
    assert (film.ticks, film.encoded) == (50, 50)
    order = sorted(range(4), key=lambda n: shots[n].begun_ms)
    cells = dict(zip(order, grid(FULL_HD, 4), strict=True))
    seen = list(film_seen.pictures(cutter.file))
    assert len(seen) == 50
    for picture in seen:
        for number, shot in enumerate(shots):
            counter = picture.counter(cells[number])
            assert counter is not None, (picture.at_s, number)
            assert abs(counter - expect(shot, picture.at_s, 500)) <= 1, (picture.at_s, number)


def test_the_file_is_an_mp4_that_starts_with_its_index(cutter: Cutter, tmp_path: Path) -> None:
    tracks = [
        track(1, "camera", write_pictures(tmp_path / "v.mkv", Shot(seconds=2))),
        track(1, "microphone", write_sound(tmp_path / "a.mkv", 440, seconds=2)),
    ]
    film = cutter.cut(tracks, 0, 2000)
    video, audio = film_seen.stream(cutter.file, "video"), film_seen.stream(cutter.file, "audio")
    assert (video["codec_name"], video["width"], video["height"], video["pix_fmt"]) == ("h264", 1920, 1080, "yuv420p")
    assert (audio["codec_name"], audio["sample_rate"]) == ("aac", "48000")
    assert float(video["start_time"]) == float(audio["start_time"]) == 0.0
    assert abs(float(video["duration"]) - 2.0) < 0.001
    assert abs(float(audio["duration"]) - 2.0) < 0.03
    data = cutter.file.read_bytes()
    assert len(data) == film.bytes
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    assert b"moof" not in data
    assert (tmp_path / "scratch").stat().st_size == 0


@pytest.mark.parametrize("sound", ["aac", "opus"])
def test_tones_are_in_the_mix_at_their_times(cutter: Cutter, tmp_path: Path, sound: str) -> None:
    tracks = [
        track(n, "microphone", write_sound(tmp_path / f"{n}.mkv", 400 + 300 * n, from_s=n * 0.8, until_s=n * 0.8 + 0.6))
        for n in range(4)
    ]
    cutter.cut(tracks, 0, 3500, Look(clock=False, size=HD), encoding=Encoding(sound=sound))  # type: ignore[arg-type]
    samples = film_seen.sound(cutter.file)
    for n in range(4):
        for window in range(4):
            level = film_seen.tone_level(samples, 400 + 300 * n, window * 0.8 + 0.2)
            assert (level > 0.2) if window == n else (level < 0.02), (n, window, level)


@pytest.mark.parametrize("late_ms", [0, 333, 1717])
def test_sound_and_picture_stay_together(cutter: Cutter, tmp_path: Path, late_ms: int) -> None:
    """A tone and a counter that begin together, in files that do not."""
    shot = Shot(T0_MS - 1000, seconds=5)
    tracks = [
        track(1, "camera", write_pictures(tmp_path / "v.mkv", shot)),
        track(
            1,
            "microphone",
            write_sound(
                tmp_path / "a.mkv", 1000, begun_ms=T0_MS + late_ms - 1500, seconds=5, from_s=2.5 - late_ms / 1000
            ),
        ),
    ]
    cutter.cut(tracks, 0, 2000)
    # The tone begins at T0 + 1000, when the counter shows 50.
    heard_s = film_seen.tone_begins(film_seen.sound(cutter.file), 1000, 0.3)
    cell = grid(FULL_HD, 1)[0]
    shown_s = next(seen.at_s for seen in film_seen.pictures(cutter.file) if (seen.counter(cell) or 0) >= 50)
    assert abs(heard_s - 1.0) <= 0.02
    assert abs(heard_s - shown_s) <= 0.04


def test_a_gap_is_covered_and_the_picture_comes_back(cutter: Cutter, tmp_path: Path) -> None:
    first, second = Shot(seconds=1), Shot(T0_MS + 2000, seconds=1.5, width=320, height=180, coder="libvpx")
    segments = [write_pictures(tmp_path / f"{n}.mkv", shot) for n, shot in enumerate((first, second))]
    other = Shot(seconds=4, hue=90)
    tracks = [
        track(1, "camera", *segments, gaps=(Gap(T0_MS + 1000, T0_MS + 2000, "loss"),)),
        track(2, "camera", write_pictures(tmp_path / "o.mkv", other)),
    ]
    cutter.cut(tracks, 0, 3400)
    left, right = grid(FULL_HD, 2)
    covered = []
    for seen in film_seen.pictures(cutter.file):
        assert seen.counter(right) is not None
        if film_seen.blank(seen.grey, left):
            covered.append(seen.at_s)
            middle = seen.grey[left.y + 200 : left.y + 340, left.x + 300 : left.x + 660]
            assert (middle > 180).sum() > 500, "the words"
        else:
            shot = first if seen.at_s < 1.5 else second
            assert abs((seen.counter(left) or 0) - expect(shot, seen.at_s, 0)) <= 1
    assert covered[0] == pytest.approx(1.0, abs=0.041)
    assert covered[-1] == pytest.approx(1.96, abs=0.041)
    assert len(covered) in (24, 25, 26)


def test_still_pictures_are_not_encoded_again(cutter: Cutter, tmp_path: Path) -> None:
    tracks = [track(1, "screen", write_pictures(tmp_path / "v.mkv", Shot(seconds=6, still=True)))]
    film = cutter.cut(tracks, 0, 6000)
    times = film_seen.picture_times(cutter.file)
    assert film.ticks == 150
    assert film.encoded == len(times) <= 24
    assert max(later - earlier for earlier, later in pairwise(times)) <= 1.0
    assert float(film_seen.stream(cutter.file, "video")["duration"]) == pytest.approx(6.0, abs=0.01)
    assert all(seen.counter(grid(FULL_HD, 1)[0]) == 0 for seen in film_seen.pictures(cutter.file))


def test_the_clock_alone_costs_one_picture_a_second(cutter: Cutter) -> None:
    film = cutter.cut([], 0, 5000, Look())
    assert film.encoded == 6
    assert len(list(film_seen.pictures(cutter.file))) == 6


def test_a_part_of_a_long_track_is_found(cutter: Cutter, tmp_path: Path) -> None:
    shot = Shot(seconds=70, width=320, height=180)
    tracks = [
        track(1, "camera", write_pictures(tmp_path / "v.mkv", shot)),
        track(1, "microphone", write_sound(tmp_path / "a.mkv", 700, seconds=70, from_s=61.0, until_s=61.5)),
    ]
    cutter.cut(tracks, 60_000, 62_000, Look(clock=False, size=HD))
    for seen in film_seen.pictures(cutter.file, HD):
        # Counters have ten bits.
        assert abs((seen.counter(grid(HD, 1)[0]) or 0) - expect(shot, seen.at_s, 60_000) % 1024) <= 1
    assert film_seen.tone_begins(film_seen.sound(cutter.file), 700, 0.3) == pytest.approx(1.0, abs=0.03)


def speaking_film(cutter: Cutter, tmp_path: Path, events: tuple[Event, ...], *, tones: bool) -> dict[float, int | None]:
    """Time -> who is large: their counters are 100 apart."""
    tracks = []
    for n in range(3):
        shot = Shot(T0_MS - n * 4000, seconds=6 + n * 4, width=320, height=180)
        tracks.append(track(n, "camera", write_pictures(tmp_path / f"{n}.mkv", shot)))
        if tones:
            sound = write_sound(tmp_path / f"a{n}.mkv", 500 + 200 * n, seconds=6, from_s=n * 2, until_s=n * 2 + 1.9)
            tracks.append(track(n, "microphone", sound))
    look = Look(clock=False, size=HD, layout=Layout(ONE_BIG))
    cutter.cut(tracks, 0, 6000, look, events=events)
    big = one_big(HD, 3)[0]
    found: dict[float, int | None] = {}
    for seen in film_seen.pictures(cutter.file, HD):
        counter = seen.counter(big)
        found[seen.at_s] = None if counter is None else round((counter / 25 - seen.at_s) / 4)
    return found


def test_who_speaks_is_large(cutter: Cutter, tmp_path: Path) -> None:
    big = speaking_film(cutter, tmp_path, (), tones=True)
    for n in range(3):
        assert {who for at_s, who in big.items() if n * 2 + 0.5 <= at_s < n * 2 + 1.9} == {n}


def test_events_say_who_speaks(cutter: Cutter, tmp_path: Path) -> None:
    events = tuple(Event(T0_MS + at, "speaking", f"p{who}") for at, who in ((0, 1), (3000, 2)))
    big = speaking_film(cutter, tmp_path, events, tones=False)
    assert {who for at_s, who in big.items() if at_s < 2.9} == {1}
    assert {who for at_s, who in big.items() if at_s > 3.1} == {2}


def test_people_without_picture_have_a_tile_and_leave_it(cutter: Cutter, tmp_path: Path) -> None:
    events = (
        Event(T0_MS, "joined", "p9", "旁听者"),
        Event(T0_MS + 2000, "left", "p9"),
    )
    shot = Shot(seconds=4)
    tracks = [track(1, "camera", write_pictures(tmp_path / "v.mkv", shot))]
    cutter.cut(tracks, 0, 4000, events=events)
    for seen in film_seen.pictures(cutter.file):
        cells = grid(FULL_HD, 2 if seen.at_s < 1.97 else 1)
        assert abs((seen.counter(cells[0]) or -9) - expect(shot, seen.at_s, 0)) <= 1 or seen.at_s < 0.1
        if len(cells) == 2:
            assert film_seen.blank(seen.grey, cells[1])


def test_a_speaker_strip_leaves_out_the_rest_without_decoding_it(cutter: Cutter, tmp_path: Path) -> None:
    tracks = [
        track(n, "camera", write_pictures(tmp_path / f"{n}.mkv", Shot(seconds=2, width=320, height=180)))
        for n in range(9)
    ]
    film = cutter.cut(tracks, 0, 2000, replace(PLAIN, layout=Layout(SPEAKER)))
    assert film.faults == ()
    assert film.encoded == 50


Break = Callable[[Path], None]


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def garbled(file: Path) -> None:
    file.write_bytes(os.urandom(200_000))


def emptied(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize(("harm", "faults"), [(cut_short, 0), (garbled, 1), (emptied, 1)])
def test_a_damaged_file_does_not_stop_the_film(cutter: Cutter, tmp_path: Path, harm: Break, faults: int) -> None:
    good, bad = Shot(seconds=3), Shot(T0_MS + 20, seconds=3)
    tracks = [track(n, "camera", write_pictures(tmp_path / f"{n}.mkv", shot)) for n, shot in enumerate((good, bad))]
    harm(tmp_path / "1.mkv")
    film = cutter.cut(tracks, 0, 3000)
    assert [fault.track for fault in film.faults] == ["t1-camera"] * faults
    cell = grid(FULL_HD, 2)[0]
    for seen in film_seen.pictures(cutter.file):
        assert abs((seen.counter(cell) or 0) - expect(good, seen.at_s, 0)) <= 1
