"""Chromium plays a recorded sound track: what is heard when, although packets are missing from it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from tests.e2e.people import FLAGS
from tests.fakes.recorder_rtp import Stream, tone
from tests.fakes.recorder_stage import Stage

pytestmark = [pytest.mark.timeout(90), pytest.mark.timed]

HIGH_HZ, LOW_HZ = 2400, 600
SECONDS = 12
BURSTS_S = (3.0, 7.0, 11.0)
"""When the pitch is high for half a second."""
LOST_S = (*(1.0 + number * 0.1 for number in range(10)), 1.04)
"""Eleven packets, one by one, or two in a row."""
SILENT_S = ((3.5, 5.0), (7.5, 11.0))
"""The sender says nothing: a pause that is too short to be listed, and one that is."""

LISTEN = """async ({ high, low, seconds }) => {
  const sound = document.querySelector("audio");
  const context = new AudioContext();
  const meter = context.createAnalyser();
  meter.fftSize = 2048;
  meter.smoothingTimeConstant = 0;
  context.createMediaElementSource(sound).connect(meter).connect(context.destination);
  const levels = new Float32Array(meter.frequencyBinCount);
  const at = (hz) => levels[Math.round((hz * meter.fftSize) / context.sampleRate)];
  const heard = [];
  let was = false;
  await context.resume();
  await sound.play();
  while (!sound.ended && sound.currentTime < seconds) {
    await new Promise((done) => setTimeout(done, 10));
    meter.getFloatFrequencyData(levels);
    const is = at(high) > -50 && at(high) > at(low) + 20;
    if (is && !was) heard.push(sound.currentTime);
    was = is;
  }
  return { heard, duration: sound.duration };
}"""


def record(folder: Path) -> Path:
    stage = Stage(folder)
    stage.track(1, "opus", ssrc=7, pt=111)
    stream = Stream("opus", 111, 7, clock_hz=48_000)
    low, high = tone(LOW_HZ, float(SECONDS)), tone(HIGH_HZ, float(SECONDS))
    lost = {round(at_s * 50) for at_s in LOST_S}
    for number in range(SECONDS * 50):
        at_s = number / 50
        stage.until(at_s)
        if any(begin <= at_s < end for begin, end in SILENT_S):
            continue
        bursts = any(begin <= at_s < begin + 0.5 for begin in BURSTS_S)
        packets = stream.sound((high if bursts else low)[number], at_s)
        if number not in lost:
            stage.send(packets)
    stage.finish()
    (file,) = stage.files()
    return file


async def opened(browser: Browser, file: Path) -> dict[str, object]:
    page = await browser.new_page()
    await page.route(
        "http://player.test/*",
        lambda route: (
            route.fulfill(path=file, content_type="audio/x-matroska")
            if route.request.url.endswith("mka")
            else route.fulfill(body="<audio src=/sound.mka preload=auto></audio>", content_type="text/html")
        ),
    )
    await page.goto("http://player.test/")
    found: dict[str, object] = await page.evaluate(LISTEN, {"high": HIGH_HZ, "low": LOW_HZ, "seconds": SECONDS})
    return found


async def test_sound_is_heard_at_its_time_after_holes_and_pauses(tmp_path: Path) -> None:
    file = record(tmp_path)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            found = await opened(browser, file)
        finally:
            await browser.close()
    assert found["duration"] == pytest.approx(SECONDS, abs=0.1)
    # An analyser looks at 43 ms of sound, and what it hears is on its way to the loudspeaker for some 50 ms more.
    assert found["heard"] == pytest.approx(BURSTS_S, abs=0.15)
