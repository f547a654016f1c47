"""Any bytes may come: nothing is raised, nothing grows, and good media afterwards is good."""

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conference.sources import words
from conference.sources.worker.media import aac, h264, h265
from conference.sources.worker.media.bits import Malformed
from conference.sources.worker.media.nal import units as nal_units
from conference.sources.worker.media.rtp import keyframe_requests, split
from conference.sources.worker.media.streams import open_stream
from conference.sources.worker.media.units import AudioFormat, AudioFrame, DataUnit, VideoFormat, VideoUnit
from tests.fakes.source_made import coded, sound
from tests.fakes.source_media import Rig
from tests.fakes.source_received import h264 as received_h264

SMALL = "testsrc2=s=160x120:r=25:d=0.4"


def mutated(random_: random.Random, data: bytes) -> bytes:
    """A few bytes changed, a piece cut out or doubled."""
    out = bytearray(data)
    for _ in range(random_.randint(1, 4)):
        if not out:
            break
        at = random_.randrange(len(out))
        match random_.randrange(5):
            case 0:
                out[at] = random_.randrange(256)
            case 1:
                out[at] ^= 1 << random_.randrange(8)
            case 2:
                del out[at : at + random_.randint(1, 16)]
            case 3:
                out[at:at] = out[at : at + random_.randint(1, 16)]
            case 4:
                out[at:at] = random_.choice([b"\0\0\1", b"\0\0\0\1\x67", b"\xff" * 8, b"\0" * 8])
    return bytes(out)


def test_a_hundred_thousand_mutated_headers() -> None:
    random_ = random.Random(7)
    x264 = nal_units(coded(SMALL, level="31", **{"x264-params": "nal-hrd=vbr:vbv-maxrate=500:vbv-bufsize=500"})[0].data)
    x265 = nal_units(coded(SMALL, "libx265", preset="ultrafast", **{"x265-params": "log-level=none"})[0].data)
    sps264 = next(nal for nal in x264 if nal[0] & 31 == 7)
    sps265 = next(nal for nal in x265 if h265.nal_type(nal[0]) == 33)
    sei = next(nal for nal in x264 if nal[0] & 31 == 6)
    asc = sound("sine=duration=0.2:sample_rate=44100", "aac")[1]
    assert (h264.parse_sps(sps264).width, h265.parse_sps(sps265).height) == (160, 120)
    began = time.process_time()
    outcomes = {True: 0, False: 0}
    for turn in range(100_000):
        parse, data = (
            (h264.parse_sps, sps264),
            (h265.parse_sps, sps265),
            (h264.has_recovery_point, sei),
            (aac.parse_asc, asc),
            (aac.parse_adts, b"\xff\xf1\x50\x80\x02\x1f\xfc"),
        )[turn % 5]
        try:
            parse(mutated(random_, data))  # type: ignore[operator]
            outcomes[True] += 1
        except Malformed:
            outcomes[False] += 1
    assert min(outcomes.values()) > 5000
    assert time.process_time() - began < 20


@given(st.binary(max_size=400))
@settings(max_examples=400, deadline=None)
def test_any_bytes_as_an_access_unit(data: bytes) -> None:
    for codec in ("h264", "h265", "mpeg4", "mpeg2", "mjpeg"):
        stream = open_stream(codec, b"")
        assert stream is not None
        try:
            look = stream.look(data, 1.0)
        except Malformed:
            continue
        assert look is None or 0 <= look.slice_bytes <= len(data)


@given(st.binary(max_size=200))
@settings(max_examples=400, deadline=None)
def test_any_bytes_from_the_relay(data: bytes) -> None:
    for packet in split(data):
        assert all(0 <= ssrc < 1 << 32 for ssrc in keyframe_requests(packet))
    keyframe_requests(data)


