"""Children that misbehave on request: the template runs `run` instead of the real main. The job's URL names the deed;
`answer` carries what it found back to the test."""

import ctypes
import itertools
import os
import socket
import sys
import time
from collections.abc import Callable

import msgspec

from conference.children.worker import sandbox
from conference.children.worker.control import receive_start
from conference.children.worker.loop import Loop
from conference.children.worker.seccomp import Profile
from conference.sources import words
from conference.sources.family import SOURCES
from conference.sources.worker.control import Control
from tests.fakes import source_child_codecs, source_child_escapes


def job(deed: str, argument: str = "") -> words.RtspJob:
    """What the test gives to `Nursery.spawn`."""
    return words.RtspJob(url=deed, username="", password="", transport="tcp", peer=argument)


def run(sock: socket.socket) -> None:
    """The entry."""
    start, fds = receive_start(sock, SOURCES)
    assert isinstance(start.job, words.RtspJob)
    loop = Loop()
    control = Control(sock, SOURCES, loop)
    profile = Profile.RTMP_GATE if start.job.url == "hand-over" else Profile.SOURCE
    sandbox.close(profile, start.limits)
    control.beat()
    _Deeds(loop, control, start.job.peer, fds).do(start.job.url)
    control.start()
    loop.run()


class _Deeds:
    def __init__(self, loop: Loop, control: Control, argument: str, fds: list[int]) -> None:
        self._loop = loop
        self._control = control
        self._argument = argument
        self._fds = fds
        control.on_word = self._heard

    def do(self, deed: str) -> None:
        deeds: dict[str, Callable[[], None]] = {
            "idle": lambda: None,
            "end": lambda: self._end("publisher-left"),
            "raise": self._raise,
            "fault": lambda: print(ctypes.string_at(0)),
            "busy": self._busy,
            "burn": lambda: self._loop.every(0.01, self._burn),
            "hog": self._hog,
            "flood": self._flood,
            "broken": lambda: os.write(4, b"\xc1\x00broken"),
            "print": self._print,
            "escape": lambda: self.answer(source_child_escapes.attempts(self._argument)),
            "ptrace": source_child_escapes.ptrace,
            "codecs": lambda: self.answer(source_child_codecs.results()),
            "fds": lambda: self.answer({fd: os.read(fd, 100).decode() for fd in self._fds}),
            "open-fds": lambda: self.answer({fd: True for fd in range(3, 64) if _is_open(fd)}),
            "smuggle": lambda: self._control.send(words.Beat(), [0]),
            "hand-over": lambda: self._control.send(words.Handover(connection=1), self._fds),
            "hang": self._hang,
            "hang without a lifeline": lambda: self._hang(3),
        }
        deeds[deed]()

    def answer(self, found: object) -> None:
        """As one word."""
        self._control.send(words.Data(kind="test", pts_us=0, payload=msgspec.json.encode(found)))

    def _heard(self, word: words.ToChild, fds: list[int]) -> None:
        if isinstance(word, words.Need):
            self.answer([word.video, word.vp8, word.audio])
        elif isinstance(word, words.Stop) and self._argument != "deaf":
            self._end("publisher-left")

    def _end(self, cause: str) -> None:
        self._control.send(words.Ended(cause, "bye \x07\u4f1a"))
        os._exit(0)

    def _raise(self) -> None:
        raise RuntimeError("as asked")

    def _busy(self) -> None:
        while True:
            pass

    def _hang(self, *cut: int) -> None:
        """Beats for a while, then hangs as a codec may: without a look at its socket."""
        for fd in cut:
            os.close(fd)
        self._loop.later(0.3, self._busy)

    def _burn(self) -> None:
        until_s = time.monotonic() + 0.2
        while time.monotonic() < until_s:
            pass

    def _hog(self) -> None:
        self._kept = [os.urandom(1 << 20) * 16 for _ in range(1000)]

    def _flood(self) -> None:
        self._loop.every(0.01, lambda: [self._control.send(words.Beat()) for _ in range(10)] and None)

    def _print(self) -> None:
        sys.stderr.write("\x1b[31mred\n" + "long" * 500 + "\n")
        sys.stderr.flush()
        try:
            for number in itertools.count():
                os.write(2, f"line {number}\n".encode())
        except BlockingIOError:
            self.answer("pipe full")


def _is_open(fd: int) -> bool:
    try:
        os.get_inheritable(fd)
    except OSError:
        return False
    return True
