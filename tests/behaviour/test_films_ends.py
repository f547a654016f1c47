"""Films that do not come to their end as planned: cancelled, killed, out of space, interrupted, deleted."""

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks._process import children, name
from conference.model.errors import FilmNotFound
from conference.model.film import Film, FilmReason, FilmState, FilmWish
from conference.model.ids import SegmentId
from conference.model.recording import DeletionReason, RecordingState
from recorder.film_repair import settle_films
from recorder.repair import repair
from tests.fakes.film_stock import RULES, SMALL, Clock, Person, Studio, become, long_person, recorded, studio
from tests.fakes.nursery import gone
from tests.fakes.recordings import Shelf, open_shelf

pytestmark = pytest.mark.timeout(180)

SLOW = FilmWish(preset="veryfast", fps=30)
LONG_S = 30.0


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


@pytest.fixture
async def at_work(shelf: Shelf) -> AsyncIterator[Studio]:
    async with studio(shelf) as opened:
        yield opened


async def begun(at_work: Studio, wish: FilmWish = SLOW) -> tuple[Film, int]:
    """A film that is being made, for some time to come, and its child."""
    recording = await recorded(at_work.shelf, [long_person(LONG_S)])
    film = await at_work.service.request(recording, wish, by="test")
    await progressed(at_work, film)
    return film, child_of(film.id)


async def progressed(at_work: Studio, film: Film) -> None:
    await become(lambda: at_work.service.get(film.recording, film.id), lambda found: found[1].percent)


def child_of(film: SegmentId) -> int:
    (template,) = [pid for pid in children(os.getpid()) if name(pid) == "film-template"]
    (child,) = [pid for pid in children(template) if name(pid) == f"film-{film[-11:]}"[:15]]
    return child


def files(shelf: Shelf) -> list[str]:
    return sorted(path.name for path in shelf.root.rglob("*") if path.is_file() and not path.name.startswith("seg-"))


async def test_a_cancelled_film_stays_in_the_list_without_a_file(at_work: Studio) -> None:
    film, child = await begun(at_work)
    await at_work.service.remove(film.recording, film.id)
    await gone(child)
    ((found, progress),) = await at_work.service.list(film.recording)
    assert (found.state, found.reason, found.size_bytes, progress.percent) == (FilmState.CANCELLED, None, 0, 0)
    assert files(at_work.shelf) == []
    await at_work.service.remove(film.recording, film.id)
    with pytest.raises(FilmNotFound):
        await at_work.service.get(film.recording, film.id)


async def test_one_that_waits_is_cancelled_without_ado(at_work: Studio) -> None:
    film, _ = await begun(at_work)
    second = await at_work.service.request(film.recording, SMALL, by="test")
    await at_work.service.remove(film.recording, second.id)
    assert (await at_work.films.get(second.id)).state is FilmState.CANCELLED
    assert (await at_work.films.get(film.id)).state is FilmState.MAKING
    await at_work.service.remove(film.recording, film.id)


async def test_a_killed_child_is_replaced_once(at_work: Studio) -> None:
    film, child = await begun(at_work)
    os.kill(child, signal.SIGKILL)
    await gone(child)
    done = await at_work.until(film.id, FilmState.READY, FilmState.FAILED)
    assert (done.state, done.duration_ms) == (FilmState.READY, LONG_S * 1000)


async def test_a_film_that_kills_its_child_twice_has_failed(at_work: Studio) -> None:
    film, first = await begun(at_work)
    os.kill(first, signal.SIGKILL)
    await gone(first)
    (second,) = await become(lambda: asyncio.to_thread(film_children), lambda pids: pids and first not in pids)
    os.kill(second, signal.SIGKILL)
    done = await at_work.until(film.id, FilmState.FAILED, FilmState.READY)
    assert (done.state, done.reason) == (FilmState.FAILED, FilmReason.CRASHED)
    assert files(at_work.shelf) == []
    again = await at_work.made(film.recording)
    assert again.size_bytes > 0


