"""The index of recordings on two databases: the same answers from SQLite and a real PostgreSQL."""

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from conference.model.errors import (
    RecordingDeleted,
    RecordingFinished,
    RecordingHeld,
    RecordingNotFound,
    RecordingRunning,
    SegmentNotFound,
)
from conference.model.ids import Identity, ParticipantId, RecordedTrackId, RecordingId, RoomId, SegmentId
from conference.model.recording import (
    WISHED_GAPS,
    DeletionReason,
    Fragment,
    Gap,
    GapReason,
    RecordedKind,
    RecordedTrack,
    Recording,
    RecordingEvent,
    RecordingEventKind,
    RecordingState,
    Round,
    Segment,
    SegmentPlace,
    SegmentState,
)
from conference.model.track import Source
from conference.store import Database, SqlRecordingStore, open_database
from conference.store.database import database_url, migrate

REC = RecordingId("rec-0000000000000001")
TRACK = RecordedTrackId("trk-0000000000000001")
SEG = SegmentId("seg-0000000000000001")
START_MS = 1_700_000_000_000
KIND = RecordingEventKind


@pytest.fixture
def store(database: Database) -> SqlRecordingStore:
    return SqlRecordingStore(database)


def recording(id_: str = REC, started_at_s: float = START_MS / 1000, **more: object) -> Recording:
    made = Recording(
        id=RecordingId(id_),
        room=RoomId("main"),
        room_name="会商室",
        started_at_s=started_at_s,
        started_by=Identity("zhang"),
        started_by_name="张伟",
        automatic=False,
        room_kind="incident",
    )
    return replace(made, **more)  # type: ignore[arg-type]


TRACK_ROW = RecordedTrack(
    id=TRACK,
    recording=REC,
    kind=RecordedKind.VIDEO,
    started_at_ms=START_MS,
    participant=ParticipantId("p1"),
    name="李娜",
    identity=Identity("li"),
    source=Source.CAMERA,
)
SEGMENT_ROW = Segment(
    id=SEG, recording=REC, track=TRACK, codec="vp8", started_at_ms=START_MS, until_ms=START_MS, width=1280, height=720
)
GAP = Gap(track=TRACK, from_ms=START_MS + 5, until_ms=None, reason=GapReason.DISK)
JOINED = RecordingEvent(
    recording=REC, at_ms=START_MS + 1, kind=KIND.JOINED, participant=ParticipantId("p1"), name="李娜"
)
OPENING = Round(tracks=(TRACK_ROW,), segments=(SEGMENT_ROW,), gaps=(GAP,), events=(JOINED,))


def fragment(number: int, segment: SegmentId = SEG, *, keyframe: bool = True) -> Fragment:
    return Fragment(
        segment=segment,
        number=number,
        offset=number * 100,
        length=100,
        sha256=hashlib.sha256(str(number).encode()).digest(),
        from_ms=START_MS + number * 1000,
        until_ms=START_MS + (number + 1) * 1000,
        keyframe_offset=number * 100 + 7 if keyframe else None,
        keyframe_ms=START_MS + number * 1000 + 300 if keyframe else None,
        verified=number % 2 == 0,
    )


async def begun(store: SqlRecordingStore, fragments: int = 0) -> None:
    await store.begin(recording())
    await store.write(OPENING)
    if fragments:
        await store.write(Round(fragments=tuple(fragment(number) for number in range(fragments))))


async def count(database: Database, table: str) -> int:
    async with database.engine.connect() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


# ---- while it runs ---------------------------------------------------------------------------------------------------


async def test_everything_is_read_back_as_written(store: SqlRecordingStore) -> None:
    await begun(store, 3)
    got = await store.contents(REC)
    assert got.recording == recording(size_bytes=300)
    assert got.tracks == (TRACK_ROW,)
    assert got.segments == (replace(SEGMENT_ROW, size_bytes=300, until_ms=START_MS + 3000),)
    assert got.gaps == (GAP,)
    started = RecordingEvent(recording=REC, at_ms=START_MS, kind=KIND.STARTED, name="张伟")
    assert got.events == (started, JOINED)
    assert await store.fragments(SEG, limit=10) == [fragment(0), fragment(1), fragment(2)]
    assert await store.fragments(SEG, start=1, limit=1) == [fragment(1)]
    assert await store.segment(SEG) == got.segments[0]


