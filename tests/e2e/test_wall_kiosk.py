"""The kiosk page: pairs, shows, says the truth of each pane, and comes back from everything without a hand."""

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.async_api import Browser, Route, async_playwright

from tests.e2e.people import until
from tests.e2e.wall_stage import (
    Console,
    Crowd,
    Kiosk,
    all_live,
    board,
    console_of,
    launch_browser,
    open_crowd,
    open_kiosk,
    restart,
    shows,
)
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(150)

BACK_S = 15.0
ALARM_S = 2.0
TURN_MS = 300.0
BLACK = 16.0
"""Mean level of a picture that shows nothing; the crowd's colours are brighter."""


class Stage:
    """One room with one wall: kiosk, crowd and console together."""

    def __init__(self, browser: Browser, kiosk: Kiosk, crowd: Crowd, console: Console) -> None:
        self.browser, self.kiosk, self.crowd, self.console = browser, kiosk, crowd, console
        self.server = kiosk.server

    async def show(self, template: str, identities: list[str], **more: object) -> None:
        panes = [shows(identity) for identity in identities]
        await self.console.edit(self.kiosk.wall, "board", board=board(template, panes, **more))

    async def state_of(self, pane: int, state: str) -> bool:
        return bool((await self.kiosk.pane(pane))["state"] == state)


