"""A composer in a process of its own: the test is its core and its relay."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from conference.children.datagrams import pair
from recorder.composed import words
from tests.fakes.recorder_rtp import Stream, film, framed, tone

_RUN = "import socket, sys; from recorder.composed.worker.warm import warm; warm(); from recorder.composed.worker.main"
_RUN += " import run; run(socket.socket(fileno=int(sys.argv[1])))"
FPS = 30
PTS = {"vp8": 96, "vp9": 98, "h264": 102, "av1": 45, "opus": 111, "pcmu": 0, "pcma": 8}


class ChildComposer:
    """Confined as in service. `segments`: of HLS, as the core would keep them."""

    def __init__(self, start: words.Start) -> None:
        self.said: list[words.FromChild] = []
        self.requests: list[int] = []
        self.head: dict[int, bytes] = {}
        self.segments: dict[int, list[tuple[words.HlsSegment, bytes]]] = {}
        self._slots: dict[int, list[int]] = {}
        self._control, inner = pair(words.MAX_MESSAGE_BYTES)
        self.process = subprocess.Popen(
            [sys.executable, "-c", _RUN, str(inner.fileno())],
            pass_fds=[inner.fileno()],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        inner.close()
        self.tell(start)
        self.wait_for(words.Beat, seconds=20)
        self._tap, theirs = pair(4 << 20)
        self.tell(words.Tap(), [theirs.fileno()])
        theirs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self._control.close()
        self._tap.close()
        for slots in self._slots.values():
            for slot in slots:
                os.close(slot)

    def tell(self, word: words.ToChild, fds: Sequence[int] = ()) -> None:
        socket.send_fds(self._control, [words.encode(word)], list(fds))

    def outlet(self) -> socket.socket:
        """The relay's end of what viewers get."""
        ours, theirs = pair(1 << 20)
        self.tell(words.Outlet(), [theirs.fileno()])
        theirs.close()
        return ours

    def add_hls(self, sink: int) -> None:
        self._slots[sink] = [os.memfd_create("hls") for _ in range(words.HLS_SLOTS)]
        self.tell(words.AddSink(sink, "hls"), self._slots[sink])

    def add_film(self, sink: int, scratch: Path, output: Path, *, from_ms: int = 0) -> None:
        fds = [os.open(file, os.O_RDWR | os.O_CREAT, 0o600) for file in (scratch, output)]
        self.tell(words.AddSink(sink, "mp4", from_ms=from_ms), fds)
        for fd in fds:
            os.close(fd)

    def send(self, packets: list[bytes]) -> None:
        """As the relay; what does not fit now waits a little."""
        while True:
            try:
                self._tap.send(framed(packets))
            except BlockingIOError:
                select.select([], [self._tap], [], 0.1)
            except (BrokenPipeError, ConnectionResetError):
                return
            else:
                return

    def take_requests(self) -> list[int]:
        """SSRCs for which a keyframe was asked since the last call (PLI, each a datagram of its own)."""
        found = []
        while select.select([self._tap], [], [], 0)[0]:
            data = self._tap.recv(65_535)
            if not data:
                break
            found.append(int.from_bytes(data[10:14], "big"))
        self.requests += found
        return found

    def hear(self, seconds: float = 0.0) -> None:
        """Words that are there or come in this time."""
        until_s = time.monotonic() + seconds
        while select.select([self._control], [], [], max(until_s - time.monotonic(), 0))[0]:
            data = self._control.recv(words.MAX_MESSAGE_BYTES)
            if not data:
                return
            word = words.decode_from_child(data)
            self.said.append(word)
            if isinstance(word, words.HlsHead):
                self.head[word.sink] = word.data
            elif isinstance(word, words.HlsSegment):
                data = os.pread(self._slots[word.sink][word.slot], word.size, 0)
                self.segments.setdefault(word.sink, []).append((word, data))

    def of(self, kind: type) -> list:
        return [word for word in self.said if isinstance(word, kind)]

    def wait_for(self, kind: type, *, count: int = 1, seconds: float = 10.0) -> None:
        until_s = time.monotonic() + seconds
        while len(self.of(kind)) < count:
            assert time.monotonic() < until_s, f"no {kind.__name__}"
            assert self.process.poll() is None, f"ended with {self.process.returncode}"
            self.hear(0.02)

    def stop(self) -> None:
        self.tell(words.Stop())
        self.wait_for(words.Ended, seconds=20)
        assert self.process.wait(5) == 0

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.hear()


@dataclass
class Camera:
    """A publisher of pictures with burnt-in counters; `paused`: its packets do not come. `rewinds`: a request for a
    keyframe is answered by beginning anew; otherwise there is one each second anyway."""

    track: words.Track
    first: int = 0
    frames: int = 150
    width: int = 320
    height: int = 180
    paused: bool = False
    rewinds: bool = False
    at: int = 0
    stream: Stream = field(init=False)

    def __post_init__(self) -> None:
        self.stream = Stream(self.track.codec, self.track.pt, self.track.ssrc)
        self.coded = film(self.track.codec, self.frames, width=self.width, height=self.height, first=self.first)


def camera(number: int, codec: str, *, first: int = 0, frames: int = 150, screen: bool = False) -> Camera:
    track = words.Track(number, codec, 90_000, PTS[codec], 1000 + number, screen)  # type: ignore[arg-type]
    return Camera(track, first, frames)


class Publishers:
    """Cameras and microphones in real time, each with sender reports on the host's clock."""

    def __init__(self, child: ChildComposer, cameras: Sequence[Camera], tones: dict[int, float] | None = None) -> None:
        self._child = child
        self.cameras = list(cameras)
        self.microphones = {
            words.Track(number, "opus", 48_000, PTS["opus"], 2000 + number): tone(hz, 10.0)
            for number, hz in (tones or {}).items()
        }
        self._voices = {track: Stream("opus", track.pt, track.ssrc, 48_000) for track in self.microphones}
        self.begun_s = time.time()
        self._frame = self._sound = 0

    def program(self, places: Sequence[words.Place]) -> None:
        tracks = (*(camera.track for camera in self.cameras), *self.microphones)
        self._child.tell(words.Program(tracks, tuple(places)))

    def run(self, seconds: float) -> None:
        end_s = time.time() + seconds
        while time.time() < end_s:
            self._send_due(time.time() - self.begun_s)
            self._child.hear(0.005)

    def _send_due(self, at_s: float) -> None:
        while self._frame / FPS <= at_s:
            media_s = self._frame / FPS
            asked = self._child.take_requests()
            for one in self.cameras:
                if one.rewinds and one.track.ssrc in asked:
                    one.at = 0
                packets = one.stream.frame(one.coded[one.at % len(one.coded)], media_s)
                one.at += 1
                if self._frame % FPS == 1:
                    packets.append(one.stream.report(self.begun_s + media_s, media_s))
                if not one.paused:
                    self._child.send(packets)
            self._frame += 1
        while self._sound / 50 <= at_s:
            media_s = self._sound / 50
            for track, packets in self.microphones.items():
                voice = self._voices[track]
                sent = voice.sound(packets[self._sound % len(packets)], media_s)
                if self._sound % 50 == 1:
                    sent.append(voice.report(self.begun_s + media_s, media_s))
                self._child.send(sent)
            self._sound += 1
