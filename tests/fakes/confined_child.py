"""A family of children that write files, for tests: each does one deed in the profile its Start names."""

import os
import socket
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import av
import cv2
import msgspec
import numpy as np

from conference.children import words as common
from conference.children.datagrams import close_all
from conference.children.family import Family
from conference.children.worker import sandbox
from conference.children.worker.control import Control, receive_start
from conference.children.worker.loop import Loop
from conference.children.worker.seccomp import Profile
from tests.fakes import source_child_escapes

PICTURES: Final = 30


class Start(common.Word, frozen=True, tag="start"):
    deed: str
    profile: Profile
    argument: str = ""
    limits: common.Limits = common.Limits(memory_bytes=512 << 20, stall_s=20)


class Give(common.Word, frozen=True, tag="give"):
    """Its fds are files."""


class Found(common.Word, frozen=True, tag="found"):
    payload: bytes


ToChild = Start | Give | common.Stop
FromChild = common.Beat | Found | common.Ended
WriterFamily = Family[Start, ToChild, FromChild]

WRITERS: Final[WriterFamily] = Family(
    name="writer",
    short="wri",
    entry="tests.fakes.confined_child:run",
    warm="tests.fakes.confined_child:warm",
    start=Start,
    decode_to_child=msgspec.msgpack.Decoder(ToChild).decode,
    decode_from_child=msgspec.msgpack.Decoder(FromChild).decode,
    fds_from_child={},
    may_be_lost=(),
    max_message_bytes=65_536,
    max_waiting=10_000,
    max_words_per_s=100_000,
    goodbye_s=4.0,
    orphan_s=1.0,
)


def warm() -> None:
    """Containers load parts of their library when they first write or read."""
    fd = os.memfd_create("warm")
    _mux(fd)
    os.lseek(fd, 0, os.SEEK_SET)
    with os.fdopen(fd, "rb") as file, av.open(file, "r") as recording:
        stream = recording.streams.video[0]
        stream.codec_context.thread_count = 1
        cv2.resize(next(recording.decode(stream)).to_ndarray(format="rgb24")[:4, :4], (2, 2))


def run(sock: socket.socket) -> None:
    """The entry."""
    start, fds = receive_start(sock, WRITERS)
    sandbox.close(start.profile, start.limits)
    loop = Loop()
    _Writer(loop, sock, start, fds)
    loop.run()


class _Writer:
    def __init__(self, loop: Loop, sock: socket.socket, start: Start, fds: list[int]) -> None:
        self._loop = loop
        self._start = start
        self._fds = fds
        self._control: Control[ToChild, FromChild] = Control(sock, WRITERS, loop, on_gone=self._core_gone)
        self._control.on_word = self._heard
        self._control.beat()
        self._control.start()
        deeds: dict[str, Callable[[], object]] = {
            "escape": lambda: self._answer(_attempts(start.argument, fds[0])),
            "write": lambda: self._answer(_write(fds[0])),
            "film": lambda: self._answer(_film(*fds)),
            "burst": self._burst,
            "hang": lambda: loop.later(0.3, self._hang),
        }
        deeds.get(start.deed, lambda: None)()

    def _heard(self, word: ToChild, fds: list[int]) -> None:
        match word:
            case Give():
                self._answer([_mux(fd) for fd in fds])
                close_all(fds)
            case common.Stop():
                self._loop.later(float(self._start.argument or 0), self._end)
            case _:
                raise ValueError(type(word).__name__)

    def _end(self) -> None:
        self._control.send(common.Ended("stopped"))
        os._exit(0)

    def _core_gone(self) -> None:
        os.pwrite(self._fds[0], b"goodbye", 0)
        os._exit(0)

    def _burst(self) -> None:
        for number in range(5000):
            self._answer(number)

    def _hang(self) -> None:
        while True:
            pass

    def _answer(self, found: object) -> None:
        self._control.send(Found(msgspec.json.encode(found)))


def _write(fd: int) -> str:
    try:
        os.write(fd, b"x")
    except OSError as error:
        return error.strerror or ""
    return "done"


def _attempts(argument: str, fd: int) -> dict[str, str]:
    own = f"/proc/self/fd/{fd}"
    return source_child_escapes.attempts(argument) | source_child_escapes.outcomes(
        {
            "open its file anew": lambda: os.open(own, os.O_RDWR),
            "name its file": lambda: os.link(own, source_child_escapes.CANARIES[0], follow_symlinks=True),
            "change the mode of its file": lambda: os.fchmod(fd, 0o777),
            "give its file away": lambda: os.fchown(fd, 1, 1),
            "lock its file": lambda: os.lockf(fd, os.F_LOCK, 0),
            "fill the disk at once": lambda: os.posix_fallocate(fd, 0, 1 << 20),
            # The C library asks by path, though an empty one.
            "ask about its file": lambda: os.fstat(fd),
            "remove a file": lambda: Path("/etc/hostname").unlink(),
        }
    )


def _mux(fd: int) -> dict[str, Any]:
    """A Matroska file with pictures of one colour each, synced once a cluster."""
    pace_s = []
    with os.fdopen(os.dup(fd), "wb", buffering=0) as file, av.open(file, "w", format="matroska") as container:
        stream: Any = container.add_stream("libvpx", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(PICTURES):
            container.mux(stream.encode(_picture(number)))
            if number % 10 == 9:
                begun_s = time.monotonic()
                os.fdatasync(fd)
                pace_s.append(time.monotonic() - begun_s)
        container.mux(stream.encode(None))
    return {"syncs": len(pace_s), "bytes": os.lseek(fd, 0, os.SEEK_END)}


def _picture(number: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.full((180, 320, 3), number * 8, np.uint8), format="rgb24")
    frame = frame.reformat(format="yuv420p")
    frame.pts, frame.time_base = number, Fraction(1, 25)
    return frame


def _film(source: int, target: int) -> dict[str, int]:
    """Reads a recording and makes a larger H.264 of it, with the threads that film makers have."""
    frames = 0
    with (
        os.fdopen(os.dup(source), "rb") as file,
        av.open(file, "r") as recording,
        os.fdopen(os.dup(target), "wb", buffering=0) as output,
        av.open(output, "w", format="mp4") as film,
    ):
        stream: Any = film.add_stream("libx264", rate=25, options={"preset": "superfast"})
        stream.width, stream.height, stream.pix_fmt = 1280, 720, "yuv420p"
        stream.codec_context.thread_count = 4
        recording.streams.video[0].codec_context.thread_count = 4
        for frame in recording.decode(video=0):
            canvas: Any = cv2.resize(frame.to_ndarray(format="rgb24"), (1280, 720), interpolation=cv2.INTER_AREA)
            larger = av.VideoFrame.from_ndarray(np.ascontiguousarray(canvas), format="rgb24").reformat(format="yuv420p")
            larger.pts, larger.time_base = frames, Fraction(1, 25)
            film.mux(stream.encode(larger))
            frames += 1
        film.mux(stream.encode(None))
    os.fdatasync(target)
    return {"frames": frames, "head": len(os.pread(source, 100, 0)), "bytes": os.lseek(target, 0, os.SEEK_END)}
