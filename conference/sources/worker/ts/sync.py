"""Whole transport packets out of pieces of any size."""

from typing import Final

PACKET_BYTES: Final = 188
SYNC: Final = 0x47
_CONFIRM: Final = 3
"""Sync bytes in a row that end a search."""


class PacketSync:
    """Keeps at most the rest of one packet, while searching three. `skipped`: bytes that belonged to no packet."""

    def __init__(self) -> None:
        self._rest = b""
        self.skipped = 0

    def feed(self, data: bytes) -> bytes:
        """The whole packets that are complete now, joined; their sync bytes are right."""
        if self._rest:
            data = self._rest + data
        whole = len(data) // PACKET_BYTES
        if data[::PACKET_BYTES].startswith(b"\x47" * whole):
            cut = whole * PACKET_BYTES
            self._rest = data[cut:]
            return data if not self._rest else data[:cut]
        return self._resync(data)

    def _resync(self, data: bytes) -> bytes:
        """At least one sync byte is missing: keep what is before it, search behind it."""
        out = bytearray()
        at = 0
        while len(data) - at >= PACKET_BYTES:
            if data[at] == SYNC:
                out += data[at : at + PACKET_BYTES]
                at += PACKET_BYTES
                continue
            found = self._search(data, at)
            self.skipped += found - at
            at = found
            if at + PACKET_BYTES * (_CONFIRM - 1) >= len(data):
                break
        self._rest = data[at:]
        return bytes(out)

    @staticmethod
    def _search(data: bytes, at: int) -> int:
        """Where packets begin again; where more bytes are needed to know."""
        while True:
            at = data.find(SYNC, at)
            if at < 0:
                return len(data)
            ahead = data[at : at + PACKET_BYTES * _CONFIRM : PACKET_BYTES]
            if ahead.count(SYNC) == len(ahead):
                return at
            at += 1
