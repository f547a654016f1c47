"""What people are told when a recording is in trouble, and the room that records by itself."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from functools import partial

import pytest
from playwright.async_api import Locator, Page

from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, until
from tests.e2e.test_sources_meeting import in_room
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(120)

CHINESE = re.compile(r"[\u3400-\u9fff]")
NEARLY_ALL = 0.9
"""The share of the disk that is to be free: few disks have it, so the disk counts as nearly full."""


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """Its disk is nearly full."""
    folder = tmp_path_factory.mktemp("crowded")
    space = shutil.disk_usage(folder)
    if space.free > 0.85 * space.total:
        pytest.skip("this disk is too empty to be called nearly full")
    with running_server(folder, settings={"HUISHANG_RECORDING__ALARM_FREE_SHARE": str(NEARLY_ALL)}) as server:
        yield server


async def sign_in(page: Page, server: RunningServer, path: str) -> None:
    await page.goto(server.url + path)
    await page.get_by_label("管理密钥").fill(server.admin_key)
    await page.get_by_role("button", name="登录").click()


async def test_a_room_records_by_itself_once_somebody_sends(
    server: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    room = server.room("自动录制室")
    ana = await enter("安娜", looks[0])
    await sign_in(ana.page, server, "/")
    card = ana.page.locator(f"[data-room={room}]")
    switch = card.get_by_role("switch", name="自动录制")
    await switch.wait_for(state="attached", timeout=10_000)
    assert not await switch.is_checked()
    await switch.check(force=True)

    async def kept() -> bool:
        shown = await asyncio.to_thread(server.api, "GET", f"/api/v1/rooms/{room}")
        return bool(shown["recordAutomatically"])

    await until(kept, timeout_s=10, what="the server has kept the setting")
    await ana.page.reload()
    await until(switch.is_checked, timeout_s=10, what="the switch is on after a reload")
    await ana.join(server.link(room))
    mark = ana.page.locator("[role=status][data-alarm=false]")
    await mark.wait_for(timeout=20_000)
    assert re.search(r"由系统于 \d\d:\d\d 开始", await mark.inner_text())
    found = server.api("GET", f"/api/v1/recordings?room={room}")["recordings"]
    assert [(one["automatic"], one["startedBy"]) for one in found] == [(True, "")]


async def test_a_disk_that_fills_up_is_told_to_the_administrator_and_in_the_meeting(
    crowded: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    admin, host = await enter("管", looks[1]), await enter("主持", looks[0])
    await sign_in(admin.page, crowded, "/recordings")
    banner = admin.page.locator("[role=alert][data-disk=low]")
    await banner.wait_for(timeout=10_000)
    words = await banner.inner_text()
    assert "录像磁盘快满了" in words
    assert re.search(r"剩余 .+，共 .+", words)
    await admin.page.get_by_text("English").click()
    assert not CHINESE.search(await banner.inner_text())
    await host.join(crowded.link(crowded.room("满"), "host"))
    await host.page.get_by_role("button", name="更多", exact=True).click(timeout=20_000)
    await host.page.locator("[data-record=false]").click()
    mark = host.page.locator("[role=status][data-alarm=true][data-reason=low]")
    await mark.wait_for(timeout=10_000)
    assert "录像磁盘快满了" in await mark.inner_text()


@pytest.mark.parametrize(
    ("alarm", "state"),
    [
        ("low", "录像磁盘快满了"),
        ("full", "磁盘已满，录制暂停"),
        ("error", "磁盘出错，录制暂停"),
        ("slow", "磁盘太慢，录制可能缺失"),
        ("restarting", "录制正在重启"),
        ("of-tomorrow", "录制出现故障"),
    ],
)
async def test_an_alarm_says_what_is_wrong_and_the_way_out(
    server: RunningServer, enter: Enter, looks: list[Looks], alarm: str, state: str
) -> None:
    """The alarm is put into the server's own message on its way: disks that are slow or fail are not at hand here."""
    room = server.room(f"告警 {alarm}")
    guest = await enter("客", looks[0], viewport=(390, 844))
    await guest.context.add_init_script(f"({IN_TROUBLE})({json.dumps(alarm)})")
    await guest.join(server.link(room))
    await until(partial(in_room, guest), timeout_s=20, what="the guest is in the room")
    server.api("POST", f"/api/v1/rooms/{room}/recording", {})
    mark = guest.page.locator(f"[role=status][data-alarm=true][data-reason={alarm}]")
    await mark.wait_for(timeout=10_000)
    assert state in await mark.inner_text()
    await mark.get_by_role("button").click()
    told = guest.page.get_by_role("dialog")
    await until(partial(says_a_way_out, told.first), timeout_s=5, what="the way out is shown")
    box = await told.first.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


async def says_a_way_out(told: Locator) -> bool:
    words = await told.inner_text()
    return "自动继续" in words or "请管理员" in words


IN_TROUBLE = """(alarm) => {
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    set onmessage(listener) {
      super.onmessage = listener && ((event) => {
        const message = JSON.parse(event.data);
        if (message.type === "recording" && message.recording) message.recording.alarm = alarm;
        listener(new MessageEvent("message", { data: JSON.stringify(message) }));
      });
    }
  };
}"""
