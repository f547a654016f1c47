"""A recording from the host's press to the player, by what real browsers show."""

from __future__ import annotations

import asyncio
import json
import subprocess
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.async_api import Locator, Page, async_playwright

from tests.e2e.conftest import Enter
from tests.e2e.people import TONE_MIN_DB, Looks, Person, launch, until
from tests.e2e.recorded import (
    EARS,
    GUEST,
    HOST,
    ONLOOKER,
    Recorded,
    Seen,
    record_meeting,
    seen,
    silence_of,
    small_looks,
)
from tests.fakes.pictures import read_counter
from tests.fakes.server import RunningServer

pytestmark = [pytest.mark.timeout(180), pytest.mark.timed]

IN_STEP_MS = 100.0
WATCHED_MS = 2_000.0


@pytest.fixture(scope="module")
def cast(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Looks]:
    folder = tmp_path_factory.mktemp("cast")
    return {HOST: small_looks(folder, 35, 700), GUEST: small_looks(folder, 120, 1900)}


@pytest.fixture(scope="module")
def recorded(
    server: RunningServer, cast: dict[str, Looks], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Recorded]:
    """One meeting for all of the tests: it takes long."""
    folder = tmp_path_factory.mktemp("meeting")

    async def meeting() -> Recorded:
        async with async_playwright() as playwright:
            return await record_meeting(server, lambda who, looks: launch(playwright, who, looks, folder=folder), cast)

    yield asyncio.run(meeting())


async def library(enter: Enter, looks: Looks, server: RunningServer, **options: object) -> Person:
    admin = await enter("管", looks, **options)
    await admin.context.add_init_script(path=EARS)
    await admin.page.goto(server.url + "/recordings")
    await admin.page.get_by_label("管理密钥").fill(server.admin_key)
    await admin.page.get_by_role("button", name="登录").click()
    return admin


async def opened(enter: Enter, looks: Looks, server: RunningServer, recorded: Recorded, **options: object) -> Person:
    """The player, standing at the beginning."""
    admin = await library(enter, looks, server, **options)
    await admin.page.locator(f"[data-recording={recorded.id}] a").click()
    await admin.page.get_by_role("button", name="播放", exact=True).wait_for(timeout=15_000)
    return admin


async def steps(page: Page, recorded: Recorded, cast: dict[str, Looks], rate: float) -> dict[str, Seen]:
    """Waits until both are seen at this rate and in step; fails with what was seen last."""
    latest: dict[str, Seen] = {}

    async def together() -> bool:
        latest.clear()
        latest.update(await seen(page, recorded, cast, rate, WATCHED_MS / max(1.0, rate / 2)))
        right = [one for one in latest.values() if abs(one.rate - rate) < 0.15 * rate]
        return len(right) == 2 and offset_ms(latest) <= IN_STEP_MS

    try:
        await until(together, timeout_s=20, what=f"in step at {rate}×")
    except AssertionError as failure:
        raise AssertionError(f"{failure}: {latest}") from failure
    return latest


def offset_ms(both: dict[str, Seen]) -> float:
    return abs(both[HOST].lead_ms - both[GUEST].lead_ms)


async def choose_rate(page: Page, rate: str) -> None:
    await page.get_by_role("button", name="播放速度").click()
    await page.get_by_role("menuitem", name=f"{rate}×", exact=True).click()


def middle_ms(recorded: Recorded) -> float:
    """Within the second files of both pictures."""
    seconds = [track["segments"][1] for track in recorded.contents["tracks"] if track["kind"] == "video"]
    return float(max(one["fromMs"] for one in seconds)) + 1_500


def test_everybody_is_told_by_mark_sound_and_words(recorded: Recorded) -> None:
    told = recorded.told
    assert told["alarm"] == "false"
    assert "正在录制" in told["mark"]
    assert HOST in told["mark"]
    assert told["chime"][:2] == [523, 784], "two notes that rise"
    assert told["buttons"] == 0, "a guest may not stop it"


async def test_pictures_and_sounds_play_in_step(
    server: RunningServer, recorded: Recorded, cast: dict[str, Looks], enter: Enter
) -> None:
    admin = await opened(enter, cast[HOST], server, recorded)
    page = admin.page
    await page.get_by_role("button", name="播放", exact=True).click()
    await steps(page, recorded, cast, 1.0)
    for look in cast.values():
        await until(partial(loud, page, look), timeout_s=10, what=f"{look.tone_hz} Hz is heard")
    for rate in ("0.5", "2", "4"):
        await choose_rate(page, rate)
        await page.keyboard.press("Home")
        if not await page.get_by_role("button", name="暂停", exact=True).count():
            await page.get_by_role("button", name="播放", exact=True).click()
        await steps(page, recorded, cast, float(rate))
    assert [line for line in admin.console if line.startswith(("error", "pageerror"))] == []


