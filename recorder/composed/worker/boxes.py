"""The top-level boxes of fragmented MP4 (ISO/IEC 14496-12 section 4.2) as a muxer writes them."""

import os
from collections.abc import Callable, Iterator
from typing import Final

_HEAD_BYTES: Final = 8
_MAX_BOX_BYTES: Final = 64 << 20
HEAD: Final = (b"ftyp", b"moov")
FRAGMENT: Final = (b"moof", b"mdat")


class BoxWriter:
    """A file object that can only be written, for libav: gives each box as a whole."""

    def __init__(self, take: Callable[[bytes, bytes], None]) -> None:
        self._take = take
        self._rest = bytearray()

    def write(self, data: bytes) -> int:
        """Raises OSError for what is no such file."""
        self._rest += data
        while len(self._rest) >= _HEAD_BYTES:
            size = int.from_bytes(self._rest[:4], "big")
            if not _HEAD_BYTES <= size <= _MAX_BOX_BYTES:
                raise OSError("no box")
            if len(self._rest) < size:
                break
            box = bytes(self._rest[:size])
            del self._rest[:size]
            self._take(box[4:8], box)
        return len(data)


def boxes_of(fd: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, offset, size) of the whole boxes of a file, up to the first that is not."""
    at, end = 0, os.lseek(fd, 0, os.SEEK_END)
    while at + _HEAD_BYTES <= end:
        head = os.pread(fd, _HEAD_BYTES, at)
        size = int.from_bytes(head[:4], "big")
        if size < _HEAD_BYTES or at + size > end:
            return
        yield head[4:8], at, size
        at += size


def whole_bytes(fd: int) -> int:
    """Where the last whole fragment ends; 0: there is none."""
    end = 0
    for kind, at, size in boxes_of(fd):
        if kind == b"mdat":
            end = at + size
    return end
