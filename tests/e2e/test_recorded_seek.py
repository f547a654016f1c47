"""Chromium seeks in two hours of recording, which come over REST in ranges."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from tests.e2e.people import FLAGS, PROBE
from tests.fakes.long_recording import FPS, LOOP, make_long_recording
from tests.fakes.server import running_server

pytestmark = [pytest.mark.timeout(120), pytest.mark.timed]

HOURS = 2.0
PLACES_S = (3600.0, 10.0, 7100.0, 5000.4, 1800.2)
WITHIN_MS = 1000.0

SEEK = """async (places) => {
  const video = document.querySelector("video");
  // A page and its decoder that have just begun are not what is measured.
  if (video.readyState < 2) await new Promise((done) => { video.onloadeddata = done; });
  const found = [];
  for (const place of places) {
    const before = performance.now();
    const shown = new Promise((done) => video.requestVideoFrameCallback((_now, frame) => done(frame.mediaTime)));
    const sought = new Promise((done) => { video.onseeked = done; });
    video.currentTime = place;
    await sought;
    const took = performance.now() - before;
    const at = await shown;
    found.push({ took, at, counter: __probe.stills()[0].counter });
  }
  return { found, duration: video.duration };
}"""


async def test_two_hours_are_sought_in_a_second(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    long = await make_long_recording(tmp_path / "data", HOURS)
    with running_server(tmp_path) as server:
        ticket = server.api("POST", f"/api/v1/recordings/{long.recording}/ticket", {})["ticket"]
        source = f"/api/v1/recordings/{long.recording}/segments/{long.segment}?ticket={ticket}"
        page_url = f"{server.url}/place-of-a-test"
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            try:
                page = await browser.new_page()
                await page.add_init_script(path=PROBE)
                body = f'<video muted preload=auto src="{source}"></video>'
                await page.route(page_url, lambda route: route.fulfill(body=body, content_type="text/html"))
                await page.goto(page_url)
                told = await page.evaluate(SEEK, list(PLACES_S))
            finally:
                await browser.close()
    assert told["duration"] == pytest.approx(HOURS * 3600, abs=1)
    for place_s, one in zip(PLACES_S, told["found"], strict=True):
        assert one["took"] < WITHIN_MS
        assert one["at"] == pytest.approx(place_s, abs=1.5 / FPS)
        assert one["counter"] == round(one["at"] * FPS) % LOOP
