"""The outputs of one stream: opened, counted, finished."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Protocol

import av
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from conference.children.datagrams import close_all
from conference.children.worker.loop import Loop
from recorder.composed import words
from recorder.composed.worker.film_file import FilmFile
from recorder.composed.worker.hls import Hls
from recorder.composed.worker.push_rtmp import RtmpPush
from recorder.composed.worker.push_srt import SrtPush
from recorder.composed.worker.pushing import PushFailed
from recorder.composed.worker.relayed import Relayed
from recorder.film.encode import Coded, Sink
from recorder.film.live import LiveFilm

_FDS: Final[dict[words.SinkKind, int]] = {"whep": 0, "hls": words.HLS_SLOTS, "mp4": 2, "rtmp": 1, "srt": 1}


class Output(Sink, Protocol):
    """`bytes`: of coded media that left by it."""

    bytes: int


class Pusher(Protocol):
    """Makes an output that sends to an outside address over a socket that the core has connected. The socket is the
    output's; it closes it. A peer that does not read must never make `write` wait."""

    def __call__(self, word: words.AddSink, fd: int, loop: Loop) -> Output:
        """Raises OSError, ValueError."""
        ...


PUSHERS: Final[dict[words.SinkKind, Pusher]] = {"rtmp": RtmpPush, "srt": SrtPush}
"""By protocol; a protocol that is missing here is refused."""


class FromKey:
    """An output that comes in the middle of the stream: nothing before the first keyframe."""

    def __init__(self, sink: Output) -> None:
        self.sink = sink
        self._begun = False

    def open(self, video: VideoStream, sound: AudioStream) -> None:
        self.sink.open(video, sound)

    def write(self, packet: Coded) -> None:
        self._begun = self._begun or (packet.video and packet.key)
        if self._begun:
            self.sink.write(packet)

    def changed(self, video: VideoStream) -> None:
        self.sink.changed(video)

    def close(self) -> None:
        self.sink.close()


@dataclass(slots=True)
class _Open:
    sink: FromKey
    fds: tuple[int, ...]
    finishing: "Future[int] | None" = None


class Outputs:
    """Of `film`. `tell`: words to the core."""

    def __init__(self, loop: Loop, film: LiveFilm, tell: Callable[[words.FromChild], None]) -> None:
        self._loop = loop
        self._film = film
        self._tell = tell
        self._open: dict[int, _Open] = {}
        self._relayed = Relayed(loop, film.keyframe)
        self._outlet: int | None = None
        self._finisher = ThreadPoolExecutor(1, thread_name_prefix="finish")

    @property
    def relayed(self) -> Relayed:
        return self._relayed

    @property
    def idle(self) -> bool:
        """Nothing is open or being finished."""
        return not self._open

    def reports(self) -> tuple[words.SinkReport, ...]:
        return tuple(words.SinkReport(number, held.sink.sink.bytes) for number, held in self._open.items())

    def connect(self, fd: int) -> None:
        """The relay's end for viewers, from now on."""
        self._relayed.connect(fd)
        if self._outlet is not None:
            os.close(self._outlet)
        self._outlet = fd

    def add(self, word: words.AddSink, fds: Sequence[int]) -> None:
        """The descriptors are its from now on."""
        if len(fds) != _FDS[word.kind] or word.sink in self._open or len(self._open) >= words.MAX_SINKS:
            close_all(fds)
            self._tell(words.SinkEnded(word.sink, "refused", "wrong word"))
            return
        try:
            sink = self._made(word, fds)
        except (OSError, ValueError, KeyError, av.FFmpegError) as error:
            close_all(fds)
            self._tell(words.SinkEnded(word.sink, "refused", type(error).__name__))
            return
        held = _Open(FromKey(sink), () if word.kind in PUSHERS else tuple(fds))
        self._open[word.sink] = held
        self._film.add(held.sink)

    def drop(self, number: int) -> None:
        held = self._open.get(number)
        if held is not None and held.finishing is None:
            self._film.remove(held.sink)
            if number in self._open and held.finishing is None:  # closing it may have failed, and that ended it
                self._end(number)

    def lost(self, sink: Sink, error: Exception) -> None:
        """It has failed; a film is finished from what there is."""
        number = next((number for number, held in self._open.items() if held.sink is sink), None)
        if number is not None:
            told = f"{type(error).__name__} {getattr(error, 'errno', '') or ''}".strip()
            self._end(number, error.code if isinstance(error, PushFailed) else told)

    def finish(self) -> None:
        """All of them."""
        for number in list(self._open):
            self.drop(number)

    def tick(self) -> None:
        """Tells of films that are finished."""
        for number, held in list(self._open.items()):
            if held.finishing is not None and held.finishing.done():
                self._finished(number, held, held.finishing)

    def _made(self, word: words.AddSink, fds: Sequence[int]) -> Output:
        match word.kind:
            case "whep":
                return self._relayed
            case "hls":
                return Hls(word.sink, fds, self._tell)
            case "mp4":
                return FilmFile(fds[0], fds[1], word.from_ms)
            case _:
                return PUSHERS[word.kind](word, fds[0], self._loop)

    def _end(self, number: int, failure: str = "") -> None:
        held = self._open[number]
        if isinstance(held.sink.sink, FilmFile):
            # Copying a long film takes seconds; the other outputs go on meanwhile.
            held.finishing = self._finisher.submit(held.sink.sink.finish, lambda: False)
            return
        del self._open[number]
        close_all(held.fds)
        self._tell(words.SinkEnded(number, "failed" if failure else "finished", failure))

    def _finished(self, number: int, held: _Open, finishing: "Future[int]") -> None:
        del self._open[number]
        film = held.sink.sink
        duration_ms = film.duration_ms if isinstance(film, FilmFile) else 0
        try:
            size = finishing.result()
        except (OSError, ValueError, av.FFmpegError) as error:
            self._tell(words.SinkEnded(number, "failed", type(error).__name__))
        else:
            self._tell(words.SinkEnded(number, "finished", "", size, duration_ms))
        close_all(held.fds)
