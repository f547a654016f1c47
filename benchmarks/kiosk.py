"""Whether a wall's page grows: weeks of a display's life in two hours.

    python benchmarks/kiosk.py --json [--quick] [--minutes 120]

The whole server, a kiosk of 16 panes in headless Chromium, nineteen people with small pictures (160x90, 2 a second) in
another browser, a console on the wire. About every 1.5 s something happens: a scene of another kind is applied, a
polling group is turned by hand (two turn by themselves, every 5 and 7 s), a pane is enlarged and restored, panes are
swapped or pinned, the sound is changed, an edit is taken back. Every 20 s somebody goes and comes anew, every 30 s the
display loses its connection (broken, away for 3 s, offline as the browser tells it), every 45 s an alarm is raised for
10 s, and every 10 minutes the server is started anew, except in the middle third: there one server lives on, and what
it holds is judged.

Two hours are some 4,900 edits, 230 lost connections, 150 alarms, 340 newcomers and 9 starts of the server. A wall of a
duty room sees about 40 edits, 4 losses and 3 alarms a day and a new server each fortnight: more than six weeks of
every one of them. Polling is what a wall does most, and the least accelerated: the pictures change some 30,000 times,
as often as those of four polled panes in a day.

Each minute the wall goes back to one scene of 16 people, all 16 must draw new pictures, garbage is collected, and a
row tells what is held: heap, nodes and listeners of the page, peer connections, tracks, media elements and sockets
whether the document shows them or not, memory of the renderer and of the whole browser, memory, descriptors and
threads of the server. `verdict`, the last row, comes also when the run is ended by SIGTERM: slopes per hour (Theil-Sen)
over the second half, the server's over its longest life without the first quarter. `grows` names what grew by more
than it may. `--quick`: two minutes, weighed each ten seconds, one restart.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import signal
import statistics
import time
from collections.abc import Callable
from typing import Any

from playwright.async_api import Error as BrowserError

from benchmarks._kiosk_fit import Sample, judged
from benchmarks._kiosk_life import Life
from benchmarks._kiosk_stage import PANES, Stage, staged

RESTART_MAX_S = 15.0
RESTART_MINUTES = 10.0
MAX_FAILURES = 10

Row = dict[str, Any]
Print = Callable[[Row], None]


def restarts_at(minutes: float) -> list[float]:
    """Minutes of the run at which the server is started anew; none in the middle third."""
    if minutes < 3 * RESTART_MINUTES:
        return [minutes / 3]
    third = minutes / 3
    count = int(third // RESTART_MINUTES)
    early = [RESTART_MINUTES * (at + 1) for at in range(count)]
    return early + [2 * third + RESTART_MINUTES * at for at in range(count + 1) if 2 * third + 10 * at < minutes - 2]


class Run:
    """One accelerated life, weighed again and again."""

    def __init__(self, stage: Stage, life: Life, *, minutes: float, every_s: float, print_row: Print) -> None:
        self.stage, self.life = stage, life
        self.samples: list[Sample] = []
        self.failures: list[str] = []
        self._minutes, self._every_s, self._print = minutes, every_s, print_row
        self._restarts = restarts_at(minutes)
        self._started_s = time.monotonic()
        self._token = ""

    @property
    def minute(self) -> float:
        return (time.monotonic() - self._started_s) / 60

    async def live(self) -> None:
        """To the end, or until too much has failed."""
        self._token = await self.stage.token()
        await self._tried(self._weighed)
        while self.minute < self._minutes and len(self.failures) < MAX_FAILURES:
            next_s = time.monotonic() + self._every_s
            if self._restarts and self.minute >= self._restarts[0]:
                self._restarts.pop(0)
                await self._tried(self.life.restart)
            await self._tried(lambda until_s=next_s: self.life.live_until(until_s))  # type: ignore[misc]
            await self._tried(self._weighed)

    async def _tried(self, part: Callable[[], Any]) -> None:
        """What is not as it must be is written down; the life goes on."""
        try:
            await part()
        except (AssertionError, TimeoutError, OSError, BrowserError) as error:
            self.failures.append(f"{self.minute:.1f} min: {type(error).__name__} {str(error)[:200]}")
            self._print({"scenario": "failure", "what": self.failures[-1]})
            with contextlib.suppress(AssertionError, TimeoutError, OSError, BrowserError):
                await self.stage.renew()

    async def _weighed(self) -> None:
        await self.life.settle()
        sample = {"minute": self.minute, **await self.stage.weigh()}
        # Pictures are counted after the weighing too: whoever was weighed was alive.
        live = await self.stage.moving()
        if live < PANES:
            await self.stage.all_moving()
        assert await self.stage.token() == self._token, "the display lost its pairing"
        self.samples.append(sample)
        returns = {f"{name}_last_s": round(times[-1], 2) for name, times in self.life.returns_s.items() if times}
        shown = {name: round(value, 2) for name, value in sample.items()}
        acts = sum(self.life.acts.values())
        self._print({"scenario": "minute", **shown, "live": live, "acts": acts, **returns})

    def verdict(self) -> Row:
        figures, grows = judged(self.samples) if len(self.samples) > 3 else ({}, ["too few samples"])
        returns: Row = {}
        for name, times in self.life.returns_s.items():
            returns[f"{name}_median_s"] = round(statistics.median(times), 2) if times else None
            returns[f"{name}_worst_s"] = round(max(times), 2) if times else None
        in_time = max(self.life.returns_s["restart"], default=0.0) < RESTART_MAX_S
        fine = not grows and not self.failures and in_time and self.stage.pageloads == 0
        return {
            "scenario": "verdict",
            "minutes": round(self.minute, 1),
            "samples": len(self.samples),
            "acts": dict(self.life.acts),
            **returns,
            "restart_target_s": RESTART_MAX_S,
            "pageloads": self.stage.pageloads,
            **figures,
            "grows": grows,
            "failures": self.failures,
            "meets_target": fine,
        }


async def run(*, minutes: float, every_s: float, print_row: Print) -> bool:
    """Whether all targets were met."""
    async with staged() as (stage, address):
        life = Life(stage, address)
        one = Run(stage, life, minutes=minutes, every_s=every_s, print_row=print_row)
        living = asyncio.create_task(one.live())
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, living.cancel)
        await asyncio.wait([living])
        if not living.cancelled() and (fault := living.exception()) is not None:
            one.failures.append(repr(fault)[:300])
        verdict = one.verdict()
        print_row(verdict)
        return bool(verdict["meets_target"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two minutes")
    parser.add_argument("--minutes", type=float, help="instead of 120, or of 2 with --quick")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()

    def print_row(row: Row) -> None:
        if options.json:
            print(json.dumps({"benchmark": "kiosk", **row}, ensure_ascii=False), flush=True)
        else:
            print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)

    minutes = options.minutes or (2.0 if options.quick else 120.0)
    fine = asyncio.run(run(minutes=minutes, every_s=10.0 if options.quick else 60.0, print_row=print_row))
    raise SystemExit(0 if fine else 1)


if __name__ == "__main__":
    main()
