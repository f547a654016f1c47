"""Cameras and drones as participants: real encoders push, real cameras are pulled, a real browser decodes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, Person, until
from tests.e2e.test_two_people import sees
from tests.fakes.pushers import (
    DEBIAN_FFMPEG,
    Clip,
    ffmpeg_push,
    gst_rtmp_push,
    gst_srt_push,
    make_clip,
    new_ffmpeg,
    running,
)
from tests.fakes.rtsp_server import Camera, camera
from tests.fakes.server import RunningServer, free_port, running_server

pytestmark = pytest.mark.timeout(180)

PASSWORD = "kan-bu-jian-7"


@pytest.fixture(scope="module")
def camera_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, camera_port: int) -> Iterator[RunningServer]:
    """A server whose administrator has allowed one camera on this very machine."""
    allowed = {"HUISHANG_SOURCES__ALLOW_ADDRESSES": json.dumps([f"127.0.0.1:{camera_port}"])}
    with running_server(tmp_path_factory.mktemp("server"), settings=allowed) as server:
        yield server


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory, looks: list[Looks]) -> Callable[..., Clip]:
    folder = tmp_path_factory.mktemp("clips")

    def clip(video: str = "h264", audio: str = "aac") -> Clip:
        return make_clip(folder, looks[0].camera, looks[0].microphone, video=video, audio=audio)

    return clip


def source(server: RunningServer, kind: str, room: str, **more: object) -> dict[str, Any]:
    body = {"name": f"{kind} 一号", "kind": kind, "rooms": [room], **more}
    made: dict[str, Any] = server.api("POST", "/api/v1/sources", body)
    return made


def status(server: RunningServer, made: dict[str, Any]) -> dict[str, Any]:
    seen: dict[str, Any] = server.api("GET", f"/api/v1/sources/{made['id']}")
    return seen


async def reaches(server: RunningServer, made: dict[str, Any], *states: str, timeout_s: float) -> float:
    async def there() -> bool:
        return (await asyncio.to_thread(status, server, made))["status"]["state"] in states

    return await until(there, timeout_s=timeout_s, what=f"{made['kind']} is {states}")


@asynccontextmanager
async def watching(server: RunningServer, enter: Enter, looks: list[Looks], room: str) -> AsyncIterator[Person]:
    """Somebody in the room with nothing but eyes and ears."""
    viewer = await enter("看", looks[1])
    await viewer.join(server.link(room))
    await until(lambda: sees(viewer, looks[1], fps=3), timeout_s=15, what="the viewer is in the room")
    yield viewer
    assert [line for line in viewer.console if line.startswith("pageerror")] == []


async def seen_and_heard(viewer: Person, looks: Looks, *, timeout_s: float, what: str, sound: bool = True) -> float:
    took_s = await until(lambda: sees(viewer, looks, fps=0, for_s=1.0), timeout_s=timeout_s, what=f"{what} is seen")
    await until(lambda: sees(viewer, looks), timeout_s=10, what=f"{what} moves at more than 10 fps")
    if sound:
        await until(lambda: viewer.hears(looks), timeout_s=8, what=f"{what} is heard")
    return took_s


PUSHES: dict[str, tuple[str, str, str, Callable[[Clip, dict[str, Any]], Sequence[str]]]] = {
    "rtmp-ffmpeg": ("rtmp", "h264", "aac", lambda c, p: ffmpeg_push(c, p["full"], muxer="flv")),
    "rtmp-b-frames": ("rtmp", "b-frames", "aac", lambda c, p: ffmpeg_push(c, p["full"], muxer="flv")),
    "rtmp-hevc": ("rtmp", "hevc", "aac", lambda c, p: ffmpeg_push(c, p["full"], muxer="flv", ffmpeg=new_ffmpeg())),
    "rtmp-gstreamer": ("rtmp", "h264-high", "aac", lambda c, p: gst_rtmp_push(c, p["full"])),
    "srt-ffmpeg": ("srt", "h264", "aac", lambda c, p: ffmpeg_push(c, srt_url(p), muxer="mpegts", ffmpeg=new_ffmpeg())),
    "srt-debian-opus": ("srt", "h264", "opus", lambda c, p: ffmpeg_push(c, srt_url(p), muxer="mpegts")),
    "srt-hevc": ("srt", "hevc", "aac", lambda c, p: ffmpeg_push(c, srt_url(p), muxer="mpegts", ffmpeg=new_ffmpeg())),
    "srt-gstreamer": ("srt", "h264", "aac", lambda c, p: gst_srt_push(c, srt_url(p))),
}


def srt_url(push: dict[str, Any]) -> str:
    return str(push["full"])


@pytest.mark.parametrize("way", PUSHES)
async def test_a_push_is_seen_and_heard(
    way: str, server: RunningServer, enter: Enter, looks: list[Looks], clips: Callable[..., Clip], tmp_path: Path
) -> None:
    kind, video, audio, command = PUSHES[way]
    room = server.room(way)
    made = source(server, kind, room)
    assert made["status"]["state"] == "waiting"
    clip = clips(video, audio)
    async with watching(server, enter, looks, room) as viewer:
        with running(command(clip, made["push"]), tmp_path / "push.log"):
            await reaches(server, made, "live", timeout_s=8)
            await seen_and_heard(viewer, looks[0], timeout_s=6, what=f"{way} ({tmp_path}/push.log)")
            now = status(server, made)
            assert (now["measured"]["width"], now["measured"]["height"]) == (640, 360)
            assert now["measured"]["videoCodec"] == ("h265" if video == "hevc" else "h264")
            reasons = {"b-frames": {"b-frames"}, "hevc": {"h265"}}.get(video, set())
            reasons |= {"audio-codec"} if audio == "aac" else set()
            assert set(now["status"]["transcoding"]) == reasons
            listed = {p["name"]: p for p in (await viewer.state())["participants"]}
            assert listed[made["name"]]["kind"] == "source"
        await reaches(server, made, "offline", timeout_s=6)


async def test_a_whip_source_is_seen_and_a_silent_one_gives_way(
    server: RunningServer, enter: Enter, looks: list[Looks], clips: Callable[..., Clip], tmp_path: Path
) -> None:
    room = server.room("whip")
    made = source(server, "whip", room)
    push = made["push"]
    command = ffmpeg_push(
        clips("h264", "opus"), push["url"], muxer="whip", ffmpeg=new_ffmpeg(), extra=f"-authorization {push['key']}"
    )
    async with watching(server, enter, looks, room) as viewer:
        with running(command, tmp_path / "first.log") as first:
            await reaches(server, made, "live", timeout_s=10)
            await seen_and_heard(viewer, looks[0], timeout_s=6, what=f"WHIP ({tmp_path}/first.log)")
            with running(command, tmp_path / "second.log") as second:
                assert second.wait(10) != 0  # one publisher at a time
            assert await sees(viewer, looks[0])
            first.kill()
        await asyncio.sleep(4.3)  # three seconds of silence, and the second between two looks at the relay's numbers
        with running(command, tmp_path / "third.log"):
            await until(lambda: sees(viewer, looks[0]), timeout_s=10, what="the next publisher is seen")
            names = [p["name"] for p in (await viewer.state())["participants"]]
            assert names.count(made["name"]) == 1


@pytest.mark.parametrize("transport", ["tcp", "udp"])
async def test_a_camera_is_fetched_while_somebody_looks(
    transport: str,
    server: RunningServer,
    camera_port: int,
    enter: Enter,
    looks: list[Looks],
    clips: Callable[..., Clip],
) -> None:
    room = server.room(transport)
    with ExitStack() as stack:
        stack.enter_context(rtsp_camera(clips("h264", "opus"), camera_port))
        made = source(
            server,
            "rtsp",
            room,
            address=f"rtsp://kan:{PASSWORD}@127.0.0.1:{camera_port}/live",
            transport=transport,
        )
        assert made["status"]["state"] == "standby"
        assert made["address"] == f"rtsp://127.0.0.1:{camera_port}/live"
        assert PASSWORD not in json.dumps(made)
        async with watching(server, enter, looks, room) as viewer:
            await seen_and_heard(viewer, looks[0], timeout_s=8, what=f"RTSP over {transport}")
            assert status(server, made)["viewers"] == 1
    assert PASSWORD not in server.log.read_text(encoding="utf-8")


def rtsp_camera(clip: Clip, port: int, **more: Any) -> Any:
    """The clip as a camera behind a digest login."""
    file = clip.file.with_suffix(".mp4")
    if not file.exists():
        import subprocess

        words = f"-v error -y -i {clip.file} -c copy {file}"
        subprocess.run([DEBIAN_FFMPEG, *words.split()], check=True, stdin=subprocess.DEVNULL)
    return camera(port=port, file=file, codec="h264", audio="opus", user="kan", password=PASSWORD, **more)


async def test_a_camera_that_comes_and_goes(
    server: RunningServer, camera_port: int, enter: Enter, looks: list[Looks], clips: Callable[..., Clip]
) -> None:
    room = server.room("on and off")
    address = f"rtsp://kan:{PASSWORD}@127.0.0.1:{camera_port}/live"
    made = source(server, "rtsp", room, address=address, onDemand=False)
    await reaches(server, made, "unreachable", timeout_s=4)
    async with watching(server, enter, looks, room) as viewer:
        with rtsp_camera(clips("h264", "opus"), camera_port):
            await reaches(server, made, "live", timeout_s=5)
            await seen_and_heard(viewer, looks[0], timeout_s=5, what="the camera")
        await reaches(server, made, "offline", timeout_s=3)
        await until(lambda: stands_still(viewer, looks[0]), timeout_s=3, what="nothing new is shown")
        with rtsp_camera(clips("h264", "opus"), camera_port) as again:
            up_s = time.monotonic()
            await until(lambda: sees(viewer, looks[0], fps=0, for_s=0.5), timeout_s=5, what="the camera is back")
            assert time.monotonic() - up_s < 3.5  # three seconds, and the look of half a second
            await reaches(server, made, "live", timeout_s=3)
            await frozen_line(server, made, again)
    states = [event["state"] for event in server.api("GET", f"/api/v1/sources/{made['id']}/history")["events"]]
    assert states.count("live") >= 2
    assert "offline" in states


async def stands_still(viewer: Person, looks: Looks) -> bool:
    return not await sees(viewer, looks, fps=0, for_s=1.0)


async def frozen_line(server: RunningServer, made: dict[str, Any], plugged: Camera) -> None:
    """A camera that hangs with its connection open."""
    plugged.freeze()
    await reaches(server, made, "offline", timeout_s=4)
    plugged.thaw()


async def test_a_wrong_password_is_told(server: RunningServer, camera_port: int, clips: Callable[..., Clip]) -> None:
    room = server.room("password")
    with rtsp_camera(clips("h264", "opus"), camera_port):
        address = f"rtsp://kan:falsch@127.0.0.1:{camera_port}/live"
        made = source(server, "rtsp", room, address=address, onDemand=False)
        await reaches(server, made, "wrong-password", timeout_s=4)
        tried = server.api("POST", "/api/v1/sources/test", {"address": address})
        assert (tried["ok"], tried["state"]) == (False, "wrong-password")
        right = address.replace("falsch", PASSWORD)
        tried = server.api("POST", "/api/v1/sources/test", {"address": right})
        assert (tried["ok"], tried["videoCodec"], tried["width"]) == (True, "h264", 640)
        assert tried["thumbnail"]


async def test_a_newcomer_in_mid_gop_sees_a_picture_at_once(
    server: RunningServer, enter: Enter, looks: list[Looks], clips: Callable[..., Clip], tmp_path: Path
) -> None:
    """Ten seconds between keyframes: without the server's memory a newcomer would wait five of them on average."""
    room = server.room("mid-gop")
    made = source(server, "rtmp", room)
    with running(ffmpeg_push(clips("long-gop"), made["push"]["full"], muxer="flv"), tmp_path / "push.log"):
        await reaches(server, made, "live", timeout_s=8)
        async with watching(server, enter, looks, room) as viewer:
            await until(lambda: sees(viewer, looks[0]), timeout_s=6, what="the first viewer sees it")
            for _ in range(2):
                await asyncio.sleep(2.3)  # to another place of the ten seconds
                late = await enter("迟", looks[2])
                await late.join(server.link(room))
                await until(lambda late=late: in_room(late), timeout_s=10, what="the newcomer is in")
                took_s = await until(
                    lambda late=late: sees(late, looks[0], fps=0, for_s=0.5), timeout_s=4, what="a picture"
                )
                assert took_s < 2.5
                await until(lambda late=late: sees(late, looks[0]), timeout_s=4, what="it moves")
                await late.browser.close()


