"""The folder of recordings: files come and go by id, and nothing else can be reached by any name."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from conference.model.errors import RecordingNotFound, SegmentNotFound
from conference.model.ids import RecordingId, SegmentId
from conference.model.recording import new_film_id, new_recording_id, new_segment_id
from recorder import folder as folder_module
from recorder.folder import RecordingFolder
from tests.fakes.nursery import own_descriptors

REC = RecordingId("rec-00000000000000aa")
SEG = SegmentId("seg-00000000000000bb")
SECRET = b"outside of the folder"

SHAPES = [
    "{}../{}",
    "../{}{}",
    "../../{}{}",
    "..%2f{}{}",
    "%2e%2e%2f{}{}",
    "..\\{}{}",
    "..;/{}{}",
    "....//{}{}",
    "./{}{}",
    "/{}{}",
    "//{}{}",
    "{}{}/",
    "{}{}/.",
    "{}{}/..",
    "{}{}/../../secret",
    "{}{}\0",
    "\0{}{}",
    "{}{}\n",
    "{}{}\r\n",
    "{}{} ",
    " {}{}",
    "\t{}{}",
    "{}{}.mkv",
    "{}{}.mkv/../../secret",
    "{}{}~",
    "~{}{}",
    "${{HOME}}{}{}",
    "`{}{}`",
    "{}{};id",
    "{}{}|id",
    "file://{}{}",
    "concat:{}{}",
    "C:\\{}{}",
    "\\\\host\\{}{}",
    "{}{}:stream",
    "{}{}é",
    "{}{}\u202e",
    "{}{}\ud800",
    "-{}{}",
    "*{}{}",
    "{}{}?",
    "{}{}#",
]
PLAIN = [
    "",
    ".",
    "..",
    "/",
    "../secret",
    "../../../../../../etc/passwd",
    "/etc/passwd",
    "/proc/self/environ",
    "/dev/zero",
    "quarantine",
    "..\u2215secret",
    "\uff0e\uff0e/secret",
    "REC-00000000000000AA",
    "rec-00000000000000AA",
    "rec-00000000000000a",
    "rec-00000000000000aaa",
    "rec_00000000000000aa",
    "rec-\uff10\uff10000000000000aa",
    "rec-" + "0" * 4096,
    "a" * 100_000,
    "seg-" + "g" * 16,
    "con",
    "nul",
    "null",
    "None",
    "0",
    "-1",
    "true",
    "%",
    "%00",
    "\ufeffrec-00000000000000aa",
    "rec-00000000000000aa,rec-00000000000000ab",
]
PAYLOADS = [shape.format(prefix, "-00000000000000aa") for shape in SHAPES for prefix in ("rec", "seg")] + PLAIN


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_bytes(SECRET)
    return tmp_path / "recordings"


@pytest.fixture
def folder(root: Path) -> Iterator[RecordingFolder]:
    opened = RecordingFolder.open_at(root)
    yield opened
    opened.close()


def put(folder: RecordingFolder, recording: RecordingId, segment: SegmentId, content: bytes) -> None:
    made = folder.create(recording, segment)
    os.write(made, content)
    os.close(made)


def read(folder: RecordingFolder, recording: RecordingId, segment: SegmentId) -> bytes:
    opened, size = folder.open(recording, segment)
    try:
        return os.read(opened, size)
    finally:
        os.close(opened)


def test_a_file_is_made_read_listed_and_deleted(folder: RecordingFolder, root: Path) -> None:
    film = new_film_id()
    put(folder, REC, SEG, b"picture")
    put(folder, REC, film, b"film")
    assert read(folder, REC, SEG) == b"picture"
    assert folder.recordings() == [REC]
    assert [(file.segment, file.size_bytes) for file in folder.files(REC)] == [(film, 4), (SEG, 7)]
    assert sorted(path.name for path in (root / REC).iterdir()) == [f"{film}.mp4", f"{SEG}.mkv"]
    folder.delete(REC, SEG)
    folder.delete(REC, SEG)
    assert [file.segment for file in folder.files(REC)] == [film]
    folder.remove(REC)
    folder.remove(REC)
    assert (folder.recordings(), folder.files(REC), list(root.iterdir())) == ([], [], [])


def test_only_this_user_can_read_them(folder: RecordingFolder, root: Path) -> None:
    before = os.umask(0)
    try:
        put(folder, REC, SEG, b"x")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (root, root / REC, root / REC / f"{SEG}.mkv")]
    assert modes == [0o700, 0o700, 0o600]


def test_an_id_is_used_once(folder: RecordingFolder) -> None:
    put(folder, REC, SEG, b"first")
    with pytest.raises(FileExistsError):
        folder.create(REC, SEG)
    assert read(folder, REC, SEG) == b"first"


def test_ids_are_opaque_and_of_our_form(folder: RecordingFolder) -> None:
    for _ in range(20):
        put(folder, new_recording_id(), new_segment_id(), b"")
    assert len(folder.recordings()) == 20


def test_there_are_enough_payloads() -> None:
    assert len(set(PAYLOADS)) >= 100


@pytest.mark.parametrize("name", PAYLOADS, ids=range(len(PAYLOADS)))
def test_no_name_of_a_user_reaches_the_file_system(
    folder: RecordingFolder, root: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, REC, SEG, b"kept")
    before = sorted(path.relative_to(root.parent) for path in root.parent.rglob("*"))

    def touched(*args: object, **more: object) -> int:
        raise AssertionError(f"the file system was asked: {args}")

    segment, recording = SegmentId(name), RecordingId(name)
    with monkeypatch.context() as patched:
        for call in ("open", "mkdir", "unlink", "rename", "rmdir", "stat"):
            patched.setattr(folder_module.os, call, touched)
        for refused in (folder.create, folder.open):
            with pytest.raises((SegmentNotFound, RecordingNotFound)):
                refused(recording, SEG)
        for whole in (folder.remove, folder.quarantine):
            with pytest.raises(RecordingNotFound):
                whole(recording)
        folder.delete(recording, SEG)
        assert folder.files(recording) == []
        for of_file in (folder.create, folder.open, folder.delete):
            with pytest.raises(SegmentNotFound):
                of_file(REC, segment)
    assert sorted(path.relative_to(root.parent) for path in root.parent.rglob("*")) == before


def test_links_are_never_followed(folder: RecordingFolder, root: Path) -> None:
    outside = root.parent / "elsewhere"
    outside.mkdir()
    (outside / f"{SEG}.mkv").write_bytes(SECRET)
    linked = RecordingId("rec-00000000000000cc")
    (root / linked).symlink_to(outside)
    (root / REC).mkdir()
    (root / REC / f"{SEG}.mkv").symlink_to(root.parent / "secret")
    for recording in (linked, REC):
        with pytest.raises(SegmentNotFound):
            folder.open(recording, SEG)
        assert folder.files(recording) == []
    with pytest.raises(FileExistsError):
        folder.create(REC, SEG)
    with pytest.raises(RecordingNotFound):
        folder.create(linked, SEG)
    folder.delete(linked, SEG)
    folder.remove(linked)
    folder.remove(REC)
    assert (outside / f"{SEG}.mkv").read_bytes() == SECRET
    assert (root.parent / "secret").read_bytes() == SECRET


def test_what_is_no_file_is_not_opened_and_holds_nobody_up(folder: RecordingFolder, root: Path) -> None:
    (root / REC).mkdir()
    path = root / REC / f"{SEG}.mkv"
    os.mkfifo(path)
    with pytest.raises(SegmentNotFound):
        folder.open(REC, SEG)
    path.unlink()
    path.mkdir()
    with pytest.raises(SegmentNotFound):
        folder.open(REC, SEG)
    assert folder.files(REC) == []


def test_quarantine_keeps_the_bytes_and_hides_the_recording(folder: RecordingFolder, root: Path) -> None:
    put(folder, REC, SEG, b"who knows")
    folder.quarantine(REC)
    assert (folder.recordings(), folder.files(REC)) == ([], [])
    assert (root / "quarantine" / REC / f"{SEG}.mkv").read_bytes() == b"who knows"


def test_strangers_in_the_folder_are_overlooked_and_a_huge_one_is_refused(
    folder: RecordingFolder, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, REC, SEG, b"x")
    for name in ("lost+found", ".DS_Store", "rec-1"):
        (root / name).mkdir()
    for name in ("notes.txt", f"{SEG}.mp4", f"{SEG}.mkv.part"):
        (root / REC / name).write_bytes(b"")
    assert folder.recordings() == [REC]
    assert [file.segment for file in folder.files(REC)] == [SEG]
    monkeypatch.setattr(folder_module, "MAX_ENTRIES", 3)
    with pytest.raises(OSError, match="more than 3 files"):
        folder.files(REC)


def test_space_is_what_the_file_system_says(folder: RecordingFolder, root: Path) -> None:
    space = folder.space()
    status = os.statvfs(root)
    assert space.total_bytes == status.f_blocks * status.f_frsize
    assert 0 <= space.free_bytes <= space.total_bytes
    assert 0.0 <= space.free_share <= 1.0


def test_descriptors_are_given_back(folder: RecordingFolder) -> None:
    put(folder, REC, SEG, b"x")
    before = own_descriptors()
    for _ in range(20):
        read(folder, REC, SEG)
        folder.files(REC)
        with pytest.raises(SegmentNotFound):
            folder.open(REC, new_segment_id())
        with pytest.raises(FileExistsError):
            folder.create(REC, SEG)
    assert own_descriptors() == before
