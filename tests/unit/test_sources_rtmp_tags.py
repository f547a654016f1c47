"""FLV tags into units: the codecs that work, the ones that are only named, and what drones and cheap encoders send."""

import struct

import pytest

from conference.sources.worker.media.units import AudioFormat, VideoFormat
from conference.sources.worker.rtmp.media import FlvMedia
from conference.sources.worker.rtmp.timeline import Timeline, Track
from tests.fakes.rtmp_client import ASC_44100_STEREO, AVCC, PPS, SPS, aac_frame, avc_configuration, avc_picture
from tests.fakes.rtmp_sink import RememberingSink

START = b"\x00\x00\x00\x01"
VPS = bytes.fromhex("40010c01ffff")
HVCC_ARRAYS = ((0xA0, VPS), (0x21, b"\x42\x01S"), (0x27, b"\x4e\x01sei"))
HVCC = b"\x01" + bytes(20) + b"\x03\x03"
HVCC += b"".join(bytes((kind,)) + struct.pack(">HH", 1, len(nal)) + nal for kind, nal in HVCC_ARRAYS)
HEVC_SETS = START + VPS + START + b"\x42\x01S"
NAL = b"\x65picture"
ADTS = b"\xff\xf1\x4c\x80\x01\x1f\xfcadts"
SAMPLE = struct.pack(">I", len(NAL)) + NAL


def _media() -> tuple[RememberingSink, FlvMedia]:
    sink = RememberingSink()
    return sink, FlvMedia(sink, lambda: 5.0)


def _video(*tags: bytes) -> RememberingSink:
    sink, media = _media()
    for number, tag in enumerate(tags):
        media.video(number * 40, bytearray(tag))
    return sink


def _audio(*tags: bytes) -> RememberingSink:
    sink, media = _media()
    for number, tag in enumerate(tags):
        media.audio(number * 20, bytearray(tag))
    return sink


def _extended(frame: int, packet: int, rest: bytes) -> bytes:
    return bytes((0x80 | frame << 4 | packet,)) + rest


VOL = b"\x19\x00\x00\x00\x00vol"
VOP = b"\x00\x00\x01\xb6vop"
HVC1 = _extended(1, 0, b"hvc1" + HVCC)


@pytest.mark.parametrize(
    ("configuration", "picture", "fmt", "composition_us"),
    [
        (avc_configuration(), b"\x17\x01\x00\x00\x50" + SAMPLE, VideoFormat("h264", START + SPS + START + PPS), 80_000),
        (b"\x1c\x00\x00\x00\x00" + HVCC, b"\x1c\x01\x00\x00\x00" + SAMPLE, VideoFormat("h265", HEVC_SETS), 0),
        (HVC1, _extended(1, 1, b"hvc1\x00\x00\x28" + SAMPLE), VideoFormat("h265", HEVC_SETS), 40_000),
        (HVC1, _extended(2, 3, b"hvc1" + SAMPLE), VideoFormat("h265", HEVC_SETS), 0),
        (
            _extended(1, 0, b"avc1" + AVCC),
            _extended(2, 1, b"avc1\xff\xff\xd8" + SAMPLE),
            VideoFormat("h264", START + SPS + START + PPS),
            -40_000,
        ),
        (
            _extended(1, 6, b"\x00avc1\x00" + AVCC),
            _extended(1, 6, b"\x11avc1\x01\x00\x00\x02xx\x00\x00\x00\x0f\x00\x00\x00" + SAMPLE),
            VideoFormat("h264", START + SPS + START + PPS),
            0,
        ),
        (
            _extended(1, 7, b"\x02mod\x00avc1" + AVCC),
            _extended(1, 7, b"\xff\x00\xff" + bytes(256) + b"\x03avc1" + SAMPLE),
            VideoFormat("h264", START + SPS + START + PPS),
            0,
        ),
    ],
    ids=["h264", "h265 as id 12", "hvc1", "hvc1 without composition", "avc1", "track 0 of two", "modifiers"],
)  # fmt: skip
def test_pictures(configuration: bytes, picture: bytes, fmt: VideoFormat, composition_us: int) -> None:
    sink = _video(configuration, picture)
    assert sink.video_formats == [fmt]
    assert [(u.data, u.pts_us, u.dts_us) for u in sink.pictures] == [(START + NAL, 40_000 + composition_us, 40_000)]


