"""H.265 (RFC 7798): single NAL units, aggregation packets, fragmentation units."""

from typing import Final

from conference.sources.worker.rtsp.payload import Emit
from conference.sources.worker.rtsp.payload.access_unit import AccessUnit, Fragments

_AP: Final = 48
_FU: Final = 49
_LAST_PICTURE: Final = 31


class H265:
    """`orders`: the packets carry decoding order numbers (sprop-max-don-diff > 0); they are skipped."""

    def __init__(self, emit: Emit, *, orders: bool = False) -> None:
        self._unit = AccessUnit(emit)
        self._order_bytes = 2 if orders else 0
        self._fragments = Fragments()

    def push(self, data: bytes, start: int, end: int, timestamp: int, marker: bool) -> None:
        unit = self._unit
        if timestamp != unit.timestamp:
            self._finish()
            unit.turn(timestamp)
        kind = data[start] >> 1 & 0x3F
        if kind == _FU:
            self._fragment(data, start, end)
        else:
            self._finish()
            if kind == _AP:
                self._aggregate(data, start + 2, end)
            elif kind < _AP and self._order_bytes:
                self._nal(data[start : start + 2] + data[start + 4 : end])
            elif kind < _AP:
                self._nal(data[start:end])
        if marker:
            self._finish()
            unit.marker()

    def gap(self) -> None:
        self._fragments.clear()
        self._unit.gap()

    def reset(self) -> None:
        self._fragments.clear()
        self._unit.reset()

    def _fragment(self, data: bytes, start: int, end: int) -> None:
        if start + 3 >= end:
            return
        header = data[start + 2]
        if header & 0x80:
            self._finish()
            first = bytes((data[start] & 0x81 | (header & 0x3F) << 1, data[start + 1]))
            body = start + 3 + self._order_bytes
            if body < end:
                self._fragments.begin(first, data[body:end])
        elif not self._fragments.more(data[start + 3 : end]):
            self._unit.broken = True
        if header & 0x40:
            self._finish()

    def _finish(self) -> None:
        parts = self._fragments.take()
        if parts:
            self._add(parts, parts[0][0] >> 1 & 0x3F, parts[1][0])

    def _aggregate(self, data: bytes, at: int, end: int) -> None:
        at += self._order_bytes
        while at + 2 <= end:
            size = data[at] << 8 | data[at + 1]
            at += 2
            if size == 0 or at + size > end:
                self._unit.broken = True
                return
            self._nal(data[at : at + size])
            at += size + self._order_bytes // 2

    def _nal(self, nal: bytes) -> None:
        if len(nal) > 2:
            self._add([nal], nal[0] >> 1 & 0x3F, nal[2])

    def _add(self, parts: list[bytes], kind: int, third: int) -> None:
        if kind <= _LAST_PICTURE:
            self._unit.slice(first=third >= 0x80)  # first_slice_segment_in_pic_flag
        self._unit.add(parts)
