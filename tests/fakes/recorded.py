"""A camera whose room is recorded by the real server, and its files as Debian's ffmpeg decodes them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks._process import children, name
from tests.fakes.pictures import read_counter, write_camera, write_microphone
from tests.fakes.pushers import Clip, ffmpeg_push, make_clip, running
from tests.fakes.server import RunningServer

WIDTH, HEIGHT, FPS = 320, 180, 15
GOP = 30
"""Pictures from keyframe to keyframe."""
CLIP_S = 60


def make_film(folder: Path, *, noise: bool = False) -> Clip:
    """Longer than any test: its counter never begins again. `noise`: some Mbit/s instead of some hundred kbit/s."""
    picture = write_camera(folder / "camera.y4m", hue=35, width=WIDTH, height=HEIGHT, seconds=CLIP_S)
    sound = write_microphone(folder / "tone.wav", tone_hz=900, seconds=CLIP_S)
    clip = make_clip(folder, picture, sound, video="h264", audio="opus", seconds=CLIP_S)
    if not noise:
        return clip
    file = folder / "noisy.mkv"
    words = (
        f"-v error -y -i {clip.file} -vf noise=alls=30:allf=t -c:v libx264 -preset ultrafast -tune zerolatency -bf 0"
        f" -g 30 -crf 16 -c:a copy {file}"
    )
    subprocess.run(["ffmpeg", *words.split()], check=True, stdin=subprocess.DEVNULL)
    return Clip(file, "h264", "opus")


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


def renewed(server: RunningServer, made: dict[str, Any]) -> dict[str, Any]:
    """The same source at the restarted server's ports."""
    found: dict[str, Any] = server.api("GET", f"/api/v1/sources/{made['id']}")
    return found


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
    folder = server.environment.get("HUISHANG_RECORDING__FOLDER", str(server.data / "recordings"))
    return Path(folder) / found["id"] / f"{segment['id']}.mkv"


def writer_of(server: RunningServer, recording: str) -> int | None:
    """The process that writes it; None while there is none."""
    found = [pid for pid in children(server.process.pid) if name(pid) == f"rec-{recording[-11:]}"]
    return found[0] if found else None


def counters(file: Path) -> list[int]:
    """Every picture's burnt-in counter. One that cannot be read is a fault, and so is anything ffmpeg says."""
    words = f"-v error -i {file} -fps_mode passthrough -enc_time_base 1:1000 -f rawvideo -pix_fmt gray -".split()
    done = subprocess.run(["ffmpeg", *words], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    assert done.stderr == b"", done.stderr.decode()
    pictures = np.frombuffer(done.stdout, np.uint8).reshape(-1, HEIGHT, WIDTH)
    found = [read_counter(picture) for picture in pictures]
    assert None not in found
    return [counter for counter in found if counter is not None]


def counters_so_far(server: RunningServer, recording: str) -> list[int]:
    """Of the newest video segment, while it is being written."""
    found = contents(server, recording)
    return counters(file_of(server, found, of_kind(found, "video")["segments"][-1]))


def seconds_of_sound(file: Path) -> float:
    words = f"-v error -i {file} -f s16le -ac 1 -ar 8000 -".split()
    done = subprocess.run(["ffmpeg", *words], capture_output=True, check=True, stdin=subprocess.DEVNULL)
    return len(done.stdout) / 2 / 8000


def verified(server: RunningServer, recording: str) -> bool:
    """What `huishang recording verify` says."""
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "recording", "verify", recording, "--json"],
        env={**os.environ, **server.environment},
        capture_output=True,
        check=False,
    )
    return done.returncode == 0
