"""A host's console in a real browser: opens it, carries things by mouse, reads what it shows."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from playwright.async_api import Browser, BrowserContext, Locator, Page, WebSocketRoute

from tests.e2e.people import until
from tests.fakes.server import RunningServer


@dataclass
class Desk:
    """One console page. `hold`: what the server tells of walls is kept back, as on a slow line, until it refuses."""

    server: RunningServer
    room: str
    context: BrowserContext
    page: Page
    console: list[str] = field(default_factory=list)
    hold: bool = False
    _kept: list[str] = field(default_factory=list)

    async def state(self) -> dict[str, Any]:
        seen: dict[str, Any] = await self.page.evaluate("() => window.__huishang?.state() ?? {}")
        return seen

    async def wall(self, wall: str) -> dict[str, Any]:
        walls = (await self.state()).get("walls", {})
        found: dict[str, Any] = walls.get(wall, {})
        return found

    async def panes(self, wall: str) -> list[dict[str, Any]]:
        board = (await self.wall(wall)).get("board", {})
        found: list[dict[str, Any]] = board.get("panes", [])
        return found

    async def holds(self, wall: str, *identities: str) -> bool:
        """The first panes hold these, in this order; "" is nothing."""
        return [pane["identity"] for pane in (await self.panes(wall))[: len(identities)]] == list(identities)

    async def settled(self) -> bool:
        return (await self.state())["waiting"] == 0

    async def tab(self, name: str) -> None:
        await self.page.locator(f'[data-palette-tab="{name}"], [data-side-tab="{name}"]').first.click()

    def item(self, identity: str) -> Locator:
        return self.page.locator(f'[data-palette] [data-identity="{identity}"]')

    def spot(self, wall: str, pane: int) -> Locator:
        return self.page.locator(f'[data-drop-wall="{wall}"][data-drop-pane="{pane}"]')

    async def carry(self, thing: Locator, to: Locator) -> None:
        """By mouse, without letting go."""
        await thing.scroll_into_view_if_needed()
        start, end = await _middle(thing), await _middle(to)
        await self.page.mouse.move(*start)
        await self.page.mouse.down()
        await self.page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
        await self.page.mouse.move(*end, steps=3)

    async def drag(self, thing: Locator, to: Locator) -> None:
        await self.carry(thing, to)
        await self.page.mouse.up()

    async def finger(self, thing: Locator, to: Locator) -> None:
        """The same as `drag`, with a finger."""
        await thing.scroll_into_view_if_needed()
        start, end = await _middle(thing), await _middle(to)
        cdp = await self.context.new_cdp_session(self.page)
        for step in range(7):
            x, y = (start[at] + (end[at] - start[at]) * step / 6 for at in (0, 1))
            kind = "touchMove" if step else "touchStart"
            await cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        await cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        await cdp.detach()

    async def told(self, words: str, *, timeout_s: float = 8.0) -> None:
        """A short message with these words comes."""
        await self.page.locator(".mantine-Notification-root", has_text=words).first.wait_for(timeout=timeout_s * 1000)

    async def slow_line(self) -> None:
        """From the next page load on, `hold` has effect."""

        def route(ws: WebSocketRoute) -> None:
            server = ws.connect_to_server()

            def to_page(message: str | bytes) -> None:
                text = message if isinstance(message, str) else message.decode()
                if self.hold and json.loads(text)["type"] == "wall":
                    self._kept.append(text)
                    return
                if json.loads(text)["type"] == "refused":
                    for kept in self._kept:
                        ws.send(kept)
                    self._kept.clear()
                    self.hold = False
                ws.send(text)

            ws.on_message(server.send)
            server.on_message(to_page)

        await self.page.route_web_socket("**/ws", route)


async def _middle(thing: Locator) -> tuple[float, float]:
    box = await thing.bounding_box()
    assert box, "it is not on the page"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def open_desk(
    browser: Browser,
    server: RunningServer,
    room: str,
    name: str,
    *,
    size: tuple[int, int] = (1600, 900),
    slow: bool = False,
    touch: bool = False,
) -> Desk:
    """A console that a host named `name` opened with a link of their own."""
    context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="zh-CN", has_touch=touch)
    page = await context.new_page()
    desk = Desk(server, room, context, page)
    page.on("console", lambda message: desk.console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: desk.console.append(f"pageerror: {error}"))
    if slow:
        await desk.slow_line()
    token = server.token(room, "host", name=name)
    await page.goto(f"{server.url}/console#room={quote(room)}&t={quote(token)}")

    async def joined() -> bool:
        return (await desk.state()).get("phase") == "joined"

    await until(joined, timeout_s=20, what="the console is in the room")
    return desk


async def has(desk: Desk, wall: str, what: str) -> None:
    """Waits until the console knows of `wall`."""

    async def there() -> bool:
        return bool(await desk.wall(wall))

    await until(there, timeout_s=10, what=what)


async def steady(desk: Desk) -> None:
    """Waits until every edit of this console is answered."""
    await until(desk.settled, timeout_s=6, what="the server answers the edits")
    await asyncio.sleep(0)
