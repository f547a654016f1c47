"""What is in the object storage is read like what is here: ranges, ZIP, verification, films' material, doctor."""

import asyncio
import hashlib
import io
import json
import os
import zipfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from pydantic import SecretStr

from conference.model.errors import SegmentNotFound, StorageUnavailable
from conference.model.recording import DeletionReason, RecordingState, SegmentPlace
from recorder.integrity import Damage, verify
from recorder.library import RecordingLibrary, RemoteSegment
from recorder.retention import Remover
from recorder.storage import ObjectStorage, open_storage
from recorder.storage.remote import FIRST_WINDOW_BYTES
from server.doctor import Level
from server.doctor.storage import check_storage
from server.storage import deletion
from signaling.recordings.archive import archive
from signaling.recordings.ranges import Span
from signaling.recordings.stream import pieces_of
from tests.fakes.recordings import Shelf, Writer, begin_recording, open_shelf
from tests.fakes.s3 import MIB, S3Process, object_storage, settings_for


class FarClock:
    """Long after everything was recorded; `mono_s` is moved by tests."""

    mono_s = 1000.0

    def monotonic_s(self) -> float:
        return self.mono_s

    def wall_s(self) -> float:
        return 1e11


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


@pytest.fixture
async def s3(tmp_path: Path) -> AsyncIterator[S3Process]:
    async with object_storage(tmp_path / "there") as opened:
        yield opened


@pytest.fixture
async def storage(shelf: Shelf, s3: S3Process) -> AsyncIterator[ObjectStorage]:
    settings = settings_for(s3.port, keep_local_hours=0)
    async with open_storage(settings, store=shelf.store, folder=shelf.folder, clock=FarClock()) as opened:
        yield opened


@pytest.fixture
def library(shelf: Shelf, storage: ObjectStorage) -> RecordingLibrary:
    remover = Remover(shelf.store, shelf.folder, elsewhere=storage.remove)
    return RecordingLibrary(shelf.store, shelf.folder, remover, FarClock(), storage=storage)


async def carried(shelf: Shelf, storage: ObjectStorage, mib: int = 3) -> tuple[Writer, bytes]:
    """A track that is in the storage and no longer here, and what was recorded."""
    writer = await Writer(shelf, await begin_recording(shelf)).begin()
    await writer.sync(mib, length=MIB)
    await writer.finish()
    await shelf.store.end(writer.recording, state=RecordingState.FINISHED, ended_at_s=9.0)
    content = shelf.path(writer.recording, writer.segment).read_bytes()
    await storage._uploader.run_round()
    await storage._uploader._spool.tidy()
    assert not shelf.path(writer.recording, writer.segment).exists()
    return writer, content


async def test_any_range_is_what_was_recorded(
    shelf: Shelf, s3: S3Process, storage: ObjectStorage, library: RecordingLibrary
) -> None:
    writer, content = await carried(shelf, storage)
    opened = await library.open_segment(writer.recording, writer.segment)
    assert isinstance(opened, RemoteSegment)
    assert opened.size_bytes == len(content)
    for span in (Span(0, 10), Span(1000, 300_000), Span(len(content) - 7, 7), Span(5, 5), Span(0, len(content))):
        pieces = [piece async for piece in pieces_of(opened, span)]
        assert b"".join(pieces) == content[span.start : span.start + span.length]
    assert [await opened.read(*wrong) for wrong in ((len(content), 1), (10**12, 1), (-1, 5), (0, 0))] == [b""] * 4
    await opened.close()
    await opened.close()


async def test_a_seek_costs_one_window_and_a_download_few_requests(
    shelf: Shelf, s3: S3Process, storage: ObjectStorage, library: RecordingLibrary
) -> None:
    writer, content = await carried(shelf, storage, mib=24)
    key = f"{writer.recording}/{writer.segment}.mkv"
    before = (await s3.asked()).count(f"GET {key}")
    for _ in range(5):  # as a page asks: opened anew for each piece
        opened = await library.open_segment(writer.recording, writer.segment)
        assert len(b"".join([piece async for piece in pieces_of(opened, Span(7 * MIB, FIRST_WINDOW_BYTES))]))
        await opened.close()
    asked = await s3.asked()
    assert asked.count(f"GET {key}") - before == 5
    heads = asked.count(f"HEAD {key}")
    opened = await library.open_segment(writer.recording, writer.segment)
    digest = hashlib.sha256()
    async for piece in pieces_of(opened, Span(0, len(content))):
        digest.update(piece)
    await opened.close()
    assert digest.digest() == hashlib.sha256(content).digest()
    asked = await s3.asked()
    assert asked.count(f"GET {key}") - before - 5 <= 9
    assert asked.count(f"HEAD {key}") == heads


async def test_a_connection_that_breaks_on_the_way_is_not_seen(
    shelf: Shelf, s3: S3Process, storage: ObjectStorage, library: RecordingLibrary
) -> None:
    writer, content = await carried(shelf, storage)
    opened = await library.open_segment(writer.recording, writer.segment)
    first = await opened.read(0, 1000)
    await s3.stop()
    await s3.start()
    rest = [piece async for piece in pieces_of(opened, Span(len(first), len(content) - len(first)))]
    await opened.close()
    assert first + b"".join(rest) == content


