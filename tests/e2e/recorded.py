"""A meeting of two browsers that is recorded, and what a player in a third one shows of it.

The truth is what each person's own page showed: counter and wall clock of every picture of the own camera. A player is
in step when the pictures it shows at the same moment were shown at the same moment in the meeting.
"""

from __future__ import annotations

import asyncio
import colorsys
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from playwright.async_api import Page

from benchmarks._process import children, name
from tests.e2e.people import Looks, Person, until
from tests.e2e.test_two_people import sees
from tests.fakes.pictures import write_camera, write_microphone
from tests.fakes.server import RunningServer

HOST, GUEST, ONLOOKER = "主持", "客人", "旁听"
CLIP_S = 66
"""Nearly all that the burnt-in counter counts: none comes twice in a meeting."""
EARS = Path(__file__).with_name("ears.js")

Frames = list[tuple[float, int]]
"""Milliseconds and counter, of the pictures decoded, in order."""
Launch = Callable[..., Awaitable[Person]]


@dataclass
class Recorded:
    """`truth`: by person, the wall clock (Unix ms) at which each counter was shown. `told`: what the guest saw and
    heard of the recording. `other`: a second recording of the same room."""

    id: str
    room: str
    other: str = ""
    truth: dict[str, dict[int, float]] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    contents: dict[str, Any] = field(default_factory=dict)


def small_looks(folder: Path, hue: int, tone_hz: int) -> Looks:
    return Looks(
        hue=hue,
        tone_hz=tone_hz,
        camera=write_camera(folder / f"camera{hue}.y4m", hue=hue, width=320, height=180, seconds=CLIP_S),
        microphone=write_microphone(folder / f"tone{hue}.wav", tone_hz=tone_hz),
    )


async def frames_of(page: Page, hue: int, for_ms: float, *, wall: bool = False) -> Frames:
    """The pictures in this colour that were decoded lately. `wall`: Unix time instead of the page's own."""
    found = await page.evaluate(
        """([ms, wall]) => __probe.pictures(ms).map(({ frames }) => frames.filter((one) => one[1] !== null)
             .map(([at, counter, rgb]) => [at + (wall ? performance.timeOrigin : 0), counter, rgb]))""",
        [for_ms, wall],
    )
    mine = [[(at, counter) for at, counter, rgb in frames if abs(hue_of(rgb) - hue) <= 8] for frames in found]
    return max(mine, key=len, default=[])


def hue_of(rgb: list[int]) -> int:
    return round(colorsys.rgb_to_hsv(*(part / 255 for part in rgb))[0] * 180)


async def record_meeting(server: RunningServer, launch: Launch, looks: dict[str, Looks]) -> Recorded:
    """Both come, the host records, somebody looks in, the writer is killed once, the guest is muted for a while and
    leaves, the host ends it."""
    room = server.room("防汛会商")
    host, guest = await launch(HOST, looks[HOST]), await launch(GUEST, looks[GUEST])
    await guest.context.add_init_script(path=EARS)
    await host.join(server.link(room, "host"))
    await guest.join(server.link(room))
    await until(lambda: sees(guest, looks[HOST], fps=5), timeout_s=30, what="the guest sees the host")
    await until(lambda: sees(host, looks[GUEST], fps=5), timeout_s=30, what="the host sees the guest")
    recorded = Recorded(id=await begin(host, guest, server, room), room=room)
    recorded.told = await what_is_told(guest)
    await look_in(guest, server.link(room, "viewer"))
    await until(lambda: longer(server, recorded, 4_000), timeout_s=30, what="four seconds of everybody")
    kill_writer(server, recorded.id)
    await until(lambda: goes_on(server, recorded), timeout_s=30, what="everybody is recorded again")
    await falls_silent(guest, server, recorded)
    await until(lambda: longer(server, recorded, 4_000), timeout_s=30, what="four more seconds")
    for one in (host, guest):
        frames = await frames_of(one.page, one.looks.hue, 60_000, wall=True)
        recorded.truth[one.name] = {counter: at for at, counter in frames}
    await guest.page.get_by_role("button", name="离开").first.click()
    await guest.browser.close()
    await until(lambda: event(server, recorded, "left"), timeout_s=10, what="the guest's leaving is in the recording")
    await press_record(host, on=True)
    await host.page.get_by_text("录制已结束").first.wait_for(timeout=10_000)
    await until(lambda: over(server, recorded), timeout_s=15, what="the recording is finished")
    recorded.other = await once_more(host, server, room)
    await host.browser.close()
    return recorded


async def look_in(guest: Person, link: str) -> None:
    """Somebody without camera comes in another tab, and goes."""
    page = await guest.context.new_page()
    await page.goto(link)
    await page.get_by_role("textbox").first.fill(ONLOOKER)
    await page.get_by_role("button", name="开始观看").click()
    await page.locator("[role=status][data-alarm]").wait_for(timeout=15_000)
    await page.close()


async def falls_silent(guest: Person, server: RunningServer, recorded: Recorded) -> None:
    """The guest's microphone is off for some seconds, then on for two."""
    await guest.page.keyboard.press("m")
    await until(lambda: silent_for(server, recorded, 4_000), timeout_s=30, what="seconds of silence")
    await guest.page.keyboard.press("m")
    await until(lambda: speaks_for(server, recorded, 2_000), timeout_s=30, what="two seconds of sound")


