"""Far ends of pushes: listeners of ffmpeg and libsrt, and a server that is as slow or as rude as a test wants."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from conference.layout import Rect, Size
from recorder.composed import words
from tests.fakes import film_seen
from tests.fakes.composed_child import ChildComposer, Publishers, camera

SIZE = Size(640, 360)
WHOLE = Rect(0, 0, 640, 360)
FILM = 90


def start(**changed: object) -> words.Start:
    begun_ms = time.time_ns() // 1_000_000
    settings: dict[str, object] = {"labels": False, "clock": False, "fps": 30, **changed}
    return words.Start(width=SIZE.width, height=SIZE.height, begun_ms=begun_ms, **settings)  # type: ignore[arg-type]


@contextmanager
def composing(film: Path | None = None) -> Iterator[tuple[ChildComposer, Publishers]]:
    """One camera and a tone of 500 Hz, composed and ready to be sent somewhere. `film`: what the encoder made, whole at
    the end of the block."""
    with ChildComposer(start()) as child:
        publishers = Publishers(child, [camera(1, "h264", frames=300)], {11: 500.0})
        if film is not None:
            child.add_film(FILM, film.with_suffix(".scratch"), film)
        publishers.program([words.Place(1, 0, 0, SIZE.width, SIZE.height)])
        yield child, publishers
        if film is not None:
            child.tell(words.DropSink(FILM))
            until_s = time.monotonic() + 20
            while not any(word.sink == FILM for word in child.of(words.SinkEnded)):
                assert time.monotonic() < until_s
                child.hear(0.05)


def run_until_sent(child: ChildComposer, publishers: Publishers, sink: int, *, seconds: float = 15.0) -> None:
    """Until media leaves by this output."""
    until_s = time.monotonic() + seconds
    while not any(one.sink == sink and one.bytes for report in child.of(words.Report)[-1:] for one in report.sinks):
        assert time.monotonic() < until_s, child.of(words.SinkEnded)
        publishers.run(0.25)


def judge(received: Path, film: Path, *, at_least: int = 90) -> None:
    """Every picture that the encoder made between the first and the last that arrived, in order, and the voice."""
    arrived, made = _counters(received), _counters(film)
    assert len(arrived) >= at_least
    assert arrived == made[made.index(arrived[0]) : made.index(arrived[-1]) + 1]
    assert film_seen.tone_level(film_seen.sound(received), 500.0, 2.0) > 0.1


def _counters(file: Path) -> list[int]:
    """Of the pictures that have one; a picture that was shown twice is one."""
    read = (picture.counter(WHOLE) for picture in film_seen.pictures(file, SIZE))
    return list(dict.fromkeys(counter for counter in read if counter is not None))


def connected(port: int, timeout_s: float = 5.0) -> socket.socket:
    """As the core dials; a listener of another process may need a moment."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        try:
            made = socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            assert time.monotonic() < deadline_s
            time.sleep(0.05)  # until the other process listens; bounded by the deadline
        else:
            made.setblocking(False)
            return made


def datagrams_to(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.connect(("127.0.0.1", port))
    made.setblocking(False)
    return made


def add(child: ChildComposer, word: words.AddSink, made: socket.socket) -> None:
    child.tell(word, [made.fileno()])
    made.close()


@contextmanager
def running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Ended in any case."""
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stream, stderr=stream)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
