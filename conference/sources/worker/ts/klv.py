"""KLV packets (SMPTE ST 336) in transport stream units, alone (asynchronous) or in metadata access unit cells
(synchronous, ISO/IEC 13818-1 section 2.12.4; MISB ST 1402)."""

from collections.abc import Iterator
from typing import Final

MAX_KLV_BYTES: Final = 64 << 10
_UNIVERSAL_LABEL: Final = b"\x06\x0e\x2b\x34"
_KEY_BYTES: Final = 16
_CELL_BYTES: Final = 5
_WHOLE: Final = 3
_FIRST: Final = 2
_LAST: Final = 1


def split(data: bytes) -> Iterator[bytes]:
    """The KLV packets that lie one behind the other in `data`; ends at what is none, or is over MAX_KLV_BYTES."""
    at = 0
    while data.startswith(_UNIVERSAL_LABEL, at):
        length = at + _KEY_BYTES
        if length >= len(data):
            return
        size = data[length]
        value = length + 1
        if size & 0x80:
            value += size & 0x7F
            size = int.from_bytes(data[length + 1 : value])
        end = value + size
        if end > len(data) or end - at > MAX_KLV_BYTES:
            return
        yield data[at:end]
        at = end


class Cells:
    """Puts the access units of a synchronous stream together; a fragment may lie in the next unit."""

    def __init__(self) -> None:
        self._begun = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The access units that are complete now."""
        whole = []
        at = 0
        while at + _CELL_BYTES <= len(data):
            part = data[at + 2] >> 6
            end = at + _CELL_BYTES + (data[at + 3] << 8 | data[at + 4])
            if end > len(data):
                break
            content = data[at + _CELL_BYTES : end]
            at = end
            if part == _WHOLE:
                whole.append(content)
                continue
            self._begun = content if part == _FIRST else self._begun + content
            if len(self._begun) > MAX_KLV_BYTES:
                self._begun = b""
            if part == _LAST:
                whole.append(self._begun)
                self._begun = b""
        return whole

    def drop(self) -> None:
        """Something is missing: what was begun is useless."""
        self._begun = b""
