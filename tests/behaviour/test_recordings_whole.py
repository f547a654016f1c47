"""Recordings of the whole server, judged by decoding the files: in order, after a killed writer, a killed server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks._process import children, name
from tests.fakes.pictures import read_counter, write_camera, write_microphone
from tests.fakes.pushers import Clip, ffmpeg_push, make_clip, running
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(120)

WIDTH, HEIGHT, FPS = 320, 180, 15
CLIP_S = 40


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Longer than any test: its counter never begins again."""
    folder = tmp_path_factory.mktemp("film")
    picture = write_camera(folder / "camera.y4m", hue=35, width=WIDTH, height=HEIGHT, seconds=CLIP_S)
    sound = write_microphone(folder / "tone.wav", tone_hz=900, seconds=CLIP_S)
    return make_clip(folder, picture, sound, video="h264", audio="opus", seconds=CLIP_S)


def wait(check: Callable[[], bool], *, timeout_s: float, what: str) -> float:
    begun_s = time.monotonic()
    while not check():
        assert time.monotonic() - begun_s < timeout_s, f"not within {timeout_s} s: {what}"
        time.sleep(0.05)  # asking another process; `timeout_s` bounds it
    return time.monotonic() - begun_s


@contextmanager
def camera(
    server: RunningServer, film: Clip, log: Path, made: dict[str, Any] | None = None
) -> Iterator[dict[str, Any]]:
    """A source that is live, in a room of its own."""
    if made is None:
        body = {"name": "无人机", "kind": "srt", "rooms": [server.room("录制")]}
        made = server.api("POST", "/api/v1/sources", body)
    with running(ffmpeg_push(film, made["push"]["full"], muxer="mpegts"), log):
        path = f"/api/v1/sources/{made['id']}"
        wait(lambda: server.api("GET", path)["status"]["state"] == "live", timeout_s=10, what="the camera is live")
        yield made


def start(server: RunningServer, room: str) -> str:
    made: str = server.api("POST", f"/api/v1/rooms/{room}/recording", {})["id"]
    return made


def stop(server: RunningServer, room: str, recording: str) -> dict[str, Any]:
    server.api("DELETE", f"/api/v1/rooms/{room}/recording")
    wait(lambda: contents(server, recording)["state"] == "finished", timeout_s=10, what="it is finished")
    return contents(server, recording)


def contents(server: RunningServer, recording: str) -> dict[str, Any]:
    found: dict[str, Any] = server.api("GET", f"/api/v1/recordings/{recording}")
    return found


def of_kind(found: dict[str, Any], kind: str) -> dict[str, Any]:
    (track,) = [track for track in found["tracks"] if track["kind"] == kind]
    return dict(track)


def file_of(server: RunningServer, found: dict[str, Any], segment: dict[str, Any]) -> Path:
    return server.data / "recordings" / found["id"] / f"{segment['id']}.mkv"


def counters(file: Path) -> list[int]:
    """Every picture's burnt-in counter, as Debian's ffmpeg decodes the file. One that cannot be read is a fault."""
    words = f"-v error -i {file} -fps_mode passthrough -f rawvideo -pix_fmt gray -".split()
    done = subprocess.run(["ffmpeg", *words], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert done.stderr == b""
    pictures = np.frombuffer(done.stdout, np.uint8).reshape(-1, HEIGHT, WIDTH)
    found = [read_counter(picture) for picture in pictures]
    assert None not in found
    return [counter for counter in found if counter is not None]


def seconds_of_sound(file: Path) -> float:
    words = f"-v error -i {file} -f s16le -ac 1 -ar 8000 -".split()
    done = subprocess.run(["ffmpeg", *words], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    return len(done.stdout) / 2 / 8000


def verified(server: RunningServer, recording: str) -> bool:
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "recording", "verify", recording, "--json"],
        env=server.environment,
        capture_output=True,
        check=False,
    )
    return done.returncode == 0


