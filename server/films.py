"""The part of the composition that is about composed films."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conference.store import SqlFilmStore, SqlWallStore
from recorder.films import FilmRules, FilmService

if TYPE_CHECKING:
    from conference.ports import Clock
    from conference.store import Database
    from config import Settings
    from recorder.service import RecorderService
    from recorder.storage import ObjectStorage


def film_service(
    settings: Settings,
    *,
    database: Database,
    recorder: RecorderService,
    storage: ObjectStorage | None,
    clock: Clock,
) -> FilmService:
    """To be restored, then run."""
    of = settings.recording
    return FilmService(
        films=SqlFilmStore(database),
        recordings=recorder.store,
        folder=recorder.folder,
        clock=clock,
        rules=FilmRules(at_once=of.films_at_once, threads=of.films_threads, yielding=of.films_yield),
        room=recorder.takes,
        fetch=storage.materialise if storage is not None else None,
        scenes=SqlWallStore(database).scene,
        discard=storage.remove_file if storage is not None else None,
    )
