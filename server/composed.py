"""The part of the composition that is about composed streams."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from conference.composing import ComposedLayout
from conference.composing_desk import ComposingDesk
from conference.media.candidates import own_addresses
from conference.sources.address import AddressPolicy
from recorder.composed.service import ComposedService, FilmPlace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from conference.composing import WallViews
    from conference.ports import Clock
    from conference.service import Conference
    from config import Settings
    from server.recordings import Recordings


@asynccontextmanager
async def open_composed(
    settings: Settings, *, conference: Conference, recordings: Recordings, clock: Clock, walls: WallViews | None = None
) -> AsyncIterator[ComposingDesk]:
    """Composed streams at work for as long as the block lasts; running ones are ended in order on the way out."""
    of = settings.composed
    service = ComposedService(
        clock=clock,
        policy=AddressPolicy(
            networks=of.allow_networks,
            exact=of.exact_addresses,
            own=lambda: set(own_addresses(loopback=True)) | set(settings.media.advertise_ips),
        ),
        place=FilmPlace(recordings.films, recordings.folder),
    )
    desk = ComposingDesk(
        conference=conference,
        compositor=service,
        clock=clock,
        max_streams=of.max_streams,
        walls=walls,
        film_recordings=None if of.film_recordings == "none" else ComposedLayout(of.film_recordings),
    )
    async with asyncio.TaskGroup() as tasks:
        composing = tasks.create_task(service.run(), name="composed")
        looking = tasks.create_task(desk.run(), name="composing-desk")
        try:
            yield desk
        finally:
            # In this order: what runs is ended while its process still is there.
            looking.cancel()
            await asyncio.wait([looking])
            composing.cancel()
