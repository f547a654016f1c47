"""A control room of the tests: the desk of walls over a real conference without media."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from conference.model.ids import Identity, RoomId, WallId
from conference.model.outgoing import WallShown
from conference.model.records import RoomRecord
from conference.model.roles import Role
from conference.model.wall import WallView
from conference.seats import Seat
from conference.wall_desk import WallDesk
from conference.walls import edits
from conference.walls.acts import By
from conference.walls.boards import allow
from tests.fakes.hall import Hall, Page, hall
from tests.fakes.walls import ROOM, MemoryWalls

OTHER = RoomId("r-other")
BY = By("王芳", Identity("u-1"))


@dataclass
class Control:
    """A control room: the desk over a conference, and shorthands."""

    hall: Hall
    desk: WallDesk
    store: MemoryWalls

    async def pair(self, name: str = "大屏一", room: RoomId | None = None) -> tuple[WallId, str]:
        """A wall and its device token."""
        waiting = self.desk.begin_pairing("192.0.2.7", 3840, 2160)
        paired = await self.desk.pair(room or self.hall.room, waiting.code, name, by=BY)
        claimed = self.desk.claim_pairing(waiting.secret)
        assert claimed is not None
        return paired.record.wall.id, claimed.token

    async def kiosk(self, token: str) -> tuple[Seat, Page]:
        page = Page()
        seat = await self.hall.conference.join(self.desk.grant(token), name="", sink=page)
        await self.settle()
        return seat, page

    async def console(self, name: str = "调度", *, watch: bool = True) -> tuple[Seat, Page]:
        seat, page = await self.hall.join(name, Role.HOST, token=f"j-{name}", identity=name)
        if watch:
            self.desk.watch(seat, on=True)
        await self.settle()
        return seat, page

    async def edit(self, seat: Seat, wall: WallId, edit: edits.Edit, *, base: int | None = None) -> None:
        """On the newest version, unless `base` says otherwise."""
        if base is None:
            base = self.desk.get(seat.room, wall).record.wall.version
        await self.desk.edit(seat, wall, base, edit)
        await self.settle()

    async def settle(self) -> None:
        await self.hall.settle()
        await asyncio.sleep(0)

    def verbs(self) -> list[str]:
        return [act.verb for act in self.store.done]


@asynccontextmanager
async def control(store: MemoryWalls | None = None) -> AsyncIterator[Control]:
    async with hall() as h:
        for room in (ROOM, OTHER):
            await h.rooms.create(RoomRecord(id=room, name="会商室", max_participants=20, created_at_s=1.0))
        h.room = ROOM
        kept = store or MemoryWalls()
        desk = WallDesk(store=kept, conference=h.conference, clock=h.clock, allowed=allow(("https://gis.example.org",)))
        await desk.open()
        made = Control(h, desk, kept)
        yield made
        if desk._timer is not None:
            desk._timer.cancel()


def seen(page: Page) -> WallView:
    return page.last(WallShown).view


def shown(page: Page) -> list[str | None]:
    return [pane.shows for pane in seen(page).panes]