async def test_a_seek_shows_the_pictures_of_that_very_time(
    server: RunningServer, recorded: Recorded, cast: dict[str, Looks], enter: Enter
) -> None:
    admin = await opened(enter, cast[HOST], server, recorded)
    page = admin.page
    began_ms, length_s = await begin_and_length(page, recorded)
    share = (middle_ms(recorded) - began_ms) / 1000 / length_s
    await press_the_line(page, share)

    async def there() -> bool:
        at_ms = began_ms + (await place_s(page)) * 1000
        shown = await stills(page, recorded, cast)
        return len(shown) == 2 and all(abs(wall - at_ms) < 300 for wall in shown.values())

    await until(there, timeout_s=15, what="both show the time of the press")
    await page.keyboard.press("ArrowLeft")
    await until(there, timeout_s=15, what="both show five seconds earlier")
    await page.get_by_role("button", name="播放", exact=True).click()
    await steps(page, recorded, cast, 1.0)


async def press_the_line(page: Page, share: float) -> None:
    """Goes to this share, 0 to 1, of the whole."""
    box = await page.get_by_role("slider", name="播放位置").bounding_box()
    assert box is not None
    await page.mouse.click(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)


async def begin_and_length(page: Page, recorded: Recorded) -> tuple[float, float]:
    """Where the time line begins (Unix ms), and how long it is."""
    tracks = recorded.contents["tracks"]
    begun = min(segment["fromMs"] for track in tracks for segment in track["segments"])
    started: float = await page.evaluate("(at) => Date.parse(at)", recorded.contents["startedAt"])
    length = await page.get_by_role("slider", name="播放位置").get_attribute("aria-valuemax")
    return min(begun, started), float(length or 0)


async def place_s(page: Page) -> float:
    """The position the address names; it follows within a second."""
    return float(await page.evaluate("() => new URLSearchParams(location.hash.slice(1)).get('t') ?? 0"))


async def stills(page: Page, recorded: Recorded, cast: dict[str, Looks]) -> dict[str, float]:
    """When the meeting showed what the standing player shows."""
    counters = await page.evaluate("() => __probe.stills()")
    found: dict[str, float] = {}
    for who, look in cast.items():
        mine = [one["counter"] for one in counters if one["hue"] is not None and abs(one["hue"] - look.hue) <= 8]
        if mine and mine[0] in recorded.truth[who]:
            found[who] = recorded.truth[who][mine[0]]
    return found


async def test_gaps_events_and_the_big_picture(
    server: RunningServer, recorded: Recorded, cast: dict[str, Looks], enter: Enter
) -> None:
    admin = await opened(enter, cast[HOST], server, recorded)
    page = admin.page
    for track in recorded.contents["tracks"]:
        line = page.locator(f"[data-lane={track['id']}]")
        assert await line.locator("[data-reason=crash]").first.get_attribute("aria-label")
        assert "录制服务重启" in str(await line.locator("[data-reason=crash]").first.get_attribute("title"))
    events = page.locator("aside ol li")
    words = await events.all_inner_texts()
    assert any(f"{GUEST} 离开" in one for one in words)
    assert any("录制开始" in one for one in words)
    assert any(f"{ONLOOKER} 加入" in one for one in words)
    await page.locator("aside ol [data-kind=left]").click()

    async def at_the_end() -> bool:
        return await page.locator("aside ol [data-kind=left][aria-current=step]").count() == 1

    await until(at_the_end, timeout_s=5, what="the player has gone to the event")
    await press_the_line(page, 0.3)
    small = page.locator("[data-track][data-big=false]")
    await small.first.wait_for(timeout=10_000)
    chosen = await small.first.get_attribute("data-track")
    await small.first.get_by_role("button").click()
    await page.locator(f"[data-track={chosen}][data-big=true]").wait_for(timeout=5_000)
    await page.reload()
    await page.locator(f"[data-track={chosen}][data-big=true]").wait_for(timeout=15_000)


