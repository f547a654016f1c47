"""Composed streams of the whole server: two cameras in a room, judged by ffmpeg decoding HLS and the film."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks._process import children, name
from conference.layout import Rect, Size, grid
from tests.fakes import film_seen
from tests.fakes.pictures import FPS, write_camera, write_microphone
from tests.fakes.pushers import Clip, ffmpeg_push, make_clip, running
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(180)

SIZE = Size(1280, 720)
CLIP_S = 60


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    """Longer than any test: their counters never begin again."""
    folder = tmp_path_factory.mktemp("clips")
    made = []
    for number, tone_hz in enumerate((600, 1100)):
        picture = write_camera(folder / f"c{number}.y4m", hue=35 + 60 * number, width=640, height=360, seconds=CLIP_S)
        sound = write_microphone(folder / f"m{number}.wav", tone_hz=tone_hz, seconds=CLIP_S)
        made.append(make_clip(folder, picture, sound, video="h264", audio="opus", seconds=CLIP_S))
    return made


def wait(check: Callable[[], bool], *, timeout_s: float, what: str) -> float:
    begun_s = time.monotonic()
    while not check():
        assert time.monotonic() - begun_s < timeout_s, f"not within {timeout_s} s: {what}"
        time.sleep(0.05)  # asking another process; `timeout_s` bounds it
    return time.monotonic() - begun_s


@contextmanager
def cameras(server: RunningServer, clips: list[Clip], folder: Path) -> Iterator[tuple[str, list[ExitStack]]]:
    """A room with two live sources; each can be ended by closing its stack."""
    room = server.room("合成")
    stacks = []
    with ExitStack() as all_of_them:
        for number, clip in enumerate(clips):
            body = {"name": f"摄像机{number + 1}", "kind": "srt", "rooms": [room]}
            made = server.api("POST", "/api/v1/sources", body)
            stack = all_of_them.enter_context(ExitStack())
            stack.enter_context(
                running(ffmpeg_push(clip, made["push"]["full"], muxer="mpegts"), folder / f"push{number}.log")
            )
            path = f"/api/v1/sources/{made['id']}"
            wait(lambda path=path: server.api("GET", path)["status"]["state"] == "live", timeout_s=15, what="live")
            stacks.append(stack)
        yield room, stacks


def start(server: RunningServer, room: str, **body: object) -> dict[str, Any]:
    asked = {"width": 1280, "height": 720, "fps": 15, "clock": False, "labels": False, **body}
    found: dict[str, Any] = server.api("POST", f"/api/v1/rooms/{room}/composed", asked)
    return found


def state(server: RunningServer, composed: str) -> dict[str, Any]:
    found: dict[str, Any] = server.api("GET", f"/api/v1/composed/{composed}")
    return found


def refused(call: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(urllib.error.HTTPError) as error:
        call()
    return error.value.code, json.loads(error.value.read())["code"]


def play_hls(server: RunningServer, address: str, file: Path, *, seconds: float) -> None:
    """As a player does: from the playlist, following it for a while."""
    words = f"-v error -y -i {server.url}{address} -t {seconds} -map 0 -c copy {file}"
    subprocess.run(["ffmpeg", *words.split()], check=True, timeout=60, stdin=subprocess.DEVNULL)


def counters(file: Path, cell: Rect) -> list[int]:
    seen = [picture.counter(cell) for picture in film_seen.pictures(file, SIZE)]
    return [counter for counter in seen if counter is not None]


def composers(server: RunningServer) -> list[int]:
    """Their processes, without the template."""
    named = {pid: name(pid) for pid in children(server.process.pid)}
    return [pid for pid, called in named.items() if called.startswith("cmp-") and called != "cmp-template"]


def sound_after_picture_ms(file: Path, cell: Rect, tone_hz: float) -> float:
    """How much later than its picture the sound of a camera is: bursts begin with every half second of its counter."""
    pictures = [(picture.at_s, picture.counter(cell)) for picture in film_seen.pictures(file, SIZE)]
    shown = [(at_s - counter / FPS) % 0.5 for at_s, counter in pictures if counter is not None]
    samples = film_seen.sound(file)
    begun_s = float(film_seen.probe(file)["format"]["start_time"])  # ffmpeg counts from there
    times = np.arange(0, samples.size / film_seen.RATE - 0.02, 0.0025)
    levels = [film_seen.tone_level(samples, tone_hz, float(at_s), 0.01) for at_s in times]
    half = float(np.percentile(levels, 95)) / 2
    begins = [
        (begun_s + float(times[number]) + 0.005) % 0.5
        for number in range(1, len(levels))
        if levels[number - 1] < half <= levels[number]
    ]
    return ((_mean_phase(begins) - _mean_phase(shown) + 0.25) % 0.5 - 0.25) * 1000


def _mean_phase(times_s: list[float]) -> float:
    """Of times that repeat each half second."""
    assert len(times_s) > 5
    return float(np.angle(np.mean(np.exp(4j * np.pi * np.array(times_s)))) / (4 * np.pi))


def grows(seen: list[int], *, by: int) -> None:
    assert seen == sorted(seen)
    assert len(set(seen)) >= by


def test_hls_and_a_film_of_two_cameras(tmp_path: Path, clips: list[Clip]) -> None:
    with running_server(tmp_path) as server, cameras(server, clips, tmp_path) as (room, stacks):
        assert refused(lambda: start(server, room, outputs=[{"kind": "mp4"}])) == (400, "output-refused")
        recording = server.api("POST", f"/api/v1/rooms/{room}/recording", {})["id"]
        begun_s = time.monotonic()
        made = start(server, room, outputs=[{"kind": "hls"}, {"kind": "mp4"}])
        composed = made["id"]
        wait(lambda: state(server, composed)["state"] == "live", timeout_s=15, what="live")
        assert time.monotonic() - begun_s < 9.0, "3 s on a machine that does nothing else"
        ticket = server.api("POST", f"/api/v1/composed/{composed}/ticket")
        wait(lambda: state(server, composed)["outputs"][0]["bytes"] > 0, timeout_s=10, what="a segment")
        play_hls(server, ticket["hls"], tmp_path / "hls.mp4", seconds=5)
        left, right = grid(SIZE, 2)
        for cell in (left, right):
            grows(counters(tmp_path / "hls.mp4", cell), by=40)
        sound = film_seen.sound(tmp_path / "hls.mp4")
        assert max(film_seen.tone_level(sound, 600.0, at_s / 4) for at_s in range(12)) > 0.1
        assert max(film_seen.tone_level(sound, 1100.0, at_s / 4) for at_s in range(12)) > 0.1
        # One camera goes: its pane is covered, the other one runs on.
        stacks[1].close()
        play_hls(server, ticket["hls"], tmp_path / "after.mp4", seconds=9)  # it begins some seconds ago
        *_, last = film_seen.pictures(tmp_path / "after.mp4", SIZE)
        assert last.counter(left) is not None
        assert last.counter(right) is None
        assert film_seen.blank(last.grey, right)
        told = state(server, composed)
        assert (told["fps"], told["panes"], told["restarts"]) == (15, 2, 0)
        server.api("DELETE", f"/api/v1/composed/{composed}")
        assert refused(lambda: state(server, composed)) == (404, "composed-not-found")
        server.api("DELETE", f"/api/v1/rooms/{room}/recording")
        (film,) = server.api("GET", f"/api/v1/recordings/{recording}/films")["films"]
        assert (film["state"], film["id"]) == ("ready", told["outputs"][1]["target"])
        file = next((server.data / "recordings").rglob(f"{film['id']}.mp4"))
        grows(counters(file, left), by=80)
        sound = film_seen.sound(file)
        assert max(film_seen.tone_level(sound, 600.0, at_s / 4) for at_s in range(12)) > 0.1
        assert not list((server.data / "recordings").rglob("next-*"))


def playlist(server: RunningServer, ticket: dict[str, Any]) -> str:
    """Empty before there is anything to play."""
    try:
        with urllib.request.urlopen(server.url + ticket["hls"], timeout=10) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as refusal:
        assert refusal.code in (404, 503)
        return ""


def test_a_killed_composer_comes_back_and_its_outputs_with_it(tmp_path: Path, clips: list[Clip]) -> None:
    with running_server(tmp_path) as server, cameras(server, clips, tmp_path) as (room, _):
        film_wish = {"layout": "grid", "width": 1280, "height": 720, "fps": 15}
        composed = server.api("POST", f"/api/v1/rooms/{room}/recording", {"film": film_wish})["composed"]
        server.api("POST", f"/api/v1/composed/{composed}/outputs", {"kind": "hls"})
        ticket = server.api("POST", f"/api/v1/composed/{composed}/ticket")
        wait(lambda: "#EXTINF" in playlist(server, ticket), timeout_s=15, what="a segment")
        (pid,) = composers(server)
        os.kill(pid, signal.SIGKILL)
        killed_s = time.monotonic()
        wait(lambda: state(server, composed)["restarts"] == 1, timeout_s=10, what="another child")
        wait(lambda: "#EXT-X-DISCONTINUITY\n" in playlist(server, ticket), timeout_s=20, what="segments again")
        assert time.monotonic() - killed_s < 20.0
        assert state(server, composed)["state"] == "live"
        server.api("DELETE", f"/api/v1/rooms/{room}/recording")
        (recording,) = server.api("GET", "/api/v1/recordings")["recordings"]

        def films() -> list[dict[str, Any]]:
            return list(server.api("GET", f"/api/v1/recordings/{recording['id']}/films")["films"])

        wait(lambda: [film["state"] for film in films()] == ["ready"], timeout_s=10, what="the film ends with it")
        assert server.api("GET", "/api/v1/composed")["composed"] == []
        (film,) = films()
        file = next((server.data / "recordings").rglob(f"{film['id']}.mp4"))
        grows(counters(file, grid(SIZE, 2)[0]), by=40)


def test_a_film_that_is_being_made_survives_the_end_of_the_server(tmp_path: Path, clips: list[Clip]) -> None:
    with running_server(tmp_path) as server, cameras(server, clips[:1], tmp_path) as (room, _):
        film_wish = {"width": 1280, "height": 720}
        started = server.api("POST", f"/api/v1/rooms/{room}/recording", {"film": film_wish})
        path = f"/api/v1/recordings/{started['id']}/films"
        wait(
            lambda: state(server, started["composed"])["outputs"][0]["bytes"] > 500_000, timeout_s=30, what="fragments"
        )
        assert [film["state"] for film in server.api("GET", path)["films"]] == ["making"]
        server.stop()
    with running_server(tmp_path) as server:
        (film,) = server.api("GET", path)["films"]
        assert (film["state"], film["reason"]) == ("ready", None)
        file = next((server.data / "recordings").rglob(f"{film['id']}.mp4"))
        assert len(list(film_seen.pictures(file, SIZE))) > 10
        assert film_seen.probe(file)["format"]["nb_streams"] == 2
        assert b"moof" not in file.read_bytes(), "a plain MP4"
        late_ms = sound_after_picture_ms(file, Rect(0, 0, 1280, 720), 600.0)
        assert abs(late_ms) <= 80


def test_who_may_watch(tmp_path: Path) -> None:
    with running_server(tmp_path) as server:
        room = server.room("空")
        composed = start(server, room, outputs=[{"kind": "hls"}])["id"]
        hls = f"/api/v1/composed/{composed}/hls/index.m3u8"
        assert refused(lambda: urllib.request.urlopen(server.url + hls, timeout=5)) == (401, "admin-key-invalid")
        assert (
            refused(lambda: urllib.request.urlopen(f"{server.url}{hls}?ticket=1.2", timeout=5))[1] == "ticket-invalid"
        )
        other = start(server, room, outputs=[{"kind": "hls"}])["id"]
        ticket = server.api("POST", f"/api/v1/composed/{other}/ticket")["ticket"]
        assert refused(lambda: urllib.request.urlopen(f"{server.url}{hls}?ticket={ticket}", timeout=5))[0] == 403
        # An empty room is a picture, too.
        wait(lambda: state(server, composed)["outputs"][0]["bytes"] > 0, timeout_s=20, what="a segment")
        assert refused(lambda: start(server, room))[1] == "too-many-composed"
        assert refused(lambda: start(server, "nowhere"))[1] == "room-not-found"
        push = {"kind": "rtmp", "url": "rtmp://127.0.0.1/live/secretkey"}
        added = server.api("POST", f"/api/v1/composed/{composed}/outputs", push)
        wait(lambda: state(server, composed)["outputs"][1]["state"] == "waiting", timeout_s=5, what="refused address")
        assert state(server, composed)["outputs"][1]["reason"] == "address-not-allowed"
        assert "secretkey" not in json.dumps(state(server, composed)) + server.log.read_text(encoding="utf-8")
        server.api("DELETE", f"/api/v1/composed/{composed}/outputs/{added['id']}")
        assert len(state(server, composed)["outputs"]) == 1
        wrong = {"kind": "hls", "url": "rtmp://10.0.0.1/a/b"}
        assert refused(lambda: server.api("POST", f"/api/v1/composed/{composed}/outputs", wrong))[0] == 400
