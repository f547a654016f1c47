"""How the reader of one publisher begins and ends."""

import contextlib
import os
import socket
from collections.abc import Iterator

import pytest

from conference.sources import words
from conference.sources.worker.rtmp.lobby import Lobby
from conference.sources.worker.rtmp.session import NO_MEDIA_S, TRACKS_WITHIN_S, open_rtmp
from tests.fakes.rtmp_client import Chunker, aac_frame, avc_configuration, avc_picture, opening
from tests.fakes.rtmp_loop import HandLoop
from tests.fakes.rtmp_sink import RememberingSink


class _Bench:
    def __init__(self) -> None:
        self.loop = HandLoop()
        self.sink = RememberingSink()
        self.peer, ours = socket.socketpair()
        self.peer.settimeout(5)
        self.fd = ours.detach()
        self.ends: list[tuple[str, str]] = []
        self.connected = 0
        self.chunker = Chunker()

    def begin(self, state: bytes | None = None) -> None:
        if state is None:
            lobby = Lobby()
            lobby.receive(opening(self.chunker, "key"))
            state = lobby.snapshot()

        def connected() -> None:
            self.connected += 1

        self.reader = open_rtmp(
            words.RtmpJob(state=state),
            [self.fd],
            self.loop,  # type: ignore[arg-type]
            self.sink,
            connected,
            lambda cause, detail: self.ends.append((cause, detail)),
        )
        self.reader.start()

    def push(self, data: bytes) -> None:
        self.peer.sendall(data)
        self.loop.turn()

    def picture(self, at_ms: int) -> bytes:
        return self.chunker.message(6, 9, at_ms, avc_picture(500))


@pytest.fixture
def bench() -> Iterator[_Bench]:
    it = _Bench()
    yield it
    it.peer.close()
    if not it.ends:
        os.close(it.fd)


def test_begins_with_start_and_says_connected_once(bench: _Bench) -> None:
    bench.begin()
    assert bench.connected == 1 and not bench.ends
    assert b"NetStream.Publish.Start" in bench.peer.recv(65536)


def test_tracks_are_known_after_a_moment(bench: _Bench) -> None:
    bench.begin()
    bench.push(bench.chunker.message(6, 9, 0, avc_configuration()) + bench.picture(0))
    bench.loop.pass_s(TRACKS_WITHIN_S - 0.1)
    assert bench.sink.known == 0
    bench.loop.pass_s(0.2)
    bench.push(bench.chunker.message(4, 8, 0, b"\x72" + aac_frame(9)))
    assert bench.sink.known == 1 and [fmt.codec for fmt in bench.sink.audio_formats] == ["pcma"]


def test_ten_seconds_without_media_end_it_and_pings_are_none(bench: _Bench) -> None:
    bench.begin()
    for at_s in range(15):
        bench.push(bench.picture(at_s * 1000))
        bench.loop.pass_s(1)
    assert not bench.ends
    for _ in range(8):
        bench.loop.pass_s(1)
        bench.push(bench.chunker.message(2, 4, 0, b"\x00\x06\x00\x00\x00\x01", 0))
    assert not bench.ends
    bench.loop.pass_s(NO_MEDIA_S - 8)
    bench.loop.pass_s(60)
    assert bench.ends == [("no-media", "")] and not bench.loop.watched


@pytest.mark.parametrize("goodbye", ["FCUnpublish", "deleteStream", "closeStream"])
def test_a_goodbye_is_answered_and_the_publisher_closes(bench: _Bench, goodbye: str) -> None:
    bench.begin()
    bench.push(bench.picture(0) + bench.chunker.command(goodbye, 6, None, "key") + bench.picture(40))
    assert not bench.ends and len(bench.sink.pictures) == 1
    assert b"NetStream.Unpublish.Success" in bench.peer.recv(65536)
    bench.loop.pass_s(1)
    assert bench.ends == [("publisher-left", "unpublished")]


def test_a_closed_connection_is_a_publisher_that_left(bench: _Bench) -> None:
    bench.begin()
    bench.push(bench.picture(0))
    bench.peer.shutdown(socket.SHUT_WR)
    bench.loop.turn()
    assert bench.ends == [("publisher-left", "connection closed")]


def test_broken_protocol(bench: _Bench) -> None:
    bench.begin()
    bench.push(bench.picture(0) + b"\xff" * 300)
    assert [cause for cause, _ in bench.ends] == ["protocol"] and len(bench.sink.pictures) == 1


def test_a_forged_state(bench: _Bench) -> None:
    bench.begin(b"\x81\xa1")
    assert [cause for cause, _ in bench.ends] == ["protocol"] and bench.connected == 0


def test_stop_ends_at_once_and_only_once(bench: _Bench) -> None:
    bench.begin()
    bench.reader.stop()
    bench.reader.stop()
    bench.loop.pass_s(60)
    assert bench.ends == [("publisher-left", "stopped")] and not bench.loop.watched


def test_a_peer_that_never_reads_is_ended(bench: _Bench) -> None:
    bench.begin()
    pings = memoryview(bench.chunker.message(2, 4, 0, b"\x00\x06\x00\x00\x00\x01", 0) * 100_000)
    bench.peer.settimeout(0)
    while pings and not bench.ends:
        with contextlib.suppress(BlockingIOError):
            pings = pings[bench.peer.send(pings[:65536]) :]
        bench.loop.turn()
    assert bench.ends == [("protocol", "peer does not read our answers")]
