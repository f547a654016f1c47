"""The reader of one RTMP publisher: goes on where the gate stopped, until the publisher or its media ends."""

import os
from collections.abc import Callable
from typing import Final

from conference.children.worker.loop import Loop
from conference.sources import words
from conference.sources.worker.media.units import MediaSink
from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.media import FlvMedia
from conference.sources.worker.rtmp.publication import Publication

NO_MEDIA_S: Final = 10.0
TRACKS_WITHIN_S: Final = 1.5
GOODBYE_S: Final = 1.0
_CHECK_PERIOD_S: Final = 0.5
_READ_BYTES: Final = 64 << 10

Done = Callable[[str, str], None]
"""cause, detail."""


class RtmpReader:
    """Owns the publisher's socket. `done` is called once; after it nothing comes any more."""

    def __init__(
        self, job: words.RtmpJob, fd: int, *, loop: Loop, sink: MediaSink, connected: Callable[[], None], done: Done
    ) -> None:
        self._job = job
        self._fd = fd
        self._loop = loop
        self._connected = connected
        self._done = done
        self._media = FlvMedia(sink, loop.now_s)
        self._publication: Publication | None = None
        self._leaving = self._over = False
        self._settling = loop.later(TRACKS_WITHIN_S, self._media.settle)
        loop.every(_CHECK_PERIOD_S, self._check)

    def start(self) -> None:
        """Lets the publisher begin."""
        os.set_blocking(self._fd, False)
        self._loop.watch(self._fd, self._readable)
        try:
            self._publication = Publication(self._job.state, video=self._media.video, audio=self._media.audio)
            self._connected()
            self._publication.start()
        except RtmpError as error:
            self._end("protocol", str(error))
        else:
            self._after_reading(self._publication)

    def stop(self) -> None:
        """The core wants no more of it: the connection is closed."""
        self._end("publisher-left", "stopped")

    def _readable(self) -> None:
        publication = self._publication
        if publication is None:
            return
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self._end("publisher-left", error.strerror or "connection lost")
            return
        if not data:
            self._end("publisher-left", "connection closed")
            return
        try:
            publication.receive(data)
        except RtmpError as error:
            self._end("protocol", str(error))
        else:
            self._after_reading(publication)

    def _after_reading(self, publication: Publication) -> None:
        if publication.outgoing:
            self._flush()
        if publication.left and not self._leaving:
            # It has more goodbyes to say and closes by itself; some call it an error when we are faster.
            self._leaving = True
            self._loop.later(GOODBYE_S, lambda: self._end("publisher-left", "unpublished"))

    def _flush(self) -> None:
        if self._publication is None:
            return
        outgoing = self._publication.outgoing
        try:
            sent = os.write(self._fd, outgoing)
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._end("publisher-left", error.strerror or "connection lost")
            return
        del outgoing[:sent]
        self._loop.watch(self._fd, self._readable, write=self._flush if outgoing else None)

    def _check(self) -> None:
        if self._loop.now_s() - self._media.heard_s > NO_MEDIA_S:
            self._end("no-media", "")

    def _end(self, cause: str, detail: str) -> None:
        if self._over:
            return
        self._over = True
        self._settling.cancel()
        self._loop.unwatch(self._fd)
        os.close(self._fd)
        self._done(cause, detail)


def open_rtmp(
    job: words.RtmpJob, fds: list[int], loop: Loop, sink: MediaSink, connected: Callable[[], None], done: Done
) -> RtmpReader:
    """`fds`: the publisher's socket is the last one."""
    return RtmpReader(job, fds[-1], loop=loop, sink=sink, connected=connected, done=done)
