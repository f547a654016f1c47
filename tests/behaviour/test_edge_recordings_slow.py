"""Readers of recordings that are slow, leave, or are many: bounded memory, an end to the work, room for others."""

from __future__ import annotations

import asyncio
import io
import logging
import socket
import ssl
import tracemalloc
import zipfile
from pathlib import Path

import aiohttp
import pytest

from server.tls import certificate_files, server_context
from signaling.limits import MAX_DOWNLOADS
from signaling.recordings import stream
from tests.fakes.edge import ADMIN_KEY, RunningEdge, http_settings, running_edge
from tests.fakes.library import RECORDING, VIDEO, FakeLibrary, filled_library, pattern

PATH = f"/api/v1/recordings/{RECORDING}"
SEGMENT = f"{PATH}/segments/{VIDEO}"
LARGE = 64 * 1024 * 1024
KIB = 1024


class StillReader:
    """Asks and reads nothing but what it is told to; its own kernel buffer is small."""

    def __init__(self) -> None:
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        self.socket.setblocking(False)

    async def ask(self, edge: RunningEdge, path: str) -> None:
        loop = asyncio.get_running_loop()
        host, port = edge.url.removeprefix("http://").split(":")
        await loop.sock_connect(self.socket, (host, int(port)))
        head = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {ADMIN_KEY}\r\n\r\n"
        await loop.sock_sendall(self.socket, head.encode())

    async def read(self, count: int) -> bytes:
        """So many bytes, or fewer when the server ended the connection before."""
        got = b""
        while len(got) < count:
            try:
                piece = await asyncio.get_running_loop().sock_recv(self.socket, min(65_536, count - len(got)))
            except ConnectionError:
                break
            if not piece:
                break
            got += piece
        return got

    def close(self) -> None:
        self.socket.close()


async def quiet(library: FakeLibrary) -> int:
    """Bytes read from files until no more was read for 0.2 s, a thousand times what one read takes."""
    before = -1
    while before != len(library.reads):
        before = len(library.reads)
        await asyncio.sleep(0.2)
    return sum(length for _, _, length in library.reads)


async def emptied(library: FakeLibrary) -> None:
    """Until every opened file is closed."""
    await library.until(lambda: not library.still_open())


async def test_over_tls_it_is_the_same(tmp_path: Path) -> None:
    tls = server_context(*certificate_files(http_settings(), tmp_path))
    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    async with (
        running_edge(library=filled_library(video_bytes=LARGE), tls=tls) as edge,
        edge.client.get(edge.url + SEGMENT, headers=edge.admin(), ssl=trusting, read_bufsize=1024) as response,
    ):
        assert await quiet(edge.library) <= 8 * 1024 * KIB, "the client's kernel buffer is a large one here"
        got = 0
        while piece := await response.content.read(1_000_000):
            assert piece == pattern(got, len(piece))
            got += len(piece)
        assert got == LARGE


@pytest.mark.parametrize("path", [SEGMENT, f"{PATH}/archive"])
async def test_a_reader_that_does_not_read_costs_little(path: str) -> None:
    async with running_edge(library=filled_library(video_bytes=LARGE)) as edge:
        reader = StillReader()
        await reader.ask(edge, path)
        assert await quiet(edge.library) <= 768 * KIB, (
            "user space, the kernel's unsent bytes and the reader's own buffer"
        )
        await reader.read(500_000)
        assert await quiet(edge.library) <= 768 * KIB + 500_000
        reader.close()
        await emptied(edge.library)


async def test_twenty_of_them_hold_at_most_256_kib_each() -> None:
    async with running_edge(library=filled_library(video_bytes=LARGE)) as edge:
        readers = [StillReader() for _ in range(20)]
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            for reader in readers:
                await reader.ask(edge, SEGMENT)
            await quiet(edge.library)
            held = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert len(edge.library.opened) == 20
        assert held / len(readers) <= 256 * KIB
        for reader in readers:
            reader.close()
        await emptied(edge.library)


async def test_a_reader_that_leaves_ends_the_work(caplog: pytest.LogCaptureFixture) -> None:
    async with running_edge(library=filled_library(video_bytes=LARGE)) as edge:
        for path in (SEGMENT, f"{PATH}/archive"):
            reader = StillReader()
            await reader.ask(edge, path)
            await reader.read(10_000)
            reader.close()
            await emptied(edge.library)
        assert sum(length for _, _, length in edge.library.reads) < LARGE / 8
    assert caplog.text == "", "people seek and close pages: that is no line of the log"


async def test_a_reader_that_stands_still_too_long_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "STALL_S", 0.2)
    async with running_edge(library=filled_library(video_bytes=LARGE)) as edge:
        reader = StillReader()
        await reader.ask(edge, SEGMENT)
        await edge.library.until(lambda: bool(edge.library.opened))
        await emptied(edge.library)
        assert len(await reader.read(LARGE)) < LARGE
        reader.close()


async def test_a_slow_reader_gets_everything() -> None:
    async with running_edge(library=filled_library(video_bytes=3_000_000)) as edge:
        reader = StillReader()
        await reader.ask(edge, SEGMENT)
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += await reader.read(1)
        got = b""
        while len(got) < 3_000_000:
            got += await reader.read(min(200_000, 3_000_000 - len(got)))
            await asyncio.sleep(0.01)
        assert got == pattern(0, 3_000_000)
        reader.close()


async def test_more_than_may_be_are_told_to_come_back() -> None:
    async with running_edge(library=filled_library(video_bytes=LARGE)) as edge:
        readers = [StillReader() for _ in range(MAX_DOWNLOADS)]
        for reader in readers:
            await reader.ask(edge, SEGMENT)
        await edge.library.until(lambda: len(edge.library.opened) == MAX_DOWNLOADS)
        for path in (SEGMENT, f"{PATH}/archive"):
            async with edge.client.get(edge.url + path, headers=edge.admin()) as response:
                assert (response.status, response.headers["Retry-After"]) == (503, "5")
                assert (await response.json())["code"] == "too-many-downloads"
        async with edge.client.get(edge.url + PATH, headers=edge.admin()) as response:
            assert response.status == 200, "the rest of the interface goes on"
        for reader in readers:
            reader.close()
        await emptied(edge.library)
        async with edge.client.get(edge.url + SEGMENT, headers=edge.admin() | {"Range": "bytes=0-9"}) as response:
            assert await response.read() == pattern(0, 10)


async def test_a_disk_that_fails_on_the_way_never_looks_like_the_end(caplog: pytest.LogCaptureFixture) -> None:
    library = filled_library()
    library.fault_at = 150_000
    async with running_edge(library=library) as edge:
        with caplog.at_level(logging.INFO), pytest.raises(aiohttp.ClientPayloadError):
            async with edge.client.get(edge.url + SEGMENT, headers=edge.admin()) as response:
                assert response.status == 200
                await response.read()
        assert "a download failed on its way" in caplog.text
        assert ADMIN_KEY not in caplog.text
        await emptied(library)
        async with edge.client.get(edge.url + SEGMENT, headers=edge.admin() | {"Range": "bytes=0-9"}) as response:
            assert (response.status, await response.read()) == (206, pattern(0, 10))


async def test_an_archive_with_a_failing_disk_says_what_is_missing() -> None:
    library = filled_library()
    library.fault_at = 150_000
    async with (
        running_edge(library=library) as edge,
        edge.client.get(edge.url + f"{PATH}/archive", headers=edge.admin()) as response,
    ):
        with zipfile.ZipFile(io.BytesIO(await response.read())) as opened:
            assert opened.testzip() is None
            assert b'"problem": "unreadable"' in opened.read("manifest.json")
