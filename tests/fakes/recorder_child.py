"""A recorder in a process of its own, without a sandbox: the test is its core and its relay."""

import contextlib
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from conference.children.datagrams import pair
from recorder import words
from tests.fakes.recorder_rtp import Stream, film, framed, tone

_RUN = "import socket, sys; from recorder.worker.main import run; run(socket.socket(fileno=int(sys.argv[1])), {})"
FPS = 30


class ChildRecorder:
    """`folder`: where files are made; may be changed. `deny`: what the core does when it cannot make a file."""

    def __init__(self, folder: Path, *, buffer_bytes: int = 64 << 20, max_file_bytes: int | None = None) -> None:
        self.folder = folder
        self.said: list[tuple[float, words.FromChild]] = []
        self._control, inner = pair(words.MAX_MESSAGE_BYTES)
        self._tap, tap_inner = pair(4 << 20)

        def limit() -> None:
            if max_file_bytes is not None:
                resource.setrlimit(resource.RLIMIT_FSIZE, (max_file_bytes, resource.RLIM_INFINITY))

        self.process = subprocess.Popen(
            [sys.executable, "-c", _RUN.format("lambda start: None"), str(inner.fileno())],
            pass_fds=[inner.fileno()],
            preexec_fn=limit,  # noqa: PLW1509 - nothing else runs in this process then
            cwd=Path(__file__).parents[2],
        )
        self.tell(words.Start("rec-1", buffer_bytes=buffer_bytes), [tap_inner.fileno()])
        inner.close()
        tap_inner.close()
        self.wait_for(words.Beat)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._control.close()
        self._tap.close()

    def tell(self, word: words.ToChild, fds: list[int] | None = None) -> None:
        socket.send_fds(self._control, [words.encode(word)], fds or [])

    def track(self, number: int, codec: str, ssrc: int, pt: int) -> None:
        kind, clock_hz = ("audio", 48_000) if codec == "opus" else ("video", 90_000)
        self.tell(words.Track(number, kind, codec, clock_hz, pt, ssrc))  # type: ignore[arg-type]

    def send(self, packets: list[bytes]) -> None:
        """As the relay: what does not fit now waits a little."""
        while True:
            try:
                self._tap.send(framed(packets))
                return
            except BlockingIOError:
                select.select([], [self._tap], [], 1)

    def hear(self, seconds: float = 0.0) -> None:
        """Words that are there or come in this time; files are made for who asks."""
        until_s = time.monotonic() + seconds
        while True:
            left_s = max(until_s - time.monotonic(), 0)
            if not select.select([self._control], [], [], left_s)[0]:
                return
            data = self._control.recv(words.MAX_MESSAGE_BYTES)
            if not data:
                return
            word = words.decode_from_child(data)
            self.said.append((time.time(), word))
            if isinstance(word, words.NeedFile):
                self._file(word)

    def wait_for(self, kind: type, *, count: int = 1, seconds: float = 10.0) -> None:
        until_s = time.monotonic() + seconds
        while sum(isinstance(word, kind) for _, word in self.said) < count:
            assert time.monotonic() < until_s, f"no {kind.__name__}"
            self.hear(0.02)

    def of(self, kind: type) -> list:
        return [word for _, word in self.said if isinstance(word, kind)]

    def stop(self) -> None:
        self.tell(words.Stop())
        self.wait_for(words.Ended)
        assert self.process.wait(5) == 0

    def kill(self) -> float:
        """SIGKILL; when."""
        at_s = time.time()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.hear()
        return at_s

    def _file(self, word: words.NeedFile) -> None:
        name = f"seg-{word.request:016x}"
        try:
            fd = os.open(self.folder / f"{name}.mkv", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError:
            self.tell(words.NoFile(word.request))
            return
        self.tell(words.File(word.request, name), [fd])
        os.close(fd)


class Publishers:
    """Sends in real time: `pairs` of a camera (VP8 or what is asked for) and a microphone."""

    def __init__(self, child: ChildRecorder, *, codec: str = "vp8", pairs: int = 1) -> None:
        self._child = child
        self._frames = film(codec, 300)
        self._sounds = tone(440, 10.0)
        self._streams = []
        self.begun_s = time.time()
        self._frame = self._sound = 0
        for number in range(pairs):
            camera = Stream(codec, 96, 1000 + number)
            microphone = Stream("opus", 111, 2000 + number, clock_hz=48_000)
            child.track(2 * number, codec, camera.ssrc, 96)
            child.track(2 * number + 1, "opus", microphone.ssrc, 111)
            self._streams.append((camera, microphone))

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """For so long, or until something."""
        end_s = time.time() + seconds
        while time.time() < end_s and not until():
            at_s = time.time() - self.begun_s
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self._send_due(at_s)
            self._child.hear(0.005)

    def _send_due(self, at_s: float) -> None:
        while self._frame / FPS <= at_s:
            media_s = self._frame / FPS
            coded = self._frames[self._frame % len(self._frames)]
            for camera, microphone in self._streams:
                if self._frame % FPS == 0:
                    reports = [stream.report(self.begun_s + media_s, media_s) for stream in (camera, microphone)]
                    self._child.send(reports)
                self._child.send(camera.frame(coded, media_s))
            self._frame += 1
        while self._sound * 0.02 <= at_s:
            media_s = self._sound * 0.02
            for _, microphone in self._streams:
                self._child.send(microphone.sound(self._sounds[self._sound % len(self._sounds)], media_s))
            self._sound += 1
