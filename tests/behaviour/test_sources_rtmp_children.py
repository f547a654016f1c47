"""RTMP with real processes: gates behind the core's sockets, a confined child per publisher, kills, many comings and
goings."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from conference.children.datagrams import pair
from conference.model.ids import SourceId
from conference.model.source import SourceKind
from conference.sources import words
from conference.sources.gates import Admitted, Decision, Gates, Refused
from conference.sources.nursery import Child, Exit, SourceNursery
from tests.fakes.rtmp_client import Chunker, avc_configuration, avc_picture, opening
from tests.fakes.rtmp_pushers import ffmpeg_push, running, self_signed

MEDIA_BYTES = 400_000


class Publisher:
    """One admitted publisher in its own child. `ended`: set at its end."""

    def __init__(self) -> None:
        self.relay, self.media = pair(MEDIA_BYTES)
        self.heard: list[words.FromChild] = []
        self.exit: Exit | None = None
        self.ended = asyncio.Event()
        self.packets = 0
        self._more = asyncio.Event()
        self.child: Child | None = None
        asyncio.get_running_loop().add_reader(self.relay.fileno(), self._packets)

    def _packets(self) -> None:
        if self.relay.recv(65536):
            self.packets += 1
            self._more.set()
        else:
            asyncio.get_running_loop().remove_reader(self.relay.fileno())

    def heard_word(self, word: words.FromChild, fds: list[int]) -> None:
        assert not fds
        self.heard.append(word)

    def exited(self, exit_: Exit) -> None:
        self.exit = exit_
        self.ended.set()
        asyncio.get_running_loop().remove_reader(self.relay.fileno())
        self.relay.close()

    async def flows(self, packets: int) -> None:
        """Until that many datagrams more have come."""
        goal = self.packets + packets
        async with asyncio.timeout(15):
            while self.packets < goal:
                self._more.clear()
                await self._more.wait()


class Core:
    """A source per key; the key admits one publisher at a time."""

    def __init__(self, nursery: SourceNursery) -> None:
        self._nursery = nursery
        self._tasks: set[asyncio.Task[None]] = set()
        self.busy: set[str] = set()
        self.arrived: "asyncio.Queue[Publisher]" = asyncio.Queue()

    async def decide(self, kind: SourceKind, key: str, peer: str) -> Decision:
        if not key.startswith("key"):
            return Refused("unknown-key")
        return Refused("busy") if key in self.busy else Admitted(SourceId(key))

    def publisher(self, kind: SourceKind, source: SourceId, fd: int, state: bytes, peer: str) -> None:
        task = asyncio.get_running_loop().create_task(self._begin(source, fd, state))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin(self, source: SourceId, fd: int, state: bytes) -> None:
        publisher = Publisher()
        self.busy.add(source)

        def exited(exit_: Exit) -> None:
            self.busy.discard(source)
            publisher.exited(exit_)

        try:
            publisher.child = await self._nursery.spawn(
                source,
                words.RtmpJob(state=state),
                [publisher.media.fileno(), fd],
                on_word=publisher.heard_word,
                on_exit=exited,
            )
        finally:
            publisher.media.close()
            os.close(fd)
        self.arrived.put_nowait(publisher)


@asynccontextmanager
async def serving(cert: tuple[str, str] | None = None) -> AsyncIterator[tuple[SourceNursery, Core, str]]:
    nursery = SourceNursery(limits=words.Limits(), quality=words.Quality())
    core = Core(nursery)
    gates = Gates(
        nursery,
        rtmp=("127.0.0.1", 0),
        srt=None,
        decide=core.decide,
        publisher=core.publisher,
        tls_cert=cert[0] if cert else None,
        tls_key=cert[1] if cert else None,
    )
    tasks = [asyncio.get_running_loop().create_task(work) for work in (nursery.run(), gates.run())]
    try:
        yield nursery, core, f"rtmp://127.0.0.1:{gates.ports[SourceKind.RTMP]}/live"
    finally:
        for task in reversed(tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        gates.close()


def _gate_pid(nursery: SourceNursery) -> int | None:
    return next((child.pid for child in nursery.children.values() if child.owner == "rtmp-gate"), None)


def _open_files(pid: int | None) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


async def _arrived(core: Core) -> Publisher:
    return await asyncio.wait_for(core.arrived.get(), 20)


async def test_a_publisher_lives_in_its_own_child_and_leaves() -> None:
    async with serving() as (nursery, core, url):
        with running(ffmpeg_push(f"{url}/key1", seconds=4)):
            publisher = await _arrived(core)
            await publisher.flows(30)
            assert {child.owner for child in nursery.children.values()} == {"rtmp-gate", "key1"}
            with running(ffmpeg_push(f"{url}/key1", seconds=4)) as second, running(ffmpeg_push(f"{url}/x")) as wrong:
                for process, why in ((second, "Another publisher"), (wrong, "Unknown stream key")):
                    _, errors = await asyncio.to_thread(process.communicate, timeout=20)
                    assert process.returncode != 0 and why in errors
            await publisher.flows(10)
            await asyncio.wait_for(publisher.ended.wait(), 20)
        assert publisher.exit is not None and publisher.exit.ended is not None
        assert publisher.exit.ended.cause == "publisher-left"
        formats = [word for word in publisher.heard if isinstance(word, words.Formats)]
        assert (formats[-1].video_codec, formats[-1].audio_codec) == ("h264", "aac")
        assert any(isinstance(word, words.Connected) for word in publisher.heard)


async def test_a_killed_gate_comes_back_and_those_inside_go_on() -> None:
    async with serving() as (nursery, core, url):
        with running(ffmpeg_push(f"{url}/key1", seconds=30)):
            first = await _arrived(core)
            await first.flows(10)
            pid = _gate_pid(nursery)
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            with running(ffmpeg_push(f"{url}/key2", seconds=30)):
                second = await asyncio.wait_for(core.arrived.get(), 5)
                await second.flows(10)
                await first.flows(10)
            assert _gate_pid(nursery) not in {None, pid}


async def test_a_killed_child_ends_its_publisher_only() -> None:
    async with serving() as (_, core, url):
        with running(ffmpeg_push(f"{url}/key1", seconds=30)), running(ffmpeg_push(f"{url}/key2", seconds=30)) as other:
            publishers = [await _arrived(core), await _arrived(core)]
            one, two = sorted(publishers, key=lambda publisher: publisher.child.owner if publisher.child else "")
            await one.flows(5)
            assert one.child is not None
            os.kill(one.child.pid, signal.SIGKILL)
            await asyncio.wait_for(one.ended.wait(), 5)
            assert one.exit is not None and one.exit.reason == "crashed"
            await two.flows(20)
            assert other.poll() is None


async def test_twenty_comings_and_goings_leave_nothing_behind() -> None:
    async with serving() as (nursery, core, url):
        open_files: list[int] = []
        gate_files: list[int] = []
        for _ in range(20):
            with running(ffmpeg_push(f"{url}/key1", seconds=30)):
                publisher = await _arrived(core)
                await publisher.flows(3)
            await asyncio.wait_for(publisher.ended.wait(), 5)
            open_files.append(_open_files(os.getpid()))
            gate_files.append(_open_files(_gate_pid(nursery)))
        assert max(open_files[5:]) <= max(open_files[:5])
        assert max(gate_files[5:]) <= max(gate_files[:5])
        assert {child.owner for child in nursery.children.values()} == {"rtmp-gate"}


async def test_garbage_after_the_key_ends_the_child_and_nothing_else() -> None:
    async with serving() as (nursery, core, url):
        port = int(url.split(":")[2].split("/")[0])
        with running(ffmpeg_push(f"{url}/key1", seconds=30)):
            good = await _arrived(core)
            gate = _gate_pid(nursery)
            for garbage in (b"\xff" * 5000, Chunker().message(2, 1, 0, b"\x7f\xff\xff\xff"), b"\x07" + b"\xff" * 50):
                chunker = Chunker()
                opened = opening(chunker, "key2") + chunker.message(6, 9, 0, avc_configuration())
                with socket.create_connection(("127.0.0.1", port)) as sock:
                    sock.sendall(opened + chunker.message(6, 9, 0, avc_picture(500)) + garbage)
                    broken = await _arrived(core)
                    await asyncio.wait_for(broken.ended.wait(), 5)
                assert broken.exit is not None and broken.exit.ended is not None
                assert broken.exit.ended.cause == "protocol"
            await good.flows(10)
            assert _gate_pid(nursery) == gate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    return self_signed(tmp_path_factory.mktemp("rtmps"))


async def test_rtmps_through_a_confined_gate(certificate: tuple[str, str]) -> None:
    async with serving(certificate) as (_, core, url):
        with running(ffmpeg_push(f"{url.replace('rtmp:', 'rtmps:')}/key1", seconds=3)):
            publisher = await _arrived(core)
            await publisher.flows(30)
            await asyncio.wait_for(publisher.ended.wait(), 20)
        assert publisher.exit is not None and publisher.exit.ended is not None
        assert publisher.exit.ended.cause == "publisher-left"