async def test_silence_is_silent_says_why_and_loudness_is_kept(
    server: RunningServer, recorded: Recorded, cast: dict[str, Looks], enter: Enter
) -> None:
    admin = await opened(enter, cast[HOST], server, recorded)
    page = admin.page
    hole = silence_of(recorded, GUEST)
    assert hole is not None
    began_ms, length_s = await begin_and_length(page, recorded)
    await press_the_line(page, (hole["fromMs"] + 300 - began_ms) / 1000 / length_s)
    guest = page.locator(f"[data-person={GUEST}]")
    await until(lambda: says(guest, "data-silent", "true"), timeout_s=5, what="the guest's silence is told")
    assert await guest.locator("small").inner_text() in ("已静音", "没有发送数据")
    await choose_rate(page, "0.5")
    await page.get_by_role("button", name="播放", exact=True).click()
    assert await hears(page, cast[GUEST], 1_000) < TONE_MIN_DB, "there is sound in the hole"
    await until(lambda: says(guest, "data-silent", "false"), timeout_s=15, what="the guest's sound is told")
    await until(lambda: loud(page, cast[GUEST]), timeout_s=10, what="the guest is heard after the hole")
    await guest.get_by_role("button", name=f"静音：{GUEST}").click()
    await page.get_by_role("button", name="事件和声音").click()
    await guest.wait_for(state="detached", timeout=5_000)
    await press_the_line(page, 0.2)
    assert await hears(page, cast[GUEST], 1_500) < TONE_MIN_DB
    await page.get_by_role("button", name="事件和声音").click()
    assert await guest.get_by_role("button", name=f"取消静音：{GUEST}").count() == 1
    await press_the_line(page, 0.2)
    assert await hears(page, cast[HOST], 1_500) >= TONE_MIN_DB, "only the guest is muted"


async def says(where: Locator, name: str, value: str) -> bool:
    return await where.count() == 1 and await where.get_attribute(name) == value


async def hears(page: Page, look: Looks, for_ms: float) -> float:
    """How far this person's tone stands out, dB."""
    level: float = await page.evaluate("([hz, ms]) => __ears.tone(hz, ms)", [look.tone_hz, for_ms])
    return level


async def loud(page: Page, look: Looks) -> bool:
    return await hears(page, look, 1_000) >= TONE_MIN_DB


async def test_a_track_and_the_whole_are_downloaded(
    server: RunningServer, recorded: Recorded, cast: dict[str, Looks], enter: Enter, tmp_path: Path
) -> None:
    admin = await opened(enter, cast[HOST], server, recorded)
    page = admin.page
    await page.get_by_role("button", name="下载", exact=True).click()
    files = sum(len(track["segments"]) for track in recorded.contents["tracks"])
    one = page.get_by_role("button", name=f"下载：{HOST} · 摄像头 · 第 1 段")
    await one.wait_for(timeout=10_000)
    async with page.expect_download() as download:
        await one.click()
    video = tmp_path / (await download.value).suggested_filename
    assert HOST in video.name
    await (await download.value).save_as(video)
    pictures = counters(video)
    assert len(pictures) >= 3 * 10
    assert pictures == sorted(set(pictures)), "in order, none twice"
    assert min(recorded.truth[HOST]) <= pictures[0] < pictures[-1] <= max(recorded.truth[HOST])
    async with page.expect_download() as download:
        await page.get_by_role("button", name="全部打包").click()
    whole = tmp_path / "whole.zip"
    await (await download.value).save_as(whole)
    with zipfile.ZipFile(whole) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        assert len([entry for entry in archive.namelist() if entry.endswith((".mkv", ".mka"))]) == files
    assert recorded.id in json.dumps(manifest)


def counters(file: Path) -> list[int]:
    """Every picture's burnt-in counter, as Debian's ffmpeg decodes the file."""
    words = ["-vf", "scale=320:180", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "gray", "-"]
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", file, *words], capture_output=True, check=True, stdin=subprocess.DEVNULL
    )
    found = [read_counter(one) for one in np.frombuffer(done.stdout, np.uint8).reshape(-1, 180, 320)]
    return [one for one in found if one is not None]


