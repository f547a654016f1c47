"""The disk of the recordings runs full or hangs: people are told within two seconds, the meeting goes on, so does the
recording as soon as it can, and what is missing is marked."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.flow import packets_received
from tests.fakes.member import Member, member
from tests.fakes.pushers import Clip
from tests.fakes.recorded import (
    FPS,
    GOP,
    camera,
    contents,
    counters,
    file_of,
    make_film,
    of_kind,
    start,
    stop,
    verified,
)
from tests.fakes.server import RunningServer, running_server
from tests.fakes.small_disk import SmallDisk, image_disk, may_mount, memory_disk

pytestmark = [pytest.mark.timeout(120), pytest.mark.skipif(not may_mount(), reason="needs root, to mount a small disk")]

MIB = 1 << 20
SIZE_MIB = 200
MIN_FREE_MIB = 64
ALARM_SHARE = 0.5


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_film(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="module")
def noisy_film(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_film(tmp_path_factory.mktemp("noisy"), noise=True)


class Watcher:
    """A person in the room who sees the camera and the mark of the recording."""

    def __init__(self, seat: Member) -> None:
        self._seat = seat
        self._alarm: str | None = None
        self._changed = asyncio.Condition()

    @property
    def packets(self) -> int:
        return packets_received(self._seat)

    async def listen(self) -> None:
        while True:
            told = await self._seat.wait_for("recording", timeout_s=120)
            if told["recording"] is not None:
                async with self._changed:
                    self._alarm = told["recording"]["alarm"]
                    self._changed.notify_all()

    async def told(self, alarm: str | None, *, timeout_s: float) -> None:
        """Returns when this is the mark's alarm."""
        async with asyncio.timeout(timeout_s), self._changed:
            await self._changed.wait_for(lambda: self._alarm == alarm)

    async def flows(self, seconds: float) -> None:
        """The camera's packets go on coming: no half second without any."""
        before = self.packets
        for _ in range(round(seconds * 2)):
            await asyncio.sleep(0.5)  # the time that is being measured
            assert self.packets > before
            before = self.packets


@asynccontextmanager
async def watching(server: RunningServer, room: str) -> AsyncIterator[Watcher]:
    async with aiohttp.ClientSession() as http, member(http, server.url, server.token(room)) as seat:
        welcome = await seat.wait_for("welcome")
        watcher = Watcher(seat)
        listening = asyncio.create_task(watcher.listen())
        try:
            (track,) = [
                track["id"]
                for person in welcome["participants"]
                for track in person["tracks"]
                if track["kind"] == "video"
            ]
            await seat.say("wants", tracks=[{"track": track, "width": 320, "height": 180}])
            await seat.wait_for("subscribe-offer")
            await asyncio.sleep(
                1.0
            )  # media begins within a second of the first offer, or `flows` says that it does not
            yield watcher
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


def settings(disk: SmallDisk, **more: str) -> dict[str, str]:
    return {
        "HUISHANG_RECORDING__FOLDER": str(disk.folder / "recordings"),
        "HUISHANG_RECORDING__MIN_FREE_BYTES": str(MIN_FREE_MIB * MIB),
        "HUISHANG_RECORDING__ALARM_FREE_SHARE": str(ALARM_SHARE),
        **more,
    }


@contextmanager
def recorded_camera(tmp_path: Path, disk: SmallDisk, film: Clip, **more: str) -> Iterator[tuple[RunningServer, str]]:
    """A server whose recordings lie on this disk, and the room of a live camera."""
    with (
        running_server(tmp_path, settings=settings(disk, **more)) as server,
        camera(server, film, tmp_path / "push.log") as made,
    ):
        yield server, made["rooms"][0]


async def away(work: Callable[..., Any], *args: object) -> Any:
    """What blocks, beside the loop."""
    return await asyncio.to_thread(work, *args)


def metric(server: RunningServer, line: str) -> float:
    with urllib.request.urlopen(server.url + "/metrics", timeout=5) as answer:
        text = answer.read().decode()
    (found,) = [row for row in text.splitlines() if row.startswith(line + " ")]
    return float(found.rsplit(" ", 1)[1])


def degraded(server: RunningServer) -> list[str]:
    try:
        with urllib.request.urlopen(server.url + "/readyz", timeout=5) as answer:
            body = json.loads(answer.read())
    except urllib.error.HTTPError as refusal:
        body = json.loads(refusal.read())
    return list(body["degraded"])


