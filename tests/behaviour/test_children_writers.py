"""Children that write files: what they get, what they can, what they cannot, and how long they may outlive the core."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import av
import msgspec
import pytest

from conference.children import words as common
from conference.children.child import Child
from conference.children.exits import Exit
from conference.children.nursery import Nursery
from conference.children.worker import sandbox
from conference.children.worker.seccomp import Profile
from conference.model.errors import ChildUnavailable
from tests.fakes.confined_child import PICTURES, WRITERS, Found, FromChild, Give, Start, ToChild
from tests.fakes.nursery import gone
from tests.fakes.source_child_escapes import CANARIES

needs_kernel = pytest.mark.skipif(bool(sandbox.features().missing), reason="; ".join(sandbox.features().missing))
FILE_WRITERS = [Profile.RECORDER, Profile.FILM]

_CORE = """
import asyncio, os, sys
from conference.children.worker.seccomp import Profile
from tests.behaviour.test_children_writers import nursing
from tests.fakes.confined_child import Start

async def main():
    async with nursing() as nurse:
        fd = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT, 0o600)
        heard = [await nurse.spawn(Start(deed, Profile.RECORDER), [fd]) for deed in ("idle", "hang")]
        for child in heard:
            await child.until(lambda child=child: child.beats)
        await asyncio.sleep(0.5)
        print(*(child.child.pid for child in heard), flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


class Heard:
    """One child and what it found out."""

    child: Child[ToChild, FromChild]

    def __init__(self) -> None:
        self.found: list[Any] = []
        self.beats = 0
        self.exits: list[Exit] = []
        self.changed = asyncio.Event()

    def on_word(self, word: FromChild, fds: list[int]) -> None:
        assert not fds
        if isinstance(word, Found):
            self.found.append(msgspec.json.decode(word.payload))
        else:
            self.beats += 1
        self.changed.set()

    def on_exit(self, exit_: Exit) -> None:
        self.exits.append(exit_)
        self.changed.set()

    async def until(self, met: Any) -> None:
        async with asyncio.timeout(20):
            while not met():
                self.changed.clear()
                await self.changed.wait()

    async def answer(self) -> Any:
        await self.until(lambda: self.found or self.exits)
        assert not self.exits, self.exits
        return self.found[0]


class Nurse:
    def __init__(self, nursery: Nursery[Start, ToChild, FromChild]) -> None:
        self._nursery = nursery

    async def spawn(self, start: Start, fds: Sequence[int] = ()) -> Heard:
        heard = Heard()
        # On a busy machine the imports of this template take longer than a spawn waits.
        for _ in range(4):
            with suppress(ChildUnavailable):
                await self._spawn(heard, start, fds)
                return heard
        raise ChildUnavailable

    async def _spawn(self, heard: Heard, start: Start, fds: Sequence[int]) -> None:
        heard.child = await self._nursery.spawn("w_test", start, fds, on_word=heard.on_word, on_exit=heard.on_exit)


@asynccontextmanager
async def nursing() -> AsyncIterator[Nurse]:
    nursery = Nursery(WRITERS)
    running = asyncio.create_task(nursery.run())
    try:
        yield Nurse(nursery)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@needs_kernel
@pytest.mark.parametrize("profile", FILE_WRITERS)
async def test_every_way_out_is_closed(profile: Profile, tmp_path: Path) -> None:
    async with nursing() as nurse:
        sibling = await nurse.spawn(Start("idle", profile))
        with (tmp_path / "file").open("wb") as file, socket.create_server(("127.0.0.1", 0)) as honeypot:
            honeypot.settimeout(0)
            argument = f"{os.getpid()},{sibling.child.pid},{honeypot.getsockname()[1]}"
            child = await nurse.spawn(Start("escape", profile, argument), [file.fileno()])
            outcomes = await child.answer()
            with pytest.raises(BlockingIOError):
                honeypot.accept()
        assert {what: outcome for what, outcome in outcomes.items() if outcome != "PermissionError"} == {}
        assert len(outcomes) > 30
        assert not sibling.exits
        assert not any(canary.exists() for canary in CANARIES)
        assert (tmp_path / "file").stat().st_mode & 0o777 != 0o777


@pytest.mark.parametrize("profile", list(Profile))
async def test_only_writers_write_files(profile: Profile, tmp_path: Path) -> None:
    async with nursing() as nurse:
        with (tmp_path / "file").open("wb") as file:
            child = await nurse.spawn(Start("write", profile), [file.fileno()])
            assert await child.answer() == ("done" if profile in FILE_WRITERS else "File too large")


async def test_a_recorder_writes_files_it_is_given_later(tmp_path: Path) -> None:
    async with nursing() as nurse:
        child = await nurse.spawn(Start("idle", Profile.RECORDER))
        await child.until(lambda: child.beats)
        paths = [tmp_path / f"{number}.mkv" for number in range(2)]
        files = [path.open("wb") for path in paths]
        child.child.send(Give(), [file.fileno() for file in files])
        for file in files:
            file.close()
        told = await child.answer()
        for path, of_file in zip(paths, told, strict=True):
            assert of_file == {"syncs": 3, "bytes": path.stat().st_size}
            with av.open(str(path)) as container:
                assert sum(1 for _ in container.decode(video=0)) == PICTURES


async def test_a_film_is_made_of_files_it_is_given(tmp_path: Path) -> None:
    async with nursing() as nurse:
        recorder = await nurse.spawn(Start("idle", Profile.RECORDER))
        recording, film = tmp_path / "recording.mkv", tmp_path / "film.mp4"
        with recording.open("wb") as file:
            recorder.child.send(Give(), [file.fileno()])
            await recorder.answer()
        with recording.open("rb") as source, film.open("wb") as target:
            maker = await nurse.spawn(Start("film", Profile.FILM), [source.fileno(), target.fileno()])
            assert await maker.answer() == {"frames": PICTURES, "head": 100, "bytes": film.stat().st_size}
        with av.open(str(film)) as container:
            assert [(frame.width, frame.height) for frame in container.decode(video=0)] == [(1280, 720)] * PICTURES


async def test_words_wait_for_a_core_that_is_busy() -> None:
    async with nursing() as nurse:
        child = await nurse.spawn(Start("burst", Profile.RECORDER))
        # The whole event loop: nobody reads.
        time.sleep(1.5)  # noqa: ASYNC251
        await child.until(lambda: len(child.found) == 5000 or child.exits)
        assert child.found == list(range(5000))


async def test_each_family_has_its_own_time_to_stop() -> None:
    async with nursing() as nurse:
        slow, too_slow = [await nurse.spawn(Start("idle", Profile.RECORDER, delay)) for delay in ("2.5", "30")]
        begun_s = time.monotonic()
        for child in (slow, too_slow):
            child.child.stop()
        await slow.until(lambda: slow.exits)
        assert (slow.exits[0].reason, slow.exits[0].ended) == ("ended", common.Ended("stopped"))
        await too_slow.until(lambda: too_slow.exits)
        assert too_slow.exits[0].reason == "killed"
        assert time.monotonic() - begun_s == pytest.approx(WRITERS.goodbye_s, abs=0.5)


async def test_orphans_close_their_files_and_nobody_stays(tmp_path: Path) -> None:
    file = tmp_path / "file"
    core = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _CORE, str(file)), stdout=asyncio.subprocess.PIPE
    )
    assert core.stdout is not None
    pids = [int(pid) for pid in (await core.stdout.readline()).split()]
    assert len(pids) == 2
    core.kill()
    begun_s = time.monotonic()
    await core.wait()
    for pid in pids:
        await gone(pid)
    assert time.monotonic() - begun_s < WRITERS.orphan_s + 2
    assert file.read_bytes() == b"goodbye"
