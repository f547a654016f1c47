"""The whole server with an object storage: what is there is played, zipped, verified and deleted like what is here."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from server.cli import main
from tests.fakes.recordings import Writer, finished_recording, open_shelf
from tests.fakes.s3 import S3Process
from tests.fakes.s3_server import ACCESS_KEY, BUCKET, SECRET_KEY
from tests.fakes.server import RunningServer, running_server


def made(data: Path) -> tuple[list[Writer], list[bytes]]:
    async def make() -> tuple[list[Writer], list[bytes]]:
        async with open_shelf(data) as shelf:
            writers = await finished_recording(shelf, seconds=20, tracks=2, started_at_s=time.time() - 60)
            return writers, [shelf.path(writer.recording, writer.segment).read_bytes() for writer in writers]

    return asyncio.run(make())


def got(server: RunningServer, path: str, **headers: str) -> bytes:
    request = urllib.request.Request(
        f"{server.url}/api/v1/recordings/{path}", headers={"Authorization": f"Bearer {server.admin_key}", **headers}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


def metric(server: RunningServer, name: str) -> float:
    request = urllib.request.Request(f"{server.url}/metrics", headers={"Authorization": f"Bearer {server.admin_key}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(name)))


def until(true: Callable[[], bool], timeout_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline_s
        time.sleep(0.05)  # polling other processes; the deadline above bounds it


def test_recordings_move_and_nobody_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    writers, contents = made(tmp_path / "data")
    recording = writers[0].recording
    folder = tmp_path / "data" / "recordings" / recording
    s3 = S3Process(tmp_path / "there")
    s3.start_now()
    settings = {
        "HUISHANG_RECORDING__S3__BUCKET": BUCKET,
        "HUISHANG_RECORDING__S3__ENDPOINT": f"http://127.0.0.1:{s3.port}",
        "HUISHANG_RECORDING__S3__ACCESS_KEY": ACCESS_KEY,
        "HUISHANG_RECORDING__S3__SECRET_KEY": SECRET_KEY,
        "HUISHANG_RECORDING__S3__KEEP_LOCAL_HOURS": "0",
        "HUISHANG_LOG__LEVEL": "debug",
    }
    try:
        with running_server(tmp_path, settings=settings) as server:
            until(lambda: len(s3.stored()) == 2 and not list(folder.iterdir()))
            assert metric(server, "huishang_storage_uploaded_segments_total") == 2
            assert metric(server, 'huishang_storage_trouble{kind="away"}') == 0
            for writer, content in zip(writers, contents, strict=True):
                path = f"{recording}/segments/{writer.segment}"
                assert got(server, path) == content
                assert got(server, path, Range="bytes=100-299") == content[100:300]
            assert len(got(server, f"{recording}/archive")) > sum(map(len, contents))
            for name, value in {**settings, "HUISHANG_DATA": str(tmp_path / "data")}.items():
                monkeypatch.setenv(name, value)
            assert main(["recording", "verify", recording]) == 0
            assert "2 files, 40 fragments" in capsys.readouterr().out
            server.api("DELETE", f"/api/v1/recordings/{recording}", {"reason": "误录"})
            until(lambda: not s3.stored())
            log = server.log.read_text(encoding="utf-8")
        assert SECRET_KEY not in log
        assert ACCESS_KEY not in log
    finally:
        s3.stop_now()