def sound_of(recorded: Recorded, who: str) -> dict[str, Any]:
    return next(one for one in recorded.contents["tracks"] if (one["name"], one["kind"]) == (who, "audio"))


def silence_of(recorded: Recorded, who: str) -> dict[str, Any] | None:
    """The longest stretch without sound that was nobody's fault."""
    quiet = [gap for gap in sound_of(recorded, who)["gaps"] if gap["reason"] in ("muted", "silent")]
    return max(quiet, key=lambda gap: float(gap["untilMs"] - gap["fromMs"]), default=None)


async def silent_for(server: RunningServer, recorded: Recorded, for_ms: int) -> bool:
    """The index tells a silence only when it is over; until then the host's sound is ahead."""
    await contents(server, recorded)
    host, guest = (sound_of(recorded, who)["segments"][-1]["untilMs"] for who in (HOST, GUEST))
    return bool(host - guest >= for_ms)


async def speaks_for(server: RunningServer, recorded: Recorded, for_ms: int) -> bool:
    await contents(server, recorded)
    gap = silence_of(recorded, GUEST)
    return gap is not None and sound_of(recorded, GUEST)["segments"][-1]["untilMs"] - gap["untilMs"] >= for_ms


async def press_record(host: Person, *, on: bool) -> None:
    await host.page.get_by_role("button", name="更多", exact=True).click()
    await host.page.locator(f"[data-record={str(on).lower()}]").click()


async def once_more(host: Person, server: RunningServer, room: str) -> str:
    """A second, short recording."""
    await press_record(host, on=False)
    await host.page.locator("[role=status][data-alarm]").wait_for(timeout=10_000)
    await press_record(host, on=True)
    found = (await asyncio.to_thread(server.api, "GET", f"/api/v1/recordings?room={room}"))["recordings"]
    assert len(found) == 2
    return str(found[0]["id"])


async def begin(host: Person, guest: Person, server: RunningServer, room: str) -> str:
    await press_record(host, on=False)
    await guest.page.locator("[role=status][data-alarm=false]").wait_for(timeout=10_000)
    await guest.page.get_by_text(f"{HOST} 开始录制本次会议").first.wait_for(timeout=10_000)
    (found,) = (await asyncio.to_thread(server.api, "GET", f"/api/v1/recordings?room={room}"))["recordings"]
    return str(found["id"])


async def what_is_told(guest: Person) -> dict[str, Any]:
    mark = guest.page.locator("[role=status][data-alarm]")
    return {
        "mark": await mark.inner_text(),
        "alarm": await mark.get_attribute("data-alarm"),
        "chime": await guest.page.evaluate("() => __ears.notes"),
        "buttons": await guest.page.locator("[data-record]").count(),
    }


async def contents(server: RunningServer, recorded: Recorded) -> dict[str, Any]:
    recorded.contents = await asyncio.to_thread(server.api, "GET", f"/api/v1/recordings/{recorded.id}")
    return recorded.contents


async def longer(server: RunningServer, recorded: Recorded, for_ms: int) -> bool:
    """Every track's newest file has so much."""
    tracks = (await contents(server, recorded))["tracks"]
    lengths = [
        track["segments"][-1]["untilMs"] - track["segments"][-1]["fromMs"] for track in tracks if track["segments"]
    ]
    return len(lengths) == 4 and min(lengths) >= for_ms


async def goes_on(server: RunningServer, recorded: Recorded) -> bool:
    tracks = (await contents(server, recorded))["tracks"]
    return len(tracks) == 4 and all(len(track["segments"]) >= 2 for track in tracks)


async def event(server: RunningServer, recorded: Recorded, kind: str) -> bool:
    return kind in [one["kind"] for one in (await contents(server, recorded))["events"]]


async def over(server: RunningServer, recorded: Recorded) -> bool:
    return bool((await contents(server, recorded))["state"] == "finished")


def kill_writer(server: RunningServer, recording: str) -> None:
    (writer,) = [pid for pid in children(server.process.pid) if name(pid) == f"rec-{recording[-11:]}"]
    os.kill(writer, signal.SIGKILL)


@dataclass
class Seen:
    """One track in the player over a while. `lead_ms`: meeting's clock minus (player's clock · rate), so that two
    tracks in step have the same. `rate`: as the counters tell it."""

    lead_ms: float
    rate: float
    pictures: int
    latest_ms: float


async def seen(page: Page, recorded: Recorded, looks: dict[str, Looks], rate: float, for_ms: float) -> dict[str, Seen]:
    """What the player shows of each person over the last `for_ms`, those with too few pictures left out."""
    found: dict[str, Seen] = {}
    for who, look in looks.items():
        truth = recorded.truth[who]
        shown = [(at, truth[counter]) for at, counter in await frames_of(page, look.hue, for_ms) if counter in truth]
        if len(shown) < 4 or shown[-1][0] - shown[0][0] < for_ms / 3:
            continue
        (first, first_wall), (last, last_wall) = shown[0], shown[-1]
        found[who] = Seen(
            lead_ms=median(wall - at * rate for at, wall in shown),
            rate=(last_wall - first_wall) / (last - first),
            pictures=len(shown),
            latest_ms=last_wall,
        )
    return found