def film_children() -> list[int]:
    templates = [pid for pid in children(os.getpid()) if name(pid) == "film-template"]
    return [pid for template in templates for pid in children(template)]


async def test_a_child_that_stands_still_is_ended(shelf: Shelf) -> None:
    async with studio(shelf, rules=replace(RULES, stall_s=3.0)) as at_work:
        film, child = await begun(at_work)
        os.kill(child, signal.SIGSTOP)
        done = await at_work.until(film.id, FilmState.FAILED, FilmState.READY)
        assert done.reason is FilmReason.STALLED
        await gone(child)
        assert files(shelf) == []


async def test_too_much_memory_ends_it(shelf: Shelf) -> None:
    async with studio(shelf, rules=replace(RULES, memory_bytes=64 << 20)) as at_work:
        recording = await recorded(shelf, [long_person(LONG_S)])
        film = await at_work.service.request(recording, SLOW, by="test")
        done = await at_work.until(film.id, FilmState.FAILED, FilmState.READY)
        assert done.reason in (FilmReason.OVER_LIMIT, FilmReason.CRASHED)
        assert files(shelf) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """12 MiB for recordings."""
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    where = tmp_path / "recordings"
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m,mode=700", "tmpfs", str(where)], check=True)
    yield where
    subprocess.run(["umount", str(where)], check=True)


async def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path, small_disk: Path) -> None:
    async with open_shelf(tmp_path) as shelf, studio(shelf) as at_work:
        recording = await recorded(shelf, [long_person(LONG_S)])
        left = shelf.folder.space().free_bytes - 300_000
        (small_disk / "filler").write_bytes(bytes(left))
        before = shelf.folder.space().free_bytes
        film = await at_work.service.request(recording, SLOW, by="test")
        done = await at_work.until(film.id, FilmState.FAILED, FilmState.READY)
        assert (done.state, done.reason) == (FilmState.FAILED, FilmReason.DISK_FULL)
        assert files(shelf) == ["filler"]
        assert shelf.folder.space().free_bytes == before
        (small_disk / "filler").unlink()
        assert (await at_work.made(recording)).size_bytes > 0


async def test_what_recordings_need_is_not_taken(shelf: Shelf) -> None:
    """Space that runs short on the way, long before the disk is full."""
    room = [True]
    async with studio(shelf, room=lambda: room[0]) as at_work:
        film, child = await begun(at_work)
        room[0] = False
        done = await at_work.until(film.id, FilmState.FAILED, FilmState.READY)
        assert done.reason is FilmReason.DISK_FULL
        await gone(child)
        assert files(shelf) == []
        second = await at_work.service.request(film.recording, SMALL, by="test")
        assert (await at_work.until(second.id, FilmState.FAILED, FilmState.READY)).reason is FilmReason.DISK_FULL


async def test_a_restart_ends_what_was_made_and_makes_what_waited(shelf: Shelf) -> None:
    async with studio(shelf) as at_work:
        film, child = await begun(at_work)
        waiting = await at_work.service.request(film.recording, SMALL, by="test")
    await gone(child)
    # As after kill -9, which leaves what was written.
    partial = shelf.path(film.recording, film.id)
    partial.write_bytes(b"partial")
    async with studio(shelf) as at_work:
        ended = await at_work.films.get(film.id)
        assert (ended.state, ended.reason) == (FilmState.FAILED, FilmReason.INTERRUPTED)
        assert not partial.exists()
        assert (await at_work.until(waiting.id, FilmState.READY, FilmState.FAILED)).state is FilmState.READY


async def test_a_deleted_recording_takes_its_films_along(at_work: Studio) -> None:
    film, child = await begun(at_work)
    second = await at_work.service.request(film.recording, SMALL, by="test")
    await at_work.library.delete(film.recording, by="test", reason="wish")
    await gone(child)
    folder = at_work.shelf.root / film.recording
    await become(lambda: asyncio.to_thread(folder.exists), lambda there: not there)
    for one in (film, second):
        with pytest.raises(FilmNotFound):
            await at_work.films.get(one.id)


