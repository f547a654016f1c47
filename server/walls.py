"""The part of the composition that is about walls."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from conference.store import SqlWallStore
from conference.wall_desk import WallDesk
from conference.walls.boards import allow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conference.ports import Clock
    from conference.service import Conference
    from conference.store import Database
    from config import WallSettings


@asynccontextmanager
async def open_walls(
    settings: WallSettings, *, database: Database, conference: Conference, clock: Clock
) -> AsyncIterator[WallDesk]:
    """Walls at work for as long as the block lasts. Opened before anybody comes into a room."""
    desk = WallDesk(store=SqlWallStore(database), conference=conference, clock=clock, allowed=allow(settings.web_allow))
    await desk.open()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(desk.run(), name="walls")
        try:
            yield desk
        finally:
            serving.cancel()
