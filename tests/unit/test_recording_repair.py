"""After any crash index and files agree again: all that was written is listed, all that is missing is marked."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from conference.model.ids import RecordingId
from conference.model.recording import (
    DeletionReason,
    Gap,
    GapReason,
    RecordedKind,
    RecordingState,
    SegmentPlace,
    SegmentState,
    new_film_id,
    new_recording_id,
    new_segment_id,
)
from recorder import repair as repair_module
from recorder.folder import RecordingFolder
from recorder.integrity import Damage, verify
from recorder.repair import Repaired, repair, settle
from tests.fakes.recordings import (
    START_MS,
    START_S,
    Shelf,
    Writer,
    begin_recording,
    finished_recording,
    open_shelf,
)


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


async def died(shelf: Shelf, recording: RecordingId, *, synced: int, unsynced: int, seed: int = 0) -> Writer:
    """A track whose writer was killed: so many seconds in the index, so many bytes more in the file."""
    writer = await Writer(shelf, recording, seed).begin()
    await writer.sync(synced)
    if unsynced:
        writer.put(unsynced)
    writer.stop()
    os.utime(shelf.path(recording, writer.segment), (0, START_S + synced + 0.5))
    return writer


async def test_the_bytes_behind_the_last_sync_are_kept_and_the_gap_begins_there(shelf: Shelf) -> None:
    recording = await begin_recording(shelf)
    writer = await died(shelf, recording, synced=3, unsynced=40)
    done = await repair(shelf.store, shelf.folder)
    assert (done.interrupted, done.settled, done.recovered_bytes) == ([recording], [writer.segment], 40)
    got = await shelf.store.contents(recording)
    assert (got.recording.state, got.recording.ended_at_s) == (RecordingState.INTERRUPTED, START_S + 3.5)
    (segment,) = got.segments
    assert (segment.state, segment.size_bytes, segment.until_ms) == (SegmentState.INTERRUPTED, 340, START_MS + 3500)
    *kept, tail = await shelf.store.fragments(writer.segment, limit=10)
    assert kept == writer.fragments
    assert (tail.number, tail.offset, tail.length, tail.from_ms, tail.verified) == (3, 300, 40, START_MS + 3000, False)
    crash = Gap(track=writer.track, from_ms=START_MS + 3500, until_ms=None, reason=GapReason.CRASH)
    assert got.gaps == (crash,)
    verdict = await verify(shelf.store, shelf.folder, recording)
    assert (verdict.whole, verdict.unverified, verdict.read_bytes) == (True, 1, 340)
    await shelf.store.resume(recording, at_s=START_S + 6)
    assert (await shelf.store.contents(recording)).gaps == (replace(crash, until_ms=START_MS + 6000),)


@pytest.mark.parametrize("seed", range(25))
async def test_a_file_cut_anywhere_keeps_all_that_is_older_than_a_second(shelf: Shelf, seed: int) -> None:
    chance = random.Random(seed)
    recording = await begin_recording(shelf)
    writers = [
        await died(shelf, recording, synced=chance.randrange(6), unsynced=chance.randrange(150), seed=number)
        for number in range(3)
    ]
    cuts = {}
    for writer in writers:
        path = shelf.path(recording, writer.segment)
        # A kill tears the last write anywhere; a disk that lied about its sync also loses what the index knows.
        floor = 0 if chance.random() < 0.3 else 100 * len(writer.fragments)
        cuts[writer.segment] = chance.randint(floor, path.stat().st_size)
        os.truncate(path, cuts[writer.segment])
    await repair(shelf.store, shelf.folder)
    verdict = await verify(shelf.store, shelf.folder, recording)
    short = {finding.segment: finding for finding in verdict.findings}
    gaps = (await shelf.store.contents(recording)).gaps
    for writer in writers:
        size, rows = cuts[writer.segment], await shelf.store.fragments(writer.segment, limit=100)
        assert rows[: len(writer.fragments)] == writer.fragments  # nothing of the index is hidden
        vanished = [gap for gap in gaps if gap.track == writer.track and gap.reason is GapReason.VANISHED]
        if size >= 100 * len(writer.fragments):
            assert sum(row.length for row in rows) == size  # and every byte of the file is in it
            assert writer.segment not in short
            assert vanished == []
        else:
            first = size // 100
            assert (short[writer.segment].damage, short[writer.segment].number) == (Damage.SHORT, first)
            assert [(gap.from_ms, gap.until_ms) for gap in vanished] == [
                (writer.fragments[first].from_ms, writer.fragments[-1].until_ms)
            ]


async def test_the_header_that_was_written_anew_is_hashed_anew(shelf: Shelf) -> None:
    recording = await begin_recording(shelf)
    writer = await died(shelf, recording, synced=3, unsynced=0)
    path = shelf.path(recording, writer.segment)
    path.write_bytes(b"duration" + path.read_bytes()[8:])
    await repair(shelf.store, shelf.folder)
    header, *rest = await shelf.store.fragments(writer.segment, limit=10)
    assert (header.length, header.verified, rest) == (100, False, writer.fragments[1:])
    assert (await verify(shelf.store, shelf.folder, recording)).whole


async def test_a_changed_file_that_was_finished_is_not_blessed(shelf: Shelf) -> None:
    (writer,) = await finished_recording(shelf)
    path = shelf.path(writer.recording, writer.segment)
    path.write_bytes(b"forged!!" + path.read_bytes()[8:] + b"more")
    before = await shelf.store.contents(writer.recording)
    await repair(shelf.store, shelf.folder)
    assert await shelf.store.contents(writer.recording) == before
    assert not (await verify(shelf.store, shelf.folder, writer.recording)).whole


async def test_repairing_twice_or_after_a_cut_off_repair_is_the_same(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = await begin_recording(shelf)
    writer = await died(shelf, recording, synced=2, unsynced=10)

    async def cut_off(*args: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(repair_module, "seal", cut_off)
        with pytest.raises(KeyboardInterrupt):
            await settle(shelf.store, shelf.folder, await shelf.store.segment(writer.segment), lasting=True)
    await repair(shelf.store, shelf.folder)
    after = await shelf.store.contents(recording)
    assert len(after.gaps) == 1
    assert len(await shelf.store.fragments(writer.segment, limit=10)) == 3
    assert await repair(shelf.store, shelf.folder) == Repaired()
    assert await shelf.store.contents(recording) == after


async def test_a_row_without_a_file_is_marked_and_comes_back_with_its_disk(shelf: Shelf) -> None:
    lost, kept = await finished_recording(shelf, tracks=2)
    path = shelf.path(lost.recording, lost.segment)
    aside = path.rename(shelf.root.parent / "aside")
    done = await repair(shelf.store, shelf.folder)
    assert done.missing == [lost.segment]
    states = {segment.id: segment.state for segment in (await shelf.store.contents(lost.recording)).segments}
    assert states == {lost.segment: SegmentState.MISSING, kept.segment: SegmentState.FINISHED}
    assert (await repair(shelf.store, shelf.folder)).missing == []
    aside.rename(path)
    assert (await repair(shelf.store, shelf.folder)).returned == [lost.segment]
    assert (await shelf.store.segment(lost.segment)).state is SegmentState.FINISHED
    assert (await verify(shelf.store, shelf.folder, lost.recording)).whole


async def test_a_file_that_was_lost_while_it_was_written_is_settled_when_it_returns(shelf: Shelf) -> None:
    recording = await begin_recording(shelf)
    writer = await died(shelf, recording, synced=2, unsynced=10)
    path = shelf.path(recording, writer.segment)
    aside = path.rename(shelf.root.parent / "aside")
    assert (await repair(shelf.store, shelf.folder)).missing == [writer.segment]
    got = await shelf.store.contents(recording)
    assert (got.recording.state, got.segments[0].state) == (RecordingState.INTERRUPTED, SegmentState.MISSING)
    assert [(gap.reason, gap.from_ms) for gap in got.gaps] == [(GapReason.CRASH, START_MS + 2000)]
    aside.rename(path)
    done = await repair(shelf.store, shelf.folder)
    assert (done.settled, done.recovered_bytes) == ([writer.segment], 10)
    assert (await verify(shelf.store, shelf.folder, recording)).whole


async def test_what_was_carried_away_is_not_missing(shelf: Shelf) -> None:
    (writer,) = await finished_recording(shelf)
    await shelf.store.set_place(writer.segment, SegmentPlace.REMOTE)
    shelf.folder.remove(writer.recording)
    assert await repair(shelf.store, shelf.folder) == Repaired()


async def test_a_file_the_index_never_heard_of_is_adopted(shelf: Shelf) -> None:
    (writer,) = await finished_recording(shelf)
    orphan, film, empty = new_segment_id(), new_film_id(), new_segment_id()
    for segment, content in ((orphan, b"orphan"), (film, b"film"), (empty, b"")):
        made = shelf.folder.create(writer.recording, segment)
        os.write(made, content)
        os.close(made)
    done = await repair(shelf.store, shelf.folder)
    assert (sorted(done.adopted), done.recovered_bytes) == (sorted([orphan, film]), 10)
    got = await shelf.store.contents(writer.recording)
    assert got.recording.state is RecordingState.FINISHED
    kinds = {track.id: track.kind for track in got.tracks}
    found = {segment.id: (segment.state, segment.size_bytes, kinds[segment.track]) for segment in got.segments}
    assert found[orphan] == (SegmentState.INTERRUPTED, 6, RecordedKind.UNKNOWN)
    assert found[film] == (SegmentState.INTERRUPTED, 4, RecordedKind.FILM)
    assert empty not in found
    assert (await verify(shelf.store, shelf.folder, writer.recording)).whole
    assert await repair(shelf.store, shelf.folder) == Repaired()


async def test_a_folder_nobody_knows_is_put_aside(shelf: Shelf) -> None:
    (writer,) = await finished_recording(shelf)
    stranger, segment = new_recording_id(), new_segment_id()
    os.close(shelf.folder.create(stranger, segment))
    assert (await repair(shelf.store, shelf.folder)).quarantined == [stranger]
    assert (shelf.root / "quarantine" / stranger / f"{segment}.mkv").exists()
    assert shelf.folder.recordings() == [writer.recording]


async def test_files_of_a_deleted_recording_go(shelf: Shelf) -> None:
    (writer,) = await finished_recording(shelf)
    await shelf.store.delete(writer.recording, at_s=1.0, by="", reason=DeletionReason.PERSON)
    assert (await repair(shelf.store, shelf.folder)).removed == [writer.recording]
    assert not (shelf.root / writer.recording).exists()
    assert (await shelf.store.get(writer.recording)).state is RecordingState.DELETED


async def test_a_recording_that_had_no_track_yet_is_interrupted_too(shelf: Shelf) -> None:
    recording = await begin_recording(shelf)
    assert (await repair(shelf.store, shelf.folder)).interrupted == [recording]
    assert (await shelf.store.get(recording)).ended_at_s == START_S


async def test_one_bad_place_on_the_disk_keeps_nobody_from_repair(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = await begin_recording(shelf)
    bad = await died(shelf, recording, synced=1, unsynced=10, seed=1)
    good = await died(shelf, recording, synced=1, unsynced=10, seed=2)
    really = RecordingFolder.open

    def failing(self: RecordingFolder, of: RecordingId, segment: str) -> tuple[int, int]:
        if segment == bad.segment:
            raise OSError(5, "Input/output error")
        return really(self, of, good.segment)

    with monkeypatch.context() as patched:
        patched.setattr(RecordingFolder, "open", failing)
        done = await repair(shelf.store, shelf.folder)
    assert (done.failed, done.settled, done.interrupted) == ([recording], [good.segment], [recording])
    assert (await shelf.store.segment(bad.segment)).state is SegmentState.WRITING
    assert (await repair(shelf.store, shelf.folder)).settled == [bad.segment]


async def test_more_recordings_than_a_page(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repair_module, "_PAGE", 3)
    running = [await begin_recording(shelf) for _ in range(8)]
    assert sorted((await repair(shelf.store, shelf.folder)).interrupted) == sorted(running)


KILLED = """
import asyncio, os, sys
from pathlib import Path
from tests.fakes.recordings import Writer, begin_recording, open_shelf

