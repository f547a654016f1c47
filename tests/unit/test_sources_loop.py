"""The poll loop of a child, with real sockets and real time."""

import itertools
import os
import socket
import time
from collections.abc import Iterator

import pytest

from conference.children.worker.loop import Loop


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    theirs.settimeout(0)
    yield ours, theirs
    ours.close()
    theirs.close()


def test_a_readable_descriptor_is_called(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    loop, read = Loop(), []

    def ready() -> None:
        read.append(ours.recv(100))
        loop.stop()

    loop.watch(ours.fileno(), ready)
    theirs.send(b"x")
    loop.run()
    assert read == [b"x"]


def test_writing_is_watched_only_while_asked(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    loop, calls = Loop(), []

    def ready() -> None:
        raise AssertionError("there is nothing to read")

    def write() -> None:
        calls.append("write")
        loop.watch(ours.fileno(), ready)
        loop.later(0.05, loop.stop)

    loop.watch(ours.fileno(), ready, write=write)
    loop.run()
    assert calls == ["write"]


def test_the_end_of_a_peer_is_readable(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    loop, calls = Loop(), []

    def ready() -> None:
        calls.append(ours.recv(100))
        loop.unwatch(ours.fileno())
        loop.stop()

    loop.watch(ours.fileno(), ready)
    theirs.close()
    loop.run()
    assert calls == [b""]


def test_unwatched_in_the_same_turn_is_not_called() -> None:
    loop, called = Loop(), []
    pipes = [os.pipe() for _ in range(2)]
    for index, (read, write) in enumerate(pipes):
        os.write(write, b"x")

        def ready(index: int = index) -> None:
            called.append(index)
            for other, _ in pipes:
                loop.unwatch(other)
            loop.later(0.02, loop.stop)

        loop.watch(read, ready)
    loop.run()
    assert len(called) == 1
    for pipe in pipes:
        os.close(pipe[0])
        os.close(pipe[1])


def test_a_number_used_again_belongs_to_its_new_owner() -> None:
    loop, called = Loop(), []
    read, write = os.pipe()
    loop.watch(read, lambda: called.append("old"))
    loop.unwatch(read)
    loop.unwatch(read)
    os.close(read)
    again, other = os.pipe()
    assert again == read

    def ready() -> None:
        called.append("new")
        loop.stop()

    loop.watch(again, ready)
    os.write(other, b"x")
    loop.run()
    assert called == ["new"]
    for fd in (again, write, other):
        os.close(fd)


def test_timers_in_order_and_cancelled() -> None:
    loop, called = Loop(), []
    loop.later(0.03, lambda: called.append("late"))
    loop.later(0.01, lambda: called.append("early"))
    never = loop.later(0.02, lambda: called.append("never"))
    never.cancel()
    loop.later(0.04, loop.stop)
    begun_s = loop.now_s()
    loop.run()
    assert called == ["early", "late"]
    assert loop.now_s() - begun_s >= 0.04
    never.cancel()


def test_a_period_does_not_make_up_for_what_was_missed() -> None:
    loop, calls = Loop(), []

    def call() -> None:
        calls.append(loop.now_s())
        if len(calls) == 1:
            time.sleep(0.1)
        if len(calls) == 4:
            loop.stop()

    loop.every(0.02, call)
    begun_s = loop.now_s()
    loop.run()
    gaps = [later - earlier for earlier, later in itertools.pairwise(calls)]
    assert calls[0] - begun_s >= 0.02
    # One call at once after the hold-up, then the old pace.
    assert sum(gap < 0.015 for gap in gaps) <= 1


def test_a_timer_that_sets_itself_again_leaves_room_for_sockets(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    loop, turns = Loop(), []

    def again() -> None:
        turns.append(1)
        if len(turns) == 10:
            theirs.send(b"x")
        loop.later(0, again)

    loop.watch(ours.fileno(), loop.stop)
    again()
    loop.run()
    assert len(turns) >= 10


def test_what_a_callback_raises_ends_the_loop() -> None:
    loop = Loop()

    def fail() -> None:
        raise ValueError("as asked")

    loop.later(0, fail)
    with pytest.raises(ValueError, match="as asked"):
        loop.run()
