"""A child after the fork: hears what it is for, gives up its rights, then reads its source until that ends."""

import os
import socket
from typing import Final, NoReturn, Protocol

from conference.children.datagrams import close_all
from conference.children.worker import sandbox
from conference.children.worker.control import receive_start
from conference.children.worker.loop import Loop
from conference.children.worker.seccomp import Profile
from conference.model.source import Cause
from conference.sources import words
from conference.sources.family import SOURCES
from conference.sources.worker.control import Control
from conference.sources.worker.media.pipeline import Pipeline
from conference.sources.worker.rtmp.gate import open_rtmp_gate
from conference.sources.worker.rtmp.session import open_rtmp
from conference.sources.worker.rtsp.session import open_rtsp
from conference.sources.worker.srt.gate import open_srt_gate
from conference.sources.worker.srt.session import open_srt

GOODBYE_S: Final = 1.0
"""From Stop to the end, whatever the peer does."""
MAX_DETAIL: Final = 200


class Reader(Protocol):
    """One connection of one protocol; ends by calling `done`."""

    def start(self) -> None: ...
    def stop(self) -> None:
        """Say goodbye to the peer, then `done`."""
        ...


class Gate(Protocol):
    """Accepts publishers and asks the core about each."""

    def admit(self, word: words.Admit) -> None: ...
    def refuse(self, word: words.Refuse) -> None: ...


def run(sock: socket.socket) -> None:
    """The template's entry: the whole life of a child on its control socket. What it raises is a crash."""
    start, fds = receive_start(sock, SOURCES)
    loop = Loop()
    control = Control(sock, SOURCES, loop)
    match start.job:
        # Gates open files (a certificate, a library), so before the sandbox closes. Nobody is heard before `loop.run`.
        case words.RtmpGateJob():
            _listen_as_gate(control, open_rtmp_gate(start.job, fds, loop, control))
            sandbox.close(Profile.RTMP_GATE, start.limits)
        case words.SrtGateJob():
            _listen_as_gate(control, open_srt_gate(start.job, fds, loop, control))
            sandbox.close(Profile.SRT_GATE, start.limits)
        case _:
            sandbox.close(Profile.SOURCE, start.limits)
            _Source(start, fds, loop, control)
    control.beat()
    control.start()
    loop.run()


class _Source:
    """Reader and pipeline of one source. fds: the media socket, then what the reader gets."""

    def __init__(self, start: words.Start, fds: list[int], loop: Loop, control: Control) -> None:
        self._loop = loop
        self._control = control
        self._pipeline = Pipeline(loop=loop, media_fd=fds[0], quality=start.quality, tell=control.send)
        self._reader = self._open(start.job, fds[1:])
        control.on_word = self._heard
        self._reader.start()

    def _open(self, job: words.Job, fds: list[int]) -> Reader:
        match job:
            case words.RtspJob():
                return open_rtsp(job, fds, self._loop, self._pipeline, self._connected, self._done)
            case words.RtmpJob():
                return open_rtmp(job, fds, self._loop, self._pipeline, self._connected, self._done)
            case words.SrtJob():
                return open_srt(job, fds, self._loop, self._pipeline, self._connected, self._done)
            case _:
                raise AssertionError(type(job).__name__)

    def _connected(self) -> None:
        self._control.send(words.Connected())

    def _heard(self, word: words.ToChild, fds: list[int]) -> None:
        close_all(fds)
        match word:
            case words.Need():
                self._pipeline.need(word)
            case words.Stop():
                self._loop.later(GOODBYE_S, lambda: self._done(Cause.PUBLISHER_LEFT, "stopped"))
                self._reader.stop()
            case _:
                raise ValueError(f"{type(word).__name__} to a source")

    def _done(self, cause: str, detail: str) -> NoReturn:
        self._pipeline.close()
        self._control.send(words.Ended(str(cause), detail[:MAX_DETAIL]))
        os._exit(0)


def _listen_as_gate(control: Control, gate: Gate) -> None:
    def heard(word: words.ToChild, fds: list[int]) -> None:
        close_all(fds)
        match word:
            case words.Admit():
                gate.admit(word)
            case words.Refuse():
                gate.refuse(word)
            case words.Stop():
                os._exit(0)
            case _:
                raise ValueError(f"{type(word).__name__} to a gate")

    control.on_word = heard
