"""The stream as RTP to the relay, for its WHEP viewers: H.264 as it was encoded, and Opus of the same sound."""

import secrets
import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from conference.children.worker.loop import Loop
from conference.sources.words import AUDIO_PT, VIDEO_PT
from conference.sources.worker.media.h264_rtp import packetise
from conference.sources.worker.media.nal import units
from conference.sources.worker.media.rtp import RtpStream
from conference.sources.worker.media.wire import MediaSocket
from recorder.film.encode import Coded

VIDEO_HZ: Final = 90_000
OPUS_HZ: Final = 48_000
_BLOCK: Final = 960
_REPORT_MS: Final = 1_000
_BITRATE_BPS: Final = 48_000


class OpusVoice:
    """Mono blocks of any length into packets of 20 ms, each with the number of its first sample."""

    def __init__(self) -> None:
        context = av.CodecContext.create("libopus", "w")
        context.sample_rate, context.layout, context.format = OPUS_HZ, "mono", "flt"
        context.bit_rate = _BITRATE_BPS
        context.time_base = Fraction(1, OPUS_HZ)
        self._context = context
        self._rest = np.zeros(0, np.float32)
        self._at: int | None = None

    def encode(self, samples: npt.NDArray[np.float32], at: int) -> list[tuple[int, bytes]]:
        if self._at is None:
            self._at = at
        self._rest = np.concatenate((self._rest, samples))
        found = []
        while self._rest.size >= _BLOCK:
            block, self._rest = self._rest[:_BLOCK], self._rest[_BLOCK:]
            frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = OPUS_HZ, self._at, Fraction(1, OPUS_HZ)
            packets: list[Any] = self._context.encode(frame)
            found += [(self._at, bytes(packet)) for packet in packets]
            self._at += _BLOCK
        return found


class Relayed:
    """`wanted`: a viewer needs a keyframe. The outlet may come later than the stream, and change."""

    def __init__(self, loop: Loop, wanted: Callable[[], None]) -> None:
        self._loop = loop
        self._wanted = wanted
        self._socket: MediaSocket | None = None
        self._video = RtpStream(VIDEO_PT, VIDEO_HZ)
        self._sound = RtpStream(AUDIO_PT["opus"], OPUS_HZ)
        self._origin_ms = secrets.randbits(28)
        self._voice = OpusVoice()
        self._needs_key = True
        self._first_sound = True
        self._reported_ms = 0
        self.bytes = 0

    def connect(self, fd: int) -> None:
        """Where it goes from now on."""
        if self._socket is not None:
            self._socket.close()
        self._socket = MediaSocket(self._loop, fd, self._asked)
        self._needs_key = True
        self._wanted()

    def open(self, video: VideoStream, sound: AudioStream) -> None:
        """Nothing to announce: parameter sets are in band."""

    def write(self, packet: Coded) -> None:
        """The film's own sound is left out: it is another codec."""
        socket = self._socket
        if not packet.video or socket is None:
            return
        if (self._needs_key and not packet.key) or not socket.accepts():
            self._needs_key = True
            return
        self._needs_key = False
        timestamp = self._timestamp(int(packet.pts * packet.time_base * VIDEO_HZ), VIDEO_HZ)
        nals = [memoryview(nal) for nal in units(packet.data)]
        if nals:
            socket.send(self._video, packetise(self._video, nals, timestamp))
        self.bytes += len(packet.data)

    def sound(self, samples: npt.NDArray[np.float32], at: int) -> None:
        """Mixed samples; `at`: the number of the first one in the stream's time."""
        socket = self._socket
        if socket is None:
            return
        for first, data in self._voice.encode(samples, at):
            if socket.accepts():
                packet = self._sound.packet(data, self._timestamp(first, OPUS_HZ), marker=self._first_sound)
                socket.send(self._sound, [[packet]])
                self._first_sound = False
                self.bytes += len(data)

    def tick(self, stream_ms: int) -> None:
        """`stream_ms`: what is shown and heard now. Sender reports, once a second."""
        if self._socket is None or stream_ms - self._reported_ms < _REPORT_MS:
            return
        self._reported_ms = stream_ms
        for stream in (self._video, self._sound):
            timestamp = self._timestamp(stream_ms * stream.clock_hz // 1000, stream.clock_hz)
            self._socket.send_report(stream.sender_report(time.time(), timestamp))

    def changed(self, video: VideoStream) -> None:
        """Parameter sets are in band."""

    def close(self) -> None:
        """The outlet is the child's."""

    def _timestamp(self, ticks: int, clock_hz: int) -> int:
        return (self._origin_ms * clock_hz // 1000 + ticks) & 0xFFFFFFFF

    def _asked(self, _ssrc: int) -> None:
        self._wanted()
