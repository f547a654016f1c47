"""Composed films: asked for, queued, made by one child each, or handed in by whoever made one live.

The index is the truth about every film; what is here is the queue of this run of the server, and progress.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from conference.layout import Size
from conference.model.errors import (
    FilmNotFound,
    FilmQueueFull,
    HuishangError,
    RecordingDeleted,
    RecordingRunning,
    SceneNotFound,
    SegmentNotFound,
)
from conference.model.film import (
    UNFINISHED,
    Film,
    FilmKind,
    FilmProgress,
    FilmReason,
    FilmScene,
    FilmState,
    FilmWish,
    segment_of,
)
from conference.model.recording import RecordingState, SegmentPlace, new_film_id
from conference.results import FilmStats
from conference.walls.drawn import cells_of
from recorder import film_words as words
from recorder.film_files import Made, finished
from recorder.film_live import LiveFilms
from recorder.film_nursery import FilmNurseries
from recorder.film_plan import bounds, plan, start_of
from recorder.film_repair import settle_films
from recorder.film_run import FilmCancelled, FilmFailed, FilmRun

if TYPE_CHECKING:
    import builtins
    from collections.abc import Awaitable, Callable

    from conference.model.ids import RecordingId, RoomId, SceneId, SegmentId
    from conference.model.recording import Segment
    from conference.model.wall import Scene
    from conference.ports import Clock, FilmStore, RecordingStore
    from recorder.folder import RecordingFolder

MAX_WAITING: Final = 20
ATTEMPTS: Final = 2
"""A child may be killed for want of memory, and another one succeed; a film that kills its child does it again."""
RETRY_S: Final = 5.0
DISCARD_S: Final = 60.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmRules:
    """`at_once`: films made at the same time. `threads`: of each, of decoding and again of encoding. `yielding`: they
    get only CPU that nobody else wants, and are then never held to be stalled before `stall_s`."""

    at_once: int = 1
    threads: int = 2
    yielding: bool = True
    memory_bytes: int = 2 << 30
    stall_s: float = 300.0

    @property
    def limits(self) -> words.Limits:
        # Decoders, encoder, the thread that draws, and a half for what libav does beside them.
        return words.Limits(memory_bytes=self.memory_bytes, cpu_share=2 * self.threads + 1.5, stall_s=self.stall_s)


class FilmService:
    """`restore` once, then `run`. Has the shape that the edge asks for (`signaling.recordings.films`)."""

    def __init__(
        self,
        *,
        films: FilmStore,
        recordings: RecordingStore,
        folder: RecordingFolder,
        clock: Clock,
        rules: FilmRules,
        room: Callable[[], bool] = lambda: True,
        fetch: Callable[[Segment], Awaitable[int]] | None = None,
        discard: Callable[[Segment], Awaitable[None]] | None = None,
        scenes: Callable[[RoomId, SceneId], Awaitable[Scene]] | None = None,
    ) -> None:
        """`room`: the disk takes more. `fetch`: a descriptor of a segment that lies elsewhere; `discard`: deletes what
        object storage has of one film. `scenes`: one of a room, raises SceneNotFound."""
        self._films = films
        self._recordings = recordings
        self._folder = folder
        self._clock = clock
        self._rules = rules
        self._room = room
        self._fetch = fetch
        self._discard = discard
        self._scenes = scenes
        self._live = LiveFilms(films, folder, clock)
        self._nurseries = FilmNurseries()
        self._waiting: deque[Film] = deque()
        self._asking = 0
        self._some = asyncio.Event()
        self._runs: dict[SegmentId, FilmRun] = {}
        self._over: dict[SegmentId, asyncio.Event] = {}
        self._running: set[SegmentId] = set()
        self._outcomes: Counter[FilmState] = Counter()

    async def restore(self) -> None:
        """Before `recorder.repair.repair`, before `run`."""
        self._waiting.extend(await settle_films(self._films, self._folder, self._clock))
        self._some.set()

    async def run(self) -> None:
        """Makes films until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._nurseries.run(), name="film-nurseries")
            if self._discard is not None:
                tasks.create_task(self._discard_all(self._discard), name="film-leavings")
            for number in range(self._rules.at_once):
                tasks.create_task(self._work(), name=f"films-{number}")

    def stats(self) -> FilmStats:
        """For /metrics."""
        return FilmStats(
            queued=len(self._waiting),
            making=len(self._over),
            live=len(self._running),
            ready=self._outcomes[FilmState.READY],
            failed=self._outcomes[FilmState.FAILED],
            cancelled=self._outcomes[FilmState.CANCELLED],
        )

    # ---- what is asked of it ----

    async def request(self, recording: RecordingId, wish: FilmWish, *, by: str, scene: SceneId | None = None) -> Film:
        """A film of what was recorded, made afterwards. `scene`: of the recording's room, for the layout scene, as it
        is now. Raises RecordingNotFound, RecordingDeleted, RecordingRunning, RecordingEmpty, SceneNotFound,
        InvalidLayout, MessageInvalid, TooManyFilms, FilmQueueFull."""
        contents = await self._recordings.contents(recording)
        if contents.recording.state is RecordingState.DELETED:
            raise RecordingDeleted(recording)
        if contents.recording.state is RecordingState.RECORDING:
            raise RecordingRunning(recording)
        from_ms, until_ms = bounds(contents, wish)
        if scene is not None:
            wish = replace(wish, scene=await self._scene(contents.recording.room, scene, wish))
        if len(self._waiting) + self._asking >= MAX_WAITING:
            raise FilmQueueFull
        film = Film(
            id=new_film_id(),
            recording=recording,
            asked_at_s=self._clock.wall_s(),
            wish=replace(wish, from_ms=from_ms, until_ms=until_ms),
            made_by=by,
        )
        self._asking += 1
        try:
            await self._films.add(film)
        finally:
            self._asking -= 1
        self._waiting.append(film)
        self._some.set()
        return film

    async def list(self, recording: RecordingId) -> builtins.list[tuple[Film, FilmProgress]]:
        """Newest first. Raises RecordingNotFound, RecordingDeleted."""
        if (await self._recordings.get(recording)).state is RecordingState.DELETED:
            raise RecordingDeleted(recording)
        return [(film, self._progress(film)) for film in await self._films.list(recording)]

    async def get(self, recording: RecordingId, film: SegmentId) -> tuple[Film, FilmProgress]:
        """Raises FilmNotFound, also for one of another recording."""
        found = await self._of(recording, film)
        return found, self._progress(found)

    async def remove(self, recording: RecordingId, film: SegmentId) -> None:
        """Cancels one that is not finished, which stays in the list; any other one is deleted. Returns when nothing of
        it is left. Raises FilmNotFound, RecordingHeld for a ready one, RecordingRunning for one that is made live."""
        found = await self._of(recording, film)
        if found.state is FilmState.MAKING and found.kind is FilmKind.LIVE:
            raise RecordingRunning(recording)
        if found.state in UNFINISHED:
            await self._cancel(found)
            return
        # From here on nobody gets a byte of it; what the disk does not give back now, the next start does.
        elsewhere = self._discard if found.state is FilmState.READY else None
        await self._films.remove(film, elsewhere=elsewhere is not None)
        await asyncio.to_thread(self._folder.delete, recording, film)
        if elsewhere is not None:
            await self._discard_one(found, elsewhere)

    def forget(self, recording: RecordingId) -> None:
        """It was deleted: nothing of it is made any more."""
        self._waiting = deque(film for film in self._waiting if film.recording != recording)
        for run in self._runs.values():
            if run.film.recording == recording:
                run.cancel()

    async def begin_live_film(self, recording: RecordingId, wish: FilmWish, *, by: str = "") -> tuple[SegmentId, int]:
        """A film that is made while its recording runs: its id, and its file, empty, to read and write, the caller's to
        close. `wish`: how it looks; its times are not read, the film begins now. In the list it is `making`, of kind
        live; write fragments, so that it plays when the server is killed on the way.

        Raises RecordingNotFound, RecordingDeleted, RecordingFinished, TooManyFilms, OSError.
        """
        film, file = await self._live.begin(recording, wish, by=by)
        self._running.add(film)
        return film, file

    async def finish_live_film(
        self, film: SegmentId, *, duration_ms: int | None = None, reason: FilmReason | None = None
    ) -> Film:
        """All of it is written and synced: hashes the file and makes the film ready; one without a byte is failed.
        `duration_ms` None: from its beginning to when it was last written to. `reason`: why it is not whole. Once;
        also after the end of its recording. Raises FilmNotFound, RecordingDeleted, OSError."""
        try:
            done = await self._live.finish(film, duration_ms=duration_ms, reason=reason)
        finally:
            self._running.discard(film)
        self._outcomes[done.state] += 1
        return done

    # ---- at work ----

    async def _work(self) -> None:
        while True:
            while not self._waiting:
                self._some.clear()
                await self._some.wait()
            film = self._waiting.popleft()
            self._over[film.id] = asyncio.Event()
            try:
                await self._make(film)
            except Exception:  # the database is away, or a bug: the next film must get its turn all the same
                log.exception("x film %s", film.id)
                await self._give_up(film)
            finally:
                self._over.pop(film.id).set()

    async def _make(self, film: Film) -> None:
        if not await self._films.begin(film.id):
            return  # cancelled or deleted while it waited
        try:
            made = await self._attempts(film)
        except FilmFailed as failure:
            log.warning("x film %s: %s", film.id, failure)
            await self._end(film, FilmState.FAILED, failure.reason)
        except FilmCancelled:
            await self._end(film, FilmState.CANCELLED)
        else:
            await self._finish(film, made)
        await self._tidy(film)

    async def _attempts(self, film: Film) -> Made:
        """Raises FilmFailed, FilmCancelled."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._attempt(film)
            except FilmFailed as failure:
                if failure.reason is not FilmReason.CRASHED or attempt == ATTEMPTS:
                    raise
                log.warning("x film %s: %s; it is tried again", film.id, failure)
        raise FilmCancelled

    async def _attempt(self, film: Film) -> Made:
        try:
            contents = await self._recordings.contents(film.recording)
            if (await self._films.get(film.id)).state is not FilmState.MAKING:
                raise FilmCancelled
        except HuishangError:
            raise FilmCancelled from None
        if not self._room():
            raise FilmFailed(FilmReason.DISK_FULL, "below the reserve")
        rules = self._rules
        run = FilmRun(film, plan(contents, film), self._folder, open_segment=self._open, room=self._room)
        start = start_of(film, limits=rules.limits, threads=rules.threads, yielding=rules.yielding)
        self._runs[film.id] = run
        try:
            with self._nurseries.used():
                return await run.make(self._nurseries, start)
        finally:
            del self._runs[film.id]

    async def _finish(self, film: Film, made: Made) -> None:
        try:
            ready, contents = finished(film, made, self._clock.wall_s())
        except ValueError as error:
            log.warning("x film %s: %s", film.id, error)
            await self._end(film, FilmState.FAILED, FilmReason.CRASHED)
            await asyncio.to_thread(self._folder.delete, film.recording, film.id)
            return
        if await self._films.finish(ready, contents):
            self._outcomes[FilmState.READY] += 1
            log.info("- film %s of %s is ready: %d bytes", film.id, film.recording, made.size_bytes)
        else:
            await asyncio.to_thread(self._folder.delete, film.recording, film.id)

    async def _give_up(self, film: Film) -> None:
        """However long the database is away: a film that nobody makes must not be said to be made."""
        with suppress(OSError):
            await asyncio.to_thread(self._folder.delete, film.recording, film.id)
        while True:
            try:
                await self._end(film, FilmState.FAILED, FilmReason.INTERRUPTED)
            except Exception:  # as above
                log.exception("x film %s", film.id)
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _tidy(self, film: Film) -> None:
        """A recording that was deleted meanwhile may have got its folder back."""
        if (await self._recordings.get(film.recording)).state is RecordingState.DELETED:
            await asyncio.to_thread(self._folder.remove, film.recording)

    async def _end(self, film: Film, state: FilmState, reason: FilmReason | None = None) -> None:
        if await self._films.end(film.id, state=state, reason=reason):
            self._outcomes[state] += 1

    async def _discard_all(self, discard: Callable[[Segment], Awaitable[None]]) -> None:
        """What object storage still has of removed films, until cancelled."""
        while True:
            try:
                for film in await self._films.removed():
                    await self._discard_one(film, discard)
            except Exception:  # the database is away: the next round comes in any case
                log.exception("x films in the object storage")
            await asyncio.sleep(DISCARD_S)

    async def _discard_one(self, film: Film, discard: Callable[[Segment], Awaitable[None]]) -> None:
        try:
            await discard(segment_of(film, b""))
        except OSError as error:
            log.warning("x film %s is still in the object storage: %s", film.id, error)
        else:
            await self._films.remove(film.id)

    async def _cancel(self, film: Film) -> None:
        await self._end(film, FilmState.CANCELLED)
        self._waiting = deque(one for one in self._waiting if one.id != film.id)
        run, over = self._runs.get(film.id), self._over.get(film.id)
        if run is not None:
            run.cancel()
        if over is not None:
            await over.wait()

    async def _scene(self, room: RoomId, scene: SceneId, wish: FilmWish) -> FilmScene:
        if self._scenes is None:
            raise SceneNotFound(scene)
        found = await self._scenes(room, scene)
        cells_of(found.board, Size(wish.width, wish.height))
        return FilmScene(id=found.id, name=found.name, version=found.version, board=found.board)

    async def _of(self, recording: RecordingId, film: SegmentId) -> Film:
        found = await self._films.get(film)
        if found.recording != recording:
            raise FilmNotFound(film)
        return found

    async def _open(self, segment: Segment) -> int:
        try:
            file, _ = await asyncio.to_thread(self._folder.open, segment.recording, segment.id)
        except SegmentNotFound:
            if segment.place is SegmentPlace.LOCAL or self._fetch is None:
                raise
            return await self._fetch(segment)
        return file

    def _progress(self, film: Film) -> FilmProgress:
        if film.state is FilmState.READY:
            return FilmProgress(percent=100.0)
        run = self._runs.get(film.id)
        return run.progress if run is not None else FilmProgress()
