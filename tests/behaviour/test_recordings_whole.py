"""Recordings of the whole server, judged by decoding the files: in order, after a killed writer, a killed server."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from tests.fakes.pushers import Clip
from tests.fakes.recorded import (
    FPS,
    HEIGHT,
    WIDTH,
    camera,
    contents,
    counters,
    counters_so_far,
    file_of,
    make_film,
    of_kind,
    renewed,
    seconds_of_sound,
    start,
    stop,
    verified,
    wait,
    writer_of,
)
from tests.fakes.server import running_server

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_film(tmp_path_factory.mktemp("film"))


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
        writer = writer_of(server, recording)
        assert writer is not None
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
