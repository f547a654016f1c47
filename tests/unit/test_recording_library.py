"""The library: what is indexed is readable, nothing else is, and nothing of another recording."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from conference.model.errors import RecordingDeleted, RecordingNotFound, SegmentNotFound, StorageUnavailable
from conference.model.ids import RecordingId, SegmentId
from conference.model.recording import RecordingEventKind, SegmentPlace, new_segment_id
from recorder.library import RecordingLibrary
from recorder.retention import Remover
from tests.fakes.recordings import Shelf, Writer, begin_recording, finished_recording, open_shelf


class HeldClock:
    def monotonic_s(self) -> float:
        return 7.0

    def wall_s(self) -> float:
        return 7.0


def open_files(shelf: Shelf) -> list[str]:
    """Files of recordings that this process has open."""
    links = (os.path.realpath(entry.path) for entry in os.scandir("/proc/self/fd"))
    return [link for link in links if link.startswith(f"{shelf.root}/")]


@pytest.fixture
async def shelf(tmp_path: Path) -> AsyncIterator[Shelf]:
    async with open_shelf(tmp_path) as opened:
        yield opened


@pytest.fixture
def library(shelf: Shelf) -> RecordingLibrary:
    return RecordingLibrary(shelf.store, shelf.folder, Remover(shelf.store, shelf.folder), HeldClock())


async def test_a_page_has_each_recording_with_its_tracks(shelf: Shelf, library: RecordingLibrary) -> None:
    first = await finished_recording(shelf, tracks=2, started_at_s=1.0)
    second = await begin_recording(shelf, started_at_s=2.0)
    page = await library.list(room=None, after=None, limit=10)
    listed = [(recording.id, {track.id for track in tracks}) for recording, tracks in page]
    assert listed == [(second, set()), (first[0].recording, {writer.track for writer in first})]
    rest = await library.list(room=None, after=second, limit=10)
    assert [recording.id for recording, _ in rest] == [first[0].recording]
    with pytest.raises(RecordingNotFound):
        await library.list(room=None, after=RecordingId("rec-ffffffffffffffff"), limit=10)


async def test_only_what_is_indexed_is_read(shelf: Shelf, library: RecordingLibrary) -> None:
    writer = await Writer(shelf, await begin_recording(shelf)).begin()
    await writer.sync(2)
    writer.put(50)
    writer.stop()
    content = shelf.path(writer.recording, writer.segment).read_bytes()
    opened = await library.open_segment(writer.recording, writer.segment)
    assert (opened.size_bytes, opened.track.id, opened.segment.codec) == (200, writer.track, "vp8")
    assert await opened.read(0, 10_000) == content[:200]
    assert await opened.read(150, 20) == content[150:170]
    assert [await opened.read(*wrong) for wrong in ((200, 1), (10**12, 1), (-1, 5), (0, 0), (0, -1))] == [b""] * 5
    assert open_files(shelf) == [str(shelf.path(writer.recording, writer.segment))]
    await opened.close()
    await opened.close()
    assert open_files(shelf) == []


async def test_a_segment_of_another_recording_is_not_found(shelf: Shelf, library: RecordingLibrary) -> None:
    (mine,), (foreign,) = await finished_recording(shelf), await finished_recording(shelf)
    stray = new_segment_id()
    os.close(shelf.folder.create(mine.recording, stray))  # on the disk, in no index
    for segment in (foreign.segment, stray, new_segment_id(), SegmentId("../secret")):
        with pytest.raises(SegmentNotFound):
            await library.open_segment(mine.recording, segment)
    await shelf.store.set_place(mine.segment, SegmentPlace.REMOTE)
    await (await library.open_segment(mine.recording, mine.segment)).close()  # its local copy is still there
    shelf.folder.delete(mine.recording, mine.segment)
    with pytest.raises(StorageUnavailable):  # this server has no bucket any more
        await library.open_segment(mine.recording, mine.segment)
    with pytest.raises(RecordingNotFound):
        await library.open_segment(RecordingId("rec-ffffffffffffffff"), mine.segment)
    assert open_files(shelf) == []


async def test_what_was_deleted_is_not_served(shelf: Shelf, library: RecordingLibrary) -> None:
    (writer,) = await finished_recording(shelf)
    await library.hold(writer.recording, held=True, by="检察院")
    held = (await library.get(writer.recording)).events
    assert [event.name for event in held if event.kind is RecordingEventKind.HELD] == ["检察院"]
    await library.hold(writer.recording, held=False, by="检察院")
    await library.delete(writer.recording, by="王芳", reason="误录")
    for refused in (library.get(writer.recording), library.open_segment(writer.recording, writer.segment)):
        with pytest.raises(RecordingDeleted):
            await refused
    stone = await shelf.store.get(writer.recording)
    assert (stone.deleted_by, stone.deleted_note, stone.deleted_at_s) == ("王芳", "误录", 7.0)
    assert await library.list(room=None, after=None, limit=10) == []
