"""Recordings of counters and tones on a shelf, and a film service at work on them with its real children."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from conference.model.film import Film, FilmState, FilmWish
from conference.model.ids import Identity, ParticipantId, RecordingId, RoomId, SceneId, SegmentId
from conference.model.recording import (
    Fragment,
    RecordedKind,
    RecordedTrack,
    RecordingEvent,
    RecordingEventKind,
    RecordingState,
    Round,
    Segment,
    new_segment_id,
    new_track_id,
)
from conference.model.track import Source
from conference.model.wall import Scene
from conference.store import SqlFilmStore
from recorder.films import FilmRules, FilmService
from recorder.integrity import seal
from recorder.library import RecordingLibrary
from recorder.retention import Remover
from tests.fakes.film_made import T0_MS, Shot, write_pictures, write_sound
from tests.fakes.recordings import Shelf, begin_recording

RULES = FilmRules(yielding=False)
"""Of tests: this machine has other work to do."""
SMALL = FilmWish(width=1280, height=720, clock=False, preset="ultrafast")
READ_S = 90.0


@dataclass(frozen=True)
class Person:
    """A camera with counters and a microphone with a tone; None: without."""

    name: str = "王伟"
    shot: Shot | None = field(default_factory=lambda: Shot(seconds=3.0, width=320, height=180))
    tone_hz: float | None = 440.0
    seconds: float = 3.0
    source: Source = Source.CAMERA
    identity: str = ""


class Clock:
    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()

    def wall_s(self) -> float:
        return T0_MS / 1000 + 3600


async def recorded(shelf: Shelf, people: Sequence[Person] = (Person(),), *, ended: bool = True) -> RecordingId:
    """One recording that began at T0_MS."""
    recording = await begin_recording(shelf, started_at_s=T0_MS / 1000)
    (shelf.root / recording).mkdir(mode=0o700)
    for number, person in enumerate(people):
        participant = ParticipantId(f"p{number}")
        joined = RecordingEvent(
            recording=recording,
            at_ms=T0_MS,
            kind=RecordingEventKind.JOINED,
            participant=participant,
            name=person.name,
        )
        await shelf.store.write(Round(events=(joined,)))
        if person.shot is not None:
            await _track(shelf, recording, participant, person, person.source)
        if person.tone_hz is not None:
            await _track(shelf, recording, participant, person, Source.MICROPHONE)
    if ended:
        until_s = T0_MS / 1000 + max(person.seconds for person in people)
        await shelf.store.end(recording, state=RecordingState.FINISHED, ended_at_s=until_s)
    return recording


async def _track(
    shelf: Shelf, recording: RecordingId, participant: ParticipantId, person: Person, source: Source
) -> None:
    audio = source is Source.MICROPHONE
    segment_id, track_id = new_segment_id(), new_track_id()
    path = shelf.path(recording, segment_id)
    if audio:
        made = write_sound(path, person.tone_hz or 0.0, seconds=person.seconds)
    else:
        assert person.shot is not None
        made = write_pictures(path, person.shot)
    os.close(made.fd)
    track = RecordedTrack(
        id=track_id,
        recording=recording,
        kind=RecordedKind.AUDIO if audio else RecordedKind.VIDEO,
        started_at_ms=made.begun_ms,
        participant=participant,
        name=person.name,
        identity=Identity(person.identity),
        source=source,
    )
    segment = Segment(
        id=segment_id,
        recording=recording,
        track=track_id,
        codec="opus" if audio else "h264",
        started_at_ms=made.begun_ms,
        width=0 if audio or person.shot is None else person.shot.width,
        height=0 if audio or person.shot is None else person.shot.height,
    )
    content = path.read_bytes()
    fragment = Fragment(
        segment=segment_id,
        number=0,
        offset=0,
        length=len(content),
        sha256=hashlib.sha256(content).digest(),
        from_ms=made.begun_ms,
        until_ms=made.until_ms,
    )
    await shelf.store.write(Round(tracks=(track,), segments=(segment,), fragments=(fragment,)))
    await seal(shelf.store, segment_id)


Value = TypeVar("Value")


async def become(
    ask: Callable[[], Awaitable[Value]], met: Callable[[Value], object], timeout_s: float = READ_S
) -> Value:
    """What is answered once it is as wanted."""
    async with asyncio.timeout(timeout_s):
        while True:
            value = await ask()
            if met(value):
                return value
            await asyncio.sleep(0.05)  # asking others; `timeout_s` bounds it


@dataclass(frozen=True)
class Studio:
    """`service` runs; `films` is what it writes to."""

    shelf: Shelf
    films: SqlFilmStore
    service: FilmService
    library: RecordingLibrary

    async def until(self, film: SegmentId, *states: FilmState, timeout_s: float = READ_S) -> Film:
        """The film in one of these states."""
        return await become(lambda: self.films.get(film), lambda found: found.state in states, timeout_s)

    async def made(self, recording: RecordingId, wish: FilmWish = SMALL, *, scene: SceneId | None = None) -> Film:
        """Asked for and ready."""
        asked = await self.service.request(recording, wish, by="test", scene=scene)
        done = await self.until(asked.id, FilmState.READY, FilmState.FAILED, FilmState.CANCELLED)
        assert done.state is FilmState.READY, done.reason
        return done

    def path(self, film: Film) -> Path:
        return self.shelf.path(film.recording, film.id)


@asynccontextmanager
async def studio(
    shelf: Shelf,
    *,
    rules: FilmRules = RULES,
    room: Callable[[], bool] = lambda: True,
    fetch: Callable[[Segment], Awaitable[int]] | None = None,
    discard: Callable[[Segment], Awaitable[None]] | None = None,
    scenes: Callable[[RoomId, SceneId], Awaitable[Scene]] | None = None,
) -> AsyncIterator[Studio]:
    films = SqlFilmStore(shelf.database)
    service = FilmService(
        films=films,
        recordings=shelf.store,
        folder=shelf.folder,
        clock=Clock(),
        rules=rules,
        room=room,
        fetch=fetch,
        discard=discard,
        scenes=scenes,
    )
    library = RecordingLibrary(
        shelf.store, shelf.folder, Remover(shelf.store, shelf.folder, deleted=service.forget), Clock()
    )
    await service.restore()
    running = asyncio.create_task(service.run())
    try:
        yield Studio(shelf, films, service, library)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def long_person(seconds: float, name: str = "王伟") -> Person:
    """Without a moving picture: quickly recorded, slowly made."""
    return replace(Person(name), shot=Shot(seconds=seconds, width=320, height=180), seconds=seconds)
