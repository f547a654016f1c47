"""A pipeline with a clock we hold and the relay's end of its media socket; sources made with real encoders."""

import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from conference.sources import words
from conference.sources.worker.media.pipeline import Pipeline
from conference.sources.worker.media.units import AudioFrame, VideoUnit
from tests.fakes.source_made import Unit

US = 1_000_000
T = TypeVar("T")


@dataclass(slots=True)
class HeldTimer:
    due_s: float
    call: Callable[[], None]
    period_s: float | None = None
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class HeldLoop:
    """Time goes on only by `to`."""

    def __init__(self, start_s: float = 5000.0) -> None:
        self._now_s = start_s
        self._timers: list[HeldTimer] = []
        self.watched: dict[int, Callable[[], None]] = {}
        self.writers: dict[int, Callable[[], None]] = {}

    def now_s(self) -> float:
        return self._now_s

    def watch(self, fd: int, ready: Callable[[], None], *, write: Callable[[], None] | None = None) -> None:
        self.watched[fd] = ready
        self.writers.pop(fd, None)
        if write is not None:
            self.writers[fd] = write

    def unwatch(self, fd: int) -> None:
        self.watched.pop(fd, None)
        self.writers.pop(fd, None)

    def every(self, period_s: float, call: Callable[[], None]) -> None:
        self._timers.append(HeldTimer(self._now_s + period_s, call, period_s))

    def later(self, delay_s: float, call: Callable[[], None]) -> HeldTimer:
        timer = HeldTimer(self._now_s + delay_s, call)
        self._timers.append(timer)
        return timer

    def to(self, now_s: float) -> None:
        while True:
            due = [timer for timer in self._timers if timer.due_s <= now_s and not timer.cancelled]
            if not due:
                break
            timer = min(due, key=lambda each: each.due_s)
            self._now_s = max(self._now_s, timer.due_s)
            if timer.period_s is None:
                self._timers.remove(timer)
            else:
                timer.due_s += timer.period_s
            timer.call()
        self._now_s = max(self._now_s, now_s)


@dataclass(frozen=True, slots=True)
class Packet:
    ssrc: int
    payload_type: int
    seq: int
    timestamp: int
    marker: bool
    payload: bytes
    size: int


@dataclass(frozen=True, slots=True)
class SenderReport:
    ssrc: int
    ntp_s: float
    timestamp: int


class Rig:
    """`t0_s`: monotonic time of the source's time 0; Unix time is monotonic time + 1e9. Re-encoding costs no time
    unless `timer` says so."""

    def __init__(
        self,
        *,
        quality: words.Quality | None = None,
        buffer_bytes: int = 4 << 20,
        timer: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.loop = HeldLoop()
        self.t0_s = self.loop.now_s()
        self.told: list[words.FromChild] = []
        self.relay, self._child = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._child.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
        self.relay.setblocking(False)
        self.packets: list[Packet] = []
        self.reports: list[SenderReport] = []
        self.datagrams = 0
        self.pipeline = Pipeline(
            loop=self.loop,
            media_fd=self._child.fileno(),
            quality=quality or words.Quality(),
            tell=self.told.append,
            timer=timer,
            wall_s=lambda: self.loop.now_s() + 1e9,
        )

    def __enter__(self) -> "Rig":
        return self

    def __exit__(self, *_: object) -> None:
        self.pipeline.close()
        self.relay.close()
        self._child.close()

    def need(self, *, video: bool = False, vp8: bool = False, audio: bool = False) -> None:
        self.pipeline.need(words.Need(video=video, vp8=vp8, audio=audio))
        self.loop.to(self.loop.now_s())
        self.drain()

    def video(self, units: Iterable[Unit], *, shift_us: int = 0, dts: bool = False) -> None:
        """Each unit arrives when its decoding time says, `shift_us` later on the source's and on our clock."""
        for unit in units:
            self.loop.to(self.t0_s + (unit.dts_us + shift_us) / US)
            dts_us = unit.dts_us + shift_us if dts else None
            self.pipeline.video(VideoUnit(unit.data, unit.pts_us + shift_us, dts_us, self.loop.now_s()))
            self.drain()

    def audio(self, frames: Iterable[Unit], *, shift_us: int = 0) -> None:
        for frame in frames:
            self.loop.to(self.t0_s + (frame.pts_us + shift_us) / US)
            self.pipeline.audio(AudioFrame(frame.data, frame.pts_us + shift_us, self.loop.now_s()))
            self.drain()

    def drain(self) -> None:
        """Read all there is, letting the pipeline write what had to wait."""
        while True:
            try:
                datagram = self.relay.recv(65_536)
            except BlockingIOError:
                if not self.loop.writers:
                    return
                for write in list(self.loop.writers.values()):
                    write()
                continue
            if not datagram:
                return
            self.datagrams += 1
            assert len(datagram) <= 65_535
            at = 0
            while at < len(datagram):
                size = int.from_bytes(datagram[at : at + 2], "big")
                self._packet(datagram[at + 2 : at + 2 + size])
                at += 2 + size
            assert at == len(datagram)

    def pli(self, ssrc: int) -> None:
        rtcp = bytes([0x81, 206, 0, 2]) + (1).to_bytes(4, "big") + ssrc.to_bytes(4, "big")
        self.relay.send(len(rtcp).to_bytes(2, "big") + rtcp)
        self.loop.watched[self._child.fileno()]()

    def of(self, payload_type: int) -> list[Packet]:
        return [packet for packet in self.packets if packet.payload_type == payload_type]

    def heard(self, kind: type[T]) -> list[T]:
        return [word for word in self.told if isinstance(word, kind)]

    def _packet(self, packet: bytes) -> None:
        assert packet[0] >> 6 == 2
        ssrc = int.from_bytes(packet[4:8], "big")
        if packet[1] == 200:
            seconds, fraction = int.from_bytes(packet[8:12], "big"), int.from_bytes(packet[12:16], "big")
            ntp_s = seconds - 2_208_988_800 + fraction / (1 << 32)
            assert len(packet) % 4 == 0
            assert packet[29] == 202
            self.reports.append(SenderReport(ssrc, ntp_s, int.from_bytes(packet[16:20], "big")))
            return
        marker, payload_type = packet[1] >> 7, packet[1] & 127
        seq, timestamp = int.from_bytes(packet[2:4], "big"), int.from_bytes(packet[4:8], "big")
        ssrc = int.from_bytes(packet[8:12], "big")
        self.packets.append(Packet(ssrc, payload_type, seq, timestamp, bool(marker), packet[12:], len(packet)))
