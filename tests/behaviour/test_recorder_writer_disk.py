"""A disk that hangs, fails or gives no file: what is lost is bounded and told, the rest goes on."""

import errno
import itertools
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder import words
from recorder.worker import disk
from tests.fakes import recorder_judge as judge
from tests.fakes.recorder_rtp import Stream, film, tone
from tests.fakes.recorder_stage import Stage, check_fragments

pytestmark = pytest.mark.skipif(judge.FFMPEG is None, reason="needs ffmpeg")

FPS = 30
LIMIT_BYTES = 100_000


class Gate:
    """`os` of the disk threads, whose calls wait or fail on request."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.fail: dict[str, int] = {}

    def __getattr__(self, name: str) -> object:
        if name not in ("pwrite", "fdatasync"):
            return getattr(os, name)

        def call(*args: object) -> object:
            assert self.open.wait(20)
            if name in self.fail:
                raise OSError(self.fail[name], "as asked")
            return getattr(os, name)(*args)

        return call


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    made = Gate()
    monkeypatch.setattr(disk, "os", made)
    return made


@pytest.fixture
def stage(gate: Gate, tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path, buffer_bytes=LIMIT_BYTES)
    yield made
    gate.open.set()
    gate.fail.clear()
    made.stalled = False
    if not made.ended:
        made.finish()


class Pair:
    """A camera and a microphone of one person, on the recorder's time."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._camera = Stream("vp8", 96, 7)
        self._microphone = Stream("opus", 111, 8, clock_hz=48_000)
        self._frames, self._sounds = film("vp8", 600), tone(440, 20.0)
        self._at = 0
        stage.track(1, "vp8", ssrc=7)
        stage.track(2, "opus", ssrc=8, pt=111)

    def until(self, second: float) -> None:
        """Steps of 100 ms: 3 pictures, 5 pieces of sound."""
        while self._at < round(second * 10):
            media_s = self._at / 10
            self._stage.until(media_s)
            if self._at % 10 == 0:
                at_s = self._stage.begun_s + media_s
                self._stage.send([self._camera.report(at_s, media_s), self._microphone.report(at_s, media_s)])
            for index in range(3):
                self._stage.send(self._camera.frame(self._frames[self._at * 3 + index], media_s + index / FPS))
            for index in range(5):
                self._stage.send(self._microphone.sound(self._sounds[self._at * 5 + index], media_s + index * 0.02))
            self._at += 1


def test_a_stalled_disk_costs_bounded_memory_then_whole_frames(stage: Stage, gate: Gate) -> None:
    pair = Pair(stage)
    pair.until(2.0)
    gate.open.clear()
    stage.stalled = True
    pair.until(12.0)
    waiting = [report.buffered_bytes for report in stage.of(words.Report)]
    assert LIMIT_BYTES / 2 < max(waiting) < LIMIT_BYTES * 1.3
    assert stage.of(words.Trouble) == [words.Trouble("slow")]
    gate.open.set()
    stage.stalled = False
    stage.settle()
    pair.until(16.0)
    stage.finish()
    assert stage.of(words.Trouble) == [words.Trouble("slow"), words.Trouble("none")]
    gaps = {gap.track: gap for gap in stage.of(words.Gap)}
    assert {gap.reason for gap in gaps.values()} == {"disk"}
    assert sorted(gaps) == [1, 2]
    assert len(stage.files()) == 2
    file = stage.files()[0]
    assert judge.complaints(file) == ""
    found = [counter for counter in judge.counters(file) if counter is not None]
    assert len(found) == len(judge.packets(file))
    jumps = [(one, other) for one, other in itertools.pairwise(found) if other != one + 1]
    [(before, after)] = jumps
    assert after % FPS == 0
    gap = gaps[1]
    assert gap.from_ms / 1000 - stage.begun_s == pytest.approx((before + 1) / FPS, abs=0.02)
    assert gap.until_ms / 1000 - stage.begun_s == pytest.approx(after / FPS, abs=0.02)
    check_fragments(stage.folder, stage.words)


