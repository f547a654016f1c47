"""Films that are made while their recording runs: somebody else writes the file, here it gets its place."""

from __future__ import annotations

import asyncio
import logging
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conference.model.errors import FilmNotFound, RecordingDeleted, SegmentNotFound
from conference.model.film import Film, FilmKind, FilmReason, FilmState, FilmWish
from conference.model.recording import new_film_id
from recorder.film_files import Made, finished, hashed

if TYPE_CHECKING:
    from conference.model.ids import RecordingId, SegmentId
    from conference.ports import Clock, FilmStore
    from recorder.folder import RecordingFolder

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class LiveFilms:
    films: FilmStore
    folder: RecordingFolder
    clock: Clock

    async def begin(self, recording: RecordingId, wish: FilmWish, *, by: str = "") -> tuple[SegmentId, int]:
        now_s = self.clock.wall_s()
        film = Film(
            id=new_film_id(),
            recording=recording,
            asked_at_s=now_s,
            wish=replace(wish, from_ms=round(now_s * 1000), until_ms=None),
            kind=FilmKind.LIVE,
            made_by=by,
            state=FilmState.MAKING,
        )
        await self.films.add(film)
        try:
            return film.id, await asyncio.to_thread(self.folder.create, recording, film.id)
        except BaseException:
            await self.films.remove(film.id)
            raise

    async def finish(
        self, film_id: SegmentId, *, duration_ms: int | None = None, reason: FilmReason | None = None
    ) -> Film:
        film = await self.films.get(film_id)
        if film.kind is not FilmKind.LIVE or film.state is not FilmState.MAKING:
            raise FilmNotFound(film_id)
        made = await asyncio.to_thread(self._made, film, duration_ms)
        if made is None:
            await self.films.end(film_id, state=FilmState.FAILED, reason=reason or FilmReason.CRASHED)
            await asyncio.to_thread(self.folder.delete, film.recording, film_id)
        else:
            ready, contents = finished(film, made, self.clock.wall_s())
            if not await self.films.finish(replace(ready, reason=reason), contents):
                raise RecordingDeleted(film.recording)
            log.info("- live film %s is ready: %d bytes", film_id, made.size_bytes)
        return await self.films.get(film_id)

    def _made(self, film: Film, duration_ms: int | None) -> Made | None:
        """None: nothing was written. Without a duration: from its beginning to when it was last written to. Blocks."""
        try:
            file, size_bytes = self.folder.open(film.recording, film.id)
        except SegmentNotFound:
            return None
        try:
            if not size_bytes:
                return None
            if duration_ms is None:
                duration_ms = round(os.fstat(file).st_mtime * 1000) - film.from_ms
            size_bytes, sha256, pieces = hashed(file)
        finally:
            os.close(file)
        return Made(size_bytes, sha256, max(0, duration_ms), pieces)
