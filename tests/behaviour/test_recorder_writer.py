"""What the recorder writes, judged by ffmpeg and ffprobe: every codec, loss, reordering, restarts, changes."""

import itertools
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recorder import words
from tests.fakes import recorder_judge as judge
from tests.fakes.recorder_rtp import Stream, film, tone
from tests.fakes.recorder_stage import Stage, check_fragments

pytestmark = pytest.mark.skipif(judge.FFMPEG is None, reason="needs ffmpeg")

FPS = 30
MKVMERGE = shutil.which("mkvmerge")
VIDEO_CODECS = ("vp8", "vp9", "h264", "av1")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path)
    yield made
    if not made.ended:
        made.finish()


def play(
    stage: Stage,
    stream: Stream,
    frames: list,
    *,
    start_s: float = 0.0,
    lose: set[int] = frozenset(),
    media_s: float | None = None,
    delay_s: float = 0.05,
) -> None:
    """Frames at 30 fps from `start_s` on, a sender report each second. `lose`: indexes of packets that never come."""
    index = 0
    media_s = start_s if media_s is None else media_s
    for number, coded in enumerate(frames):
        at_s = start_s + number / FPS
        stage.until(at_s + delay_s)
        if number % FPS == 0:
            stage.send([stream.report(stage.begun_s + at_s, media_s + number / FPS)])
        packets = stream.frame(coded, media_s + number / FPS)
        stage.send([packet for offset, packet in enumerate(packets) if index + offset not in lose])
        index += len(packets)


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_every_codec_is_written_whole(stage: Stage, codec: str) -> None:
    stage.track(1, codec, ssrc=7)
    frames = film(codec, 90)
    play(stage, Stream(codec, 96, 7, extension=b"\xbe\xde\0\1\x10abc"), frames)
    stage.finish()
    [file] = stage.files()
    assert judge.complaints(file) == ""
    assert judge.counters(file) == [coded.counter for coded in frames]
    facts = judge.facts(file)
    assert facts["codec_name"] == codec
    assert (facts["width"], facts["height"]) == (320, 180)
    assert float(facts["file_duration"]) == pytest.approx(3.0, abs=0.02)
    times = [at for at, _, _ in judge.packets(file)]
    assert times == pytest.approx([number / FPS for number in range(90)], abs=0.003)
    check_fragments(stage.folder, stage.words)
    assert stage.of(words.Gap) == []
    [segment] = stage.of(words.Segment)
    assert (segment.width, segment.height, segment.reason) == (320, 180, "begun")
    [closed] = stage.of(words.Closed)
    assert (closed.reason, closed.bytes) == ("stopped", file.stat().st_size)


def test_opus_is_written_as_it_came(stage: Stage) -> None:
    stage.track(1, "opus", ssrc=7, pt=111)
    stream = Stream("opus", 111, 7, clock_hz=48_000)
    sounds = tone(440, 4.0)
    for number, packet in enumerate(sounds):
        stage.until(number * 0.02)
        stage.send(stream.sound(packet, number * 0.02))
    stage.finish()
    [file] = stage.files()
    assert judge.complaints(file) == ""
    assert [size for _, _, size in judge.packets(file)] == [len(packet) for packet in sounds]
    heard = judge.samples(file)
    assert len(heard) == pytest.approx(4.0 * 48_000, rel=0.01)
    assert judge.pitch_hz(heard[24_000:-24_000]) == pytest.approx(440, abs=2)
    check_fragments(stage.folder, stage.words)


def readable(file: Path) -> list[int]:
    """All counters; every picture must show one."""
    found = judge.counters(file)
    assert None not in found
    return [counter for counter in found if counter is not None]


