"""The sources page as its administrator uses it: a drone that pushes, a camera that is tried before it is saved."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import ConsoleMessage, Locator, Page

from tests.behaviour.test_sources_whole import child_of
from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, Person, until
from tests.e2e.test_sources import PASSWORD, reaches, rtsp_camera, source
from tests.e2e.test_two_people import sees
from tests.fakes.pushers import Clip, ffmpeg_push, make_clip, running
from tests.fakes.server import RunningServer, free_port, running_server

pytestmark = pytest.mark.timeout(120)

CHINESE = re.compile(r"[\u3400-\u9fff]")


@pytest.fixture(scope="module")
def camera_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def dead_port() -> int:
    """Allowed, and nothing listens there."""
    return free_port()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, camera_port: int, dead_port: int) -> Iterator[RunningServer]:
    addresses = [f"127.0.0.1:{port}" for port in (camera_port, dead_port)]
    allowed = {"HUISHANG_SOURCES__ALLOW_ADDRESSES": json.dumps(addresses)}
    with running_server(tmp_path_factory.mktemp("server"), settings=allowed) as server:
        yield server


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, looks: list[Looks]) -> Clip:
    return make_clip(tmp_path_factory.mktemp("film"), looks[0].camera, looks[0].microphone, audio="opus")


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory, looks: list[Looks]) -> Clip:
    """What a drone sends: H.264 and AAC."""
    return make_clip(tmp_path_factory.mktemp("flown"), looks[0].camera, looks[0].microphone)


def complaints(page: Page) -> list[str]:
    """Filled with the console's errors as they come. A source without a picture has no thumbnail: that is no error."""
    found: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not (where.endswith("/thumbnail") and "404" in message.text):
            found.append(f"{message.text} {where}")

    page.on("console", heard)
    page.on("pageerror", lambda error: found.append(f"pageerror: {error}"))
    return found


async def sign_in(enter: Enter, looks: list[Looks], server: RunningServer, **options: object) -> Person:
    admin = await enter("管", looks[1], **options)
    await admin.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    await admin.page.goto(server.url + "/sources")
    await admin.page.get_by_label("管理密钥").fill(server.admin_key)
    await admin.page.get_by_role("button", name="登录").click()
    await admin.page.get_by_role("button", name="添加信源").first.wait_for(timeout=5000)
    return admin


def card(page: Page, name: str) -> Locator:
    return page.locator("li[data-source]").filter(has=page.get_by_role("heading", name=name, exact=True))


async def card_is(page: Page, name: str, state: str, *, timeout_s: float = 5.0) -> float:
    async def there() -> bool:
        found = card(page, name)
        return await found.count() == 1 and await found.get_attribute("data-source-state") == state

    return await until(there, timeout_s=timeout_s, what=f"the card of {name} says {state}")


async def choose(page: Page, name: str, action: str) -> None:
    """An action of the card's menu."""
    await card(page, name).get_by_role("button", name=f"更多操作: {name}").click()
    await page.get_by_role("menuitem", name=action, exact=True).click()


async def copied(page: Page, what: str) -> str:
    """What is in the clipboard after the button was pressed."""
    await page.get_by_role("button", name=f"复制：{what}").click()
    taken: str = await page.evaluate("() => navigator.clipboard.readText()")
    return taken


