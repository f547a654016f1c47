"""A browser that sends three layers is recorded while its best one goes away and comes back."""

from __future__ import annotations

import asyncio
import itertools
import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, Person, until
from tests.fakes import recorder_judge as judge
from tests.fakes.recorded import contents, file_of, of_kind, start, stop, wait
from tests.fakes.server import RunningServer

pytestmark = [pytest.mark.timeout(120), pytest.mark.timed]

CAMERA_FRAMES = 90
"""The camera's film is six seconds long and begins again."""
CONNECTIONS = """
  const Plain = window.RTCPeerConnection;
  window.__made = [];
  window.RTCPeerConnection = class extends Plain {
    constructor(...words) { super(...words); window.__made.push(this); }
  };
"""
LAYERS = """async (count) => {
  let changed = 0;
  for (const connection of window.__made) {
    for (const sender of connection.getSenders()) {
      const parameters = sender.getParameters();
      if (sender.track?.kind !== "video" || (parameters.encodings ?? []).length < 2) continue;
      parameters.encodings.forEach((encoding, index) => { encoding.active = index < count; });
      await sender.setParameters(parameters);
      changed += 1;
    }
  }
  return changed;
}"""


def sizes(file: Path) -> list[tuple[int, int]]:
    """Of the pictures, each size where it begins."""
    words = f"-v error -show_entries frame=width,height -select_streams v -of json {file}".split()
    done = subprocess.run(["ffprobe", *words], capture_output=True, check=True)
    assert done.stderr == b"", done.stderr.decode()
    every = [(frame["width"], frame["height"]) for frame in json.loads(done.stdout)["frames"]]
    return [size for size, _ in itertools.groupby(every)]


async def layers(person: Person, count: int) -> None:
    assert await person.page.evaluate(LAYERS, count) == 1


async def test_a_layer_goes_and_comes_within_one_file(server: RunningServer, enter: Enter, sharp: Looks) -> None:
    room = server.room("录制")
    person = await enter("清", sharp)
    await person.context.add_init_script(CONNECTIONS)
    await person.join(server.link(room))
    recording = await asyncio.to_thread(begin_when_published, server, room)
    await records(server, recording, (1280, 720))
    await layers(person, 2)
    await records(server, recording, (640, 360))
    await layers(person, 3)
    await records(server, recording, (1280, 720))
    found = await asyncio.to_thread(stop, server, room, recording)
    video = of_kind(found, "video")
    (segment,) = video["segments"]
    file = file_of(server, found, segment)
    seen = sizes(file)
    best = [index for index, size in enumerate(seen) if size == (1280, 720)]
    assert (640, 360) in seen[best[0] : best[-1]]
    counters = judge.counters(file)
    assert None not in counters
    numbers = [counter for counter in counters if counter is not None]
    # A browser short of time leaves pictures out; it never goes back.
    steps = [(next_ - one) % CAMERA_FRAMES for one, next_ in itertools.pairwise(numbers)]
    assert max(steps) < 3 * 15
    times_s = [at_s for at_s, _, _ in judge.packets(file)]
    assert max(next_ - one for one, next_ in itertools.pairwise(times_s)) < 3.0
    keys_s = [at_s for at_s, key, _ in judge.packets(file) if key]
    assert max(next_ - one for one, next_ in itertools.pairwise([*keys_s, times_s[-1]])) <= 20.0


async def records(server: RunningServer, recording: str, size: tuple[int, int]) -> None:
    """Returns when the newest recorded picture has this size: a browser takes its time, more so on a busy machine."""

    def newest() -> bool:
        found = contents(server, recording)
        video = [track for track in found["tracks"] if track["kind"] == "video" and track["segments"]]
        return bool(video) and sizes(file_of(server, found, video[0]["segments"][-1]))[-1:] == [size]

    async def reached() -> bool:
        return await asyncio.to_thread(newest)

    await until(reached, timeout_s=25, what=f"{size} is recorded")
    await asyncio.sleep(2.0)  # some more of it


def begin_when_published(server: RunningServer, room: str) -> str:
    wait(
        lambda: any(person["tracks"] for person in server.participants(room)),
        timeout_s=20,
        what="somebody publishes",
    )
    return start(server, room)
