"""Sources of the whole server: what goes wrong with one costs nothing of the others, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks._process import children, memory_kib, name
from tests.fakes.pictures import write_camera, write_microphone
from tests.fakes.pushers import Clip, ffmpeg_push, make_clip, running
from tests.fakes.rtmp_client import Chunker, aac_configuration, avc_configuration, avc_picture, opening
from tests.fakes.rtsp_server import camera
from tests.fakes.server import RunningServer, free_port, running_server

pytestmark = pytest.mark.timeout(240)

SEED = 20261122
CYCLES = 20
FAMILY = 4
"""Both templates and both gates."""
MUTATIONS = 100_000


@pytest.fixture(scope="module")
def camera_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, camera_port: int) -> Iterator[RunningServer]:
    allowed = {
        "HUISHANG_SOURCES__ALLOW_ADDRESSES": json.dumps([f"127.0.0.1:{camera_port}"]),
        "HUISHANG_SOURCES__FROZEN_AFTER_S": "3",
    }
    with running_server(tmp_path_factory.mktemp("server"), settings=allowed) as server:
        yield server


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    folder = tmp_path_factory.mktemp("film")
    picture = write_camera(folder / "camera.y4m", hue=35, width=320, height=180, seconds=6.0)
    sound = write_microphone(folder / "tone.wav", tone_hz=900, seconds=6.0)
    return make_clip(folder, picture, sound, video="h264", audio="aac")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, film: Clip) -> Clip:
    """One picture for ever, encoded as a camera with a hung sensor does."""
    file = tmp_path_factory.mktemp("still") / "still.mkv"
    words = (
        f"-v error -y -i {film.file} -vf trim=end_frame=1,tpad=stop=-1:stop_mode=clone -t 8 -r 15"
        f" -c:v libx264 -preset veryfast -tune zerolatency -bf 0 -g 30 -b:v 500k -pix_fmt yuv420p -an {file}"
    )
    subprocess.run(["ffmpeg", *words.split()], check=True, stdin=subprocess.DEVNULL)
    return Clip(file, "h264", "none")


def add(server: RunningServer, kind: str, **more: object) -> dict[str, Any]:
    body = {"name": f"{kind} 源", "kind": kind, "rooms": [server.room(kind)], **more}
    made: dict[str, Any] = server.api("POST", "/api/v1/sources", body)
    return made


def state(server: RunningServer, made: dict[str, Any]) -> str:
    found: str = server.api("GET", f"/api/v1/sources/{made['id']}")["status"]["state"]
    return found


def wait(check: Callable[[], bool], *, timeout_s: float, what: str) -> float:
    begun_s = time.monotonic()
    while not check():
        assert time.monotonic() - begun_s < timeout_s, f"not within {timeout_s} s: {what}"
        time.sleep(0.05)  # asking another process; `timeout_s` bounds it
    return time.monotonic() - begun_s


def reaches(server: RunningServer, made: dict[str, Any], wanted: str, *, timeout_s: float = 10.0) -> float:
    return wait(lambda: state(server, made) == wanted, timeout_s=timeout_s, what=f"{made['name']} is {wanted}")


def holdings(server: RunningServer) -> dict[str, int]:
    """What may not grow: the server's and the template's descriptors, threads, memory; and their processes."""
    pid = server.process.pid
    family = [pid, *children(pid)]
    return {
        "descriptors": sum(count(one, "fd") for one in family),
        "threads": sum(count(one, "task") for one in family),
        "processes": len(family),
        "kib": sum(memory_kib(one) for one in family),
    }


def count(pid: int, what: str) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/{what}").iterdir())


def child_of(server: RunningServer, made: dict[str, Any]) -> int:
    (pid,) = [pid for pid in children(server.process.pid) if name(pid) == f"src-{made['id'][-11:]}"]
    return pid


def restarts(server: RunningServer, made: dict[str, Any]) -> int:
    events = server.api("GET", f"/api/v1/sources/{made['id']}/history?limit=1000")["events"]
    return sum(event["state"] == "live" for event in events)


def test_a_pusher_that_comes_and_goes_leaves_nothing_behind(server: RunningServer, film: Clip, tmp_path: Path) -> None:
    made = add(server, "rtmp")
    wait(
        lambda: len(children(server.process.pid)) == FAMILY,
        timeout_s=15,
        what="the recorder's template, which comes late",
    )
    before: dict[str, int] = {}
    for cycle in range(CYCLES + 2):
        with running(ffmpeg_push(film, made["push"]["full"], muxer="flv"), tmp_path / "push.log") as pusher:
            reaches(server, made, "live")
            pusher.kill()
            reaches(server, made, "offline", timeout_s=4)
        wait(lambda: len(children(server.process.pid)) <= FAMILY, timeout_s=3, what="its child has ended")
        if cycle == 1:  # the first two fill caches
            before = holdings(server)
    after = holdings(server)
    # One that is lost each time would be twenty.
    assert after["descriptors"] <= before["descriptors"] + 4
    assert after["threads"] <= before["threads"] + 2
    assert after["processes"] == before["processes"]
    assert after["kib"] < before["kib"] * 1.05 + 1024
    assert restarts(server, made) == CYCLES + 2


def test_a_frozen_picture_is_told_and_a_moving_one_is_not(
    server: RunningServer, film: Clip, still: Clip, tmp_path: Path
) -> None:
    frozen, moving = add(server, "rtmp"), add(server, "rtmp")
    with (
        running(ffmpeg_push(still, frozen["push"]["full"], muxer="flv"), tmp_path / "still.log"),
        running(ffmpeg_push(film, moving["push"]["full"], muxer="flv"), tmp_path / "film.log"),
    ):
        reaches(server, moving, "live")
        took_s = reaches(server, frozen, "frozen")
        assert took_s < 3 + 2 + 2  # the setting, the two seconds to tell it, the start of the pusher
        seen = server.api("GET", f"/api/v1/sources/{frozen['id']}")
        assert seen["measured"]["contentAgeMs"] >= 3000
        assert seen["measured"]["pictureAgeMs"] < 1000
        assert state(server, moving) == "live"
    assert restarts(server, moving) == 1


def test_a_killed_child_costs_its_own_source_three_seconds(
    server: RunningServer, camera_port: int, film: Clip, tmp_path: Path
) -> None:
    other = add(server, "rtmp")
    with (
        camera(port=camera_port, width=320, height=180, fps=15),
        running(ffmpeg_push(film, other["push"]["full"], muxer="flv"), tmp_path / "push.log"),
    ):
        made = add(server, "rtsp", address=f"rtsp://127.0.0.1:{camera_port}/live", onDemand=False)
        reaches(server, made, "live")
        reaches(server, other, "live")
        for _ in range(2):
            os.kill(child_of(server, made), signal.SIGKILL)
            wait(lambda: state(server, made) != "live", timeout_s=2, what="its end is told")
            assert reaches(server, made, "live", timeout_s=4) < 3.0
        assert state(server, other) == "live"
        assert restarts(server, other) == 1
        # The third crash within a minute: what it sends breaks its reader.
        os.kill(child_of(server, made), signal.SIGKILL)
        reaches(server, made, "quarantined", timeout_s=3)
        server.api("POST", f"/api/v1/sources/{made['id']}/restart")
        reaches(server, made, "live", timeout_s=4)
    assert restarts(server, other) == 1
    server.api("DELETE", f"/api/v1/sources/{made['id']}")


def test_a_key_ends_when_it_was_said_to_end(server: RunningServer, film: Clip, tmp_path: Path) -> None:
    ends = datetime.now(UTC) + timedelta(seconds=6)
    made = add(server, "rtmp", keyExpiresAt=ends.isoformat())
    push = ffmpeg_push(film, made["push"]["full"], muxer="flv")
    with running(push, tmp_path / "push.log") as pusher:
        reaches(server, made, "live", timeout_s=5)
        wait(lambda: pusher.poll() is not None, timeout_s=8, what="the publisher is cut")
        assert datetime.now(UTC) >= ends
        seen = server.api("GET", f"/api/v1/sources/{made['id']}")
        assert (seen["status"]["state"], seen["status"]["cause"]) == ("offline", "key-expired")
    with running(push, tmp_path / "again.log") as pusher:
        assert pusher.wait(10) != 0


def test_nonsense_from_publishers_harms_nobody(server: RunningServer, film: Clip, tmp_path: Path) -> None:
    """A hundred thousand mutated messages over RTMP with a good key, and as SRT datagrams."""
    rng = random.Random(SEED)
    good, bad = add(server, "rtmp"), add(server, "rtmp")
    family = set(children(server.process.pid))
    with running(ffmpeg_push(film, good["push"]["full"], muxer="flv"), tmp_path / "push.log"):
        reaches(server, good, "live")
        before = memory_kib(server.process.pid)
        mutate_rtmp(rng, bad["push"]["full"], MUTATIONS // 2)
        mutate_srt(rng, add(server, "srt")["push"], MUTATIONS // 2)
        assert server.process.poll() is None
        assert family <= set(children(server.process.pid)), "a gate or the template has died"
        assert memory_kib(server.process.pid) < before + 10 * 1024
        assert state(server, good) == "live"
    assert restarts(server, good) == 1
    assert "Traceback" not in server.log.read_text(encoding="utf-8")


def mutate_rtmp(rng: random.Random, url: str, messages: int) -> None:
    host, _, rest = url.removeprefix("rtmp://").partition("/")
    key, port = rest.rpartition("/")[2], int(host.rpartition(":")[2])
    sent = 0
    while sent < messages:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as peer:
            chunker = Chunker()
            talk = opening(chunker, key, size=4096)
            if rng.random() < 0.3:
                talk = mutated(rng, talk)
            batch = rng.randrange(500, 1500)
            talk += b"".join(mutated(rng, one_message(rng, chunker)) for _ in range(batch))
            sent += batch
            try:
                peer.sendall(talk)
            except OSError:
                continue  # it was ended for its first fault, as it should be


def one_message(rng: random.Random, chunker: Chunker) -> bytes:
    payload = rng.choice(
        [
            avc_configuration(),
            avc_picture(rng.randrange(20, 400)),
            aac_configuration(),
            rng.randbytes(rng.randrange(1, 60)),
        ]
    )
    return chunker.message(
        rng.choice([3, 4, 6]), rng.choice([8, 9, 18, 20, rng.randrange(256)]), rng.randrange(9999), payload
    )


def mutated(rng: random.Random, whole: bytes) -> bytes:
    out = bytearray(whole)
    for _ in range(rng.choice([0, 1, 1, 3])):
        at = rng.randrange(len(out))
        match rng.randrange(3):
            case 0:
                out[at] = rng.randrange(256)
            case 1:
                del out[at : at + rng.randrange(1, 9)]
            case _:
                out[at:at] = rng.randbytes(rng.randrange(1, 9))
        if not out:
            return b"\0"
    return bytes(out)


def mutate_srt(rng: random.Random, push: dict[str, Any], datagrams: int) -> None:
    port = int(push["full"].removeprefix("srt://").partition("?")[0].rpartition(":")[2])
    handshake = bytes.fromhex("80000000000000000000000000000000") + bytes.fromhex(
        "00000004 0002 0000 00001234 000005dc 00002000 00000001 00000007 00000000".replace(" ", "")
    )
    handshake += bytes([127, 0, 0, 1]) + bytes(12)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.connect(("127.0.0.1", port))
        for number in range(datagrams):
            datagram = handshake if number % 3 else rng.randbytes(rng.randrange(1, 200))
            try:
                peer.send(mutated(rng, datagram))
            except OSError:
                time.sleep(0.001)  # the kernel's buffer is full: a flood is not what is tested
