"""When a recorded track is there, and what was told of people, along the time line. Pure: no frames, no files."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from recorder.film.job import Event, Track

BRIDGE_MS: Final = 2_000
"""Between two segments of a track the tile stays: a new segment after a reconnection or another codec."""
SPEAKER_HOLD_MS: Final = 1_500
SILENT: Final = "silent"
"""The reason of a gap that its owner wanted: a device is off, or a screen does not change."""
_MAX_SPEAKERS: Final = 64


@dataclass(frozen=True, slots=True)
class _Span:
    from_ms: int
    until_ms: int

    def has(self, at_ms: int) -> bool:
        return self.from_ms <= at_ms < self.until_ms


class TrackTimes:
    """When one track has a tile, and when a cover."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.spans = _joined(track)
        self._gaps = sorted(track.gaps, key=lambda gap: gap.from_ms)
        self._gap_starts = [gap.from_ms for gap in self._gaps]

    @property
    def begun_ms(self) -> int:
        return self.spans[0].from_ms if self.spans else 0

    def there(self, at_ms: int) -> bool:
        return any(span.has(at_ms) for span in self.spans)

    def cover(self, at_ms: int, *, at_least_ms: int = 0) -> str:
        """A key of the labels' covers; "" when there is a picture. `at_least_ms`: shorter gaps do not count."""
        number = bisect_right(self._gap_starts, at_ms) - 1
        if number < 0 or at_ms >= self._gaps[number].until_ms:
            return ""
        gap = self._gaps[number]
        if gap.until_ms - gap.from_ms < at_least_ms:
            return ""
        if gap.reason != SILENT:
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
        if spans and part.from_ms <= spans[-1].until_ms + BRIDGE_MS:
            spans[-1] = _Span(spans[-1].from_ms, max(spans[-1].until_ms, part.until_ms))
        else:
            spans.append(part)
    return spans


class Told:
    """What events and ears told so far. Asked with growing times. `present`: names of who joined and did not leave.
    `speakers`: who spoke last comes first."""

    def __init__(self, events: Sequence[Event]) -> None:
        self._events = sorted(events, key=lambda event: event.at_ms)
        self._next = 0
        self._by_events = any(event.kind == "speaking" for event in events)
        self._speaker_since_ms = 0
        self.present: dict[str, str] = {}
        self.muted: dict[str, bool] = {}
        self.speakers: tuple[str, ...] = ()

    @property
    def speaker(self) -> str:
        """Empty: nobody was heard yet."""
        return self.speakers[0] if self.speakers else ""

    def heard(self, participant: str, at_ms: int) -> None:
        """The loudest voice by the film's own ears; used when no event tells it."""
        if not self._by_events:
            self._speaks(participant, at_ms)

    def take(self, at_ms: int) -> None:
        """All events until then."""
        while self._next < len(self._events) and self._events[self._next].at_ms <= at_ms:
            event = self._events[self._next]
            self._next += 1
            match event.kind:
                case "joined":
                    self.present[event.participant] = event.name
                case "left":
                    self.present.pop(event.participant, None)
                    self.muted.pop(event.participant, None)
                case "muted" | "unmuted":
                    self.muted[event.participant] = event.kind == "muted"
                case "speaking":
                    self._speaks(event.participant, event.at_ms)

    def _speaks(self, participant: str, at_ms: int) -> None:
        hold_ms = SPEAKER_HOLD_MS if self.speakers else 0
        if participant != self.speaker and at_ms - self._speaker_since_ms >= hold_ms:
            others = [one for one in self.speakers if one != participant]
            self.speakers = (participant, *others[: _MAX_SPEAKERS - 1])
            self._speaker_since_ms = at_ms
