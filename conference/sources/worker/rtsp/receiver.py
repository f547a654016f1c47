"""RTP reception of one track (RFC 3550): checks, order, loss, changes of the source."""

import struct
from collections.abc import Callable
from typing import Final

from conference.sources.worker.rtsp import rtcp
from conference.sources.worker.rtsp.payload import Depacketiser
from conference.sources.worker.rtsp.timeline import TrackClock

MAX_WAITING: Final = 32
MAX_WAIT_S: Final = 0.05
_HEADER = struct.Struct("!BBHII")
_MAX_DROPOUT: Final = 3000
_MAX_MISORDER: Final = 100
_MAX_ANNOUNCED: Final = 32

_Packet = tuple[bytes, int, int, int, bool]
"""Data, where its payload begins and ends, timestamp, marker."""


class Receiver:
    """`reorder`: packets may overtake each other (UDP); at most 32 of them or 50 ms are waited for. `lost` is told how
    many packets did not arrive."""

    def __init__(
        self,
        payload_type: int,
        depacketiser: Depacketiser,
        clock: TrackClock,
        lost: Callable[[int], None],
        *,
        reorder: bool,
    ) -> None:
        self._payload_type = payload_type
        self._depacketiser = depacketiser
        self.clock = clock
        self._lost = lost
        self._reorder = reorder
        self._waiting: dict[int, _Packet] = {}
        self._waiting_since_s = 0.0
        self._ssrc: int | None = None
        self._next = 0
        self._announced: int | None = None
        self._stranger: tuple[int, int, _Packet] | None = None
        self._statistics = Statistics()
        self.arrived_s = 0.0
        """When the last valid packet came."""

    def packet(self, data: bytes, start: int, end: int, arrived_s: float) -> None:
        """One RTP packet in data[start:end]; what is not of this track is dropped."""
        if end - start <= 12:
            return
        flags, kind, number, timestamp, ssrc = _HEADER.unpack_from(data, start)
        if kind & 0x7F != self._payload_type or flags & 0xC0 != 0x80:
            return
        start += 12
        if flags & 0x3F:
            start, end = _payload(data, flags, start, end)
            if start >= end:
                return
        if ssrc != self._ssrc or number != self._next or self._waiting:
            self._out_of_turn(ssrc, number, (data, start, end, timestamp, kind >= 0x80), arrived_s)
            return
        self.arrived_s = arrived_s
        self._statistics.received += 1
        self._next = number + 1 & 0xFFFF
        self._depacketiser.push(data, start, end, timestamp, kind >= 0x80)

    @property
    def waits(self) -> bool:
        """Packets are held back for a missing one: `tick` has to come."""
        return bool(self._waiting)

    def tick(self, now_s: float) -> None:
        """Gives up waiting for what is 50 ms overdue."""
        if self._waiting and now_s - self._waiting_since_s > MAX_WAIT_S:
            self._skip_gap()
            self._drain(now_s)

    def control(self, data: bytes, start: int, end: int, arrived_s: float) -> None:
        """One RTCP packet."""
        for report in rtcp.sender_reports(data, start, end):
            if report.ssrc == self._ssrc:
                self._statistics.report = (report.compact_ntp, arrived_s)
                if report.ntp_us:
                    self.clock.report(report.ntp_us, report.timestamp)

    def expect(self, number: int) -> None:
        """RTP-Info: the sequence number of the first packet. Packets missing before the first that came are waited for
        or counted; a number far off is one that the camera has made up."""
        self._announced = number

    def report(self, own_ssrc: int, now_s: float) -> bytes | None:
        """A receiver report; None while nothing came."""
        return None if self._ssrc is None else self._statistics.block(own_ssrc, self._ssrc, self._next, now_s)

    def _out_of_turn(self, ssrc: int, number: int, packet: _Packet, arrived_s: float) -> None:
        if self._ssrc is None:
            announced = number if self._announced is None else self._announced
            self._open(ssrc, announced if number - announced & 0xFFFF <= _MAX_ANNOUNCED else number)
        ahead = number - self._next & 0xFFFF
        if ssrc != self._ssrc or _MAX_DROPOUT <= ahead <= 0x1_0000 - _MAX_MISORDER:
            if not self._stranger or self._stranger[:2] != (ssrc, number):
                # Two in sequence are a new stream (RFC 3550 §A.1); a single one may be a stray.
                self._stranger = (ssrc, number + 1 & 0xFFFF, packet)
                return
            self._restart(ssrc, number, self._stranger[2])
        elif ahead >= _MAX_DROPOUT:
            return  # a duplicate, or too late: its place was given up
        self.arrived_s = arrived_s
        self._statistics.received += 1
        self._late(number, packet, arrived_s)

    def _open(self, ssrc: int, number: int) -> None:
        self._ssrc, self._next, self._stranger = ssrc, number, None
        self._statistics.begin(number)

    def _restart(self, ssrc: int, number: int, first: _Packet) -> None:
        self._waiting.clear()
        self._depacketiser.reset()
        if ssrc != self._ssrc:
            self.clock.restart()
        self._open(ssrc, number)
        self._statistics.received += 1
        self._depacketiser.push(*first)

    def _late(self, number: int, packet: _Packet, arrived_s: float) -> None:
        if not self._waiting:
            self._waiting_since_s = arrived_s
        self._waiting[number] = packet
        if number == self._next:
            self._drain(arrived_s)
        elif not self._reorder or len(self._waiting) >= MAX_WAITING:
            self._skip_gap()
            self._drain(arrived_s)

    def _skip_gap(self) -> None:
        first = min(self._waiting, key=lambda number: number - self._next & 0xFFFF)
        missing = first - self._next & 0xFFFF
        self._statistics.lost += missing
        self._lost(missing)
        self._depacketiser.gap()
        self._next = first

    def _drain(self, now_s: float) -> None:
        while (packet := self._waiting.pop(self._next, None)) is not None:
            self._next = self._next + 1 & 0xFFFF
            self._depacketiser.push(*packet)
        self._waiting_since_s = now_s


class Statistics:
    """Counts of one SSRC, for receiver reports."""

    def __init__(self) -> None:
        self.received = 0
        self.lost = 0
        self.report = (0, 0.0)
        self._before = (0, 0)
        self._first = 0

    def begin(self, number: int) -> None:
        """A new stream."""
        self.received = self.lost = 0
        self.report, self._before, self._first = (0, 0.0), (0, 0), number

    def block(self, own_ssrc: int, ssrc: int, following: int, now_s: float) -> bytes:
        """The report since the last call."""
        received, lost = self.received - self._before[0], self.lost - self._before[1]
        self._before = (self.received, self.lost)
        fraction = min(lost * 256 // max(received + lost, 1), 255)
        last, at_s = self.report
        delay = round((now_s - at_s) * 65536) if last else 0
        # The count of all that should have come tells how often the 16-bit number has wrapped.
        highest = self._first + self.received + self.lost - 1
        highest += ((following - 1 - highest) + 0x8000 & 0xFFFF) - 0x8000
        block = rtcp.Block(ssrc, fraction, self.lost, max(highest, 0), last, delay)
        return rtcp.receiver_report(own_ssrc, block)


def _payload(data: bytes, flags: int, start: int, end: int) -> tuple[int, int]:
    """Without CSRC list, extension header and padding; start >= end when there is nothing in it."""
    start += (flags & 0x0F) * 4
    if flags & 0x10:
        if start + 4 > end:
            return end, end
        start += 4 + (data[start + 2] << 8 | data[start + 3]) * 4
    if flags & 0x20 and start < end:
        padding = data[end - 1]
        end = end - padding if padding else start
    return start, end