@pytest.mark.parametrize(
    ("codec", "encoder", "pix_fmt"),
    [
        ("h264", "libx264", "yuv420p"),
        ("h265", "libx265", "yuv420p"),
        ("mpeg4", "mpeg4", "yuv420p"),
        ("mpeg2", "mpeg2video", "yuv420p"),
        ("mjpeg", "mjpeg", "yuvj420p"),
    ],
)
def test_mutated_pictures_and_sound_never_raise(codec: str, encoder: str, pix_fmt: str) -> None:
    random_ = random.Random(11)
    units = coded(SMALL, encoder, pix_fmt=pix_fmt, **({"x265-params": "log-level=none"} if codec == "h265" else {}))
    frames, extradata = sound("sine=duration=1:sample_rate=44100", "aac")
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat(codec))
        rig.pipeline.audio_format(AudioFormat("aac", 44100, 1, extradata))
        rig.need(video=True, vp8=True, audio=True)
        for turn in range(400):
            unit, frame = random_.choice(units), random_.choice(frames)
            now = turn * 40_000
            rig.loop.to(rig.t0_s + now / 1e6)
            wild = random_.choice([0, 0, 0, random_.randint(-(1 << 62), 1 << 62), random_.randint(-(10**7), 10**7)])
            rig.pipeline.video(VideoUnit(mutated(random_, unit.data), now + wild, None, rig.loop.now_s()))
            rig.pipeline.audio(AudioFrame(mutated(random_, frame.data), now + wild, rig.loop.now_s()))
            rig.drain()
            if turn % 97 == 0:
                rig.pipeline.video_format(VideoFormat(codec, mutated(random_, units[0].data)))
                rig.pipeline.audio_format(AudioFormat("aac", 44100, 1, mutated(random_, extradata)))
        assert len(rig.heard(words.Report)) >= 15


def test_good_pictures_after_garbage_are_all_shown(capsys: pytest.CaptureFixture[str]) -> None:
    random_ = random.Random(3)
    units = coded("testsrc2=s=320x240:r=25:d=1")
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat("h264"))
        for turn in range(50):
            rig.loop.to(rig.t0_s + turn * 0.04)
            rig.pipeline.video(VideoUnit(random_.randbytes(900), turn * 40_000, None, rig.loop.now_s()))
        rig.drain()
        assert rig.of(words.VIDEO_PT) == []
        rig.video(units, shift_us=2_000_000)
        assert len(received_h264(rig.of(words.VIDEO_PT))) == 25
        rig.pipeline.video(VideoUnit(units[0].data + b"\0\0\1\x67\xff" * 2000, 3_000_000, None, rig.loop.now_s()))
        rig.video(units[1:3], shift_us=3_000_000)
        rig.loop.to(rig.t0_s + 31)
        # Each drop is told once, not again in the periods after it.
        assert capsys.readouterr().err.splitlines() == [
            "x 1 frames in 10 s: malformed",
            "x 2 frames in 10 s: without keyframe",
        ]


def test_data_packets_are_handed_on_up_to_their_bound() -> None:
    with Rig() as rig:
        rig.pipeline.data(DataUnit(b"\x06\x0e", 5))
        rig.pipeline.data(DataUnit(bytes(65_537), 6))
        assert rig.heard(words.Data) == [words.Data("klv", 5, b"\x06\x0e")]


def test_after_closing_nothing_is_sent_or_told() -> None:
    units = coded("testsrc2=s=320x240:r=25:d=1")
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat("h264"))
        rig.video(units[:5])
        told, sent = len(rig.told), len(rig.packets)
        rig.pipeline.close()
        rig.video(units[5:])
        rig.loop.to(rig.loop.now_s() + 5)
        assert (len(rig.told), len(rig.packets)) == (told, sent)
        assert rig.loop.watched == {}


def test_a_relay_that_goes_away_ends_nothing() -> None:
    units = coded("testsrc2=s=320x240:r=25:d=1")
    with Rig() as rig:
        rig.pipeline.video_format(VideoFormat("h264"))
        rig.video(units[:5])
        ready = next(iter(rig.loop.watched.values()))
        rig.relay.close()
        ready()
        rig.drain = lambda: None  # type: ignore[method-assign]
        rig.video(units[5:])
        assert rig.loop.watched == {}