async def test_a_round_written_again_changes_nothing(store: SqlRecordingStore) -> None:
    await begun(store)
    again = replace(OPENING, fragments=(fragment(0), fragment(1)))
    await store.write(again)
    await store.close_segment(SEG, state=SegmentState.FINISHED, merkle_root=b"r" * 32)
    before = await store.contents(REC)
    await store.write(again)
    assert await store.contents(REC) == before
    assert await store.fragments(SEG, limit=10) == [fragment(0), fragment(1)]
    assert (before.segments[0].state, before.segments[0].merkle_root) == (SegmentState.FINISHED, b"r" * 32)


async def test_the_header_gets_its_last_hash_and_nothing_else_another(store: SqlRecordingStore) -> None:
    await begun(store, 2)
    header = replace(fragment(0), sha256=b"h" * 32)
    await store.write(Round(fragments=(header, replace(fragment(1), sha256=b"x" * 32))))
    assert await store.fragments(SEG, limit=10) == [header, fragment(1)]
    await store.close_segment(SEG, state=SegmentState.FINISHED, merkle_root=b"r" * 32)
    await store.write(Round(fragments=(fragment(0),)))
    assert await store.fragments(SEG, limit=10) == [header, fragment(1)]


async def test_an_empty_round_is_nothing(store: SqlRecordingStore) -> None:
    await store.write(Round())
    assert await store.list(limit=10) == []


async def test_faults_are_the_gaps_that_nobody_wished_for(store: SqlRecordingStore) -> None:
    await store.begin(recording())
    await store.write(OPENING)
    assert await store.faults([REC, RecordingId("rec-000000000000ffff")]) == {REC: 1}
    quiet = [Gap(track=TRACK, from_ms=START_MS + at, until_ms=None, reason=why) for at, why in enumerate(WISHED_GAPS)]
    await store.write(Round(gaps=tuple(quiet)))
    assert await store.faults([REC]) == {REC: 1}
    assert await store.faults([]) == {}


async def test_a_gap_gets_its_end_and_keeps_it(store: SqlRecordingStore) -> None:
    await begun(store)
    ended = replace(GAP, until_ms=START_MS + 900)
    await store.write(Round(gaps=(ended,)))
    await store.write(Round(gaps=(GAP,)))
    assert (await store.contents(REC)).gaps == (ended,)


async def test_rows_of_what_was_never_begun_are_refused_whole(store: SqlRecordingStore, database: Database) -> None:
    with pytest.raises(RecordingNotFound):
        await store.write(OPENING)
    await begun(store)
    stranger = SegmentId("seg-ffffffffffffffff")
    with pytest.raises(RecordingNotFound):
        await store.write(Round(fragments=(fragment(0), fragment(0, stranger))))
    assert await count(database, "fragments") == 0


async def test_rounds_of_many_recordings_at_the_same_time_all_count(store: SqlRecordingStore) -> None:
    names = [f"{number:016x}" for number in range(6)]
    for name in names:
        rec, track, seg = RecordingId(f"rec-{name}"), RecordedTrackId(f"trk-{name}"), SegmentId(f"seg-{name}")
        await store.begin(recording(rec))
        track_row = replace(TRACK_ROW, id=track, recording=rec)
        await store.write(
            Round(tracks=(track_row,), segments=(replace(SEGMENT_ROW, id=seg, recording=rec, track=track),))
        )

    async def second(number: int) -> None:
        await store.write(Round(fragments=tuple(fragment(number, SegmentId(f"seg-{name}")) for name in names)))

    await asyncio.gather(*(second(number) for number in range(8)))
    assert [record.size_bytes for record in await store.list(limit=10)] == [800] * 6


async def test_a_segment_is_closed_and_carried_away(store: SqlRecordingStore) -> None:
    await begun(store)
    await store.close_segment(SEG, state=SegmentState.FINISHED, merkle_root=b"\0" * 32)
    await store.set_place(SEG, SegmentPlace.REMOTE)
    await store.close_segment(SEG, state=SegmentState.MISSING, merkle_root=None)
    got = await store.segment(SEG)
    assert (got.state, got.place, got.merkle_root) == (SegmentState.MISSING, SegmentPlace.REMOTE, b"\0" * 32)
    nowhere = SegmentId("seg-ffffffffffffffff")
    for refused in (
        store.segment(nowhere),
        store.set_place(nowhere, SegmentPlace.REMOTE),
        store.close_segment(nowhere, state=SegmentState.FINISHED, merkle_root=None),
    ):
        with pytest.raises(SegmentNotFound):
            await refused


