"""The work of a film's child: render, sync, hash. On a thread of its own, heard by the one with the control socket."""

import errno
import hashlib
import os
import queue
import traceback
from collections.abc import Callable, Iterator
from typing import Final

import av

from conference.layout import InvalidLayout
from recorder import film_words as words
from recorder.film.files import size_of
from recorder.film.job import Cancelled, Film, Job, Progress
from recorder.film.render import render

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_BYTES: Final = 1 << 20
_DETAIL: Final = 120


class Work:
    """`prepare` may raise InvalidLayout. `cancelled` may be set by another thread; `steps` grows as long as the work
    moves."""

    def __init__(self, prepare: Callable[[], Job]) -> None:
        self.cancelled = False
        self.steps = 0
        self._prepare = prepare
        self._said: queue.SimpleQueue[words.FromChild] = queue.SimpleQueue()

    def said(self) -> Iterator[words.FromChild]:
        """What is to be told since the last call; Ended is the last."""
        while not self._said.empty():
            yield self._said.get()

    def run(self) -> None:
        """Raises nothing."""
        try:
            job = self._prepare()
            film = render(job, progress=self._progress, cancelled=self._asked)
            self._tell(film, job.output_fd)
            cause: words.Ended = words.Ended("done")
        except Cancelled:
            cause = words.Ended("cancelled")
        except InvalidLayout as error:
            cause = self._failed("layout", error)
        except (av.FFmpegError, OSError) as error:
            number = getattr(error, "errno", None)
            cause = self._failed("disk-full" if number in _FULL else "disk", error)
        except BaseException as error:  # noqa: BLE001 - the other thread has to hear of it, whatever it is
            traceback.print_exc()
            cause = self._failed("crashed", error)
        self._said.put(cause)

    def _asked(self) -> bool:
        self.steps += 1
        return self.cancelled

    def _progress(self, progress: Progress) -> None:
        self._said.put(words.Progress(progress.done_ms, progress.total_ms, progress.speed))

    def _tell(self, film: Film, output_fd: int) -> None:
        """Raises Cancelled, OSError."""
        os.fdatasync(output_fd)
        size_bytes = size_of(output_fd)
        whole = hashlib.sha256()
        for number, offset in enumerate(range(0, size_bytes, words.PIECE_BYTES)):
            length = min(words.PIECE_BYTES, size_bytes - offset)
            piece = self._hash(output_fd, offset, length, whole)
            self._said.put(words.Piece(number, offset, length, piece))
        faults = tuple(words.Fault(one.track, one.begun_ms, one.reason) for one in film.faults[: words.MAX_FAULTS])
        self._said.put(
            words.Done(
                size_bytes=size_bytes,
                sha256=whole.digest(),
                duration_ms=film.duration_ms,
                ticks=film.ticks,
                encoded=film.encoded,
                faults=faults,
                fault_count=len(film.faults),
            )
        )

    def _hash(self, output_fd: int, offset: int, length: int, whole: "hashlib._Hash") -> bytes:
        piece = hashlib.sha256()
        end = offset + length
        while offset < end:
            if self._asked():
                os.ftruncate(output_fd, 0)
                raise Cancelled
            data = os.pread(output_fd, min(_READ_BYTES, end - offset), offset)
            if not data:
                raise OSError(errno.EIO, "the film became shorter")
            piece.update(data)
            whole.update(data)
            offset += len(data)
        return piece.digest()

    def _failed(self, reason: words.Reason, error: BaseException) -> words.Ended:
        detail = f"{type(error).__name__}: {error}".encode("ascii", "replace").decode()[:_DETAIL]
        self._said.put(words.Failed(reason, detail))
        return words.Ended("failed")
