"""Scenes in real browsers: files from room to room, versions, one wall of two, other consoles, pages of other sites."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, FilePayload, Locator, async_playwright

from tests.e2e.desk_stage import Desk, has, open_desk, steady
from tests.e2e.people import until
from tests.e2e.wall_stage import Kiosk, launch_browser, open_kiosk
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(120)

AT_ONCE_MS = 1000.0
"""From the press of one console to the list of another."""
PANEL = "<!doctype html><meta charset=utf-8><title>GIS</title><h1>水位 31.2 m</h1>"
LISTED = """(name) => new Promise((done) => {
  const look = () => {
    if (!document.querySelector(`[data-scene="${name}"]`)) return false;
    done(Date.now());
    return true;
  };
  if (look()) return;
  const watch = new MutationObserver(() => { if (look()) watch.disconnect(); });
  watch.observe(document.body, { subtree: true, childList: true, attributes: true });
})"""
PRESSED = (
    "() => new Promise((done) => addEventListener('click', () => done(Date.now()), { once: true, capture: true }))"
)


@dataclass
class Stage:
    server: RunningServer
    room: str
    browser: Browser

    async def kiosk(self, name: str = "左屏") -> Kiosk:
        kiosk = await open_kiosk(self.browser, self.server, self.room)
        await kiosk.pair(name)
        return kiosk

    async def desk(self, *walls: Kiosk, name: str = "王指挥") -> Desk:
        """A console that knows these walls."""
        desk = await open_desk(self.browser, self.server, self.room, name)
        for kiosk in walls:
            await has(desk, kiosk.wall, "the console knows the wall")
        return desk


Open = Callable[[], Awaitable[Stage]]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The origin of a data panel on another server of the house."""

    class Panel(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(PANEL.encode())

        def log_message(self, *_: object) -> None:
            """Says nothing on the test's output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Panel) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def server(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    allowed = {"HUISHANG_WALLS__WEB_ALLOW": json.dumps([site])}
    with running_server(tmp_path_factory.mktemp("server"), settings=allowed) as running:
        yield running


@pytest.fixture
async def open_room(server: RunningServer) -> AsyncIterator[Open]:
    """`await open_room()`: a room of its own."""
    async with AsyncExitStack() as stack, async_playwright() as playwright:
        browser = await launch_browser(playwright)
        stack.push_async_callback(browser.close)

        async def one() -> Stage:
            return Stage(server, await asyncio.to_thread(server.room, "指挥室"), browser)

        yield one


# ---- what hands do --------------------------------------------------------------------------------------------------


async def choose_template(desk: Desk, template: str) -> None:
    await desk.page.get_by_role("button", name="布局").click()
    await desk.page.locator(f'[data-template="{template}"]').click()
    await steady(desk)


async def write(desk: Desk, words: str, wall: str, pane: int = 0) -> None:
    """The widget for text is filled in and carried onto a pane."""
    await desk.tab("extras")
    await desk.page.get_by_label("显示的文字").fill(words)
    await desk.drag(desk.page.locator('[data-extra="文字"]'), desk.spot(wall, pane))
    await steady(desk)


async def save(desk: Desk, name: str) -> Locator:
    """The wall as it is becomes a scene; returns its card."""
    await desk.page.locator("[data-save-scene]").click()
    await desk.page.locator(".mantine-Modal-content input").fill(name)
    await desk.page.locator("[data-save]").click()
    await desk.page.locator(".mantine-Modal-content").wait_for(state="detached")
    return card(desk, name)


def card(desk: Desk, name: str) -> Locator:
    return desk.page.locator(f'[data-scene="{name}"]')


async def menu(desk: Desk, name: str, item: str) -> None:
    await card(desk, name).get_by_role("button", name="更多操作").click()
    await desk.page.get_by_role("menuitem", name=item).click()


async def take_in(desk: Desk, content: object) -> None:
    """A file with `content` is chosen for import."""
    async with desk.page.expect_file_chooser() as choosing:
        await desk.page.locator("[data-import-scene]").click()
    payload: FilePayload = {
        "name": "scene.json",
        "mimeType": "application/json",
        "buffer": content if isinstance(content, bytes) else json.dumps(content).encode(),
    }
    await (await choosing.value).set_files(payload)


async def shows(kiosk: Kiosk, panes: int, words: str) -> None:
    """The display has so many panes, and its first one says this."""

    async def right() -> bool:
        first = kiosk.page.locator('article[data-pane="0"]')
        return await kiosk.page.locator("article[data-pane]").count() == panes and words in await first.inner_text()

    await until(right, timeout_s=6, what=f"{panes} panes and “{words}” on the display")


def quiet(desk: Desk) -> bool:
    """Nothing went wrong in the page itself. What the server refuses is said by the browser too."""
    return not [one for one in desk.console if one.startswith("pageerror")]


# ---- files ----------------------------------------------------------------------------------------------------------


async def test_a_scene_goes_as_a_file_to_the_console_of_another_room(open_room: Open, tmp_path: Path) -> None:
    here, there = await open_room(), await open_room()
    kiosk, far = await asyncio.gather(here.kiosk(), there.kiosk("远屏"))
    desk, other = await asyncio.gather(here.desk(kiosk), there.desk(far))
    await choose_template(desk, "one-big-5")
    await write(desk, "一级响应", kiosk.wall)
    await save(desk, "防汛/九江")
    async with desk.page.expect_download() as downloading:
        await menu(desk, "防汛/九江", "导出")
    download = await downloading.value
    assert download.suggested_filename.endswith("九江.json")
    await download.save_as(tmp_path / "scene.json")
    file: dict[str, Any] = json.loads((tmp_path / "scene.json").read_text(encoding="utf-8"))
    assert set(file) == {"format", "name", "board"}
    assert (file["format"], file["name"]) == ("huishang-scene-1", "防汛/九江")
    assert file["board"]["template"] == "one-big-5"
    assert [(pane["kind"], pane["text"]) for pane in file["board"]["panes"]] == [("text", "一级响应")] + [
        ("nothing", "")
    ] * 5
    await take_in(other, file)
    await other.told("已导入“防汛/九江”")
    await card(other, "防汛/九江").locator("[data-apply]").click()
    await shows(far, 6, "一级响应")
    assert quiet(desk)
    assert quiet(other)


# ---- versions, walls, undo ------------------------------------------------------------------------------------------


async def test_an_older_version_is_restored_and_the_wall_shows_it(open_room: Open) -> None:
    stage = await open_room()
    kiosk = await stage.kiosk()
    desk = await stage.desk(kiosk)
    await write(desk, "第一稿", kiosk.wall)
    await save(desk, "值守")
    await choose_template(desk, "grid-9")
    await write(desk, "第二稿", kiosk.wall)
    await menu(desk, "值守", "用当前布局更新")
    await desk.told("已保存“值守”")
    await card(desk, "值守").locator("[data-apply]").click()
    await card(desk, "值守").get_by_text("在屏", exact=True).wait_for()
    await shows(kiosk, 9, "第二稿")
    await menu(desk, "值守", "历史版本")
    versions = desk.page.locator("[data-version]")
    await versions.nth(1).wait_for()
    assert await versions.count() == 2
    await desk.page.locator('[data-version="1"] [data-restore]').click()
    await desk.told("已恢复第 1 版")
    await desk.page.locator('[data-version="3"]').get_by_text("当前").wait_for()
    await desk.page.keyboard.press("Escape")
    await card(desk, "值守").get_by_text("在屏的是第 2 版").wait_for()
    await shows(kiosk, 9, "第二稿")  # nothing changes on a wall before somebody applies it
    await card(desk, "值守").locator("[data-apply]").click()
    await shows(kiosk, 4, "第一稿")
    assert quiet(desk)


async def test_a_scene_goes_to_one_other_wall_and_is_taken_back_there(open_room: Open) -> None:
    stage = await open_room()
    left, right = await asyncio.gather(stage.kiosk("左屏"), stage.kiosk("右屏"))
    desk = await stage.desk(left, right)
    await desk.page.locator(f'[data-wall-tab="{right.wall}"]').click()
    await write(desk, "右屏原样", right.wall)
    await desk.page.locator(f'[data-wall-tab="{left.wall}"]').click()
    await choose_template(desk, "grid-9")
    await write(desk, "会商", left.wall)
    await save(desk, "九格")
    await choose_template(desk, "grid-1")
    await shows(left, 1, "会商")
    before = (await desk.wall(left.wall))["version"]
    await card(desk, "九格").locator("[data-apply-to]").click()
    await desk.page.get_by_role("menuitem", name="右屏").click()
    await shows(right, 9, "会商")
    await steady(desk)
    assert (await desk.wall(left.wall))["version"] == before
    await shows(left, 1, "会商")
    await desk.page.locator(f'[data-wall-tab="{right.wall}"]').click()
    await card(desk, "九格").get_by_text("在屏", exact=True).wait_for()
    await desk.page.get_by_role("button", name="撤销").click()
    await shows(right, 4, "右屏原样")
    assert await card(desk, "九格").get_by_text("在屏", exact=True).count() == 0
    assert quiet(desk)


# ---- other consoles -------------------------------------------------------------------------------------------------


async def test_a_scene_saved_at_one_console_is_at_another_at_once_also_after_a_lost_line(open_room: Open) -> None:
    stage = await open_room()
    kiosk = await stage.kiosk()
    one, two = await asyncio.gather(stage.desk(kiosk), stage.desk(kiosk, name="李值班"))
    asked = 0

    def count(url: str) -> None:
        nonlocal asked
        asked += url.endswith("/scenes")

    two.page.on("request", lambda request: count(request.url))
    await one.page.locator("[data-save-scene]").click()
    await one.page.locator(".mantine-Modal-content input").fill("夜班")
    listed = asyncio.create_task(two.page.evaluate(LISTED, "夜班"))
    pressed = asyncio.create_task(one.page.evaluate(PRESSED))
    await asyncio.sleep(0.2)  # both pages have begun to look
    await one.page.locator("[data-save]").click()
    took_ms = await asyncio.wait_for(listed, 10) - await pressed
    print(f"console to console: {took_ms:.0f} ms")
    assert took_ms < AT_ONCE_MS
    assert asked == 1
    await two.tab("acts")
    await two.page.locator('[data-act="scene-add"]', has_text="夜班").wait_for(timeout=2_000)
    await two.tab("scenes")
    await two.context.set_offline(True)
    await until(lambda: _phase(two, "reconnecting"), timeout_s=10, what="the second console has lost its line")
    await menu(one, "夜班", "重命名")
    await one.page.locator(".mantine-Modal-content input").fill("早班")
    await one.page.locator("[data-save]").click()
    await card(one, "早班").wait_for()
    assert await card(two, "早班").count() == 0
    await two.context.set_offline(False)
    await card(two, "早班").wait_for(timeout=15_000)
    assert await card(two, "夜班").count() == 0
    assert quiet(one)
    assert quiet(two)


async def _phase(desk: Desk, phase: str) -> bool:
    found: bool = (await desk.state())["phase"] == phase
    return found


# ---- pages of other sites -------------------------------------------------------------------------------------------


async def test_pages_of_allowed_sites_stand_on_the_wall_and_others_are_refused_in_words_also_from_files(
    open_room: Open, site: str
) -> None:
    stage = await open_room()
    kiosk = await stage.kiosk()
    desk = await stage.desk(kiosk)
    await desk.tab("extras")
    address, row = desk.page.get_by_label("网页地址"), desk.page.locator('[data-extra="网页面板"]')
    await desk.page.get_by_text(f"允许的站点：{site}").wait_for()
    for bad in ("https://evil.example.org/", "javascript:alert(1)", f"{site}.evil.example.org/"):
        await address.fill(bad)
        await desk.page.get_by_text("不在允许的站点内").wait_for()
        assert await row.is_disabled()
    await address.fill(f"{site}/water")
    assert await desk.page.get_by_text("不在允许的站点内").count() == 0
    await desk.drag(row, desk.spot(kiosk.wall, 1))
    await steady(desk)
    panel = kiosk.page.frame_locator('article[data-pane="1"] iframe')
    await panel.get_by_role("heading", name="水位 31.2 m").wait_for(timeout=8_000)
    assert (await desk.panes(kiosk.wall))[1]["url"] == f"{site}/water"
    board = {"width": 3840, "height": 2160, "template": "grid-1", "windows": [], "groups": [], "alarmPane": None}
    await take_in(desk, b"\x89PNG not a scene")
    await desk.told("不是会商导出的场景文件")
    await take_in(desk, {"name": "残缺", "board": {**board, "panes": [{"kind": "bomb"}]}})
    await desk.told("不是会商导出的场景文件")
    await take_in(
        desk, {"name": "外站", "board": {**board, "panes": [{"kind": "web", "url": "https://evil.example.org/a"}]}}
    )
    await desk.told("不在允许名单内的网页，没有导入：https://evil.example.org")
    await take_in(desk, {"name": "缺格", "board": {**board, "panes": []}})
    await desk.told("不能这样布置")
    await take_in(desk, {"name": "内站", "board": {**board, "panes": [{"kind": "web", "url": f"{site}/map"}]}})
    await card(desk, "内站").wait_for()
    assert await desk.page.locator("[data-scene]").count() == 1
    assert quiet(desk)


# ---- the home page --------------------------------------------------------------------------------------------------


async def test_the_card_of_a_room_counts_people_and_says_machines_apart(open_room: Open) -> None:
    stage = await open_room()
    server, room = stage.server, stage.room
    camera = {"name": "南门", "kind": "rtsp", "rooms": [room], "address": "rtsp://10.255.255.1/x"}
    await asyncio.to_thread(server.api, "POST", "/api/v1/sources", camera)
    kiosk = await stage.kiosk()
    await stage.desk(kiosk)
    context = await stage.browser.new_context(viewport={"width": 1920, "height": 1080}, locale="zh-CN")
    home = await context.new_page()
    await home.goto(server.url + "/")
    await home.get_by_label("管理密钥").fill(server.admin_key)
    await home.get_by_role("button", name="登录").click()
    inside = home.locator(f'[data-room="{room}"] [data-inside]')
    await inside.wait_for()
    assert (await inside.inner_text()).split("\n") == ["无人在会", "1 路信源", "1 块大屏", "1 个调度台"]
