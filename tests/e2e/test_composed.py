"""A composed stream of a meeting in browsers: watched by WHEP in a browser and by HLS in ffmpeg."""

from __future__ import annotations

import asyncio
import subprocess
from functools import partial
from pathlib import Path

import pytest

from conference.layout import Rect, Size, grid
from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, Person, until
from tests.fakes import film_seen
from tests.fakes.server import RunningServer

pytestmark = [pytest.mark.timeout(180), pytest.mark.timed]

SIZE = Size(1280, 720)
PLAY = """async (address) => {
  const peer = new RTCPeerConnection();
  for (const kind of ['audio', 'video']) peer.addTransceiver(kind, { direction: 'recvonly' });
  const video = document.createElement('video');
  Object.assign(video, { muted: true, autoplay: true, playsInline: true });
  const stream = new MediaStream();
  peer.ontrack = ({ track }) => { stream.addTrack(track); video.srcObject = stream; };
  await peer.setLocalDescription(await peer.createOffer());
  const answer = await fetch(address, {
    method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: peer.localDescription.sdp,
  });
  await peer.setRemoteDescription({ type: 'answer', sdp: await answer.text() });
  Object.assign(window, { composed: { peer, video } });
  document.body.append(video);
}"""
READ = """([x, y, width, height, bits]) => {
  const { video } = window.composed;
  if (!video.videoWidth) return null;
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const grey = (column, row) => context.getImageData(x + column, y + row, 1, 1).data[1];
  let counter = 0;
  for (let bit = 0; bit < bits; bit += 1) {
    const column = Math.floor((bit + 0.5) * width / bits);
    const lit = grey(column, Math.floor(height / 16)), inverse = grey(column, Math.floor(height * 3 / 16));
    if (Math.abs(lit - inverse) < 60) return null;
    if (lit > inverse) counter += 2 ** bit;
  }
  return counter;
}"""


async def read(page: Person, cell: Rect) -> int | None:
    found: int | None = await page.page.evaluate(READ, [cell.x, cell.y, cell.width, cell.height, 10])
    return found


async def test_two_people_as_one_picture(
    server: RunningServer, enter: Enter, looks: list[Looks], tmp_path: Path
) -> None:
    room = server.room()
    people = [await enter(f"第{number}位", looks[number]) for number in range(2)]
    for person in people:
        await person.join(server.link(room))
    wanted = {"width": 1280, "height": 720, "fps": 15, "labels": False, "clock": False, "outputs": [{"kind": "hls"}]}
    composed = server.api("POST", f"/api/v1/rooms/{room}/composed", wanted)["id"]
    ticket = server.api("POST", f"/api/v1/composed/{composed}/ticket")
    viewer = people[1]
    await viewer.page.evaluate(PLAY, server.url + ticket["whep"])
    seen: dict[Rect, set[int]] = {cell: set() for cell in grid(SIZE, 2)}

    async def both_run() -> bool:
        for cell, counters in seen.items():
            found = await read(viewer, cell)
            counters.update([] if found is None else [found])
        return all(len(counters) >= 8 for counters in seen.values())

    await until(both_run, timeout_s=60, what="both run in the one picture")
    kinds = await viewer.page.evaluate("() => window.composed.video.srcObject.getTracks().map((track) => track.kind)")
    assert sorted(kinds) == ["audio", "video"]
    words = f"-v error -y -i {server.url}{ticket['hls']} -t 6 -map 0 -c copy {tmp_path}/hls.mp4"
    play = partial(subprocess.run, ["ffmpeg", *words.split()], check=True, timeout=60, stdin=subprocess.DEVNULL)
    await asyncio.to_thread(play)
    pictures = list(film_seen.pictures(tmp_path / "hls.mp4", SIZE))
    for cell in seen:
        counters = {picture.counter(cell) for picture in pictures} - {None}
        assert len(counters) >= 8
    sound = film_seen.sound(tmp_path / "hls.mp4")
    for person in people:
        heard = [film_seen.tone_level(sound, person.looks.tone_hz, at_s / 4) for at_s in range(20)]
        assert max(heard) > 0.02
    server.api("DELETE", f"/api/v1/composed/{composed}")
