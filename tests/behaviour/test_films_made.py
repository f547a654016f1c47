"""Films made afterwards by the real child, judged by ffmpeg; and every way in which one is not made."""

import asyncio
import hashlib
import io
import json
import os
import zipfile
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import delete, update

from benchmarks._process import children, name
from conference.layout import Rect, Size, grid, one_big, speaker
from conference.model.errors import MessageInvalid, RecordingEmpty, RecordingHeld, RecordingRunning
from conference.model.film import FilmKind, FilmReason, FilmState
from conference.model.ids import RecordingId
from conference.model.recording import RecordingState, SegmentState
from conference.model.track import Source
from conference.results import FilmStats
from conference.store.tables import RecordingEventRow, SegmentRow
from recorder.integrity import Damage, verify
from signaling.recordings.archive import archive
from tests.fakes import film_seen
from tests.fakes.film_made import T0_MS, Shot
from tests.fakes.film_stock import RULES, SMALL, Clock, Person, Studio, become, long_person, recorded, studio
from tests.fakes.nursery import process_status
from tests.fakes.recordings import Shelf, open_shelf

HD = Size(1280, 720)
pytestmark = pytest.mark.timeout(180)


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


@pytest.fixture
async def at_work(shelf: Shelf) -> AsyncIterator[Studio]:
    async with studio(shelf) as opened:
        yield opened


async def test_a_film_of_two_people_is_in_the_index_as_it_is_on_the_disk(at_work: Studio) -> None:
    people = [
        Person("王伟", Shot(seconds=3, width=640, height=360), 440.0),
        Person("李娜", Shot(seconds=3, width=320, height=180, hue=90, coder="libvpx"), 900.0),
    ]
    recording = await recorded(at_work.shelf, people)
    before = (await at_work.shelf.store.get(recording)).size_bytes
    film = await at_work.made(recording)
    path = at_work.path(film)
    content = path.read_bytes()
    assert (film.size_bytes, film.sha256) == (len(content), hashlib.sha256(content).digest())
    assert (film.duration_ms, film.faults, film.reason) == (3000, 0, None)
    cells = grid(HD, 2)
    for seen in film_seen.pictures(path, HD):
        for cell in cells:
            assert abs((seen.counter(cell) or 0) - round(seen.at_s * 25)) <= 1
    samples = film_seen.sound(path)
    for hz in (440.0, 900.0):
        assert film_seen.tone_level(samples, hz, 1.5) > 0.15
    assert (await at_work.shelf.store.get(recording)).size_bytes == before + film.size_bytes
    segment = await at_work.shelf.store.segment(film.id)
    assert (segment.state, segment.size_bytes, segment.width) == (SegmentState.FINISHED, film.size_bytes, 1280)
    assert (await verify(at_work.shelf.store, at_work.shelf.folder, recording)).whole
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff")
    (finding,) = (await verify(at_work.shelf.store, at_work.shelf.folder, recording)).findings
    assert (finding.segment, finding.damage) == (film.id, Damage.CHANGED)


async def test_names_are_drawn_when_asked_for(at_work: Studio) -> None:
    recording = await recorded(at_work.shelf, [Person("参会人王伟", tone_hz=None)])
    named, bare = [await at_work.made(recording, replace(SMALL, labels=labels)) for labels in (True, False)]
    first, second = (next(iter(film_seen.pictures(at_work.path(film), HD))).grey for film in (named, bare))
    label = Rect(0, 660, 320, 60)
    parts = [grey[label.y : label.bottom, label.x : label.right].astype(int) for grey in (first, second)]
    assert np.abs(parts[0] - parts[1]).max() > 100, "white letters on a dark ground"
    rest = [grey[:600].astype(int) for grey in (first, second)]
    assert np.abs(rest[0] - rest[1]).max() < 40