async def close(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    await page.keyboard.press("Escape")
    await dialog.wait_for(state="hidden", timeout=3000)


async def add_drone(page: Page, name: str, room: str) -> str:
    """Through the dialog to the line that is copied; the dialog stays open."""
    await page.get_by_role("button", name="添加信源").first.click()
    await page.get_by_role("radio", name="RTMP").check(force=True)
    await page.get_by_role("button", name="下一步").click()
    await page.get_by_label("名称", exact=True).fill(name)
    await page.get_by_label(room, exact=True).check()
    await page.get_by_role("button", name="保存").click()
    await page.get_by_text("已创建").wait_for(timeout=5000)
    assert await page.get_by_role("img", name="用推流软件扫码填写").count() == 1
    return await copied(page, "完整地址（一行粘贴）")


async def test_a_drone_from_the_dialog_to_its_end(
    server: RunningServer, enter: Enter, looks: list[Looks], flown: Clip, tmp_path: Path
) -> None:
    server.room("抗旱指挥")
    admin = await sign_in(enter, looks, server)
    page, errors = admin.page, complaints(admin.page)
    line = await add_drone(page, "无人机", "抗旱指挥")
    assert line.startswith("rtmp://127.0.0.1:")
    command = shlex.split(await copied(page, "FFmpeg 命令"))
    assert command[0] == "ffmpeg"
    assert command[-1] == line
    await page.get_by_role("button", name="完成").click()
    await card_is(page, "无人机", "waiting")
    with running(ffmpeg_push(flown, line, muxer="flv"), tmp_path / "push.log"):
        await until(lambda: shows_numbers(page, "无人机"), timeout_s=5, what="live with picture, size and codec")
        await preview(admin, looks)
        assert await card(page, "无人机").get_by_text("转码中").count() == 1
        await switched_off_and_on(page)
    with running(ffmpeg_push(flown, line, muxer="flv"), tmp_path / "again.log") as pusher:
        await card_is(page, "无人机", "live", timeout_s=8)
        await new_key(page, line, pusher)
    await card_is(page, "无人机", "offline")
    await history(page)
    await choose(page, "无人机", "删除")
    await page.get_by_role("dialog").get_by_role("button", name="删除").click()
    await card(page, "无人机").wait_for(state="detached", timeout=5000)
    assert not [one for one in server.api("GET", "/api/v1/sources")["sources"] if one["name"] == "无人机"]
    assert errors == []


async def shows_numbers(page: Page, name: str) -> bool:
    found = card(page, name)
    if await found.get_attribute("data-source-state") != "live":
        return False
    words = await found.inner_text()
    width = await found.locator("img").evaluate_all("(all) => all.map((one) => one.naturalWidth)")
    return "640×360" in words and "H.264 + AAC" in words and any(one > 0 for one in width)


async def preview(admin: Person, looks: list[Looks]) -> None:
    page = admin.page
    await card(page, "无人机").get_by_role("button", name="预览", exact=True).click()
    await page.locator("[data-preview=live]").wait_for(timeout=8000)
    await until(lambda: sees(admin, looks[0]), timeout_s=8, what="the preview's counters run")
    await close(page)


async def switched_off_and_on(page: Page) -> None:
    await choose(page, "无人机", "停用")
    await page.get_by_role("dialog").get_by_role("button", name="停用").click()
    await card_is(page, "无人机", "disabled")
    await card(page, "无人机").get_by_role("button", name="启用").click()
    await card_is(page, "无人机", "waiting")


async def new_key(page: Page, line: str, pusher: subprocess.Popen[bytes]) -> None:
    """The pusher is cut, the page shows another line."""
    await card(page, "无人机").get_by_role("button", name="推流地址").click()
    assert await copied(page, "完整地址（一行粘贴）") == line
    await page.get_by_role("button", name="更换密钥").click()
    await page.get_by_role("dialog", name="更换推流密钥").get_by_role("button", name="更换密钥").click()
    assert await asyncio.to_thread(pusher.wait, 8) != 0

    async def another() -> bool:
        return await copied(page, "完整地址（一行粘贴）") != line

    await until(another, timeout_s=5, what="another key is shown")
    await close(page)


async def history(page: Page) -> None:
    await choose(page, "无人机", "历史")
    told = page.locator("[data-history] strong")
    await told.first.wait_for(timeout=5000)
    words = " ".join(await told.all_inner_texts())
    for state in ("在线", "已停用", "等待首次推流", "离线"):
        assert state in words
    drawer = await page.locator("[data-history]").inner_text()
    assert "推流密钥已停用" in drawer
    assert "转码中 · 声音编码（如 AAC）" in drawer
    assert "audio-codec" not in drawer
    await close(page)


async def fill_camera(page: Page, address: str, *, user: str = "", password: str = "") -> None:
    await page.get_by_label("RTSP 地址").fill(address)
    await page.get_by_label("用户名").fill(user)
    await page.get_by_label("密码", exact=True).fill(password)


async def tried(page: Page) -> tuple[bool, str]:
    """Presses the test's button; whether it went well, and the words."""
    await page.get_by_role("button", name=re.compile("^(测试连接|重新测试)$")).click()
    await page.locator("[data-test=done]").wait_for(timeout=12_000)
    verdict = page.locator("[data-test=done] [data-ok]")
    return await verdict.get_attribute("data-ok") == "true", await verdict.inner_text()


async def test_a_camera_is_tried_in_plain_words_before_it_is_saved(
    server: RunningServer, enter: Enter, looks: list[Looks], film: Clip, camera_port: int, dead_port: int
) -> None:
    server.room("水库值班")
    admin = await sign_in(enter, looks, server)
    page, errors = admin.page, complaints(admin.page)
    await page.get_by_role("button", name="添加信源").first.click()
    await page.get_by_role("radio", name="RTSP").check(force=True)
    await page.get_by_role("button", name="下一步").click()
    await page.get_by_label("名称", exact=True).fill("大坝摄像机")
    await page.get_by_label("水库值班", exact=True).check()
    with rtsp_camera(film, camera_port):
        address = f"rtsp://127.0.0.1:{camera_port}/live"
        await fill_camera(page, address, user="kan", password="falsch")
        good, words = await tried(page)
        assert (good, "密码错误" in words) == (False, True)
        await fill_camera(page, f"rtsp://127.0.0.1:{dead_port}/live")
        good, words = await tried(page)
        assert (good, "连接不上" in words, "端口没有开放" in words) == (False, True, True)
        await fill_camera(page, f"rtsp://127.0.0.1:{free_port()}/live")
        good, words = await tried(page)
        assert (good, "服务器设置不允许连接这个地址" in words) == (False, True)
        # A pasted address with its login: the password leaves the field where everybody can read it.
        await fill_camera(page, address.replace("//", f"//kan:{PASSWORD}@"))
        assert PASSWORD not in await page.get_by_label("RTSP 地址").input_value()
        await page.get_by_label("用户名").fill("kan")
        await page.get_by_label("密码", exact=True).fill(PASSWORD)
        good, words = await tried(page)
        assert good, words
        assert "H.264 · 640×360 · 15 fps" in words
        assert "Opus" in words
        picture = page.locator("[data-test=done] img")
        assert await picture.evaluate("(one) => one.naturalWidth") > 0
        await page.get_by_role("button", name="保存").click()
        await card_is(page, "大坝摄像机", "standby")
        await card(page, "大坝摄像机").get_by_role("button", name="预览", exact=True).click()
        await page.locator("[data-preview=live]").wait_for(timeout=10_000)
        await until(lambda: sees(admin, looks[0]), timeout_s=8, what="the preview has woken the camera")
        await close(page)
    assert PASSWORD not in server.log.read_text(encoding="utf-8")
    assert errors == []


async def test_a_quarantined_source_says_so_and_is_started_again(
    server: RunningServer, enter: Enter, looks: list[Looks], film: Clip, camera_port: int
) -> None:
    admin = await sign_in(enter, looks, server)
    page, errors = admin.page, complaints(admin.page)
    with rtsp_camera(film, camera_port):
        address = f"rtsp://kan:{PASSWORD}@127.0.0.1:{camera_port}/live"
        made = source(server, "rtsp", server.room("隔离"), address=address, onDemand=False)
        for crash in range(3):
            await reaches(server, made, "live", timeout_s=6)
            os.kill(child_of(server, made), signal.SIGKILL)
            await reaches(server, made, *({"offline", "connecting"} if crash < 2 else {"quarantined"}), timeout_s=4)
        await card_is(page, made["name"], "quarantined")
        banner = card(page, made["name"]).get_by_role("alert")
        assert "已自动隔离 · 读取它的进程意外退出" in await banner.inner_text()
        await banner.get_by_role("button", name="重新启用").click()
        await card_is(page, made["name"], "live")
        assert await banner.count() == 0
        events = server.api("GET", f"/api/v1/sources/{made['id']}/history")["events"]
        assert "quarantined" in [event["state"] for event in events]
    assert errors == []


async def test_the_page_speaks_english_without_a_chinese_word(
    server: RunningServer, enter: Enter, looks: list[Looks], flown: Clip, dead_port: int, tmp_path: Path
) -> None:
    room = server.api("POST", "/api/v1/rooms", {"name": "Flood desk"})["id"]
    for one in server.api("GET", "/api/v1/sources")["sources"]:
        server.api("DELETE", f"/api/v1/sources/{one['id']}")
    drone = server.api("POST", "/api/v1/sources", {"name": "Drone", "kind": "rtmp", "rooms": [room]})
    dead = {"name": "Dam", "kind": "rtsp", "rooms": [room], "address": f"rtsp://127.0.0.1:{dead_port}/x"}
    dam = server.api("POST", "/api/v1/sources", {**dead, "onDemand": False})
    names = {one["name"] for one in server.api("GET", "/api/v1/rooms")["rooms"]}
    admin = await sign_in(enter, looks, server)
    page, errors = admin.page, complaints(admin.page)
    await page.get_by_text("English").click()
    with running(ffmpeg_push(flown, drone["push"]["full"], muxer="flv"), tmp_path / "push.log"):
        await reaches(server, dam, "unreachable", timeout_s=6)
        await card_is(page, "Drone", "live", timeout_s=8)
        await card_is(page, "Dam", "unreachable")
        await no_chinese(page, "the list", names)
        for action in ("Preview", "Push address", "Edit", "History", "Switch off", "Delete"):
            await card(page, "Drone").get_by_role("button", name=re.compile("Drone$")).last.click()
            await page.get_by_role("menuitem", name=action).click()
            await page.get_by_role("dialog").wait_for(timeout=3000)
            await no_chinese(page, action, names)
            await close(page)
        await page.get_by_role("button", name="Add source").first.click()
        for step in ("kinds", "details"):
            await no_chinese(page, f"the new source's {step}", names)
            if step == "kinds":
                await page.get_by_role("radio", name="RTSP").check(force=True)
                await page.get_by_role("button", name="Next").click()
        await page.get_by_role("button", name="Save").click()
        await page.get_by_text("Please enter a name").wait_for(timeout=3000)
        await no_chinese(page, "what is missing", names)
    assert errors == []


async def no_chinese(page: Page, where: str, names: set[str]) -> None:
    """Neither in what is read nor in what is read aloud. `names` are the rooms' own; the switch is in Chinese."""
    texts: list[str] = await page.evaluate(
        """() => {
          const foreign = '[lang="zh-CN"]';
          const all = [...document.querySelectorAll("body *")].filter((one) => !one.closest(foreign));
          const aloud = ["aria-label", "title", "placeholder", "alt"];
          const said = all.flatMap((one) => aloud.map((name) => one.getAttribute(name)));
          const nodes = all.flatMap((one) => [...one.childNodes]).filter((node) => node.nodeType === Node.TEXT_NODE);
          return [...said, ...nodes.map((node) => node.data), document.title].filter(Boolean);
        }"""
    )
    assert len(texts) > 20
    assert [text for text in texts if CHINESE.search(text) and text not in names] == [], where
