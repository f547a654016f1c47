"""The acts of a wall's life, far more of them in a minute than a real wall sees in a day."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks._kiosk_stage import BACK_S, PANES, Stage
from tests.e2e.people import until
from tests.e2e.wall_stage import NOTHING, board, shows

SEED = 20261122
ACT_S = 1.5
LOSS_S, ALARM_S, ALARM_FOR_S, NEWCOMER_S = 30.0, 45.0, 10.0, 20.0
AWAY_S = 3.0
RACES = 3
"""So often an act is tried anew when the wall was changed by a turn or an alarm meanwhile."""

Words = dict[str, Any]


def groups(people: list[str]) -> list[Words]:
    return [
        {"id": "g1", "name": "轮巡一", "members": people, "everyS": 5, "skipAbsent": True},
        {"id": "g2", "name": "轮巡二", "members": people[::-1], "everyS": 7, "skipAbsent": True},
    ]


def of_group(name: str) -> Words:
    return {"kind": "group", "group": name}


def settled(people: list[str]) -> Words:
    """The scene in which the wall is weighed: nothing turns."""
    return board("grid-16", [shows(one) for one in people[:PANES]])


def scenes(people: list[str], address: str) -> dict[str, Words]:
    """Every kind of pane and of division."""
    direct = [shows(one) for one in people]
    widgets = [
        {"kind": "clock"},
        {"kind": "countdown", "text": "开闸", "untilMs": int(time.time() * 1000) + 7_200_000},
        {"kind": "text", "text": "值班电话 0100-1234"},
        {"kind": "speaker"},
        {"kind": "screen"},
        NOTHING,
    ]
    windows = [{"x": 0.25 * at, "y": 0.0, "width": 0.25, "height": 1.0} for at in range(4)]
    both = [of_group("g1")] * 4 + [of_group("g2")] * 4
    turning = groups(people)
    return {
        "all": board("grid-16", direct[-PANES:]),
        "turned": board("grid-16", direct[PANES - 1 :: -1]),
        "big": board("one-big-15", direct[2 : 2 + PANES], alarmPane=3),
        "polling": board("grid-16", direct[:8] + both, groups=turning),
        "all polling": board("grid-16", both + both, groups=turning),
        "widgets": board("grid-16", widgets + direct[:10]),
        "many": board("grid-25", both + direct[:17], groups=turning),
        "few": board("grid-4", direct[:2] + [of_group("g1")] * 2, groups=turning),
        "tall": {**board("free", direct[8:12]), "windows": windows},
        "panel": board("one-big-5", [{"kind": "web", "url": address}, *direct[:5]]),
    }


class Life:
    """Does one act after the other. `acts`: how often each was done; `returns_s`: how long each return took."""

    def __init__(self, stage: Stage, address: str) -> None:
        self.stage = stage
        self.acts: Counter[str] = Counter()
        self.returns_s: dict[str, list[float]] = {"loss": [], "restart": []}
        self._chance = random.Random(SEED)
        self._scenes = self._saved(scenes(stage.people, address))
        self._alarm: str | None = None
        self._losses = 0
        now_s = time.monotonic()
        self._due = {self.lose: now_s + LOSS_S, self.alarm: now_s + ALARM_S / 3, self.newcomer: now_s + NEWCOMER_S}

    def _saved(self, boards: dict[str, Words]) -> list[str]:
        path = f"/api/v1/rooms/{self.stage.kiosk.room}/scenes"
        api = self.stage.server.api
        return [api("POST", path, {"name": name, "board": one})["id"] for name, one in boards.items()]

    async def live_until(self, end_s: float) -> None:
        """Acts until this moment of the monotonic clock."""
        usual = [self.scene] * 10 + [self.turn] * 4 + [self.enlarge] * 2 + [self.swap, self.sound, self.pin, self.undo]
        while time.monotonic() < end_s:
            started_s = time.monotonic()
            for act, due_s in list(self._due.items()):
                if due_s <= started_s:
                    self._due[act] = started_s + await act()
            await self._chance.choice(usual)()
            await asyncio.sleep(max(0.0, ACT_S - (time.monotonic() - started_s)))

    async def settle(self) -> None:
        """No alarm, no sound, sixteen people in sixteen panes, all of them moving."""
        await self._cleared()
        await self._edit("sound", muted=True)
        await self._edit("board", board=settled(self.stage.people))
        await self.stage.all_moving()

    # ---- usual acts -------------------------------------------------------------------------------------------------

    async def scene(self) -> None:
        await self._edit("apply", scene=self._chance.choice(self._scenes))

    async def turn(self) -> None:
        turning = (await self._wall())["board"]["groups"]
        if turning:
            turn = self._chance.choice(["next", "next", "previous", "pause", "resume"])
            await self._edit("turn", group=self._chance.choice(turning)["id"], turn=turn)

    async def enlarge(self) -> None:
        await self._edit("enlarge", pane=self._chance.randrange(await self._panes()))
        await asyncio.sleep(ACT_S / 2)
        await self._edit("enlarge", pane=None)

    async def swap(self) -> None:
        pane, other = self._chance.sample(range(await self._panes()), 2)
        await self._edit("swap", pane=pane, other=other)

    async def sound(self) -> None:
        only = self._chance.choice(["", self.stage.people[-1]])
        await self._edit("sound", muted=self._chance.random() < 0.5, only=only)

    async def pin(self) -> None:
        panes = (await self._wall())["board"]["panes"]
        polling = [at for at, pane in enumerate(panes) if pane["kind"] == "group"]
        if polling:
            await self._edit("pin", pane=self._chance.choice(polling), pinned=self._chance.random() < 0.5)

    async def undo(self) -> None:
        await self.scene()
        await self._edit("undo")

    # ---- acts of their own time: each returns the seconds to its next ------------------------------------------------

    async def alarm(self) -> float:
        if self._alarm is not None:
            await self._cleared()
            return ALARM_S - ALARM_FOR_S
        path = f"/api/v1/rooms/{self.stage.kiosk.room}/alarms"
        body = {"identity": self._chance.choice(self.stage.people), "text": "三号堤段管涌"}
        self._alarm = (await asyncio.to_thread(self.stage.server.api, "POST", path, body))["id"]
        self.acts["alarm"] += 1
        return ALARM_FOR_S

    async def _cleared(self) -> None:
        if self._alarm is None:
            return
        path = f"/api/v1/rooms/{self.stage.kiosk.room}/alarms/{self._alarm}"
        await asyncio.to_thread(self.stage.server.api, "DELETE", path)
        self._alarm = None

    async def newcomer(self) -> float:
        await self.stage.newcomer(self._chance.choice(self.stage.people))
        self.acts["newcomer"] += 1
        return NEWCOMER_S

    async def lose(self) -> float:
        """The socket breaks, or the network is away for a while, or the browser says that there is none."""
        kinds: list[Callable[[], Awaitable[None]]] = [self._broken, self._away, self._offline]
        await self._returned("loss", kinds[self._losses % len(kinds)])
        self._losses += 1
        return LOSS_S

    async def _broken(self) -> None:
        self.stage.path.cut()

    async def _away(self) -> None:
        self.stage.path.away = True
        self.stage.path.cut()
        await asyncio.sleep(AWAY_S)
        self.stage.path.away = False

    async def _offline(self) -> None:
        await self.stage.kiosk.context.set_offline(True)
        await asyncio.sleep(AWAY_S / 3)
        await self.stage.kiosk.context.set_offline(False)

    async def restart(self) -> None:
        await self._cleared()
        await self._returned("restart", self.stage.again)
        await self.stage.enter()
        self._due[self.lose] = time.monotonic() + LOSS_S

    async def _returned(self, name: str, trouble: Callable[[], Awaitable[None]]) -> None:
        """Counted from the beginning of the trouble, its own length included."""
        path, started_s, before = self.stage.path, time.monotonic(), self.stage.path.accepted
        await trouble()

        async def back() -> bool:
            return path.accepted > before and await self.stage.in_room()

        await until(back, timeout_s=BACK_S, what=f"the wall is back after: {name}")
        self.returns_s[name].append(time.monotonic() - started_s)
        self.acts[name] += 1

    # ---- the console's wire -----------------------------------------------------------------------------------------

    async def _wall(self) -> Words:
        return await self.stage.console.known(self.stage.kiosk.wall)

    async def _panes(self) -> int:
        return len((await self._wall())["board"]["panes"])

    async def _edit(self, do: str, **words: Any) -> None:
        for race in range(RACES):
            try:
                await self.stage.console.edit(self.stage.kiosk.wall, do, **words)
                break
            except AssertionError as error:
                if "wall-changed" not in str(error) or race == RACES - 1:
                    raise
        self.acts[do] += 1
