"""The reader of one SRT publisher: transport stream payloads from the gate, until they end."""

import os
from collections.abc import Callable
from typing import Final

from conference.children.worker.loop import Loop
from conference.model.source import Cause
from conference.sources import words
from conference.sources.worker.media.units import MediaSink
from conference.sources.worker.ts.demuxer import TsDemuxer

NO_DATA_S: Final = 3.0
NO_MEDIA_S: Final = 8.0
"""Data that holds neither picture nor sound."""
_CHECK_PERIOD_S: Final = 0.25
_READ_BYTES: Final = 16 << 10
_READS_PER_TURN: Final = 16

Done = Callable[[str, str], None]
"""cause, detail."""


class SrtReader:
    """Owns the socket from the gate. `done` is called once; after it nothing comes any more."""

    def __init__(self, fd: int, *, loop: Loop, sink: MediaSink, connected: Callable[[], None], done: Done) -> None:
        self._fd = fd
        self._loop = loop
        self._connected = connected
        self._done = done
        self._demuxer = TsDemuxer(sink)
        self._over = False
        self._began_s = self._data_s = loop.now_s()

    def start(self) -> None:
        """The gate has made the connection already."""
        os.set_blocking(self._fd, False)
        self._connected()
        self._loop.watch(self._fd, self._readable)
        self._loop.every(_CHECK_PERIOD_S, self._check)

    def stop(self) -> None:
        """The gate sees the socket close and tells the publisher."""
        self._end(Cause.PUBLISHER_LEFT, "stopped")

    def _readable(self) -> None:
        payloads = []
        ended = ""
        for _ in range(_READS_PER_TURN):
            try:
                payload = os.read(self._fd, _READ_BYTES)
            except BlockingIOError:
                break
            except OSError as error:
                ended = error.strerror or "connection lost"
                break
            if not payload:
                ended = "connection closed"
                break
            payloads.append(payload)
        if payloads:
            self._data_s = self._loop.now_s()
            self._demuxer.feed(b"".join(payloads), self._data_s)
        if ended:
            self._demuxer.close()
            self._end(Cause.PUBLISHER_LEFT, ended)

    def _check(self) -> None:
        now_s = self._loop.now_s()
        if now_s - self._data_s >= NO_DATA_S:
            self._end(Cause.NO_MEDIA, "nothing came")
        elif now_s - (self._demuxer.heard_s or self._began_s) >= NO_MEDIA_S:
            self._end(*self._why_silent())

    def _why_silent(self) -> tuple[Cause, str]:
        if self._demuxer.scrambled:
            return Cause.VIDEO_CODEC, "scrambled"
        if self._demuxer.has_tracks is None:
            return Cause.PROTOCOL, "no transport stream"
        return (Cause.NO_MEDIA, "tracks without media") if self._demuxer.has_tracks else (Cause.NO_TRACKS, "")

    def _end(self, cause: Cause, detail: str) -> None:
        if self._over:
            return
        self._over = True
        self._loop.unwatch(self._fd)
        os.close(self._fd)
        self._done(cause, detail)


def open_srt(
    job: words.SrtJob,  # noqa: ARG001 - each protocol's reader is opened alike
    fds: list[int],
    loop: Loop,
    sink: MediaSink,
    connected: Callable[[], None],
    done: Done,
) -> SrtReader:
    """`fds`: the socket from the gate."""
    return SrtReader(fds[0], loop=loop, sink=sink, connected=connected, done=done)
