"""The composed stream to an SRT listener: an MPEG transport stream by libav, SRT by the media extension
(docs/decisions/0006), over a UDP socket that the core has connected."""

import os
import socket
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from conference.children.worker.loop import Loop
from conference.media._relay import SrtCall
from recorder.composed import words
from recorder.composed.worker.pushing import PushFailed
from recorder.film.encode import Coded

STALL_S: Final = 10.0
"""A far end whose window stays full for so long is given up."""
DEFAULT_LATENCY_MS: Final = 200
_FAILURES: Final = {
    "closed": "push-closed",
    "silent": "push-silent",
    "refused": "push-refused",
    "wrong-password": "push-wrong-password",
    "protocol": "push-protocol",
}
_OPTIONS: Final = {
    "mpegts_flags": "resend_headers+pat_pmt_at_frames",
    "pat_period": "0.5",
    "flush_packets": "1",
    "max_delay": "0",
    "max_interleave_delta": "1",
}


class TransportStream:
    """Coded pictures and sound as an MPEG transport stream (ISO/IEC 13818-1); `take` gets its bytes."""

    def __init__(self, video: VideoStream, sound: AudioStream, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._container: OutputContainer = av.open(self, "w", format="mpegts", options=_OPTIONS)
        self._streams: dict[bool, Stream] = {
            True: self._container.add_stream_from_template(video),
            False: self._container.add_stream_from_template(sound),
        }

    def write(self, data: bytes) -> int:
        """For libav."""
        self._take(bytes(data))
        return len(data)

    def mux(self, packet: Coded) -> None:
        copy = av.Packet(packet.data)
        copy.pts, copy.dts, copy.duration, copy.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
        copy.is_keyframe = packet.key
        copy.stream = self._streams[packet.video]
        self._container.mux(copy)

    def close(self) -> None:
        self._container.close()


class SrtPush:
    """Never waits; behind a slow line whole groups of pictures are left out, with their sound. What goes wrong between
    two writes is raised by the next. `word.stream`: streamid, passphrase and latency (ms) as in an srt:// address.
    Raises ValueError when one of them is out of bounds."""

    def __init__(self, word: words.AddSink, fd: int, loop: Loop) -> None:
        said = {name: values[-1] for name, values in parse_qs(word.stream).items()}
        self._fd = fd
        self._loop = loop
        self._call = SrtCall(
            fd,
            stream_id=said.get("streamid", ""),
            passphrase=said.get("passphrase") or None,
            latency_ms=int(said.get("latency", DEFAULT_LATENCY_MS)),
        )
        self._muxer: TransportStream | None = None
        self._failure: PushFailed | None = None
        self._stands = self._begun = False
        self._open = True
        self._full_since_s: float | None = None
        self.dropped_groups = 0
        self.bytes = 0
        loop.watch(fd, self._turn)
        self._timer = loop.later(0, self._turn)

    def open(self, video: VideoStream, sound: AudioStream) -> None:
        self._muxer = TransportStream(video, sound, self._send)

    def write(self, packet: Coded) -> None:
        """Raises PushFailed."""
        if self._failure is not None:
            raise self._failure
        if not self._stands or self._muxer is None:
            return
        if not self._begun:
            if not (packet.video and packet.key):
                return
            self._begun = True
        self._muxer.mux(packet)

    def changed(self, video: VideoStream) -> None:
        """Parameter sets are in band."""

    def close(self) -> None:
        if self._open:
            if self._muxer is not None and self._begun:
                self._muxer.close()
            self._call.close()
            self._end()

    def _send(self, data: bytes) -> None:
        if not self._stands or not self._begun:
            return
        if self._call.send(data):
            self.bytes += len(data)
            self._full_since_s = None
            return
        # Its window is full: nothing before the next keyframe.
        self._begun = False
        self.dropped_groups += 1
        now_s = self._loop.now_s()
        self._full_since_s = self._full_since_s or now_s
        if now_s - self._full_since_s > STALL_S:
            self._fail("push-slow")

    def _turn(self) -> None:
        if not self._open:
            return
        state = self._call.poll()
        self._stands = state == "stands"
        if state in _FAILURES:
            self._fail(_FAILURES[state])
            return
        self._timer.cancel()
        self._timer = self._loop.later(self._call.timeout_s() or 0.0, self._turn)

    def _fail(self, code: str) -> None:
        self._failure = self._failure or PushFailed(code)
        self._end()

    def _end(self) -> None:
        self._stands = False
        if self._open:
            self._open = False
            self._timer.cancel()
            self._loop.unwatch(self._fd)
            os.close(self._fd)


def warm() -> None:
    """What the first call loads and draws, before the sandbox closes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as idle:
        idle_call = SrtCall(idle.fileno(), stream_id="", passphrase="0" * 10, latency_ms=DEFAULT_LATENCY_MS)
        idle_call.close()
