"""Formats whose payload is the frame itself, and those that end one with the marker bit."""

from typing import Final

from conference.sources.worker.rtsp.payload import Emit

MAX_BYTES: Final = 8 << 20


class Plain:
    """One packet, one frame: G.711, G.722, G.726, L16 (RFC 3551), Opus (RFC 7587); MPA with the 4-byte header of
    RFC 2250 §3.5 that `skip_bytes` leaves out."""

    def __init__(self, emit: Emit, *, skip_bytes: int = 0) -> None:
        self._emit = emit
        self._skip_bytes = skip_bytes

    def push(self, data: bytes, start: int, end: int, timestamp: int, marker: bool) -> None:  # noqa: ARG002
        start += self._skip_bytes
        if start < end:
            self._emit(data[start:end], timestamp, False)  # noqa: FBT003 - "broken"

    def gap(self) -> None:
        """Each frame stands alone."""

    def reset(self) -> None:
        """There is nothing to forget."""


class Marked:
    """Packets of one timestamp until the marker: MPEG-4 part 2 (RFC 6416 §5), KLV (RFC 6597). A frame with a gap in it
    is given as broken."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._parts: list[bytes] = []
        self._size = 0
        self._timestamp = 0
        self._broken = False

    def push(self, data: bytes, start: int, end: int, timestamp: int, marker: bool) -> None:
        if self._parts and timestamp != self._timestamp:
            self._flush()
        self._timestamp = timestamp
        self._size += end - start
        if self._size <= MAX_BYTES and len(self._parts) < MAX_BYTES // 128:
            self._parts.append(data[start:end])
        else:
            self._broken = True
        if marker:
            self._flush()

    def gap(self) -> None:
        self._broken = True

    def reset(self) -> None:
        self._parts, self._size, self._broken = [], 0, False

    def _flush(self) -> None:
        parts, self._parts, self._size = self._parts, [], 0
        broken, self._broken = self._broken, False
        self._emit(b"".join(parts), self._timestamp, broken)
