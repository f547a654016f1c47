"""The composition root: every part is opened here, in one stack that closes in reverse order (docs/lifecycle.md)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import ssl
import time
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conference.media.plane import Plane
from conference.model.errors import RoomExists
from conference.service import Conference
from conference.store import SqlRoomStore, SqlTokenStore, open_database
from conference.store.database import database_url
from conference.wall_composed import WallPanes
from server.addresses import page_host
from server.collector import spared_collector
from server.composed import open_composed
from server.disk import check_disk_space
from server.invite import FIRST_ROOM
from server.recordings import open_recordings
from server.secrets import load_secrets
from server.sources import open_sources
from server.tls import certificate_files, server_context
from server.walls import open_walls
from server.welcome import announce
from signaling.app import listen, make_app
from signaling.auth import AdminKey, TokenAuthority
from signaling.desks import Desks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conference.store import Database
    from config import Settings

log: Final = logging.getLogger("huishang")

WEB_DIST: Final = Path(__file__).parents[1] / "web" / "dist"


class SystemClock:
    """The machine's clocks, as `conference.ports.Clock`."""

    def monotonic_s(self) -> float:
        return time.monotonic()

    def wall_s(self) -> float:
        return time.time()


async def run_server(settings: Settings) -> None:
    """Serves until SIGINT or SIGTERM. Raises OSError when a port cannot be had, SettingsError for unusable files."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with open_server(settings) as authority, spared_collector():
        await announce(settings, authority, FIRST_ROOM if settings.room.first_room else None)
        await stop.wait()
        log.info("- stopping")


@asynccontextmanager
async def open_server(settings: Settings) -> AsyncIterator[TokenAuthority]:
    """A server that answers, for as long as the block lasts."""
    secrets = load_secrets(settings.data)
    tls = _tls(settings)
    async with AsyncExitStack() as stack:
        url = database_url(settings.database.url, settings.data)
        database = await stack.enter_async_context(open_database(url, pool_size=settings.database.pool_size))
        tokens = SqlTokenStore(database)
        plane = stack.enter_context(contextlib.closing(Plane(settings.media)))
        conference = Conference(
            rooms=SqlRoomStore(database), tokens=tokens, plane=plane, settings=settings.room, clock=SystemClock()
        )
        await stack.enter_async_context(_running(conference))
        await _first_room(conference, settings.room.first_room)
        desks = await _open_desks(
            stack, settings, database=database, seal_secret=secrets.source_key, plane=plane, conference=conference
        )
        authority = TokenAuthority(secrets.join_key.encode(), revoked=tokens, leeway_s=settings.auth.leeway_s)
        app = make_app(
            conference=conference,
            tokens=tokens,
            authority=authority,
            admin=AdminKey(secrets.admin_key),
            http=settings.http,
            auth=settings.auth,
            dist=WEB_DIST,
            desks=desks,
            checks={"database": database.ping, "disk": lambda: check_disk_space(settings.data)},
        )
        await stack.enter_async_context(listen(app, host=settings.http.host, port=settings.http.port, tls=tls))
        log.info("- huishang %s serves on %s:%d", version("huishang"), settings.http.host, settings.http.port)
        yield authority


async def _open_desks(
    stack: AsyncExitStack,
    settings: Settings,
    *,
    database: Database,
    seal_secret: str,
    plane: Plane,
    conference: Conference,
) -> Desks:
    """What there is beside meetings."""
    clock = SystemClock()
    walls = await stack.enter_async_context(
        open_walls(settings.walls, database=database, conference=conference, clock=clock)
    )
    sources, source_ports = await stack.enter_async_context(
        open_sources(
            settings, database=database, seal_secret=seal_secret, plane=plane, conference=conference, clock=clock
        )
    )
    recordings = await stack.enter_async_context(
        open_recordings(settings, database=database, conference=conference, clock=clock)
    )
    composing = await stack.enter_async_context(
        open_composed(
            settings, conference=conference, recordings=recordings, clock=clock, walls=WallPanes(walls, clock)
        )
    )
    return Desks(
        sources=sources,
        source_ports=source_ports,
        library=recordings.library,
        switch=recordings,
        films=recordings.films,
        recording=recordings.desk,
        storage_stats=recordings.storage_stats,
        composing=composing,
        walls=walls,
        web_allow=settings.walls.web_allow,
        checks={"recordings": recordings.check},
    )


@asynccontextmanager
async def _running(conference: Conference) -> AsyncIterator[None]:
    """The conference's own task scope; its death ends the server rather than leaving a silent one."""
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(conference.run(), name="conference")
        try:
            yield
        finally:
            serving.cancel()


async def _first_room(conference: Conference, name: str) -> None:
    if name:
        with contextlib.suppress(RoomExists):
            await conference.create_room(name, room=FIRST_ROOM)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if not settings.http.tls:
        return None
    names = (page_host(settings.http.host).strip("[]"), *settings.media.advertise_ips)
    return server_context(*certificate_files(settings.http, settings.data, extra_names=names))
