"""What a kiosk lives with: its server behind a path that breaks, people who send small pictures, a console."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, async_playwright

from benchmarks._kiosk_path import NetworkPath, network_path
from benchmarks._kiosk_weight import Meter, Sample, Scales, tree_cpu_s, weigh_server
from tests.e2e.people import until
from tests.e2e.wall_stage import Console, Crowd, Kiosk, console_of, launch_browser, open_crowd, open_kiosk, restart
from tests.fakes.server import RunningServer, running_server

PANES = 16
SCREEN = (640, 360)
SILENT, HEARD = 18, 1
CAMERA = {"width": 160, "height": 90, "fps": 2, "layers": 1}
LIVE_S = 60.0
BACK_S = 30.0
"""Longer is a failure of its own; the target is in the row."""

_MOVES = """(ms) => {
  const count = () => [...document.querySelectorAll("article[data-pane]")].map((pane) => {
    const video = pane.querySelector('video[data-top="true"]');
    return [pane.dataset.state, video?.dataset.track ?? "", video?.getVideoPlaybackQuality().totalVideoFrames ?? 0];
  });
  const before = count();
  return new Promise((done) => setTimeout(() => done(count().filter(([state, track, frames], at) =>
    state === "live" && track === before[at]?.[1] && frames > before[at][2]).length), ms));
}"""
"""How many panes say live and have drawn another picture within so many ms."""


class Stage:
    """One wall and all that it needs. `pageloads`: documents loaded since it was paired; 0 for a wall that stays."""

    def __init__(
        self, server: RunningServer, kiosk: Kiosk, scales: Scales, path: NetworkPath, publishers: Browser
    ) -> None:
        self.server, self.kiosk, self.path = server, kiosk, path
        self.pageloads = 0
        self._scales = scales
        self._publishers = publishers
        self._meter = Meter()
        self._wire = AsyncExitStack()
        self.crowd: Crowd
        self.console: Console
        kiosk.page.on("framenavigated", self._navigated)

    def _navigated(self, frame: Any) -> None:
        self.pageloads += frame == self.kiosk.page.main_frame

    @property
    def people(self) -> list[str]:
        return list(self.crowd.of)

    async def enter(self) -> None:
        """The people come, and a console."""
        self.crowd = await open_crowd(self._publishers, self.server, self.kiosk.room)
        await self.crowd.enter(SILENT, **CAMERA)
        await self.crowd.enter(HEARD, first=SILENT, tone_hz=500, **CAMERA)
        self.console = await self._wire.enter_async_context(console_of(self.server, self.kiosk.room))

    async def leave(self) -> None:
        await self._wire.aclose()
        await self.crowd.page.close()

    async def newcomer(self, identity: str) -> None:
        """Goes, and comes again as somebody whom the room has not seen."""
        await self.crowd.leave(identity)
        number = int(identity.removeprefix("crowd-"))
        await self.crowd.enter(1, first=number, tone_hz=500 if number >= SILENT else 0, **CAMERA)

    async def again(self) -> None:
        """The server ends and starts; those who came to it are gone."""
        await self.leave()
        starting = asyncio.create_task(asyncio.to_thread(restart, self.server))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await starting  # a run that is ended now must know which process it has to end
            raise

    async def renew(self) -> None:
        """The people and the console anew, after something has gone wrong with them."""
        await self.leave()
        await self.enter()

    async def moving(self, within_ms: int = 1600) -> int:
        count: int = await self.kiosk.page.evaluate(_MOVES, within_ms)
        return count

    async def all_moving(self) -> None:
        async def full() -> bool:
            return await self.moving() == PANES

        await until(full, timeout_s=LIVE_S, what=f"{PANES} panes with new pictures")

    async def in_room(self) -> bool:
        state = await self.kiosk.state()
        return bool(state["phase"] == "joined" and state["wall"] is not None and state["trouble"] is None)

    async def token(self) -> str:
        """What the display holds of its pairing."""
        stored: str = await self.kiosk.page.evaluate("() => localStorage.getItem('huishang.wall') ?? ''")
        return stored

    async def weigh(self) -> Sample:
        pid = self.server.process.pid
        sample = {**await self._scales.weigh(), **weigh_server(pid), "life": float(pid)}
        sample["kiosk_cores"] = self._meter.read("kiosk", self._scales.cpu_s())
        sample["server_cores"] = self._meter.read(f"server {pid}", tree_cpu_s(pid))
        return sample


@contextmanager
def panel(folder: Path) -> Iterator[str]:
    """A web page as data panels are; its address."""
    (folder / "panel.html").write_text("<h1>水位</h1><script>setInterval(() => 0, 1000)</script>", encoding="utf-8")
    pages = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{pages.server_port}/panel.html"
    finally:
        pages.shutdown()
        pages.server_close()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name is the base class's)
        del format, args


@asynccontextmanager
async def staged() -> AsyncIterator[tuple[Stage, str]]:
    """Everything, with the address of a web panel; all of it is ended afterwards."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kiosk-")))
        address = stack.enter_context(panel(folder))
        origin = address.removesuffix("/panel.html")
        allowed = {"HUISHANG_WALLS__WEB_ALLOW": f'["{origin}"]'}
        server = stack.enter_context(running_server(folder, settings=allowed))
        playwright = await stack.enter_async_context(async_playwright())
        path = await stack.enter_async_context(network_path(urlsplit(server.url).port or 0))
        display, publishers = await launch_browser(playwright), await launch_browser(playwright)
        stack.push_async_callback(display.close)
        stack.push_async_callback(publishers.close)
        # The page comes by the path; what this process asks of the server does not.
        kiosk = await open_kiosk(display, replace(server, url=path.url), server.room("wall"), size=SCREEN)
        kiosk.server = server
        await kiosk.pair()
        stage = Stage(server, kiosk, await Scales.of(display, kiosk.page), path, publishers)
        await stage.enter()
        stack.push_async_callback(stage.leave)
        yield stage, address
