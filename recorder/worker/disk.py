"""Two threads between the loop and the disk: one writes, one waits for fdatasync. A disk that hangs holds up neither
packets nor signs of life; what waits for it is counted. Waking a thread costs more than what most jobs do, so jobs are
handed over and results are taken many at a time."""

import contextlib
import errno
import hashlib
import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Final, Literal

_STACK_BYTES: Final = 256 << 10
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PROBE: Final = bytes(256 << 10)
"""Less free space than this is none: it would be full again at once."""


class DiskFailed(Exception):
    """Writing has failed. `kind`, `name`: as in `words.Trouble`."""

    def __init__(self, error: OSError) -> None:
        self.kind: Literal["full", "error"] = "full" if error.errno in _FULL else "error"
        self.name = errno.errorcode.get(error.errno or 0, "unknown")
        super().__init__(self.name)


@dataclass(frozen=True, slots=True)
class Fragment:
    """Bytes that were written together, and their hash."""

    number: int
    offset: int
    length: int
    sha256: bytes
    file_bytes: int


class DiskFile:
    """A file while it is written. Belongs to the threads; the loop only passes it on."""

    __slots__ = ("_begin", "_fragment", "_hash", "failed", "fd", "size", "unsafe")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.size = 0
        self.failed: DiskFailed | None = None
        self.unsafe = False
        """A sync has failed. The kernel tells that once: a later success would say nothing about these bytes."""
        self._hash = hashlib.sha256()
        self._begin = 0
        self._fragment = 0

    def append(self, data: bytes) -> None:
        """All of it or nothing. Raises OSError."""
        try:
            _write_at(self.fd, data, self.size)
        except OSError:
            # A torn Cluster would not hurt a reader, but it would be in no fragment.
            with contextlib.suppress(OSError):
                os.ftruncate(self.fd, self.size)
            raise
        self._hash.update(data)
        self.size += len(data)

    def cut(self) -> Fragment | None:
        """What was appended since the last cut; None for nothing."""
        if self.size == self._begin:
            return None
        length = self.size - self._begin
        fragment = Fragment(self._fragment, self._begin, length, self._hash.digest(), self.size)
        self._fragment += 1
        self._begin = self.size
        self._hash = hashlib.sha256()
        return fragment


Done = Callable[[], None]
"""Runs in the loop's thread."""
Flush = Callable[[], Done]
"""Runs in the syncing thread."""
Work = Callable[[], Flush | None]
"""Runs in the writing thread."""


@dataclass(frozen=True, slots=True)
class _Job:
    """`size`: bytes that wait with it."""

    work: Work
    size: int


@dataclass(slots=True)
class _Busy:
    """Since when a thread has been at its present job, monotonic."""

    since_s: float | None = field(default=None)


