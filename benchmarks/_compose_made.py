"""Simulcast layers to compose: people before a wall, and a camera that pans over a street, as browsers send them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

FPS = 30
LAYERS = {720: (1280, 720, 2_000_000), 360: (640, 360, 600_000), 180: (320, 180, 160_000)}
SCENES = ("talk", "talk2", "street")


def make_layers(folder: Path, seconds: float) -> None:
    """`<scene>-<height>.mkv` for every scene and layer, and `sound.mkv`."""
    for number, scene in enumerate(SCENES):
        writers = [_Layer(folder / f"{scene}-{height}.mkv", *LAYERS[height]) for height in LAYERS]
        texture, noise = _texture(number), np.random.default_rng(number).integers(-4, 5, (800, 1400), np.int8)
        for tick in range(round(seconds * FPS)):
            picture = _picture(texture, noise, tick, street=scene == "street")
            for writer in writers:
                writer.write(picture, tick)
        for writer in writers:
            writer.close()
    _make_sound(folder / "sound.mkv", seconds)


def _texture(seed: int) -> np.ndarray:
    grain = np.random.default_rng(seed).integers(0, 256, (360, 1280), np.uint8)
    rough = cv2.GaussianBlur(cv2.resize(grain, (2560, 720), interpolation=cv2.INTER_CUBIC), (0, 0), 3)
    smooth = cv2.GaussianBlur(cv2.resize(grain, (2560, 720)), (0, 0), 40)
    return cv2.normalize(0.4 * rough + 6.0 * smooth.astype(np.float32), None, 40, 210, cv2.NORM_MINMAX).astype(np.uint8)


def _picture(texture: np.ndarray, noise: np.ndarray, tick: int, *, street: bool) -> np.ndarray:
    """I420, 720p."""
    shift = (tick * 5) % 1280 if street else 0
    luma = texture[:, shift : shift + 1280].copy()
    if not street:
        x, y = 640 + round(25 * np.sin(tick / 11)), 330 + round(12 * np.sin(tick / 7))
        cv2.ellipse(luma, (640, 760), (420, 260), 0, 0, 360, 90, -1)
        cv2.ellipse(luma, (x, y), (150, 200), 0, 0, 360, 170, -1)
        for side in (-60, 60):
            cv2.circle(luma, (x + side, y - 40), 18, 60, -1)
        cv2.ellipse(luma, (x, y + 90), (50, 6 + tick * 3 % 22), 0, 0, 360, 70, -1)
    row, column = (tick * 7) % 80, (tick * 13) % 120
    cv2.add(luma, noise[row : row + 720, column : column + 1280], dst=luma, dtype=cv2.CV_8U)
    chroma = cv2.resize(luma, (640, 360), interpolation=cv2.INTER_AREA) // 4 + 96
    return np.concatenate([luma.reshape(-1), chroma.reshape(-1), (255 - chroma).reshape(-1)]).reshape(1080, 1280)


class _Layer:
    def __init__(self, file: Path, width: int, height: int, bitrate_bps: int) -> None:
        self._container = av.open(str(file), "w", format="matroska")
        self._stream = cast("VideoStream", self._container.add_stream("libx264", rate=FPS))
        self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
        self._stream.codec_context.bit_rate = bitrate_bps
        self._stream.codec_context.gop_size = FPS * 4
        self._stream.options = {"preset": "veryfast", "tune": "zerolatency", "profile": "baseline"}

    def write(self, picture: np.ndarray, tick: int) -> None:
        frame = av.VideoFrame.from_numpy_buffer(picture, format="yuv420p")
        frame = frame.reformat(self._stream.width, self._stream.height, interpolation="AREA")
        frame.pts, frame.time_base = tick, Fraction(1, FPS)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()


def _make_sound(file: Path, seconds: float) -> None:
    with av.open(str(file), "w", format="matroska") as container:
        stream = cast("AudioStream", container.add_stream("libopus", rate=48_000, layout="mono"))
        stream.codec_context.bit_rate = 32_000
        voice = np.random.default_rng(5).normal(0, 0.05, 960).astype(np.float32)
        for at in range(0, round(seconds * 48_000), 960):
            audio = av.AudioFrame.from_ndarray(np.roll(voice, at // 7).reshape(1, -1), format="flt", layout="mono")
            audio.sample_rate, audio.pts, audio.time_base = 48_000, at, Fraction(1, 48_000)
            container.mux(stream.encode(audio))
        container.mux(stream.encode(None))
