"""A recorder child after the fork: hears what it is for, gives up its rights, then records until it is told to stop."""

import os
import socket
from collections.abc import Callable
from typing import Final

from conference.children.datagrams import close_all
from conference.children.worker import sandbox
from conference.children.worker.control import Control, receive_start
from conference.children.worker.loop import Loop
from conference.children.worker.memory import keep_small
from conference.children.worker.seccomp import Profile
from recorder import words
from recorder.family import RECORDERS
from recorder.worker.recorder import Cause, Recorder

_APART_BYTES: Final = 128 << 10
"""More than each read takes, less than what a good camera hands to the disk at once."""


def confine(start: words.Start) -> None:
    """From here on: what is open, what comes as descriptors, and nothing else."""
    sandbox.close(Profile.RECORDER, start.limits)


def run(sock: socket.socket, confine: Callable[[words.Start], None] = confine) -> None:
    """The template's entry: the whole life of a recorder on its control socket. What it raises is a crash. `confine` is
    called before the first thread."""
    start, fds = receive_start(sock, RECORDERS)
    close_all(fds[1:])
    keep_small(heaps=1, apart_bytes=_APART_BYTES)
    confine(start)
    Child(sock, start, fds[0]).run()


class Child:
    """Control socket and recorder, joined."""

    def __init__(self, sock: socket.socket, start: words.Start, tap_fd: int) -> None:
        self._loop = Loop()
        self._leaving = False
        self._control: Control[words.ToChild, words.FromChild] = Control(
            sock, RECORDERS, self._loop, on_gone=self._core_gone
        )
        self._recorder = Recorder(self._loop, tap_fd, start.buffer_bytes, self._control.send, self._done)
        self._control.on_word = self._recorder.heard

    def run(self) -> None:
        """Until all is recorded and told; ends the process."""
        self._control.start()
        self._loop.run()

    def _core_gone(self) -> None:
        self._recorder.forsake()

    def _done(self, cause: Cause) -> None:
        if not self._leaving:
            self._leaving = True
            self._control.send(words.Ended(cause))
            self._loop.every(0.01, self._leave)

    def _leave(self) -> None:
        if self._control.idle:
            os._exit(0)