Prepare = Callable[..., Awaitable[Stage]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """Of its own for each test: some stop it."""
    with running_server(tmp_path) as running:
        yield running


@pytest.fixture
async def prepare(server: RunningServer) -> AsyncIterator[Prepare]:
    """`await prepare(people)`: a paired wall, so many publishers, a console."""
    async with AsyncExitStack() as stack, async_playwright() as playwright:
        browser = await launch_browser(playwright)
        stack.push_async_callback(browser.close)

        async def stage(people: int, *, size: tuple[int, int] = (960, 540), **camera: int) -> Stage:
            room = server.room()
            kiosk = await open_kiosk(browser, server, room, size=size)
            await kiosk.pair()
            crowd = await open_crowd(browser, server, room)
            await crowd.enter(people, **camera)
            return Stage(browser, kiosk, crowd, await stack.enter_async_context(console_of(server, room)))

        yield stage


async def test_a_display_is_paired_shows_the_room_and_reports_what_it_shows(prepare: Prepare) -> None:
    stage = await prepare(4)
    await stage.show("grid-4", list(stage.crowd.of))
    await all_live(stage.kiosk, 4)
    panes = await stage.kiosk.panes()
    assert [pane["track"] for pane in panes] == [one["track"] for one in stage.crowd.of.values()]
    for pane, identity in zip(panes, stage.crowd.of, strict=True):
        assert identity in pane["text"] and "实时" in pane["text"] and time.strftime("%H:%M") in pane["text"]

    async def told() -> bool:
        seen = stage.console.seen.get(stage.kiosk.wall, {"panes": []})
        return [pane["state"] for pane in seen["panes"]] == ["live"] * 4 and seen["width"] == 960

    await until(told, timeout_s=5, what="the console is told of four live panes")
    assert await stage.kiosk.page.evaluate("() => getComputedStyle(document.querySelector('article')).cursor") == "none"
    assert await stage.kiosk.page.locator("button, a, input, select, [tabindex='0']").count() == 0
    errors = [line for line in stage.kiosk.console if line.startswith(("error", "pageerror"))]
    assert errors == []


async def test_three_walls_survive_a_restart_of_the_server_and_load_a_newer_page(prepare: Prepare) -> None:
    stage = await prepare(2)
    people = list(stage.crowd.of)
    kiosks = [stage.kiosk]
    for name in ("二号大屏", "三号大屏"):
        kiosks.append(await open_kiosk(stage.browser, stage.server, stage.kiosk.room, size=(640, 360)))
        await kiosks[-1].pair(name)
    for kiosk in kiosks:
        panes = [shows(identity) for identity in people]
        await stage.console.edit(kiosk.wall, "board", board=board("grid-2", panes))
        await all_live(kiosk, 2)
    loads: list[list[str]] = [[], [], []]
    for kiosk, loaded in zip(kiosks, loads, strict=True):
        kiosk.page.on("framenavigated", lambda frame, loaded=loaded: loaded.append(frame.url))
    await kiosks[2].page.route("**/wall", newer)
    started = time.monotonic()
    await asyncio.to_thread(restart, stage.server)
    for kiosk in kiosks:
        await until(lambda kiosk=kiosk: back(kiosk), timeout_s=BACK_S, what="the wall is in its room again")  # type: ignore[misc]
    assert time.monotonic() - started < BACK_S
    await until(lambda: loaded_once(loads[2]), timeout_s=10, what="the newer page")
    for identity in people:
        await stage.crowd.leave(identity)
    await stage.crowd.enter(2)
    # The panes hold identities: whoever comes back stands where they stood.
    for kiosk in kiosks:
        await all_live(kiosk, 2)
        assert [pane["track"] for pane in await kiosk.panes()] == [stage.crowd.of[one]["track"] for one in people]
    assert [len(loaded) for loaded in loads] == [0, 0, 1]


async def newer(route: Route) -> None:
    """The page asks the server what there is now, and is told of another script; loading it anew gives the real one."""
    if route.request.resource_type == "document":
        await route.continue_()
        return
    await route.fulfill(body='<script type="module" src="/assets/wall-newer.js"></script>', content_type="text/html")


async def loaded_once(loaded: list[str]) -> bool:
    return len(loaded) == 1


async def back(kiosk: Kiosk) -> bool:
    state = await kiosk.state()
    return bool(state["phase"] == "joined" and state["wall"] is not None and state["trouble"] is None)


@pytest.mark.timed
async def test_nothing_is_called_live_while_the_server_hangs_and_all_is_live_again_afterwards(prepare: Prepare) -> None:
    stage = await prepare(2)
    await stage.show("grid-2", list(stage.crowd.of))
    await all_live(stage.kiosk, 2)
    os.kill(stage.server.process.pid, signal.SIGSTOP)
    try:
        await until(lambda: dead(stage.kiosk), timeout_s=5, what="no pane says live without pictures")
        await stage.kiosk.page.get_by_text("正在自动重连").wait_for(timeout=15_000)
    finally:
        os.kill(stage.server.process.pid, signal.SIGCONT)
    await all_live(stage.kiosk, 2, timeout_s=BACK_S)
    await until(lambda: back(stage.kiosk), timeout_s=5, what="the wall is in its room again")


async def dead(kiosk: Kiosk) -> bool:
    return all(pane["state"] in ("frozen", "reconnecting") for pane in await kiosk.panes())


@pytest.mark.timed
async def test_a_lost_network_is_told_and_found_again(prepare: Prepare) -> None:
    stage = await prepare(1)
    await stage.show("grid-1", list(stage.crowd.of))
    await all_live(stage.kiosk, 1)
    await stage.kiosk.context.set_offline(True)
    await stage.kiosk.page.get_by_text("正在自动重连").wait_for(timeout=10_000)
    await stage.kiosk.context.set_offline(False)
    await until(lambda: back(stage.kiosk), timeout_s=8, what="the wall is in its room again")
    await all_live(stage.kiosk, 1)


async def test_a_revoked_display_asks_to_be_paired_again_and_can_be(prepare: Prepare) -> None:
    stage = await prepare(1)
    old = stage.kiosk.wall
    await asyncio.to_thread(stage.server.api, "DELETE", f"/api/v1/rooms/{stage.kiosk.room}/walls/{old}")
    await stage.kiosk.page.get_by_text("已被解除").wait_for(timeout=10_000)
    await stage.kiosk.pair("二号大屏")
    assert stage.kiosk.wall != old
    await stage.show("grid-1", list(stage.crowd.of))
    await all_live(stage.kiosk, 1)
    await stage.kiosk.page.reload()
    await all_live(stage.kiosk, 1)


async def test_a_display_that_is_moved_shows_the_other_room(prepare: Prepare) -> None:
    stage = await prepare(1)
    await stage.show("grid-1", list(stage.crowd.of))
    await all_live(stage.kiosk, 1)
    other = await asyncio.to_thread(stage.server.room, "another")
    path = f"/api/v1/rooms/{stage.kiosk.room}/walls/{stage.kiosk.wall}"
    await asyncio.to_thread(stage.server.api, "PATCH", path, {"room": other})

    async def moved() -> bool:
        state = await stage.kiosk.state()
        people = {one["identity"] for one in state["participants"]}
        return bool(state["phase"] == "joined" and people == {stage.kiosk.wall})

    await until(moved, timeout_s=10, what="the wall is in the other room, alone")
    assert not await stage.kiosk.live(1)


async def test_a_web_page_of_an_allowed_origin_is_shown_in_a_sandbox(tmp_path: Path) -> None:
    (tmp_path / "map.html").write_text("<h1>map</h1><script>document.title = 'ran'</script>", encoding="utf-8")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    pages = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    origin = f"http://127.0.0.1:{pages.server_port}"
    try:
        with running_server(tmp_path, settings={"HUISHANG_WALLS__WEB_ALLOW": json.dumps([origin])}) as server:
            async with async_playwright() as playwright, await launch_browser(playwright) as browser:
                room = server.room()
                kiosk = await open_kiosk(browser, server, room)
                await kiosk.pair()
                async with console_of(server, room) as console:
                    content = {"kind": "web", "url": f"{origin}/map.html"}
                    await console.edit(kiosk.wall, "place", pane=0, content=content)
                    frame = kiosk.page.locator("iframe")
                    assert await frame.content_frame.locator("h1").inner_text() == "map"
                    sandbox = (await frame.get_attribute("sandbox") or "").split()
                    assert not {"allow-top-navigation", "allow-popups", "allow-downloads", "allow-modals"} & set(
                        sandbox
                    )
                    with pytest.raises(AssertionError, match="content-refused"):
                        elsewhere = {"kind": "web", "url": "http://127.0.0.1:9/map.html"}
                        await console.edit(kiosk.wall, "place", pane=1, content=elsewhere)
    finally:
        pages.shutdown()
        pages.server_close()


@pytest.mark.timed
async def test_polling_turns_from_live_picture_to_live_picture_without_a_black_frame(prepare: Prepare) -> None:
    stage = await prepare(3)
    group = {"id": "g1", "name": "轮巡", "members": list(stage.crowd.of), "everyS": 5, "skipAbsent": True}
    pane = {"kind": "group", "group": "g1"}
    await stage.console.edit(stage.kiosk.wall, "board", board=board("grid-1", [pane], groups=[group]))
    await all_live(stage.kiosk, 1)
    await stage.kiosk.page.evaluate("() => __wall.record(0)")
    shown = (await stage.kiosk.pane(0))["shows"]
    turned = {shown}

    async def all_had_a_turn() -> bool:
        turned.add((await stage.kiosk.pane(0))["shows"])
        return len(turned) == 3

    await until(all_had_a_turn, timeout_s=20, what="each of three had a turn")
    await asyncio.sleep(1.0)  # the last turn's picture belongs to the film
    film = await stage.kiosk.page.evaluate("() => __wall.recorded()")
    assert len(film) > 60
    black = [frame for frame in film if not frame["drawn"] or frame["mean"] < BLACK]
    assert black == []
    owner = {one["id"]: one["track"] for one in stage.crowd.of.values()}
    late = lateness(film, owner)
    assert len(late) >= 2 and max(late) < TURN_MS, late


def lateness(film: list[dict[str, object]], owner: dict[str, str]) -> list[float]:
    """For each turn the milliseconds from the pane's new member to that one's picture, and to its next new frame."""
    found: list[float] = []
    for before, frame in pairwise(film):
        if frame["shows"] == before["shows"]:
            continue
        track = owner[str(frame["shows"])]
        mine = [one for one in film if one["at"] >= frame["at"] and one["track"] == track]  # type: ignore[operator]
        found.append(float(mine[0]["at"]) - float(frame["at"]))  # type: ignore[arg-type]
        assert len({one["counter"] for one in mine[:90]}) >= 2, "the new picture does not move"
    return found


@pytest.mark.timed
async def test_an_alarm_takes_a_pane_with_a_red_frame_and_a_sound_and_gives_it_back(prepare: Prepare) -> None:
    stage = await prepare(3)
    people = list(stage.crowd.of)
    await stage.show("grid-2", people[:2])
    await all_live(stage.kiosk, 2)
    body = {"identity": people[2], "text": "三号堤段管涌"}
    started = time.monotonic()
    path = f"/api/v1/rooms/{stage.kiosk.room}/alarms"
    alarm = await asyncio.to_thread(stage.server.api, "POST", path, body)
    loudest = -1000.0

    async def raised() -> bool:
        nonlocal loudest
        loudest = max(loudest, await stage.kiosk.page.evaluate("() => __wall.loudness()"))
        panes = [one for one in await stage.kiosk.panes() if one["alarm"]]
        right = len(panes) == 1 and panes[0]["track"] == stage.crowd.of[people[2]]["track"]
        return right and panes[0]["state"] == "live" and loudest > -20

    await until(raised, timeout_s=10, what="the alarm's picture, frame and sound")
    assert time.monotonic() - started < ALARM_S
    assert "三号堤段管涌" in next(one["text"] for one in await stage.kiosk.panes() if one["alarm"])
    border = "() => getComputedStyle(document.querySelector('[role=alert]')).borderTopColor"
    red, green, blue = (await stage.kiosk.page.evaluate(border)).removeprefix("rgb").strip("a()").split(",")[:3]
    assert float(red) > 200 and float(green) < 80 and float(blue) < 80
    await asyncio.to_thread(stage.server.api, "DELETE", f"{path}/{alarm['id']}")

    async def restored() -> bool:
        panes = await stage.kiosk.panes()
        expected = [stage.crowd.of[one]["track"] for one in people[:2]]
        return [one["track"] for one in panes] == expected and not any(one["alarm"] for one in panes)

    await until(restored, timeout_s=5, what="the former contents")
    await all_live(stage.kiosk, 2)


async def test_the_wall_plays_everybody_or_one_or_nobody_as_the_console_says(prepare: Prepare) -> None:
    stage = await prepare(2, tone_hz=700)
    people = list(stage.crowd.of)
    await stage.show("grid-2", people)
    await all_live(stage.kiosk, 2)
    voices = [stage.crowd.of[one]["voice"] for one in people]

    async def plays(expected: list[str]) -> bool:
        return sorted(await stage.kiosk.page.evaluate("() => __wall.heard()")) == sorted(expected)

    assert await plays([])
    for words, expected in (
        ({"muted": False}, voices),
        ({"muted": False, "only": people[1]}, voices[1:]),
        ({"muted": False, "only": "somebody else"}, []),
        ({"muted": False}, voices),
        ({"muted": True}, []),
    ):
        await stage.console.edit(stage.kiosk.wall, "sound", **words)
        await until(partial(plays, expected), timeout_s=5, what=f"the sound of {words}")
    assert not (await stage.kiosk.state())["soundBlocked"]


async def test_a_display_of_3840_by_2160_is_filled_to_the_pixel(prepare: Prepare) -> None:
    stage = await prepare(2, size=(3840, 2160))
    await stage.show("grid-9", list(stage.crowd.of) + ["nobody"] * 7)
    await all_live(stage.kiosk, 2, timeout_s=30)
    panes = await stage.kiosk.panes()
    assert {(pane["width"], pane["height"]) for pane in panes} == {(1280, 720)}
    assert [pane["state"] for pane in panes] == ["live"] * 2 + ["absent"] * 7
    name = "() => parseFloat(getComputedStyle(document.querySelector('article footer')).fontSize)"
    assert await stage.kiosk.page.evaluate(name) >= 30, "a name must be read across a hall"

    async def told() -> bool:
        seen = stage.console.seen.get(stage.kiosk.wall, {})
        return bool(seen.get("width") == 3840 and seen.get("height") == 2160)

    await until(told, timeout_s=5, what="the console knows the display's size")


@pytest.mark.timed
async def test_a_picture_that_froze_is_never_called_live(prepare: Prepare) -> None:
    stage = await prepare(2)
    people = list(stage.crowd.of)
    await stage.show("grid-2", people)
    await all_live(stage.kiosk, 2)
    await stage.crowd.freeze(people[0])
    await until(lambda: stage.state_of(0, "frozen"), timeout_s=6, what="the pane says frozen")
    assert "画面冻结" in (await stage.kiosk.pane(0))["text"]
    assert (await stage.kiosk.pane(1))["state"] == "live"
    await stage.crowd.leave(people[0])
    await until(lambda: stage.state_of(0, "absent"), timeout_s=5, what="the pane says that nobody is there")
    assert (await stage.kiosk.pane(0))["videos"] == 0


@pytest.mark.timed
async def test_nothing_grows_while_the_wall_turns_and_turns(prepare: Prepare) -> None:
    """Weeks in a minute: scenes change and the connection breaks as often as in many days."""
    stage = await prepare(4)
    people = list(stage.crowd.of)
    session = await stage.kiosk.context.new_cdp_session(stage.kiosk.page)
    await session.send("HeapProfiler.enable")
    await session.send("Performance.enable")

    async def rounds(count: int) -> None:
        for number in range(count):
            turned = people[number % 4 :] + people[: number % 4]
            await stage.show("grid-4" if number % 2 else "one-big-3", turned)
            if number % 5 == 4:
                await stage.kiosk.page.evaluate("() => window.dispatchEvent(new Event('offline'))")
                await until(lambda: back(stage.kiosk), timeout_s=10, what="back after a loss")
            await asyncio.sleep(0.25)  # each scene stands for a moment, as subscriptions need
        await all_live(stage.kiosk, 4)

    async def weight() -> dict[str, float]:
        await session.send("HeapProfiler.collectGarbage")
        metrics = (await session.send("Performance.getMetrics"))["metrics"]
        found = {one["name"]: float(one["value"]) for one in metrics}
        return {name: found[name] for name in ("JSHeapUsedSize", "Nodes", "JSEventListeners")}

    await rounds(20)
    before = await weight()
    await rounds(60)
    after = await weight()
    assert after["JSHeapUsedSize"] < before["JSHeapUsedSize"] * 1.1 + 500_000, (before, after)
    assert after["Nodes"] <= before["Nodes"] + 60, (before, after)
    assert after["JSEventListeners"] <= before["JSEventListeners"] + 10, (before, after)
    assert sum(pane["videos"] for pane in await stage.kiosk.panes()) == 4
