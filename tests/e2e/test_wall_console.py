"""The console in a real browser with a real display beside it: what hands do there, the display shows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.e2e.desk_stage import Desk, has, open_desk, steady
from tests.e2e.people import until
from tests.e2e.wall_stage import Crowd, Kiosk, all_live, launch_browser, open_crowd, open_kiosk
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(150)

FAST_MS = 300.0
"""From letting go at the console to the pane of the display being another one."""
SHOWS = """([pane, who]) => new Promise((done) => {
  const look = () => {
    const found = document.querySelector(`article[data-pane="${pane}"]`);
    if (found?.dataset.shows === who) { done(Date.now()); return true; }
    return false;
  };
  if (look()) return;
  const watch = new MutationObserver(() => { if (look()) watch.disconnect(); });
  watch.observe(document.body, { subtree: true, childList: true, attributes: true });
})"""
RELEASED = (
    "() => new Promise((done) => addEventListener('pointerup', () => done(Date.now()), { once: true, capture: true }))"
)


class Stage:
    def __init__(self, server: RunningServer, room: str, browser: Browser, crowd: Crowd) -> None:
        self.server, self.room, self.browser, self.crowd = server, room, browser, crowd

    async def kiosk(self, name: str = "左屏") -> Kiosk:
        kiosk = await open_kiosk(self.browser, self.server, self.room)
        await kiosk.pair(name)
        return kiosk

    async def desk(self, name: str = "王指挥", **more: Any) -> Desk:
        return await open_desk(self.browser, self.server, self.room, name, **more)

    async def person(self, role: str, name: str, *, size: tuple[int, int] = (1280, 720)) -> Page:
        """Somebody in the meeting page; the browser gives them a camera of its own making."""
        context = await self.browser.new_context(
            viewport={"width": size[0], "height": size[1]}, locale="zh-CN", permissions=["camera", "microphone"]
        )
        page = await context.new_page()
        await page.goto(self.server.link(self.room, role))
        await page.get_by_role("textbox").first.fill(name)
        await page.get_by_role("button", name="开始观看" if role == "viewer" else "加入会议").click()
        await page.locator("main section").first.wait_for(timeout=20_000)
        return page

    async def of(self, identity: str) -> str:
        """What the room calls somebody of the crowd."""
        return next(one["id"] for one in self.server.participants(self.room) if one["identity"] == identity)


Prepare = Callable[[int], Awaitable[Stage]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
async def prepare(server: RunningServer) -> AsyncIterator[Prepare]:
    """`await prepare(people)`: a room of its own with so many publishers."""
    async with AsyncExitStack() as stack, async_playwright() as playwright:
        browser = await launch_browser(playwright)
        stack.push_async_callback(browser.close)

        async def one(people: int) -> Stage:
            room = server.room("指挥室")
            crowd = await open_crowd(browser, server, room)
            if people:
                await crowd.enter(people, layers=2)
            return Stage(server, room, browser, crowd)

        yield one


async def test_what_is_dragged_stands_on_the_display_at_once_and_can_be_swapped_enlarged_and_undone(
    prepare: Prepare,
) -> None:
    stage = await prepare(2)
    kiosk, desk = await stage.kiosk(), await stage.desk()
    wall = kiosk.wall
    await has(desk, wall, "the console knows the wall")
    first = await stage.of("crowd-0")
    await desk.carry(desk.item("crowd-0"), desk.spot(wall, 1))
    shown = asyncio.create_task(kiosk.page.evaluate(SHOWS, [1, first]))
    released = asyncio.create_task(desk.page.evaluate(RELEASED))
    await asyncio.sleep(0.2)  # both pages have begun to look
    await desk.page.mouse.up()
    took_ms = await asyncio.wait_for(shown, 10) - await released
    print(f"console to wall: {took_ms:.0f} ms, server's answer {(await desk.state())['roundTripMs']:.0f} ms")
    assert took_ms < FAST_MS
    await all_live(kiosk, 1)
    await desk.drag(desk.item("crowd-1"), desk.spot(wall, 2))
    await steady(desk)
    assert await desk.holds(wall, "", "crowd-0", "crowd-1")
    await desk.drag(desk.spot(wall, 1), desk.spot(wall, 2))
    await until(lambda: desk.holds(wall, "", "crowd-1", "crowd-0"), timeout_s=5, what="the panes are swapped")
    await desk.spot(wall, 2).dblclick()
    await until(lambda: _panes(kiosk, [2]), timeout_s=5, what="one pane fills the display")
    await desk.spot(wall, 2).dblclick()
    await until(lambda: _panes(kiosk, [0, 1, 2, 3]), timeout_s=5, what="all panes are back")
    await all_live(kiosk, 2)
    undo = desk.page.get_by_role("button", name="撤销")
    for _ in range(4):  # enlarged, back, swapped, the second one placed
        await undo.click()
    await until(lambda: desk.holds(wall, "", "crowd-0", ""), timeout_s=5, what="four steps are taken back")
    assert [one for one in desk.console if one.startswith(("pageerror", "error"))] == []


async def _panes(kiosk: Kiosk, wanted: list[int]) -> bool:
    return sorted(one["pane"] for one in await kiosk.panes()) == wanted


async def test_a_display_is_paired_by_its_code_renamed_and_removed(prepare: Prepare) -> None:
    stage = await prepare(0)
    kiosk = await open_kiosk(stage.browser, stage.server, stage.room)
    desk = await stage.desk()
    code = await kiosk.code()
    await desk.page.locator("[data-no-wall] button").click()
    form = desk.page.locator("[data-pair-form]")
    await form.locator("input").first.click()
    await desk.page.keyboard.type("000000" if code != "000000" else "111111")
    await form.get_by_label("大屏名称").fill("前厅")
    await form.get_by_role("button", name="添加大屏").click()
    await desk.told("配对码")
    await form.locator("input").first.click()
    await desk.page.keyboard.type(code)
    await form.get_by_role("button", name="添加大屏").click()
    await kiosk.page.locator("main[data-wall]").wait_for(timeout=20_000)
    tab = desk.page.locator("[data-wall-tab]")
    await tab.filter(has_text="前厅").wait_for()
    await desk.tab("displays")
    row = desk.page.locator("[data-display]")
    await row.get_by_role("button", name="重命名").click()
    await desk.page.locator(".mantine-Modal-content input").fill("后厅")
    await desk.page.locator("[data-save]").click()
    await tab.filter(has_text="后厅").wait_for()
    await row.get_by_role("button", name="移除").click()
    await desk.page.locator(".mantine-Modal-content").get_by_role("button", name="移除").click()
    await desk.page.locator("[data-no-wall]").wait_for()
    assert await kiosk.code() != code


async def test_a_scene_is_saved_and_put_on_every_wall(prepare: Prepare) -> None:
    stage = await prepare(1)
    left, right = await stage.kiosk("左屏"), await stage.kiosk("右屏")
    desk = await stage.desk()
    for kiosk in (left, right):
        await has(desk, kiosk.wall, "the console knows both walls")
    await desk.page.locator(f'[data-wall-tab="{left.wall}"]').click()
    await desk.page.get_by_role("button", name="布局").click()
    await desk.page.locator('[data-template="one-big-5"]').click()
    await desk.drag(desk.item("crowd-0"), desk.spot(left.wall, 0))
    await steady(desk)
    await desk.page.locator("[data-save-scene]").click()
    await desk.page.locator(".mantine-Modal-content input").fill("防汛")
    await desk.page.locator("[data-save]").click()
    card = desk.page.locator('[data-scene="防汛"]')
    await card.locator("[data-apply-to]").click()
    await desk.page.get_by_role("menuitem", name="应用到全部大屏").click()
    for kiosk in (left, right):
        await until(lambda of=kiosk: _panes(of, [0, 1, 2, 3, 4, 5]), timeout_s=8, what="the scene is on the wall")  # type: ignore[misc]
        await all_live(kiosk, 1)
    await card.get_by_text("在屏").wait_for()
    await desk.tab("acts")
    log = desk.page.locator("[data-act]")
    await log.filter(has_text="应用了场景").first.wait_for()
    assert "王指挥" in await log.first.inner_text()


async def test_two_consoles_never_overwrite_each_other_unseen(prepare: Prepare) -> None:
    stage = await prepare(2)
    kiosk = await stage.kiosk()
    wall = kiosk.wall
    first, second = await stage.desk("王指挥"), await stage.desk("李值班", slow=True)
    for desk in (first, second):
        await has(desk, wall, "both consoles know the wall")
    second.hold = True
    await first.drag(first.item("crowd-0"), first.spot(wall, 0))
    await steady(first)
    assert await second.holds(wall, "")
    await second.drag(second.item("crowd-1"), second.spot(wall, 0))
    await second.told("别人刚改了这块大屏")
    await until(
        lambda: second.holds(wall, "crowd-0"), timeout_s=5, what="the second console shows the first one's edit"
    )
    assert await first.holds(wall, "crowd-0")
    await second.drag(second.item("crowd-1"), second.spot(wall, 0))
    await until(lambda: first.holds(wall, "crowd-1"), timeout_s=5, what="done again on the newest state, it counts")


async def test_a_wall_is_taken_over_and_handed_back(prepare: Prepare) -> None:
    stage = await prepare(1)
    kiosk = await stage.kiosk()
    wall = kiosk.wall
    first, second = await stage.desk("王指挥"), await stage.desk("李值班")
    for desk in (first, second):
        await has(desk, wall, "both consoles know the wall")
    await first.page.get_by_role("button", name="接管").click()
    await first.page.get_by_text("您正在独占调度").wait_for()
    await second.page.get_by_text("王指挥 · 调度台 正在独占调度").wait_for()
    assert await second.page.get_by_role("button", name="撤销").is_disabled()
    await second.drag(second.item("crowd-0"), second.spot(wall, 0))
    assert await second.settled()
    assert await first.holds(wall, "")
    await second.page.get_by_role("button", name="接管").click()
    await second.page.locator(".mantine-Modal-content").get_by_role("button", name="接管").click()
    await first.told("李值班 · 调度台 接管了")
    await second.page.locator(".mantine-Modal-content").wait_for(state="detached")
    await second.page.get_by_role("button", name="交还").wait_for()
    await second.drag(second.item("crowd-0"), second.spot(wall, 0))
    await until(lambda: first.holds(wall, "crowd-0"), timeout_s=5, what="the new holder edits")
    await second.page.get_by_role("button", name="交还").click()
    await until(lambda: _enabled(first), timeout_s=5, what="handed back, everybody may edit")


async def _enabled(desk: Desk) -> bool:
    return await desk.page.get_by_role("button", name="撤销").is_enabled()


async def test_a_layout_is_pushed_to_all_and_locked_where_one_may_not_see(prepare: Prepare) -> None:
    stage = await prepare(1)
    server, room = stage.server, stage.room
    secret = server.api(
        "POST", "/api/v1/sources", {"kind": "rtmp", "name": "机密", "rooms": [room], "audience": "hosts"}
    )["id"]
    kiosk, desk = await stage.kiosk(), await stage.desk()
    wall = kiosk.wall
    await has(desk, wall, "the console knows the wall")
    person = await stage.person("participant", "参会人")
    await desk.drag(desk.item("crowd-0"), desk.spot(wall, 0))
    await desk.tab("sources")
    await desk.drag(desk.item(secret), desk.spot(wall, 1))
    await steady(desk)
    await desk.page.get_by_role("button", name="推送给全体").click()
    shared = person.locator("section[data-shared]")
    await shared.wait_for(timeout=10_000)
    await shared.locator('article[data-pane="0"][data-state="live"]').wait_for(timeout=15_000)
    await shared.locator('article[data-pane="1"][data-state="locked"]').wait_for(timeout=5_000)
    note = person.locator("[data-shared-note]")
    assert "王指挥" in await note.inner_text()
    await note.get_by_role("button", name="看我的视图").click()
    await person.locator("article[data-tile]").first.wait_for()
    assert await shared.count() == 0
    await note.get_by_role("button", name="看推送的布局").click()
    await shared.wait_for()
    await desk.page.get_by_role("button", name="停止推送").click()
    await person.locator("article[data-tile]").first.wait_for()
    assert await note.count() == 0


async def test_a_polling_group_turns_by_hand_and_a_pane_is_kept(prepare: Prepare) -> None:
    stage = await prepare(3)
    kiosk, desk = await stage.kiosk(), await stage.desk()
    wall = kiosk.wall
    await has(desk, wall, "the console knows the wall")
    await desk.tab("polling")
    await desk.page.locator("[data-add-group]").click()
    dialog = desk.page.locator("[data-group-dialog]")
    await dialog.get_by_role("button", name="全选").click()
    await dialog.get_by_role("textbox", name="每页停留").fill("60")
    await dialog.locator("[data-save]").click()
    await steady(desk)
    await desk.tab("groups")
    await desk.drag(desk.page.locator("[data-group-item]"), desk.spot(wall, 0))
    await steady(desk)
    card = desk.page.locator("[data-group]")
    await card.get_by_text("秒后换页").wait_for()
    await until(lambda: _shows(desk, wall, "crowd-0"), timeout_s=5, what="the first member")
    await card.get_by_role("button", name="下一页").click()
    await until(lambda: _shows(desk, wall, "crowd-1"), timeout_s=5, what="the next member")
    await desk.spot(wall, 0).hover()
    await desk.page.get_by_role("button", name="固定这个画面").click()
    await steady(desk)
    await card.get_by_role("button", name="下一页").click()
    await steady(desk)
    assert await _shows(desk, wall, "crowd-1")
    await card.get_by_role("button", name="暂停").click()
    await card.get_by_text("已暂停").wait_for()


async def _shows(desk: Desk, wall: str, identity: str) -> bool:
    state = await desk.state()
    who = {one["id"]: one["identity"] for one in state["participants"]}
    panes = state["walls"][wall]["panes"]
    return bool(panes) and who.get(panes[0]["shows"]) == identity


async def test_an_alarm_is_raised_and_cleared_at_the_console(prepare: Prepare) -> None:
    stage = await prepare(1)
    kiosk, desk = await stage.kiosk(), await stage.desk()
    await has(desk, kiosk.wall, "the console knows the wall")
    await desk.tab("alarms")
    await desk.page.locator("[data-raise]").click()
    await desk.page.get_by_label("告警内容").fill("3 号闸口超警戒")
    await desk.page.locator("[data-send-alarm]").click()
    await kiosk.page.locator('article[data-alarm="true"]').wait_for(timeout=4_000)
    row = desk.page.locator("[data-alarm] strong", has_text="3 号闸口超警戒").first
    await row.wait_for()
    await desk.page.get_by_role("button", name="解除").click()
    await kiosk.page.locator('article[data-alarm="true"]').wait_for(state="detached", timeout=4_000)


async def test_a_finger_on_a_tablet_carries_swaps_and_chooses(prepare: Prepare) -> None:
    stage = await prepare(2)
    kiosk, desk = await stage.kiosk(), await stage.desk(size=(1180, 820), touch=True)
    wall = kiosk.wall
    await has(desk, wall, "the console knows the wall")
    await desk.finger(desk.item("crowd-0"), desk.spot(wall, 0))
    await until(lambda: desk.holds(wall, "crowd-0", ""), timeout_s=5, what="a finger places")
    await desk.finger(desk.spot(wall, 0), desk.spot(wall, 3))
    await until(lambda: desk.holds(wall, "", "", "", "crowd-0"), timeout_s=5, what="a finger swaps")
    await desk.spot(wall, 1).tap()
    await desk.item("crowd-1").tap()
    await until(lambda: desk.holds(wall, "", "crowd-1"), timeout_s=5, what="a tap fills the chosen pane")


async def test_a_host_in_the_meeting_opens_the_console_with_the_same_right(prepare: Prepare) -> None:
    stage = await prepare(0)
    kiosk = await stage.kiosk("左屏")
    person, guest = await stage.person("host", "王主任"), await stage.person("participant", "参会人")
    await guest.get_by_role("button", name="更多").click()
    await guest.get_by_role("menuitem", name="设备设置").wait_for()
    assert await guest.locator("[data-open-console]").count() == 0
    await person.get_by_role("button", name="更多").click()
    async with person.context.expect_page() as opened:
        await person.locator("[data-open-console]").click()
    console = await opened.value
    await console.locator(f'[data-wall-tab="{kiosk.wall}"]').wait_for(timeout=15_000)
    assert "t=" not in console.url
    people = person.locator("[data-panel=people]")
    await person.get_by_role("button", name="成员").click()
    await people.get_by_text("左屏").wait_for()
    assert "大屏" in await people.inner_text()


async def test_free_windows_are_drawn_and_a_display_that_went_is_told(prepare: Prepare) -> None:
    stage = await prepare(1)
    kiosk, desk = await stage.kiosk(), await stage.desk()
    wall = kiosk.wall
    await has(desk, wall, "the console knows the wall")
    await desk.page.get_by_role("button", name="布局").click()
    await desk.page.get_by_role("button", name="自由窗口编辑").click()
    for _ in range(2):
        await desk.page.locator("[data-window]").last.click()
        await desk.page.get_by_role("button", name="删除窗口").click()
    corner = desk.page.locator('[data-window="1"] [data-corner="se"]')
    box, canvas = await corner.bounding_box(), await desk.page.locator('[data-window="1"]').bounding_box()
    assert box and canvas
    await desk.page.mouse.move(box["x"] + 13, box["y"] + 13)
    await desk.page.mouse.down()
    await desk.page.mouse.move(box["x"] + 13, box["y"] + 13 + canvas["height"], steps=5)
    await desk.page.mouse.up()
    await desk.page.locator("[data-apply-windows]").click()
    await until(lambda: _panes(kiosk, [0, 1]), timeout_s=5, what="two windows on the display")
    assert (await desk.wall(wall))["board"]["windows"][1] == pytest.approx(
        {"x": 0.5, "y": 0.0, "width": 0.5, "height": 1.0}, abs=0.01
    )
    await desk.page.locator('[data-wall-truth="shown"]').wait_for(timeout=8_000)
    await kiosk.context.close()
    await desk.page.locator('[data-wall-truth="offline"]').wait_for(timeout=60_000)
