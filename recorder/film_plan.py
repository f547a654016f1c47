"""What a film is made of, read from the index: files, gaps and events, and the words that tell a child of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from conference.model.errors import MessageInvalid, RecordingEmpty
from conference.model.film import MAX_FILM_MS, MIN_FILM_MS, Film, FilmWish
from conference.model.recording import (
    Gap,
    GapReason,
    RecordedKind,
    RecordedTrack,
    RecordingContents,
    RecordingEventKind,
    Segment,
    SegmentState,
)
from conference.model.track import Source
from recorder import film_words as words

_KINDS: Final[dict[Source, words.Kind]] = {
    Source.CAMERA: "camera",
    Source.SCREEN: "screen",
    Source.MICROPHONE: "microphone",
    Source.SCREEN_AUDIO: "microphone",
}
_WANTED: Final = frozenset({GapReason.SILENT, GapReason.MUTED, GapReason.PAUSED})
_EVENTS: Final[dict[RecordingEventKind, words.EventKind]] = {
    RecordingEventKind.JOINED: "joined",
    RecordingEventKind.LEFT: "left",
}
_READABLE: Final = frozenset({SegmentState.FINISHED, SegmentState.INTERRUPTED})
_MAX_TRACKS: Final = 1_000
_MAX_EVENTS: Final = 100_000
_MAX_GAPS: Final = 500_000

Item = TypeVar("Item")
Telling = tuple[words.ToChild, tuple[Segment, ...]]
"""A word, and the files whose descriptors go with it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`tracks` with their files, those with none left out. All of it lies at least partly within the film. `board`:
    of a scene, in JSON."""

    tracks: tuple[tuple[RecordedTrack, tuple[Segment, ...]], ...]
    gaps: tuple[Gap, ...]
    events: tuple[words.Event, ...]
    until_ms: int
    board: bytes = b""

    @property
    def files(self) -> int:
        return sum(len(segments) for _, segments in self.tracks)

    def tellings(self) -> Iterator[Telling]:
        """All that follows a Start."""
        for begin in range(0, len(self.board), words.BOARD_BYTES_AT_ONCE):
            yield words.Board(self.board[begin : begin + words.BOARD_BYTES_AT_ONCE]), ()
        for track, segments in self.tracks:
            who = track.participant or track.id
            yield words.Track(track.id, _kind(track), who, track.name, track.identity), ()
            for some in _batches(segments, words.FILES_AT_ONCE):
                spans = tuple(words.Span(one.started_at_ms, one.until_ms) for one in some)
                yield words.Files(track.id, spans), tuple(some)
            gaps = [_gap(gap, self.until_ms) for gap in self.gaps if gap.track == track.id]
            for part in _batches(gaps, words.GAPS_AT_ONCE):
                yield words.Gaps(track.id, tuple(part)), ()
        for few in _batches(self.events, words.EVENTS_AT_ONCE):
            yield words.Events(tuple(few)), ()
        yield words.Go(), ()


def bounds(contents: RecordingContents, wish: FilmWish) -> tuple[int, int]:
    """From when until when the film goes, Unix ms: what was wished for, as far as there is something recorded. Raises
    MessageInvalid, RecordingEmpty."""
    segments = [segment for _, some in _tracks(contents) for segment in some]
    if not segments:
        raise RecordingEmpty(contents.recording.id)
    from_ms = min(segment.started_at_ms for segment in segments)
    until_ms = max(segment.until_ms for segment in segments)
    if wish.from_ms is not None:
        from_ms = max(from_ms, wish.from_ms)
    if wish.until_ms is not None:
        until_ms = min(until_ms, wish.until_ms)
    if not MIN_FILM_MS <= until_ms - from_ms <= MAX_FILM_MS:
        raise MessageInvalid(f"fromMs, untilMs: a film has {MIN_FILM_MS}..{MAX_FILM_MS} ms")
    if not any(_overlaps(segment, from_ms, until_ms) for segment in segments):
        raise RecordingEmpty(contents.recording.id)
    return from_ms, until_ms


def plan(contents: RecordingContents, film: Film) -> Plan:
    """The film's part of a recording."""
    from_ms, until_ms = film.from_ms, film.until_ms
    tracks = []
    for track, segments in _tracks(contents):
        some = tuple(segment for segment in segments if _overlaps(segment, from_ms, until_ms))
        if some:
            tracks.append((track, some))
    return Plan(
        tracks=tuple(tracks[:_MAX_TRACKS]),
        gaps=tuple(gap for gap in contents.gaps if gap.from_ms < until_ms)[:_MAX_GAPS],
        events=tuple(
            words.Event(event.at_ms, _EVENTS[event.kind], event.participant, event.name)
            for event in contents.events
            if event.kind in _EVENTS and event.at_ms < until_ms
        )[:_MAX_EVENTS],
        until_ms=until_ms,
        board=msgspec.json.encode(film.wish.scene.board) if film.wish.scene is not None else b"",
    )


def start_of(film: Film, *, limits: words.Limits, threads: int, yielding: bool) -> words.Start:
    wish = film.wish
    return words.Start(
        film=film.id,
        from_ms=film.from_ms,
        until_ms=film.until_ms,
        width=wish.width,
        height=wish.height,
        fps=wish.fps,
        layout=wish.layout,
        preset=wish.preset,
        sound=wish.sound,
        language=wish.language,
        windows=tuple(words.Window(one.x, one.y, one.width, one.height) for one in wish.windows),
        labels=wish.labels,
        clock=wish.clock,
        utc_offset_min=wish.utc_offset_min,
        threads=threads,
        yielding=yielding,
        limits=limits,
    )


def _tracks(contents: RecordingContents) -> Iterator[tuple[RecordedTrack, list[Segment]]]:
    for track in contents.tracks:
        if track.kind not in (RecordedKind.FILM, RecordedKind.UNKNOWN) and track.source is not None:
            yield (
                track,
                [
                    segment
                    for segment in contents.segments
                    if segment.track == track.id
                    and segment.state in _READABLE
                    and segment.until_ms > segment.started_at_ms
                ],
            )


def _kind(track: RecordedTrack) -> words.Kind:
    if track.kind is RecordedKind.AUDIO or track.source is None:
        return "microphone"
    return _KINDS[track.source]


def _gap(gap: Gap, until_ms: int) -> words.Gap:
    reason = GapReason.SILENT if gap.reason in _WANTED else gap.reason
    return words.Gap(gap.from_ms, gap.until_ms if gap.until_ms is not None else until_ms, reason.value)


def _overlaps(segment: Segment, from_ms: int, until_ms: int) -> bool:
    return segment.started_at_ms < until_ms and segment.until_ms > from_ms


def _batches(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
