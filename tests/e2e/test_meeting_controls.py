"""What people press in a meeting, and what the others see of it."""

from typing import Any

import pytest

from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, Person, until
from tests.e2e.test_two_people import sees
from tests.fakes.server import RunningServer

pytestmark = pytest.mark.timeout(120)


async def meet(server: RunningServer, enter: Enter, looks: list[Looks], *, host: bool = False) -> tuple[Person, Person]:
    room = server.room()
    ana, bo = await enter("安娜", looks[0]), await enter("博", looks[1])
    await ana.join(server.link(room, "host" if host else "participant"))
    await bo.join(server.link(room))
    await until(lambda: sees(bo, looks[0]), timeout_s=15, what="Bo sees Ana")
    await until(lambda: sees(ana, looks[1]), timeout_s=15, what="Ana sees Bo")
    return ana, bo


def tracks(state: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    person = next(p for p in state["participants"] if p["name"] == name)
    return {track["source"]: track for track in person["tracks"]}


async def test_mute_silences_and_is_shown(server: RunningServer, enter: Enter, looks: list[Looks]) -> None:
    ana, bo = await meet(server, enter, looks)
    assert await bo.hears(looks[0])
    await ana.page.keyboard.press("m")

    async def shown() -> bool:
        return bool(tracks(await bo.state(), "安娜")["microphone"]["muted"])

    await until(shown, timeout_s=5, what="Bo's page knows that Ana is muted")

    async def silent() -> bool:
        return not await bo.hears(looks[0], 1.0)

    await until(silent, timeout_s=5, what="nothing of Ana is heard, once the concealment of her last word is over")
    await ana.page.keyboard.press("m")
    await until(lambda: bo.hears(looks[0], 1.0), timeout_s=8, what="Ana is heard again")


async def test_the_camera_goes_off_and_on(server: RunningServer, enter: Enter, looks: list[Looks]) -> None:
    ana, bo = await meet(server, enter, looks)
    await ana.page.keyboard.press("v")

    async def gone() -> bool:
        picture = await bo.picture_of(looks[0], 1.0)
        return picture is None or picture.fps == 0

    await until(gone, timeout_s=6, what="Ana's picture has gone")
    await ana.page.keyboard.press("v")
    await until(lambda: sees(bo, looks[0], fps=5), timeout_s=10, what="Ana's picture is back")


async def test_a_screen_is_shared_and_stopped_by_the_browsers_own_button(
    server: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    ana, bo = await meet(server, enter, looks)
    await ana.page.keyboard.press("s")

    async def arrives() -> bool:
        shared = tracks(await bo.state(), "安娜").get("screen")
        if shared is None:
            return False
        rows = await bo.statistics("inbound-rtp")
        alive = [row for row in rows if row["kind"] == "video" and row.get("framesDecoded", 0) >= 3]
        return len(alive) >= 2

    await until(arrives, timeout_s=15, what="Bo decodes Ana's screen")
    # The browser's own “stop sharing” ends the track; a page cannot press it, so the event is made as it would come.
    ended = await ana.page.evaluate(
        """() => {
          const screens = __probe.connections.flatMap((one) => one.getSenders()).map((one) => one.track)
            .filter((one) => one && one.kind === "video" && one.getSettings().displaySurface);
          screens.forEach((one) => { one.stop(); one.dispatchEvent(new Event("ended")); });
          return screens.length;
        }"""
    )
    assert ended == 1

    async def over() -> bool:
        return "screen" not in tracks(await bo.state(), "安娜")

    await until(over, timeout_s=8, what="the screen has gone at Bo's")
    assert await sees(bo, looks[0], fps=5)


async def test_a_reload_keeps_the_seat_and_nobody_sees_a_leave(
    server: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    ana, bo = await meet(server, enter, looks)
    seat = (await ana.state())["you"]
    await bo.page.evaluate(
        """(seat) => { window.__gone = 0; setInterval(() => {
             if (!window.__huishang.state().participants.some((one) => one.id === seat)) window.__gone++; }, 50); }""",
        seat,
    )
    await ana.page.reload()
    if await ana.page.get_by_role("button", name="加入会议").count():
        await ana.page.get_by_role("button", name="加入会议").click()

    async def back() -> bool:
        return (await ana.state()).get("you") == seat

    await until(back, timeout_s=10, what="the same seat after the reload")
    await until(lambda: sees(bo, looks[0], fps=5), timeout_s=10, what="Bo sees Ana again")
    assert await bo.page.evaluate("() => window.__gone") == 0


async def test_a_host_removes_somebody(server: RunningServer, enter: Enter, looks: list[Looks]) -> None:
    ana, bo = await meet(server, enter, looks, host=True)
    other = (await bo.state())["you"]
    server.api("DELETE", f"/api/v1/rooms/{bo.page.url.split('/join/')[1].split('#')[0]}/participants/{other}")

    async def alone() -> bool:
        return [p["name"] for p in (await ana.state())["participants"]] == ["安娜"]

    await until(alone, timeout_s=5, what="Ana is alone")
    await bo.page.get_by_text("移出").first.wait_for(timeout=5000)


async def test_leaving_tells_the_others_at_once(server: RunningServer, enter: Enter, looks: list[Looks]) -> None:
    ana, bo = await meet(server, enter, looks)
    await ana.page.get_by_role("button", name="离开").first.click()

    async def alone() -> bool:
        return [p["name"] for p in (await bo.state())["participants"]] == ["博"]

    await until(alone, timeout_s=3, what="Bo is alone")
