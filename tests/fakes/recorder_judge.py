"""What a recording is worth is said by ffmpeg and ffprobe, not by our own reader."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np

from tests.fakes.pictures import read_counter

FFMPEG, FFPROBE = shutil.which("ffmpeg"), shutil.which("ffprobe")


def complaints(file: Path) -> str:
    """What ffmpeg says when it decodes the whole file."""
    args = [str(FFMPEG), "-v", "warning", "-i", str(file)]
    args += ["-fps_mode", "passthrough", "-enc_time_base", "1:1000", "-f", "null", "-"]
    return subprocess.run(args, capture_output=True, text=True, timeout=60, check=False).stderr


def counters(file: Path, *, width: int = 320, height: int = 180) -> list[int | None]:
    """Of every picture, in order."""
    args = [str(FFMPEG), "-v", "error", "-i", str(file), "-fps_mode", "passthrough"]
    args += ["-enc_time_base", "1:1000", "-vf", f"scale={width}:{height}"]
    args += ["-f", "rawvideo", "-pix_fmt", "gray", "-"]
    done = subprocess.run(args, capture_output=True, timeout=60, check=False)
    assert done.stderr == b"", done.stderr.decode()
    pictures = np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width)
    return [read_counter(picture) for picture in pictures]


def packets(file: Path) -> list[tuple[float, bool, int]]:
    """(pts in s, key, bytes) of every packet."""
    args = [str(FFPROBE), "-v", "error", "-show_entries", "packet=pts_time,flags,size", "-of", "json", str(file)]
    done = subprocess.run(args, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return [
        (float(packet["pts_time"]), packet["flags"].startswith("K"), int(packet["size"]))
        for packet in json.loads(done.stdout)["packets"]
    ]


def facts(file: Path) -> dict[str, str]:
    """Of the stream and the file."""
    args = [str(FFPROBE), "-v", "error", "-show_streams", "-show_format", "-of", "json", str(file)]
    done = subprocess.run(args, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    return found["streams"][0] | {f"file_{key}": value for key, value in found["format"].items()}


def samples(file: Path, rate_hz: int = 48_000) -> np.ndarray:
    """Sound with its pauses filled, as a player plays it."""
    args = [str(FFMPEG), "-v", "error", "-i", str(file), "-af", "aresample=async=1:first_pts=0"]
    args += ["-f", "s16le", "-ac", "1", "-ar", str(rate_hz), "-"]
    done = subprocess.run(args, capture_output=True, timeout=60, check=False)
    assert done.stderr == b"", done.stderr.decode()
    return np.frombuffer(done.stdout, np.int16)


def plain_samples(file: Path, rate_hz: int = 48_000) -> np.ndarray:
    """One packet after the other, as a browser plays it: whatever the times say."""
    args = [str(FFMPEG), "-v", "warning", "-i", str(file), "-f", "s16le", "-ac", "1", "-ar", str(rate_hz), "-"]
    done = subprocess.run(args, capture_output=True, timeout=60, check=False)
    assert done.stderr == b"", done.stderr.decode()
    return np.frombuffer(done.stdout, np.int16)


def pitch_hz(heard: np.ndarray, rate_hz: int = 48_000) -> float:
    spectrum = np.abs(np.fft.rfft(heard.astype(float) * np.hanning(len(heard))))
    return float(np.argmax(spectrum)) * rate_hz / len(heard)
