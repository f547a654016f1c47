"""Films of recordings whose files were carried away."""

import logging
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conference.model.errors import FilmNotFound, StorageUnavailable
from conference.model.film import FilmReason, FilmState
from conference.model.ids import RecordingId
from conference.model.recording import Segment, SegmentPlace
from tests.fakes.film_stock import SMALL, Person, become, recorded, studio
from tests.fakes.nursery import own_descriptors
from tests.fakes.recordings import Shelf, open_shelf

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


class Elsewhere:
    """A storage: a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fetched: list[str] = []
        self.discarded: list[str] = []
        self.away = False
        folder.mkdir()

    async def carry(self, shelf: Shelf, recording: RecordingId) -> None:
        for segment in (await shelf.store.segments([recording]))[recording]:
            shelf.path(recording, segment.id).rename(self.folder / segment.id)
            await shelf.store.set_place(segment.id, SegmentPlace.REMOTE)

    async def fetch(self, segment: Segment) -> int:
        if self.away:
            raise StorageUnavailable("away")
        self.fetched.append(segment.id)
        return os.open(self.folder / segment.id, os.O_RDONLY)

    async def discard(self, segment: Segment) -> None:
        if self.away:
            raise OSError("away")
        self.discarded.append(segment.id)


async def test_what_lies_elsewhere_is_fetched(shelf: Shelf, tmp_path: Path) -> None:
    elsewhere = Elsewhere(tmp_path / "elsewhere")
    recording = await recorded(shelf, [Person()])
    await elsewhere.carry(shelf, recording)
    async with studio(shelf, fetch=elsewhere.fetch, discard=elsewhere.discard) as at_work:
        film = await at_work.made(recording)
        assert film.faults == 0
        assert len(elsewhere.fetched) == 2
        before = own_descriptors()
        second = await at_work.made(recording)
        assert own_descriptors() == before
        await at_work.service.remove(recording, second.id)
        assert elsewhere.discarded == [second.id]


async def test_a_storage_that_is_away_fails_the_film_not_the_service(
    shelf: Shelf, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    elsewhere = Elsewhere(tmp_path / "elsewhere")
    recording = await recorded(shelf, [Person()])
    async with studio(shelf, fetch=elsewhere.fetch, discard=elsewhere.discard) as at_work:
        film = await at_work.made(recording)
        await elsewhere.carry(shelf, recording)
        elsewhere.away = True
        asked = await at_work.service.request(recording, SMALL, by="x")
        done = await at_work.until(asked.id, FilmState.FAILED, FilmState.READY)
        assert done.reason is FilmReason.UNREADABLE
        with caplog.at_level(logging.WARNING):
            await at_work.service.remove(recording, film.id)
        assert "still in the object storage" in caplog.text
        with pytest.raises(FilmNotFound):
            await at_work.service.get(recording, film.id)
        assert elsewhere.discarded == []
    elsewhere.away = False
    async with studio(shelf, fetch=elsewhere.fetch, discard=elsewhere.discard) as at_work:
        await become(at_work.films.removed, lambda films: not films)
        assert elsewhere.discarded == [film.id], "also after a restart"


async def test_a_storage_that_comes_back_is_asked_again(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recorder.films.DISCARD_S", 0.1)
    elsewhere = Elsewhere(tmp_path / "elsewhere")
    recording = await recorded(shelf, [Person(shot=None, seconds=1.5)])
    async with studio(shelf, discard=elsewhere.discard) as at_work:
        film = await at_work.made(recording)
        elsewhere.away = True
        await at_work.service.remove(recording, film.id)
        assert await at_work.service.list(recording) == []
        elsewhere.away = False
        await become(at_work.films.removed, lambda films: not films)
        assert elsewhere.discarded == [film.id]