async def test_a_film_is_made_played_and_downloaded(
    server: RunningServer, recorded: Recorded, cast: dict[str, Looks], enter: Enter, tmp_path: Path
) -> None:
    admin = await opened(enter, cast[HOST], server, recorded)
    page = admin.page
    await page.locator("[data-sheet=films]").click()
    await page.get_by_role("button", name="生成合成影片").click()
    await page.locator("[data-layout=grid]").click()
    await page.get_by_text("只要其中一段").click()
    await page.get_by_label("到", exact=True).fill("59:00")
    await page.get_by_role("button", name="开始生成").click()
    await page.get_by_text("请填写录像之内的时间").wait_for(timeout=5_000)
    await page.get_by_label("从", exact=True).fill("0:02")
    await page.get_by_label("到", exact=True).fill("0:06")
    await page.get_by_label("清晰度").select_option("720")
    await page.get_by_role("button", name="开始生成").click()
    film = page.locator("[data-film]")
    await film.wait_for(timeout=10_000)
    await page.reload()
    await page.locator("[data-sheet=films]").click()
    await film.wait_for(timeout=15_000)
    assert "等分宫格 · 720p 25 帧" in await film.inner_text()
    await page.locator("[data-film][data-state=ready]").wait_for(timeout=90_000)
    async with page.expect_download() as download:
        await page.get_by_role("button", name="下载影片").click()
    file = tmp_path / (await download.value).suggested_filename
    await (await download.value).save_as(file)
    streams = {one["codec_type"]: one for one in probed(file)["streams"]}
    assert (streams["video"]["codec_name"], streams["audio"]["codec_name"]) == ("h264", "aac")
    assert (streams["video"]["width"], streams["video"]["height"]) == (1280, 720)
    assert abs(float(probed(file)["format"]["duration"]) - 4.0) < 0.5
    await page.get_by_role("button", name="播放影片").click()
    video = page.locator("video")
    await video.evaluate("(one) => one.play()")
    await until(lambda: plays(video), timeout_s=20, what="the film plays in the page")
    await page.reload()
    await until(lambda: ready(page.locator("video")), timeout_s=20, what="the film is there after a reload")
    await page.get_by_role("button", name="返回录像").click()
    await page.get_by_role("button", name="播放", exact=True).wait_for(timeout=15_000)


async def test_a_film_of_a_wall_scene(
    server: RunningServer, recorded: Recorded, cast: dict[str, Looks], enter: Enter
) -> None:
    path = f"/api/v1/recordings/{recorded.id}/films"
    known = {one["id"] for one in server.api("GET", path)["films"]}
    panes = [{"kind": "speaker"}, {"kind": "clock"}]
    for name in ("演练", "早会"):
        server.api("POST", f"/api/v1/rooms/{recorded.room}/scenes", {"name": name, "board": _board(panes)})
    admin = await opened(enter, cast[HOST], server, recorded)
    page = admin.page
    await page.locator("[data-sheet=films]").click()
    await page.get_by_role("button", name="生成合成影片").click()
    await page.locator("[data-layout=scene]").click()
    await page.get_by_label("大屏场景", exact=True).select_option(label="早会")
    await page.get_by_label("清晰度").select_option("720")
    await page.get_by_role("button", name="开始生成").click()
    await page.get_by_text("大屏布局“早会” · 720p 25 帧").wait_for(timeout=15_000)
    (film,) = [one for one in server.api("GET", path)["films"] if one["id"] not in known]
    assert (film["layout"], film["scene"]["name"], film["scene"]["version"]) == ("scene", "早会", 1)
    await page.locator(f"[data-film={film['id']}][data-state=ready]").wait_for(timeout=90_000)


def _board(panes: list[dict[str, Any]]) -> dict[str, Any]:
    return {"width": 1920, "height": 1080, "template": "grid-2", "panes": panes, "windows": [], "groups": []}


async def test_a_film_is_cancelled_made_again_and_deleted(
    server: RunningServer, recorded: Recorded, cast: dict[str, Looks], enter: Enter
) -> None:
    admin = await library(enter, cast[HOST], server)
    page = admin.page
    path = f"/api/v1/recordings/{recorded.id}/films"
    known = {one["id"] for one in server.api("GET", path)["films"]}
    row = page.locator(f"[data-recording={recorded.id}]")
    await row.get_by_role("button", name="更多操作").click()
    await page.get_by_role("menuitem", name="合成影片").click()
    await page.get_by_role("button", name="生成合成影片").click()
    await page.locator("summary").click()
    await page.get_by_label("编码").select_option("veryfast")
    await page.get_by_role("button", name="开始生成").click()

    async def begun() -> bool:
        found = await asyncio.to_thread(server.api, "GET", path)
        return len({one["id"] for one in found["films"]} - known) == 1

    await until(begun, timeout_s=10, what="the server knows of it")
    (made,) = {one["id"] for one in server.api("GET", path)["films"]} - known
    film = page.locator(f"[data-film={made}]")
    await film.get_by_role("button", name="取消生成").click()
    await page.locator(f"[data-film={made}][data-state=cancelled]").wait_for(timeout=15_000)
    await film.get_by_role("button", name="重新生成").click()
    assert await page.locator("[data-layout=speaker] input").is_checked()
    await page.locator("summary").click()
    assert await page.get_by_label("编码").input_value() == "veryfast"
    await page.keyboard.press("Escape")
    await film.get_by_role("button", name="删除影片").click()
    await page.get_by_role("dialog").last.get_by_role("button", name="删除影片").click()
    await film.wait_for(state="detached", timeout=10_000)
    assert made not in {one["id"] for one in server.api("GET", path)["films"]}


