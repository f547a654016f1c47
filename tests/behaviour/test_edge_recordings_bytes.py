"""Bytes of recordings over HTTP: whole, in ranges, as attachments, as a ZIP."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Mapping

import pytest

from conference.model.recording import SegmentState
from signaling.rest.recording_bytes import PIECE_BYTES
from tests.fakes.edge import RunningEdge, running_edge
from tests.fakes.library import FILM, RECORDING, SOUND, VIDEO, filled_library, pattern

PATH = f"/api/v1/recordings/{RECORDING}"
SEGMENT = f"{PATH}/segments/{VIDEO}"
SIZE = 300_000
TAG = '"' + "00000000000000aa" * 4 + '"'


async def get(
    edge: RunningEdge, path: str, headers: Mapping[str, str] | None = None, *, method: str = "GET"
) -> tuple[int, Mapping[str, str], bytes]:
    sent = edge.admin() | dict(headers or {})
    async with edge.client.request(method, edge.url + path, headers=sent) as response:
        return response.status, response.headers, await response.read()


async def test_a_whole_segment() -> None:
    async with running_edge(library=filled_library()) as edge:
        status, headers, body = await get(edge, SEGMENT)
        assert (status, body) == (200, pattern(0, SIZE))
        assert headers["Content-Length"] == str(SIZE)
        assert headers["Content-Type"] == "video/x-matroska"
        assert (headers["Accept-Ranges"], headers["ETag"]) == ("bytes", TAG)
        assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "Content-Disposition" not in headers
        assert "Content-Range" not in headers
        assert edge.library.still_open() == 0


@pytest.mark.parametrize(("segment", "kind"), [(SOUND, "audio/x-matroska"), (FILM, "video/mp4")])
async def test_what_kind_of_file_it_is(segment: str, kind: str) -> None:
    async with running_edge(library=filled_library()) as edge:
        assert (await get(edge, f"{PATH}/segments/{segment}"))[1]["Content-Type"] == kind


async def test_a_range() -> None:
    async with running_edge(library=filled_library()) as edge:
        status, headers, body = await get(edge, SEGMENT, {"Range": "bytes=1000-1999"})
        assert (status, body) == (206, pattern(1000, 1000))
        assert (headers["Content-Range"], headers["Content-Length"]) == (f"bytes 1000-1999/{SIZE}", "1000")
        assert (headers["ETag"], headers["Content-Type"]) == (TAG, "video/x-matroska")
        assert edge.library.reads == [(VIDEO, 1000, 1000)], "nothing else of the file was read"


async def test_any_range_of_any_size_is_exactly_those_bytes() -> None:
    chance = random.Random(4)
    whole = pattern(0, SIZE)
    async with running_edge(library=filled_library()) as edge:
        for _ in range(200):
            first, length = chance.randrange(SIZE), int(10 ** chance.uniform(0, 6))
            for asked, start, end in (
                (f"{first}-{first + length - 1}", first, min(first + length, SIZE)),
                (f"{first}-", first, min(first + PIECE_BYTES, SIZE)),
                (f"-{length}", max(0, SIZE - length), SIZE),
            ):
                status, headers, body = await get(edge, SEGMENT, {"Range": f"bytes={asked}"})
                assert (status, body) == (206, whole[start:end]), asked
                assert headers["Content-Range"] == f"bytes {start}-{end - 1}/{SIZE}"
        assert edge.library.still_open() == 0


@pytest.mark.parametrize("asked", [f"{SIZE}-", f"{10**18}-", f"{10**200}-", f"{SIZE}-{10**18}", "-0"])
async def test_a_range_outside(asked: str) -> None:
    async with running_edge(library=filled_library()) as edge:
        status, headers, body = await get(edge, SEGMENT, {"Range": f"bytes={asked}"})
        assert (status, headers["Content-Range"]) == (416, f"bytes */{SIZE}")
        assert b"range-unsatisfiable" in body
        assert edge.library.reads == []
        assert edge.library.still_open() == 0


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-0,-1", "bytes=0-10,5-15,0-10", "bytes=" + ",".join(["0-"] * 1500), "bytes=5-4", "bytes=-", "bytes=x",
        "items=0-5", "bytes=--5", "bytes=" + "9" * 4000 + "-",
    ],
)  # fmt: skip
async def test_several_or_broken_ranges_get_it_all_once(asked: str) -> None:
    async with running_edge(library=filled_library()) as edge:
        status, headers, body = await get(edge, SEGMENT, {"Range": asked})
        assert (status, body) == (200, pattern(0, SIZE))
        assert "Content-Range" not in headers
        assert sum(length for _, _, length in edge.library.reads) == SIZE


async def test_if_range() -> None:
    async with running_edge(library=filled_library()) as edge:
        for tag, wanted in ((TAG, 206), ('"other"', 200), (f"W/{TAG}", 200), ("Sun, 22 Nov 2026 05:02:00 GMT", 200)):
            status, _, body = await get(edge, SEGMENT, {"Range": "bytes=10-19", "If-Range": tag})
            assert (status, len(body)) == (wanted, 10 if wanted == 206 else SIZE), tag


async def test_a_segment_that_grows_is_sent_as_far_as_it_is_indexed() -> None:
    library = filled_library()
    library.change_segment(VIDEO, state=SegmentState.WRITING, merkle_root=None, size_bytes=5000)
    async with running_edge(library=library) as edge:
        status, headers, body = await get(edge, SEGMENT)
        assert (status, body) == (200, pattern(0, 5000))
        early = headers["ETag"]
        assert early.startswith('W/"')
        library.change_segment(VIDEO, size_bytes=7000)
        status, headers, body = await get(edge, SEGMENT, {"Range": "bytes=5000-"})
        assert (status, body, headers["Content-Range"]) == (206, pattern(5000, 2000), "bytes 5000-6999/7000")
        assert headers["ETag"] != early
        status, _, body = await get(edge, SEGMENT, {"Range": "bytes=5000-", "If-Range": headers["ETag"]})
        assert (status, len(body)) == (200, 7000), "a weak tag never promises the same bytes"
        library.change_segment(VIDEO, size_bytes=0)
        status, headers, body = await get(edge, SEGMENT)
        assert (status, headers["Content-Length"], body) == (200, "0", b"")


async def test_preconditions() -> None:
    async with running_edge(library=filled_library()) as edge:
        status, headers, body = await get(edge, SEGMENT, {"If-None-Match": f'"x", W/{TAG}'})
        assert (status, headers["ETag"], body) == (304, TAG, b"")
        assert (await get(edge, SEGMENT, {"If-None-Match": '"x"'}))[0] == 200
        assert (await get(edge, SEGMENT, {"If-Match": TAG, "Range": "bytes=0-0"}))[0] == 206
        status, _, body = await get(edge, SEGMENT, {"If-Match": '"x"', "Range": "bytes=0-0"})
        assert status == 412
        assert b"file-changed" in body
        assert edge.library.still_open() == 0


async def test_head_says_the_same_without_bytes() -> None:
    async with running_edge(library=filled_library()) as edge:
        for path in (SEGMENT, f"{SEGMENT}?download=1"):
            _, whole, _ = await get(edge, path)
            read = len(edge.library.reads)
            status, headers, body = await get(edge, path, {"Range": "bytes=0-9"}, method="HEAD")
            assert (status, body) == (200, b"")
            names = ("Content-Length", "Content-Type", "ETag", "Accept-Ranges", "Content-Disposition")
            assert {n: headers.get(n) for n in names} == {n: whole.get(n) for n in names}
            assert len(edge.library.reads) == read
        status, headers, body = await get(edge, f"{PATH}/archive", method="HEAD")
        assert (status, headers["Content-Type"], body) == (200, "application/zip", b"")
        assert len(edge.library.reads) == read
        assert edge.library.still_open() == 0


@pytest.mark.parametrize(
    "name", ['防汛"会商"', "a\r\nSet-Cookie: x=1", "../../etc/passwd", "\u202egpj.exe", "会" * 200, "; filename=x"]
)
async def test_the_name_of_a_download(name: str) -> None:
    library = filled_library()
    library.change(RECORDING, room_name=name)
    async with running_edge(library=library) as edge:
        for path, plain in ((f"{SEGMENT}?download=1", f"{VIDEO}.mkv"), (f"{PATH}/archive", f"{RECORDING}.zip")):
            _, headers, _ = await get(edge, path)
            said = headers["Content-Disposition"]
            assert said.startswith(f"attachment; filename=\"{plain}\"; filename*=UTF-8''")
            assert said.isascii()
            assert said.isprintable()
            assert said.count(";") == 2
            assert "Set-Cookie" not in headers
            assert "%2F" not in said
            assert "%0A" not in said


@pytest.mark.parametrize("value", ["2", "", "true", "../x"])
async def test_download_takes_0_or_1(value: str) -> None:
    async with running_edge(library=filled_library()) as edge:
        assert (await get(edge, f"{SEGMENT}?download={value}"))[0] == 400
        assert edge.library.calls == []


async def test_the_archive() -> None:
    async with running_edge(library=filled_library()) as edge:
        status, headers, body = await get(edge, f"{PATH}/archive", {"Range": "bytes=0-9"})
        assert (status, headers["Content-Type"], headers["Accept-Ranges"]) == (200, "application/zip", "none")
        with zipfile.ZipFile(io.BytesIO(body)) as opened:
            assert opened.testzip() is None
            assert len(opened.namelist()) == 4
        assert edge.library.still_open() == 0


async def test_a_connection_serves_the_next_request_as_before() -> None:
    async with running_edge(library=filled_library()) as edge:
        for _ in range(3):
            assert (await get(edge, SEGMENT, {"Range": "bytes=0-99999"}))[2] == pattern(0, 100_000)
            assert (await get(edge, PATH))[0] == 200
            assert len((await get(edge, f"{PATH}/archive"))[2]) > SIZE
