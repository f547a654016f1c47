"""File descriptors of the caller as file objects for libav. Each keeps its own place: one descriptor, many readers."""

import os


def size_of(fd: int) -> int:
    """A confined child has no fstat; the descriptor's own place, which this moves, is used by nobody."""
    return os.lseek(fd, 0, os.SEEK_END)


class FdReader:
    """Reads at its own offset; does not use the descriptor's, never closes it."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._at = 0

    def read(self, size: int) -> bytes:
        data = os.pread(self._fd, size, self._at)
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = self._at if whence == os.SEEK_CUR else size_of(self._fd) if whence == os.SEEK_END else 0
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        return self._at


class FdWriter(FdReader):
    """Raises OSError, as for a full disk. `name`: what libav asks for when it wants to read the same file."""

    name = "film.mp4"

    def write(self, data: bytes) -> int:
        rest = memoryview(data)
        while rest:
            done = os.pwrite(self._fd, rest, self._at)
            self._at += done
            rest = rest[done:]
        return len(data)


class Nowhere:
    """For a container that exists for its encoders only."""

    def write(self, data: bytes) -> int:
        return len(data)
