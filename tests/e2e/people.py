"""People in real browsers: one headless Chromium each, with its own camera picture and its own tone."""

from __future__ import annotations

import asyncio
import colorsys
import shutil
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Playwright

PROBE = Path(__file__).with_name("page.js")
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]
TONE_MIN_DB = 40.0
"""A tone burst stands out by some 100 dB; the noise of silence by up to 20."""


@dataclass(frozen=True)
class Looks:
    """What one person shows and sounds like. `hue` 0..179 as OpenCV counts."""

    hue: int
    tone_hz: int
    camera: Path
    microphone: Path


@dataclass
class Picture:
    """One video element: its colour, and the frames decoded lately."""

    hue: int
    counters: list[int]
    unreadable: int
    fps: float
    size: tuple[int, int]
    shown: tuple[float, float]


@dataclass
class Person:
    name: str
    looks: Looks
    browser: Browser
    context: BrowserContext
    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def pictures(self, for_s: float = 2.0) -> list[Picture]:
        """Everything shown now; rates over the last `for_s` seconds."""
        found: list[dict[str, Any]] = await self.page.evaluate("(ms) => __probe.pictures(ms)", for_s * 1000)
        return [_picture(one, for_s) for one in found if one["frames"]]

    async def picture_of(self, other: Looks, for_s: float = 2.0) -> Picture | None:
        """The largest picture in that person's colour."""
        mine = [one for one in await self.pictures(for_s) if abs(one.hue - other.hue) <= 8]
        return max(mine, key=lambda one: one.shown[0] * one.shown[1], default=None)

    async def hears(self, other: Looks, for_s: float = 2.0) -> bool:
        level: float = await self.page.evaluate("([hz, ms]) => __probe.tone(hz, ms)", [other.tone_hz, for_s * 1000])
        return level >= TONE_MIN_DB

    async def statistics(self, kind: str) -> list[dict[str, Any]]:
        """Rows of the browser's own statistics: inbound-rtp, outbound-rtp or path."""
        rows: list[dict[str, Any]] = await self.page.evaluate("() => __probe.statistics()")
        return [row for row in rows if row["type"] == kind]

    async def state(self) -> dict[str, Any]:
        """The product's own view, for what decoding cannot show (names, presence)."""
        shown: dict[str, Any] = await self.page.evaluate("() => window.__huishang?.state() ?? {}")
        return shown

    async def join(self, link: str) -> None:
        """Opens the link, types the name, presses join."""
        await self.page.goto(link)
        await self.page.get_by_role("textbox").first.fill(self.name)
        await self.page.get_by_role("button", name="加入会议").click()


def _picture(raw: dict[str, Any], for_s: float) -> Picture:
    frames = raw["frames"]
    red, green, blue = frames[-1][2]
    hue = round(colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)[0] * 180)
    counters = [counter for _, counter, *_ in frames if counter is not None]
    return Picture(
        hue=hue,
        counters=counters,
        unreadable=len(frames) - len(counters),
        fps=len(set(counters)) / for_s,
        size=(frames[-1][3], frames[-1][4]),
        shown=(raw["shown"][0], raw["shown"][1]),
    )


async def launch(
    playwright: Playwright,
    name: str,
    looks: Looks,
    *,
    prefix: Sequence[str] = (),
    folder: Path,
    viewport: tuple[int, int] = (1280, 720),
    flags: Sequence[str] = (),
) -> Person:
    """A browser with this camera and microphone. `prefix`: what runs a command at another place (a namespace)."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing: tests/install-tools"
    if prefix:
        wrapper = folder / f"chromium-{name}"
        wrapper.write_text(f'#!/bin/sh\nexec {" ".join(prefix)} {chromium} "$@"\n', encoding="utf-8")
        wrapper.chmod(0o755)
        chromium = str(wrapper)
    browser = await playwright.chromium.launch(
        executable_path=chromium,
        headless=True,
        args=[
            *FLAGS,
            *flags,
            f"--use-file-for-fake-video-capture={looks.camera}",
            f"--use-file-for-fake-audio-capture={looks.microphone}",
        ],
    )
    context = await browser.new_context(
        ignore_https_errors=True,
        locale="zh-CN",
        permissions=["camera", "microphone"],
        viewport={"width": viewport[0], "height": viewport[1]},
    )
    await context.add_init_script(path=PROBE)
    page = await context.new_page()
    person = Person(name, looks, browser, context, page)
    page.on("console", lambda message: person.console.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: person.console.append(f"pageerror: {error}"))
    page.on("request", lambda request: person.requests.append(request.url))
    return person


async def until(check: Callable[[], Awaitable[bool]], *, timeout_s: float, what: str) -> float:
    """Asks again until it is true; returns the seconds it took. Raises AssertionError naming `what`."""
    started = time.monotonic()
    while True:
        if await check():
            return time.monotonic() - started
        assert time.monotonic() - started < timeout_s, f"not within {timeout_s} s: {what}"
        await asyncio.sleep(0.1)  # polling a browser; `timeout_s` bounds it
