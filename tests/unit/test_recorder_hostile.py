"""Whatever comes out of the tap, a recorder raises nothing and its memory stays bounded."""

import os
import random
from pathlib import Path

import pytest

from recorder import words
from recorder.worker.matroska import Cues
from tests.fakes.recorder_rtp import Stream, film, framed, tone
from tests.fakes.recorder_stage import Stage

TRACKS = (("vp8", 96), ("vp9", 98), ("h264", 102), ("av1", 45), ("opus", 111), ("pcmu", 0))


def valid_packets() -> list[bytes]:
    made = []
    for number, (codec, pt) in enumerate(TRACKS):
        stream = Stream(codec, pt, 100 + number, clock_hz=48_000 if codec == "opus" else 90_000)
        if codec in ("opus", "pcmu"):
            made += [stream.sound(packet, index * 0.02)[0] for index, packet in enumerate(tone(440, 1.0))]
        else:
            for index, coded in enumerate(film(codec, 30)):
                made += stream.frame(coded, index / 30)
        made.append(stream.report(1_700_000_000, 0))
    return made


def test_a_hundred_thousand_mutated_packets_raise_nothing(tmp_path: Path) -> None:
    dice = random.Random(21)
    packets = valid_packets()
    stage = Stage(tmp_path, buffer_bytes=1 << 20)
    stage.hold = True
    for number, (codec, pt) in enumerate(TRACKS):
        stage.track(number, codec, ssrc=100 + number, pt=pt)
    tap = stage.recorder._tap
    for step in range(100_000):
        packet = bytearray(dice.choice(packets))
        for _ in range(dice.randrange(4)):
            packet[dice.randrange(min(len(packet), 40))] = dice.randrange(256)
        datagram = framed([bytes(packet)])
        if dice.random() < 0.05:
            datagram = datagram[: dice.randrange(len(datagram))]
        tap.datagram(datagram, round(stage.unix_s * 1e6))
        if step % 200 == 0:
            stage.hold = dice.random() < 0.5
            stage.until(step / 1000)
    stage.hold = False
    stage.finish()
    assert stage.of(words.Report)[-1].malformed_packets > 0
    assert stage.files()


def test_noise_raises_nothing(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.track(1, "vp8", ssrc=7)
    for _ in range(2000):
        stage.recorder._tap.datagram(os.urandom(60), 0)
    stage.finish()
    assert stage.files() == []


@pytest.mark.parametrize(
    "word",
    [
        words.Track(1, "audio", "vp8", 48_000, 96, 7),
        words.Track(1, "video", "opus", 90_000, 96, 7),
        words.Track(1, "video", "vp8", 48_000, 96, 7),
        words.Track(1, "audio", "pcmu", 48_000, 0, 7),
    ],
)
def test_a_track_that_cannot_be_is_refused(tmp_path: Path, word: words.Track) -> None:
    stage = Stage(tmp_path)
    stage.recorder.heard(word, [])
    assert stage.of(words.Refused) == [words.Refused(1, "bad-format")]
    stage.finish()


def test_the_number_of_tracks_is_bounded(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for number in range(words.MAX_TRACKS + 1):
        stage.track(number, "opus", ssrc=number)
    assert stage.of(words.Refused) == [words.Refused(words.MAX_TRACKS, "too-many")]
    stage.finish()


def test_words_that_do_not_belong_here_raise(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with pytest.raises(ValueError, match="Start"):
        stage.recorder.heard(words.Start("again"), [])
    with pytest.raises(ValueError, match="File"):
        stage.recorder.heard(words.File(1, "without a descriptor"), [])
    stage.finish()


def test_cues_do_not_grow_without_end() -> None:
    cues = Cues(1_000)
    for second in range(100_000):
        cues.add(second * 1000, second * 1000 + 100)
    assert len(cues.element(50)) < 120_000
    assert cues.add(200_000_000, 5)
    assert not cues.add(200_001_000, 6)
