"""One film being made: its files, its child, what the child is told and what it says."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from conference.children.datagrams import close_all
from conference.children.exits import printable
from conference.model.errors import ChildUnavailable, HuishangError
from conference.model.film import Film, FilmProgress, FilmReason
from recorder import film_words as words
from recorder.film_files import Made

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from conference.children.child import Child
    from conference.children.exits import Exit
    from conference.model.recording import Segment
    from recorder.film_nursery import FilmNurseries
    from recorder.film_plan import Plan
    from recorder.folder import RecordingFolder

    FilmChild = Child[words.ToChild, words.FromChild]

WARM_S: Final = 60.0
SPAWN_AGAIN_S: Final = 0.5
LOOK_S: Final = 1.0
MAX_PIECES: Final = 100_000
_REASONS: Final = {
    "crashed": FilmReason.CRASHED,
    "stalled": FilmReason.STALLED,
    "over-limit": FilmReason.OVER_LIMIT,
}

log = logging.getLogger(__name__)


class FilmFailed(Exception):
    """There is no film."""

    def __init__(self, reason: FilmReason, detail: str = "") -> None:
        super().__init__(f"{reason.value} {detail}".strip())
        self.reason = reason


class FilmCancelled(Exception):
    """It is not wanted any more."""


class FilmRun:
    """One attempt. `open_segment`: a descriptor to read, the run's to close; raises OSError and HuishangError. `room`:
    the disk takes more."""

    def __init__(
        self,
        film: Film,
        plan: Plan,
        folder: RecordingFolder,
        *,
        open_segment: Callable[[Segment], Awaitable[int]],
        room: Callable[[], bool],
    ) -> None:
        self.film = film
        self.progress = FilmProgress()
        self._plan = plan
        self._folder = folder
        self._open_segment = open_segment
        self._room = room
        self._child: FilmChild | None = None
        self._next = asyncio.Event()
        self._exit: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._pieces: list[words.Piece] = []
        self._done: words.Done | None = None
        self._failed: words.Failed | None = None
        self._missing = 0
        self._cancelled = False
        self._full = False

    async def make(self, nurseries: FilmNurseries, start: words.Start) -> Made:
        """Leaves no file unless it returns. Raises FilmFailed, FilmCancelled."""
        if self._plan.files > words.MAX_FILES:
            raise FilmFailed(FilmReason.TOO_LARGE, f"{self._plan.files} files")
        made = None
        try:
            output = await asyncio.to_thread(self._folder.create, self.film.recording, self.film.id)
            try:
                made = await self._make(nurseries, start, output)
            finally:
                os.close(output)
        except OSError as error:
            raise FilmFailed(disk_reason(error), error.strerror or "") from None
        finally:
            if made is None:
                await self._delete()
        return made

    def cancel(self) -> None:
        """`make` raises FilmCancelled soon."""
        self._cancelled = True
        self._next.set()
        if self._child is not None:
            self._child.stop()

    async def _make(self, nurseries: FilmNurseries, start: words.Start, output: int) -> Made:
        scratch = await asyncio.to_thread(self._folder.scratch)
        try:
            self._child = await self._spawn(nurseries, start, [output, scratch])
        finally:
            os.close(scratch)
        if self._cancelled:
            self._child.stop()
        looking = asyncio.get_running_loop().create_task(self._look_at_disk(self._child))
        try:
            await self._tell(self._child)
            exit_ = await self._exit
        finally:
            looking.cancel()
            if not self._exit.done():
                self._child.kill()
                await self._exit
        return self._judge(exit_, output)

    async def _spawn(self, nurseries: FilmNurseries, start: words.Start, fds: list[int]) -> FilmChild:
        """Waits for a template that is not warm yet."""
        loop = asyncio.get_running_loop()
        until_s = loop.time() + WARM_S
        while True:
            if self._cancelled:
                raise FilmCancelled
            try:
                return await nurseries.nursery.spawn(
                    self.film.id, start, fds, on_word=self._heard, on_exit=self._exited
                )
            except ChildUnavailable:
                if loop.time() > until_s:
                    raise FilmFailed(FilmReason.CRASHED, "no child") from None
                await asyncio.sleep(SPAWN_AGAIN_S)

    async def _tell(self, child: FilmChild) -> None:
        """All of the plan, one word at a time."""
        opened = 0
        for word, segments in self._plan.tellings():
            await self._next.wait()
            self._next.clear()
            if self._exit.done() or self._cancelled:
                return
            if isinstance(word, words.Files):
                opened += await self._tell_files(child, word, segments)
            elif isinstance(word, words.Go) and opened == 0:
                self._failed = words.Failed("unreadable", "no file could be opened")
                child.stop()
            else:
                child.send(word)

    async def _tell_files(self, child: FilmChild, word: words.Files, segments: Sequence[Segment]) -> int:
        """How many could be opened: one that cannot is a fault of its own, not the film's."""
        fds: list[int] = []
        spans = []
        try:
            for span, segment in zip(word.spans, segments, strict=True):
                try:
                    fds.append(await self._open_segment(segment))
                except (OSError, HuishangError) as error:
                    log.warning("x film %s goes without segment %s: %s", self.film.id, segment.id, error)
                    self._missing += 1
                else:
                    spans.append(span)
            child.send(words.Files(word.track, tuple(spans)), fds)
        finally:
            close_all(fds)
        return len(fds)

    async def _look_at_disk(self, child: FilmChild) -> None:
        """A film must not take what running recordings need."""
        while True:
            if not self._room():
                self._full = True
                child.stop()
                return
            await asyncio.sleep(LOOK_S)

    # ---- what it says ----

    def _heard(self, word: words.FromChild, fds: list[int]) -> None:
        close_all(fds)
        match word:
            case words.Next():
                self._next.set()
            case words.Progress():
                self.progress = _progress(word)
            case words.Piece() if len(self._pieces) < MAX_PIECES:
                self._pieces.append(word)
            case words.Done():
                self._done = word
            case words.Failed():
                self._failed = self._failed or word
            case _:
                pass  # beats

    def _exited(self, exit_: Exit) -> None:
        self._exit.set_result(exit_)
        self._next.set()

    def _judge(self, exit_: Exit, output: int) -> Made:
        """What became of it. Raises FilmFailed, FilmCancelled."""
        if self._full:
            raise FilmFailed(FilmReason.DISK_FULL, "below the reserve")
        if self._failed is not None:
            raise FilmFailed(FilmReason(self._failed.reason), self._failed.detail)
        if self._cancelled:
            raise FilmCancelled
        done = self._done
        if exit_.ended is None or done is None:
            raise FilmFailed(_REASONS.get(exit_.reason, FilmReason.CRASHED), exit_.detail)
        if done.size_bytes != os.fstat(output).st_size:
            raise FilmFailed(FilmReason.CRASHED, "its file is not what it says")
        for fault in done.faults:
            log.warning("x film %s: track %s: %s", self.film.id, printable(fault.track), printable(fault.reason))
        faults = self._missing + done.fault_count
        return Made(done.size_bytes, done.sha256, done.duration_ms, tuple(self._pieces), faults)

    async def _delete(self) -> None:
        with suppress(OSError):
            await asyncio.to_thread(self._folder.delete, self.film.recording, self.film.id)


def disk_reason(error: OSError) -> FilmReason:
    return FilmReason.DISK_FULL if error.errno in (errno.ENOSPC, errno.EDQUOT) else FilmReason.DISK


def _progress(word: words.Progress) -> FilmProgress:
    percent = min(100.0, max(0.0, 100 * word.done_ms / max(1, word.total_ms)))
    left_ms = max(0, word.total_ms - word.done_ms)
    remaining_s = left_ms / 1000 / word.speed if word.speed > 0 else None
    return FilmProgress(percent=percent, speed=max(0.0, word.speed), remaining_s=remaining_s)