@pytest.mark.skipif(MKVMERGE is None, reason="needs mkvtoolnix")
@pytest.mark.parametrize("codec", ["vp8", "vp9", "h264", "av1", "opus"])
def test_mkvmerge_has_nothing_to_say(stage: Stage, codec: str) -> None:
    stage.track(1, codec, ssrc=7)
    if codec == "opus":
        stream = Stream(codec, 96, 7, clock_hz=48_000)
        for number, packet in enumerate(tone(440, 4.0)):
            stage.until(number * 0.02)
            stage.send(stream.sound(packet, number * 0.02))
    else:
        play(stage, Stream(codec, 96, 7), list(film(codec, 90)))
    torn = stage.folder / "torn.mkv"
    torn.write_bytes(stage.files()[0].read_bytes()[:-1000])
    stage.finish()
    [whole] = [file for file in stage.files() if file != torn]
    done = subprocess.run(
        [str(MKVMERGE), "-o", str(stage.folder / "one"), str(whole)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    done = subprocess.run(
        [str(MKVMERGE), "-o", str(stage.folder / "two"), str(torn)], capture_output=True, text=True, check=False
    )
    assert done.returncode <= 1, done.stdout


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_after_loss_nothing_is_written_before_the_next_keyframe(stage: Stage, codec: str) -> None:
    stage.track(1, codec, ssrc=7)
    frames = film(codec, 120, gop=30)
    stream = Stream(codec, 96, 7)
    # Packets are counted on a stream of its own, to lose one in the middle of frame 40.
    lost = sum(len(Stream(codec, 96, 7).frame(coded, 0)) for coded in frames[:40])
    stage.keyframe_requests()
    play(stage, stream, list(frames), lose={lost})
    stage.finish()
    [file] = stage.files()
    assert judge.complaints(file) == ""
    assert readable(file) == [*range(40), *range(60, 120)]
    [gap] = stage.of(words.Gap)
    assert gap.reason == "loss"
    assert gap.from_ms / 1000 - stage.begun_s == pytest.approx(40 / FPS, abs=0.01)
    assert gap.until_ms / 1000 - stage.begun_s == pytest.approx(60 / FPS, abs=0.01)
    times = [at for at, _, _ in judge.packets(file)]
    assert times[40] == pytest.approx(60 / FPS, abs=0.003)
    check_fragments(stage.folder, stage.words)


def test_a_keyframe_is_asked_for_within_200_ms_and_once_a_second(stage: Stage) -> None:
    stage.track(1, "vp8", ssrc=7)
    # RFC 4585 section 6.3.1, behind its length.
    assert stage.keyframe_requests() == [bytes.fromhex("000c 81ce0002 00000001 00000007")]
    frames = film("vp8", 300, gop=1000)
    stream = Stream("vp8", 96, 7)
    play(stage, stream, list(frames[:30]))
    assert stage.keyframe_requests() == []
    stream.frame(frames[30], 1.0)  # never sent
    stage.until(1.1)
    stage.send(stream.frame(frames[31], 1.0 + 1 / FPS))
    asked = []
    for step in range(1, 31):
        stage.until(1.1 + step * 0.1)
        stage.send(stream.frame(frames[31 + step], 1.1 + step * 0.1))
        if stage.keyframe_requests():
            asked.append(step)
    assert asked[0] <= 2
    assert [later - earlier for earlier, later in itertools.pairwise(asked)] == pytest.approx(
        [10] * (len(asked) - 1), abs=1
    )


def test_a_keyframe_is_asked_for_when_none_came_for_ten_seconds(stage: Stage) -> None:
    stage.track(1, "vp8", ssrc=7)
    stage.keyframe_requests()
    play(stage, Stream("vp8", 96, 7), list(film("vp8", 300, gop=1000)))
    assert stage.keyframe_requests() == []
    play(stage, Stream("vp8", 96, 7, seq=1000), [], start_s=10.2)
    stage.until(10.3)
    assert len(stage.keyframe_requests()) == 1


def test_packets_may_come_in_any_order_for_half_a_second(stage: Stage) -> None:
    stage.track(1, "h264", ssrc=7)
    stream, frames = Stream("h264", 96, 7), film("h264", 120)
    dice = random.Random(4)
    arrivals: list[tuple[float, list[bytes]]] = [(0.0, [stream.report(stage.begun_s, 0)])]
    for number, coded in enumerate(frames):
        for index, packet in enumerate(stream.frame(coded, number / FPS)):
            first = number == index == 0
            arrivals.append((number / FPS + (0 if first else dice.uniform(0, 0.4)), [packet, packet]))
    for at_s, packets in sorted(arrivals, key=lambda arrival: arrival[0]):
        stage.until(at_s)
        stage.send(packets)
    stage.finish()
    [file] = stage.files()
    assert readable(file) == list(range(120))
    assert judge.complaints(file) == ""
    assert stage.of(words.Gap) == []


@pytest.mark.parametrize("codec", VIDEO_CODECS)
def test_a_change_of_resolution_stays_in_the_file(stage: Stage, codec: str) -> None:
    stage.track(1, codec, ssrc=7)
    frames = [
        *film(codec, 30),
        *film(codec, 30, width=640, height=360, first=30),
        *film(codec, 30, width=160, height=90, first=60),
    ]
    play(stage, Stream(codec, 96, 7), frames)
    stage.finish()
    [file] = stage.files()
    assert readable(file) == list(range(90))
    assert stage.of(words.Gap) == []


def test_a_new_numbering_is_a_new_segment(stage: Stage) -> None:
    """A publisher that comes back: same subscription, other sequence numbers and times."""
    stage.track(1, "vp8", ssrc=7)
    play(stage, Stream("vp8", 96, 7, seq=100), list(film("vp8", 60)))
    again = Stream("vp8", 96, 7, seq=40_000, base=123_456)
    play(stage, again, list(film("vp8", 60, first=60)), start_s=7.0, media_s=0.0)
    stage.finish()
    one, two = stage.files()
    assert (readable(one), readable(two)) == (list(range(60)), list(range(60, 120)))
    first, second = stage.of(words.Segment)
    assert (first.reason, second.reason) == ("begun", "reconnected")
    assert second.begun_ms - first.begun_ms == pytest.approx(7000, abs=60)
    [gap] = stage.of(words.Gap)
    assert gap.reason == "silent"
    assert [closed.reason for closed in stage.of(words.Closed)] == ["reconnected", "stopped"]
    check_fragments(stage.folder, stage.words)


def test_another_ssrc_and_codec_make_a_new_segment(stage: Stage) -> None:
    stage.track(1, "vp8", ssrc=7)
    play(stage, Stream("vp8", 96, 7), list(film("vp8", 30)))
    stage.track(1, "h264", ssrc=8, pt=102)
    play(stage, Stream("vp8", 96, 7), list(film("vp8", 3)), start_s=1.1)
    play(stage, Stream("h264", 102, 8, base=99), list(film("h264", 30)), start_s=1.5)
    stage.finish()
    one, two = stage.files()
    assert (judge.facts(one)["codec_name"], judge.facts(two)["codec_name"]) == ("vp8", "h264")
    assert (readable(one), readable(two)) == (list(range(30)), list(range(30)))
    assert [segment.reason for segment in stage.of(words.Segment)] == ["begun", "changed"]
    [gap] = stage.of(words.Gap)
    assert (gap.reason, gap.until_ms - gap.from_ms) == ("silent", pytest.approx(500, abs=40))


def test_silence_without_packets_keeps_the_time_line(stage: Stage) -> None:
    """DTX for a second is no gap; ten seconds without a packet are told. The second tone sits where it was heard."""
    stage.track(1, "opus", ssrc=7, pt=111)
    stream = Stream("opus", 111, 7, clock_hz=48_000)
    for begin_s, hz in ((0.0, 440), (2.0, 440), (13.0, 880)):
        for number, packet in enumerate(tone(hz, 1.0)):
            at_s = begin_s + number * 0.02
            stage.until(at_s)
            if number % 50 == 0:
                stage.send([stream.report(stage.begun_s + at_s, at_s)])
            stage.send(stream.sound(packet, at_s))
    stage.finish()
    [file] = stage.files()
    heard = judge.samples(file).astype(float)
    loud = [bool(abs(heard[second * 48_000 + 9_600 : second * 48_000 + 38_400]).max() > 3000) for second in range(14)]
    assert loud == [True, False, True, *[False] * 10, True]
    assert judge.pitch_hz(heard[13 * 48_000 + 4800 : 14 * 48_000 - 4800]) == pytest.approx(880, abs=3)
    [gap] = stage.of(words.Gap)
    assert (gap.reason, gap.until_ms - gap.from_ms) == ("silent", pytest.approx(10_000, abs=25))


def test_lost_sound_is_told(stage: Stage) -> None:
    stage.track(1, "opus", ssrc=7, pt=111)
    stream = Stream("opus", 111, 7, clock_hz=48_000)
    for number, packet in enumerate(tone(440, 4.0)):
        stage.until(number * 0.02)
        packets = stream.sound(packet, number * 0.02)
        if number not in (50, 51, 150):
            stage.send(packets)
    stage.finish()
    gaps = stage.of(words.Gap)
    assert [(gap.reason, round((gap.from_ms / 1000 - stage.begun_s) * 100)) for gap in gaps] == [
        ("loss", 100),
        ("loss", 300),
    ]
    assert [gap.until_ms - gap.from_ms for gap in gaps] == pytest.approx([40, 20], abs=1)
    assert len(judge.packets(stage.files()[0])) == 200
    assert len(judge.plain_samples(stage.files()[0])) == 200 * 960


@pytest.mark.parametrize(("codec", "pt"), [("pcmu", 0), ("pcma", 8)])
def test_g711_becomes_opus(stage: Stage, codec: str, pt: int) -> None:
    import av
    import numpy as np

    law = av.CodecContext.create("pcm_mulaw" if codec == "pcmu" else "pcm_alaw", "w")
    law.sample_rate, law.layout, law.format = 8000, "mono", "s16"
    law.open()
    stage.track(1, codec, ssrc=7, pt=pt)
    stream = Stream(codec, pt, 7, clock_hz=8000)
    samples = (np.sin(2 * np.pi * 500 * np.arange(24_000) / 8000) * 12_000).astype(np.int16)
    for number in range(150):
        frame = av.AudioFrame.from_ndarray(samples[None, number * 160 : number * 160 + 160], "s16", "mono")
        frame.sample_rate = 8000
        stage.until(number * 0.02)
        stage.send(stream.sound(b"".join(bytes(packet) for packet in law.encode(frame)), number * 0.02))
    stage.finish()
    [file] = stage.files()
    assert judge.complaints(file) == ""
    assert judge.facts(file)["codec_name"] == "opus"
    heard = judge.samples(file).astype(float)
    assert judge.pitch_hz(heard[24_000:96_000]) == pytest.approx(500, abs=2)
    assert abs(heard[24_000:96_000]).max() == pytest.approx(12_000, rel=0.15)
    assert len(heard) == pytest.approx(3.0 * 48_000, rel=0.01)


def test_a_jump_of_the_time_line_is_a_new_segment(stage: Stage) -> None:
    """The numbering goes on, the timestamps do not: a sender whose clock was set."""
    stage.track(1, "vp8", ssrc=7)
    stream = Stream("vp8", 96, 7)
    play(stage, stream, list(film("vp8", 60)))
    play(stage, stream, list(film("vp8", 60, first=60)), start_s=2.0, media_s=500.0)
    stage.finish()
    one, two = stage.files()
    assert (readable(one), readable(two)) == (list(range(60)), list(range(60, 120)))
    assert [segment.reason for segment in stage.of(words.Segment)] == ["begun", "clock"]