async def test_what_may_be_carried_away_is_closed_sealed_here_and_not_deleted(store: SqlRecordingStore) -> None:
    await begun(store)
    names = [SegmentId(f"seg-{number:016x}") for number in range(1, 6)]
    await store.write(Round(segments=tuple(replace(SEGMENT_ROW, id=name) for name in names)))
    good, interrupted, remote, missing, _writing = names
    for name, state in (
        (good, SegmentState.FINISHED),
        (interrupted, SegmentState.INTERRUPTED),
        (remote, SegmentState.FINISHED),
        (missing, SegmentState.MISSING),
    ):
        await store.close_segment(name, state=state, merkle_root=b"\0" * 32)
    await store.set_place(remote, SegmentPlace.REMOTE)
    assert [segment.id for segment in await store.movable(after=None, limit=9)] == [good, interrupted]
    assert [segment.id for segment in await store.movable(after=None, limit=1)] == [good]
    assert [segment.id for segment in await store.movable(after=good, limit=9)] == [interrupted]
    await store.end(REC, state=RecordingState.FINISHED, ended_at_s=START_MS / 1000 + 10)
    await store.delete(REC, at_s=1.0, by="", reason=DeletionReason.AGE)
    assert await store.movable(after=None, limit=9) == []


async def test_finishing_ends_what_was_open_and_the_first_time_stands(store: SqlRecordingStore) -> None:
    await begun(store)
    end_s = START_MS / 1000 + 10
    await store.end(REC, state=RecordingState.FINISHED, ended_at_s=end_s)
    await store.end(REC, state=RecordingState.FINISHED, ended_at_s=end_s + 5)
    await store.end(REC, state=RecordingState.INTERRUPTED, ended_at_s=end_s + 6)
    got = await store.contents(REC)
    assert (got.recording.state, got.recording.ended_at_s) == (RecordingState.FINISHED, end_s)
    assert got.gaps == (replace(GAP, until_ms=START_MS + 10_000),)
    assert [event.kind for event in got.events] == [KIND.STARTED, KIND.JOINED, KIND.STOPPED]


async def test_an_interrupted_one_goes_on(store: SqlRecordingStore) -> None:
    await begun(store)
    await store.end(REC, state=RecordingState.INTERRUPTED, ended_at_s=START_MS / 1000 + 1)
    assert (await store.contents(REC)).gaps == (GAP,)  # lasts until it goes on
    await store.resume(REC, at_s=START_MS / 1000 + 3)
    await store.resume(REC, at_s=START_MS / 1000 + 4)
    got = await store.contents(REC)
    assert (got.recording.state, got.recording.ended_at_s) == (RecordingState.RECORDING, None)
    assert got.gaps == (replace(GAP, until_ms=START_MS + 3000),)
    assert [event.kind for event in got.events][-2:] == [KIND.INTERRUPTED, KIND.RESUMED]
    await store.end(REC, state=RecordingState.FINISHED, ended_at_s=START_MS / 1000 + 9)
    with pytest.raises(RecordingFinished):
        await store.resume(REC, at_s=1.0)


async def test_a_clock_that_went_back_makes_no_negative_gap(store: SqlRecordingStore) -> None:
    await begun(store)
    await store.end(REC, state=RecordingState.FINISHED, ended_at_s=START_MS / 1000 - 60)
    assert (await store.contents(REC)).gaps == (replace(GAP, until_ms=GAP.from_ms),)


# ---- keeping and deleting --------------------------------------------------------------------------------------------


async def finished(store: SqlRecordingStore, fragments: int = 3) -> None:
    await begun(store, fragments)
    await store.close_segment(SEG, state=SegmentState.FINISHED, merkle_root=b"r" * 32)
    await store.end(REC, state=RecordingState.FINISHED, ended_at_s=START_MS / 1000 + 10)


async def delete(store: SqlRecordingStore, by: str = "王芳", at_s: float = 5.0) -> None:
    await store.delete(REC, at_s=at_s, by=by, reason=DeletionReason.PERSON, note="误录" + "!" * 500)


