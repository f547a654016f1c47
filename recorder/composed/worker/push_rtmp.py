"""The composed stream to an RTMP server, over a socket that the core has connected."""

import os
from typing import Final

from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from conference.children.worker.loop import Loop
from recorder.composed import words
from recorder.composed.worker.flv import AUDIO, DATA, VIDEO, Pictures, message, metadata, sound_body, sound_head
from recorder.composed.worker.pushing import Backlog, PushFailed, Unit
from recorder.composed.worker.rtmp_client import RtmpClient
from recorder.film.encode import Coded

ANSWER_S: Final = 10.0
"""From the first byte until the server takes media."""
STALL_S: Final = 10.0
"""A server that takes nothing for so long is given up."""
_CHECK_S: Final = 0.5
_READ_BYTES: Final = 64 << 10
_WRITE_BYTES: Final = 256 << 10


class RtmpPush:
    """Never waits. What goes wrong between two writes is raised by the next. `bytes`: of media that left."""

    def __init__(self, word: words.AddSink, fd: int, loop: Loop) -> None:
        self._fd = fd
        self._loop = loop
        self._client = RtmpClient(word.address, word.stream)
        self._backlog = Backlog()
        self._pictures = Pictures()
        self._heads: tuple[bytes, bytes] = (b"", b"")
        self._unsent = bytearray()
        self._first_ms: int | None = None
        self._failure: PushFailed | None = None
        self._open = True
        self._since_s = self._moved_s = loop.now_s()
        self.bytes = 0
        os.set_blocking(fd, False)
        self._checking = loop.later(_CHECK_S, self._check)
        self._flush()

    @property
    def dropped_groups(self) -> int:
        """Groups of pictures that a slow line has cost."""
        return self._backlog.dropped_groups

    def open(self, video: VideoStream, sound: AudioStream) -> None:
        """Raises OSError when the encoders do not tell what a player must know."""
        rate = video.average_rate or video.codec_context.framerate
        try:
            self._heads = metadata(video, sound, float(rate or 0)), sound_head(sound)
        except OSError:
            self._end()
            raise

    def write(self, packet: Coded) -> None:
        """Raises PushFailed."""
        if self._failure is not None:
            raise self._failure
        stream_id = self._client.stream_id
        if stream_id is None:
            return
        at_ms = int(packet.dts * packet.time_base * 1000)
        if self._first_ms is None:
            if not (packet.video and packet.key):
                return
            self._begin(stream_id, at_ms)
        at_ms -= self._first_ms or 0
        if at_ms < 0:
            return
        self._backlog.push(Unit(at_ms, packet))
        self._flush()

    def changed(self, video: VideoStream) -> None:
        """The parameter sets of the new encoder come with its first keyframe."""

    def close(self) -> None:
        if self._open:
            self._client.leave()
            self._flush()
            self._end()

    def _begin(self, stream_id: int, at_ms: int) -> None:
        told, head = self._heads
        self._first_ms = at_ms
        self._unsent += message(DATA, stream_id, 0, told) + message(AUDIO, stream_id, 0, head)

    def _readable(self) -> None:
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._fail(PushFailed("push-closed"))
            return
        try:
            self._client.receive(data)
        except PushFailed as failure:
            self._fail(failure)
        else:
            self._flush()

    def _flush(self) -> None:
        if not self._open:
            return
        try:
            while self._fill():
                sent = os.write(self._fd, self._unsent)
                del self._unsent[:sent]
                self._moved_s = self._loop.now_s()
                if self._client.stream_id is not None:
                    self.bytes += sent
        except BlockingIOError:
            pass
        except OSError:
            self._fail(PushFailed("push-closed"))
            return
        self._loop.watch(self._fd, self._readable, write=self._flush if self._unsent else None)

    def _fill(self) -> bool:
        """Whether there is something to send. Messages of both kinds go whole, one after the other."""
        outgoing = self._client.outgoing
        if outgoing:
            self._unsent += outgoing
            outgoing.clear()
        while len(self._unsent) < _WRITE_BYTES and (unit := self._backlog.pop()) is not None:
            self._append(unit)
        return bool(self._unsent)

    def _append(self, unit: Unit) -> None:
        """Raises OSError for pictures without parameter sets."""
        packet = unit.packet
        bodies = self._pictures.bodies(packet) if packet.video else [sound_body(packet)]
        for body in bodies:
            self._unsent += message(VIDEO if packet.video else AUDIO, self._client.stream_id or 0, unit.at_ms, body)

    def _check(self) -> None:
        now_s = self._loop.now_s()
        if self._client.stream_id is None and now_s - self._since_s > ANSWER_S:
            self._fail(PushFailed("push-silent"))
        elif self._unsent and now_s - self._moved_s > STALL_S:
            self._fail(PushFailed("push-slow"))
        else:
            self._checking = self._loop.later(_CHECK_S, self._check)

    def _fail(self, failure: PushFailed) -> None:
        self._failure = self._failure or failure
        self._end()

    def _end(self) -> None:
        if self._open:
            self._open = False
            self._checking.cancel()
            self._loop.unwatch(self._fd)
            os.close(self._fd)
        self._backlog.clear()
        self._unsent.clear()
