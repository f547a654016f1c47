"""The parts of a push: FLV bodies, chunks, what a slow line leaves out, addresses, and servers that say anything."""

from fractions import Fraction
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.composing import OutputKind
from conference.model.errors import AddressInvalid, SchemeRefused
from conference.model.push import PUSH_REASONS
from conference.sources.worker.rtmp.chunk_reader import ChunkReader
from recorder.composed.targets import target_of
from recorder.composed.worker.flv import CHUNK_BYTES, VIDEO, Pictures, message
from recorder.composed.worker.pushing import Backlog, PushFailed, Unit
from recorder.composed.worker.rtmp_client import RtmpClient
from recorder.film.encode import Coded
from tests.fakes.rtmp_client import PPS, SPS, Chunker

MS = Fraction(1, 1000)


def picture(at_ms: int, *, key: bool = False, size: int = 10) -> Coded:
    sets = b"\0\0\0\1" + SPS + b"\0\0\0\1" + PPS if key else b""
    nal = b"\0\0\0\1" + bytes((0x65 if key else 0x41,)) + b"\x88" * size
    return Coded(True, sets + nal, at_ms, at_ms, 40, MS, key)


def sound(at_ms: int) -> Coded:
    return Coded(False, b"aac", at_ms, at_ms, 21, MS, True)


@pytest.mark.parametrize("at_ms", [0, 5, 0xFFFFFE, 0xFFFFFF, 0x1000000, 0xFFFFFFFF])
@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_a_message_is_read_as_it_was_written(at_ms: int, size: int) -> None:
    reader = ChunkReader()
    reader.chunk_bytes = CHUNK_BYTES
    body = bytes(index % 251 for index in range(size))
    reader.push(message(VIDEO, 7, at_ms, body) * 2)
    for _ in range(2):
        read = reader.next()
        assert read is not None
        assert (read.type_id, read.stream_id, read.timestamp_ms, bytes(read.payload)) == (VIDEO, 7, at_ms, body)
    assert reader.next() is None


def test_parameter_sets_go_once_in_front_of_the_first_keyframe_they_belong_to() -> None:
    pictures = Pictures()
    head, body = pictures.bodies(picture(0, key=True))
    assert head[:5] == b"\x17\0\0\0\0"
    assert head[5:11] == b"\x01" + SPS[1:4] + b"\xff\xe1"
    assert SPS in head
    assert PPS in head
    assert body[:2] == b"\x17\x01"
    assert body[5:] == (11).to_bytes(4, "big") + b"\x65" + b"\x88" * 10
    assert [one[:2] for one in pictures.bodies(picture(40))] == [b"\x27\x01"]
    assert len(pictures.bodies(picture(80, key=True))) == 1


def units_of(backlog: Backlog) -> list[tuple[int, bool]]:
    found = []
    while (unit := backlog.pop()) is not None:
        found.append((unit.at_ms, unit.packet.video))
    return found


def test_what_waits_too_long_goes_by_groups_with_their_sound() -> None:
    backlog = Backlog(max_ms=1000, max_bytes=1 << 20)
    for at_ms in range(0, 1500, 100):
        backlog.push(Unit(at_ms, picture(at_ms, key=at_ms % 500 == 0)))
        backlog.push(Unit(at_ms + 10, sound(at_ms + 10)))
    kept = units_of(backlog)
    assert kept[0] == (500, True)
    assert [at_ms for at_ms, video in kept if video] == list(range(500, 1500, 100))
    assert backlog.dropped_groups == 1


def test_what_is_too_large_goes_and_the_rest_of_its_group_too() -> None:
    backlog = Backlog(max_ms=10_000, max_bytes=1000)
    backlog.push(Unit(0, picture(0, key=True, size=600)))
    backlog.push(Unit(40, picture(40, size=600)))
    backlog.push(Unit(80, picture(80)))
    backlog.push(Unit(90, sound(90)))
    backlog.push(Unit(120, picture(120, key=True)))
    assert units_of(backlog) == [(120, True)]


def test_nothing_before_a_keyframe() -> None:
    backlog = Backlog()
    backlog.push(Unit(0, sound(0)))
    backlog.push(Unit(0, picture(0)))
    assert not backlog


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 400), st.integers(0, 300)), max_size=200))
def test_what_waits_is_bounded_and_begins_with_a_keyframe(steps: list[tuple[bool, bool, int, int]]) -> None:
    backlog = Backlog(max_ms=500, max_bytes=2000)
    at_ms = 0
    for video, key, wait_ms, size in steps:
        at_ms += wait_ms
        backlog.push(Unit(at_ms, picture(at_ms, key=key, size=size) if video else sound(at_ms)))
    units = list(backlog._units)
    assert sum(len(unit.packet.data) for unit in units) <= 2000
    if units:
        assert units[0].key
        assert units[-1].at_ms - units[0].at_ms <= 500


