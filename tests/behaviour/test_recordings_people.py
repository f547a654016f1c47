"""Two people are recorded; one of them loses the connection and comes back with another codec. Times are compared with
the clock that was burnt into pictures and sounds."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
import time
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
import numpy as np
import pytest

from tests.fakes import recorder_judge as judge
from tests.fakes.live_publisher import FPS, publish
from tests.fakes.member import Member, member
from tests.fakes.pictures import BURST_S, PAUSE_S
from tests.fakes.recorded import counters, file_of, start, stop, verified
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(120)

IN_STEP_S = 0.1
"""Tracks of two people."""
LIP_SYNC_S = 0.08
RATE_HZ = 8000


async def record(server: RunningServer, begun_s: float) -> dict[str, Any]:
    """Both for three seconds, the first one then over another connection."""
    room = server.room()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())

        async def sit(name: str) -> Member:
            seat = await stack.enter_async_context(member(http, server.url, server.token(room), name=name))
            await seat.wait_for("welcome")
            return seat

        first, second = await sit("甲"), await sit("乙")
        up = await publish(first, 1, begun_s=begun_s, codec="VP8", hue=30, tone_hz=600)
        stack.push_async_callback((await publish(second, 1, begun_s=begun_s, codec="VP8", hue=90, tone_hz=900)).close)
        recording = await asyncio.to_thread(start, server, room)
        await asyncio.sleep(3.5)  # the length of the first part
        await up.close()
        await asyncio.sleep(0.7)  # as long as the network is away
        again = await publish(first, 2, begun_s=begun_s, codec="H264", hue=30, tone_hz=600)
        stack.push_async_callback(again.close)
        await asyncio.sleep(4.0)  # and of the second
        return await asyncio.to_thread(stop, server, room, recording)


def tracks_of(found: dict[str, Any], name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Picture and sound of this person: one line each."""
    (video,) = [track for track in found["tracks"] if (track["name"], track["kind"]) == (name, "video")]
    (audio,) = [track for track in found["tracks"] if (track["name"], track["kind"]) == (name, "audio")]
    return video, audio


def late_pictures_s(server: RunningServer, found: dict[str, Any], segment: dict[str, Any], begun_s: float) -> float:
    """How much later than it was due a picture stands in the recording, the median."""
    file = file_of(server, found, segment)
    words = f"-v error -show_entries packet=pts_time -of json {file}".split()
    shown = json.loads(subprocess.run(["ffprobe", *words], capture_output=True, check=True).stdout)["packets"]
    times_s = [segment["fromMs"] / 1000 + float(packet["pts_time"]) for packet in shown]
    seen = counters(file)
    assert len(seen) == len(times_s)
    return median(at_s - begun_s - counter / FPS for at_s, counter in zip(times_s, seen, strict=True))


def late_sound_s(server: RunningServer, found: dict[str, Any], segment: dict[str, Any], begun_s: float) -> float:
    """The same of the bursts' begins."""
    heard = judge.plain_samples(file_of(server, found, segment), RATE_HZ).astype(float)
    loud = np.sqrt(np.convolve(heard**2, np.ones(40) / 40, mode="same")) > 1500
    begins = np.flatnonzero(loud[1:] & ~loud[:-1]) / RATE_HZ
    period_s = BURST_S + PAUSE_S
    late = [(segment["fromMs"] / 1000 + at_s - begun_s + period_s / 2) % period_s - period_s / 2 for at_s in begins]
    return median(late)


def settled(track: dict[str, Any]) -> list[dict[str, Any]]:
    """One file of each connection. Sound whose sender's clock shows that its first packets were late steps once to
    where it belongs, into another file: the one before is left out."""
    found: list[dict[str, Any]] = []
    for segment in track["segments"]:
        if found and track["kind"] == "audio" and segment["fromMs"] <= found[-1]["untilMs"] + 20:
            found.pop()
        found.append(segment)
    return found


async def test_people_lie_on_one_clock_and_come_back_into_their_line(tmp_path: Path) -> None:
    begun_s = float(int(time.time()))
    with running_server(tmp_path) as server:
        found = await record(server, begun_s)
        (one_video, one_audio), (other_video, other_audio) = tracks_of(found, "甲"), tracks_of(found, "乙")
        assert [segment["codec"] for segment in one_video["segments"]] == ["vp8", "h264"]
        assert [segment["codec"] for segment in other_video["segments"]] == ["vp8"]
        assert (len(settled(one_audio)), len(settled(other_audio))) == (2, 1)
        for track in (one_video, one_audio):
            (gap,) = track["gaps"]
            assert gap["reason"] == "reconnect"
            before = max(one["untilMs"] for one in track["segments"] if one["fromMs"] < gap["fromMs"])
            after = min(one["fromMs"] for one in track["segments"] if one["fromMs"] > gap["fromMs"])
            assert (gap["fromMs"], gap["untilMs"]) == (pytest.approx(before, abs=100), pytest.approx(after, abs=100))
        assert other_video["gaps"] == other_audio["gaps"] == []
        everything = [counters(file_of(server, found, segment)) for segment in one_video["segments"]]
        assert all(len(seen) >= 1.5 * FPS for seen in everything)
        flat = list(itertools.chain(*everything))
        assert flat == sorted(set(flat))
        late_s = [
            late_pictures_s(server, found, segment, begun_s)
            for track in (one_video, other_video)
            for segment in track["segments"]
        ]
        assert max(late_s) - min(late_s) < IN_STEP_S
        sounds_s = [
            late_sound_s(server, found, segment, begun_s)
            for track in (one_audio, other_audio)
            for segment in settled(track)
        ]
        assert all(abs(sound_s - picture_s) < LIP_SYNC_S for sound_s, picture_s in zip(sounds_s, late_s, strict=True))
        assert verified(server, found["id"])