@pytest.mark.parametrize(("length", "size_bits"), [(1, 0xFC), (2, 0xFD), (4, 0xFF)])
def test_lengths_of_nal_units(length: int, size_bits: int) -> None:
    avcc = AVCC[:4] + bytes((size_bits,)) + AVCC[5:]
    sample = b"".join(len(nal).to_bytes(length, "big") + nal for nal in (b"\x06sei", NAL))
    sink = _video(b"\x17\x00\x00\x00\x00" + avcc, b"\x17\x01\x00\x00\x00" + sample)
    assert [unit.data for unit in sink.pictures] == [START + b"\x06sei" + START + NAL]


@pytest.mark.parametrize(
    "data", [START + NAL, START[1:] + NAL, START + SPS + START + PPS + START + NAL], ids=["4", "3", "with sets"]
)
def test_annex_b_inside_flv_is_taken_as_it_is(data: bytes) -> None:
    sink = _video(b"\x17\x00\x00\x00\x00" + START + SPS, b"\x17\x01\x00\x00\x00" + data)
    assert sink.video_formats == [VideoFormat("h264", START + SPS)]
    assert [unit.data for unit in sink.pictures] == [data]


def test_pictures_without_any_configuration() -> None:
    sink = _video(b"\x17\x01\x00\x00\x00" + SAMPLE)
    assert sink.video_formats == [VideoFormat("h264")] and sink.pictures[0].data == START + NAL


@pytest.mark.parametrize(
    ("tag", "codec"),
    [
        (b"\x12h263 picture", "flv1"),
        (b"\x14vp6", "vp6f"),
        (b"\x1fwhatever", "unknown-15"),
        (_extended(1, 3, b"zzzzdata"), "unknown-fourcc"),
        (_extended(1, 1, b"vvc1\x00\x00\x00data"), "vvc"),
    ],
)
def test_codecs_that_are_only_named(tag: bytes, codec: str) -> None:
    sink = _video(tag, tag)
    assert sink.video_formats == [VideoFormat(codec)] and not sink.pictures


@pytest.mark.parametrize(
    ("tags", "fmt", "data"),
    [
        ((VOL, b"\x19\x01\x00\x00\x00" + VOP), VideoFormat("mpeg4", b"vol"), VOP),
        ((_extended(1, 0, b"vp09cfg"), _extended(1, 1, b"vp09frame")), VideoFormat("vp9"), b"frame"),
        ((_extended(1, 0, b"av01cfg"), _extended(1, 3, b"av01obu")), VideoFormat("av1"), b"obu"),
    ],
    ids=["codec 9 of drones", "vp9", "av1"],
)
def test_codecs_passed_on(tags: tuple[bytes, bytes], fmt: VideoFormat, data: bytes) -> None:
    sink = _video(*tags)
    assert sink.video_formats == [fmt] and [unit.data for unit in sink.pictures] == [data]


@pytest.mark.parametrize(
    "tag",
    [
        b"",
        b"\x17",
        b"\x17\x01\x00",
        b"\x17\x02\x00\x00\x00",
        b"\x57\x01",
        _extended(1, 0, b"hv"),
        _extended(5, 0, b"hvc1x"),
        _extended(1, 6, b""),
        _extended(1, 6, b"\x11avc1\x01\xff\xff\xff"),
        _extended(1, 7, b"\x7f"),
        _extended(1, 2, b"avc1"),
        _extended(1, 4, b"avc1meta"),
    ],
)
def test_tags_without_a_picture(tag: bytes) -> None:
    assert _video(tag).story == [0]


@pytest.mark.parametrize(
    "tag",
    [
        b"\x17\x00\x00\x00\x00\x01\x64",
        b"\x17\x00\x00\x00\x00" + AVCC[:20],
        b"\x1c\x00\x00\x00\x00" + HVCC[:30],
        b"\x17\x01\x00\x00\x00\x00\x00\x00\x09short",
        b"\x17\x01\x00\x00\x00" + bytes(4) * 5000,
    ],
    ids=["avcC", "avcC sets", "hvcC", "lengths", "empty NAL units"],
)
def test_broken_pictures_are_counted(tag: bytes) -> None:
    sink = _video(tag)
    assert sink.lost_packets == 1 and not sink.pictures


