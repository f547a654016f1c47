"""What a composed stream costs: the real child in its sandbox, fed by RTP in real time, with HLS, a film and viewers.

    python benchmarks/composed.py --json

Cameras send H.264 layers that fit the cells (360p for 9 tiles, 180p for 36; 30 fps), five of them with voices; the
child composes 1080p with names and a clock, superfast, and sends one encode to an HLS list, to a film and as RTP.
`cores`: CPU time of the child over time; `encoded_fps`: pictures that left the encoder, over time; `pss_mib`: its
memory, shared pages divided among those who share them. `stepped`: it went down a step; then the row is no measure.
Targets are those of a live film.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

import av
from av.bitstream import BitStreamFilterContext

from benchmarks._compose_made import SCENES, make_layers
from benchmarks._process import cpu_s, memory_kib
from conference.layout import FULL_HD, grid
from recorder.composed import words
from tests.fakes.composed_child import ChildComposer, Publishers, camera
from tests.fakes.recorder_rtp import Coded

SCENARIOS = {
    "3x3-1080p30": (9, 360, 30, 1.3),
    "3x3-1080p15": (9, 360, 15, 0.9),
    "6x6-1080p15": (36, 180, 15, 0.7),
}
MAX_PSS_MIB = 200
WARM_S = 3.0


def coded(file: Path) -> tuple[Coded, ...]:
    """The pictures of a layer, as a packetiser takes them."""
    with av.open(str(file)) as container:
        stream = container.streams.video[0]
        annex_b: Any = BitStreamFilterContext("h264_mp4toannexb", stream)
        packets = [out for packet in container.demux(stream) for out in annex_b.filter(packet if packet.size else None)]
    return tuple(Coded(bytes(packet), packet.is_keyframe, number) for number, packet in enumerate(packets))


def measure(folder: Path, tiles: int, height: int, fps: int, seconds: float) -> dict[str, float]:
    layers = [coded(folder / f"{scene}-{height}.mkv") for scene in SCENES]
    cameras = [camera(number + 1, "h264", frames=2) for number in range(tiles)]
    for number, one in enumerate(cameras):
        one.coded, one.rewinds = layers[number % len(layers)], True
    start = words.Start(FULL_HD.width, FULL_HD.height, fps, time.time_ns() // 1_000_000, max_bitrate_bps=4_147_200)
    with ChildComposer(start) as child:
        publishers = Publishers(child, cameras, {101 + number: 300.0 + 150 * number for number in range(5)})
        child.add_hls(1)
        child.add_film(2, folder / "fragments.mp4", folder / "film.mp4")
        outlet = child.outlet()
        child.tell(words.AddSink(3, "whep"))
        publishers.program(
            [
                words.Place(number + 1, cell.x, cell.y, cell.width, cell.height, f"应急指挥中心 {number}")
                for number, cell in enumerate(grid(FULL_HD, tiles))
            ]
        )
        _run(publishers, outlet, WARM_S)
        before, said, from_s = cpu_s(child.process.pid), len(child.of(words.Report)), time.monotonic()
        _run(publishers, outlet, seconds)
        took_s, spent_s = time.monotonic() - from_s, cpu_s(child.process.pid) - before
        reports = child.of(words.Report)[said:]
        result = {
            "cores": spent_s / took_s,
            "encoded_fps": sum(report.encoded for report in reports) / len(reports),
            "pss_mib": memory_kib(child.process.pid) / 1024,
            "cpu_ms_per_frame": 1000 * spent_s / max(1, sum(report.encoded for report in reports)),
            "stepped": float(bool(child.of(words.Stepped))),
            "lost_packets": reports[-1].lost_packets,
        }
        outlet.close()
    for name in ("fragments.mp4", "film.mp4"):
        (folder / name).unlink()
    return result


def _run(publishers: Publishers, outlet: socket.socket, seconds: float) -> None:
    """Cameras send, viewers are read."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        publishers.run(0.05)
        try:
            while outlet.recv(65_535):
                pass
        except BlockingIOError:
            continue


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="6 s instead of 20 s for each")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory() as folder:
        make_layers(Path(folder), 5.0)
        for name, (tiles, height, fps, cores) in SCENARIOS.items():
            row = measure(Path(folder), tiles, height, fps, 6.0 if options.quick else 20.0)
            whole = not row["stepped"] and row["encoded_fps"] >= 0.95 * fps
            met = whole and row["cores"] <= cores and row["pss_mib"] <= MAX_PSS_MIB
            shown = {"scenario": name, **row, "target_cores": cores, "target_pss_mib": MAX_PSS_MIB, "meets_target": met}
            if options.json:
                print(json.dumps({"benchmark": "composed", **shown}), flush=True)
            else:
                texts = (
                    f"{key} {value:.2f}" if isinstance(value, float) else f"{key} {value}"
                    for key, value in shown.items()
                )
                print("  ".join(texts), flush=True)


if __name__ == "__main__":
    main()
