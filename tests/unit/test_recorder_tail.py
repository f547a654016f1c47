"""The end of a file that its writer could not finish is read from the file itself."""

import os
from pathlib import Path

import pytest

from recorder.tail import last_frame_ms
from recorder.worker import matroska
from recorder.worker.clusters import Clusters

BEGUN_MS = 1_700_000_000_000


def written(folder: Path, frames: int = 100) -> tuple[Path, int]:
    """40 ms apart, in Clusters of ten; where the first Cluster begins."""
    head = matroska.header(matroska.TrackInfo("vp8", b"", 320, 180, "", BEGUN_MS, bytes(16)))
    clusters = Clusters(BEGUN_MS, split_at_keys=True)
    parts = [head]
    for number in range(frames):
        ended = clusters.add((BEGUN_MS + number * 40) * 1000, bytes(500), key=number % 10 == 0)
        parts += [ended.data] if ended is not None else []
    ended = clusters.take()
    assert ended is not None
    file = folder / "torn.mkv"
    file.write_bytes(b"".join([*parts, ended.data]))
    return file, len(head)


def last_of(file: Path, offset: int) -> int | None:
    with file.open("rb") as opened:
        return last_frame_ms(opened.fileno(), offset, file.stat().st_size)


@pytest.mark.parametrize(
    ("cut_bytes", "last"), [(0, 99), (1, 98), (508, 98), (509, 98), (510, 97), (5 * 509, 94), (10 * 509 + 10, 89)]
)
def test_the_last_whole_frame_counts(tmp_path: Path, cut_bytes: int, last: int) -> None:
    file, first = written(tmp_path)
    os.truncate(file, file.stat().st_size - cut_bytes)
    assert last_of(file, first) == last * 40
    assert last_of(file, 0) == last * 40


@pytest.mark.parametrize("content", [b"", b"\x1f\x43\xb6\x75", b"\x1f\x43\xb6\x75" + bytes(100), os.urandom(5000)])
def test_what_is_no_file_of_ours_has_no_end(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "strange.mkv"
    file.write_bytes(content)
    assert last_of(file, 0) is None


def test_it_ends_with_any_bytes(tmp_path: Path) -> None:
    file, first = written(tmp_path, frames=30)
    whole = bytearray(file.read_bytes())
    for at in range(first, first + 600):
        torn = bytes(whole[:at]) + bytes([whole[at] ^ 0xFF]) + bytes(whole[at + 1 :])
        file.write_bytes(torn)
        found = last_of(file, first)
        assert found is None or isinstance(found, int)
