"""Chunks into messages, AMF 0 into values: what the specification says and what encoders do instead."""

import pytest

from conference.sources.worker.rtmp import amf0
from conference.sources.worker.rtmp.chunk_reader import MAX_CHUNK_BYTES, ChunkReader
from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.message import VIDEO, Message
from tests.fakes.rtmp_client import Chunker, amf


def _all(reader: ChunkReader) -> list[Message]:
    found = []
    while (message := reader.next()) is not None:
        found.append(message)
    return found


def _read(data: bytes, *, size: int = 128) -> list[Message]:
    reader = ChunkReader()
    reader.chunk_bytes = size
    reader.push(data)
    return _all(reader)


@pytest.mark.parametrize("csid", [2, 63, 64, 319, 320, 65_599])
@pytest.mark.parametrize("length", [0, 1, 127, 128, 129, 256, 1000, 70_000])
def test_a_message_comes_out_as_it_went_in(csid: int, length: int) -> None:
    payload = bytes(at % 251 for at in range(length))
    assert _read(Chunker().message(csid, VIDEO, 40, payload)) == [Message(VIDEO, 40, 1, bytearray(payload))]


@pytest.mark.parametrize(
    ("times", "shortest"),
    [([0, 40, 80, 120], True), ([1000, 1040, 1080, 1081], True), ([0, 40, 40, 80], True), ([5, 3, 9], False)],
    ids=["regular", "from a second on", "two at once", "backwards"],
)
def test_times_add_up(times: list[int], shortest: bool) -> None:
    chunker = Chunker(shortest=shortest)
    data = b"".join(chunker.message(6, VIDEO, time, b"same length") for time in times)
    assert [message.timestamp_ms for message in _read(data)] == times


def test_a_repeated_header_behind_an_absolute_time_may_mean_the_same_time() -> None:
    first = Chunker().message(6, VIDEO, 3_600_000, b"abc")
    assert [message.timestamp_ms for message in _read(first + b"\xc6" + b"xyz")] == [3_600_000, 3_600_000]


@pytest.mark.parametrize("repeat", [True, False])
def test_extended_time_in_the_chunks_that_follow_is_found_and_missed(repeat: bool) -> None:
    chunker = Chunker(repeat_extended=repeat)
    data = b"".join(chunker.message(6, VIDEO, time, bytes(range(200)) * 3) for time in (0x1000000, 0x1000028))
    assert [(m.timestamp_ms, bytes(m.payload)) for m in _read(data)] == [
        (0x1000000, bytes(range(200)) * 3),
        (0x1000028, bytes(range(200)) * 3),
    ]


def test_sound_between_the_chunks_of_a_picture() -> None:
    chunker = Chunker()
    picture = chunker.chunks(6, VIDEO, 40, bytes(range(256)) * 4)
    sound = chunker.message(4, 8, 41, b"sound" * 10)
    reader = ChunkReader()
    reader.push(b"".join(picture[:3]) + sound + b"".join(picture[3:]))
    assert [(m.type_id, len(m.payload)) for m in _all(reader)] == [(8, 50), (VIDEO, 1024)]


def test_abort_drops_the_unfinished_message_only() -> None:
    chunker = Chunker()
    reader = ChunkReader()
    reader.push(chunker.chunks(6, VIDEO, 0, b"x" * 300)[0])
    assert reader.next() is None
    reader.abort(6)
    reader.push(chunker.message(4, 8, 0, b"sound"))
    assert [bytes(message.payload) for message in _all(reader)] == [b"sound"]


@pytest.mark.parametrize(
    "data",
    [
        b"\xc6",
        b"\x86\x00\x00\x00",
        b"\x06\x00\x00\x00\x80\x00\x01\x09" + bytes(4),
        b"\x03\x00\x00\x00\x01\x00\x01\x14" + bytes(4),
        b"".join(b"\x00" + bytes((csid,)) + bytes(6) + b"\x09" + bytes(4) for csid in range(65)),
    ],
    ids=["no header yet", "no length yet", "picture of 8 MiB", "command of 64 KiB", "65 chunk streams"],
)
def test_refuses(data: bytes) -> None:
    with pytest.raises(RtmpError):
        _read(data)


@pytest.mark.parametrize("size", [0, MAX_CHUNK_BYTES + 1, 0x7FFFFFFF])
def test_refuses_chunk_sizes(size: int) -> None:
    with pytest.raises(RtmpError):
        ChunkReader().chunk_bytes = size


def test_unfinished_messages_together_are_bounded() -> None:
    chunker = Chunker(size=MAX_CHUNK_BYTES)
    reader = ChunkReader()
    reader.chunk_bytes = MAX_CHUNK_BYTES
    with pytest.raises(RtmpError):
        for csid in range(10, 14):
            for chunk in chunker.chunks(csid, VIDEO, 0, bytes(8 << 20))[:-1]:
                reader.push(chunk)
                assert reader.next() is None


@pytest.mark.parametrize(
    ("wire", "values"),
    [
        (
            amf("connect", 1, {"app": "live", "on": True, "none": None}),
            ["connect", 1.0, {"app": "live", "on": True, "none": None}],
        ),
        (b"\x08\x00\x00\x00\x63\x00\x01a\x05\x00\x00\x09", [{"a": None}]),
        (b"\x0a\x00\x00\x00\x02\x05\x06", [[None, None]]),
        (b"\x0b" + bytes(10), [0.0]),
        (b"\x0c\x00\x00\x00\x02hi", ["hi"]),
        (b"\x10\x00\x01T\x00\x00\x09", [{}]),
        (b"\x02\x00\x01a\x11\x0a\x0b", ["a"]),
    ],
    ids=["connect", "array with a wrong count", "strict array", "date", "long string", "typed object", "AMF 3 behind"],
)
def test_amf(wire: bytes, values: list[object]) -> None:
    assert amf0.decode(wire) == values


@pytest.mark.parametrize(
    "wire",
    [
        b"\x00\x00",
        b"\x02\x00\x09short",
        b"\x03\x00\x01a",
        b"\x63",
        b"\x03\x00\x01a" * 20,
        b"\x0a\xff\xff\xff\xff" + b"\x05" * 1000,
        b"\x05" * 1000,
    ],
    ids=["number", "string", "object", "marker", "deep", "long array", "many"],
)
def test_amf_refuses(wire: bytes) -> None:
    with pytest.raises(RtmpError):
        amf0.decode(wire)


def test_amf_goes_round() -> None:
    values: list[amf0.Value] = ["名", 1.5, True, None, {"a": ["b", {"c": 0.0}]}]
    assert amf0.decode(amf0.encode(*values)) == values
