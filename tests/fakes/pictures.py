"""Camera pictures with a burnt-in frame counter, and microphones with tone bursts: decoding them proves the way.

The top of each frame holds two rows of `BITS` squares: the counter in binary (white = 1) and below it the inverse, so
that a reader knows a torn or foreign picture from a true one. The rest moves, so that encoders have work.
"""

from __future__ import annotations

import wave
from pathlib import Path

import cv2
import numpy as np

BITS = 10
FPS = 15
BURST_S, PAUSE_S = 0.25, 0.25
"""A steady tone is taken for noise by a browser's suppressor; bursts are not."""


def frame(counter: int, *, width: int, height: int, hue: int) -> np.ndarray:
    """One BGR picture. `hue` 0..179 tells the participants apart."""
    colour = cv2.cvtColor(np.full((1, 1, 3), (hue, 160, 150), np.uint8), cv2.COLOR_HSV2BGR)[0, 0].tolist()
    picture = np.full((height, width, 3), colour, np.uint8)
    x = (counter * 7) % width
    cv2.circle(picture, (x, height * 2 // 3), height // 8, (255, 255, 255), -1)
    cell, row = width // BITS, height // 8
    for bit in range(BITS):
        lit = (counter >> bit) & 1
        for line, value in ((0, lit), (1, 1 - lit)):
            corner = (bit * cell, line * row)
            cv2.rectangle(picture, corner, (corner[0] + cell - 1, corner[1] + row - 1), (255 * value,) * 3, -1)
    return picture


def write_camera(file: Path, *, hue: int, width: int = 640, height: int = 360, seconds: float = 12.0) -> Path:
    """A YUV4MPEG2 file for Chromium's --use-file-for-fake-video-capture."""
    with file.open("wb") as stream:
        stream.write(f"YUV4MPEG2 W{width} H{height} F{FPS}:1 Ip A1:1 C420jpeg\n".encode())
        for counter in range(round(seconds * FPS)):
            planes = cv2.cvtColor(frame(counter, width=width, height=height, hue=hue), cv2.COLOR_BGR2YUV_I420)
            stream.write(b"FRAME\n" + planes.tobytes())
    return file


def write_microphone(file: Path, *, tone_hz: float, seconds: float = 10.0, rate_hz: int = 48_000) -> Path:
    """A WAV file of tone bursts for --use-file-for-fake-audio-capture."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    gate = (time_s % (BURST_S + PAUSE_S)) < BURST_S
    samples = (np.sin(2 * np.pi * tone_hz * time_s) * gate * 0.4 * 32767).astype("<i2")
    with wave.open(str(file), "wb") as stream:
        stream.setnchannels(1)
        stream.setsampwidth(2)
        stream.setframerate(rate_hz)
        stream.writeframes(samples.tobytes())
    return file


def read_counter(picture: np.ndarray) -> int | None:
    """The counter burnt into a decoded BGR or grey picture; None when the two rows do not agree."""
    grey = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    height, width = grey.shape
    cell, row = width / BITS, height / 8
    counter = 0
    for bit in range(BITS):
        x = int((bit + 0.5) * cell)
        lit, inverse = int(grey[int(row * 0.5), x]), int(grey[int(row * 1.5), x])
        if abs(lit - inverse) < 60:
            return None
        counter |= (lit > inverse) << bit
    return counter
