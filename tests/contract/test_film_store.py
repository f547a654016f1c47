"""The list of films on two databases: the same answers from SQLite and a real PostgreSQL."""

import asyncio
from dataclasses import replace

import pytest

from conference.model.errors import (
    FilmNotFound,
    RecordingDeleted,
    RecordingFinished,
    RecordingHeld,
    RecordingNotFound,
    RecordingRunning,
    SegmentNotFound,
    TooManyFilms,
)
from conference.model.film import MAX_FILMS, Film, FilmKind, FilmReason, FilmScene, FilmState, FilmWish
from conference.model.ids import GroupId, Identity, RecordingId, RoomId, SceneId, SegmentId
from conference.model.recording import DeletionReason, RecordedKind, Recording, RecordingState, SegmentState
from conference.model.wall import Board, Content, ContentKind, Group
from conference.model.window import Free
from conference.store import Database, SqlFilmStore, SqlRecordingStore
from recorder.film_files import Made, finished
from recorder.film_words import Piece

REC = RecordingId("rec-0000000000000001")
OTHER = RecordingId("rec-0000000000000002")
START_S = 1_700_000_000.0
START_MS = 1_700_000_000_000
PIECES = (Piece(0, 0, 700, b"a" * 32), Piece(1, 700, 300, b"b" * 32))
MADE = Made(1000, b"s" * 32, 60_000, PIECES, faults=2)


@pytest.fixture
async def recordings(database: Database) -> SqlRecordingStore:
    """With REC, which has ended, and OTHER, which runs."""
    store = SqlRecordingStore(database)
    for id_ in (REC, OTHER):
        await store.begin(
            Recording(
                id=id_, room=RoomId("main"), room_name="会商室", started_at_s=START_S, started_by=Identity("zhang")
            )
        )
    await store.end(REC, state=RecordingState.FINISHED, ended_at_s=START_S + 60)
    return store


@pytest.fixture
def films(database: Database, recordings: SqlRecordingStore) -> SqlFilmStore:
    del recordings
    return SqlFilmStore(database)


def film(number: int = 1, **more: object) -> Film:
    wish = FilmWish(from_ms=START_MS, until_ms=START_MS + 60_000)
    made = Film(
        id=SegmentId(f"film-{number:016x}"), recording=REC, asked_at_s=START_S + 100 + number, wish=wish, made_by="李娜"
    )
    return replace(made, **more)  # type: ignore[arg-type]


async def ready(films: SqlFilmStore, number: int = 1) -> Film:
    await films.add(film(number))
    assert await films.begin(film(number).id)
    done, contents = finished(film(number), MADE, START_S + 200)
    assert await films.finish(done, contents)
    return done


async def test_a_wish_comes_back_as_it_was(films: SqlFilmStore) -> None:
    wish = FilmWish(
        layout="free", windows=(Free(0.0, 0.25, 0.5, 0.75), Free(1 / 3, 0, 1 / 3, 0.2)), width=1280, height=720, fps=30,
        preset="veryfast", sound="opus", labels=False, clock=False, language="en", utc_offset_min=-570,
        from_ms=START_MS + 1, until_ms=START_MS + 2**40,
    )  # fmt: skip
    asked = film(wish=wish, made_by="x" * 200)
    await films.add(asked)
    assert await films.get(asked.id) == replace(asked, made_by="x" * 128)


async def test_a_scene_comes_back_as_it_was(films: SqlFilmStore) -> None:
    group = Group(
        id=GroupId("g"), name="轮巡", members=(Identity("甲"), Identity("u-2")), every_s=30, skip_absent=False
    )
    panes = (
        Content(kind=ContentKind.GROUP, group=GroupId("g")),
        Content(kind=ContentKind.COUNTDOWN, text="\0\n“会”", until_ms=2**53),
    )
    windows = (Free(0.0, 0.0, 0.5, 1.0), Free(0.5, 0.0, 1 / 3, 1.0))
    board = Board(width=7680, template="free", windows=windows, panes=panes, groups=(group,), alarm_pane=1)
    scene = FilmScene(id=SceneId("sc-1"), name="早会", version=7, board=board)
    wish = FilmWish(layout="scene", scene=scene, from_ms=1, until_ms=2)
    await films.add(film(wish=wish))
    assert (await films.get(film().id)).wish == wish


async def test_what_storage_may_still_have_is_remembered(films: SqlFilmStore, recordings: SqlRecordingStore) -> None:
    done = await ready(films)
    for _ in range(2):
        await films.remove(done.id, elsewhere=True)
        assert [(one.id, one.recording, one.state) for one in await films.removed()] == [
            (done.id, REC, FilmState.READY)
        ]
    assert await films.list(REC) == []
    with pytest.raises(FilmNotFound):
        await films.get(done.id)
    with pytest.raises(SegmentNotFound):
        await recordings.segment(done.id)
    await films.remove(done.id)
    assert await films.removed() == []


async def test_a_ready_film_is_a_file_of_its_recording(films: SqlFilmStore, recordings: SqlRecordingStore) -> None:
    done = await ready(films)
    got = await films.get(done.id)
    assert got == replace(done, state=FilmState.READY)
    assert (got.size_bytes, got.sha256, got.duration_ms, got.faults) == (1000, b"s" * 32, 60_000, 2)
    contents = await recordings.contents(REC)
    (segment,) = contents.segments
    assert (segment.id, segment.size_bytes, segment.state) == (done.id, 1000, SegmentState.FINISHED)
    assert [track.kind for track in contents.tracks] == [RecordedKind.FILM]
    assert contents.recording.size_bytes == 1000
    assert await recordings.usage() == {"meeting": 1000}
    fragments = await recordings.fragments(done.id, limit=9)
    assert [(one.offset, one.length, one.sha256) for one in fragments] == [(0, 700, b"a" * 32), (700, 300, b"b" * 32)]
    assert (fragments[-1].from_ms, fragments[-1].until_ms) == (START_MS + 42_000, START_MS + 60_000)


