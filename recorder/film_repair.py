"""Films after a restart: what was being made is said to be interrupted, what waited still waits."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from conference.model.errors import FilmNotFound, HuishangError, TooManyFilms
from conference.model.film import Film, FilmKind, FilmReason, FilmState, FilmWish
from conference.model.recording import is_film_id
from recorder.film_live import LiveFilms

if TYPE_CHECKING:
    from conference.model.ids import RecordingId, SegmentId
    from conference.model.recording import Segment
    from conference.ports import Clock, FilmStore
    from recorder.folder import RecordingFolder

log = logging.getLogger(__name__)


async def settle_films(films: FilmStore, folder: RecordingFolder, clock: Clock) -> list[Film]:
    """Run at the start of the server, before `repair`. Gives those that wait, the first one at the front."""
    waiting = []
    for film in await films.unfinished():
        if film.state is FilmState.QUEUED:
            waiting.append(film)
            continue
        try:
            await _settle(films, folder, clock, film)
        except (OSError, HuishangError) as error:
            # Its file is still there, whatever it is: it is met again at the next start.
            log.warning("x film %s cannot be settled: %s", film.id, error)
    return waiting


async def _settle(films: FilmStore, folder: RecordingFolder, clock: Clock, film: Film) -> None:
    if film.kind is FilmKind.LIVE:
        # In fragments of a second: it plays as far as it goes.
        await LiveFilms(films, folder, clock).finish(film.id, reason=FilmReason.INTERRUPTED)
        return
    await asyncio.to_thread(folder.delete, film.recording, film.id)
    await films.end(film.id, state=FilmState.FAILED, reason=FilmReason.INTERRUPTED)
    log.info("- film %s was interrupted", film.id)


async def leftover(films: FilmStore, folder: RecordingFolder, recording: RecordingId, file: SegmentId) -> bool:
    """Deletes what is left of a film that did not become ready. False: the list of films does not know it."""
    try:
        film = await films.get(file)
    except FilmNotFound:
        return False
    if film.state is FilmState.READY:
        return False
    if film.state is FilmState.MAKING:
        return True  # a live one that could not be read just now
    await asyncio.to_thread(folder.delete, recording, file)
    log.warning("- removed what was left of film %s", file)
    return True


async def adopt_film(films: FilmStore, segment: Segment) -> None:
    """Puts a film into the list that was on the disk only; other segments are none."""
    if not is_film_id(segment.id):
        return
    film = Film(
        id=segment.id,
        recording=segment.recording,
        asked_at_s=segment.started_at_ms / 1000,
        wish=FilmWish(from_ms=segment.started_at_ms, until_ms=segment.until_ms),
        kind=FilmKind.FOUND,
        state=FilmState.READY,
        ready_at_s=segment.until_ms / 1000,
        size_bytes=segment.size_bytes,
    )
    with suppress(TooManyFilms):
        await films.add(film)