async def test_a_tombstone_says_who_when_why_and_stays(store: SqlRecordingStore, database: Database) -> None:
    await finished(store)
    await delete(store)
    await delete(store, by="somebody else", at_s=6.0)
    assert await store.list(limit=10) == []
    stone = (await store.list(limit=10, deleted=True))[0]
    assert (stone.state, stone.deleted_by, stone.deleted_at_s) == (RecordingState.DELETED, "王芳", 5.0)
    assert (stone.deleted_reason, stone.size_bytes, stone.started_by_name) == (DeletionReason.PERSON, 300, "张伟")
    assert stone.deleted_note == "误录" + "!" * 198
    assert await store.unpurged(limit=9) == [REC]
    assert await store.purge(REC, limit=2) is True
    assert await store.unpurged(limit=9) == [REC]
    assert await store.purge(REC, limit=2) is False
    assert await store.unpurged(limit=9) == []
    got = await store.contents(REC)
    assert got.recording == stone
    assert (got.gaps, got.events, await store.fragments(SEG, limit=10)) == ((), (), [])
    assert [(track.name, track.identity, track.participant) for track in got.tracks] == [("", "", "")]
    assert [(segment.state, segment.merkle_root) for segment in got.segments] == [(SegmentState.DELETED, b"r" * 32)]
    assert await count(database, "recordings") == 1


async def test_legal_hold_and_a_running_recording_are_not_deleted(store: SqlRecordingStore) -> None:
    await begun(store)
    with pytest.raises(RecordingRunning):
        await delete(store)
    await store.hold(REC, held=True, at_s=1.0, by="检察院")
    await store.hold(REC, held=True, at_s=2.0, by="again")
    await store.end(REC, state=RecordingState.FINISHED, ended_at_s=START_MS / 1000 + 10)
    with pytest.raises(RecordingHeld):
        await delete(store)
    held = [event for event in (await store.contents(REC)).events if event.kind is KIND.HELD]
    assert [(event.name, event.at_ms) for event in held] == [("检察院", 1000)]
    await store.hold(REC, held=False, at_s=3.0, by="检察院")
    await delete(store)
    with pytest.raises(RecordingDeleted):
        await store.hold(REC, held=True, at_s=4.0, by="too late")


async def test_hold_and_delete_at_the_same_time_never_both_win(store: SqlRecordingStore) -> None:
    await finished(store)
    outcomes = await asyncio.gather(delete(store), store.hold(REC, held=True, at_s=4.0, by="x"), return_exceptions=True)
    record = await store.get(REC)
    assert (record.state is RecordingState.DELETED) != record.legal_hold
    assert sum(isinstance(outcome, RecordingHeld | RecordingDeleted) for outcome in outcomes) == 1


async def test_nothing_is_forgotten_of_what_is_not_deleted(store: SqlRecordingStore) -> None:
    await finished(store)
    before = await store.contents(REC)
    assert await store.unpurged(limit=9) == []
    assert await store.purge(REC, limit=100) is False
    assert await store.contents(REC) == before
    assert len(await store.fragments(SEG, limit=10)) == 3


async def test_what_comes_after_the_deletion_is_dropped(store: SqlRecordingStore, database: Database) -> None:
    await finished(store)
    await delete(store)
    await store.purge(REC, limit=100)
    late = replace(TRACK_ROW, id=RecordedTrackId("trk-late"), name="a name")
    film = replace(SEGMENT_ROW, id=SegmentId("film-0000000000000001"), track=late.id)
    await store.write(replace(OPENING, tracks=(late,), segments=(film,), fragments=(fragment(9, film.id),)))
    got = await store.contents(REC)
    assert (got.gaps, got.events, got.recording.size_bytes) == ((), (), 300)
    assert {track.name for track in got.tracks} == {""}
    assert {segment.state for segment in got.segments} == {SegmentState.DELETED}
    assert await count(database, "fragments") == 0
    await store.close_segment(film.id, state=SegmentState.FINISHED, merkle_root=b"f" * 32)
    assert (await store.segment(film.id)).state is SegmentState.DELETED
    with pytest.raises(RecordingDeleted):
        await store.resume(REC, at_s=9.0)
    await store.end(REC, state=RecordingState.FINISHED, ended_at_s=9.0)
    assert (await store.get(REC)).state is RecordingState.DELETED