@pytest.mark.parametrize("layout", ["speaker", "one-big"])
async def test_a_shared_screen_is_the_large_picture(at_work: Studio, layout: str) -> None:
    people = [
        Person("王伟", Shot(seconds=2, width=320, height=180), seconds=2),
        Person("李娜", Shot(seconds=2, width=640, height=360, hue=90), None, seconds=2, source=Source.SCREEN),
    ]
    recording = await recorded(at_work.shelf, people)
    film = await at_work.made(recording, replace(SMALL, layout=layout, fps=15, sound="opus"))  # type: ignore[arg-type]
    cells = {"speaker": speaker, "one-big": one_big}[layout](HD, 2)
    for seen in film_seen.pictures(at_work.path(film), HD):
        assert abs((seen.counter(cells[0]) or 0) - seen.at_s * 25) <= 2
    assert film_seen.stream(at_work.path(film), "audio")["codec_name"] == "opus"


async def test_a_part_of_a_recording(at_work: Studio) -> None:
    recording = await recorded(at_work.shelf, [Person()])
    wish = replace(SMALL, from_ms=T0_MS + 1000, until_ms=T0_MS + 99_000)
    film = await at_work.made(recording, wish)
    assert (film.from_ms, film.duration_ms) == (T0_MS + 1000, 2000)
    cell = grid(HD, 1)[0]
    first = next(iter(film_seen.pictures(at_work.path(film), HD)))
    assert abs((first.counter(cell) or 0) - 25) <= 1
    for from_ms, until_ms in ((T0_MS + 5000, None), (None, T0_MS - 1), (T0_MS, T0_MS + 10)):
        with pytest.raises(MessageInvalid):
            await at_work.service.request(recording, replace(SMALL, from_ms=from_ms, until_ms=until_ms), by="")


async def test_of_what_no_film_is_made(at_work: Studio) -> None:
    running = await recorded(at_work.shelf, [Person()], ended=False)
    with pytest.raises(RecordingRunning):
        await at_work.service.request(running, SMALL, by="")
    empty = await recorded(at_work.shelf, [Person(shot=None, tone_hz=None)])
    with pytest.raises(RecordingEmpty):
        await at_work.service.request(empty, SMALL, by="")


async def test_an_archive_has_its_films(at_work: Studio) -> None:
    recording = await recorded(at_work.shelf, [Person(seconds=2, shot=Shot(seconds=2, width=320, height=180))])
    film = await at_work.made(recording)
    contents = await at_work.library.get(recording)
    pieces = archive(contents, partial(at_work.library.open_segment, recording), made_at_s=Clock().wall_s())
    whole = b"".join([piece async for piece in pieces])
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        said = json.loads(opened.read("manifest.json"))
        (track,) = [track for track in said["tracks"] if track["kind"] == "film"]
        (segment,) = track["segments"]
        assert film.sha256 is not None
        assert (segment["id"], segment["sha256"], segment["problem"]) == (film.id, film.sha256.hex(), None)
        assert hashlib.sha256(opened.read(segment["file"])).digest() == film.sha256


async def test_a_ready_film_is_deleted_and_its_bytes_are_free(at_work: Studio) -> None:
    recording = await recorded(at_work.shelf, [Person(seconds=2, shot=Shot(seconds=2, width=320, height=180))])
    before = (await at_work.shelf.store.get(recording)).size_bytes
    film = await at_work.made(recording)
    assert (await at_work.service.get(recording, film.id))[1].percent == 100
    await at_work.shelf.store.hold(recording, held=True, at_s=1.0, by="x")
    with pytest.raises(RecordingHeld):
        await at_work.service.remove(recording, film.id)
    assert at_work.path(film).exists()
    await at_work.shelf.store.hold(recording, held=False, at_s=1.0, by="x")
    await at_work.service.remove(recording, film.id)
    assert not at_work.path(film).exists()
    assert await at_work.service.list(recording) == []
    assert (await at_work.shelf.store.get(recording)).size_bytes == before


async def test_a_live_film_is_one_of_the_films(at_work: Studio) -> None:
    recording = await recorded(at_work.shelf, [Person()], ended=False)
    id_, file = await at_work.service.begin_live_film(recording, SMALL, by="server")
    os.write(file, b"x" * 20_000_000)
    os.close(file)
    ((making, _),) = await at_work.service.list(recording)
    assert (making.id, making.kind, making.state) == (id_, FilmKind.LIVE, FilmState.MAKING)
    with pytest.raises(RecordingRunning):
        await at_work.service.remove(recording, id_)
    await at_work.shelf.store.end(recording, state=RecordingState.FINISHED, ended_at_s=T0_MS / 1000 + 9)
    assert at_work.service.stats().live == 1
    film = await at_work.service.finish_live_film(id_, duration_ms=8000)
    assert at_work.service.stats() == FilmStats(queued=0, making=0, live=0, ready=1, failed=0, cancelled=0)
    assert (film.state, film.reason, film.size_bytes, film.duration_ms) == (FilmState.READY, None, 20_000_000, 8000)
    assert film.sha256 == hashlib.sha256(b"x" * 20_000_000).digest()
    assert len(await at_work.shelf.store.fragments(id_, limit=9)) == 3
    assert (await verify(at_work.shelf.store, at_work.shelf.folder, recording)).whole


