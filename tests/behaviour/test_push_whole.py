"""Composed streams of the whole server pushed outside: live, waiting when the far end dies, live again."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.pictures import write_camera, write_microphone
from tests.fakes.push_stage import running
from tests.fakes.pushers import Clip, ffmpeg_push, make_clip
from tests.fakes.server import free_port, running_server

pytestmark = pytest.mark.timeout(180)

KEY, PASSPHRASE = "geheim-4711", "geheime-parole"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    folder = tmp_path_factory.mktemp("clip")
    picture = write_camera(folder / "c.y4m", hue=35, width=640, height=360, seconds=20)
    sound = write_microphone(folder / "m.wav", tone_hz=600, seconds=20)
    return make_clip(folder, picture, sound, video="h264", audio="opus", seconds=20)


def wait(check: Callable[[], bool], *, timeout_s: float, what: str) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not check():
        assert time.monotonic() < deadline_s, f"not within {timeout_s} s: {what}"
        time.sleep(0.05)  # asking another process; the deadline bounds it


def listener(kind: str, port: int, received: Path) -> list[str]:
    far = {
        "rtmp": ["-listen", "1", "-f", "flv", "-i", f"rtmp://127.0.0.1:{port}/live/{KEY}"],
        "srt": [
            "-analyzeduration",
            "1000000",
            "-f",
            "mpegts",
            "-i",
            f"srt://127.0.0.1:{port}?mode=listener&passphrase={PASSPHRASE}",
        ],
    }
    return ["ffmpeg", "-y", "-v", "error", *far[kind], "-c", "copy", str(received)]


def pictures(file: Path) -> int:
    words = [
        "ffprobe",
        "-v",
        "error",
        "-count_frames",
        "-select_streams",
        "v",
        "-show_entries",
        "stream=nb_read_frames",
    ]
    done = subprocess.run([*words, "-of", "json", str(file)], capture_output=True, check=True, timeout=60)
    return int(json.loads(done.stdout)["streams"][0]["nb_read_frames"])


@pytest.mark.parametrize("kind", ["rtmp", "srt"])
def test_a_push_comes_back_when_the_far_end_does(tmp_path: Path, clip: Clip, kind: str) -> None:
    port = free_port()
    urls = {
        "rtmp": f"rtmp://127.0.0.1:{port}/live/{KEY}",
        "srt": f"srt://127.0.0.1:{port}?streamid=lage&passphrase={PASSPHRASE}&latency=200",
    }
    settings = {"HUISHANG_COMPOSED__ALLOW_ADDRESSES": json.dumps([f"127.0.0.1:{port}"]), "HUISHANG_LOG__LEVEL": "debug"}
    with running_server(tmp_path, settings=settings) as server:
        room = server.room("推流")
        source = server.api("POST", "/api/v1/sources", {"name": "无人机", "kind": "srt", "rooms": [room]})
        with running(ffmpeg_push(clip, source["push"]["full"], muxer="mpegts"), tmp_path / "camera.log"):
            body = {"width": 1280, "height": 720, "fps": 15, "outputs": [{"kind": kind, "url": urls[kind]}]}
            composed = server.api("POST", f"/api/v1/rooms/{room}/composed", body)["id"]

            def output() -> dict[str, Any]:
                found: dict[str, Any] = server.api("GET", f"/api/v1/composed/{composed}")["outputs"][0]
                return found

            wait(lambda: output()["state"] == "waiting", timeout_s=20, what="nobody is there")
            assert output()["reason"] in ("unreachable", "push-silent")
            assert "重试" in output()["text"]["zh"]
            first, second = tmp_path / "first.mkv", tmp_path / "second.mkv"
            for received in (first, second):
                with running(listener(kind, port, received), tmp_path / "far.log") as far:
                    wait(lambda: output()["state"] == "live", timeout_s=30, what="live")
                    assert output()["text"] is None
                    time.sleep(4.0)  # the length of what is received
                    far.terminate()
                    far.wait(10)
                wait(lambda: output()["state"] == "waiting", timeout_s=20, what="waiting")
                assert output()["reason"] in ("push-closed", "unreachable", "push-silent")
            assert pictures(first) >= 15
            assert pictures(second) >= 15
            shown = json.dumps(server.api("GET", f"/api/v1/composed/{composed}"))
        log = server.log.read_text(encoding="utf-8")
    for secret in (KEY, PASSPHRASE):
        assert secret not in shown
        assert secret not in log


def test_an_address_that_is_not_allowed_is_not_dialled(tmp_path: Path) -> None:
    port = free_port()
    with running_server(tmp_path) as server:
        room = server.room("推流")
        body = {"outputs": [{"kind": "rtmp", "url": f"rtmp://127.0.0.1:{port}/live/{KEY}"}]}
        try:
            composed = server.api("POST", f"/api/v1/rooms/{room}/composed", body)["id"]
        except OSError as refused:
            assert "403" in str(refused)
            return
        wait(
            lambda: server.api("GET", f"/api/v1/composed/{composed}")["outputs"][0]["reason"] == "address-not-allowed",
            timeout_s=20,
            what="refused",
        )
