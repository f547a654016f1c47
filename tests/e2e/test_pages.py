"""The pages before the meeting: home with its administration, the join page and what it finds out."""

import re
from pathlib import Path

import pytest

from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, until
from tests.e2e.test_two_people import sees
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(90)


async def test_an_administrator_makes_a_room_and_enters_it_as_host(
    server: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    admin = await enter("管", looks[0])
    page = admin.page
    await page.goto(server.url + "/")
    await page.get_by_label("管理密钥").fill("wrong" * 8)
    await page.get_by_role("button", name="登录").click()
    await page.get_by_text("管理密钥不正确").wait_for(timeout=5000)
    await page.get_by_label("管理密钥").fill(server.admin_key)
    await page.get_by_role("button", name="登录").click()
    await page.get_by_label("会议室名称").fill("抢险会商")
    await page.get_by_role("button", name="创建会议室").click()
    card = page.locator("li", has_text="抢险会商")
    await card.get_by_role("button", name="邀请").click()
    link = (
        await page.get_by_role("dialog")
        .locator("input, textarea")
        .evaluate_all("(fields) => fields.map((one) => one.value).find((value) => value.includes('/join/')) ?? ''")
    )
    guest = await enter("客", looks[1])
    await guest.join(link)
    await until(lambda: sees(guest, looks[1], fps=5), timeout_s=10, what="the guest is in by the invitation")
    assert admin.page.url.startswith(server.url)


async def test_a_bad_link_is_told_in_words_with_the_way_out(
    server: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    guest = await enter("客", looks[0])
    await guest.page.goto(server.link("main") + "x")
    await guest.page.get_by_text("邀请链接无效").first.wait_for(timeout=5000)
    assert await guest.page.get_by_role("button", name="加入会议").count() == 0


async def test_the_join_page_shows_the_picture_the_voice_and_the_network(
    server: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    guest = await enter("客", looks[0])
    await guest.page.goto(server.link("main"))
    await until(lambda: sees(guest, looks[0], fps=5), timeout_s=8, what="the preview runs")
    await guest.page.locator("[data-verdict=udp]").wait_for(timeout=10_000)
    await guest.page.get_by_text("English").click()
    await guest.page.get_by_role("button", name=re.compile("join", re.IGNORECASE)).first.wait_for(timeout=3000)
    assert "t=" not in guest.page.url.split("#")[0]


@pytest.mark.parametrize(("setting", "verdict"), [("HUISHANG_MEDIA__UDP", "tcp"), ("", "blocked")])
async def test_the_network_verdict_is_plain(
    enter: Enter, looks: list[Looks], tmp_path: Path, setting: str, verdict: str
) -> None:
    # Blocked: a candidate that leads nowhere, as behind a firewall that drops everything.
    settings = {setting: "false"} if setting else {"HUISHANG_MEDIA__ADVERTISE_IPS": '["127.99.99.99"]'}
    with running_server(tmp_path, settings=settings) as server:
        guest = await enter("客", looks[0])
        await guest.page.goto(server.link("main"))
        await guest.page.locator(f"[data-verdict={verdict}]").wait_for(timeout=25_000)
