"""What a display's browser and the server hold at one moment, after garbage has been collected."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, CDPSession, Page

from benchmarks._process import children, cpu_s, memory_kib

_COUNTED = {
    "tracks": "MediaStreamTrack",
    "streams": "MediaStream",
    "videos": "HTMLVideoElement",
    "audios": "HTMLAudioElement",
    "transceivers": "RTCRtpTransceiver",
    "sockets": "WebSocket",
    "contexts": "AudioContext",
}
"""Objects of the page that are alive, whether the document holds them or a script does."""
_METRICS = {
    "nodes": "Nodes",
    "listeners": "JSEventListeners",
    "frames": "Frames",
    "connections": "RTCPeerConnections",
    "audio_nodes": "AudioHandlers",
}

Sample = dict[str, float]


@dataclass(frozen=True)
class Browsing:
    """A browser's processes, by what they are."""

    pids: dict[int, str]

    @classmethod
    async def of(cls, browser: Browser) -> Browsing:
        session = await browser.new_browser_cdp_session()
        try:
            found = (await session.send("SystemInfo.getProcessInfo"))["processInfo"]
        finally:
            await session.detach()
        return cls({int(one["id"]): str(one["type"]) for one in found})

    @property
    def root(self) -> int:
        return next(pid for pid, kind in self.pids.items() if kind == "browser")

    async def renderer_of(self, page: Page) -> int:
        """The one that is busy when the page is: beside it there are those of frames, and one in reserve."""
        before_s = {pid: cpu_s(pid) for pid, kind in self.pids.items() if kind == "renderer"}
        await page.evaluate("() => { const end = performance.now() + 1000; while (performance.now() < end); }")
        return max(before_s, key=lambda pid: cpu_s(pid) - before_s[pid])


class Scales:
    """Weighs one page in one browser, always in the same way."""

    def __init__(self, session: CDPSession, browser: int, renderer: int) -> None:
        self._session = session
        self._browser = browser
        self._renderer = renderer

    @classmethod
    async def of(cls, browser: Browser, page: Page) -> Scales:
        session = await page.context.new_cdp_session(page)
        await session.send("HeapProfiler.enable")
        await session.send("Performance.enable")
        browsing = await Browsing.of(browser)
        return cls(session, browsing.root, await browsing.renderer_of(page))

    async def weigh(self) -> Sample:
        """Heap in KiB, memory as proportional, own and resident KiB, everything else by the piece."""
        for _ in range(2):  # what one collection lets go of may hold what only the next one finds
            await self._session.send("HeapProfiler.collectGarbage")
            await asyncio.sleep(0.2)
        metrics = (await self._session.send("Performance.getMetrics"))["metrics"]
        found = {one["name"]: float(one["value"]) for one in metrics}
        sample = {"heap_kib": found["JSHeapUsedSize"] / 1024}
        sample |= {name: found[metric] for name, metric in _METRICS.items() if metric in found}
        for name, kind in _COUNTED.items():
            sample[name] = await self._count(kind)
        sample["renderer_pss_kib"] = memory_kib(self._renderer)
        sample["renderer_rss_kib"] = rss_kib(self._renderer)
        sample["renderer_own_kib"] = own_kib(self._renderer)
        sample["browser_pss_kib"] = _whole(memory_kib, self._browser)
        sample["browser_own_kib"] = _whole(own_kib, self._browser)
        return sample

    async def _count(self, kind: str) -> float:
        group = {"objectGroup": "weight"}
        made = await self._session.send("Runtime.evaluate", {"expression": f"{kind}.prototype", **group})
        prototype = {"prototypeObjectId": made["result"]["objectId"], **group}
        objects = (await self._session.send("Runtime.queryObjects", prototype))["objects"]["objectId"]
        call = {"objectId": objects, "functionDeclaration": "function () { return this.length; }"}
        count = (await self._session.send("Runtime.callFunctionOn", call))["result"]["value"]
        await self._session.send("Runtime.releaseObjectGroup", group)
        return float(count)

    def cpu_s(self) -> float:
        return tree_cpu_s(self._browser)


def weigh_server(pid: int) -> Sample:
    """The process, and its children."""
    below = children(pid)
    return {
        "server_rss_kib": rss_kib(pid),
        "server_pss_kib": memory_kib(pid),
        "server_own_kib": own_kib(pid),
        "server_fds": len(list(Path(f"/proc/{pid}/fd").iterdir())),
        "server_threads": len(list(Path(f"/proc/{pid}/task").iterdir())),
        "server_children": len(below),
    }


def tree_cpu_s(pid: int) -> float:
    """Of those that live now; what ended took its time with it."""
    return _whole(cpu_s, pid)


def _whole(ask: Callable[[int], float], pid: int) -> float:
    """Of a process and all below it."""
    return sum(_or_nothing(ask, one) for one in [pid, *children(pid)])


def _or_nothing(ask: Callable[[int], float], pid: int) -> float:
    try:
        return ask(pid)
    except OSError:  # it ended while it was asked
        return 0.0


def own_kib(pid: int) -> int:
    """Proportional memory without mapped files: these weigh less while other programs map them too."""
    own = ("Pss_Anon:", "Pss_Shmem:")
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(own))


def rss_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise RuntimeError("no VmRSS")


class Meter:
    """Cores in use since it was last read."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, float]] = {}

    def read(self, name: str, used_s: float) -> float:
        now_s = time.monotonic()
        before_s, before_used_s = self._last.get(name, (now_s, used_s))
        self._last[name] = (now_s, used_s)
        return max(0.0, used_s - before_used_s) / max(now_s - before_s, 1e-9)
