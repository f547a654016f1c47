"""Recorded tracks as the recorder leaves them: Matroska files of counters and tones, made with real encoders."""

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from recorder.film.job import Film, Gap, Job, Kind, Look, Segment, Track
from recorder.film.render import render
from tests.fakes.pictures import frame

T0_MS = 1_790_000_000_000
"""A Monday: 2026-09-21 14:13:20 UTC."""
PLAIN = Look(clock=False)
OPTIONS = {
    "libx264": {"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline"},
    "libvpx": {"deadline": "realtime", "cpu-used": "-12"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "12", "svtav1-params": "pred-struct=1:lookahead=0:rtc=1:crf=30"},
}


@dataclass(frozen=True)
class Shot:
    """Pictures of one track: counter n at `begun_ms` + n / fps."""

    begun_ms: int = T0_MS
    seconds: float = 4.0
    fps: int = 25
    width: int = 640
    height: int = 360
    hue: int = 30
    coder: str = "libx264"
    still: bool = False


def write_pictures(file: Path, shot: Shot) -> Segment:
    with av.open(str(file), "w", format="matroska", options={"cluster_time_limit": "1000"}) as container:
        stream = cast("VideoStream", container.add_stream(shot.coder, rate=shot.fps))
        stream.width, stream.height, stream.pix_fmt = shot.width, shot.height, "yuv420p"
        stream.codec_context.gop_size = shot.fps
        if shot.coder != "libsvtav1":  # which takes a quality instead
            stream.codec_context.bit_rate = 1_500_000
        stream.options = OPTIONS[shot.coder]
        for number in range(round(shot.seconds * shot.fps)):
            counter = 0 if shot.still else number
            picture = frame(counter, width=shot.width, height=shot.height, hue=shot.hue)
            video = av.VideoFrame.from_ndarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), format="yuv420p")
            video.pts, video.time_base = number, Fraction(1, shot.fps)
            container.mux(stream.encode(video))
        container.mux(stream.encode(None))
    return opened(file, shot.begun_ms, shot.seconds)


def write_sound(
    file: Path,
    tone_hz: float,
    *,
    begun_ms: int = T0_MS,
    seconds: float = 4.0,
    from_s: float = 0.0,
    until_s: float = 1e9,
) -> Segment:
    """Opus, mono; the tone sounds from `from_s` to `until_s` of the file."""
    time_s = np.arange(round(seconds * 48_000)) / 48_000
    samples = 0.3 * np.sin(2 * np.pi * tone_hz * time_s) * ((time_s >= from_s) & (time_s < until_s))
    with av.open(str(file), "w", format="matroska", options={"cluster_time_limit": "1000"}) as container:
        stream = cast("AudioStream", container.add_stream("libopus", rate=48_000, layout="mono"))
        for at in range(0, samples.size - 959, 960):
            block = samples[at : at + 960].astype(np.float32).reshape(1, -1)
            audio = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
            audio.sample_rate, audio.pts, audio.time_base = 48_000, at, Fraction(1, 48_000)
            container.mux(stream.encode(audio))
        container.mux(stream.encode(None))
    return opened(file, begun_ms, seconds)


def opened(file: Path, begun_ms: int, seconds: float) -> Segment:
    return Segment(os.open(file, os.O_RDONLY | os.O_CLOEXEC), begun_ms, begun_ms + round(seconds * 1000))


def track(number: int, kind: Kind, *segments: Segment, name: str = "", gaps: tuple[Gap, ...] = ()) -> Track:
    """Of participant `p<number>`."""
    return Track(f"t{number}-{kind}", kind, f"p{number}", name or f"参会人 {number}", segments, gaps)


class Cutter:
    """Makes films into one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "film.mp4"
        self.scratch = folder / "scratch"

    def job(self, tracks: list[Track], from_ms: int, until_ms: int, look: Look, **more: object) -> Job:
        """Times count from T0_MS."""
        flags = os.O_RDWR | os.O_CREAT | os.O_TRUNC
        output, scratch = os.open(self.file, flags, 0o600), os.open(self.scratch, flags, 0o600)
        return Job(tuple(tracks), T0_MS + from_ms, T0_MS + until_ms, output, scratch, look=look, **more)  # type: ignore[arg-type]

    def cut(self, tracks: list[Track], from_ms: int, until_ms: int, look: Look = PLAIN, **more: object) -> Film:
        job = self.job(tracks, from_ms, until_ms, look, **more)
        return render(job, progress=lambda _: None, cancelled=lambda: False)
