"""H.264 (RFC 6184): single NAL units, STAP-A/B, MTAP16/24, FU-A/B."""

from typing import Final

from conference.sources.worker.rtsp.payload import Emit
from conference.sources.worker.rtsp.payload.access_unit import AccessUnit, Fragments

_STAP_A, _STAP_B, _MTAP16, _MTAP24, _FU_A, _FU_B = range(24, 30)
_AGGREGATES: Final = {_STAP_A: (1, 0), _STAP_B: (3, 0), _MTAP16: (3, 3), _MTAP24: (3, 4)}
"""Bytes before the first unit; bytes between its size and the unit itself (decoding order, timestamp offset)."""
_PICTURE: Final = (1, 2, 5)


class H264:
    """Interleaved mode (decoding order numbers) is read in the order of transmission: cameras do not interleave."""

    def __init__(self, emit: Emit) -> None:
        self._unit = AccessUnit(emit)
        self._fragments = Fragments()

    def push(self, data: bytes, start: int, end: int, timestamp: int, marker: bool) -> None:
        unit = self._unit
        if timestamp != unit.timestamp:
            self._finish()
            unit.turn(timestamp)
        kind = data[start] & 0x1F
        if kind == _FU_A:
            self._fragment(data, start, end, start + 2)
        elif kind == _FU_B:
            self._fragment(data, start, end, start + 4)
        else:
            self._finish()
            if kind in _AGGREGATES:
                self._aggregate(data, start, end, *_AGGREGATES[kind])
            else:
                self._nal(data[start:end])
        if marker:
            self._finish()
            unit.marker()

    def gap(self) -> None:
        self._fragments.clear()  # its rest cannot be told from that of another one
        self._unit.gap()

    def reset(self) -> None:
        self._fragments.clear()
        self._unit.reset()

    def _fragment(self, data: bytes, start: int, end: int, body: int) -> None:
        if body >= end:
            return
        header = data[start + 1]
        if header & 0x80:
            self._finish()
            self._fragments.begin(bytes((data[start] & 0xE0 | header & 0x1F,)), data[body:end])
        elif not self._fragments.more(data[body:end]):
            self._unit.broken = True
        if header & 0x40:
            self._finish()

    def _finish(self) -> None:
        """Also without the end bit: nothing was lost, or `gap` had dropped the fragments."""
        parts = self._fragments.take()
        if parts:
            self._add(parts, parts[0][0] & 0x1F, parts[1][0])

    def _aggregate(self, data: bytes, start: int, end: int, skip: int, between: int) -> None:
        at = start + skip
        while at + 2 <= end:
            size = data[at] << 8 | data[at + 1]
            at += 2 + between
            if size == 0 or at + size > end:
                self._unit.broken = True
                return
            self._nal(data[at : at + size])
            at += size

    def _nal(self, nal: bytes) -> None:
        kind = nal[0] & 0x1F
        if 0 < kind < _STAP_A and len(nal) > 1:
            self._add([nal], kind, nal[1])

    def _add(self, parts: list[bytes], kind: int, second: int) -> None:
        if kind in _PICTURE:
            self._unit.slice(first=second >= 0x80)  # first_mb_in_slice = ue(v) "1" = 0
        self._unit.add(parts)
