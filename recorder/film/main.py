"""A film's child after the fork: hears what the film is made of, gives up its rights, then makes it and tells how."""

import os
import socket
import threading
from collections.abc import Callable
from typing import Final

from conference.children.datagrams import close_all
from conference.children.words import BEAT_PERIOD_S
from conference.children.worker import sandbox
from conference.children.worker.control import Control, receive_start
from conference.children.worker.loop import Loop
from conference.children.worker.seccomp import Profile
from recorder import film_words as words
from recorder.film.heard import Heard
from recorder.film.work import Work
from recorder.film.yielding import give_way
from recorder.film_family import FILMS

_LOOK_S: Final = 0.1


def confine(start: words.Start) -> None:
    """From here on: what is open, what comes as descriptors, and nothing else."""
    if start.yielding:
        give_way()
    sandbox.close(Profile.FILM, start.limits)


def run(sock: socket.socket, confine: Callable[[words.Start], None] = confine) -> None:
    """The template's entry: the whole life of a film's child on its control socket. What it raises is a crash.
    `confine` is called before the first thread."""
    start, fds = receive_start(sock, FILMS)
    output_fd, scratch_fd = fds
    confine(start)
    Child(sock, start, output_fd, scratch_fd).run()


class Child:
    """Two threads: this one has the control socket and its timers, the other one makes the film. A beat is sent only
    when the other one has moved since the last."""

    def __init__(self, sock: socket.socket, start: words.Start, output_fd: int, scratch_fd: int) -> None:
        self._loop = Loop()
        self._control: Control[words.ToChild, words.FromChild] = Control(sock, FILMS, self._loop)
        self._control.on_word = self._on_word
        self._heard = Heard(start, output_fd, scratch_fd)
        self._work: Work | None = None
        self._seen = -1
        self._leaving = False

    def run(self) -> None:
        """Until the film is made and told; ends the process."""
        self._control.start()
        self._control.send(words.Next())
        self._loop.every(BEAT_PERIOD_S, self._beat)
        self._loop.every(_LOOK_S, self._look)
        self._loop.run()

    def _on_word(self, word: words.ToChild, fds: list[int]) -> None:
        match word:
            case words.Stop():
                close_all(fds)
                self._stop()
            case words.Go():
                close_all(fds)
                self._work = Work(self._heard.job)
                threading.Thread(target=self._work.run, name="film", daemon=True).start()
            case words.Start():
                close_all(fds)
                raise ValueError("a second Start")
            case _:
                self._heard.take(word, fds)
                self._control.send(words.Next())

    def _stop(self) -> None:
        if self._work is None:
            self._leave("cancelled")
        else:
            self._work.cancelled = True

    def _beat(self) -> None:
        if self._work is None:
            self._control.send(words.Beat())
        elif self._work.steps != self._seen:
            self._seen = self._work.steps
            self._control.send(words.Beat())

    def _look(self) -> None:
        if self._work is None or self._leaving:
            return
        for word in self._work.said():
            if isinstance(word, words.Ended):
                self._leave(word.cause)
                return
            self._control.send(word)

    def _leave(self, cause: str) -> None:
        self._leaving = True
        self._control.send(words.Ended(cause))  # type: ignore[arg-type]
        self._loop.every(0.01, self._go)

    def _go(self) -> None:
        if self._control.idle:
            os._exit(0)