# ---- the server's side ----


def greeted() -> RtmpClient:
    client = RtmpClient("rtmp://far/live", "key")
    assert len(client.outgoing) == 1537
    client.outgoing.clear()
    client.receive(b"\x03" + b"S" * 1536)
    assert bytes(client.outgoing) == b"S" * 1536
    client.receive(b"T" * 1536)
    assert b"tcUrl" in client.outgoing
    client.outgoing.clear()
    return client


def test_a_server_that_takes_it() -> None:
    client, server = greeted(), Chunker()
    client.receive(server.command("_result", 1, None, {"code": "NetConnection.Connect.Success"}))
    assert b"createStream" in client.outgoing
    client.receive(server.command("_error", 2, None, None))  # it knows no releaseStream
    client.receive(server.command("_result", 4, None, 5))
    assert b"publish" in client.outgoing
    assert client.stream_id is None
    client.receive(server.command("onStatus", 0, None, {"level": "status", "code": "NetStream.Publish.Start"}))
    assert client.stream_id == 5
    client.outgoing.clear()
    client.receive(b"\x02\0\0\0\0\0\x06\x04\0\0\0\0" + b"\0\x06" + b"ping")
    assert bytes(client.outgoing).endswith(b"\0\x07ping")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (("_error", 1, None, {"code": "NetConnection.Connect.Rejected"}), "push-refused"),
        (("_error", 4, None, None), "push-refused"),
        (("_result", 4, None, "five"), "push-protocol"),
        (("onStatus", 0, None, {"level": "error", "code": "NetStream.Publish.BadName"}), "push-refused"),
        (("onStatus", 0, None, {"level": "status", "code": "NetStream.Unpublish.Success"}), "push-closed"),
        (("close", 0, None), "push-closed"),
    ],
)
def test_a_server_that_does_not(said: tuple[object, ...], code: str) -> None:
    with pytest.raises(PushFailed) as failed:
        greeted().receive(Chunker().command(*said))
    assert failed.value.code == code


@given(st.lists(st.binary(max_size=400), max_size=20), st.booleans())
def test_a_server_that_says_anything(pieces: list[bytes], after: bool) -> None:
    client = greeted() if after else RtmpClient("rtmp://far/live", "key")
    try:
        for piece in pieces:
            client.receive(piece)
    except PushFailed as failure:
        assert failure.code in PUSH_REASONS
    assert len(client.outgoing) <= 64 << 10


# ---- addresses ----


def test_addresses_are_taken_apart_and_not_shown() -> None:
    target = target_of(OutputKind.RTMP, "rtmp://live.example.org/app/geheim?token=1")
    assert (target.endpoint.host, target.endpoint.port) == ("live.example.org", 1935)
    assert (target.address, target.stream) == ("rtmp://live.example.org/app", "geheim?token=1")
    assert "geheim" not in repr(target)
    url = "srt://192.0.2.7:9000?streamid=%23!::r=lage&passphrase=geheime-parole&latency=500&mode=caller&pkt_size=1316"
    target = target_of(OutputKind.SRT, url)
    assert parse_qs(target.stream) == {
        "streamid": ["#!::r=lage"],
        "passphrase": ["geheime-parole"],
        "latency": ["500"],
    }
    assert "parole" not in repr(target)


@pytest.mark.parametrize(
    "url",
    [
        "srt://192.0.2.7:9000?passphrase=short",
        "srt://192.0.2.7:9000?latency=9000",
        "srt://192.0.2.7:9000?latency=-1",
        "srt://192.0.2.7:9000?mode=listener",
        f"srt://192.0.2.7:9000?streamid={'x' * 513}",
        "srt://192.0.2.7:9000?" + "&".join(f"a{number}=1" for number in range(20)),
    ],
)
def test_srt_addresses_that_cannot_be_meant(url: str) -> None:
    with pytest.raises(AddressInvalid):
        target_of(OutputKind.SRT, url)


def test_other_schemes_are_refused() -> None:
    for kind, url in ((OutputKind.RTMP, "srt://192.0.2.7:9000"), (OutputKind.SRT, "file:///etc/passwd")):
        with pytest.raises((SchemeRefused, AddressInvalid)):
            target_of(kind, url)
