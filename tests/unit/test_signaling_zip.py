"""The archive: read back by two other programs, whole or with what is missing said; its names are ours."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conference.model.recording import GapReason, SegmentState
from signaling.recordings.archive import archive
from signaling.recordings.file_names import archive_name, attachment, segment_name, word
from signaling.recordings.gap_words import GAP_WORDS
from signaling.recordings.stream import PIECE_BYTES
from tests.fakes.library import (
    FILM,
    RECORDING,
    SOUND,
    STARTED_MS,
    VIDEO,
    FakeLibrary,
    filled_library,
    pattern,
)

NOW_S = 1_700_001_000.0
CAMERA_FILE = f"001 王芳 camera/{VIDEO}.mkv"
NAMES = [CAMERA_FILE, f"002 王芳 microphone/{SOUND}.mka", f"003 film/{FILM}.mp4", "manifest.json"]


async def made(library: FakeLibrary) -> bytes:
    """The archive of RECORDING; every piece of it is bounded and every file closed."""
    open_segment = partial(library.open_segment, RECORDING)
    pieces = [piece async for piece in archive(await library.get(RECORDING), open_segment, made_at_s=NOW_S)]
    assert max(map(len, pieces)) < PIECE_BYTES + 1000
    assert library.still_open() == 0
    return b"".join(pieces)


def manifest_of(raw: bytes) -> Any:
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        return json.loads(opened.read("manifest.json"))


def unzip_says(raw: bytes, tmp_path: Path) -> str:
    program = shutil.which("unzip")
    if program is None:
        pytest.skip("unzip is not installed")
    file = tmp_path / "archive.zip"
    file.write_bytes(raw)
    done = subprocess.run([program, "-t", file], capture_output=True, text=True, check=False, env={"LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_python_reads_it_back() -> None:
    library = filled_library()
    raw = await made(library)
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == NAMES
        assert opened.read(CAMERA_FILE) == pattern(0, 300_000)
        assert {info.compress_type for info in opened.infolist()} == {zipfile.ZIP_STORED}
        assert opened.getinfo(CAMERA_FILE).date_time[:2] == (2023, 11)


async def test_unzip_reads_it_back(tmp_path: Path) -> None:
    said = unzip_says(await made(filled_library()), tmp_path)
    assert "王芳 camera" in said
    assert "No errors detected" in said


async def test_large_files_and_places_are_told_in_64_bits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 10_000)
    raw = await made(filled_library())
    monkeypatch.undo()
    assert b"PK\x06\x06" in raw, "the Zip64 end of the central directory"
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        assert opened.testzip() is None
        assert opened.read(CAMERA_FILE) == pattern(0, 300_000)
    assert "No errors detected" in unzip_says(raw, tmp_path)


async def test_the_manifest_says_what_is_there() -> None:
    said = manifest_of(await made(filled_library()))
    assert (said["format"], said["version"], said["madeAt"]) == ("huishang-recording", 1, "2023-11-14T22:30:00.000Z")
    assert said["recording"] == {
        "id": RECORDING, "room": "r-test", "roomName": "第一会议室", "startedAt": "2023-11-14T22:13:20.000Z",
        "endedAt": "2023-11-14T22:14:21.000Z", "startedBy": "主持人", "automatic": False, "state": "finished",
        "legalHold": False,
    }  # fmt: skip
    camera, microphone, film = said["tracks"]
    assert camera["segments"] == [
        {
            "id": VIDEO, "file": CAMERA_FILE, "bytes": 300_000, "problem": None, "codec": "vp8", "width": 1280,
            "sha256": hashlib.sha256(pattern(0, 300_000)).hexdigest(), "height": 720, "state": "finished",
            "fromMs": STARTED_MS + 1000, "untilMs": STARTED_MS + 61_000, "merkleRoot": "00000000000000aa" * 4,
        }
    ]  # fmt: skip
    assert (camera["kind"], camera["source"], film["kind"], film["source"]) == ("video", "camera", "film", None)
    assert camera["gaps"][0]["reason"] == "loss"
    assert microphone["gaps"] == [
        {"fromMs": STARTED_MS + 60_000, "untilMs": None, "reason": "crash", "text": microphone["gaps"][0]["text"]}
    ]
    assert said["events"] == [{"atMs": STARTED_MS, "kind": "joined", "participant": "p-1", "name": "王芳"}]


async def test_what_is_gone_is_said_and_the_rest_is_there() -> None:
    library = filled_library()
    del library.content[VIDEO]
    library.change_segment(SOUND, state=SegmentState.MISSING)
    raw = await made(library)
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        assert opened.namelist() == NAMES[2:]
        assert opened.testzip() is None
    problems = [(s["file"], s["problem"]) for track in manifest_of(raw)["tracks"] for s in track["segments"]]
    assert problems == [(None, "missing"), (None, "missing"), (NAMES[2], None)]


async def test_a_file_that_fails_on_its_way_ends_there(tmp_path: Path) -> None:
    library = filled_library()
    library.fault_at = 2 * PIECE_BYTES
    raw = await made(library)
    unzip_says(raw, tmp_path)
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        assert opened.namelist() == NAMES
        assert opened.read(CAMERA_FILE) == pattern(0, 2 * PIECE_BYTES)
    (segment,) = manifest_of(raw)["tracks"][0]["segments"]
    assert (segment["problem"], segment["bytes"]) == ("unreadable", 2 * PIECE_BYTES)
    assert segment["sha256"] == hashlib.sha256(pattern(0, 2 * PIECE_BYTES)).hexdigest()


async def test_an_empty_segment_and_one_being_written() -> None:
    library = filled_library()
    library.change_segment(VIDEO, size_bytes=0, state=SegmentState.WRITING, merkle_root=None)
    raw = await made(library)
    with zipfile.ZipFile(io.BytesIO(raw)) as opened:
        assert opened.read(CAMERA_FILE) == b""
    (segment,) = manifest_of(raw)["tracks"][0]["segments"]
    assert (segment["state"], segment["merkleRoot"], segment["bytes"]) == ("writing", None, 0)


async def test_a_reader_who_leaves_stops_the_work() -> None:
    library = filled_library(video_bytes=50_000_000)
    pieces = archive(await library.get(RECORDING), partial(library.open_segment, RECORDING), made_at_s=NOW_S)
    async for _ in pieces:
        if len(library.reads) == 3:
            break
    await pieces.aclose()
    assert len(library.reads) == 3
    assert library.still_open() == 0
    assert [call[2] for call in library.calls if call[0] == "open"] == [VIDEO]


HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "..\\..\\x", "C:\\x", "a/b", "a\x00b", "a\r\nSet-Cookie: x", 'a"b', "a;b", "..",
    ".", "...", " . ", "\u202egpj.exe", "\u200b", "名" * 300, "<script>", "*?|:", "~", "-rf", "", "\t", "%2e%2e%2f",
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
async def test_no_typed_name_leaves_its_folder(typed: str) -> None:
    library = filled_library()
    contents = library.recordings[RECORDING]
    tracks = tuple(replace(track, name=typed) for track in contents.tracks)
    library.recordings[RECORDING] = replace(contents, tracks=tracks)
    with zipfile.ZipFile(io.BytesIO(await made(library))) as opened:
        names = opened.namelist()
    assert len(set(names)) == 4
    for name in names[:3]:
        folder, file = name.split("/")
        assert folder[:3].isdigit()
        assert folder == folder.strip(" .")
        assert not set('<>:"\\|?*') & set(name)
        assert name.isprintable()
        assert len(folder) <= 60
        assert file.partition(".")[0] in {VIDEO, SOUND, FILM}


@pytest.mark.parametrize("typed", HOSTILE)
def test_no_typed_name_leaves_its_header(typed: str) -> None:
    contents = filled_library().recordings[RECORDING]
    recording, track = replace(contents.recording, room_name=typed), replace(contents.tracks[0], name=typed)
    for name in (segment_name(recording, track, contents.segments[0]), archive_name(recording)):
        header = attachment(name, "plain.mkv")
        assert header.isascii()
        assert header.isprintable()
        assert header.count('"') == 2
        assert name.endswith((".mkv", ".zip"))
        assert not set('/\\"<>:|?*\r\n') & set(name)
        assert not name.startswith((".", " "))
        assert len(name) < 150


def test_what_names_look_like() -> None:
    contents = filled_library().recordings[RECORDING]
    name = segment_name(contents.recording, contents.tracks[0], contents.segments[0])
    assert name.startswith("第一会议室 王芳 camera 2023111")
    assert attachment("会 a.zip", "r.zip") == "attachment; filename=\"r.zip\"; filename*=UTF-8''%E4%BC%9A%20a.zip"
    assert word(" 防汛/会商. ") == "防汛_会商"


def test_every_gap_has_words() -> None:
    assert set(GAP_WORDS) == set(GapReason)
    assert all(text.zh.endswith("。") and text.en.isascii() for text in GAP_WORDS.values())
