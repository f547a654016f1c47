"""The clear side of RTMPS: bytes pass in both directions, in bounded memory, to the last one."""

import contextlib
import random
import socket
from collections.abc import Iterator

import pytest

from conference.sources.worker.rtmp.channel import ClearChannel
from conference.sources.worker.rtmp.pump import MAX_WAITING_BYTES, Pump
from tests.fakes.rtmp_loop import HandLoop

KERNEL_BYTES = 1 << 20
"""More than two socket buffers hold."""


class _Line:
    """publisher <-> pump <-> child."""

    def __init__(self) -> None:
        self.loop = HandLoop()
        self.publisher, outside = socket.socketpair()
        inside, self.child = socket.socketpair()
        for end in (self.publisher, self.child):
            end.settimeout(0)
        self.over: list[Pump] = []
        self.pump = Pump(ClearChannel(outside), inside, loop=self.loop, over=self.over.append)  # type: ignore[arg-type]
        self.pump.start()

    def send_all_it_takes(self, data: bytes) -> int:
        """Until the pump takes no more; what went in."""
        sent, before = 0, -1
        while sent < len(data) and sent != before:
            before = sent
            with contextlib.suppress(BlockingIOError):
                sent += self.publisher.send(data[sent : sent + 65536])
            self.loop.turn()
        return sent

    def receive_all(self) -> bytes:
        """What the child gets until there is nothing more."""
        got = b""
        while True:
            self.loop.turn()
            try:
                piece = self.child.recv(1 << 20)
            except BlockingIOError:
                return got
            if not piece:
                return got
            got += piece


@pytest.fixture
def line() -> Iterator[_Line]:
    it = _Line()
    yield it
    it.pump.close()
    it.publisher.close()
    it.child.close()


def test_a_child_that_does_not_read_holds_the_publisher_up(line: _Line) -> None:
    data = random.Random(1).randbytes(8 << 20)
    sent = line.send_all_it_takes(data)
    assert MAX_WAITING_BYTES < sent < MAX_WAITING_BYTES + KERNEL_BYTES
    got = line.receive_all()
    while sent < len(data):
        sent += line.send_all_it_takes(data[sent:])
        got += line.receive_all()
    assert got + line.receive_all() == data


def test_what_a_publisher_sent_before_it_left_arrives(line: _Line) -> None:
    data = random.Random(2).randbytes(4 << 20)
    sent = line.send_all_it_takes(data)
    line.publisher.close()
    line.loop.turn()
    assert not line.over
    assert line.receive_all() == data[:sent]
    assert line.over == [line.pump] and not line.loop.watched


def test_answers_pass_and_the_end_of_the_child_ends_the_publisher(line: _Line) -> None:
    line.child.send(b"answer")
    line.loop.turn()
    assert line.publisher.recv(100) == b"answer"
    line.child.close()
    line.loop.turn()
    assert line.publisher.recv(100) == b"" and line.over == [line.pump]


def test_a_publisher_that_does_not_read_answers_ends_with_its_child(line: _Line) -> None:
    for _ in range(200):
        with contextlib.suppress(BlockingIOError):
            line.child.send(bytes(65536))
        line.loop.turn()
    line.child.close()
    while not line.over:
        line.loop.turn()
        line.publisher.recv(1 << 20)
