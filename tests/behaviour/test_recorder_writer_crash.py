"""A recorder in a process of its own: killed at any moment, without space, without its core."""

import itertools
import random
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import pytest

from recorder import words
from tests.fakes import recorder_judge as judge
from tests.fakes.recorder_child import FPS, ChildRecorder, Publishers
from tests.fakes.recorder_rtp import film, tone
from tests.fakes.recorder_stage import check_fragments

pytestmark = pytest.mark.skipif(judge.FFMPEG is None, reason="needs ffmpeg")


@pytest.fixture(scope="module", autouse=True)
def media() -> None:
    """Made before any child waits for it."""
    film("vp8", 300)
    film("h264", 300)
    tone(440, 10.0)


def test_a_process_records_and_ends_when_told(tmp_path: Path) -> None:
    with ChildRecorder(tmp_path) as child:
        publishers = Publishers(child, codec="h264", pairs=2)
        publishers.run(3.2)
        child.stop()
        said = [word for _, word in child.said]
        check_fragments(tmp_path, said)
        assert child.of(words.Gap) == []
        closed = child.of(words.Closed)
        assert len(closed) == 4
        assert {word.reason for word in closed} == {"stopped"}
        begun = {segment.track: segment.begun_ms for segment in child.of(words.Segment)}
        assert max(begun.values()) - min(begun.values()) <= 100
        for segment in child.of(words.Segment):
            file = tmp_path / f"{segment.segment}.mkv"
            assert judge.complaints(file) == ""
            if segment.track % 2 == 0:
                found = judge.counters(file)
                assert found == list(range(len(found)))
                assert len(found) >= 3 * FPS


def lost_s(folder: Path, wait_s: float) -> tuple[float, float]:
    """Seconds of picture and of sound that a kill after `wait_s` has cost."""
    with ChildRecorder(folder) as child:
        publishers = Publishers(child)
        publishers.run(wait_s)
        killed_s = child.kill()
        said = [word for _, word in child.said]
    lost = []
    for segment in sorted((word for word in said if isinstance(word, words.Segment)), key=lambda word: word.track):
        file = folder / f"{segment.segment}.mkv"
        assert judge.complaints(file) == ""
        times = [at for at, _, _ in judge.packets(file)]
        lost.append(killed_s - segment.begun_ms / 1000 - times[-1])
        if segment.track == 0:
            found = judge.counters(file)
            assert found == list(range(len(found)))
    fragments = [word for word in said if isinstance(word, words.Synced)]
    assert fragments
    check_fragments_of_a_torn_file(folder, fragments)
    return lost[0], lost[1]


def check_fragments_of_a_torn_file(folder: Path, fragments: list[words.Synced]) -> None:
    import hashlib

    for word in fragments:
        data = (folder / f"{word.segment}.mkv").read_bytes()
        assert hashlib.sha256(data[word.offset : word.offset + word.length]).digest() == word.sha256


@pytest.mark.timeout(180)
def test_thirty_kills_lose_less_than_a_second_each(tmp_path: Path) -> None:
    dice = random.Random(9)
    folders = [tmp_path / str(number) for number in range(30)]
    for folder in folders:
        folder.mkdir()
    with ThreadPoolExecutor(3) as pool:
        losses = list(pool.map(lost_s, folders, [dice.uniform(1.2, 3.0) for _ in folders]))
    pictures, sounds = [one for one, _ in losses], [other for _, other in losses]
    print(f"lost, s: picture median {median(pictures):.3f} max {max(pictures):.3f}; ", end="")
    print(f"sound median {median(sounds):.3f} max {max(sounds):.3f}")
    assert max(pictures + sounds) <= 1.0
    assert median(pictures) <= 0.3
    assert median(sounds) <= 0.3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1.5 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1536k", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs the right to mount")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_is_told_and_recording_goes_on_when_there_is_space(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    with ChildRecorder(small_disk) as child:
        publishers = Publishers(child)
        publishers.run(2.0)
        ballast.write_bytes(bytes(900 << 10))
        filling = small_disk / "filling"
        with filling.open("wb", buffering=0) as stream:
            try:
                while stream.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                full_s = time.time()
        publishers.run(10.0, until=lambda: bool(child.of(words.Trouble)))
        told_s = next(at for at, word in child.said if isinstance(word, words.Trouble))
        assert child.of(words.Trouble)[0] == words.Trouble("full", "ENOSPC")
        assert told_s - full_s < 2.0
        publishers.run(2.5)
        beats = [at for at, word in child.said if isinstance(word, words.Beat)]
        assert max(later - earlier for earlier, later in itertools.pairwise(beats)) < 1.0
        before = len(child.of(words.Segment))
        filling.unlink()
        ballast.unlink()
        freed_s = time.time()
        publishers.run(5.0, until=lambda: len(child.of(words.Segment)) == before + 2)
        assert time.time() - freed_s < 5.0
        publishers.run(1.5)
        child.stop()
        said = [word for _, word in child.said]
    assert [word.kind for word in said if isinstance(word, words.Trouble)] == ["full", "none"]
    check_fragments(small_disk, said)
    gaps = [word for word in said if isinstance(word, words.Gap)]
    assert {(gap.track, gap.reason) for gap in gaps} == {(0, "disk"), (1, "disk")}
    segments = [word for word in said if isinstance(word, words.Segment)]
    assert sorted((word.track, word.reason) for word in segments) == [
        (0, "begun"),
        (0, "disk"),
        (1, "begun"),
        (1, "disk"),
    ]
    for segment in segments:
        file = small_disk / f"{segment.segment}.mkv"
        assert judge.complaints(file) == ""
    lost_until_full = full_s - max(
        segment.begun_ms / 1000 + judge.packets(small_disk / f"{segment.segment}.mkv")[-1][0]
        for segment in segments
        if segment.reason == "begun"
    )
    assert lost_until_full < 1.0


def test_a_size_limit_is_a_full_disk(tmp_path: Path) -> None:
    with ChildRecorder(tmp_path, max_file_bytes=30_000) as child:
        publishers = Publishers(child)
        publishers.run(8.0, until=lambda: bool(child.of(words.Trouble)))
        assert child.of(words.Trouble)[0].kind == "full"
        assert child.of(words.Trouble)[0].detail == "EFBIG"
        child.hear(0.3)
        closed = child.of(words.Closed)
        assert closed[0].reason == "full"
        file = tmp_path / f"{closed[0].segment}.mkv"
        assert file.stat().st_size == closed[0].bytes
        assert judge.complaints(file) == ""


def test_the_end_of_the_core_closes_the_files(tmp_path: Path) -> None:
    with ChildRecorder(tmp_path) as child:
        publishers = Publishers(child)
        publishers.run(1.5)
        child._control.close()
        assert child.process.wait(5) == 0
    for file in tmp_path.glob("*.mkv"):
        assert float(judge.facts(file)["file_duration"]) > 1.0


def test_the_end_of_the_tap_ends_the_recording(tmp_path: Path) -> None:
    with ChildRecorder(tmp_path) as child:
        publishers = Publishers(child)
        publishers.run(1.2)
        child._tap.close()
        child.wait_for(words.Ended)
        assert child.of(words.Ended) == [words.Ended("tap-closed")]
        assert len(child.of(words.Closed)) == 2
