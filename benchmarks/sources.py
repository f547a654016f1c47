"""What cameras cost, and how old their pictures are.

    python benchmarks/sources.py --json

1, 4 and 16 RTSP cameras of 2 Mbit/s (H.264 720p 25 fps, G.711) are fetched over TCP. `children_cpu_share`: CPU time of
all their child processes as a share of one core; `core_cpu_share`: that of the server's own process, with nobody
watching; `ffmpeg_cpu_share`: what as many ffmpeg processes spend on reading the very same cameras and throwing them
away (`-c copy -f null`), in the same run. `pss_mib_per_child`: proportional memory, the largest child.

Glass to browser: a live camera burns the time into its pictures, Chromium plays it by WHEP and reads the time out of
what it shows (`requestVideoFrameCallback`), on the same clock. The encoder's time is part of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.async_api import async_playwright

from benchmarks._process import children, cpu_s, memory_kib, name
from tests.e2e.people import FLAGS
from tests.fakes.rtsp_server import PYTHON, camera
from tests.fakes.server import RunningServer, free_port, running_server

TARGETS = {"children_cpu_share": 0.25, "pss_mib_per_child": 30.0, "delay_p50_ms": 300.0}
PLAYER = """async ([url, token, bits, ms]) => {
  const peer = new RTCPeerConnection();
  peer.addTransceiver("video", { direction: "recvonly" });
  const video = document.createElement("video");
  video.autoplay = video.muted = true; document.body.replaceChildren(video);
  peer.ontrack = ({ track }) => { video.srcObject = new MediaStream([track]); };
  await peer.setLocalDescription(await peer.createOffer());
  const answer = await fetch(url, { method: "POST", body: peer.localDescription.sdp,
    headers: { "Content-Type": "application/sdp", "Authorization": "Bearer " + token } });
  if (answer.status !== 201) throw new Error("WHEP " + answer.status);
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() });
  const canvas = document.createElement("canvas"), context = canvas.getContext("2d", { willReadFrequently: true });
  const ages = [];
  const until = performance.now() + ms;
  await new Promise((done) => {
    const step = () => {
      const now = Date.now(), width = video.videoWidth;
      canvas.width = width; canvas.height = 60; context.drawImage(video, 0, 0);
      const pixels = context.getImageData(0, 0, width, 60).data, cell = width / bits;
      const at = (bit, y) => pixels[(y * width + Math.floor((bit + 0.5) * cell)) * 4 + 1];
      let code = 0, torn = false;
      for (let bit = 0; bit < bits; bit++) {
        torn = torn || Math.abs(at(bit, 15) - at(bit, 45)) < 60;
        if (at(bit, 15) > at(bit, 45)) code += 2 ** bit;
      }
      const modulus = 2 ** bits;
      if (!torn) ages.push((now % modulus - code + modulus) % modulus);
      if (performance.now() < until) video.requestVideoFrameCallback(step); else done();
    };
    video.requestVideoFrameCallback(step);
    setTimeout(done, ms + 10000);
  });
  peer.close();
  return ages;
}"""


def make_film(folder: Path) -> Path:
    """Half a minute of 720p at 2 Mbit/s with G.711, as a camera would send it."""
    file = folder / "camera.mov"
    words = (
        "-v error -y -f lavfi -i testsrc2=size=1280x720:rate=25 -f lavfi -i sine=frequency=700:sample_rate=8000"
        " -vf noise=alls=12:allf=t -c:v libx264 -preset veryfast -tune zerolatency -profile:v high -bf 0 -g 50"
        " -b:v 2M -maxrate 2M -bufsize 1M -pix_fmt yuv420p -c:a pcm_alaw -ac 1 -t 20"
    )
    subprocess.run(["ffmpeg", *words.split(), str(file)], check=True, stdin=subprocess.DEVNULL)
    return file


def add_camera(server: RunningServer, room: str, port: int, number: int) -> str:
    body = {
        "name": f"camera {number}",
        "kind": "rtsp",
        "rooms": [room],
        "address": f"rtsp://127.0.0.1:{port}/live",
        "transport": "tcp",
        "onDemand": False,
    }
    made: str = server.api("POST", "/api/v1/sources", body)["id"]
    return made


def wait_live(server: RunningServer, count: int, *, within_s: float = 30.0) -> None:
    deadline = time.monotonic() + within_s
    while True:
        states = [one["status"]["state"] for one in server.api("GET", "/api/v1/sources")["sources"]]
        if sum(state in ("live", "low-rate") for state in states) >= count:
            return
        if time.monotonic() > deadline:
            raise RuntimeError(f"the cameras are not live: {states}")
        time.sleep(0.2)  # asking another process


def measure_cost(server: RunningServer, port: int, count: int, *, window_s: float) -> dict[str, float]:
    room = server.room(f"cameras {count}")
    made = [add_camera(server, room, port, number) for number in range(count)]
    wait_live(server, count)
    time.sleep(3.0)  # first pictures, thumbnails
    pids = [pid for pid in children(server.process.pid) if name(pid).startswith("src-c-")]
    if len(pids) != count:
        raise RuntimeError(f"{len(pids)} children for {count} cameras")
    before, core_before = [cpu_s(pid) for pid in pids], cpu_s(server.process.pid)
    time.sleep(window_s)  # the length of the measurement
    spent = [cpu_s(pid) - earlier for pid, earlier in zip(pids, before, strict=True)]
    core = cpu_s(server.process.pid) - core_before
    memory = [memory_kib(pid) for pid in pids]
    for source in made:
        server.api("DELETE", f"/api/v1/sources/{source}")
    reference = measure_ffmpeg(port, count, window_s=window_s)
    return {
        "cameras": count,
        "children_cpu_share": sum(spent) / window_s,
        "core_cpu_share": core / window_s,
        "ffmpeg_cpu_share": reference,
        "ratio": sum(spent) / window_s / reference,
        "pss_mib_per_child": max(memory) / 1024,
    }


def measure_ffmpeg(port: int, count: int, *, window_s: float) -> float:
    words = f"-v error -rtsp_transport tcp -i rtsp://127.0.0.1:{port}/live -c copy -f null -".split()
    processes = [
        subprocess.Popen(["ffmpeg", *words], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for _ in range(count)
    ]
    try:
        time.sleep(3.0)  # they are connected
        before = [cpu_s(process.pid) for process in processes]
        time.sleep(window_s)  # the length of the measurement
        return sum(cpu_s(p.pid) - b for p, b in zip(processes, before, strict=True)) / window_s
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def clock_camera(port: int) -> Iterator[None]:
    script = Path(__file__).with_name("_clock_camera.py")
    with subprocess.Popen([PYTHON, str(script), "--port", str(port)], stdout=subprocess.PIPE, text=True) as process:
        try:
            if process.stdout is None or not process.stdout.readline():
                raise RuntimeError("the camera did not start")
            yield
        finally:
            process.kill()


async def measure_delay(server: RunningServer, port: int, *, for_s: float) -> dict[str, float]:
    room = server.room("delay")
    with clock_camera(port):
        add_camera(server, room, port, 0)
        await asyncio.to_thread(wait_live, server, 1)
        async with async_playwright() as playwright:
            path = shutil.which("chromium")
            browser = await playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
            page = await browser.new_page()
            await page.goto(server.url + "/")
            words = [f"{server.url}/whep/{room}", server.token(room, "viewer"), 24, for_s * 1000]
            ages: list[float] = await page.evaluate(PLAYER, words)
            await browser.close()
    settled = sorted(ages[len(ages) // 5 :])
    if len(settled) < for_s * 10:
        raise RuntimeError(f"only {len(settled)} pictures in {for_s} s")
    return {
        "pictures": len(settled),
        "delay_p50_ms": statistics.median(settled),
        "delay_p95_ms": settled[round(0.95 * (len(settled) - 1))],
    }


def rows(*, quick: bool) -> Iterator[dict[str, float]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        port, clock_port = free_port(), free_port()
        allowed = json.dumps([f"127.0.0.1:{port}", f"127.0.0.1:{clock_port}"])
        settings = {"HUISHANG_SOURCES__ALLOW_ADDRESSES": allowed}
        server = stack.enter_context(running_server(folder, settings=settings))
        stack.enter_context(camera(port=port, file=make_film(folder), codec="h264", audio="alaw"))
        for count in (1, 4) if quick else (1, 4, 16):
            yield measure_cost(server, port, count, window_s=5.0 if quick else 15.0)
        yield asyncio.run(measure_delay(server, clock_port, for_s=6.0 if quick else 20.0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1 and 4 cameras, short windows")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    for row in rows(quick=options.quick):
        limits = {key: limit for key, limit in TARGETS.items() if key in row}
        told = {"benchmark": "sources", **row, "meets_target": all(row[key] <= limit for key, limit in limits.items())}
        if options.json:
            print(json.dumps(told), flush=True)
        else:
            words = (
                f"{key}={value:.3f}" if isinstance(value, float) else f"{key}={value}" for key, value in told.items()
            )
            print("  ".join(words), flush=True)


if __name__ == "__main__":
    main()
