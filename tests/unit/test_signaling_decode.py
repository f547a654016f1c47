"""Any bytes become a message or one of three errors, fast."""

from __future__ import annotations

import random
import time
import typing

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conference.model.errors import JsonTooDeep, MessageInvalid, UnknownMessage
from signaling import protocol as wire
from signaling import wall_protocol as wall
from signaling.decode import decode

EXAMPLES: tuple[wire.ClientMessage, ...] = (
    wire.Join(version=1, token="a.b.c", name="王芳", resume="r", media_alive=True),
    wire.PublishOffer(offer=1, sdp="v=0\r\n", tracks=[wire.PublishTrack(mid="0", source="camera")]),
    wire.SubscribeAnswer(offer=2, sdp="v=0\r\n"),
    wire.Wants(tracks=[wire.WantedTrack(track="t-1", width=640, height=360)]),
    wire.Mute(track="t-1", muted=True),
    wire.Block(track="t-1", blocked=True),
    wire.RecordStart(),
    wire.RecordStop(),
    wire.RestartDown(),
    wire.Remove(participant="p-1"),
    wire.Leave(),
    wire.Ping(sent_ms=1.5),
    wall.WatchWalls(on=True),
    wall.EditWall(wall="w-1", base=3, edit=wall.Place(pane=0, content=wall.WallContent(kind="text", text="值班"))),
    wall.ReportWall(version=3, width=3840, height=2160, panes=[wall.SeenPane(pane=0, state="frozen", age_ms=9000)]),
)


def outcome(text: bytes) -> str:
    try:
        return type(decode(text, max_depth=32)).__name__
    except (JsonTooDeep, MessageInvalid, UnknownMessage) as error:
        return error.code


@pytest.mark.parametrize("message", EXAMPLES, ids=lambda m: type(m).__name__)
def test_what_is_said_is_heard(message: wire.ClientMessage) -> None:
    assert decode(wire.encode(message), max_depth=32) == message


def test_every_word_has_an_example() -> None:
    assert {type(message) for message in EXAMPLES} == set(typing.get_args(wire.ClientMessage))


@given(st.binary(max_size=400))
@example(b"\xff")
@example(b'{"type":"join","version":1,"token":"\xff"}')
@example(b'{"type":"join","version":1,"token":"\\ud800"}')
@example(b'{"type":"ping","sentMs":1e999}')
@example(b'{"type":"ping","sentMs":NaN}')
@example(b'{"type":1}')
@example(b'{"type":"\\ud83d\\ude00"}')
def test_any_bytes(text: bytes) -> None:
    assert outcome(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=30,
)


@given(st.sampled_from(sorted(wire.CLIENT_TYPES)), st.dictionaries(st.text(max_size=10), json_values, max_size=6))
def test_known_types_with_any_fields(kind: str, fields: dict[str, object]) -> None:
    text = msgspec.json.encode(fields | {"type": kind})
    assert outcome(text) != "unknown-message"


@given(
    st.sampled_from(EXAMPLES),
    st.sampled_from(["sdp", "token", "name", "track", "mid", "offer", "tracks", "edit", "panes"]),
    json_values,
)
def test_one_field_replaced(message: wire.ClientMessage, name: str, value: object) -> None:
    fields = msgspec.json.decode(wire.encode(message))
    assert outcome(msgspec.json.encode(fields | {name: value}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"type":"dance"}', "unknown-message"),
        (b'{"type":"Join"}', "unknown-message"),
        (b'{"type":""}', "unknown-message"),
        (b'{"type":null}', "message-invalid"),
        (b"{}", "message-invalid"),
        (b'{"type":"leave","extra":{"a":[1]}}', "Leave"),
        (b'{"type":"leave","type":"restart-down"}', "message-invalid"),
        (b'{"type":"publish-offer","offer":0,"sdp":"","tracks":[]}', "message-invalid"),
        (b'{"type":"wants","tracks":[{"track":"t","width":-1,"height":1}]}', "message-invalid"),
        (b'{"type":"leave","x":' + b"[" * 31 + b"]" * 31 + b"}", "Leave"),
        (b'{"type":"leave","x":' + b"[" * 32 + b"]" * 32 + b"}", "json-too-deep"),
    ],
)
def test_particular_texts(text: bytes, expected: str) -> None:
    assert outcome(text) == expected


def test_65_tracks_in_an_offer_are_too_many() -> None:
    tracks = [wire.PublishTrack(mid=str(n), source="camera") for n in range(65)]
    assert outcome(wire.encode(wire.PublishOffer(offer=1, sdp="v=0", tracks=tracks))) == "message-invalid"


def mutated(text: bytes, dice: random.Random) -> bytes:
    """One to four random edits: flip, cut, repeat, insert something JSON cares about."""
    raw = bytearray(text)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(raw) + 1)
        match dice.randrange(5):
            case 0 if at < len(raw):
                raw[at] = dice.randrange(256)
            case 1:
                del raw[at : at + dice.randint(1, 8)]
            case 2:
                raw[at:at] = raw[at : at + 16] * dice.randint(1, 50)
            case 3:
                raw[at:at] = dice.choice([b"[" * 40, b'"', b"\\", b"{", b"}", b"null", b"1e308", b"\\ud800", b"\x00"])
            case _:
                raw[at:at] = dice.randbytes(dice.randint(1, 8))
    return bytes(raw)


def test_ten_thousand_mutated_messages_are_decoded_in_bounded_time() -> None:
    dice = random.Random(20)
    texts = [mutated(wire.encode(dice.choice(EXAMPLES)), dice) for _ in range(10_000)]
    slowest_s = 0.0
    counts: dict[str, int] = {}
    for text in texts:
        started_s = time.process_time()
        result = outcome(text)
        slowest_s = max(slowest_s, time.process_time() - started_s)
        counts[result] = counts.get(result, 0) + 1
    assert slowest_s < 0.05
    assert counts["message-invalid"] > 1000
    assert counts["json-too-deep"] > 100
