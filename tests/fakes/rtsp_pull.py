"""Runs the RTSP reader of a child on a loop in this process and keeps what it gives."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import av
import numpy as np

from conference.children.worker.loop import Loop
from conference.sources.dial import dial, udp_pairs
from conference.sources.words import RtspJob
from conference.sources.worker.media.units import AudioFormat, AudioFrame, DataUnit, VideoFormat, VideoUnit
from conference.sources.worker.rtsp.session import RtspReader, open_rtsp


@dataclass
class Kept:
    """A MediaSink that keeps everything."""

    video_formats: list[VideoFormat] = field(default_factory=list)
    audio_formats: list[AudioFormat] = field(default_factory=list)
    units: list[VideoUnit] = field(default_factory=list)
    frames: list[AudioFrame] = field(default_factory=list)
    packets: list[DataUnit] = field(default_factory=list)
    lost_packets: int = 0
    known: bool = False

    def video_format(self, fmt: VideoFormat) -> None:
        self.video_formats.append(fmt)

    def audio_format(self, fmt: AudioFormat) -> None:
        self.audio_formats.append(fmt)

    def tracks_known(self) -> None:
        self.known = True

    def video(self, unit: VideoUnit) -> None:
        self.units.append(unit)

    def audio(self, frame: AudioFrame) -> None:
        self.frames.append(frame)

    def data(self, unit: DataUnit) -> None:
        self.packets.append(unit)

    def lost(self, packets: int) -> None:
        self.lost_packets += packets

    def pictures(self) -> list[np.ndarray]:
        """All units decoded, BGR, in display order."""
        fmt = self.video_formats[0]
        decoder = av.CodecContext.create({"h265": "hevc"}.get(fmt.codec, fmt.codec), "r")
        if fmt.parameter_sets:
            decoder.extradata = fmt.parameter_sets
        frames = [frame for unit in self.units for frame in decoder.decode(av.Packet(unit.data))]
        return [frame.to_ndarray(format="bgr24") for frame in [*frames, *decoder.decode(None)]]

    def samples(self) -> tuple[np.ndarray, int]:
        """All sound decoded, mono, -1..1, and its rate in Hz."""
        fmt = self.audio_formats[0]
        name = {"pcmu": "pcm_mulaw", "pcma": "pcm_alaw"}.get(fmt.codec, fmt.codec)
        decoder = av.CodecContext.create(name, "r")
        decoder.sample_rate = fmt.clock_hz
        decoder.layout = "mono" if fmt.channels == 1 else "stereo"
        if fmt.extradata:
            decoder.extradata = fmt.extradata
        parts, rate_hz = [], fmt.clock_hz
        for frame in self.frames:
            for decoded in decoder.decode(av.Packet(frame.data)):
                rate_hz = decoded.sample_rate
                parts.append(_mono(decoded))
        return np.concatenate(parts), rate_hz


def _mono(frame: av.AudioFrame) -> np.ndarray:
    made = av.AudioResampler(format="fltp", layout="mono").resample(frame)
    return np.concatenate([part.to_ndarray()[0] for part in made])


@dataclass
class Pulled:
    """`connected_s`, `done_s`: since the start; `cause` "" while it runs."""

    sink: Kept
    reader: RtspReader
    cause: str = ""
    detail: str = ""
    connected_s: float | None = None
    done_s: float | None = None


def pull(
    url: str,
    port: int,
    *,
    seconds: float = 3.0,
    username: str = "",
    password: str = "",
    transport: Literal["auto", "tcp", "udp"] = "auto",
    until: Callable[[Pulled], bool] = lambda _: False,
    at: Sequence[tuple[float, Callable[[], None]]] = (),
    stop: bool = True,
) -> Pulled:
    """Reads for `seconds`, or until it ends by itself or `until` holds, then stops it. `at`: what to do to the camera
    meanwhile, at seconds from the start."""
    tcp = asyncio.run(dial("127.0.0.1", port, timeout_s=5))
    pairs = [] if transport == "tcp" else udp_pairs(socket.AF_INET, 4, local="127.0.0.1")
    loop, sink, started_s = Loop(), Kept(), time.monotonic()

    def connected() -> None:
        pulled.connected_s = time.monotonic() - started_s

    def done(cause: str, detail: str) -> None:
        pulled.cause, pulled.detail, pulled.done_s = cause, detail, time.monotonic() - started_s
        loop.stop()

    job = RtspJob(url, username, password, transport, "127.0.0.1")
    fds = [tcp.detach(), *(each.detach() for each in pairs)]
    pulled = Pulled(sink, open_rtsp(job, fds, loop, sink, connected, done))
    for moment_s, act in at:
        loop.later(moment_s, act)
    loop.later(seconds, pulled.reader.stop if stop else loop.stop)
    loop.every(0.05, lambda: pulled.reader.stop() if until(pulled) else None)
    pulled.reader.start()
    loop.run()
    return pulled