async def main():
    async with open_shelf(Path(sys.argv[1])) as shelf:
        recording = await begin_recording(shelf)
        writers = [await Writer(shelf, recording, seed).begin() for seed in range(3)]
        while True:
            for writer in writers:
                fragment = writer.put(5000)
                os.fdatasync(writer._file)
                writer.fragments.append(fragment)
            from conference.model.recording import Round
            await shelf.store.write(Round(fragments=tuple(w.fragments[-1] for w in writers)))
            print(len(writers[0].fragments), flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("seed", range(3))
async def test_a_real_kill_loses_nothing_that_was_written(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(tmp_path), stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert child.stdout is not None
    try:
        for _ in range(chance.randint(1, 30)):
            said = await child.stdout.readline()
        await asyncio.sleep(chance.random() * 0.02)  # anywhere in a round: written, synced, committed or between
    finally:
        child.send_signal(signal.SIGKILL)
        await child.wait()
    async with open_shelf(tmp_path) as shelf:
        done = await repair(shelf.store, shelf.folder)
        (recording,) = done.interrupted
        got = await shelf.store.contents(recording)
        sizes = {segment.id: shelf.path(recording, segment.id).stat().st_size for segment in got.segments}
        assert {segment.id: segment.size_bytes for segment in got.segments} == sizes
        assert min(sizes.values()) >= 5000 * int(said)
        assert {gap.reason for gap in got.gaps} == {GapReason.CRASH}
        assert (await verify(shelf.store, shelf.folder, recording)).whole
