"""A finished film as ffmpeg and ffprobe see it, not our own reader."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from conference.layout import FULL_HD, Rect, Size
from tests.fakes.pictures import read_counter

RATE = 48_000


def probe(file: Path) -> dict[str, Any]:
    words = ["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(file)]
    return dict(json.loads(subprocess.run(words, capture_output=True, check=True, timeout=60).stdout))


def stream(file: Path, kind: str) -> dict[str, Any]:
    return next(dict(one) for one in probe(file)["streams"] if one["codec_type"] == kind)


def picture_times(file: Path) -> list[float]:
    words = ["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pts_time", "-of", "csv=p=0"]
    done = subprocess.run([*words, str(file)], capture_output=True, check=True, text=True, timeout=60)
    return [float(line.strip(",")) for line in done.stdout.splitlines()]


@dataclass(frozen=True)
class Seen:
    """`grey`: the luma plane."""

    at_s: float
    grey: np.ndarray

    def counter(self, cell: Rect) -> int | None:
        return read_counter(self.grey[cell.y : cell.bottom, cell.x : cell.right])


def pictures(file: Path, size: Size = FULL_HD) -> Iterator[Seen]:
    """Every picture with its own time; a decoder error fails."""
    words = ["ffmpeg", "-v", "error", "-xerror", "-i", str(file), "-map", "0:v", "-fps_mode", "passthrough"]
    words += ["-pix_fmt", "yuv420p", "-f", "rawvideo", "-"]
    times = picture_times(file)
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for at_s in times:
            data = process.stdout.read(size.width * size.height * 3 // 2)
            assert len(data) == size.width * size.height * 3 // 2, f"picture at {at_s} is missing"
            yield Seen(at_s, np.frombuffer(data, np.uint8)[: size.width * size.height].reshape(size.height, size.width))
        assert process.stdout.read(1) == b""
    assert process.returncode == 0


def sound(file: Path) -> np.ndarray:
    """Mono samples from film time 0 on."""
    words = ["ffmpeg", "-v", "error", "-xerror", "-i", str(file), "-map", "0:a", "-af", "aresample=async=1:first_pts=0"]
    words += ["-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(words, capture_output=True, check=True, timeout=60).stdout, np.float32)


def tone_level(samples: np.ndarray, hz: float, at_s: float, for_s: float = 0.2) -> float:
    """Amplitude of one frequency in a window."""
    part = samples[round(at_s * RATE) : round((at_s + for_s) * RATE)]
    wave = np.exp(-2j * np.pi * hz * np.arange(part.size) / RATE)
    return float(2 * np.abs(np.dot(part, wave)) / max(1, part.size))


def tone_begins(samples: np.ndarray, hz: float, level: float) -> float:
    """The time at which a tone reaches half of `level`, to 5 ms."""
    step, width = 0.0025, 0.01
    times = np.arange(0, samples.size / RATE - width, step)
    first = next(at for at in times if tone_level(samples, hz, float(at), width) > level / 2)
    return float(first + width / 2)


def blank(grey: np.ndarray, cell: Rect) -> bool:
    """Whether the cell's upper quarter, where counters are, is one flat shade."""
    part = grey[cell.y : cell.y + cell.height // 4, cell.x : cell.right]
    return float(cv2.meanStdDev(part)[1].max()) < 4
