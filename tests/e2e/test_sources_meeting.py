"""Sources among people: what a host may do to them, what tiles say of them, and pages that cannot play H.264."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator

from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, Person, until
from tests.e2e.test_sources import PASSWORD, reaches, rtsp_camera, seen_and_heard, source, stands_still, status
from tests.e2e.test_two_people import sees
from tests.e2e.test_whip_and_whep import WHEP_PLAYER
from tests.fakes.pushers import DEBIAN_FFMPEG, Clip, ffmpeg_push, make_clip, running
from tests.fakes.server import RunningServer, free_port, running_server

pytestmark = pytest.mark.timeout(120)

IDLE_STOP_S = 2
FROZEN_AFTER_S = 3
NO_H264 = """() => {
  const native = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (given) {
    return native.call(this, { type: given.type, sdp: given.sdp.replaceAll("H264/90000", "H264-unknown/90000") });
  };
}"""
"""A browser without the codec does not know its name either: it rejects the m-section by itself."""
VP8_PLAYER = WHEP_PLAYER.replace(
    'peer.addTransceiver("video", { direction: "recvonly" });',
    """const codecs = RTCRtpReceiver.getCapabilities("video").codecs.filter((one) => one.mimeType === "video/VP8");
  peer.addTransceiver("video", { direction: "recvonly" }).setCodecPreferences(codecs);""",
)
assert VP8_PLAYER != WHEP_PLAYER


@pytest.fixture(scope="module")
def camera_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, camera_port: int) -> Iterator[RunningServer]:
    settings = {
        "HUISHANG_SOURCES__ALLOW_ADDRESSES": json.dumps([f"127.0.0.1:{camera_port}"]),
        "HUISHANG_SOURCES__IDLE_STOP_S": str(IDLE_STOP_S),
        "HUISHANG_SOURCES__FROZEN_AFTER_S": str(FROZEN_AFTER_S),
    }
    with running_server(tmp_path_factory.mktemp("server"), settings=settings) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films")


@pytest.fixture(scope="module")
def film(folder: Path, looks: list[Looks]) -> Clip:
    """What a drone sends: H.264 and AAC."""
    return make_clip(folder, looks[0].camera, looks[0].microphone)


@pytest.fixture(scope="module")
def filmed(folder: Path, looks: list[Looks]) -> Clip:
    """What a camera sends: H.264 and Opus."""
    return make_clip(folder, looks[0].camera, looks[0].microphone, audio="opus")


def filtered(film: Clip, name: str, words: str) -> Clip:
    """The film's picture through a filter, without sound."""
    file = film.file.with_name(f"{name}.mkv")
    encoder = "-c:v libx264 -preset ultrafast -tune zerolatency -bf 0 -pix_fmt yuv420p -an"
    command = [DEBIAN_FFMPEG, *f"-v error -y -i {film.file} -vf {words} {encoder} {file}".split()]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return Clip(file, "h264", "none")


@pytest.fixture(scope="module")
def still(film: Clip) -> Clip:
    """A minute of one picture, as from a camera whose sensor hangs."""
    return filtered(film, "still", "trim=end_frame=1,tpad=stop=899:stop_mode=clone,fps=15 -b:v 500k -g 30")


@pytest.fixture(scope="module")
def slowing(film: Clip) -> Clip:
    """Nine seconds as usual, then a fifth of the pictures."""
    return filtered(film, "slowing", "loop=2:150,setpts=N/15/TB,select='lt(n\\,135)+not(mod(n\\,5))' -vsync vfr -g 15")


def tile(person: Person, made: dict[str, Any]) -> Locator:
    return person.page.locator(f'article[data-kind=source][aria-label="{made["name"]}"]')


async def says(person: Person, made: dict[str, Any], words: str, *, timeout_s: float = 5.0) -> None:
    async def told() -> bool:
        return words in " ".join(await tile(person, made).all_inner_texts())

    await until(told, timeout_s=timeout_s, what=f"{person.name} reads {words}")


async def tile_is(person: Person, made: dict[str, Any], state: str, *, timeout_s: float) -> float:
    async def there() -> bool:
        found = tile(person, made)
        return await found.count() == 1 and await found.get_attribute("data-source-state") == state

    return await until(there, timeout_s=timeout_s, what=f"{person.name}'s tile of {made['name']} says {state}")


async def press(host: Person, made: dict[str, Any], item: str) -> None:
    """An item of the tile's menu."""
    await tile(host, made).hover()
    await tile(host, made).locator("[data-menu]").click()
    await host.page.get_by_role("menuitem", name=item, exact=True).click()


