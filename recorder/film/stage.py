"""Who is on the canvas at a time, where, and under what cover. Pure: no frames, no files."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conference.layout import ONE_BIG, SPEAKER, Layout, Rect, Size, arrange
from recorder.film.job import Event, Track

_BRIDGE_MS: Final = 2_000
"""Between two segments of a track the tile stays: a new segment after a reconnection or another codec."""
SPEAKER_HOLD_MS: Final = 1_500
SILENT: Final = "silent"
"""The reason of a gap that its owner wanted: a device is off, or a screen does not change."""
MAX_CELLS: Final = 49


@dataclass(frozen=True, slots=True)
class Seat:
    """`tile`: a video track's id, or `sound:` + a participant without picture. `cover`: "" shows the picture."""

    tile: str
    cell: Rect
    name: str
    muted: bool
    cover: str


@dataclass(frozen=True, slots=True)
class _Person:
    tile: str
    participant: str
    name: str
    muted: bool
    cover: str


@dataclass(frozen=True, slots=True)
class _Span:
    from_ms: int
    until_ms: int

    def has(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms < self.until_ms


class _Video:
    """When one picture track has a tile, and when a cover."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.spans = _joined(track)
        self._gaps = sorted(track.gaps, key=lambda gap: gap.from_ms)
        self._gap_starts = [gap.from_ms for gap in self._gaps]

    def there(self, at_ms: int) -> bool:
        return any(span.has(at_ms) for span in self.spans)

    def cover(self, at_ms: int) -> str:
        """A key of the labels' covers; "" when there is a picture."""
        number = bisect_right(self._gap_starts, at_ms) - 1
        if number < 0 or at_ms >= self._gaps[number].until_ms:
            return ""
        if self._gaps[number].reason != SILENT:
            return "gap"
        # A shared screen that stands still sends nothing; what it showed is still true.
        return "" if self.track.kind == "screen" else "off"

    def changes(self) -> set[int]:
        edges = {edge for span in self.spans for edge in (span.from_ms, span.until_ms)}
        return edges | {edge for gap in self._gaps for edge in (gap.from_ms, gap.until_ms)}


def _joined(track: Track) -> list[_Span]:
    """Segments, over the gaps between them that are listed or short."""
    spans: list[_Span] = []
    parts = [_Span(part.begun_ms, part.until_ms) for part in track.segments]
    parts += [_Span(gap.from_ms, gap.until_ms) for gap in track.gaps]
    for part in sorted(parts, key=lambda part: part.from_ms):
        if spans and part.from_ms <= spans[-1].until_ms + _BRIDGE_MS:
            spans[-1] = _Span(spans[-1].from_ms, max(spans[-1].until_ms, part.until_ms))
        else:
            spans.append(part)
    return spans


class Stage:
    """Asked with growing times."""

    def __init__(self, tracks: Sequence[Track], events: Sequence[Event], layout: Layout, size: Size) -> None:
        self._layout, self._size = layout, size
        videos = [_Video(track) for track in tracks if track.kind != "microphone"]
        # Screens first: they are what everybody looks at. Then who came first.
        videos.sort(key=lambda video: (video.track.kind != "screen", video.spans[0].from_ms if video.spans else 0))
        self._videos = videos
        self._sounds = [_Video(track) for track in tracks if track.kind == "microphone"]
        self._events = sorted(events, key=lambda event: event.at_ms)
        self._event = 0
        self._present: dict[str, str] = {}
        self._muted: dict[str, bool] = {}
        self._told_speaker = any(event.kind == "speaking" for event in events)
        self._speaker = ""
        self._speaker_since_ms = 0
        self._cells: dict[int, tuple[Rect, ...]] = {}
        changes = {event.at_ms for event in events}
        for video in (*self._videos, *self._sounds):
            changes |= video.changes()
        self._changes = sorted(changes)
        self._step = -1
        self._seated_speaker = ""
        self._seats: tuple[Seat, ...] = ()

    def heard(self, participant: str, at_ms: int) -> None:
        """The loudest voice by the film's own ears; used when no event tells it."""
        if not self._told_speaker:
            self._take_speaker(participant, at_ms)

    def _take_speaker(self, participant: str, at_ms: int) -> None:
        if participant != self._speaker and at_ms - self._speaker_since_ms >= (SPEAKER_HOLD_MS if self._speaker else 0):
            self._speaker, self._speaker_since_ms = participant, at_ms

    def at(self, at_ms: int) -> tuple[Seat, ...]:
        """The same tuple object as long as nothing changes."""
        step = bisect_right(self._changes, at_ms)
        if step != self._step or self._speaker != self._seated_speaker:
            self._step, self._seated_speaker = step, self._speaker
            self._take_events(at_ms)
            self._seats = self._seated(at_ms)
        return self._seats

    def _seated(self, at_ms: int) -> tuple[Seat, ...]:
        shown = [video for video in self._videos if video.there(at_ms)]
        sounding = [sound for sound in self._sounds if sound.there(at_ms)]
        talking = {sound.track.participant for sound in sounding if sound.cover(at_ms) != "off"}
        people = [self._person(video.track.id, video.track, video.cover(at_ms), talking) for video in shown]
        faces = {video.track.participant for video in shown}
        for sound in sounding:
            person = sound.track.participant
            if person not in faces:
                faces.add(person)
                people.append(self._person(f"sound:{person}", sound.track, "sound", talking))
        people += [
            _Person(f"sound:{person}", person, name, muted=True, cover="sound")
            for person, name in self._present.items()
            if person not in faces
        ]
        if self._layout.name in (SPEAKER, ONE_BIG) and not (shown and shown[0].track.kind == "screen"):
            people.sort(key=lambda person: person.participant != self._speaker)
        return tuple(
            Seat(person.tile, cell, person.name, person.muted, person.cover)
            for person, cell in zip(people, self._arranged(len(people)), strict=False)
        )

    def _person(self, tile: str, track: Track, cover: str, talking: set[str]) -> "_Person":
        muted = self._muted.get(track.participant, track.participant not in talking)
        return _Person(tile, track.participant, track.name, muted and track.kind != "screen", cover)

    def _arranged(self, count: int) -> tuple[Rect, ...]:
        count = min(count, MAX_CELLS)
        if count not in self._cells:
            self._cells[count] = arrange(self._size, self._layout, count)
        return self._cells[count]

    def _take_events(self, at_ms: int) -> None:
        while self._event < len(self._events) and self._events[self._event].at_ms <= at_ms:
            event = self._events[self._event]
            self._event += 1
            match event.kind:
                case "joined":
                    self._present[event.participant] = event.name
                case "left":
                    self._present.pop(event.participant, None)
                    self._muted.pop(event.participant, None)
                case "muted" | "unmuted":
                    self._muted[event.participant] = event.kind == "muted"
                case "speaking":
                    self._take_speaker(event.participant, event.at_ms)
