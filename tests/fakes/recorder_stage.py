"""A recorder in the test's own process, with time in the test's hands and real files; the test is its core."""

import hashlib
import os
import select
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from recorder import words
from recorder.worker.recorder import Recorder
from tests.fakes.recorder_rtp import framed

Word = TypeVar("Word", bound=words.FromChild)
TICK_S = 0.05


class HandLoop:
    """The child's loop, turned by hand."""

    def __init__(self) -> None:
        self.time_s = 1000.0
        self._timers: list[Callable[[], None]] = []
        self.watches: dict[int, Callable[[], None]] = {}

    def now_s(self) -> float:
        return self.time_s

    def watch(self, fd: int, ready: Callable[[], None], *, write: Callable[[], None] | None = None) -> None:
        self.watches[fd] = ready

    def unwatch(self, fd: int) -> None:
        self.watches.pop(fd, None)

    def later(self, _delay_s: float, call: Callable[[], None]) -> None:
        self._timers.append(call)

    def tick(self) -> None:
        """All timers: none is longer than a tick."""
        calls, self._timers = self._timers, []
        for call in calls:
            call()


class Stage:
    """`words`: what the recorder said. `deny`: NeedFile is answered with NoFile; `hold`: not at all, for now.
    `stalled`: nobody waits for the disk."""

    def __init__(self, folder: Path, *, buffer_bytes: int = 64 << 20) -> None:
        self.folder = folder
        self.words: list[words.FromChild] = []
        self.deny = self.hold = self.stalled = False
        self.ended = ""
        self.loop = HandLoop()
        self._asked: list[words.NeedFile] = []
        self._tap, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._tap.setblocking(False)
        self._inner = inner
        self.recorder = Recorder(self.loop, inner.fileno(), buffer_bytes, self._said, self._done)  # type: ignore[arg-type]
        self.begun_s = self.unix_s
        self._ticked_s = self.loop.time_s

    @property
    def unix_s(self) -> float:
        return self.recorder._now_us() / 1e6

    def track(self, number: int, codec: str, *, ssrc: int, pt: int = 96) -> None:
        kind = "video" if codec in ("vp8", "vp9", "h264", "av1") else "audio"
        clock_hz = 90_000 if kind == "video" else 48_000 if codec == "opus" else 8_000
        self.recorder.heard(words.Track(number, kind, codec, clock_hz, pt, ssrc, "王 camera"), [])  # type: ignore[arg-type]

    def send(self, packets: list[bytes]) -> None:
        """Now."""
        for packet in packets:
            self.recorder._tap.datagram(framed([packet]), round(self.unix_s * 1e6))

    def until(self, second: float) -> None:
        """Time goes on to this second of the test; ticks happen on the way."""
        target_s = 1000.0 + second
        while self._ticked_s + TICK_S <= target_s + 1e-9:
            self._ticked_s += TICK_S
            self.loop.time_s = max(self.loop.time_s, self._ticked_s)
            self.loop.tick()
            self.answer()
        self.loop.time_s = max(self.loop.time_s, target_s)

    def answer(self) -> None:
        """Files for who asked, then what the disk has done."""
        while self._asked and not self.hold:
            word = self._asked.pop(0)
            if self.deny:
                self.recorder.heard(words.NoFile(word.request), [])
                continue
            name = f"seg-{word.request:016x}"
            fd = os.open(self.folder / f"{name}.mkv", os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            self.recorder.heard(words.File(word.request, name), [fd])
        if self.stalled:
            self.recorder.disk.results()
        else:
            self.settle()

    def settle(self) -> None:
        """Until the disk has done all it was asked for."""
        done: list[bool] = []
        self.recorder.disk.after(lambda: done.append(True))
        hasty, self.recorder.disk.hasty = self.recorder.disk.hasty, True
        self.recorder.disk.submit()
        while not done:
            select.select([self.recorder.disk.wake_fd], [], [], 10)
            self.recorder.disk.woken()
        self.recorder.disk.hasty = hasty

    def finish(self) -> None:
        self.recorder.stop("stopped")
        self.answer()
        self.settle()
        self.settle()
        assert self.ended == "stopped"

    def of(self, kind: type[Word]) -> list[Word]:
        return [word for word in self.words if isinstance(word, kind)]

    def files(self) -> list[Path]:
        return sorted(self.folder.glob("*.mkv"))

    def keyframe_requests(self) -> list[bytes]:
        """Taken off the tap."""
        found = []
        while True:
            try:
                found.append(self._tap.recv(65_535))
            except BlockingIOError:
                return found

    def close_tap(self) -> None:
        self._tap.close()
        self.recorder._tap.poll()

    def _said(self, word: words.FromChild) -> None:
        self.words.append(words.decode_from_child(words.encode(word)))
        if isinstance(word, words.NeedFile):
            self._asked.append(word)

    def _done(self, cause: str) -> None:
        self.ended = cause


def check_fragments(folder: Path, said: list[words.FromChild]) -> None:
    """Numbers and offsets without holes, and hashes of exactly those bytes."""
    fragments: dict[str, dict[int, words.Synced]] = {}
    for word in said:
        if isinstance(word, words.Synced):
            fragments.setdefault(word.segment, {})[word.number] = word
    for segment, numbered in fragments.items():
        data = (folder / f"{segment}.mkv").read_bytes()
        at = 0
        for number in range(len(numbered)):
            word = numbered[number]
            assert word.offset == at
            at += word.length
            assert hashlib.sha256(data[word.offset : at]).digest() == word.sha256, (segment, number)
            for key in word.keyframes:
                assert data[key.offset : key.offset + 4] == b"\x1f\x43\xb6\x75"
        closed = [word for word in said if isinstance(word, words.Closed) and word.segment == segment]
        if closed:
            assert closed[0].bytes == at == len(data)