@asynccontextmanager
async def meeting(server: RunningServer, enter: Enter, looks: list[Looks], room: str) -> AsyncIterator[list[Person]]:
    """A host and a guest; neither page may complain."""
    host, guest = await enter("主持", looks[1]), await enter("客", looks[2])
    await host.join(server.link(room, "host"))
    await guest.join(server.link(room))
    await until(lambda: sees(guest, looks[1], fps=3), timeout_s=15, what="the guest sees the host")
    yield [host, guest]
    for one in (host, guest):
        assert [line for line in one.console if line.startswith(("error", "pageerror"))] == []


async def test_a_host_holds_back_picture_and_sound_and_lets_them_go(
    server: RunningServer, enter: Enter, looks: list[Looks], film: Clip, tmp_path: Path
) -> None:
    room = server.room("hold")
    made = source(server, "rtmp", room)
    async with meeting(server, enter, looks, room) as (host, guest):
        with running(ffmpeg_push(film, made["push"]["full"], muxer="flv"), tmp_path / "push.log"):
            await seen_and_heard(guest, looks[0], timeout_s=8, what="the source")
            assert await tile(guest, made).locator("[data-menu]").count() == 0, "a guest has no such menu"
            await press(host, made, "停止画面")
            for one in (host, guest):
                await says(one, made, "画面已被主持人停止")
                await until(partial(stands_still, one, looks[0]), timeout_s=6, what="the counters stop")
            assert await guest.hears(looks[0])
            await press(host, made, "恢复画面")
            await until(lambda: sees(guest, looks[0]), timeout_s=6, what="the picture is back")
            await press(host, made, "停止声音")

            async def silent() -> bool:
                return not await guest.hears(looks[0], 1.0)

            await until(silent, timeout_s=6, what="the tone has gone")
            held = tile(guest, made).get_by_role("img", name="声音已被主持人停止")
            await held.wait_for(timeout=3000)
            assert await sees(guest, looks[0])
            await press(host, made, "恢复声音")
            await until(lambda: guest.hears(looks[0], 1.0), timeout_s=6, what="the tone is back")
            assert await held.count() == 0


async def test_a_host_pins_a_source_and_takes_it_out_of_the_room(
    server: RunningServer, enter: Enter, looks: list[Looks], film: Clip, tmp_path: Path
) -> None:
    room = server.room("remove")
    made = source(server, "rtmp", room)
    async with meeting(server, enter, looks, room) as (host, guest):
        with running(ffmpeg_push(film, made["push"]["full"], muxer="flv", extra="-an"), tmp_path / "push.log"):
            await until(lambda: sees(guest, looks[0], fps=5), timeout_s=8, what="the source is seen")
            await press(host, made, "固定为大画面")

            async def largest() -> bool:
                shown = {picture.hue: picture.shown[0] for picture in await host.pictures(1.0)}
                mine = max((width for hue, width in shown.items() if abs(hue - looks[0].hue) <= 8), default=0.0)
                return mine > 2 * max(width for hue, width in shown.items() if abs(hue - looks[0].hue) > 8)

            await until(largest, timeout_s=6, what="it is the big picture")
            assert await tile(host, made).get_attribute("data-big") == "true"
            assert await tile(guest, made).get_attribute("data-big") == "false", "a pin is one's own"
            await press(host, made, "移出会议")
            await host.page.get_by_role("dialog").get_by_role("button", name="移出").click()
            for one in (host, guest):
                await tile(one, made).wait_for(state="detached", timeout=4000)
                assert made["name"] not in [who["name"] for who in (await one.state())["participants"]]
            assert made["name"] not in [who["name"] for who in server.participants(room)]
            assert status(server, made)["rooms"] == []
            assert status(server, made)["status"]["state"] == "live", "it is out of the room, not switched off"


async def test_a_frozen_picture_counts_its_age_and_a_lost_one_says_since_when(
    server: RunningServer, enter: Enter, looks: list[Looks], still: Clip, tmp_path: Path
) -> None:
    room = server.room("frozen")
    made = source(server, "rtmp", room)
    async with meeting(server, enter, looks, room) as (_, guest):
        with running(ffmpeg_push(still, made["push"]["full"], muxer="flv"), tmp_path / "push.log") as pusher:
            await tile_is(guest, made, "frozen", timeout_s=8 + FROZEN_AFTER_S)
            await says(guest, made, "画面已冻结")
            first = await age_s(guest, made)
            assert first >= FROZEN_AFTER_S - 1, "the page's own second may be a second old"

            async def older() -> bool:
                return await age_s(guest, made) >= first + 5

            took_s = await until(older, timeout_s=9, what="its age counts")
            assert took_s > 2.5, "the numbers come every two seconds: the first one may be so old"
            pusher.kill()
            await tile_is(guest, made, "offline", timeout_s=4)
            told = " ".join(await tile(guest, made).all_inner_texts())
            assert re.search(r"离线 · 自 \d\d:\d\d 起", told), told
            assert "设备停止了推流" in told


async def age_s(person: Person, made: dict[str, Any]) -> int:
    return int(await tile(person, made).get_attribute("data-feed-age") or -1)


