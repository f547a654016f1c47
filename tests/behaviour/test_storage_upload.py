"""Recordings on their way to an object storage that speaks S3 in a process of its own: nothing is lost, nothing is
relied on that was not proven."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from conference.model.recording import DeletionReason, RecordingState, Segment, SegmentPlace
from recorder.retention import Remover
from recorder.storage import ObjectStorage, StorageAway, StorageRefuses, open_storage
from recorder.storage import uploader as uploader_module
from tests.fakes.recordings import Shelf, Writer, begin_recording, finished_recording, open_shelf
from tests.fakes.s3 import MIB, S3Process, object_storage, settings_for
from tests.fakes.s3_server import SECRET_KEY


class HeldClock:
    """`now_s`: Unix time of the files on the disk plus this."""

    def __init__(self) -> None:
        self.wall = 0.0
        self.mono = 1000.0

    def monotonic_s(self) -> float:
        return self.mono

    def wall_s(self) -> float:
        return self.wall


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


@pytest.fixture
async def s3(tmp_path: Path) -> AsyncIterator[S3Process]:
    async with object_storage(tmp_path / "there") as opened:
        yield opened


@asynccontextmanager
async def storage_at(
    shelf: Shelf, s3: S3Process, clock: HeldClock | None = None, **more: object
) -> AsyncIterator[ObjectStorage]:
    opened = open_storage(
        settings_for(s3.port, **more), store=shelf.store, folder=shelf.folder, clock=clock or HeldClock()
    )
    async with opened as storage:
        yield storage


async def until(true: Callable[[], bool]) -> None:
    while not true():  # noqa: ASYNC110 - of another process and of a counter, which wake nobody
        await asyncio.sleep(0.01)


async def carry(storage: ObjectStorage) -> None:
    await storage._uploader.run_round()


async def row(shelf: Shelf, writer: Writer) -> Segment:
    return await shelf.store.segment(writer.segment)


def key(writer: Writer, prefix: str = "") -> str:
    return f"{prefix}{writer.recording}/{writer.segment}.mkv"


async def big_recording(shelf: Shelf, mib: int = 12) -> Writer:
    """One track of so many MiB: three parts of 5 MiB."""
    recording = await begin_recording(shelf)
    writer = await Writer(shelf, recording).begin()
    await writer.sync(mib, length=MIB)
    await writer.finish()
    return writer


async def test_closed_files_are_carried_away_and_an_open_one_is_not(shelf: Shelf, s3: S3Process) -> None:
    writers = await finished_recording(shelf, seconds=5, tracks=3)
    running = await Writer(shelf, await begin_recording(shelf)).begin()
    await running.sync(2)
    async with storage_at(shelf, s3, prefix="huishang/") as storage:
        await carry(storage)
        stats = storage.stats()
    expected = {
        key(writer, "huishang/"): shelf.path(writer.recording, writer.segment).read_bytes() for writer in writers
    }
    assert s3.stored() == expected
    assert [(await row(shelf, writer)).place for writer in (*writers, running)] == [SegmentPlace.REMOTE] * 3 + [
        SegmentPlace.LOCAL
    ]
    assert (stats.uploaded_segments, stats.waiting_segments, stats.trouble) == (3, 0, "")
    running.stop()


async def test_a_large_file_goes_in_parts_that_the_server_has_compared(shelf: Shelf, s3: S3Process) -> None:
    writer = await big_recording(shelf)
    async with storage_at(shelf, s3) as storage:
        await carry(storage)
    assert s3.stored() == {key(writer): shelf.path(writer.recording, writer.segment).read_bytes()}
    assert (await s3.asked()).count(f"PUT part {key(writer)}") == 3
    assert f"GET {key(writer)}" not in await s3.asked()  # proven by its checksum, not by reading it
    assert (await row(shelf, writer)).place is SegmentPlace.REMOTE
    assert s3.half() == []


async def test_an_upload_that_was_cut_off_goes_on_where_it_was(shelf: Shelf, s3: S3Process) -> None:
    writer = await big_recording(shelf, mib=22)
    await s3.fail(drop_after_parts=3)
    async with storage_at(shelf, s3) as storage:
        with pytest.raises(StorageAway):
            await carry(storage)
    assert s3.stored() == {}
    assert (await row(shelf, writer)).place is SegmentPlace.LOCAL
    await s3.stop()
    await s3.start()  # and this server began anew as well: nothing is remembered here
    async with storage_at(shelf, s3) as storage:
        await carry(storage)
        sent_bytes = storage.stats().uploaded_bytes
    assert s3.stored() == {key(writer): shelf.path(writer.recording, writer.segment).read_bytes()}
    assert (await s3.asked()).count(f"PUT part {key(writer)}") == 2
    assert sent_bytes == 7 * MIB
    assert s3.half() == []


async def test_parts_of_another_size_are_not_gone_on_with(shelf: Shelf, s3: S3Process) -> None:
    writer = await big_recording(shelf)
    await s3.fail(drop_after_parts=1)
    async with storage_at(shelf, s3) as storage:
        with pytest.raises(StorageAway):
            await carry(storage)
    await s3.fail()
    async with storage_at(shelf, s3, part_bytes=6 * MIB) as storage:
        await carry(storage)
    assert s3.stored()[key(writer)] == shelf.path(writer.recording, writer.segment).read_bytes()
    assert s3.half() == []


async def test_while_the_storage_is_away_files_wait_and_then_all_go(
    shelf: Shelf, s3: S3Process, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(uploader_module, "ROUND_S", 0.02)
    caplog.set_level(logging.DEBUG)
    first = await finished_recording(shelf)
    await s3.stop()
    async with storage_at(shelf, s3) as storage:
        storage._uploader._backoff._longest_s = 0.05
        running = asyncio.create_task(storage.run())
        await until(lambda: storage.stats().failures >= 4)
        second = await finished_recording(shelf, tracks=2)  # recording goes on
        assert (storage.stats().trouble, s3.stored()) == ("away", {})
        warnings = [record for record in caplog.records if "recordings wait" in record.getMessage()]
        assert len(warnings) == 1  # not at every try
        await s3.start()
        await until(lambda: not storage.stats().trouble and storage.stats().uploaded_segments == 3)
        running.cancel()
        await asyncio.wait([running])
    assert set(s3.stored()) == {key(writer) for writer in (*first, *second)}
    assert sum("storage is back" in record.getMessage() for record in caplog.records) == 1
    assert SECRET_KEY not in caplog.text
    assert "Signature=" not in caplog.text


async def test_what_the_storage_changed_is_not_relied_on(shelf: Shelf, s3: S3Process) -> None:
    small, large = (await finished_recording(shelf))[0], await big_recording(shelf)
    await s3.fail(corrupt=1)
    async with storage_at(shelf, s3) as storage:
        await carry(storage)
        assert storage.stats().unproven == 2
        await storage._uploader._spool.tidy()
    for writer in (small, large):
        assert (await row(shelf, writer)).place is SegmentPlace.LOCAL
        assert shelf.path(writer.recording, writer.segment).exists()


@pytest.mark.parametrize("corrupt", [0, 1])
async def test_a_storage_without_checksums_is_read_back(shelf: Shelf, s3: S3Process, corrupt: int) -> None:
    writers = [(await finished_recording(shelf))[0], await big_recording(shelf)]
    await s3.fail(no_checksums=1, corrupt=corrupt)
    async with storage_at(shelf, s3) as storage:
        await carry(storage)
        assert storage.stats().unproven == 2 * corrupt
    for writer in writers:
        assert f"GET {key(writer)}" in await s3.asked()
        assert (await row(shelf, writer)).place is (SegmentPlace.LOCAL if corrupt else SegmentPlace.REMOTE)


async def test_a_file_that_is_not_what_was_recorded_stays(shelf: Shelf, s3: S3Process) -> None:
    changed, longer, good = await finished_recording(shelf, tracks=3)
    path = shelf.path(changed.recording, changed.segment)
    path.write_bytes(b"\0" + path.read_bytes()[1:])
    with shelf.path(longer.recording, longer.segment).open("ab") as file:
        file.write(b"more")
    async with storage_at(shelf, s3) as storage:
        await carry(storage)
        await carry(storage)
        assert storage.stats().damaged == 2  # told once
    assert set(s3.stored()) == {key(good)}


async def test_wrong_keys_are_a_refusal_that_names_no_key(
    shelf: Shelf, s3: S3Process, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (writer,) = await finished_recording(shelf)
    settings = settings_for(s3.port, secret_key=SecretStr("verraten"))
    assert "verraten" not in repr(settings) + str(settings)
    async with open_storage(settings, store=shelf.store, folder=shelf.folder, clock=HeldClock()) as storage:
        with pytest.raises(StorageRefuses) as refused:
            await carry(storage)
    assert "verraten" not in caplog.text + str(refused.value)
    assert refused.value.__cause__ is None
    assert (await row(shelf, writer)).place is SegmentPlace.LOCAL


async def test_local_copies_go_when_their_time_is_over_and_no_others(shelf: Shelf, s3: S3Process) -> None:
    carried, waiting = (await finished_recording(shelf))[0], await Writer(shelf, await begin_recording(shelf)).begin()
    clock = HeldClock()
    path = shelf.path(carried.recording, carried.segment)
    async with storage_at(shelf, s3, clock, keep_local_hours=24) as storage:
        await carry(storage)
        clock.wall = path.stat().st_mtime + 23 * 3600
        assert await storage._uploader._spool.tidy() == 0
        clock.wall += 2 * 3600
        assert await storage._uploader._spool.tidy() == 1
    assert not path.exists()
    assert shelf.path(waiting.recording, waiting.segment).exists()
    waiting.stop()


async def test_the_oldest_copies_go_when_there_are_too_many(shelf: Shelf, s3: S3Process) -> None:
    writers = await finished_recording(shelf, seconds=10, tracks=4)  # of 1000 bytes each
    for age, writer in enumerate(writers):
        os.utime(shelf.path(writer.recording, writer.segment), (2000.0 - age, 2000.0 - age))
    async with storage_at(shelf, s3, keep_local_hours=1e4, local_limit_bytes=2500) as storage:
        await carry(storage)
        assert await storage._uploader._spool.tidy() == 2
    left = [shelf.path(writer.recording, writer.segment).exists() for writer in writers]
    assert left == [True, True, False, False]


async def test_what_was_taken_from_the_bucket_is_carried_there_again(shelf: Shelf, s3: S3Process) -> None:
    (writer,) = await finished_recording(shelf)
    clock = HeldClock()
    async with storage_at(shelf, s3, clock, keep_local_hours=0) as storage:
        await carry(storage)
        await storage._bucket.delete(key(writer))
        clock.wall = 1e11
        assert await storage._uploader._spool.tidy() == 0
        assert shelf.path(writer.recording, writer.segment).exists()
        await carry(storage)
    assert set(s3.stored()) == {key(writer)}


async def test_deletion_takes_all_of_it_from_the_bucket_however_long_that_takes(shelf: Shelf, s3: S3Process) -> None:
    kept, gone = (await finished_recording(shelf))[0], await finished_recording(shelf, tracks=3)
    async with storage_at(shelf, s3) as storage:
        await carry(storage)
        half = await Writer(shelf, gone[0].recording, 9).begin()
        await half.sync(12, length=MIB)
        await half.finish()
        await s3.fail(drop_after_parts=1)
        with pytest.raises(StorageAway):
            await carry(storage)
        assert len(s3.stored()) == 4
        assert len(s3.half()) == 1
        remover = Remover(shelf.store, shelf.folder, elsewhere=storage.remove)
        await s3.stop()
        await remover.remove(gone[0].recording, at_s=1.0, by="王芳", reason=DeletionReason.PERSON)
        assert shelf.folder.recordings() == [kept.recording]  # what lies here goes at once
        assert await shelf.store.unpurged(limit=9) == [gone[0].recording]
        await s3.start()
        assert await remover.finish() == 0
    assert await shelf.store.unpurged(limit=9) == []
    assert (set(s3.stored()), s3.half()) == ({key(kept)}, [])


async def test_a_recording_that_is_deleted_while_it_is_sent_leaves_nothing(shelf: Shelf, s3: S3Process) -> None:
    writer = await big_recording(shelf)
    await shelf.store.end(writer.recording, state=RecordingState.FINISHED, ended_at_s=1.0)
    async with storage_at(shelf, s3, max_bitrate_bps=8 * 4 * MIB) as storage:
        carrying = asyncio.create_task(carry(storage))
        await until(lambda: bool(s3.half()))
        remover = Remover(shelf.store, shelf.folder, elsewhere=storage.remove)
        await remover.remove(writer.recording, at_s=1.0, by="", reason=DeletionReason.AGE)
        await carrying
    assert (s3.stored(), s3.half()) == ({}, [])


async def test_uploads_keep_to_their_bitrate(shelf: Shelf, s3: S3Process) -> None:
    writer = await big_recording(shelf, mib=6)
    loop = asyncio.get_running_loop()
    async with storage_at(shelf, s3, max_bitrate_bps=8 * 3 * MIB) as storage:
        begun_s = loop.time()
        await carry(storage)
        took_s = loop.time() - begun_s
    assert took_s >= 6 / 3 - 0.2
    assert set(s3.stored()) == {key(writer)}
