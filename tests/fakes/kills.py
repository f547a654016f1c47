"""kill -9 at any moment of a recording: of its writer, of the whole server. What it costs is told by ffmpeg."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.fakes.pushers import Clip
from tests.fakes.recorded import (
    CLIP_S,
    FPS,
    GOP,
    camera,
    contents,
    counters,
    file_of,
    of_kind,
    renewed,
    start,
    stop,
    wait,
    writer_of,
)
from tests.fakes.server import RunningServer, running_server


@dataclass(frozen=True, slots=True)
class Loss:
    """Seconds before the kill that are in no file; `again_s`: from the kill to the first picture of the next file."""

    picture_s: float
    sound_s: float
    again_s: float


class Killed:
    """A server with one live camera, for as long as the block lasts; killed servers are followed by others on the same
    data."""

    def __init__(self, folder: Path, film: Clip) -> None:
        self._folder = folder
        self._film = film
        self._made: dict[str, Any] | None = None
        self._stack = ExitStack()
        self._serve()

    def __enter__(self) -> Killed:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def of_writer(self, after_s: float) -> Loss:
        """One recording whose writer is killed so long after its begin."""
        recording = start(self._server, self._room)
        _written(self._server, recording)
        time.sleep(after_s)  # the moment of the kill
        writer = writer_of(self._server, recording)
        assert writer is not None
        os.kill(writer, signal.SIGKILL)
        return self._judged(recording, time.time())

    def of_server(self, after_s: float) -> Loss:
        """One recording whose server is killed; another server goes on with it."""
        recording = start(self._server, self._room)
        _written(self._server, recording)
        time.sleep(after_s)  # the moment of the kill
        os.kill(self._server.process.pid, signal.SIGKILL)
        killed_s = time.time()
        self._server.process.wait(10)
        self._stack.close()
        self._serve()
        return self._judged(recording, killed_s)

    @property
    def _room(self) -> str:
        assert self._made is not None
        return str(self._made["rooms"][0])

    def _serve(self) -> None:
        self._server = self._stack.enter_context(running_server(self._folder))
        made = renewed(self._server, self._made) if self._made is not None else None
        log = self._folder / "push.log"
        self._made = self._stack.enter_context(camera(self._server, self._film, log, made=made))

    def _judged(self, recording: str, killed_s: float) -> Loss:
        wait(lambda: _segments(self._server, recording) == 2, timeout_s=20, what="the same recording goes on")
        time.sleep(1.0)  # some more of it
        found = stop(self._server, self._room, recording)
        video, audio = of_kind(found, "video"), of_kind(found, "audio")
        for track in (video, audio):
            assert [gap["reason"] for gap in track["gaps"]] == ["crash"], track
            assert len(track["segments"]) == 2, track
        first, second = (file_of(self._server, found, segment) for segment in video["segments"])
        for file in (first, second):
            seen = counters(file)
            jumps = [pair for pair in itertools.pairwise(seen) if pair[1] != (pair[0] + 1) % (CLIP_S * FPS)]
            # On a busy machine the camera's own line may lose pictures; what follows then begins with a keyframe.
            assert all(next_ % GOP == 0 for _, next_ in jumps), f"{file.name} jumps {jumps} of {len(seen)}"
            assert len(seen) >= FPS / 2
        sound = file_of(self._server, found, audio["segments"][0])
        return Loss(
            killed_s - _ends_s(first, video["segments"][0]),
            killed_s - _ends_s(sound, audio["segments"][0]),
            video["segments"][1]["fromMs"] / 1000 - killed_s,
        )


def _segments(server: RunningServer, recording: str) -> int:
    return len(of_kind(contents(server, recording), "video")["segments"])


def _written(server: RunningServer, recording: str) -> None:
    """Both tracks have begun."""

    def begun() -> bool:
        tracks = contents(server, recording)["tracks"]
        return len(tracks) == 2 and all(track["segments"] for track in tracks)

    wait(begun, timeout_s=5, what="both tracks are written")


def _ends_s(file: Path, segment: dict[str, Any]) -> float:
    """Unix time at which its last packet ends, as ffprobe reads it; `fromMs` of the index is that of its first."""
    words = f"-v error -show_entries packet=pts_time -of json {file}".split()
    done = subprocess.run(["ffprobe", *words], capture_output=True, check=True)
    assert done.stderr == b"", done.stderr.decode()
    frame_s = 1 / FPS if segment["height"] else 0.02
    last = max(float(packet["pts_time"]) for packet in json.loads(done.stdout)["packets"])
    return float(segment["fromMs"]) / 1000 + last + frame_s