async def test_a_camera_stands_by_until_somebody_looks(
    server: RunningServer, enter: Enter, looks: list[Looks], filmed: Clip, camera_port: int
) -> None:
    room = server.room("standby")
    with rtsp_camera(filmed, camera_port):
        address = f"rtsp://kan:{PASSWORD}@127.0.0.1:{camera_port}/live"
        made = source(server, "rtsp", room, address=address)
        assert made["status"]["state"] == "standby"
        for round_ in range(2):
            guest = await enter(f"客{round_}", looks[1])
            await guest.join(server.link(room))
            await until(partial(in_room, guest), timeout_s=10, what="the guest is in the room")
            took_s = await reaches(server, made, "live", timeout_s=4)
            assert took_s < 3.0
            await until(partial(sees, guest, looks[0], fps=5), timeout_s=6, what="the camera is seen")
            await guest.page.get_by_role("button", name="离开").first.click()
            assert await reaches(server, made, "standby", timeout_s=IDLE_STOP_S + 4) > IDLE_STOP_S - 1
            await guest.browser.close()


async def in_room(person: Person) -> bool:
    return bool((await person.state()).get("participants"))


async def test_a_player_that_takes_only_vp8_gets_vp8(
    server: RunningServer, enter: Enter, looks: list[Looks], film: Clip, tmp_path: Path
) -> None:
    room = server.room("vp8 player")
    made = source(server, "rtmp", room)
    player = await enter("播放", looks[1])
    await player.page.goto(server.url + "/")
    with running(ffmpeg_push(film, made["push"]["full"], muxer="flv", extra="-an"), tmp_path / "push.log"):
        await reaches(server, made, "live", timeout_s=8)
        token = server.token(room, "viewer")
        answered, _ = await player.page.evaluate(VP8_PLAYER, [f"{server.url}/whep/{room}", token])
        assert answered == 201
        await until(lambda: sees(player, looks[0], fps=5), timeout_s=10, what="the counters run in VP8")
        await made_once(server, made, player)
        await player.browser.close()

        async def forwarded() -> bool:
            return not (await asyncio.to_thread(status, server, made))["status"]["transcoding"]

        await until(forwarded, timeout_s=40, what="nothing is transcoded once nobody needs it")


async def made_once(server: RunningServer, made: dict[str, Any], viewer: Person) -> None:
    """The server says so, and the browser decodes VP8."""

    async def told() -> bool:
        return "viewer" in (await asyncio.to_thread(status, server, made))["status"]["transcoding"]

    await until(told, timeout_s=4, what="transcoding is told")
    decoded = await viewer.page.evaluate(
        """async () => {
          const reports = await Promise.all(__probe.connections.map((one) => one.getStats()));
          return reports.flatMap((report) => [...report.values()]
            .filter((row) => row.type === "inbound-rtp" && row.kind === "video" && row.framesDecoded > 0)
            .map((row) => report.get(row.codecId)?.mimeType));
        }"""
    )
    assert "video/VP8" in decoded
    assert "video/H264" not in decoded


async def test_a_page_without_h264_is_given_vp8_beside_one_that_has_it(
    server: RunningServer, enter: Enter, looks: list[Looks], film: Clip, tmp_path: Path
) -> None:
    room = server.room("vp8 page")
    made = source(server, "rtmp", room)
    full, bare = await enter("全", looks[1]), await enter("缺", looks[2])
    await bare.context.add_init_script(f"({NO_H264})()")
    with running(ffmpeg_push(film, made["push"]["full"], muxer="flv", extra="-an"), tmp_path / "push.log"):
        await reaches(server, made, "live", timeout_s=8)
        await full.join(server.link(room))
        await until(lambda: sees(full, looks[0], fps=5), timeout_s=10, what="the page with H.264 sees the source")
        assert status(server, made)["status"]["transcoding"] == []
        await bare.join(server.link(room))
        await until(lambda: sees(bare, looks[0], fps=5), timeout_s=20, what="the page without H.264 sees the source")
        await made_once(server, made, bare)
        assert await sees(full, looks[0], fps=5)
        await (
            full.page.get_by_role("img", name="转码中")
            .or_(full.page.get_by_text("转码中"))
            .first.wait_for(timeout=3000)
        )


async def test_a_falling_frame_rate_is_told(
    server: RunningServer, enter: Enter, looks: list[Looks], slowing: Clip, tmp_path: Path
) -> None:
    room = server.room("slow")
    made = source(server, "rtmp", room)
    guest = await enter("客", looks[1])
    await guest.join(server.link(room))
    with running(ffmpeg_push(slowing, made["push"]["full"], muxer="flv"), tmp_path / "push.log"):
        await tile_is(guest, made, "live", timeout_s=8)
        await tile_is(guest, made, "low-rate", timeout_s=15)
        await says(guest, made, "帧率过低")
        assert status(server, made)["measured"]["fps"] < 15 / 2
