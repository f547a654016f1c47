"""Payload formats beyond what the encoders of the behaviour tests send, and what nobody should send."""

import random

import pytest

from conference.sources.worker.media.bits import Malformed
from recorder.worker.formats.av1 import Av1, leb128, read_leb128
from recorder.worker.formats.av1_sequence import parse_sequence
from recorder.worker.formats.h264 import H264
from recorder.worker.formats.opus import duration_us
from recorder.worker.formats.vp8 import Vp8, descriptor_bytes
from recorder.worker.formats.vp9 import Vp9, superframe
from recorder.worker.formats.vp9 import descriptor_bytes as vp9_descriptor_bytes
from recorder.worker.video import FORMATS
from tests.fakes.recorder_rtp import PAYLOADS, Stream, film, nal_units, obus, tone

KEY_VP8 = b"\x10\x02\0\x9d\x01\x2a\x40\x01\xb4\x00"


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        (b"\x10", 1),
        (b"\x90\x80\x05", 3),
        (b"\x90\x80\x85\x01", 4),
        (b"\x90\xe0\x85\x01\x07\x20", 6),
        (b"\x90\x10\x20", 3),
        (b"\x80", 2),
    ],
)
def test_vp8_descriptors(payload: bytes, size: int) -> None:
    assert descriptor_bytes(payload) == size


def test_vp8_needs_the_beginning_and_a_start_code() -> None:
    vp8 = Vp8()
    assert not vp8.add(b"\x00" + KEY_VP8)
    vp8.reset()
    assert vp8.begins(b"\x10" + KEY_VP8)
    assert not vp8.begins(b"\x11" + KEY_VP8)
    assert vp8.add(b"\x10" + KEY_VP8)
    picture = vp8.finish()
    assert picture is not None
    assert picture.size == (320, 180)
    assert vp8.add(b"\x10" + KEY_VP8.replace(b"\x9d", b"\x9c"))
    assert vp8.finish() is None


@pytest.mark.parametrize(
    ("payload", "size"),
    [
        (b"\x08", 1),
        (b"\x88\x05", 2),
        (b"\x88\x85\x01", 3),
        (b"\x28\x10\x00", 3),
        (b"\x38\x10", 2),
        (b"\x58\x03\x05\x02", 4),
        (b"\x0a\x10\x01\x40\x00\xb4", 6),
        (b"\x0a\x08\x02\x04\x09\x00", 6),
    ],
)
def test_vp9_descriptors(payload: bytes, size: int) -> None:
    assert vp9_descriptor_bytes(payload) == size


def test_vp9_layers_become_one_superframe() -> None:
    key = film("vp9", 2)[0].data
    vp9 = Vp9()
    assert vp9.add(b"\xac\x85\x01\x01\x07" + key)
    assert vp9.add(b"\xec\x85\x01\x03\x07" + b"\x86abc")
    picture = vp9.finish()
    assert picture is not None
    assert picture.size == (320, 180)
    size_bytes = (len(key).bit_length() + 7) // 8
    marker = 0xC0 | (size_bytes - 1) << 3 | 1
    assert picture.data[-1] == marker
    assert picture.data[-2 - 2 * size_bytes] == marker
    assert picture.data.startswith(key + b"\x86abc")
    assert superframe([b"a" * 300, b"b"])[301:] == bytes([0xC9, 44, 1, 1, 0, 0xC9])


def test_vp9_without_its_end_is_no_picture() -> None:
    vp9 = Vp9()
    assert vp9.add(b"\x88\x05" + film("vp9", 2)[0].data)
    assert vp9.finish() is None


def test_h264_parameter_sets_may_come_alone() -> None:
    units = nal_units(film("h264", 2)[0].data)
    sets = [unit for unit in units if unit[0] & 31 in (7, 8)]
    idr = next(unit for unit in units if unit[0] & 31 == 5)
    h264 = H264()
    for unit in sets:
        assert h264.add(unit)
    alone = h264.finish()
    assert alone is not None
    assert alone.data == b""
    assert h264.add(idr)
    picture = h264.finish()
    assert picture is not None
    assert picture.size == (320, 180)
    assert picture.data == b"".join(len(unit).to_bytes(4, "big") + unit for unit in (*sets, idr))
    record = h264.private()
    assert record[:4] == bytes([1]) + sets[0][1:4]
    assert sets[0] in record
    assert sets[1] in record


