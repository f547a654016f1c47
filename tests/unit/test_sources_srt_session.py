"""The reader of one SRT publisher, on a clock made by hand."""

import heapq
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from conference.sources import words
from conference.sources.worker.srt.session import NO_DATA_S, NO_MEDIA_S, SrtReader, open_srt
from tests.fakes.ts_mux import Mux, pes
from tests.fakes.ts_sink import Remembering

VIDEO = 0x101


@dataclass
class ManualLoop:
    """What the reader uses of a loop; time passes when told."""

    at_s: float = 100.0
    watched: dict[int, Callable[[], None]] = field(default_factory=dict)
    periodic: list[tuple[float, float, Callable[[], None]]] = field(default_factory=list)

    def now_s(self) -> float:
        return self.at_s

    def watch(self, fd: int, ready: Callable[[], None]) -> None:
        self.watched[fd] = ready

    def unwatch(self, fd: int) -> None:
        del self.watched[fd]

    def every(self, period_s: float, call: Callable[[], None]) -> None:
        heapq.heappush(self.periodic, (self.at_s + period_s, period_s, call))

    def read(self) -> None:
        for ready in list(self.watched.values()):
            ready()

    def pass_s(self, seconds: float) -> None:
        until_s = self.at_s + seconds
        while self.periodic and self.periodic[0][0] <= until_s:
            self.at_s, period_s, call = heapq.heappop(self.periodic)
            heapq.heappush(self.periodic, (self.at_s + period_s, period_s, call))
            call()
        self.at_s = until_s


@dataclass
class Session:
    """A started reader and the gate's end of its socket."""

    loop: ManualLoop
    gate: socket.socket
    reader: SrtReader
    sink: Remembering
    connected: list[bool]
    ended: list[tuple[str, str]]

    def send(self, data: bytes) -> None:
        for at in range(0, len(data), 1316):
            self.gate.send(data[at : at + 1316])
        self.loop.read()


@pytest.fixture
def session() -> Iterator[Session]:
    """Ended and closed at the end."""
    gate, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    loop, sink = ManualLoop(), Remembering()
    connected: list[bool] = []
    ended: list[tuple[str, str]] = []
    reader = open_srt(
        words.SrtJob(),
        [os.dup(far.fileno())],
        loop,  # type: ignore[arg-type]
        sink,
        lambda: connected.append(True),
        lambda cause, detail: ended.append((str(cause), detail)),
    )
    far.close()
    reader.start()
    yield Session(loop, gate, reader, sink, connected, ended)
    reader.stop()
    gate.close()


def film(mux: Mux, number: int) -> bytes:
    """One picture."""
    return mux.tables([(VIDEO, 0x1B, b"")]) + mux.unit(VIDEO, pes(b"\0\0\1\x65" + bytes(3000), 3600 * number))


def test_units_come_out_and_the_end_is_told_once(session: Session) -> None:
    assert session.connected == [True]
    mux = Mux()
    for number in range(3):
        session.send(film(mux, number))
    session.gate.close()
    session.loop.read()
    assert len(session.sink.videos) == 3
    assert session.ended == [("publisher-left", "connection closed")]
    session.reader.stop()
    session.loop.pass_s(60)
    assert len(session.ended) == 1


def test_silence_ends_it(session: Session) -> None:
    session.send(film(Mux(), 0))
    session.loop.pass_s(NO_DATA_S - 0.3)
    assert session.ended == []
    session.loop.pass_s(0.6)
    assert [cause for cause, _ in session.ended] == ["no-media"]


def null_packets(_mux: Mux) -> bytes:
    return Mux().packet(0x1FFF, bytes(184))


def only_data(mux: Mux) -> bytes:
    return mux.tables([(VIDEO, 0x06, b"")])


def empty_tracks(mux: Mux) -> bytes:
    return mux.tables([(VIDEO, 0x1B, b"")])


def scrambled(mux: Mux) -> bytes:
    return mux.tables([(VIDEO, 0x1B, b"")]) + mux.packet(VIDEO, bytes(184), scrambling=3)


def noise(_mux: Mux) -> bytes:
    return bytes(1316)


@pytest.mark.parametrize(
    ("what", "end"),
    [
        (null_packets, ("protocol", "no transport stream")),
        (noise, ("protocol", "no transport stream")),
        (only_data, ("no-tracks", "")),
        (empty_tracks, ("no-media", "tracks without media")),
        (scrambled, ("video-codec", "scrambled")),
    ],
)
def test_data_without_media_ends_it(session: Session, what: Callable[[Mux], bytes], end: tuple[str, str]) -> None:
    mux = Mux()
    for _ in range(int(NO_MEDIA_S) + 1):
        if not session.ended:
            session.send(what(mux))
            session.loop.pass_s(1.0)
    assert session.ended == [end]


def test_stop_closes_the_socket(session: Session) -> None:
    session.reader.stop()
    assert session.ended == [("publisher-left", "stopped")]
    assert session.loop.watched == {}
    with pytest.raises(BrokenPipeError):
        session.gate.send(b"more")