async def test_a_live_film_without_a_byte_has_failed(at_work: Studio) -> None:
    recording = await recorded(at_work.shelf, [Person()], ended=False)
    id_, file = await at_work.service.begin_live_film(recording, SMALL)
    os.close(file)
    film = await at_work.service.finish_live_film(id_, reason=FilmReason.DISK_FULL)
    assert (film.state, film.reason) == (FilmState.FAILED, FilmReason.DISK_FULL)
    assert not at_work.path(film).exists()


async def test_a_recording_of_many_files(at_work: Studio) -> None:
    """More descriptors than a datagram takes, of somebody whose connection was lost again and again."""
    shot = Shot(seconds=0.4, width=320, height=180)
    shots = [replace(shot, begun_ms=T0_MS + number * 400, hue=30 + number) for number in range(50)]
    recording = await recorded(at_work.shelf, [Person(tone_hz=None, shot=one, seconds=0.4) for one in shots])
    await joined_tracks(at_work.shelf, recording)
    film = await at_work.made(recording)
    assert (film.faults, film.duration_ms) == (0, 20_000)
    cell = grid(HD, 1)[0]
    for seen in film_seen.pictures(at_work.path(film), HD):
        # Each file counts from 0.
        assert min(abs((seen.counter(cell) or 0) - round(seen.at_s % 0.4 * 25) - turn) for turn in (-10, 0, 10)) <= 1


async def joined_tracks(shelf: Shelf, recording: RecordingId) -> None:
    """All segments become ones of the first track, of the only person who was there."""
    track = (await shelf.store.tracks([recording]))[recording][0]
    async with shelf.database.session() as session:
        await session.execute(update(SegmentRow).values(track_id=track.id))
        await session.execute(delete(RecordingEventRow))


async def test_two_at_once(shelf: Shelf) -> None:
    async with studio(shelf, rules=replace(RULES, at_once=2)) as at_work:
        recording = await recorded(shelf, [long_person(20.0)])
        first, second, third = [await at_work.service.request(recording, SMALL, by="x") for _ in range(3)]
        making = (FilmState.MAKING,)
        await at_work.until(first.id, *making)
        await at_work.until(second.id, *making)
        assert (await at_work.films.get(third.id)).state is FilmState.QUEUED
        for film in (third, second, first):
            await at_work.service.remove(recording, film.id)
        states = {film.state for film, _ in await at_work.service.list(recording)}
        assert states == {FilmState.CANCELLED}


async def test_the_template_goes_when_nobody_makes_films(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recorder.film_nursery.LINGER_S", 0.2)
    async with studio(shelf) as at_work:
        recording = await recorded(shelf, [Person(shot=None, seconds=1.5)])
        assert templates() == []
        for _ in range(2):
            await at_work.made(recording)
            await become(lambda: asyncio.to_thread(templates), lambda pids: not pids)


def templates() -> list[int]:
    return [pid for pid in children(os.getpid()) if name(pid) == "film-template"]


async def test_its_child_is_confined(at_work: Studio) -> None:
    recording = await recorded(at_work.shelf, [long_person(20.0)])
    film = await at_work.service.request(recording, SMALL, by="x")
    await become(lambda: at_work.service.get(recording, film.id), lambda found: found[1].percent)
    (template,) = templates()
    (child,) = children(template)
    status = process_status(child)
    assert (status["Seccomp"], status["NoNewPrivs"], status["CapEff"]) == ("2", "1", "0" * 16)
    if os.geteuid() == 0:
        assert status["Uid"].split()[0] == "65534"
    await at_work.service.remove(recording, film.id)