def test_a_slow_sync_holds_up_nothing(stage: Stage, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five seconds in fdatasync: told as slow, nothing lost."""
    sync = threading.Event()

    def fdatasync(fd: int) -> None:
        assert sync.wait(20)
        os.fdatasync(fd)

    gate.__dict__["fdatasync"] = fdatasync
    monkeypatch.setattr("recorder.worker.storage._SLOW_S", 0.0)
    stage.stalled = True
    pair = Pair(stage)
    pair.until(5.0)
    assert stage.of(words.Synced) == []
    assert stage.of(words.Trouble) == [words.Trouble("slow")]
    sync.set()
    stage.stalled = False
    stage.finish()
    assert stage.of(words.Gap) == []
    assert judge.counters(stage.files()[0]) == list(range(150))
    check_fragments(stage.folder, stage.words)


@pytest.mark.parametrize("call", ["pwrite", "fdatasync"])
@pytest.mark.parametrize(("number", "kind"), [(errno.EIO, "error"), (errno.ENOSPC, "full"), (errno.EDQUOT, "full")])
def test_a_failing_disk_is_told_and_tried_again(stage: Stage, gate: Gate, call: str, number: int, kind: str) -> None:
    pair = Pair(stage)
    pair.until(2.5)
    gate.fail[call] = number
    pair.until(6.0)
    assert stage.of(words.Trouble)[0] == words.Trouble(kind, errno.errorcode[number])
    assert [closed.reason for closed in stage.of(words.Closed)] == [kind, kind]
    synced = {word.segment: word for word in stage.of(words.Synced)}
    assert {closed.bytes for closed in stage.of(words.Closed)} == {word.bytes for word in synced.values()}
    gate.fail.clear()
    pair.until(10.0)
    stage.finish()
    assert [trouble.kind for trouble in stage.of(words.Trouble)] == [kind, "none"]
    assert [segment.reason for segment in stage.of(words.Segment)] == ["begun", "begun", "disk", "disk"]
    assert {(gap.track, gap.reason) for gap in stage.of(words.Gap)} == {(1, "disk"), (2, "disk")}
    for gap in stage.of(words.Gap):
        assert gap.until_ms / 1000 - stage.begun_s < 8.2
    for file in stage.files():
        assert judge.complaints(file) == ""


def test_without_a_file_it_asks_again_each_second(stage: Stage) -> None:
    stage.deny = True
    pair = Pair(stage)
    pair.until(5.0)
    asked = len(stage.of(words.NeedFile))
    assert 6 <= asked <= 12
    assert stage.of(words.Segment) == []
    stage.deny = False
    pair.until(8.0)
    stage.finish()
    assert len(stage.of(words.Segment)) == 2
    # Told once, however often it tries.
    assert [trouble.kind for trouble in stage.of(words.Trouble)] == ["error", "none"]


def test_a_file_that_comes_late_gets_all(stage: Stage) -> None:
    stage.hold = True
    pair = Pair(stage)
    pair.until(1.5)
    stage.recorder.heard(words.Untrack(2), [])
    stage.hold = False
    pair.until(3.0)
    stage.finish()
    assert judge.counters(stage.files()[0]) == list(range(90))
    assert len(judge.packets(stage.files()[1])) == 75
    check_fragments(stage.folder, stage.words)


def test_a_file_nobody_asked_for_is_closed(stage: Stage, tmp_path: Path) -> None:
    fd = os.open(tmp_path / "stray", os.O_RDWR | os.O_CREAT)
    stage.recorder.heard(words.File(99, "seg-stray"), [fd])
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(fd)


def test_paused_it_writes_nothing_and_goes_on_in_the_same_file(stage: Stage) -> None:
    pair = Pair(stage)
    pair.until(2.5)
    stage.recorder.heard(words.Pause(paused=True), [])
    pair.until(3.0)
    sizes = [file.stat().st_size for file in stage.files()]
    pair.until(5.0)
    stage.track(3, "vp8", ssrc=9)
    stage.send(Stream("vp8", 96, 9).frame(film("vp8", 600)[0], 0.0))
    pair.until(6.5)
    assert [file.stat().st_size for file in stage.files()] == sizes
    stage.recorder.heard(words.Pause(paused=False), [])
    pair.until(10.0)
    stage.finish()
    assert [segment.reason for segment in stage.of(words.Segment)] == ["begun", "begun"]
    gaps = {gap.track: gap for gap in stage.of(words.Gap)}
    assert {track: gap.reason for track, gap in gaps.items()} == {1: "disk", 2: "disk", 3: "disk"}
    for track in (1, 2):
        assert gaps[track].from_ms / 1000 - stage.begun_s == pytest.approx(2.5, abs=0.2)
        assert 6.4 < gaps[track].until_ms / 1000 - stage.begun_s < 7.6
    assert stage.of(words.Trouble) == []
    for file in stage.files():
        assert judge.complaints(file) == ""
    check_fragments(stage.folder, stage.words)