async def test_files_that_are_gone_are_faults(at_work: Studio) -> None:
    recording = await recorded(at_work.shelf, [Person("王伟"), Person("李娜", tone_hz=None)])
    tracks = (await at_work.shelf.store.tracks([recording]))[recording]
    li = next(track.id for track in tracks if track.name == "李娜")
    segments = (await at_work.shelf.store.segments([recording]))[recording]
    at_work.shelf.path(recording, next(one.id for one in segments if one.track == li)).unlink()
    assert (await at_work.made(recording)).faults == 1
    for segment in segments:
        at_work.shelf.path(recording, segment.id).unlink(missing_ok=True)
    second = await at_work.service.request(recording, SMALL, by="test")
    done = await at_work.until(second.id, FilmState.READY, FilmState.FAILED)
    assert (done.state, done.reason) == (FilmState.FAILED, FilmReason.UNREADABLE)


async def test_leftovers_of_films_go_and_unknown_ones_are_adopted(at_work: Studio) -> None:
    shelf = at_work.shelf
    recording = await recorded(shelf)
    film = await at_work.made(recording)
    failed = await at_work.service.request(recording, SMALL, by="test")
    assert await at_work.films.end(failed.id, state=FilmState.FAILED, reason=FilmReason.DISK)
    shelf.path(recording, failed.id).write_bytes(b"left over")
    stranger = SegmentId("film-00000000000000aa")
    shelf.path(recording, stranger).write_bytes(b"from a backup")
    done = await repair(shelf.store, shelf.folder, at_work.films)
    assert done.adopted == [stranger]
    assert files(shelf) == sorted([f"{film.id}.mp4", f"{stranger}.mp4"])
    adopted = await at_work.films.get(stranger)
    assert (adopted.state, adopted.size_bytes) == (FilmState.READY, 13)
    assert (await at_work.films.get(film.id)).state is FilmState.READY


async def test_a_live_film_that_a_crash_cut_off_is_kept(shelf: Shelf) -> None:
    recording = await recorded(shelf, ended=False)
    async with studio(shelf) as at_work:
        kept, file = await at_work.service.begin_live_film(recording, SMALL)
        os.write(file, b"fragments")
        os.close(file)
        lost, file = await at_work.service.begin_live_film(recording, SMALL)
        os.close(file)
    await shelf.store.end(recording, state=RecordingState.INTERRUPTED, ended_at_s=Clock().wall_s())
    assert await settle_films(at_work.films, shelf.folder, Clock()) == []
    film = await at_work.films.get(kept)
    assert (film.state, film.reason, film.size_bytes) == (FilmState.READY, FilmReason.INTERRUPTED, 9)
    assert (await at_work.films.get(lost)).state is FilmState.FAILED
    assert files(shelf) == [f"{kept}.mp4"]
    await shelf.store.delete(recording, at_s=1.0, by="", reason=DeletionReason.AGE)
    with pytest.raises(FilmNotFound):
        await at_work.films.get(kept)


async def test_a_live_film_that_cannot_be_read_now_is_left_alone(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = await recorded(shelf, ended=False)
    async with studio(shelf) as at_work:
        film, file = await at_work.service.begin_live_film(recording, SMALL)
        os.write(file, b"fragments")
        os.close(file)
    await shelf.store.end(recording, state=RecordingState.INTERRUPTED, ended_at_s=Clock().wall_s())
    with monkeypatch.context() as broken:
        broken.setattr("recorder.film_live.hashed", refuse)
        assert await settle_films(at_work.films, shelf.folder, Clock()) == []
        await repair(shelf.store, shelf.folder, at_work.films)
    assert files(shelf) == [f"{film}.mp4"]
    assert (await at_work.films.get(film)).state is FilmState.MAKING
    await settle_films(at_work.films, shelf.folder, Clock())
    assert (await at_work.films.get(film)).state is FilmState.READY


def refuse(_: int) -> None:
    raise OSError("the disk refuses")
