"""How long people wait for a server that starts, and for one that stops.

    python benchmarks/start.py --json

Starts: from the start of the process until `/readyz` answers 200, asked every 20 ms: in a new data folder (secrets,
database, first room are made), in one that is there, and after `kill -9` while a camera was live and recorded (the
recording is repaired on the way). `stop`: from SIGTERM to the exit of the process, while a camera is live and recorded.
The bytecode of all modules is there, as after an installation (`huishang doctor` says when it is not: a start then
takes twice as long). The targets are for the median on a quiet machine; `cpu_s`, the median of the processor time that
the server's process took until it was ready, tells more on a busy one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks._process import cpu_s
from tests.fakes.pushers import Clip
from tests.fakes.recorded import camera, contents, make_film, renewed, start, wait
from tests.fakes.server import RunningServer, running_server

TARGETS_S = {"new": 2.0, "existing": 1.5, "killed": 1.5, "stop": 1.0}
RECORDED_S = 2.0
"""Of a recording before its server ends."""

Row = dict[str, object]


class Took(NamedTuple):
    """Seconds, of the wall's clock and of the processor."""

    wall_s: float
    cpu_s: float


@contextmanager
def started(folder: Path) -> Iterator[tuple[RunningServer, Took]]:
    """A server that is ready, and what that took."""
    began_s = time.perf_counter()
    with running_server(folder) as server:
        yield server, Took(time.perf_counter() - began_s, cpu_s(server.process.pid))


def of_new(folder: Path) -> Took:
    with tempfile.TemporaryDirectory(dir=folder) as new, started(Path(new)) as (_, took):
        return took


def of_existing(folder: Path) -> Took:
    with started(folder) as (_, took):
        return took


class Filmed:
    """Servers one after another on the same data, each with the same live camera, which is recorded when it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._film: Clip = make_film(folder)
        self._made: dict[str, Any] | None = None
        self._recording = ""

    def killed(self) -> Took:
        """What the next server took to be ready."""
        with self._recorded() as server:
            server.process.kill()
            server.process.wait()
        with started(self._folder) as (server, took):
            repaired = contents(server, self._recording)
            assert repaired["tracks"], repaired
            return took

    def stopped_s(self) -> float:
        """How long the server took to end."""
        with self._recorded() as server:
            began_s = time.perf_counter()
            server.process.terminate()
            server.process.wait()
            return time.perf_counter() - began_s

    @contextmanager
    def _recorded(self) -> Iterator[RunningServer]:
        with running_server(self._folder) as server:
            made = renewed(server, self._made) if self._made is not None else None
            with camera(server, self._film, self._folder / "push.log", made=made) as self._made:
                room = server.room("recorded")
                server.api("PATCH", f"/api/v1/sources/{self._made['id']}", {"rooms": [room]})
                self._recording = start(server, room)
                wait(lambda: bool(contents(server, self._recording)["tracks"]), timeout_s=10, what="it is recorded")
                time.sleep(RECORDED_S)  # what there is to repair
                yield server


def judged(case: str, took_s: list[float]) -> Row:
    median_s, target_s = statistics.median(took_s), TARGETS_S[case]
    return {
        "case": case,
        "count": len(took_s),
        "median_s": round(median_s, 3),
        "worst_s": round(max(took_s), 3),
        "target_s": target_s,
        "meets_target": median_s <= target_s,
    }


def of_starts(case: str, took: list[Took]) -> Row:
    row = judged(case, [each.wall_s for each in took])
    return {**row, "cpu_s": round(statistics.median(each.cpu_s for each in took), 3)}


def rows(folder: Path, count: int) -> Iterator[Row]:
    of_existing(folder)  # makes it, and the bytecode where there was none
    yield of_starts("new", [of_new(folder) for _ in range(count)])
    yield of_starts("existing", [of_existing(folder) for _ in range(count)])
    filmed = Filmed(folder)
    yield of_starts("killed", [filmed.killed() for _ in range(count)])
    yield judged("stop", [filmed.stopped_s() for _ in range(count)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="3 of each instead of 10")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="start-") as folder:
        for row in rows(Path(folder), 3 if options.quick else 10):
            if options.json:
                print(json.dumps({"benchmark": "start", **row}), flush=True)
            else:
                print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)


if __name__ == "__main__":
    main()
