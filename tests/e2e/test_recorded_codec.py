"""A browser changes its camera's codec on the same m-section of one connection while it is recorded and watched."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from recorder.run import BACK_MS
from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, Person, until
from tests.e2e.wall_stage import open_crowd
from tests.fakes import recorder_judge as judge
from tests.fakes.recorded import contents, file_of, start, stop, verified
from tests.fakes.server import RunningServer

pytestmark = [pytest.mark.timeout(120), pytest.mark.timed]

FPS = 15
COUNTERS = 1 << 10
DARK_S = 3.0
"""A viewer sees the picture again within this time, on a machine where two browsers code at once."""


async def frames(viewer: Person, for_s: float) -> list[tuple[float, int]]:
    """(page's time in s, counter) of the red pictures seen lately: the viewer sees itself in another colour."""
    found: list[dict[str, Any]] = await viewer.page.evaluate("(ms) => __probe.pictures(ms)", for_s * 1000)
    return sorted(
        (at_ms / 1000, counter)
        for one in found
        for at_ms, counter, (red, green, _), *_ in one["frames"]
        if counter is not None and red > 2 * green
    )


async def recorded_in(server: RunningServer, recording: str, name: str, codec: str) -> None:
    """Returns when two seconds of this codec are in the files."""

    def there() -> bool:
        tracks = [one for one in contents(server, recording)["tracks"] if (one["name"], one["kind"]) == (name, "video")]
        made = [each for one in tracks for each in one["segments"] if each["codec"] == codec]
        return any(each["untilMs"] - each["fromMs"] >= 2000 for each in made)

    async def reached() -> bool:
        return await asyncio.to_thread(there)

    await until(reached, timeout_s=25, what=f"{codec} is recorded")


def of(found: dict[str, Any], name: str, kind: str) -> dict[str, Any]:
    (track,) = [track for track in found["tracks"] if (track["name"], track["kind"]) == (name, kind)]
    return dict(track)


def numbers(file: Path) -> list[int]:
    found = judge.counters(file, width=640, height=360)
    assert None not in found
    return [one for one in found if one is not None]


async def test_another_codec_on_the_same_line_is_another_segment(
    server: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    room = server.room("录制")
    viewer = await enter("看", looks[1])
    await viewer.join(server.link(room))
    crowd = await open_crowd(viewer.browser, server, room)
    (identity,) = await crowd.enter(1, width=640, height=360, fps=FPS, layers=1, tone_hz=700)
    track = crowd.of[identity]["track"]
    recording = await asyncio.to_thread(start, server, room)
    await recorded_in(server, recording, identity, "vp8")
    await crowd.prefer(identity, "video/H264")
    await recorded_in(server, recording, identity, "h264")
    seen = await frames(viewer, 60)
    found = await asyncio.to_thread(stop, server, room, recording)

    seats = server.participants(room)
    (publisher,) = [seat for seat in seats if seat["name"] == identity]
    assert track in [one["id"] for one in publisher["tracks"]], "the room still calls it the same"
    dark_s = max(after - before for (before, _), (after, _) in itertools.pairwise(seen))
    assert len(seen) > 2 * FPS
    assert dark_s < DARK_S

    video, sound = (of(found, identity, kind) for kind in ("video", "audio"))
    assert [segment["codec"] for segment in video["segments"]] == ["vp8", "h264"]
    files = [file_of(server, found, segment) for segment in video["segments"]]
    assert [judge.facts(file)["codec_name"] for file in files] == ["vp8", "h264"]
    assert all(judge.packets(file)[0][1] for file in files), "each begins with a keyframe"
    before, after = (numbers(file) for file in files)
    steps = [(next_ - one) % COUNTERS for one, next_ in itertools.pairwise([*before, *after])]
    assert min(steps) >= 1 and max(steps) < DARK_S * FPS, "no picture twice, none out of its order"
    first, second = video["segments"]
    gaps = [(gap["reason"], gap["fromMs"], gap["untilMs"]) for gap in video["gaps"]]
    told = second["fromMs"] - first["untilMs"] > BACK_MS
    assert gaps == ([("codec", first["untilMs"], second["fromMs"])] if told else [])
    assert (len(sound["segments"]), sound["gaps"]) == (1, []), "its sound went on"
    assert await asyncio.to_thread(verified, server, found["id"])
