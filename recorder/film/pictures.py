"""The pictures of one recorded track in step with a clock."""

from collections.abc import Generator, Iterator
from typing import cast

import av

from recorder.film.job import Fault, Track
from recorder.film.segment import READ_ERRORS, SegmentReader

Timed = tuple[int, av.VideoFrame | None]


class PictureReader:
    """Never holds a list of frames, and decodes none before its time. Used by one thread at a time."""

    def __init__(self, track: Track, from_ms: int) -> None:
        self._segments = sorted(track.segments, key=lambda segment: segment.begun_ms)
        self._track = track
        self._from_ms = from_ms
        self._frames: Generator[Timed] | None = None
        self._next: Timed | None = None
        self._until_ms = from_ms
        self.faults: list[Fault] = []

    def advance(self, until_ms: int) -> av.VideoFrame | None:
        """The newest picture not later than `until_ms`; None when there is none since the call before."""
        self._until_ms = until_ms
        if self._frames is None:
            self._frames = self._read()
        newest = None
        while True:
            if self._next is None:
                self._next = next(self._frames, None)
            if self._next is None or self._next[0] > until_ms:
                return newest
            newest, self._next = self._next[1] or newest, None

    def rest(self) -> None:
        """Nobody sees this track for now: nothing is decoded. The next `advance` goes on from its own time."""
        if self._frames is not None:
            self._frames.close()
        self._frames = self._next = None
        self._from_ms = self._until_ms

    def skip_to(self, at_ms: int) -> None:
        """Where a resting track goes on."""
        if self._frames is None:
            self._from_ms = self._until_ms = at_ms

    def _read(self) -> Generator[Timed]:
        for segment in self._segments:
            if segment.until_ms <= self._from_ms:
                continue
            # Not a picture: the clock stops here, and the file is opened when its time has come.
            yield segment.begun_ms, None
            reader = None
            try:
                reader = SegmentReader(segment, self._from_ms, video=True)
                yield from cast("Iterator[Timed]", reader.frames())
            except READ_ERRORS as error:
                self.faults.append(Fault(self._track.id, segment.begun_ms, type(error).__name__))
            finally:
                if reader is not None:
                    reader.close()
