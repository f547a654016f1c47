"""REST of recordings over the real index and real files."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conference.model.ids import RecordingId
from recorder.library import RecordingLibrary
from recorder.retention import Remover
from server.compose import SystemClock
from tests.behaviour.test_edge_rest import ask
from tests.fakes.edge import RunningEdge, running_edge
from tests.fakes.recordings import Shelf, Writer, begin_recording, finished_recording, open_shelf

BASE = "/api/v1/recordings"


@dataclass(frozen=True)
class Stage:
    edge: RunningEdge
    shelf: Shelf

    async def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        sent = self.edge.admin() | headers
        async with self.edge.client.get(self.edge.url + path, headers=sent) as response:
            return response.status, await response.read()

    def open_files(self) -> list[str]:
        links = (os.path.realpath(entry.path) for entry in os.scandir("/proc/self/fd"))
        return [link for link in links if link.startswith(f"{self.shelf.root}/")]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_shelf(tmp_path) as shelf:
        library = RecordingLibrary(shelf.store, shelf.folder, Remover(shelf.store, shelf.folder), SystemClock())
        async with running_edge(library=library) as edge:
            yield Stage(edge, shelf)


async def test_files_come_as_they_are(stage: Stage) -> None:
    writers = await finished_recording(stage.shelf, tracks=2)
    recording = writers[0].recording
    _, shown = await ask(stage.edge, "GET", f"{BASE}/{recording}")
    assert {segment["id"] for track in shown["tracks"] for segment in track["segments"]} == {w.segment for w in writers}
    for writer in writers:
        content = stage.shelf.path(recording, writer.segment).read_bytes()
        path = f"{BASE}/{recording}/segments/{writer.segment}"
        assert await stage.get(path) == (200, content)
        assert await stage.get(path, Range="bytes=100-199") == (206, content[100:200])
        assert await stage.get(path, Range="bytes=-7") == (206, content[-7:])
    assert stage.open_files() == []


async def test_the_archive_has_every_file_and_root(stage: Stage) -> None:
    writers = await finished_recording(stage.shelf, tracks=3)
    recording = writers[0].recording
    status, raw = await stage.get(f"{BASE}/{recording}/archive")
    assert status == 200
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        assert opened.testzip() is None
        manifest = json.loads(opened.read("manifest.json"))
        kept = {s["id"]: s for track in manifest["tracks"] for s in track["segments"]}
        assert set(kept) == {writer.segment for writer in writers}
        for writer in writers:
            content = stage.shelf.path(recording, writer.segment).read_bytes()
            assert opened.read(kept[writer.segment]["file"]) == content
            root = (await stage.shelf.store.segment(writer.segment)).merkle_root
            assert root is not None
            assert kept[writer.segment]["merkleRoot"] == root.hex()
    assert stage.open_files() == []


async def test_a_file_that_grows_is_served_as_far_as_it_is_indexed(stage: Stage) -> None:
    writer = await Writer(stage.shelf, await begin_recording(stage.shelf)).begin()
    await writer.sync(2)
    content = stage.shelf.path(writer.recording, writer.segment).read_bytes()
    writer.put(50)
    path = f"{BASE}/{writer.recording}/segments/{writer.segment}"
    assert await stage.get(path) == (200, content)
    await writer.sync(1)
    status, more = await stage.get(path, Range=f"bytes={len(content)}-")
    assert status == 206
    assert more == stage.shelf.path(writer.recording, writer.segment).read_bytes()[len(content) :]
    writer.stop()


async def test_a_file_of_another_recording_and_a_link_are_not_there(stage: Stage) -> None:
    (mine,) = await finished_recording(stage.shelf, tracks=1)
    (other,) = await finished_recording(stage.shelf, tracks=1)
    absent = await stage.get(f"{BASE}/{mine.recording}/segments/seg-0000000000000000")
    assert absent[0] == 404
    assert await stage.get(f"{BASE}/{mine.recording}/segments/{other.segment}") == absent
    file = stage.shelf.path(mine.recording, mine.segment)
    file.unlink()
    file.symlink_to(stage.shelf.path(other.recording, other.segment))
    assert await stage.get(f"{BASE}/{mine.recording}/segments/{mine.segment}") == absent
    assert stage.open_files() == []


async def test_what_is_deleted_is_served_to_nobody(stage: Stage) -> None:
    (writer,) = await finished_recording(stage.shelf, tracks=1)
    path = f"{BASE}/{writer.recording}"
    _, issued = await ask(stage.edge, "POST", f"{path}/ticket")
    bytes_path = f"{path}/segments/{writer.segment}?ticket={issued['ticket']}"
    async with stage.edge.client.get(stage.edge.url + bytes_path) as response:
        assert response.status == 200
    assert await ask(stage.edge, "DELETE", path, {"reason": "当事人要求"}) == (204, None)
    for asked in (bytes_path, f"{path}/archive?ticket={issued['ticket']}"):
        async with stage.edge.client.get(stage.edge.url + asked) as response:
            assert (response.status, (await response.json())["code"]) == (410, "recording-deleted")
    assert await ask(stage.edge, "GET", BASE) == (200, {"recordings": [], "next": None, "disk": None})
    assert (await stage.shelf.store.get(RecordingId(writer.recording))).deleted_by == "administrator"