def test_a_recording_that_is_stopped_holds_every_picture(tmp_path: Path, film: Clip) -> None:
    with running_server(tmp_path) as server, camera(server, film, tmp_path / "push.log") as made:
        (room,) = made["rooms"]
        recording = start(server, room)
        with pytest.raises(OSError, match="409"):
            start(server, room)
        time.sleep(5.0)  # the length of the recording
        found = stop(server, room, recording)
        video, audio = of_kind(found, "video"), of_kind(found, "audio")
        (picture,), (sound,) = video["segments"], audio["segments"]
        assert (picture["codec"], picture["width"], picture["height"], sound["codec"]) == (
            "h264",
            WIDTH,
            HEIGHT,
            "opus",
        )
        assert (video["gaps"], audio["gaps"]) == ([], [])
        seen = counters(file_of(server, found, picture))
        assert seen == list(range(seen[0], seen[0] + len(seen)))
        assert len(seen) >= 4 * FPS
        assert seconds_of_sound(file_of(server, found, sound)) >= 4.0
        assert abs(picture["untilMs"] - sound["untilMs"]) < 500
        assert verified(server, recording)


def test_a_killed_writer_costs_seconds_and_says_so(tmp_path: Path, film: Clip) -> None:
    with running_server(tmp_path) as server, camera(server, film, tmp_path / "push.log") as made:
        (room,) = made["rooms"]
        recording = start(server, room)
        time.sleep(3.5)  # at no special moment
        (writer,) = [pid for pid in children(server.process.pid) if name(pid) == f"rec-{recording[-11:]}"]
        os.kill(writer, signal.SIGKILL)
        again_s = wait(
            lambda: len(of_kind(contents(server, recording), "video")["segments"]) == 2,
            timeout_s=6,
            what="the same recording goes on",
        )
        time.sleep(2.0)  # some more of it
        found = stop(server, room, recording)
        video = of_kind(found, "video")
        first, second = [counters(file_of(server, found, segment)) for segment in video["segments"]]
        assert [gap["reason"] for gap in video["gaps"]] == ["crash"]
        # What was not yet written, and the time without a writer; the relay's memory may even give some of it back.
        assert second[0] > first[0]
        assert second[0] - first[-1] - 1 < (1.0 + 3.0) * FPS
        assert again_s < 5.0
        assert [state["state"] for state in video["segments"]] == ["interrupted", "finished"]
        assert verified(server, recording)


def test_a_killed_server_loses_no_more_than_a_second(tmp_path: Path, film: Clip) -> None:
    with running_server(tmp_path) as server, camera(server, film, tmp_path / "push.log") as made:
        (room,) = made["rooms"]
        recording = start(server, room)
        time.sleep(4.2)  # at no special moment
        before = len(counters_so_far(server, recording))
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
    with running_server(tmp_path) as server:
        found = contents(server, recording)
        assert found["state"] == "interrupted"
        video = of_kind(found, "video")
        kept = counters(file_of(server, found, video["segments"][0]))
        assert kept == list(range(kept[0], kept[0] + len(kept)))
        assert len(kept) >= before - FPS
        assert of_kind(found, "audio")["segments"]
        assert verified(server, recording)
        with camera(server, film, tmp_path / "again.log", made=renewed(server, made)):
            wait(
                lambda: contents(server, recording)["state"] == "recording",
                timeout_s=6,
                what="the recording goes on by itself",
            )
            time.sleep(2.0)  # some more of it
            found = stop(server, room, recording)
    assert json.dumps(found).count('"crash"') >= 1


def counters_so_far(server: RunningServer, recording: str) -> list[int]:
    found = contents(server, recording)
    return counters(file_of(server, found, of_kind(found, "video")["segments"][0]))


def renewed(server: RunningServer, made: dict[str, Any]) -> dict[str, Any]:
    """The same source at the restarted server's ports."""
    found: dict[str, Any] = server.api("GET", f"/api/v1/sources/{made['id']}")
    return found