@pytest.mark.parametrize(
    ("tags", "fmt", "data"),
    [
        ((b"\xaf\x00" + ASC_44100_STEREO, b"\xaf\x01raw"), AudioFormat("aac", 44_100, 2, ASC_44100_STEREO), b"raw"),
        ((b"\xaf\x00\x2b\x92\x08\x00", b"\xaf\x01raw"), AudioFormat("aac", 44_100, 2, b"\x2b\x92\x08\x00"), b"raw"),
        ((b"\xaf\x01" + ADTS,), AudioFormat("aac", 48_000, 2), ADTS),
        ((b"\x2fmp3 frame",), AudioFormat("mp3", 44_100, 2), b"mp3 frame"),
        ((b"\xe2mp3 frame",), AudioFormat("mp3", 8_000, 1), b"mp3 frame"),
        ((b"\x72alaw",), AudioFormat("pcma", 8_000, 1), b"alaw"),
        ((b"\x82ulaw",), AudioFormat("pcmu", 8_000, 1), b"ulaw"),
        ((b"\x90OpusOpusHead\x01\x01", b"\x91Opusraw"), AudioFormat("opus", 48_000, 1), b"raw"),
        ((b"\x90mp4a" + ASC_44100_STEREO, b"\x91mp4araw"), AudioFormat("aac", 44_100, 2, ASC_44100_STEREO), b"raw"),
        ((b"\x95\x01Opus\x00raw",), AudioFormat("opus", 48_000, 2), b"raw"),
    ],
    ids=["aac", "he-aac", "adts", "mp3", "mp3 8 kHz", "pcma", "pcmu", "opus", "mp4a", "one track"],
)  # fmt: skip
def test_sound(tags: tuple[bytes, ...], fmt: AudioFormat, data: bytes) -> None:
    sink = _audio(*tags)
    assert sink.audio_formats == [fmt]
    assert [frame.data for frame in sink.frames] == [data]


@pytest.mark.parametrize(
    ("tag", "codec"), [(b"\xb2speex", "speex"), (b"\x62nelly", "nellymoser"), (b"\xd0odd", "unknown-13")]
)
def test_sounds_that_are_only_named(tag: bytes, codec: str) -> None:
    sink = _audio(tag)
    assert [fmt.codec for fmt in sink.audio_formats] == [codec] and not sink.frames


@pytest.mark.parametrize(
    "tag", [b"", b"\xaf", b"\xaf\x00\xff", b"\xaf\x01raw", b"\x90Op", b"\x94Opusx", b"\x95", b"\x9f"]
)
def test_tags_without_sound(tag: bytes) -> None:
    assert _audio(tag).story == [0]


def test_tracks_are_known_with_the_second_one_or_when_settled() -> None:
    sink, media = _media()
    media.video(0, bytearray(avc_configuration()))
    assert sink.known == 0
    media.settle()
    media.audio(0, bytearray(aac_frame(9)))
    media.audio(0, bytearray(b"\x72alaw"))
    assert sink.known == 1


def test_a_changed_size_is_told_once() -> None:
    other = AVCC.replace(b"\x3d\xa1", b"\x3d\xa2")
    again = b"\x17\x00\x00\x00\x00" + other
    sink = _video(avc_configuration(), avc_picture(9), again, avc_configuration()[:5] + other, avc_picture(9))
    assert len(sink.video_formats) == 2 and len(sink.pictures) == 2


@pytest.mark.parametrize(
    ("told", "line"),
    [
        ([("v", 0), ("a", 7), ("v", 40)], [0, 7, 40]),
        (
            [("v", 0xFFFFFFF0), ("a", 0xFFFFFFFA), ("v", 24), ("a", 30)],
            [4294967280, 4294967290, 4294967320, 4294967326],
        ),
        ([("v", 24), ("a", 0xFFFFFFFA), ("v", 64)], [24, -6, 64]),
        ([("v", 100), ("v", 60), ("v", 140)], [100, 60, 140]),
        ([("v", 90_000), ("a", 90_010), ("v", 0), ("a", 15), ("v", 40)], [90_000, 90_010, 90_010, 90_025, 90_050]),
        ([("v", 90_000), ("a", 90_010), ("v", 0), ("a", 90_030), ("a", 5)], [90_000, 90_010, 90_010, 90_030, 90_015]),
        ([("v", 0), ("v", 500_000)], [0, 500_000]),
    ],
    ids=["plain", "wrap", "second track before the wrap", "disorder", "anew", "sound still on its way", "pause"],
)
def test_time_line(told: list[tuple[str, int]], line: list[int]) -> None:
    tracks = {"v": Track(), "a": Track()}
    timeline = Timeline()
    assert [timeline.at_ms(tracks[name], time) for name, time in told] == line
