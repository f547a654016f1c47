"""The gate's bounds: how many may wait, how long, how often an address may guess, and that others are unharmed."""

import socket
import time
from collections.abc import Iterator

import pytest

from conference.sources import words
from conference.sources.worker.rtmp.peers import REFUSALS_PER_MINUTE, Tally, neighbourhood
from tests.fakes.rtmp_client import HANDSHAKE, Chunker, aac_frame, avc_configuration, avc_picture, opening
from tests.fakes.rtmp_stage import Stage, stage


@pytest.fixture
def stand() -> Iterator[Stage]:
    with stage({"good": "", "other": "", "used": "busy"}) as it:
        yield it


def _dial(port: int, *, source: str = "127.0.0.1") -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=15, source_address=(source, 0))


def _until_closed(sock: socket.socket) -> bytes:
    """Everything the gate still says."""
    said = b""
    try:
        while piece := sock.recv(65536):
            said += piece
    except ConnectionResetError:
        pass
    return said


def _closed_at_once(sock: socket.socket) -> bool:
    sock.settimeout(1.0)
    try:
        return sock.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


def _media(chunker: Chunker, count: int) -> bytes:
    out = chunker.message(6, 9, 0, avc_configuration())
    for number in range(count):
        out += chunker.message(6, 9, number * 40, avc_picture(2000)) + chunker.message(4, 8, number * 40, aac_frame(50))
    return out


def test_all_at_once_and_nothing_is_lost(stand: Stage) -> None:
    chunker = Chunker()
    with _dial(stand.port) as sock:
        sock.sendall(opening(chunker, "good") + _media(chunker, 50) + chunker.command("deleteStream", 8, None, 1))
        session = stand.sessions.get(timeout=5)
        sock.shutdown(socket.SHUT_WR)
        assert session.ended.get(timeout=5)[0] == "publisher-left"
        assert len(session.sink.pictures) == 50
        assert b"NetStream.Publish.Start" in _until_closed(sock)
    assert session.connected == 1


@pytest.mark.parametrize(("key", "why"), [("bad", b"Unknown stream key"), ("used", b"Another publisher")])
def test_refusals_are_told_and_nothing_is_handed_over(stand: Stage, key: str, why: bytes) -> None:
    chunker = Chunker()
    with _dial(stand.port) as sock:
        sock.sendall(opening(chunker, key) + _media(chunker, 50))
        assert why in _until_closed(sock)
    assert [type(word) for word in stand.told] == [words.Knock]


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\n\r\n", b"\x06" + bytes(1536), b"\x16\x03\x01"])
def test_what_is_not_rtmp_is_closed_at_once(stand: Stage, first: bytes) -> None:
    with _dial(stand.port) as sock:
        sock.sendall(first)
        assert _closed_at_once(sock)


def test_who_shows_no_key_is_closed_in_five_seconds(stand: Stage) -> None:
    began_s = time.monotonic()
    with _dial(stand.port) as silent, _dial(stand.port) as slow:
        slow.sendall(HANDSHAKE[:1000])
        time.sleep(0.5)
        slow.sendall(HANDSHAKE[1000:1001])
        assert _until_closed(silent) == b""
        assert _until_closed(slow) == b""
    assert 4.5 < time.monotonic() - began_s < 7
    assert not stand.told


def test_one_address_cannot_take_all_places(stand: Stage) -> None:
    crowd = [_dial(stand.port) for _ in range(20)]
    try:
        with _dial(stand.port) as one_more:
            assert _closed_at_once(one_more)
        chunker = Chunker()
        with _dial(stand.port, source="127.0.0.2") as other:
            other.sendall(opening(chunker, "good") + _media(chunker, 3))
            stand.sessions.get(timeout=5)
    finally:
        for sock in crowd:
            sock.close()


def test_a_full_waiting_room_lets_newcomers_in(stand: Stage) -> None:
    crowd = [_dial(stand.port, source=f"127.0.1.{1 + number % 10}") for number in range(200)]
    try:
        chunker = Chunker()
        with _dial(stand.port, source="127.0.2.1") as sock:
            sock.sendall(opening(chunker, "good") + _media(chunker, 3))
            stand.sessions.get(timeout=5)
    finally:
        for sock in crowd:
            sock.close()


def test_a_publisher_goes_on_unharmed_while_a_second_one_is_refused(stand: Stage) -> None:
    chunker = Chunker()
    with _dial(stand.port) as first:
        first.sendall(opening(chunker, "good") + _media(chunker, 10))
        session = stand.sessions.get(timeout=5)
        stand.answers["good"] = "busy"
        with _dial(stand.port) as second:
            second.sendall(opening(Chunker(), "good"))
            assert b"NetStream.Publish.Denied" in _until_closed(second)
        first.sendall(b"".join(chunker.message(6, 9, 400 + at * 40, avc_picture(900)) for at in range(10)))
        first.shutdown(socket.SHUT_WR)
        assert session.ended.get(timeout=5) == ("publisher-left", "connection closed")
    assert len(session.sink.pictures) == 20


def test_a_publisher_that_breaks_the_protocol_ends_alone(stand: Stage) -> None:
    chunker, broken = Chunker(), Chunker()
    with _dial(stand.port) as good, _dial(stand.port) as bad:
        good.sendall(opening(chunker, "good"))
        session = stand.sessions.get(timeout=5)
        bad.sendall(opening(broken, "other") + broken.message(2, 1, 0, b"\x7f\xff\xff\xff"))
        assert stand.sessions.get(timeout=5).ended.get(timeout=5)[0] == "protocol"
        good.sendall(_media(chunker, 5))
        good.shutdown(socket.SHUT_WR)
        assert session.ended.get(timeout=5)[0] == "publisher-left"
    assert len(session.sink.pictures) == 5


def test_a_gone_guest_is_told_only_when_it_had_knocked(stand: Stage) -> None:
    with _dial(stand.port) as sock:
        sock.sendall(opening(Chunker(), "bad"))
        _until_closed(sock)
    with _dial(stand.port) as sock:
        sock.sendall(HANDSHAKE)
    with _dial(stand.port) as sock:
        sock.sendall(opening(Chunker(), "good"))
        stand.sessions.get(timeout=5)
    assert not [word for word in stand.told if isinstance(word, words.Gone)]


def test_guessing_slows_down() -> None:
    refusals = Tally(30)
    assert [refusals.count("a", 0.0) for _ in range(31)] == [True] * 30 + [False]
    assert refusals.count("b", 1.0) and not refusals.count("a", 59.0) and refusals.count("a", 60.0)


def test_addresses_nobody_hears_of_any_more_are_forgotten() -> None:
    refusals = Tally(1)
    assert refusals.count("first", 0.0) and not refusals.count("first", 0.0)
    for number in range(5000):
        refusals.count(str(number), 1.0)
    assert refusals.count("first", 2.0)


def test_slowed_refusals_take_two_seconds(stand: Stage) -> None:
    for _ in range(REFUSALS_PER_MINUTE):
        with _dial(stand.port) as sock:
            sock.sendall(opening(Chunker(), "bad"))
            assert b"Denied" in _until_closed(sock)
    began_s = time.monotonic()
    with _dial(stand.port) as sock, _dial(stand.port) as good:
        sock.sendall(opening(Chunker(), "bad"))
        good.sendall(opening(Chunker(), "good"))
        stand.sessions.get(timeout=1.5)
        assert b"Denied" in _until_closed(sock)
    assert 1.9 < time.monotonic() - began_s < 5


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_neighbourhoods(address: str, near: str) -> None:
    assert neighbourhood(address) == near
