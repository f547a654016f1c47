"""How the disk is: refusing, slow or well; and how much waits for it."""

import os
from collections.abc import Callable
from typing import Final

from recorder import words
from recorder.worker.disk import Disk, DiskFailed, DiskFile

_RETRY_US: Final = 1_000_000
_SLOW_S: Final = 1.5


class Storage:
    """`tell` gets Trouble at each change. After a refusal one file is kept, and a write to it is tried each second."""

    def __init__(self, disk: Disk, limit_bytes: int, tell: Callable[[words.FromChild], None]) -> None:
        self._disk = disk
        self._limit_bytes = limit_bytes
        self._tell = tell
        self._told = words.Trouble("none")
        self._failure: words.Trouble | None = None
        self._kept: DiskFile | None = None
        self._probing = False
        self._retry_us = 0
        self._asking = False
        """The next file that is asked for will show whether there are files again."""
        self._paused = False
        self._overflowing = False
        self.accepts = True
        """Frames may be added."""

    def failed(self, failure: DiskFailed, file: DiskFile) -> bool:
        """The disk has refused bytes. True: this file is kept for trying."""
        self._set(words.Trouble(failure.kind, failure.name))
        if self._kept is not None:
            return False
        self._kept = file
        return True

    def no_file(self, why: words.Trouble) -> None:
        """The core could not make a file."""
        self._asking = False
        self._set(why)

    def file_came(self) -> None:
        """The core has made one."""
        if self._asking:
            self._asking = False
            self._failure = None
            self._judge()

    def pause(self, paused: bool) -> None:
        """The core says that the disk is full, or is no more."""
        self._paused = paused
        self._judge()

    def tick(self, waiting_bytes: int, now_us: int) -> None:
        """Some times a second. `waiting_bytes`: in memory, of all tracks together."""
        if self._failure is not None and not self._probing and now_us >= self._retry_us:
            self._retry_us = now_us + _RETRY_US
            self._try()
        if waiting_bytes > self._limit_bytes:
            self._overflowing = True
        elif waiting_bytes < self._limit_bytes // 2:
            self._overflowing = False
        self._judge()

    def _try(self) -> None:
        if self._kept is None:
            self._asking = True
            return
        self._probing = True
        self._disk.probe(self._kept, self._probed)

    def _probed(self, failure: DiskFailed | None) -> None:
        self._probing = False
        if failure is not None:
            self._set(words.Trouble(failure.kind, failure.name))
            return
        self._failure = None
        if self._kept is not None:
            os.close(self._kept.fd)
            self._kept = None
        self._judge()

    def _set(self, trouble: words.Trouble) -> None:
        self._failure = trouble
        self._judge()

    def _judge(self) -> None:
        self.accepts = (self._failure is None or self._asking) and not self._overflowing and not self._paused
        now = self._failure
        if now is None:
            slow = self._overflowing or self._disk.slow_s() > _SLOW_S
            now = words.Trouble("slow") if slow else words.Trouble("none")
        if now != self._told:
            self._told = now
            self._tell(now)
