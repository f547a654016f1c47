"""What is deleted when: by age, by quota, never under legal hold; and what a deletion leaves."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.model.errors import RecordingHeld, RecordingRunning
from conference.model.ids import RecordingId, RoomId
from conference.model.recording import DeletionReason, DiskState, Recording, RecordingState, SegmentState
from recorder import retention
from recorder.disk import DiskLimits, disk_state
from recorder.folder import RecordingFolder, Space
from recorder.integrity import verify
from recorder.retention import Policy, Removal, Remover, Retention, plan
from tests.fakes.recordings import START_S, Shelf, Writer, begin_recording, finished_recording, open_shelf

DAY_S = 86_400.0
NOW_S = 1000 * DAY_S
AGE, QUOTA = DeletionReason.AGE, DeletionReason.QUOTA


def recording(name: str, age_days: float, size_bytes: int = 10, **more: object) -> Recording:
    ended_at_s = NOW_S - age_days * DAY_S
    made = Recording(
        id=RecordingId(name),
        room=RoomId("r"),
        room_name="",
        started_at_s=ended_at_s - 60,
        ended_at_s=ended_at_s,
        state=RecordingState.FINISHED,
        size_bytes=size_bytes,
    )
    return replace(made, **more)  # type: ignore[arg-type]


HELD = recording("held", 99, legal_hold=True)
RUNNING = recording("running", 99, state=RecordingState.RECORDING, ended_at_s=None)
OLD, MIDDLE, NEW = recording("old", 30), recording("middle", 20), recording("new", 1)


@pytest.mark.parametrize(
    ("policy", "kept", "expected"),
    [
        (Policy(), [OLD, MIDDLE, NEW], []),
        (Policy(max_age_days=25), [OLD, MIDDLE, NEW], [("old", AGE)]),
        (Policy(max_age_days=10), [NEW, MIDDLE, OLD], [("old", AGE), ("middle", AGE)]),
        (Policy(max_age_days=30), [OLD], []),  # to the second
        (Policy(quota_bytes=30), [OLD, MIDDLE, NEW], []),
        (Policy(quota_bytes=29), [OLD, MIDDLE, NEW], [("old", QUOTA)]),
        (Policy(quota_bytes=10), [NEW, OLD, MIDDLE], [("old", QUOTA), ("middle", QUOTA)]),
        (Policy(quota_bytes=1), [OLD, MIDDLE, NEW], [("old", QUOTA), ("middle", QUOTA), ("new", QUOTA)]),
        (Policy(quota_bytes=20, max_age_days=25), [OLD, MIDDLE, NEW], [("old", AGE)]),
        (Policy(quota_bytes=10, max_age_days=25), [OLD, MIDDLE, NEW], [("old", AGE), ("middle", QUOTA)]),
        (Policy(max_age_days=1), [HELD, RUNNING], []),
        (Policy(quota_bytes=1), [HELD, RUNNING], []),
        (Policy(quota_bytes=25), [HELD, OLD, NEW], [("old", QUOTA)]),  # what is held counts, and stays
        (Policy(max_age_days=5), [replace(OLD, state=RecordingState.DELETED)], []),
        (Policy(max_age_days=5), [replace(OLD, state=RecordingState.INTERRUPTED)], [("old", AGE)]),
        (Policy(quota_bytes=1, kind_quotas_bytes={"meeting": 0}), [OLD], []),
        (Policy(quota_bytes=0, kind_quotas_bytes={"meeting": 5}), [OLD], [("old", QUOTA)]),
        (Policy(quota_bytes=0, kind_quotas_bytes={"incident": 5}), [OLD], []),
    ],
)
def test_the_rules(policy: Policy, kept: list[Recording], expected: list[tuple[str, DeletionReason]]) -> None:
    used = sum(one.size_bytes for one in kept)
    assert plan(kept, used, policy, "meeting", NOW_S) == [Removal(RecordingId(name), why) for name, why in expected]


some_recordings = st.lists(
    st.builds(
        recording,
        st.uuids().map(str),
        st.floats(0, 60),
        st.integers(0, 1000),
        legal_hold=st.booleans(),
        state=st.sampled_from(RecordingState),
    ),
    max_size=30,
)


@given(some_recordings, st.integers(0, 40), st.integers(0, 10_000))
def test_whatever_there_is_the_plan_is_fair(kept: list[Recording], max_age_days: int, quota: int) -> None:
    alive = [one for one in kept if one.state is not RecordingState.DELETED]
    used = sum(one.size_bytes for one in alive)
    removals = plan(kept, used, Policy(max_age_days=max_age_days, quota_bytes=quota), "meeting", NOW_S)
    by_id = {one.id: one for one in kept}
    gone = [by_id[removal.recording] for removal in removals]
    may_go = [one for one in alive if not one.legal_hold and one.state is not RecordingState.RECORDING]
    stays = [one for one in may_go if one not in gone]
    assert len({one.id for one in gone}) == len(gone)
    assert all(one in may_go for one in gone)
    # Oldest first, and nothing younger goes before something older.
    ends = [one.ended_at_s or 0.0 for one in gone]
    assert ends == sorted(ends)
    assert all(end <= (one.ended_at_s or 0.0) for end in ends for one in stays)
    # Nothing too old is left, and the quota is kept as far as it can be.
    if max_age_days:
        assert all((one.ended_at_s or 0.0) >= NOW_S - max_age_days * DAY_S for one in stays)
    left = used - sum(one.size_bytes for one in gone)
    assert quota == 0 or left <= quota or stays == []
    # No more goes than the rules ask for.
    for_quota = [by_id[removal.recording] for removal in removals if removal.reason is QUOTA]
    assert for_quota == [] or left + for_quota[-1].size_bytes > quota


# ---- doing it --------------------------------------------------------------------------------------------------------


class HeldClock:
    def __init__(self, wall_s: float) -> None:
        self.now_s = wall_s

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return self.now_s


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


def rules(shelf: Shelf, policy: Policy, days_later: float = 100) -> Retention:
    remover = Remover(shelf.store, shelf.folder)
    return Retention(shelf.store, remover, policy, HeldClock(START_S + days_later * DAY_S))


async def test_the_files_go_and_the_tombstone_stays(shelf: Shelf) -> None:
    (old,) = await finished_recording(shelf)
    (held,) = await finished_recording(shelf)
    await shelf.store.hold(held.recording, held=True, at_s=1.0, by="检察院")
    running = await begin_recording(shelf)
    round_ = await rules(shelf, Policy(max_age_days=30)).run_round()
    assert list(round_) == [Removal(old.recording, AGE)]
    assert shelf.folder.recordings() == [held.recording]
    assert not (shelf.root / old.recording).exists()
    stone = await shelf.store.get(old.recording)
    assert (stone.state, stone.deleted_reason, stone.deleted_by) == (RecordingState.DELETED, AGE, "")
    assert (stone.deleted_at_s, stone.size_bytes) == (START_S + 100 * DAY_S, 500)
    (segment,) = (await shelf.store.contents(old.recording)).segments
    assert segment.state is SegmentState.DELETED
    assert segment.merkle_root is not None
    assert await shelf.store.fragments(old.segment, limit=10) == []
    assert (await verify(shelf.store, shelf.folder, held.recording)).whole
    assert (await shelf.store.get(running)).state is RecordingState.RECORDING
    assert list(await rules(shelf, Policy(max_age_days=30)).run_round()) == []


async def test_each_kind_of_room_has_its_own_quota(shelf: Shelf) -> None:
    meetings = [(await finished_recording(shelf))[0].recording for _ in range(3)]
    (incident,) = await finished_recording(shelf, room_kind="incident")
    policy = Policy(quota_bytes=1000, kind_quotas_bytes={"incident": 500})
    gone = [removal.recording for removal in await rules(shelf, policy).run_round()]
    assert len(gone) == 1
    assert set(gone) <= set(meetings)
    assert await shelf.store.usage() == {"incident": 500, "meeting": 1000}
    assert incident.recording in shelf.folder.recordings()


async def test_a_round_is_bounded_and_the_next_goes_on(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_PER_ROUND", 2)
    monkeypatch.setattr(retention, "_PURGE", 3)
    for _ in range(5):
        await finished_recording(shelf, seconds=8)
    keeping = rules(shelf, Policy(max_age_days=1))
    assert [len(await keeping.run_round()) for _ in range(4)] == [2, 2, 1, 0]
    assert shelf.folder.recordings() == []
    assert await shelf.store.unpurged(limit=9) == []


async def test_a_disk_that_refuses_is_asked_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    (writer,) = await finished_recording(shelf)

    def refuse(self: RecordingFolder, recording: RecordingId) -> None:
        raise OSError(30, "Read-only file system")

    keeping = rules(shelf, Policy(max_age_days=1))
    with monkeypatch.context() as patched:
        patched.setattr(RecordingFolder, "remove", refuse)
        assert len(await keeping.run_round()) == 1
        assert await Remover(shelf.store, shelf.folder).finish() == 1
    assert (await shelf.store.get(writer.recording)).state is RecordingState.DELETED  # nobody gets it any more
    assert shelf.folder.recordings() == [writer.recording]
    await keeping.run_round()
    assert shelf.folder.recordings() == []
    assert await shelf.store.unpurged(limit=9) == []


async def test_what_lies_elsewhere_goes_too_and_is_asked_again(shelf: Shelf) -> None:
    (writer,) = await finished_recording(shelf)
    asked: list[RecordingId] = []

    async def elsewhere(recording: RecordingId) -> None:
        asked.append(recording)
        if len(asked) == 1:
            raise OSError("the object storage is away")

    remover = Remover(shelf.store, shelf.folder, elsewhere=elsewhere)
    await remover.remove(writer.recording, at_s=5.0, by="王芳", reason=DeletionReason.PERSON)
    assert await remover.finish() == 0
    assert await remover.finish() == 0
    assert asked == [writer.recording, writer.recording]
    assert (await shelf.store.get(writer.recording)).deleted_by == "王芳"


async def test_a_persons_wish_does_not_break_a_hold_or_a_running_recording(shelf: Shelf) -> None:
    remover = Remover(shelf.store, shelf.folder)
    (held,) = await finished_recording(shelf)
    await shelf.store.hold(held.recording, held=True, at_s=1.0, by="")
    running = await Writer(shelf, await begin_recording(shelf)).begin()
    for recording_id, refusal in ((held.recording, RecordingHeld), (running.recording, RecordingRunning)):
        with pytest.raises(refusal):
            await remover.remove(recording_id, at_s=1.0, by="x", reason=DeletionReason.PERSON)
    assert sorted(shelf.folder.recordings()) == sorted([held.recording, running.recording])
    running.stop()


async def test_what_is_held_between_plan_and_deed_stays(shelf: Shelf) -> None:
    (writer,) = await finished_recording(shelf)

    class HeldMeanwhile(Remover):
        async def remove(
            self, recording: RecordingId, *, at_s: float, by: str, reason: DeletionReason, note: str = ""
        ) -> None:
            await shelf.store.hold(recording, held=True, at_s=1.0, by="just in time")
            await super().remove(recording, at_s=at_s, by=by, reason=reason, note=note)

    remover = HeldMeanwhile(shelf.store, shelf.folder)
    keeping = Retention(shelf.store, remover, Policy(max_age_days=1), HeldClock(START_S + 100 * DAY_S))
    assert list(await keeping.run_round()) == []
    assert (await verify(shelf.store, shelf.folder, writer.recording)).read_bytes == 500


async def test_the_timer_outlives_a_database_that_is_away(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "ROUND_S", 0.001)
    await finished_recording(shelf)
    keeping = rules(shelf, Policy(max_age_days=1))
    really, asked, answered = shelf.store.usage, 0, asyncio.Event()

    async def usage() -> dict[str, int]:
        nonlocal asked
        asked += 1
        if asked <= 2:
            raise ConnectionError("the database is away")
        if asked == 4:  # the round before it is done; held here, so that no statement is under way when it is ended
            answered.set()
            await asyncio.Event().wait()
        return await really()

    monkeypatch.setattr(shelf.store, "usage", usage)
    running = asyncio.create_task(keeping.run())
    async with asyncio.timeout(20):
        await answered.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert shelf.folder.recordings() == []


# ---- the disk --------------------------------------------------------------------------------------------------------

LIMITS = DiskLimits(min_free_bytes=100, alarm_free_share=0.2)


@pytest.mark.parametrize(
    ("free", "before", "after"),
    [
        (1000, DiskState.OK, DiskState.OK),
        (200, DiskState.OK, DiskState.OK),
        (199, DiskState.OK, DiskState.LOW),
        (100, DiskState.LOW, DiskState.LOW),
        (99, DiskState.LOW, DiskState.FULL),
        (110, DiskState.FULL, DiskState.FULL),  # at the edge it would come and go
        (125, DiskState.FULL, DiskState.LOW),
        (500, DiskState.FULL, DiskState.OK),
        (205, DiskState.LOW, DiskState.LOW),
        (215, DiskState.LOW, DiskState.OK),
        (0, DiskState.OK, DiskState.FULL),
    ],
)
def test_the_disk_is_ok_low_or_full(free: int, before: DiskState, after: DiskState) -> None:
    assert disk_state(Space(free, 1000), LIMITS, before) is after


def test_a_file_system_without_a_size_is_full() -> None:
    assert disk_state(Space(0, 0), LIMITS) is DiskState.FULL