class Disk:
    """Jobs begin with `submit`. `results` runs what has been done in the loop's thread; `wake_fd` is readable while
    there is something that should not wait for the next turn: a failure and, if `hasty`, anything."""

    def __init__(self) -> None:
        self.wake_fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.hasty = False
        self._jobs: list[_Job] = []
        self._write_jobs: SimpleQueue[list[_Job]] = SimpleQueue()
        self._sync_jobs: SimpleQueue[Flush] = SimpleQueue()
        self._done: deque[Done] = deque()
        self._given = 0
        self._taken = 0
        self._busy = (_Busy(), _Busy())
        threading.stack_size(_STACK_BYTES)
        for work in (self._write_all, self._sync_all):
            threading.Thread(target=_or_die, args=(work,), daemon=True).start()

    @property
    def waiting_bytes(self) -> int:
        return self._given - self._taken

    @property
    def written_bytes(self) -> int:
        return self._taken

    def slow_s(self) -> float:
        """For how long the slower of both threads has been at one job."""
        now_s = time.monotonic()
        return max((now_s - since for busy in self._busy if (since := busy.since_s) is not None), default=0.0)

    def submit(self) -> None:
        """The threads get what was asked for since the last time."""
        if self._jobs:
            jobs, self._jobs = self._jobs, []
            self._write_jobs.put(jobs)

    def woken(self) -> None:
        """`wake_fd` is readable."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self.wake_fd)
        self.results()

    def results(self) -> None:
        """Runs what has been done since."""
        while self._done:
            self._done.popleft()()

    def append(self, file: DiskFile, data: bytes, failed: Callable[[DiskFailed], None]) -> None:
        """`failed` is called once for a file; what comes after that is not written."""

        def work() -> None:
            if file.failed is None:
                try:
                    file.append(data)
                except OSError as error:
                    file.failed = failure = DiskFailed(error)
                    self._tell(lambda: failed(failure), urgent=True)

        self._put(work, len(data))

    def sync(self, file: DiskFile, synced: Callable[[Fragment | None, DiskFailed | None], None]) -> None:
        """Cuts a fragment and syncs it. `synced` gets what is safe now, None for nothing, and why it is not."""

        def work() -> Flush:
            fragment = file.cut()

            def flush() -> Done:
                if file.unsafe:
                    return lambda: synced(None, None)
                try:
                    os.fdatasync(file.fd)
                except OSError as error:
                    file.failed = failure = DiskFailed(error)
                    file.unsafe = True
                    return lambda: synced(None, failure)
                return lambda: synced(fragment, None)

            return flush

        self._put(work)

    def rewrite_head(
        self, file: DiskFile, make: Callable[[int], bytes], done: Callable[[Fragment | None], None]
    ) -> None:
        """Writes over the beginning of the file, after all that came before is synced. `make` gets the file's size."""

        def flush() -> Done:
            if file.failed is not None:
                return lambda: done(None)
            data = make(file.size)
            try:
                _write_at(file.fd, data, 0)
                os.fdatasync(file.fd)
            except OSError:
                return lambda: done(None)
            fragment = Fragment(0, 0, len(data), hashlib.sha256(data).digest(), file.size)
            return lambda: done(fragment)

        self._put(lambda: flush)

    def probe(self, file: DiskFile, done: Callable[[DiskFailed | None], None]) -> None:
        """Whether the disk takes bytes again; leaves the file as it is."""

        def work() -> None:
            failure = None
            try:
                try:
                    _write_at(file.fd, _PROBE, file.size)
                    os.fdatasync(file.fd)
                finally:
                    os.ftruncate(file.fd, file.size)
            except OSError as error:
                failure = DiskFailed(error)
            self._tell(lambda: done(failure))

        self._put(work)

    def close(self, file: DiskFile, done: Done) -> None:
        """After all that came before."""

        def flush() -> Done:
            with contextlib.suppress(OSError):
                os.close(file.fd)
            return done

        self._put(lambda: flush)

    def after(self, done: Done) -> None:
        """`done` after all that came before."""
        self._put(lambda: lambda: done)

    def _put(self, work: Work, size: int = 0) -> None:
        self._given += size
        self._jobs.append(_Job(work, size))

    def _tell(self, done: Done, *, urgent: bool = False) -> None:
        self._done.append(done)
        if urgent or self.hasty:
            os.eventfd_write(self.wake_fd, 1)

    def _write_all(self) -> None:
        busy = self._busy[0]
        while True:
            for job in self._write_jobs.get():
                busy.since_s = time.monotonic()
                following = job.work()
                self._taken += job.size
                busy.since_s = None
                if following is not None:
                    self._sync_jobs.put(following)

    def _sync_all(self) -> None:
        busy = self._busy[1]
        while True:
            flush = self._sync_jobs.get()
            busy.since_s = time.monotonic()
            done = flush()
            busy.since_s = None
            self._tell(done)


def _write_at(fd: int, data: bytes, at: int) -> None:
    """All of it: a disk that is nearly full takes a part first. Raises OSError."""
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, at)
        at += written
        view = view[written:]


def _or_die(work: Callable[[], None]) -> None:
    """A thread that ended alone would leave a recorder that records nothing."""
    try:
        work()
    finally:
        traceback.print_exc()
        os._exit(1)
