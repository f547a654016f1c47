"""What recording costs, and what a crash costs.

    python benchmarks/recording.py --json

1, 10 and 50 people publish 720p at 2 Mbit/s (H.264) and sound (Opus) to one recorder child in its sandbox, in real
time, through a tap as the relay's. `ms_per_pair_s`: CPU ms of the child for one picture and sound pair and second;
`pss_mib_per_pair`: its proportional memory. Beside it in the same run: `least_ms_per_pair_s`, a process that reads the
same datagrams, writes them as they are and syncs them once a second; `copy_ms_per_pair_s`, one `ffmpeg -c copy` for
each pair, from a file.

Crashes: a live camera is recorded by the whole server and kill -9 hits the writer or the server at random moments,
fifty times (ten with --quick); what is missing is told by ffmpeg decoding the files.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from benchmarks._process import cpu_s, memory_kib
from benchmarks._record_load import People, copies, least, make_film, tap_pair
from conference.children.nursery import Nursery
from recorder import words
from recorder.family import RECORDERS
from tests.fakes.kills import Killed
from tests.fakes.recorded import make_film as make_camera

SEED = 20261122
TARGETS = {"ms_per_pair_s": 5.0, "pss_mib_per_pair": 1.5, "lost_max_s": 1.0, "lost_median_s": 0.3, "again_max_s": 3.0}
WARM_S = 4.0
LIMITS = words.Limits(memory_bytes=1 << 30, cpu_share=2.0, stall_s=20.0)
SERVER_EVERY = 5
"""One of so many kills hits the whole server."""


class Child:
    """A recorder child, for as long as the block lasts."""

    def __init__(self, nursery: Nursery[words.Start, words.ToChild, words.FromChild], folder: Path) -> None:
        self._nursery = nursery
        self._folder = folder
        self._files = 0
        self.tap, self._theirs = tap_pair()

    async def start(self, people: People) -> int:
        """Its process id."""
        start = words.Start("rec-0123456789abcdef", limits=LIMITS)
        self.child = await self._nursery.spawn(
            "rec-0123456789abcdef",
            start,
            [self._theirs.fileno()],
            on_word=self._heard,
            on_exit=lambda _exit: None,
        )
        self._theirs.close()
        self.base_kib = await settled_kib(self.child.pid)
        for number, (camera, microphone) in enumerate(people.streams):
            self.child.send(words.Track(2 * number, "video", "h264", 90_000, camera.pt, camera.ssrc))
            self.child.send(words.Track(2 * number + 1, "audio", "opus", 48_000, microphone.pt, microphone.ssrc))
        return self.child.pid

    def _heard(self, word: words.FromChild, fds: list[int]) -> None:
        del fds
        if isinstance(word, words.NeedFile):
            self._files += 1
            name = f"seg-{self._files:016x}"
            fd = os.open(self._folder / f"{name}.mkv", os.O_CREAT | os.O_RDWR | os.O_TRUNC, 0o600)
            self.child.send(words.File(word.request, name), [fd])
            os.close(fd)


async def settled_kib(pid: int) -> int:
    """Memory of a child that has begun and waits."""
    last, now = 0, memory_kib(pid)
    while last != now:
        await asyncio.sleep(0.5)  # longer than its period
        last, now = now, memory_kib(pid)
    return now


async def recorded(film: Path, folder: Path, pairs: int, seconds: float) -> dict[str, float]:
    """CPU and memory of a child with so many people."""
    nursery = Nursery(RECORDERS)
    running = asyncio.create_task(nursery.run())
    try:
        child = Child(nursery, folder)
        people = People(film, pairs, child.tap.send)
        pid = await child.start(people)
        base_kib = child.base_kib
        await asyncio.to_thread(people.run, WARM_S)
        before_s = cpu_s(pid)
        await asyncio.to_thread(people.run, seconds)
        used_s = cpu_s(pid) - before_s
        return {
            "ms_per_pair_s": used_s * 1000 / seconds / pairs,
            "pss_mib_per_pair": (memory_kib(pid) - base_kib) / 1024 / pairs,
            "pss_mib_base": base_kib / 1024,
        }
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def written(film: Path, folder: Path, pairs: int, seconds: float) -> float:
    """CPU ms per pair and second of the least that could be done."""
    with least(folder) as (pid, tap):
        people = People(film, pairs, tap.send)
        people.run(1.0)
        before_s = cpu_s(pid)
        people.run(seconds)
        return (cpu_s(pid) - before_s) * 1000 / seconds / pairs


async def copied(film: Path, folder: Path, pairs: int, seconds: float) -> float:
    """CPU ms per pair and second of `ffmpeg -c copy`."""
    with copies(film, folder, pairs) as pids:
        await asyncio.sleep(WARM_S)
        before_s = sum(map(cpu_s, pids))
        await asyncio.sleep(seconds)
        return (sum(map(cpu_s, pids)) - before_s) * 1000 / seconds / pairs


def killed(folder: Path, count: int) -> dict[str, float]:
    """What kill -9 costs, in seconds."""
    moments = random.Random(SEED)
    losses, again_s = [], []
    with Killed(folder, make_camera(folder)) as victim:
        for number in range(count):
            of_server = number % SERVER_EVERY == SERVER_EVERY - 1
            loss = (victim.of_server if of_server else victim.of_writer)(moments.uniform(0.3, 3.3))
            losses += [loss.picture_s, loss.sound_s]
            if not of_server:
                again_s.append(loss.again_s)
    return {
        "kills": count,
        "lost_median_s": statistics.median(losses),
        "lost_max_s": max(losses),
        "again_max_s": max(again_s),
    }


async def measured(pairs: int, seconds: float) -> dict[str, float]:
    """One size of meeting."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="recording-")))
        film = make_film(folder)
        found = await recorded(film, folder, pairs, seconds)
        found["least_ms_per_pair_s"] = await asyncio.to_thread(written, film, folder, pairs, seconds)
        found["copy_ms_per_pair_s"] = await copied(film, folder, pairs, seconds)
        return {"pairs": pairs, **{key: round(value, 2) for key, value in found.items()}}


def crashes(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="recording-") as folder:
        return {key: round(value, 3) for key, value in killed(Path(folder), count).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="one line of JSON for each scenario")
    parser.add_argument("--quick", action="store_true", help="fewer people, shorter windows, fewer kills")
    parser.add_argument("--seconds", type=float, help="of each window")
    parser.add_argument("--kills", type=int, help="instead of 50, or 10 with --quick; 0: none")
    options = parser.parse_args()
    seconds = options.seconds or (6.0 if options.quick else 20.0)
    kills = options.kills if options.kills is not None else 10 if options.quick else 50
    rows = [
        ("recording", asyncio.run(measured(pairs, seconds))) for pairs in ((1, 10) if options.quick else (1, 10, 50))
    ]
    if kills:
        rows.append(("crashes", crashes(kills)))
    for name, row in rows:
        shown = {"bench": name, **row, "targets": {key: value for key, value in TARGETS.items() if key in row}}
        print(json.dumps(shown) if options.json else shown, flush=True)


if __name__ == "__main__":
    main()
