"""The part of the composition that is about recordings: the folder, its repair, the recorder, the library."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conference.model.errors import RecordingNotFound
from conference.recording_desk import RecordingDesk
from conference.store import SqlFilmStore, SqlRecordingStore
from recorder.disk import DiskLimits
from recorder.film_repair import settle_films
from recorder.films import FilmService
from recorder.library import RecordingLibrary
from recorder.repair import repair
from recorder.retention import Policy, Remover, Retention
from recorder.service import RecorderService
from server.films import film_service
from server.storage import deletion, storage_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from conference.model.ids import RecordingId, RoomId
    from conference.ports import Clock
    from conference.results import StorageStats
    from conference.service import Conference
    from conference.store import Database
    from config import Settings
    from recorder.folder import RecordingFolder

log = logging.getLogger("huishang")


@dataclass(frozen=True, slots=True)
class Recordings:
    """What the edge gets of it."""

    desk: RecordingDesk
    library: RecordingLibrary
    films: FilmService
    folder: RecordingFolder
    check: Callable[[], Awaitable[None]]
    """For readiness: raises OSError when what is to be recorded is not."""
    storage_stats: Callable[[], StorageStats] | None

    async def start(self, room: RoomId, *, by: str) -> RecordingId:
        """For administrators. Raises as `RecordingDesk.start`."""
        del by
        return await self.desk.start(room, by="admin")

    async def stop(self, room: RoomId, *, by: str) -> None:
        """Raises RecordingNotFound when the room is not being recorded."""
        del by
        if not await self.desk.stop(room, by="admin"):
            raise RecordingNotFound(room)


@asynccontextmanager
async def open_recordings(
    settings: Settings, *, database: Database, conference: Conference, clock: Clock
) -> AsyncIterator[Recordings]:
    """Recordings at work for as long as the block lasts; running ones are ended in order on the way out."""
    of = settings.recording
    store = SqlRecordingStore(database)
    service = RecorderService.open_at(
        settings.recordings_folder,
        store=store,
        clock=clock,
        buffer_bytes=of.buffer_bytes,
        disk=DiskLimits(min_free_bytes=of.min_free_bytes, alarm_free_share=of.alarm_free_share),
    )
    with contextlib.closing(service):
        await settle_films(SqlFilmStore(database), service.folder, clock)
        done = await repair(store, service.folder, SqlFilmStore(database))
        if done.interrupted or done.recovered_bytes:
            log.warning(
                "- recordings repaired: %d interrupted, %d bytes recovered", len(done.interrupted), done.recovered_bytes
            )
        await service.remember_interrupted()
        policy = Policy(
            max_age_days=of.max_age_days, quota_bytes=of.quota_bytes, kind_quotas_bytes=of.kind_quotas_bytes
        )
        desk = RecordingDesk(conference=conference, recorder=service if of.enabled else None, automatic=of.automatic)
        storage = storage_of(settings, store=store, folder=service.folder, clock=clock)
        async with storage as objects, asyncio.TaskGroup() as tasks:
            films = film_service(settings, database=database, recorder=service, storage=objects, clock=clock)
            await films.restore()
            remover = Remover(store, service.folder, elsewhere=deletion(objects, store), deleted=films.forget)
            library = RecordingLibrary(store, service.folder, remover, clock, storage=objects)
            carrying = tasks.create_task(objects.run(), name="uploads") if objects is not None else None
            keeping = tasks.create_task(Retention(store, remover, policy, clock).run(), name="retention")
            writing = tasks.create_task(service.run(), name="recorder") if of.enabled else None
            watching = tasks.create_task(desk.run(), name="recording-desk")
            composing = tasks.create_task(films.run(), name="films")
            try:
                storage_stats = objects.stats if objects is not None else None
                yield Recordings(desk, library, films, service.folder, service.check, storage_stats)
            finally:
                # In this order: what runs is ended while there still is somebody to write it.
                watching.cancel()
                await asyncio.wait([watching])
                for task in (keeping, composing, writing, carrying):
                    if task is not None:
                        task.cancel()
