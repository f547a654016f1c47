"""Films of the whole server, over its REST interface: made, watched, killed, and beside a running meeting."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from benchmarks._process import children, name
from conference.layout import FULL_HD, Size, grid
from tests.behaviour.test_recordings_whole import camera, counters, file_of, film, of_kind, start, stop, verified, wait
from tests.fakes import film_seen
from tests.fakes.film_made import Shot
from tests.fakes.film_stock import Person, long_person, recorded
from tests.fakes.recordings import open_shelf
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(180)

clip = film
AT_ONCE = {"HUISHANG_RECORDING__FILMS_YIELD": "false"}
SMALL = {"width": 1280, "height": 720, "clock": False, "preset": "ultrafast"}
TWO = [
    Person("王伟", Shot(seconds=3, width=640, height=360), 440.0),
    Person("李娜", Shot(seconds=3, width=320, height=180, hue=90), 900.0),
]


def stocked(folder: Path, people: list[Person]) -> str:
    """A server's data folder with one recording; the recording."""
    data = folder / "data"
    data.mkdir(mode=0o700)

    async def fill() -> str:
        async with open_shelf(data) as shelf:
            return await recorded(shelf, people)

    return asyncio.run(fill())


def ask(server: RunningServer, recording: str, wish: dict[str, Any]) -> str:
    made: str = server.api("POST", f"/api/v1/recordings/{recording}/films", wish)["id"]
    return made


def look(server: RunningServer, recording: str, film_id: str) -> dict[str, Any]:
    found: dict[str, Any] = server.api("GET", f"/api/v1/recordings/{recording}/films/{film_id}")
    return found


def over(server: RunningServer, recording: str, film_id: str) -> dict[str, Any]:
    wait(
        lambda: look(server, recording, film_id)["state"] not in ("queued", "making"),
        timeout_s=120,
        what="the film is over",
    )
    return look(server, recording, film_id)


def film_child(server: RunningServer) -> int | None:
    for template in children(server.process.pid):
        if name(template) == "film-template":
            return next(iter(children(template)), None)
    return None


def test_a_film_is_made_and_watched(tmp_path: Path) -> None:
    recording = stocked(tmp_path, TWO)
    with running_server(tmp_path, settings=AT_ONCE) as server:
        film_id = ask(server, recording, {})
        with pytest.raises(HTTPError, match="404"):
            server.api("GET", f"/api/v1/recordings/{recording}/films/{film_id}/file")
        made = over(server, recording, film_id)
        assert (made["state"], made["percent"], made["reason"], made["faults"]) == ("ready", 100, None, 0)
        ticket = server.api("POST", f"/api/v1/recordings/{recording}/ticket")["ticket"]
        url = f"{server.url}/api/v1/recordings/{recording}/films/{film_id}/file?ticket={ticket}&download=1"
        with urllib.request.urlopen(url, timeout=30) as answer:
            content = answer.read()
            assert answer.headers["Content-Type"] == "video/mp4"
        assert hashlib.sha256(content).hexdigest() == made["sha256"]
        file = tmp_path / "watched.mp4"
        file.write_bytes(content)
        cells = grid(FULL_HD, 2)
        for seen in film_seen.pictures(file):
            # The clock in the picture covers a part of the second cell's counter.
            assert abs((seen.counter(cells[0]) or 0) - round(seen.at_s * 25)) <= 1
        samples = film_seen.sound(file)
        assert min(film_seen.tone_level(samples, hz, 1.5) for hz in (440.0, 900.0)) > 0.15
        details = server.api("GET", f"/api/v1/recordings/{recording}")
        assert [one["id"] for one in details["films"]] == [film_id]
        assert len(details["tracks"]) == 4
        assert verified(server, recording)
        server.api("DELETE", f"/api/v1/recordings/{recording}/films/{film_id}")
        assert server.api("GET", f"/api/v1/recordings/{recording}/films") == {"films": []}
        assert not (server.data / "recordings" / recording / f"{film_id}.mp4").exists()


def test_a_killed_server_says_that_its_film_was_interrupted(tmp_path: Path) -> None:
    recording = stocked(tmp_path, [long_person(30.0)])
    with running_server(tmp_path, settings=AT_ONCE) as server:
        film_id = ask(server, recording, {"preset": "veryfast", "fps": 30})
        wait(lambda: look(server, recording, film_id)["percent"] > 0, timeout_s=60, what="it is being made")
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
    with running_server(tmp_path, settings=AT_ONCE) as server:
        found = look(server, recording, film_id)
        assert found["state"] == "failed"
        assert "重启" in found["reason"]["zh"]
        assert [path.suffix for path in (server.data / "recordings" / recording).iterdir()] == [".mkv"] * 2
        again = over(server, recording, ask(server, recording, SMALL | {"fps": 15}))
        assert (again["state"], again["durationMs"]) == ("ready", 30_000)


def test_a_meeting_does_not_feel_a_film(tmp_path: Path, clip: Any) -> None:
    """A camera is recorded without a missing picture while the film of another meeting wants all there is."""
    recording = stocked(tmp_path, [long_person(60.0)])
    with running_server(tmp_path) as server, camera(server, clip, tmp_path / "push.log") as made:
        (room,) = made["rooms"]
        film_id = ask(server, recording, {"preset": "veryfast", "fps": 30})
        wait(lambda: film_child(server) is not None, timeout_s=60, what="its child is there")
        child = film_child(server)
        assert child is not None
        wait(lambda: os.getpriority(os.PRIO_PROCESS, child) == 19, timeout_s=10, what="it gives way")
        assert os.sched_getscheduler(child) == os.SCHED_IDLE
        running = start(server, room)
        with pytest.raises(HTTPError, match="409"):
            ask(server, running, {})
        begun_s = time.monotonic()
        asked = 0
        while time.monotonic() - begun_s < 5.0:  # the length of the recording
            server.api("GET", f"/api/v1/rooms/{room}")
            asked += 1
        found = stop(server, room, running)
        assert look(server, recording, film_id)["state"] == "making"
        video = of_kind(found, "video")
        (segment,) = video["segments"]
        seen = counters(file_of(server, found, segment))
        assert set(seen) == set(range(min(seen), max(seen) + 1)), "none is missing"
        assert video["gaps"] == []
        assert asked > 20
        server.api("DELETE", f"/api/v1/recordings/{recording}/films/{film_id}")
        assert look(server, recording, film_id)["state"] == "cancelled"
        assert film_child(server) is None


def test_verify_names_a_film_that_was_changed(tmp_path: Path) -> None:
    recording = stocked(tmp_path, TWO[:1])
    with running_server(tmp_path, settings=AT_ONCE) as server:
        made = over(server, recording, ask(server, recording, SMALL))
        file = server.data / "recordings" / recording / f"{made['id']}.mp4"
        assert film_seen.stream(file, "video")["width"] == Size(1280, 720).width
        with file.open("r+b") as changed:
            changed.seek(made["bytes"] // 2)
            changed.write(b"\x00\xff\x00")
        words = [sys.executable, "-m", "server.cli", "recording", "verify", recording]
        done = subprocess.run(words, env=server.environment, capture_output=True, check=False, text=True)
        assert done.returncode == 1
        assert made["id"] in done.stdout