async def test_a_film_that_failed_says_why(
    server: RunningServer, recorded: Recorded, cast: dict[str, Looks], enter: Enter
) -> None:
    """The server's answer is given by the test: a full disk is not at hand here."""
    admin = await library(enter, cast[HOST], server)
    page = admin.page
    failed = {
        "id": "film-0000000000000000",
        "state": "failed",
        "kind": "asked",
        "layout": "one-big",
        "height": 720,
        "width": 1280,
        "fps": 15,
        "reason": {"zh": "磁盘空间不足。", "en": "The disk is full."},
        "askedAt": recorded.contents["startedAt"],
    }
    await page.route("**/films", lambda route: route.fulfill(json={"films": [failed]}))
    await page.goto(f"{server.url}/recordings#recording={recorded.id}")
    await page.locator("[data-sheet=films]").click()
    film = page.locator("[data-film][data-state=failed]")
    await film.wait_for(timeout=10_000)
    assert "生成失败：磁盘空间不足。" in await film.get_by_role("alert").inner_text()
    await film.get_by_role("button", name="重新生成").click()
    assert await page.locator("[data-layout=one-big] input").is_checked()
    assert await page.get_by_label("清晰度").input_value() == "720"


async def plays(video: Locator) -> bool:
    state = await video.evaluate("(one) => [one.currentTime, one.videoWidth, one.error === null]")
    return bool(state[0] > 1 and state[1] == 1280 and state[2])


async def ready(video: Locator) -> bool:
    return await video.count() == 1 and bool(await video.evaluate("(one) => one.readyState >= 2"))


def probed(file: Path) -> dict[str, Any]:
    """What ffprobe says of a file that ffmpeg decodes without a complaint."""
    judged = subprocess.run(["ffmpeg", "-v", "error", "-i", file, "-f", "null", "-"], capture_output=True, check=True)
    assert judged.stderr == b""
    asked = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(file)]
    found: dict[str, Any] = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)
    return found


async def test_who_is_not_an_administrator_sees_nothing(
    server: RunningServer, recorded: Recorded, cast: dict[str, Looks], enter: Enter
) -> None:
    stranger = await enter("外人", cast[GUEST])
    page = stranger.page
    await page.goto(f"{server.url}/recordings#recording={recorded.id}")
    await page.get_by_label("管理密钥").wait_for(timeout=10_000)
    assert await page.locator("[data-recording], [data-track], video").count() == 0
    await page.get_by_label("管理密钥").fill(server.token(recorded.room, "host"))
    await page.get_by_role("button", name="登录").click()
    await page.get_by_role("alert").or_(page.get_by_text("密钥不正确")).first.wait_for(timeout=10_000)
    assert await page.locator("[data-recording], [data-track], video").count() == 0
    ticket = server.api("POST", f"/api/v1/recordings/{recorded.id}/ticket")["ticket"]
    track = next(one for one in recorded.contents["tracks"] if one["kind"] == "video")
    mine = f"/api/v1/recordings/{recorded.id}/segments/{track['segments'][0]['id']}"
    statuses = await page.evaluate(
        "(all) => Promise.all(all.map((one) => fetch(one).then((answer) => answer.status)))",
        [
            f"{mine}?ticket={ticket}",
            mine,
            f"{mine}?ticket={ticket[:-2]}",
            f"/api/v1/recordings/{recorded.other}/archive?ticket={ticket}",
            f"{mine}?ticket={server.api('POST', f'/api/v1/recordings/{recorded.other}/ticket')['ticket']}",
        ],
    )
    assert statuses == [200, 401, 403, 403, 403]
