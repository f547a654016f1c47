"""What the core tells of a film, word by word, put together to a job."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from conference.layout import InvalidLayout, Layout, Size
from conference.model.wall import Board
from conference.model.window import Free
from recorder import film_words as words
from recorder.film.job import MAX_EVENTS, MAX_TRACKS, Encoding, Event, Gap, Job, Look, Segment, Track

MAX_GAPS: Final = 500_000
_decode_board: Final = msgspec.json.Decoder(Board).decode


@dataclass(slots=True)
class _Track:
    word: words.Track
    segments: list[Segment] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)


class Heard:
    """Owns the descriptors it is given; they stay open as long as the process."""

    def __init__(self, start: words.Start, output_fd: int, scratch_fd: int) -> None:
        self._start = start
        self._output_fd, self._scratch_fd = output_fd, scratch_fd
        self._tracks: dict[str, _Track] = {}
        self._events: list[Event] = []
        self._gaps = self._files = 0
        self._board = bytearray()

    def take(self, word: words.Board | words.Track | words.Files | words.Gaps | words.Events, fds: list[int]) -> None:
        """Raises ValueError for more than there may be, and for words about an unknown track."""
        match word:
            case words.Board():
                self._board += word.part
            case words.Track():
                self._tracks[word.track] = _Track(word)
            case words.Files():
                spans = zip(fds, word.spans, strict=True)
                self._track(word.track).segments += [Segment(fd, span.from_ms, span.until_ms) for fd, span in spans]
                self._files += len(fds)
            case words.Gaps():
                gaps = [Gap(gap.from_ms, gap.until_ms, gap.reason) for gap in word.gaps]
                self._track(word.track).gaps += gaps
                self._gaps += len(gaps)
            case words.Events():
                self._events += [Event(one.at_ms, one.kind, one.participant, one.name) for one in word.events]
        if (
            self._files > words.MAX_FILES
            or self._gaps > MAX_GAPS
            or len(self._events) > MAX_EVENTS
            or len(self._tracks) > MAX_TRACKS
            or len(self._board) > words.MAX_BOARD_BYTES
        ):
            raise ValueError("too much for one film")

    def job(self) -> Job:
        """Raises ValueError, InvalidLayout."""
        start = self._start
        windows = tuple(Free(one.x, one.y, one.width, one.height) for one in start.windows)
        return Job(
            tracks=tuple(
                Track(
                    one.word.track,
                    one.word.kind,
                    one.word.participant,
                    one.word.name,
                    tuple(sorted(one.segments, key=lambda segment: segment.begun_ms)),
                    tuple(one.gaps),
                    one.word.identity,
                )
                for one in self._tracks.values()
            ),
            from_ms=start.from_ms,
            until_ms=start.until_ms,
            output_fd=self._output_fd,
            scratch_fd=self._scratch_fd,
            events=tuple(self._events),
            look=Look(
                layout=Layout(start.layout, windows),
                board=self._read_board(),
                size=Size(start.width, start.height),
                fps=start.fps,
                labels=start.labels,
                clock=start.clock,
                utc_offset_min=start.utc_offset_min,
                language=start.language,
            ),
            encoding=Encoding(preset=start.preset, sound=start.sound, threads=start.threads),
        )

    def _read_board(self) -> Board | None:
        """Raises InvalidLayout."""
        try:
            return _decode_board(bytes(self._board)) if self._board else None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidLayout(str(error)) from None

    def _track(self, track: str) -> _Track:
        try:
            return self._tracks[track]
        except KeyError:
            raise ValueError("an unknown track") from None
