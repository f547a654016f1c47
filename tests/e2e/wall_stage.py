"""A wall and who it shows: kiosk pages, a crowd of simulcast publishers in one page, a host's console by wire."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, Page, Playwright

from tests.e2e.people import FLAGS, until
from tests.fakes.server import RunningServer

CROWD = Path(__file__).with_name("crowd.js")
ALL_LAYERS = "--force-fieldtrials=WebRTC-LegacySimulcastLayerLimit/Disabled/"
"""Chromium would send small cameras in one layer; small ones cost less to encode on the machine that measures."""
WALL_PROBE = Path(__file__).with_name("wall.js")
NOTHING = {"kind": "nothing"}


def shows(identity: str) -> dict[str, Any]:
    """The content of a pane that holds somebody."""
    return {"kind": "participant", "identity": identity}


def board(template: str, panes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    return {"width": 3840, "height": 2160, "template": template, "windows": [], "panes": panes, "groups": [], **more}


@dataclass
class Crowd:
    """People in one page; `of`: identity -> what the room calls them."""

    server: RunningServer
    room: str
    page: Page
    of: dict[str, dict[str, str]] = field(default_factory=dict)

    async def enter(
        self,
        count: int,
        *,
        width: int = 320,
        height: int = 180,
        fps: int = 8,
        layers: int = 3,
        first: int = 0,
        tone_hz: int = 0,
    ) -> list[str]:
        """So many more people, heard when there is a tone; returns their identities."""
        found = [f"crowd-{number}" for number in range(first, first + count)]
        for number, identity in enumerate(found, first):
            words = {
                "url": self.server.url.replace("http", "ws", 1) + "/ws",
                "token": self.server.token(self.room, identity=identity),
                "name": identity,
                "hue": (number * 37) % 180,
                "width": width,
                "height": height,
                "fps": fps,
                "layers": layers,
                "toneHz": tone_hz,
            }
            self.of[identity] = await self.page.evaluate("(words) => __crowd.enter(words)", words)
        return found

    async def freeze(self, identity: str) -> None:
        await self.page.evaluate("(name) => __crowd.freeze(name)", identity)

    async def prefer(self, identity: str, mime: str) -> None:
        await self.page.evaluate("([name, mime]) => __crowd.prefer(name, mime)", [identity, mime])

    async def leave(self, identity: str) -> None:
        await self.page.evaluate("(name) => __crowd.leave(name)", identity)


@dataclass
class Kiosk:
    """One display: its browser page, and the wall that it is."""

    server: RunningServer
    room: str
    context: BrowserContext
    page: Page
    wall: str = ""
    console: list[str] = field(default_factory=list)

    async def code(self, *, timeout_s: float = 20.0) -> str:
        """The digits on the pairing screen."""
        place = self.page.locator("output[data-code]")
        await place.wait_for(timeout=timeout_s * 1000)
        code = await place.get_attribute("data-code")
        assert code is not None
        return code

    async def pair(self, name: str = "一号大屏") -> None:
        """A host confirms the code, and the wall comes up."""
        made = self.server.api("POST", f"/api/v1/rooms/{self.room}/walls", {"code": await self.code(), "name": name})
        self.wall = made["id"]
        await self.page.locator("main[data-wall]").wait_for(timeout=20_000)

    async def state(self) -> dict[str, Any]:
        seen: dict[str, Any] = await self.page.evaluate("() => window.__huishang.state()")
        return seen

    async def panes(self) -> list[dict[str, Any]]:
        """Every pane as it stands in the page, with the counters decoded during the last second."""
        seen: list[dict[str, Any]] = await self.page.evaluate("() => __wall.panes(1000)")
        return seen

    async def live(self, count: int) -> bool:
        """So many panes say live, and each has really drawn new pictures."""
        panes = [one for one in await self.panes() if one["state"] == "live"]
        return len(panes) >= count and all(one["counters"] >= 2 for one in panes)

    async def pane(self, index: int) -> dict[str, Any]:
        return next(one for one in await self.panes() if one["pane"] == index)


class Console:
    """A host's wire, as the console page speaks it: edits, and what walls there are."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self.walls: dict[str, dict[str, Any]] = {}
        self.seen: dict[str, dict[str, Any]] = {}
        self.refused: list[str] = []
        self._changed = asyncio.Event()
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._beat())]

    async def _read(self) -> None:
        async for frame in self._socket:
            message = json.loads(frame.data)
            if message["type"] == "wall":
                self.walls[message["id"]] = message
            elif message["type"] == "wall-seen":
                self.seen[message["wall"]] = message
            elif message["type"] == "refused":
                self.refused.append(message["code"])
            self._changed.set()

    async def _beat(self) -> None:
        while True:
            await self._socket.send_json({"type": "ping", "sentMs": 0})
            await asyncio.sleep(2)  # the server takes silence for death

    async def edit(self, wall: str, do: str, **words: Any) -> dict[str, Any]:
        """Sends one edit on what is known; returns the wall after it. Raises AssertionError when it is refused."""
        base = (await self.known(wall))["version"]
        refused = len(self.refused)
        edit = {"do": do, **words}
        await self._socket.send_json({"type": "wall-edit", "wall": wall, "base": base, "edit": edit})
        while self.walls[wall]["version"] <= base:
            assert len(self.refused) == refused, f"{do}: {self.refused[-1]}"
            await self._wait()
        return self.walls[wall]

    async def known(self, wall: str) -> dict[str, Any]:
        while wall not in self.walls:
            await self._wait()
        return self.walls[wall]

    async def _wait(self) -> None:
        self._changed.clear()
        await asyncio.wait_for(self._changed.wait(), 10)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await self._socket.close()