def test_h264_without_parameter_sets_is_no_keyframe() -> None:
    h264 = H264()
    assert h264.add(b"\x65\x88\x84")
    picture = h264.finish()
    assert picture is not None
    assert picture.size is None


@pytest.mark.parametrize(
    "payloads",
    [
        [b"\x7c\x05rest"],  # a fragment without its first
        [b"\x7c\x85begin", b"\x41single"],  # something else before its last
        [b"\x7c\x85begin", b"\x7c\x85begin"],
        [b"\x78\x00\x09too"],
        [b"\x78\x00\x00"],
        [b"\x67\x42"],
        [b"\x7d\x00\x00"],  # FU-B, which mode 1 does not have
        [b"\x7c\x85"],
    ],
)
def test_h264_refuses(payloads: list[bytes]) -> None:
    h264 = H264()
    results = [h264.add(payload) for payload in payloads]
    assert False in results


def test_av1_with_counted_elements() -> None:
    """W = 1 and W = 2: the last element has no length."""
    coded = film("av1", 3)[0]
    sequence, frame = (obu for obu in obus(coded.data) if obu[0] >> 3 & 15 in (1, 6))
    av1 = Av1()
    assert av1.add(b"\x28" + leb128(len(sequence)) + sequence + frame)
    two = av1.finish()
    assert av1.add(b"\x58" + sequence + b"") is True
    av1.reset()
    assert av1.add(b"\x18" + sequence)
    assert av1.add(b"\x50" + frame[:100])
    assert av1.add(b"\x90" + frame[100:])
    one = av1.finish()
    assert two is not None
    assert one is not None
    assert one == two
    assert one.size == (320, 180)
    assert av1.private()[:1] == b"\x81"


def test_av1_sequence_of_an_encoder() -> None:
    sequence = next(obu for obu in obus(film("av1", 3)[0].data) if obu[0] >> 3 & 15 == 1)
    parsed = parse_sequence(sequence[1:])
    assert (parsed.profile, parsed.width, parsed.height) == (0, 320, 180)
    assert (parsed.colour.subsampling_x, parsed.colour.subsampling_y, parsed.colour.high_bit_depth) == (1, 1, 0)
    with pytest.raises(Malformed):
        parse_sequence(sequence[1:4])


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 16_383, 16_384, 2_000_000])
def test_leb128(value: int) -> None:
    assert read_leb128(leb128(value), 0) == (value, len(leb128(value)))


@pytest.mark.parametrize(
    ("packet", "us"),
    [
        (b"\x48", 20_000),
        (b"\xf8", 20_000),
        (b"\xe0", 2_500),
        (b"\xf9ab", 40_000),
        (b"\xf9a", None),
        (b"\xfb\x03abc", 60_000),
        (b"\xfb\x00", None),
        (b"\xfb\x3f", None),
        (b"", None),
    ],
)
def test_how_long_opus_lasts(packet: bytes, us: int | None) -> None:
    assert duration_us(packet) == us


def test_opus_of_an_encoder_lasts_20_ms() -> None:
    assert {duration_us(packet) for packet in tone(440, 1.0)} == {20_000}


@pytest.mark.parametrize("codec", FORMATS)
def test_mutated_payloads_raise_nothing(codec: str) -> None:
    dice = random.Random(11)
    stream = Stream(codec, 96, 1)
    payloads = [payload for coded in film(codec, 30) for payload in PAYLOADS[codec](stream, coded)]
    judge = FORMATS[codec]()
    pictures = 0
    for _ in range(25_000):
        payload = bytearray(dice.choice(payloads))
        for _ in range(dice.randrange(4)):
            payload[dice.randrange(min(len(payload), 40))] = dice.randrange(256)
        cut = bytes(payload[: dice.choice((len(payload), dice.randrange(1, len(payload) + 1)))])
        judge.begins(cut)
        if not judge.add(cut) or dice.random() < 0.5:
            picture = judge.finish()
            pictures += picture is not None
            if picture is not None and picture.size is not None:
                judge.private()
            judge.reset()
    assert pictures > 0