# ---- reading ---------------------------------------------------------------------------------------------------------


async def test_pages_are_newest_first_without_holes_or_repeats(store: SqlRecordingStore) -> None:
    for number in range(7):
        made = recording(f"rec-{number:016x}", 100.0 + number // 2)  # pairs of the same time
        await store.begin(replace(made, room=RoomId("a" if number % 3 else "b")))
    whole = [record.id for record in await store.list(limit=100)]
    assert whole == [f"rec-{number:016x}" for number in reversed(range(7))]
    paged: list[RecordingId] = []
    while page := await store.list(limit=2, after=paged[-1] if paged else None):
        paged += [record.id for record in page]
    assert paged == whole
    assert [record.id[-1] for record in await store.list(room=RoomId("b"), limit=100)] == ["6", "3", "0"]


async def test_what_is_not_there_is_said(store: SqlRecordingStore) -> None:
    nobody = RecordingId("rec-ffffffffffffffff")
    for refused in (
        store.get(nobody),
        store.contents(nobody),
        store.resume(nobody, at_s=1.0),
        store.hold(nobody, held=True, at_s=1.0, by=""),
        store.delete(nobody, at_s=1.0, by="", reason=DeletionReason.AGE),
        store.end(nobody, state=RecordingState.FINISHED, ended_at_s=1.0),
        store.purge(nobody, limit=1),
        store.list(after=nobody, limit=1),
    ):
        with pytest.raises(RecordingNotFound):
            await refused
    assert await store.fragments(SEG, limit=1) == []
    assert (await store.tracks([nobody]), await store.segments([nobody])) == ({}, {})


async def test_a_time_is_found_by_its_keyframe(store: SqlRecordingStore) -> None:
    await begun(store)
    await store.write(Round(fragments=tuple(fragment(number, keyframe=number % 4 == 0) for number in range(10))))
    at = START_MS + 7500
    assert await store.seek(SEG, at, keyframe=True) == fragment(4)
    assert await store.seek(SEG, at, keyframe=False) == fragment(7, keyframe=False)
    assert await store.seek(SEG, START_MS + 8100, keyframe=True) == fragment(4)  # that of 8 is shown at 8300
    assert await store.seek(SEG, START_MS - 1, keyframe=False) is None


async def test_usage_and_what_may_go_by_kind_of_room(store: SqlRecordingStore) -> None:
    await finished(store)
    other = RecordingId("rec-0000000000000002")
    await store.begin(recording(other, room_kind="meeting"))
    assert await store.usage() == {"incident": 300, "meeting": 0}
    assert [record.id for record in await store.removable("incident", limit=9)] == [REC]
    assert await store.removable("meeting", limit=9) == []  # it runs
    await store.end(other, state=RecordingState.INTERRUPTED, ended_at_s=START_MS / 1000)
    assert [record.id for record in await store.removable("meeting", limit=9)] == [other]
    await store.hold(REC, held=True, at_s=1.0, by="")
    assert await store.removable("incident", limit=9) == []
    await store.delete(other, at_s=1.0, by="", reason=DeletionReason.QUOTA)
    assert await store.usage() == {"incident": 300}


async def test_long_names_fit(store: SqlRecordingStore) -> None:
    await store.begin(recording(room_name="名" * 500, started_by_name="n" * 500, room_kind="k" * 500))
    await store.write(
        Round(
            tracks=(replace(TRACK_ROW, name="n" * 500, identity=Identity("i" * 500)),),
            segments=(replace(SEGMENT_ROW, codec="c" * 500),),
        )
    )
    got = await store.contents(REC)
    assert (got.recording.room_name, got.tracks[0].name, got.segments[0].codec) == ("名" * 128, "n" * 128, "c" * 32)


async def test_the_database_of_an_older_server_goes_on(tmp_path: Path) -> None:
    url = database_url(None, tmp_path)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(migrate, "0002")
        row = {"id": "old", "name": "老会议室", "max": 5, "at": 1.0}
        await connection.execute(text("INSERT INTO rooms VALUES (:id, :name, :max, :at, NULL)"), row)
    await engine.dispose()
    async with open_database(url) as opened:
        await begun(SqlRecordingStore(opened), 1)
        assert await count(opened, "rooms") == 1
        assert await count(opened, "fragments") == 1