async def in_room(person: Person) -> bool:
    return bool((await person.state()).get("participants"))


async def test_the_wrong_key_the_second_publisher_and_a_new_key(
    server: RunningServer, clips: Callable[..., Clip], tmp_path: Path
) -> None:
    made = source(server, "rtmp", server.room("keys"))
    push, clip = made["push"], clips("h264")
    wrong = ffmpeg_push(clip, push["url"] + "/" + "0" * 32, muxer="flv")
    with running(wrong, tmp_path / "wrong.log") as refused:
        assert await asyncio.to_thread(refused.wait, 10) != 0
    with running(ffmpeg_push(clip, push["full"], muxer="flv"), tmp_path / "first.log") as first:
        await reaches(server, made, "live", timeout_s=8)
        with running(ffmpeg_push(clip, push["full"], muxer="flv"), tmp_path / "second.log") as second:
            assert await asyncio.to_thread(second.wait, 10) != 0
        assert first.poll() is None
        assert status(server, made)["status"]["state"] == "live"
        rotated = server.api("POST", f"/api/v1/sources/{made['id']}/key", {})
        assert rotated["push"]["key"] != push["key"]
        assert await asyncio.to_thread(first.wait, 10) != 0
    details = [event["detail"] for event in server.api("GET", f"/api/v1/sources/{made['id']}/history")["events"]]
    assert any("busy" in detail for detail in details)
    log = server.log.read_text(encoding="utf-8")
    assert push["key"] not in log
    assert rotated["push"]["key"] not in log
