"""The queue of films, with nobody at work on it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conference.model.errors import FilmNotFound, FilmQueueFull, RecordingDeleted
from conference.model.film import FilmProgress, FilmState
from conference.model.ids import RecordingId, SegmentId
from conference.model.recording import DeletionReason
from conference.results import FilmStats
from conference.store import SqlFilmStore
from recorder.films import MAX_WAITING, FilmService
from tests.fakes.film_stock import RULES, SMALL, Clock, Person, recorded
from tests.fakes.recordings import Shelf, open_shelf

BRIEF = Person(shot=None, seconds=1.5)


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


def service(shelf: Shelf) -> FilmService:
    films = SqlFilmStore(shelf.database)
    return FilmService(films=films, recordings=shelf.store, folder=shelf.folder, clock=Clock(), rules=RULES)


async def test_so_many_may_wait_and_no_more(shelf: Shelf) -> None:
    recording = await recorded(shelf, [BRIEF])
    desk = service(shelf)
    asked = await asyncio.gather(
        *(desk.request(recording, SMALL, by="x") for _ in range(MAX_WAITING + 5)), return_exceptions=True
    )
    assert sum(isinstance(one, FilmQueueFull) for one in asked) == 5
    assert len(await desk.list(recording)) == MAX_WAITING
    await desk.remove(recording, (await desk.list(recording))[0][0].id)
    assert desk.stats() == FilmStats(queued=MAX_WAITING - 1, making=0, live=0, ready=0, failed=0, cancelled=1)
    await desk.request(recording, SMALL, by="x")
    with pytest.raises(FilmQueueFull):
        await desk.request(recording, SMALL, by="x")


async def test_who_waits_still_waits_after_a_restart(shelf: Shelf) -> None:
    recording = await recorded(shelf, [BRIEF])
    before = service(shelf)
    asked = [await before.request(recording, SMALL, by="x") for _ in range(3)]
    await before.remove(recording, asked[1].id)
    after = service(shelf)
    await after.restore()
    states = {film.id: film.state for film, _ in await after.list(recording)}
    assert [states[film.id] for film in asked] == [FilmState.QUEUED, FilmState.CANCELLED, FilmState.QUEUED]
    room = MAX_WAITING - 2
    for _ in range(room):
        await after.request(recording, SMALL, by="x")
    with pytest.raises(FilmQueueFull):
        await after.request(recording, SMALL, by="x")


async def test_a_film_of_another_recording_is_none(shelf: Shelf) -> None:
    mine, other = await recorded(shelf, [BRIEF]), await recorded(shelf, [BRIEF])
    desk = service(shelf)
    film = await desk.request(mine, SMALL, by="x")
    assert await desk.get(mine, film.id) == (film, FilmProgress())
    for recording, wanted in ((other, film.id), (RecordingId("rec-0000000000000000"), film.id), (mine, SegmentId("x"))):
        with pytest.raises(FilmNotFound):
            await desk.get(recording, wanted)
        with pytest.raises(FilmNotFound):
            await desk.remove(recording, wanted)
    assert (await desk.get(mine, film.id))[0].state is FilmState.QUEUED


async def test_what_is_deleted_makes_room_in_the_queue(shelf: Shelf) -> None:
    gone, stays = await recorded(shelf, [BRIEF]), await recorded(shelf, [BRIEF])
    desk = service(shelf)
    for _ in range(MAX_WAITING):
        await desk.request(gone, SMALL, by="x")
    desk.forget(gone)
    await desk.request(stays, SMALL, by="x")


async def test_a_deleted_recording_has_no_list(shelf: Shelf) -> None:
    recording = await recorded(shelf, [BRIEF])
    desk = service(shelf)
    await desk.request(recording, SMALL, by="x")
    await shelf.store.delete(recording, at_s=1.0, by="x", reason=DeletionReason.AGE)
    for ask in (desk.list(recording), desk.request(recording, SMALL, by="x")):
        with pytest.raises(RecordingDeleted):
            await ask
