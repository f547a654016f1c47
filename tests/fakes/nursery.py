"""A nursery whose children do deeds, and what the core hears of each."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from conference.children.exits import Exit
from conference.sources import words
from conference.sources.family import SOURCES
from conference.sources.nursery import Child, SourceNursery
from tests.fakes.source_child import job

ENTRY = "tests.fakes.source_child:run"


class Heard:
    """One child and everything it said."""

    def __init__(self) -> None:
        self.words: list[words.FromChild] = []
        self.fds: list[int] = []
        self.exits: list[Exit] = []
        self.child: Child | None = None
        self.changed = asyncio.Event()

    def on_word(self, word: words.FromChild, fds: list[int]) -> None:
        assert not self.exits, "a word after the exit"
        self.words.append(word)
        self.fds += fds
        self.changed.set()

    def on_exit(self, exit_: Exit) -> None:
        self.exits.append(exit_)
        self.changed.set()

    async def until(self, met: Callable[[], object], timeout_s: float = 10.0) -> None:
        async with asyncio.timeout(timeout_s):
            while not met():
                self.changed.clear()
                await self.changed.wait()

    async def exit(self, timeout_s: float = 10.0) -> Exit:
        await self.until(lambda: self.exits, timeout_s)
        return self.exits[0]

    async def answer(self) -> Any:
        """What its deed found out."""
        await self.until(lambda: self.exits or any(isinstance(word, words.Data) for word in self.words))
        (found,) = [word.payload for word in self.words if isinstance(word, words.Data)]
        return msgspec.json.decode(found)

    @property
    def pid(self) -> int:
        assert self.child is not None
        return self.child.pid


class Ward:
    """A running nursery."""

    def __init__(self, nursery: SourceNursery, running: asyncio.Task[None]) -> None:
        self.nursery = nursery
        self.running = running

    async def spawn(
        self, deed: str, argument: str = "", *, fds: Sequence[int] = (), limits: words.Limits | None = None
    ) -> Heard:
        heard = Heard()
        heard.child = await self.nursery.spawn(
            "s_test", job(deed, argument), fds, on_word=heard.on_word, on_exit=heard.on_exit, limits=limits
        )
        return heard


@asynccontextmanager
async def ward(entry: str = ENTRY) -> AsyncIterator[Ward]:
    """Ends with no child left."""
    nursery = SourceNursery(limits=words.Limits(), quality=words.Quality(), family=replace(SOURCES, entry=entry))
    running = asyncio.create_task(nursery.run())
    try:
        yield Ward(nursery, running)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert not nursery.children


def entries(folder: str) -> int:
    """How many files a folder of /proc has: descriptors, threads."""
    return len(list(Path(folder).iterdir()))


def own_descriptors() -> int:
    """How many files this process has open, without those only the garbage collector still knows (of other tests)."""
    gc.collect()
    return entries("/proc/self/fd")


def process_status(pid: int) -> dict[str, str]:
    """/proc/<pid>/status."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def alive(pid: int) -> bool:
    """Not gone and not a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


async def gone(pid: int, timeout_s: float = 5.0) -> None:
    """Waits for the end of a process that need not be a child of this one."""
    try:
        pidfd = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(pidfd, ended.set)
    try:
        await asyncio.wait_for(ended.wait(), timeout_s)
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)