def refusal_to_record(server: RunningServer, room: str) -> dict[str, Any]:
    """Why the recording of this room cannot be begun."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        start(server, room)
    assert refused.value.code == 507
    said: dict[str, Any] = json.loads(refused.value.read())
    return said


def pictures(server: RunningServer, recording: str) -> list[list[int]]:
    """Of each video segment, in order."""
    found = contents(server, recording)
    return [counters(file_of(server, found, segment)) for segment in of_kind(found, "video")["segments"]]


@pytest.mark.parametrize("left_mib", [0, 40])
async def test_a_full_disk_is_told_and_costs_only_what_it_must(tmp_path: Path, film: Clip, left_mib: int) -> None:
    """Nothing left at all, and: only what the server keeps for itself."""
    with (
        memory_disk(tmp_path / "disk", SIZE_MIB) as disk,
        recorded_camera(tmp_path, disk, film) as (server, room),
        camera(server, film, tmp_path / "other.log") as other,
    ):
        async with watching(server, room) as watcher:
            recording = await away(start, server, room)
            await watcher.flows(3.0)
            await away(disk.fill, 90 * MIB)
            await watcher.told("low", timeout_s=2.0)
            assert await away(degraded, server) == []
            await away(disk.fill, left_mib * MIB)
            full_s = time.monotonic()
            await watcher.told("full", timeout_s=2.0)
            assert await away(metric, server, 'huishang_recording_alarms{alarm="full"}') == 1
            await watcher.flows(3.0)
            assert await away(metric, server, "huishang_recording_free_bytes") <= (left_mib + 1) * MIB
            assert await away(degraded, server) == ["recordings"]
            said = await away(refusal_to_record, server, other["rooms"][0])
            assert said["code"] == "recording-disk-full"
            assert "磁盘" in said["text"]["zh"]
            readable = await away(pictures, server, recording)
            full_for_s = time.monotonic() - full_s
            await away(disk.clear)
            await watcher.told(None, timeout_s=10.0)
            await watcher.flows(3.0)
            found = await away(stop, server, room, recording)
        assert len(readable[0]) >= 2.0 * FPS
        everything = list(itertools.chain(*pictures(server, recording)))
        assert everything == sorted(set(everything))
        assert everything[: len(readable[0])] == readable[0]
        jumps = [(one, next_) for one, next_ in itertools.pairwise(everything) if next_ != one + 1]
        assert len(jumps) == 1
        # The relay gives back what it keeps since the last keyframe.
        assert full_for_s - 1.0 - GOP / FPS < (jumps[0][1] - jumps[0][0]) / FPS < full_for_s + 10.0
        for kind in ("video", "audio"):
            (gap,) = of_kind(found, kind)["gaps"]
            assert gap["reason"] == "disk"
            assert (gap["untilMs"] - gap["fromMs"]) / 1000 > full_for_s - 1.0
        assert verified(server, recording)
        log = server.log.read_text(encoding="utf-8")
        assert log.count(f"recording {recording}: full") == 1
        assert log.count("the disk of the recordings: full") == 1


async def test_a_hanging_disk_is_told_and_costs_nothing_while_memory_lasts(tmp_path: Path, film: Clip) -> None:
    with image_disk(tmp_path / "disk", SIZE_MIB) as disk, recorded_camera(tmp_path, disk, film) as (server, room):
        async with watching(server, room) as watcher:
            recording = await away(start, server, room)
            await watcher.flows(2.0)
            await away(disk.freeze)
            await watcher.told("slow", timeout_s=2.5)  # until a write is due and then for 1.5 s
            await watcher.flows(3.0)
            await away(disk.thaw)
            await watcher.told(None, timeout_s=2.0)
            await watcher.flows(2.0)
            found = await away(stop, server, room, recording)
        (seen,) = pictures(server, recording)
        assert seen == list(range(seen[0], seen[0] + len(seen)))
        assert len(seen) >= 8 * FPS
        assert [track["gaps"] for track in found["tracks"]] == [[], []]
        assert verified(server, recording)


async def test_a_disk_that_hangs_for_long_costs_whole_frames(tmp_path: Path, noisy_film: Clip) -> None:
    """1 MiB may wait: some two seconds of this picture."""
    memory = {"HUISHANG_RECORDING__BUFFER_BYTES": str(MIB)}
    with (
        image_disk(tmp_path / "disk", SIZE_MIB) as disk,
        recorded_camera(tmp_path, disk, noisy_film, **memory) as (server, room),
    ):
        async with watching(server, room) as watcher:
            recording = await away(start, server, room)
            await watcher.flows(2.0)
            await away(disk.freeze)
            await watcher.flows(6.0)
            waiting = await away(metric, server, "huishang_recording_buffered_bytes")
            await away(disk.thaw)
            await watcher.told(None, timeout_s=5.0)
            await watcher.flows(2.0)
            found = await away(stop, server, room, recording)
        assert MIB / 2 < waiting < 1.3 * MIB
        everything = list(itertools.chain(*pictures(server, recording)))
        assert everything == sorted(set(everything))
        assert sum(next_ != one + 1 for one, next_ in itertools.pairwise(everything)) == 1
        (gap,) = of_kind(found, "video")["gaps"]
        assert gap["reason"] == "disk"
        assert 2_000 < gap["untilMs"] - gap["fromMs"] < 8_000
        assert verified(server, recording)
