"""Packetised elementary streams: packet payloads of one PID to whole units with their stamps, section 2.4.3.6."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from conference.sources.worker.ts.clock import ProgramClock

MAX_PES_BYTES: Final = 8 << 20
_FIXED_BYTES: Final = 9
_WITHOUT_HEADER: Final = frozenset((0xBC, 0xBE, 0xBF, 0xF0, 0xF1, 0xF2, 0xF8, 0xFF))
"""Stream ids of maps, padding, private data 2, entitlements, directories: no optional header, nothing for us."""
_CLOSED: Final = 1 << 32
_NO_COUNTER: Final = 1 << 33
_PROOF: Final = 8
"""Units whose end was foretold by stuffing before this is relied upon."""
_DISPROVED: Final = -(1 << 60)


@dataclass(slots=True)
class Pes:
    """One unit. `pts_us`, `dts_us`: both None when not told. `broken`: packets of it are missing. `arrived_s`: of its
    last packet."""

    data: bytes
    pts_us: int | None
    dts_us: int | None
    broken: bool
    arrived_s: float


class PesReader:
    """Collects one PID's units, places their stamps on the program's line, and gives each to `done` as soon as it is
    known to be complete: by its length; when that is not told (video), by stuffing in front of the payload, which
    multiplexers use to fill a unit's last packet, as long as this has proved true for the stream; else by the begin of
    the next one.

    `plain` is the 32-bit packet header that continues the unit with nothing out of the ordinary: the caller compares
    and calls `more` without looking any closer. Its low four bits are always the continuity counter to come; no header
    equals it while no unit is open. `bad`: units that were dropped.
    """

    __slots__ = (
        "_arrived_s",
        "_broken",
        "_clock",
        "_done",
        "_dts_us",
        "_early",
        "_left",
        "_open",
        "_parts",
        "_proof",
        "_pts_us",
        "_stuffed",
        "_unbounded",
        "bad",
        "plain",
    )

    def __init__(self, pid: int, clock: ProgramClock, done: Callable[[Pes], None]) -> None:
        self.plain = _CLOSED | _NO_COUNTER | 0x47000010 | pid << 8
        self.bad = 0
        self._clock = clock
        self._done = done
        self._open = False
        self._parts: list[bytes] = []
        self._left = 0
        self._unbounded = False
        self._pts_us: int | None = None
        self._dts_us: int | None = None
        self._broken = False
        self._arrived_s = 0.0
        self._proof = 0
        self._stuffed = False
        self._early = False

    @property
    def counter(self) -> int | None:
        """The continuity counter to come; None before the first packet."""
        return None if self.plain & _NO_COUNTER else self.plain & 15

    def expect(self, counter: int) -> None:
        """Sets `counter`."""
        self.plain = self.plain & ~(_NO_COUNTER | 15) | counter

    def more(self, payload: bytes, header: int, now_s: float) -> None:
        """A whole packet's payload that continues the unit; `header` was `plain`."""
        self._parts.append(payload)
        self._arrived_s = now_s
        self._left -= 184
        self.plain = header + 1 if header & 15 != 15 else header - 15
        if self._left <= 0:
            self._filled()

    def begin(self, payload: bytes, now_s: float, *, stuffed: bool) -> None:
        """A packet in which a unit begins. `stuffed`: with stuffing in front."""
        self.finish()
        self._early = False
        if len(payload) < _FIXED_BYTES or payload[:3] != b"\0\0\1":
            self.bad += 1
            return
        body = _FIXED_BYTES + payload[8]
        size = payload[4] << 8 | payload[5]
        if payload[3] in _WITHOUT_HEADER or payload[6] >> 6 != 2 or len(payload) < body or 0 < size < body - 6:
            self.bad += 1
            return
        self._unbounded = not size
        self._left = MAX_PES_BYTES if self._unbounded else size + 6 - body
        # Now, not when the unit is whole: a new time base may begin in between.
        self._place(*_stamps(payload, body), now_s)
        self._broken = self._stuffed = False
        self._set_open(value=True)
        self._append(payload[body:], now_s)
        if stuffed:
            self._maybe_whole()

    def resume(self, payload: bytes, now_s: float, *, stuffed: bool) -> None:
        """A packet out of the ordinary that continues the unit. `stuffed`: with stuffing in front."""
        if self._early or (self._open and self._stuffed):
            # The unit goes on after stuffing: this multiplexer fills packets where it likes.
            self._early, self._stuffed, self._proof = False, False, _DISPROVED
            self.bad += not self._open
            self._set_open(value=self._open)
        if not self._open:
            return
        self._append(payload, now_s)
        if stuffed:
            self._maybe_whole()

    def lost(self) -> None:
        """Packets are missing before the next one: the unit goes on with a gap."""
        self._broken = True

    def cut(self) -> None:
        """Packets are missing before the next one: the unit ends here."""
        self._broken = True
        self._flush()

    def finish(self) -> None:
        """No more packets of this unit will come."""
        if not self._open:
            return
        if self._unbounded:
            self._proof += self._stuffed
        else:
            self._broken = True
        self._flush()

    def _place(self, pts: int | None, dts: int | None, now_s: float) -> None:
        self._dts_us = None if dts is None else self._clock.stamp(dts, now_s)
        self._pts_us = self._dts_us if pts is None or pts == dts else self._clock.stamp(pts, now_s)

    def _maybe_whole(self) -> None:
        """After stuffing: the unit is probably whole."""
        if self._unbounded and self._open:
            self._stuffed = True
            self.plain |= _CLOSED
            if self._proof >= _PROOF:
                self._early = True
                self._flush()

    def _append(self, payload: bytes, now_s: float) -> None:
        self._parts.append(payload)
        self._arrived_s = now_s
        self._left -= len(payload)
        if self._left <= 0:
            self._filled()

    def _filled(self) -> None:
        if self._unbounded:
            self.bad += 1
            self._drop()
            return
        if self._left < 0:
            self._parts[-1] = self._parts[-1][: self._left]
        self._flush()

    def _flush(self) -> None:
        if not self._open:
            return
        data = b"".join(self._parts)
        self._drop()
        if data:
            self._done(Pes(data, self._pts_us, self._dts_us, self._broken, self._arrived_s))

    def _drop(self) -> None:
        self._parts = []
        self._set_open(value=False)

    def _set_open(self, *, value: bool) -> None:
        self._open = value
        self.plain = self.plain & ~_CLOSED if value else self.plain | _CLOSED


def _stamps(payload: bytes, body: int) -> tuple[int | None, int | None]:
    flags = payload[7] >> 6
    pts = _stamp(payload, 9) if flags & 2 and body >= 14 else None
    dts = _stamp(payload, 14) if flags == 3 and body >= 19 else pts
    return pts, dts


def _stamp(data: bytes, at: int) -> int:
    return (
        (data[at] & 0x0E) << 29
        | data[at + 1] << 22
        | (data[at + 2] & 0xFE) << 14
        | data[at + 3] << 7
        | data[at + 4] >> 1
    )
