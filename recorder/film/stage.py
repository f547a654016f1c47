"""Who is on the canvas at a time, where, and under what cover. Pure: no frames, no files."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from conference.layout import ONE_BIG, SPEAKER, Layout, Rect, Size, arrange
from recorder.film.card import Card
from recorder.film.job import Event, Track
from recorder.film.times import Told, TrackTimes

MAX_CELLS: Final = 49


@dataclass(frozen=True, slots=True)
class Seat:
    """`tile`: names it; of one track there may be several. `cover`: "" shows the picture. `track`: whose pictures are
    shown there, when it is the id of a picture track. `card`: what is shown instead of a picture."""

    tile: str
    cell: Rect
    name: str
    muted: bool
    cover: str
    track: str = ""
    card: Card | None = None


@dataclass(frozen=True, slots=True)
class _Person:
    tile: str
    participant: str
    name: str
    muted: bool
    cover: str


class Stage:
    """The layouts that arrange whoever is there. Asked with growing times."""

    def __init__(self, tracks: Sequence[Track], events: Sequence[Event], layout: Layout, size: Size) -> None:
        self._layout, self._size = layout, size
        videos = [TrackTimes(track) for track in tracks if track.kind != "microphone"]
        # Screens first: they are what everybody looks at. Then who came first.
        videos.sort(key=lambda video: (video.track.kind != "screen", video.begun_ms))
        self._videos = videos
        self._sounds = [TrackTimes(track) for track in tracks if track.kind == "microphone"]
        self._told = Told(events)
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
        self._told.heard(participant, at_ms)

    def at(self, at_ms: int) -> tuple[Seat, ...]:
        """The same tuple object as long as nothing changes."""
        step = bisect_right(self._changes, at_ms)
        if step != self._step or self._told.speaker != self._seated_speaker:
            self._told.take(at_ms)
            self._step, self._seated_speaker = step, self._told.speaker
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
            for person, name in self._told.present.items()
            if person not in faces
        ]
        if self._layout.name in (SPEAKER, ONE_BIG) and not (shown and shown[0].track.kind == "screen"):
            people.sort(key=lambda person: person.participant != self._told.speaker)
        return tuple(
            Seat(person.tile, cell, person.name, person.muted, person.cover, person.tile)
            for person, cell in zip(people, self._arranged(len(people)), strict=False)
        )

    def _person(self, tile: str, track: Track, cover: str, talking: set[str]) -> "_Person":
        muted = self._told.muted.get(track.participant, track.participant not in talking)
        return _Person(tile, track.participant, track.name, muted and track.kind != "screen", cover)

    def _arranged(self, count: int) -> tuple[Rect, ...]:
        count = min(count, MAX_CELLS)
        if count not in self._cells:
            self._cells[count] = arrange(self._size, self._layout, count)
        return self._cells[count]
