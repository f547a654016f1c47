"""The child's end of the control socket."""

import os
import socket
from collections.abc import Iterator

import pytest

from conference.children.datagrams import MAX_FDS, pair, receive
from conference.children.worker.control import ControlFull, receive_start
from conference.children.worker.loop import Loop
from conference.sources import words
from conference.sources.family import SOURCES
from conference.sources.worker.control import Control
from tests.fakes.nursery import own_descriptors

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    core, child = pair(words.MAX_MESSAGE_BYTES)
    yield core, child
    core.close()
    child.close()


def test_words_and_descriptors_arrive(ends: Ends) -> None:
    core, child = ends
    loop, heard = Loop(), []
    control = Control(child, SOURCES, loop)

    def on_word(word: words.ToChild, fds: list[int]) -> None:
        heard.append((word, fds))
        loop.stop()

    control.on_word = on_word
    control.start()
    read, write = os.pipe()
    socket.send_fds(core, [words.encode(words.Stop())], [write])
    loop.run()
    ((word, fds),) = heard
    assert word == words.Stop()
    os.write(fds[0], b"x")
    assert os.read(read, 1) == b"x"
    for fd in (read, write, *fds):
        os.close(fd)


def test_beats_are_dropped_when_the_core_does_not_read_but_nothing_else(ends: Ends) -> None:
    _, child = ends
    control = Control(child, SOURCES, Loop())
    with pytest.raises(ControlFull, match="Data"):
        for _ in range(10_000):
            control.send(words.Data(kind="klv", pts_us=0, payload=bytes(60_000)))
    control.send(words.Thumbnail(jpeg=bytes(100_000), width=1, height=1))
    for _ in range(10_000):
        control.send(words.Beat())


def test_the_longest_word_fits(ends: Ends) -> None:
    core, child = ends
    Control(child, SOURCES, Loop()).send(
        words.Thumbnail(jpeg=bytes(words.MAX_MESSAGE_BYTES - 100), width=640, height=360)
    )
    data, fds = receive(core, words.MAX_MESSAGE_BYTES)
    assert (words.decode_from_child(data).width, fds) == (640, [])


def test_a_datagram_beyond_its_bounds_leaves_no_descriptor(ends: Ends) -> None:
    core, child = ends
    before = own_descriptors()
    for data, count in ((b"x" * 101, 3), (b"x", MAX_FDS + 1)):
        socket.send_fds(core, [data], [0] * count)
        with pytest.raises(ValueError, match="too long"):
            receive(child, 100)
        assert own_descriptors() == before


def test_only_start_comes_first(ends: Ends) -> None:
    core, child = ends
    core.send(words.encode(words.Stop()))
    with pytest.raises(ValueError, match="Stop before Start"):
        receive_start(child, SOURCES)
    start = words.Start("s_1", words.SrtJob(), words.Limits(), words.Quality())
    core.send(words.encode(start))
    assert receive_start(child, SOURCES) == (start, [])


def test_a_child_ends_at_once_without_its_core(ends: Ends) -> None:
    core, child = ends
    pid = os.fork()
    if pid == 0:
        core.close()
        loop = Loop()
        control = Control(child, SOURCES, loop)
        control.start()
        loop.later(5, lambda: os._exit(7))
        loop.run()
    core.close()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
