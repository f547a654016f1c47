"""From the gate to the publisher's own process: wherever the bytes are cut, nothing is lost, nothing is read early."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.lobby import MAX_BYTES, Lobby
from conference.sources.worker.rtmp.media import FlvMedia
from conference.sources.worker.rtmp.publication import Publication
from conference.sources.worker.rtmp.stream_key import stream_key
from tests.fakes.rtmp_client import (
    HANDSHAKE,
    Chunker,
    aac_configuration,
    aac_frame,
    amf,
    avc_configuration,
    avc_picture,
    opening,
)
from tests.fakes.rtmp_sink import RememberingSink

KEY = "2f5c5d0e"


def _stream(size: int | None, *, leave: bool = True) -> bytes:
    """A whole publisher: opening, half a second of media with sound inside the pictures' chunks, goodbye."""
    chunker = Chunker()
    out = opening(chunker, KEY, size=size)
    out += chunker.message(6, 9, 0, avc_configuration()) + chunker.message(4, 8, 0, aac_configuration())
    for number in range(10):
        picture = chunker.chunks(6, 9, number * 40, avc_picture(3000 if number == 0 else 700, key=number == 0))
        sound = chunker.message(4, 8, number * 40 + 7, aac_frame(160 + number))
        out += picture[0] + sound + b"".join(picture[1:])
        if number == 5:
            out += chunker.set_size(500) + chunker.message(2, 4, 0, b"\x00\x06\x00\x00\x00\x2a", 0)
    return out + (chunker.command("FCUnpublish", 6, None, KEY) if leave else b"")


def _play(pieces: list[bytes]) -> tuple[RememberingSink, bytes, Publication]:
    """A gate reads the pieces up to the key, a publication the rest. Also: what the child would have sent."""
    lobby = Lobby()
    rest = iter(pieces)
    while lobby.key is None:
        lobby.receive(next(rest))
    assert lobby.key == KEY
    sink = RememberingSink()
    media = FlvMedia(sink, lambda: 0.0)
    publication = Publication(lobby.snapshot(), video=media.video, audio=media.audio)
    publication.start()
    for piece in rest:
        publication.receive(piece)
    return sink, bytes(publication.outgoing), publication


def _cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted({place % len(data) for place in places}), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@settings(max_examples=150, deadline=None)
@given(places=st.lists(st.integers(0, 1 << 20), max_size=60), size=st.sampled_from([None, 1, 300, 4096, 60_000]))
def test_any_cut_of_the_bytes_gives_the_same_media(places: list[int], size: int | None) -> None:
    data = _stream(size)
    whole, _, _ = _play([data])
    cut, _, publication = _play(_cut(data, places))
    assert cut.story == whole.story
    assert len(cut.pictures) == 10 and len(cut.frames) == 10 and cut.known == 1
    assert publication.left


@pytest.mark.parametrize("size", [None, 60_000])
def test_byte_by_byte(size: int | None) -> None:
    data = _stream(size)
    assert _play([bytes((byte,)) for byte in data])[0].story == _play([data])[0].story


def test_the_publisher_hears_start_before_anything_else_and_its_ping_is_answered() -> None:
    _, sent, _ = _play([_stream(None, leave=False)])
    assert sent.index(b"NetStream.Publish.Start") < sent.index(b"\x00\x07\x00\x00\x00\x2a")


def test_received_bytes_are_acknowledged_as_the_peer_asked() -> None:
    chunker = Chunker()
    window = chunker.message(2, 5, 0, (16 << 10).to_bytes(4, "big"), 0)
    pictures = b"".join(chunker.message(6, 9, at * 40, avc_picture(1000)) for at in range(40))
    data = HANDSHAKE + window + opening(chunker, KEY)[len(HANDSHAKE) :] + pictures
    _, sent, _ = _play(_cut(data, list(range(0, len(data), 1000))))
    assert sent.count(b"\x02\x00\x00\x00\x00\x00\x04\x03") == len(data) // (16 << 10)


def test_nothing_behind_the_publish_command_is_parsed() -> None:
    chunker = Chunker()
    lobby = Lobby()
    lobby.receive(opening(chunker, KEY) + b"\xff" * 500)
    assert lobby.key == KEY
    publication = Publication(lobby.snapshot(), video=lambda *_: None, audio=lambda *_: None)
    with pytest.raises(RtmpError):
        publication.start()


def test_the_answers_name_every_transaction() -> None:
    lobby = Lobby()
    lobby.receive(opening(Chunker(), KEY))
    sent = bytes(lobby.outgoing)
    assert sent[:1] == b"\x03" and sent[1537:3073] == HANDSHAKE[1:1537]
    assert b"NetConnection.Connect.Success" in sent
    assert all(amf("_result", number) in sent for number in (1, 2, 3, 4))


@pytest.mark.parametrize("code", ["unknown-key", "expired-key", "busy", "disabled", "full", "unheard-of"])
def test_a_refusal_says_why(code: str) -> None:
    texts = set()
    for refusal in (code, "unknown-key"):
        lobby = Lobby()
        lobby.receive(opening(Chunker(), KEY))
        lobby.deny(refusal)
        sent = bytes(lobby.outgoing)
        assert b"NetStream.Publish.Denied" in sent and KEY.encode() not in sent
        texts.add(sent[sent.index(b"description") :])
    assert len(texts) == (1 if code == "unknown-key" else 2)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x06" + bytes(3072),
        HANDSHAKE + Chunker().command("publish", 1, None, KEY, "live"),
        HANDSHAKE + Chunker(size=60_000).message(6, 9, 0, bytes(MAX_BYTES)),
        HANDSHAKE + b"".join(Chunker().command("connect", 1, {}) for _ in range(100)),
        HANDSHAKE + Chunker().message(2, 1, 0, b"\x7f\xff\xff\xff"),
    ],
    ids=["HTTP", "RTMPE", "no connect", "media first", "too many commands", "chunk size bomb"],
)
def test_the_lobby_refuses(data: bytes) -> None:
    lobby = Lobby()
    with pytest.raises(RtmpError):
        lobby.receive(data)
    assert len(lobby.outgoing) <= 64 << 10


@pytest.mark.parametrize("state", [b"", b"\x80", b"\xc1", bytes(200 << 10)], ids=["empty", "no fields", "junk", "huge"])
def test_a_forged_state_is_refused(state: bytes) -> None:
    with pytest.raises(RtmpError):
        Publication(state, video=lambda *_: None, audio=lambda *_: None)


@pytest.mark.parametrize(
    ("app", "name", "key"),
    [
        ("live", "abc", "abc"),
        ("live/", "abc?user=x", "abc"),
        ("live/abc", "", "abc"),
        ("live", "live/abc", "abc"),
        ("live?key=abc", "", "abc"),
        ("live", "stream?key=abc", "abc"),
        ("abc", "", "abc"),
        ("", "", ""),
        ("live", "a" * 129, ""),
        ("live", "ab\nc", ""),
        ("live", "钥匙", ""),
        ("live", "x?" + "&".join("a=b" for _ in range(50)), "x"),
    ],
)
def test_where_the_key_stands(app: str, name: str, key: str) -> None:
    assert stream_key(app, name) == key


def test_amf3_commands_and_a_typed_key() -> None:
    chunker = Chunker()
    lobby = Lobby()
    lobby.receive(HANDSHAKE + chunker.message(3, 17, 0, b"\x00" + amf("connect", 1, {"app": "live"}), 0))
    lobby.receive(chunker.message(3, 17, 0, b"\x00" + amf("publish", 2, None, KEY, "live")))
    assert lobby.key == KEY
