"""What a composed film costs, beside the same job by ffmpeg's xstack and by a browser filmed from a screen.

    python benchmarks/compose.py --json

Every row is one process of its own that decodes H.264 layers (30 fps, one thread), composes them to 1080p with names
and a clock, mixes five voices and encodes one x264 stream (one thread) into fragments, as fast as it can: CPU time of
the process without its start, per output picture, and as cores of a live film (CPU time over film time). `tiles-*`: the
layer that fits (720p for 1 and 4 tiles, 360p for 9 and 16, 180p for 25 and 36), superfast, 30 fps. `ratio` compares
with Debian's `ffmpeg` doing the same with scale and xstack in the same run, which draws no names and mixes no sound.
`live-*`: the targets of a live film; its memory is the process's greatest resident set. `film`: a recorded meeting of
nine (720p as recorded) rendered to a file. `browser`: Chromium on Xvfb, filmed by ffmpeg's x11grab at the same preset;
per picture that was captured, not asked for. Not with --quick.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import _compose_rivals as rivals
from benchmarks._compose_made import FPS, SCENES, make_layers

LAYER = {1: 720, 4: 720, 9: 360, 16: 360, 25: 180, 36: 180}
LIVE = {
    "live-3x3-1080p30": (9, 30, "superfast", 1.3),
    "live-3x3-1080p15": (9, 15, "superfast", 0.9),
    "live-6x6-1080p15": (36, 15, "superfast", 0.7),
}
MAX_RSS_MIB = 200
BROWSER_RATIO = 2.0


@dataclass(frozen=True)
class Setup:
    folder: Path
    seconds: float

    def files(self, tiles: int) -> list[Path]:
        return [self.folder / f"{SCENES[n % len(SCENES)]}-{LAYER[tiles]}.mkv" for n in range(tiles)]


def peak_rss_mib() -> float:
    """Of this program. The kernel's ru_maxrss would begin with what the parent had."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def compose_live(setup: Setup, tiles: int, fps: int, preset: str) -> dict[str, float]:
    """In this process. Imports come first: their cost is not the film's."""
    import cv2
    import numpy as np

    from conference.layout import FULL_HD, grid
    from recorder.film.job import Encoding, Look, Segment, Track
    from recorder.film.live import LiveFilm
    from recorder.film.mix import Mixer
    from recorder.film.overload import Step
    from recorder.film.pictures import PictureReader
    from recorder.film.sinks import Mp4Fragments
    from recorder.film.sounds import SoundReader
    from recorder.film.tile import Place

    cv2.setNumThreads(1)
    end = round(setup.seconds * 1000)

    def recorded(file: Path) -> Track:
        return Track("", "camera", "", "", (Segment(os.open(file, os.O_RDONLY), 0, end),))

    target = os.open(setup.folder / "live.mp4", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    look, step = Look(fps=fps), Step(fps, preset)  # type: ignore[arg-type]
    sink = Mp4Fragments(target)
    film = LiveFilm(look, Encoding(threads=1), [sink], said=print, lost=print, ladder=(step,))
    cells = grid(FULL_HD, tiles)
    film.composer.arrange(Place(str(n), cell, f"应急指挥中心 {n}") for n, cell in enumerate(cells))
    readers = [PictureReader(recorded(file), 0) for file in setup.files(tiles)]
    voices = [SoundReader(recorded(setup.folder / "sound.mkv"), 0) for _ in range(min(5, tiles))]
    mixer, sample = Mixer(len(voices), film.block, 48_000), 0
    spent = dict.fromkeys(("decode", "draw", "sound"), 0.0)
    began = time.process_time()
    for tick in range(round(setup.seconds * fps)):
        at_ms, mark = tick * 1000 // fps, time.process_time()
        frames = [reader.advance(at_ms) for reader in readers]
        spent["decode"] += time.process_time() - mark
        for n, frame in enumerate(frames):
            if frame is not None:
                film.feed(str(n), frame)
        mark = time.process_time()
        film.tick(at_ms, at_ms)
        spent["draw"] += time.process_time() - mark
        mark = time.process_time()
        while sample < (tick + 1) * 48_000 // fps:
            for reader, row in zip(voices, mixer.matrix, strict=True):
                reader.fill(sample, row)
            film.sound(np.ascontiguousarray(mixer.mix()), sample)
            sample += film.block
        spent["sound"] += time.process_time() - mark
    cpu_s, frames_made = time.process_time() - began, round(setup.seconds * fps)
    return {
        "cpu_ms_per_frame": cpu_s * 1000 / frames_made,
        **{f"{part}_ms_per_frame": value * 1000 / frames_made for part, value in spent.items()},
        "cores": cpu_s / setup.seconds,
        "rss_mib": peak_rss_mib(),
    }


def compose_film(setup: Setup) -> dict[str, float]:
    """In this process: nine people as recorded, 25 fps, two threads."""
    from recorder.film.job import Job, Segment, Track
    from recorder.film.render import render

    end = round(setup.seconds * 1000)
    tracks = []
    for n in range(9):
        for kind, name in (("camera", f"{SCENES[n % 3]}-720.mkv"), ("microphone", "sound.mkv")):
            segment = Segment(os.open(setup.folder / name, os.O_RDONLY), 0, end)
            tracks.append(Track(f"{n}-{kind}", kind, str(n), f"参会人 {n}", (segment,)))  # type: ignore[arg-type]
    files = [os.open(setup.folder / name, os.O_RDWR | os.O_CREAT | os.O_TRUNC) for name in ("film.mp4", "scratch")]
    wall, cpu = time.perf_counter(), time.process_time()
    film = render(Job(tuple(tracks), 0, end, *files), progress=lambda _: None, cancelled=lambda: False)
    cpu_s = time.process_time() - cpu
    return {
        "cpu_ms_per_frame": cpu_s * 1000 / film.ticks,
        "speed": setup.seconds / (time.perf_counter() - wall),
        "speed_on_own_cores": setup.seconds * 2 / cpu_s,
        "rss_mib": peak_rss_mib(),
    }


def apart(setup: Setup, *job: object) -> dict[str, float]:
    """One job in a process of its own, so that memory and CPU are its own."""
    words = [
        sys.executable,
        "-m",
        "benchmarks.compose",
        "--child",
        json.dumps([str(setup.folder), setup.seconds, *job]),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=900)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def child(words: str) -> None:
    folder, seconds, kind, *rest = json.loads(words)
    setup = Setup(Path(folder), seconds)
    print(json.dumps(compose_film(setup) if kind == "film" else compose_live(setup, *rest)))


def rows(setup: Setup, *, quick: bool) -> Iterator[dict[str, object]]:
    ours = {}
    for tiles in LAYER:
        result = ours[tiles] = apart(setup, "live", tiles, FPS, "superfast")
        rival = rivals.xstack(setup.files(tiles), FPS, setup.seconds, "superfast")["cpu_ms_per_frame"]
        extra = {"xstack_cpu_ms_per_frame": rival, "ratio": result["cpu_ms_per_frame"] / rival}
        yield {
            "scenario": f"tiles-{tiles}",
            **result,
            **extra,
            "meets_target": result["rss_mib"] <= MAX_RSS_MIB or tiles > 9,
        }
    for name, (tiles, fps, preset, cores) in LIVE.items():
        result = apart(setup, "live", tiles, fps, preset)
        met = result["cores"] <= cores and result["rss_mib"] <= MAX_RSS_MIB
        yield {"scenario": name, **result, "target_cores": cores, "target_rss_mib": MAX_RSS_MIB, "meets_target": met}
    result = apart(setup, "film")
    yield {"scenario": "film", **result, "meets_target": result["rss_mib"] <= MAX_RSS_MIB}
    note = "skipped: --quick" if quick else rivals.missing()
    if note:
        yield {"scenario": "browser", "note": note}
        return
    rival = rivals.browser(setup.files(9), FPS, setup.seconds, "superfast")
    again = apart(setup, "live", 9, FPS, "superfast")
    ratio = rival["cpu_ms_per_frame"] / again["cpu_ms_per_frame"]
    extra = {"our_cpu_ms_per_frame": again["cpu_ms_per_frame"], "times_ours": ratio}
    yield {"scenario": "browser", **rival, **extra, "meets_target": ratio >= BROWSER_RATIO}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="3 s instead of 10 s of film, no browser")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child)
        return
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup(Path(folder), 3.0 if options.quick else 10.0)
        make_layers(setup.folder, setup.seconds)
        for row in rows(setup, quick=options.quick):
            if options.json:
                print(json.dumps({"benchmark": "compose", **row}), flush=True)
            else:
                texts = [
                    f"{key} {value:.2f}" if isinstance(value, float) else f"{key} {value}" for key, value in row.items()
                ]
                print("  ".join(texts), flush=True)


if __name__ == "__main__":
    main()
