"""Collects the NAL units of one picture. It ends with the marker bit, or where the timestamp changes when a camera sets
no marker (RFC 6184 §5.1, RFC 7798 §4.1)."""

from typing import Final

from conference.sources.worker.rtsp.payload import Emit

MAX_BYTES: Final = 8 << 20
MAX_PARTS: Final = 65_536
START_CODE: Final = b"\x00\x00\x00\x01"


class Fragments:
    """One NAL unit that comes in pieces. What is larger than a picture may be is dropped."""

    __slots__ = ("_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def begin(self, header: bytes, piece: bytes) -> None:
        self._parts = [header, piece]
        self._size = len(piece)

    def more(self, piece: bytes) -> bool:
        """False: its beginning is missing, or there is too much of it."""
        self._size += len(piece)
        if not self._parts or self._size > MAX_BYTES or len(self._parts) >= MAX_PARTS:
            self._parts = []
            return False
        self._parts.append(piece)
        return True

    def take(self) -> list[bytes]:
        """Header and pieces, [] without any; then it is empty."""
        parts, self._parts = self._parts, []
        return parts

    def clear(self) -> None:
        self._parts = []


class AccessUnit:
    """Parameter sets and messages that come alone wait for the picture they belong to, whatever markers and timestamps
    they carry."""

    __slots__ = ("_closed", "_emit", "_gap", "_parts", "_size", "broken", "has_picture", "timestamp", "trusts_marker")

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._parts: list[bytes] = []
        self._size = 0
        self._closed: int | None = None
        self._gap = False
        self.timestamp: int | None = None
        self.has_picture = False
        self.broken = False
        self.trusts_marker = True

    def turn(self, timestamp: int) -> None:
        """A packet with another timestamp: the picture before is complete."""
        if self.has_picture:
            self.flush()
        else:
            self.broken = False  # of the picture before nothing came through; the parameter sets here are whole
        self.timestamp = timestamp

    def marker(self) -> None:
        if self.has_picture and self.trusts_marker:
            self.flush()

    def gap(self) -> None:
        """Packets are missing here: of this picture, of the next one, or whole pictures between them."""
        if self._parts:
            self.broken = True
        self._gap = True

    def slice(self, *, first: bool) -> None:
        """A NAL unit of the picture itself follows. `first`: it holds the picture's upper left corner."""
        if self._gap:
            self._gap = False
            self.broken |= not first
        if not first and not self.has_picture and self.timestamp == self._closed:
            # The picture went on behind its marker: this camera sets one on each slice.
            self.trusts_marker = False
            self.broken = True
        self.has_picture = True

    def add(self, parts: list[bytes]) -> None:
        """The pieces of one NAL unit, without start code."""
        self._size += sum(map(len, parts)) + 4
        if self._size > MAX_BYTES or len(self._parts) + len(parts) >= MAX_PARTS:
            self.broken = True  # the rest of it is left out
            return
        self._parts.append(START_CODE)
        self._parts += parts

    def reset(self) -> None:
        """Drops what there is."""
        self._parts, self._size, self._gap = [], 0, False
        self.timestamp = self._closed = None
        self.broken = self.has_picture = False

    def flush(self) -> None:
        """Gives away what there is."""
        parts, self._parts, self._size = self._parts, [], 0
        broken, self.broken, self.has_picture = self.broken, False, False
        self._closed = self.timestamp
        if parts and self.timestamp is not None:
            self._emit(b"".join(parts), self.timestamp, broken)