@asynccontextmanager
async def console_of(server: RunningServer, room: str) -> AsyncIterator[Console]:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(server.url.replace("http", "ws", 1) + "/ws") as socket,
    ):
        token = server.token(room, "host", identity="console")
        await socket.send_json({"type": "join", "version": 1, "token": token, "name": "调度台"})
        assert (await socket.receive_json())["type"] == "welcome"
        await socket.send_json({"type": "walls-watch", "on": True})
        console = Console(socket)
        try:
            yield console
        finally:
            await console.close()


async def launch_browser(playwright: Playwright) -> Browser:
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: tests/install-tools"
    return await playwright.chromium.launch(executable_path=chromium, headless=True, args=[*FLAGS, ALL_LAYERS])


async def open_kiosk(
    browser: Browser, server: RunningServer, room: str, *, size: tuple[int, int] = (960, 540), path: str = "/wall"
) -> Kiosk:
    """A display that was just plugged in: it asks to be paired."""
    viewport = {"width": size[0], "height": size[1]}
    context = await browser.new_context(viewport=viewport, locale="zh-CN")  # type: ignore[arg-type]
    await context.add_init_script(path=WALL_PROBE)
    page = await context.new_page()
    kiosk = Kiosk(server, room, context, page)
    page.on("console", lambda message: kiosk.console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: kiosk.console.append(f"pageerror: {error}"))
    await page.goto(server.url + path)
    return kiosk


async def open_crowd(browser: Browser, server: RunningServer, room: str) -> Crowd:
    """A page of the server in which people come and go."""
    page = await browser.new_page()
    await page.goto(server.url + "/")
    await page.evaluate(CROWD.read_text(encoding="utf-8"))
    return Crowd(server, room, page)


async def all_live(kiosk: Kiosk, count: int, *, timeout_s: float = 20.0) -> float:
    """Waits until so many panes are live; returns the seconds."""
    return await until(lambda: kiosk.live(count), timeout_s=timeout_s, what=f"{count} live panes")


def restart(server: RunningServer) -> None:
    """The same server anew, on the same ports and data; returns before it is ready."""
    server.stop()
    with server.log.open("ab") as stream, server.log.with_name("again.out").open("wb") as printed:
        server.process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve"], env=server.environment, stdout=printed, stderr=stream
        )
