"""The same pictures composed by others: Debian's ffmpeg with xstack, and a browser that is filmed from a screen."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from conference.layout import FULL_HD, grid

CODER = ["-c:v", "libx264", "-threads", "1", "-tune", "zerolatency", "-crf", "23", "-maxrate", "4M", "-bufsize", "8M"]
_PAGE = """<!doctype html><body style="margin:0;background:#000;overflow:hidden">{videos}<script>
for (const video of document.querySelectorAll("video")) video.play();</script>"""
_VIDEO = (
    '<video src="{src}" muted loop style="position:absolute;left:{x}px;top:{y}px;width:{w}px;height:{h}px"></video>'
)


def children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def xstack(files: list[Path], fps: int, seconds: float, preset: str) -> dict[str, float]:
    """CPU of the ffmpeg command: decode, scale, stack, encode; no names, no clock, no sound."""
    cells = grid(FULL_HD, len(files))
    words = ["ffmpeg", "-v", "error", "-y"]
    for file in files:
        words += ["-threads", "1", "-i", str(file)]
    parts = [f"[{n}:v]fps={fps},scale={cell.width}:{cell.height}:flags=bilinear[s{n}]" for n, cell in enumerate(cells)]
    if len(files) > 1:
        layout = "|".join(f"{cell.x}_{cell.y}" for cell in cells)
        stacked = "".join(f"[s{n}]" for n in range(len(files)))
        parts.append(f"{stacked}xstack=inputs={len(files)}:layout={layout}[out]")
    words += ["-filter_complex_threads", "1", "-filter_complex", ";".join(parts)]
    words += ["-map", "[out]" if len(files) > 1 else "[s0]", *CODER, "-preset", preset, "-bf", "0", "-f", "null", "-"]
    before = children_s()
    subprocess.run(words, check=True, timeout=600)
    cpu_s = children_s() - before
    return {"cpu_ms_per_frame": cpu_s * 1000 / (seconds * fps), "cores": cpu_s / seconds}


def missing() -> str | None:
    """Why the browser cannot be filmed here."""
    absent = [name for name in ("Xvfb", "chromium", "ffmpeg") if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else None


def browser(files: list[Path], fps: int, seconds: float, preset: str) -> dict[str, float]:
    """CPU of Xvfb, Chromium and ffmpeg while the screen is filmed; frames are those that were really captured.

    Without names, clock and sound, and the pictures come from files, not over WebRTC: less than a real one does.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "page.html")
        videos = [
            _VIDEO.format(src=file.as_uri(), x=cell.x, y=cell.y, w=cell.width, h=cell.height)
            for file, cell in zip(files, grid(FULL_HD, len(files)), strict=True)
        ]
        page.write_text(_PAGE.format(videos="".join(videos)), encoding="utf-8")
        display = f":{90 + os.getpid() % 100}"
        screen = [shutil.which("Xvfb") or "Xvfb", display, "-screen", "0", "1920x1080x24", "-nolisten", "tcp"]
        server = subprocess.Popen(screen, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(1.0)  # no way to ask Xvfb whether it listens without an X library
        words = ["chromium", "--no-sandbox", "--kiosk", "--window-size=1920,1080", "--window-position=0,0"]
        words += ["--no-first-run", "--autoplay-policy=no-user-gesture-required", f"--user-data-dir={folder}/profile"]
        viewer = subprocess.Popen(
            [*words, "--disable-gpu", page.as_uri()],
            env=os.environ | {"DISPLAY": display},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            time.sleep(6.0)  # started and playing
            return _film(display, [server.pid, viewer.pid], fps, seconds, preset)
        finally:
            for process in (viewer, server):
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(timeout=20)


def _film(display: str, groups: list[int], fps: int, seconds: float, preset: str) -> dict[str, float]:
    words = ["ffmpeg", "-v", "error", "-nostdin", "-f", "x11grab", "-framerate", str(fps), "-video_size", "1920x1080"]
    words += ["-i", display, "-t", str(seconds), "-pix_fmt", "yuv420p", *CODER, "-preset", preset, "-bf", "0"]
    before, ours = _groups_s(groups), children_s()
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/film.mp4"
        began = time.perf_counter()
        subprocess.run([*words, "-fps_mode", "passthrough", file], check=True, timeout=seconds * 10 + 60)
        wall_s = time.perf_counter() - began
        count = [
            "ffprobe",
            "-v",
            "error",
            "-count_packets",
            "-show_entries",
            "stream=nb_read_packets",
            "-of",
            "csv=p=0",
        ]
        coder_s, screen_s = children_s() - ours, _groups_s(groups) - before
        done = subprocess.run([*count, file], check=True, capture_output=True, text=True, timeout=60)
    frames = int(done.stdout.strip(" ,\n"))
    cpu_s = coder_s + screen_s
    return {"cpu_ms_per_frame": cpu_s * 1000 / frames, "cores": cpu_s / wall_s, "captured_fps": frames / wall_s}


def _groups_s(groups: list[int]) -> float:
    """User and system time of all processes of some process groups (and sessions), living or waited for."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) in groups:
                total += sum(int(field) for field in fields[11:15])
    return total / os.sysconf("SC_CLK_TCK")
