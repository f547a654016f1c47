"""A composer child after the fork: hears what it is for, gives up its rights, then composes until told to stop."""

import os
import socket
from collections.abc import Callable

from conference.children.datagrams import close_all
from conference.children.worker import sandbox
from conference.children.worker.control import Control, receive_start
from conference.children.worker.loop import Loop
from conference.children.worker.memory import PICTURES_APART_BYTES, keep_small
from conference.children.worker.seccomp import Profile
from recorder.composed import words
from recorder.composed.family import COMPOSERS
from recorder.composed.worker.studio import Studio


def confine(start: words.Start) -> None:
    """From here on: what is open, what comes as descriptors, and nothing else."""
    sandbox.close(Profile.FILM, start.limits)


def run(sock: socket.socket, confine: Callable[[words.Start], None] = confine) -> None:
    """The template's entry: the whole life of a composer on its control socket. What it raises is a crash. `confine` is
    called before the first thread."""
    start, fds = receive_start(sock, COMPOSERS)
    close_all(fds)
    keep_small(heaps=2, apart_bytes=PICTURES_APART_BYTES)
    confine(start)
    Child(sock, start).run()


class Child:
    """Control socket and studio, joined."""

    def __init__(self, sock: socket.socket, start: words.Start) -> None:
        self._loop = Loop()
        self._control: Control[words.ToChild, words.FromChild] = Control(sock, COMPOSERS, self._loop)
        self._studio = Studio(self._loop, start, self._control.send, self._done)
        self._control.on_word = self._studio.heard

    def run(self) -> None:
        """Until every output is finished and told; ends the process."""
        self._control.beat()
        self._control.start()
        self._loop.run()

    def _done(self) -> None:
        self._control.send(words.Ended("stopped"))
        self._loop.every(0.01, self._leave)

    def _leave(self) -> None:
        if self._control.idle:
            os._exit(0)