async def test_a_storage_that_is_away_is_said_to_be_and_one_without_the_object_too(
    shelf: Shelf, s3: S3Process, storage: ObjectStorage, library: RecordingLibrary
) -> None:
    writer, _ = await carried(shelf, storage)
    opened = await library.open_segment(writer.recording, writer.segment)
    await s3.stop()
    with pytest.raises(OSError, match="object storage"):
        await opened.read(0, 10)
    await opened.close()
    storage._seen.clear()
    with pytest.raises(StorageUnavailable):
        await library.open_segment(writer.recording, writer.segment)
    await s3.start()
    await storage._bucket.delete(f"{writer.recording}/{writer.segment}.mkv")
    with pytest.raises(SegmentNotFound):
        await library.open_segment(writer.recording, writer.segment)


async def test_the_archive_has_it_and_says_what_could_not_be_read(
    shelf: Shelf, s3: S3Process, storage: ObjectStorage, library: RecordingLibrary
) -> None:
    writer, content = await carried(shelf, storage)

    async def made() -> zipfile.ZipFile:
        contents = await library.get(writer.recording)
        pieces = archive(contents, partial(library.open_segment, writer.recording), made_at_s=9e8)
        return zipfile.ZipFile(io.BytesIO(b"".join([piece async for piece in pieces])))

    whole = await made()
    (name,) = [name for name in whole.namelist() if name.endswith(".mkv")]
    assert whole.read(name) == content
    storage._seen.clear()
    await s3.stop()
    without = await made()
    assert without.namelist() == ["manifest.json"]
    assert "unreadable" in json.dumps(json.loads(without.read("manifest.json")))


async def test_verify_names_the_first_bad_fragment_in_the_storage(
    shelf: Shelf, s3: S3Process, storage: ObjectStorage
) -> None:
    writer, content = await carried(shelf, storage)
    verdict = await verify(shelf.store, shelf.folder, writer.recording, storage=storage)
    assert (verdict.whole, verdict.elsewhere, verdict.read_bytes) == (True, 0, len(content))
    (stored,) = [path for path in (s3.root / "objects").iterdir() if path.suffix == ".mkv"]
    stored.write_bytes(content[: MIB + 5] + b"\0\0\0\0" + content[MIB + 9 :])
    (finding,) = (await verify(shelf.store, shelf.folder, writer.recording, storage=storage)).findings
    assert (finding.damage, finding.number, finding.offset) == (Damage.CHANGED, 1, MIB)
    await s3.stop()
    storage._seen.clear()
    (finding,) = (await verify(shelf.store, shelf.folder, writer.recording, storage=storage)).findings
    assert finding.damage is Damage.UNREADABLE


async def test_material_for_a_film_is_a_file_without_a_name(
    shelf: Shelf, s3: S3Process, storage: ObjectStorage
) -> None:
    writer, content = await carried(shelf, storage)
    file = await storage.materialise(await shelf.store.segment(writer.segment))
    try:
        assert os.pread(file, len(content) + 1, 0) == content
        assert os.fstat(file).st_nlink == 0
    finally:
        os.close(file)
    assert [path.name for path in shelf.root.iterdir()] == [writer.recording]


async def test_large_files_go_and_come_in_bounded_memory(
    shelf: Shelf, s3: S3Process, storage: ObjectStorage, library: RecordingLibrary
) -> None:
    await carried(shelf, storage, mib=2)  # what the library needs once
    writer = await Writer(shelf, await begin_recording(shelf), 3).begin()
    for _ in range(16):
        await writer.sync(8, length=MIB)
    await writer.finish()
    writer.fragments.clear()
    before = _peak_bytes(reset=True)
    await storage._uploader.run_round()
    assert (await shelf.store.segment(writer.segment)).place is SegmentPlace.REMOTE
    await storage._uploader._spool.tidy()
    opened = await library.open_segment(writer.recording, writer.segment)
    async for _ in pieces_of(opened, Span(0, 128 * MIB)):
        pass
    await opened.close()
    assert _peak_bytes() - before < 32 * MIB


def _peak_bytes(*, reset: bool = False) -> int:
    """Of this process's resident memory since it was reset (proc(5): clear_refs)."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    (line,) = [
        line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if line.startswith("VmHWM")
    ]
    return int(line.split()[1]) * 1024


async def test_without_a_bucket_a_deletion_does_not_forget_what_is_there(
    shelf: Shelf, s3: S3Process, storage: ObjectStorage
) -> None:
    writer, _ = await carried(shelf, storage)
    remover = Remover(shelf.store, shelf.folder, elsewhere=deletion(None, shelf.store))
    await shelf.store.delete(writer.recording, at_s=1.0, by="", reason=DeletionReason.AGE)
    assert await remover.finish() == 1
    remover = Remover(shelf.store, shelf.folder, elsewhere=deletion(storage, shelf.store))
    assert await remover.finish() == 0
    assert s3.stored() == {}


async def test_the_doctor_tries_the_bucket_and_leaves_nothing(s3: S3Process) -> None:
    async def levels(**more: object) -> list[tuple[Level, str]]:
        found = await asyncio.to_thread(check_storage, settings_for(s3.port, **more))
        assert all("geheim" not in f"{one}" for one in found)
        return [(one.level, one.en) for one in found]

    assert await levels(bucket=None) == []
    assert await levels() == [(Level.GOOD, "the bucket recordings can be read and written")]
    assert s3.stored() == {}
    ((level, text),) = await levels(secret_key=SecretStr("verraten"))
    assert (level, "SignatureDoesNotMatch" in text, "verraten" in text) == (Level.FAULT, True, False)
    ((level, text),) = await levels(bucket="another")
    assert (level, "NoSuchBucket" in text) == (Level.FAULT, True)
    ((level, text),) = await levels(secret_key=None, secret_key_file=Path("/nonexistent"))
    assert level is Level.FAULT
    await s3.stop()
    ((level, text),) = await levels()
    assert (level, "not reached" in text) == (Level.FAULT, True)