async def test_pieces_that_are_not_the_file_are_refused() -> None:
    for pieces in ((), PIECES[:1], PIECES[1:], (PIECES[0], replace_offset(PIECES[1], 600))):
        with pytest.raises(ValueError, match="pieces"):
            finished(film(), replace(MADE, pieces=pieces), START_S)


def replace_offset(piece: Piece, offset: int) -> Piece:
    return Piece(piece.number, offset, piece.length, piece.sha256)


async def test_states_go_one_way(films: SqlFilmStore) -> None:
    await films.add(film())
    id_ = film().id
    done, contents = finished(film(), MADE, START_S)
    assert not await films.finish(done, contents)
    assert await films.begin(id_)
    assert not await films.begin(id_)
    assert await films.end(id_, state=FilmState.FAILED, reason=FilmReason.DISK_FULL)
    assert not await films.end(id_, state=FilmState.CANCELLED)
    assert not await films.finish(done, contents)
    assert not await films.begin(id_)
    got = await films.get(id_)
    assert (got.state, got.reason, got.size_bytes) == (FilmState.FAILED, FilmReason.DISK_FULL, 0)
    second = await ready(films, 2)
    assert not await films.end(second.id, state=FilmState.CANCELLED)


async def test_a_removed_film_leaves_nothing(films: SqlFilmStore, recordings: SqlRecordingStore) -> None:
    done = await ready(films)
    await films.remove(done.id)
    await films.remove(done.id)
    with pytest.raises(FilmNotFound):
        await films.get(done.id)
    with pytest.raises(SegmentNotFound):
        await recordings.segment(done.id)
    contents = await recordings.contents(REC)
    assert (contents.tracks, contents.segments, contents.recording.size_bytes) == ((), (), 0)
    assert await recordings.fragments(done.id, limit=9) == []


async def test_what_is_held_keeps_its_ready_films(films: SqlFilmStore, recordings: SqlRecordingStore) -> None:
    done = await ready(films)
    await films.add(film(2))
    await recordings.hold(REC, held=True, at_s=1.0, by="x")
    with pytest.raises(RecordingHeld):
        await films.remove(done.id)
    assert (await films.get(done.id)).state is FilmState.READY
    assert (await recordings.get(REC)).size_bytes == 1000
    await films.remove(film(2).id)
    assert [one.id for one in await films.list(REC)] == [done.id]


async def test_a_deleted_recording_has_no_films(films: SqlFilmStore, recordings: SqlRecordingStore) -> None:
    done = await ready(films)
    await films.add(film(2))
    assert await films.begin(film(2).id)
    await recordings.delete(REC, at_s=1.0, by="x", reason=DeletionReason.PERSON)
    assert await films.list(REC) == []
    late, contents = finished(film(2), MADE, START_S)
    assert not await films.finish(late, contents)
    assert (await recordings.segment(done.id)).state is SegmentState.DELETED
    assert (await recordings.get(REC)).size_bytes == 1000, "a tombstone says how large it was"
    with pytest.raises(RecordingDeleted):
        await films.add(film(3))


async def test_of_which_recordings_there_are_films(films: SqlFilmStore) -> None:
    with pytest.raises(RecordingNotFound):
        await films.add(film(recording=RecordingId("rec-0000000000000009")))
    with pytest.raises(RecordingRunning):
        await films.add(film(recording=OTHER))
    with pytest.raises(RecordingFinished):
        await films.add(film(kind=FilmKind.LIVE, state=FilmState.MAKING))
    live = film(kind=FilmKind.LIVE, state=FilmState.MAKING, recording=OTHER)
    await films.add(live)
    assert [one.id for one in await films.list(OTHER)] == [live.id]


async def test_lists_are_in_order(films: SqlFilmStore) -> None:
    for number in (2, 1, 3):
        await films.add(film(number))
    assert await films.begin(film(2).id)
    await films.add(film(4, kind=FilmKind.LIVE, state=FilmState.MAKING, recording=OTHER))
    await films.end(film(3).id, state=FilmState.CANCELLED)
    assert [one.id[-1] for one in await films.list(REC)] == ["3", "2", "1"]
    assert [one.id[-1] for one in await films.unfinished()] == ["1", "2", "4"]


async def test_there_is_a_bound(films: SqlFilmStore) -> None:
    for number in range(MAX_FILMS):
        await films.add(film(number))
    with pytest.raises(TooManyFilms):
        await films.add(film(MAX_FILMS))
    assert len(await films.list(REC)) == MAX_FILMS


async def test_a_film_becomes_ready_while_its_recording_is_deleted(
    films: SqlFilmStore, recordings: SqlRecordingStore
) -> None:
    """Whichever comes first: nothing of it is left, and neither waits for the other for ever."""
    for number in range(8):
        id_ = RecordingId(f"rec-{number + 100:016x}")
        await recordings.begin(Recording(id=id_, room=RoomId("main"), room_name="", started_at_s=START_S))
        await recordings.end(id_, state=RecordingState.FINISHED, ended_at_s=START_S + 60)
        one = film(number + 100, recording=id_)
        await films.add(one)
        assert await films.begin(one.id)
        done, contents = finished(one, MADE, START_S)
        async with asyncio.timeout(20):
            await asyncio.gather(
                films.finish(done, contents),
                recordings.delete(id_, at_s=1.0, by="x", reason=DeletionReason.PERSON),
            )
        assert await films.list(id_) == []
        segments = (await recordings.segments([id_])).get(id_, [])
        assert all(segment.state is SegmentState.DELETED for segment in segments)
