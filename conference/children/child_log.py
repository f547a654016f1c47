"""What children print (tracebacks, libav's last words): into the server's log, line by line and bounded."""

import asyncio
import logging
import os
from typing import Final

from conference.children.exits import printable

LINES_PER_S: Final = 50
LINE_CHARS: Final = 400
_READ_BYTES: Final = 16_384

log = logging.getLogger(__name__)


class ChildLog:
    """Owns the read end of a non-blocking pipe whose other end is a child's stderr. Beyond LINES_PER_S it is not read
    until the next second: then the pipe fills, and what the child prints meanwhile is lost to it, not to us."""

    def __init__(self, name: str, fd: int) -> None:
        self._name = name
        self._fd = fd
        self._partial = b""
        self._lines = 0
        self._loop = asyncio.get_running_loop()
        self._pause: asyncio.TimerHandle | None = None
        self._loop.add_reader(fd, self._readable)

    def close(self) -> None:
        """Logs what is still in the pipe, within the bound. Once."""
        if self._pause is None:
            self._readable()
        if self._pause is not None:
            self._pause.cancel()
        if self._partial:
            self._write(self._partial)
        self._loop.remove_reader(self._fd)
        os.close(self._fd)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(self._fd)
            return
        *lines, self._partial = (self._partial + data).split(b"\n")
        # A line without an end is cut: the rest of it becomes a line of its own.
        if len(self._partial) > LINE_CHARS:
            lines.append(self._partial)
            self._partial = b""
        for line in lines[: LINES_PER_S - self._lines]:
            self._write(line)
        self._lines += len(lines)
        if self._pause is None:
            self._pause = self._loop.call_later(1.0, self._resume)
        if self._lines >= LINES_PER_S:
            self._loop.remove_reader(self._fd)

    def _resume(self) -> None:
        if self._lines > LINES_PER_S:
            log.warning("x %s: %d more lines", self._name, self._lines - LINES_PER_S)
        self._lines = 0
        self._pause = None
        self._loop.add_reader(self._fd, self._readable)

    def _write(self, line: bytes) -> None:
        log.warning("%s: %s", self._name, printable(line.decode("utf-8", "replace"), LINE_CHARS))
