"""What a wall would have shown: a scene's board on the recording's time line. Pure: no frames, no files.

Who is in which pane is told by the same functions that tell living walls.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from conference.layout import Size
from conference.model.ids import Identity, ParticipantId, RoomId, WallId
from conference.model.wall import Board, ContentKind, PaneState, PaneView, Rotation, Wall
from conference.walls.drawn import cells_of, drawn
from conference.walls.facts import Facts, Present
from conference.walls.polling import Turnings, advance, next_turn_ms
from conference.walls.resolve import resolve
from recorder.film.card import Card
from recorder.film.job import Event, Track
from recorder.film.stage import Seat
from recorder.film.times import Told, TrackTimes

SHORT_MS: Final = 2_000
"""A living wall would not have seen sooner that nothing comes any more: such a gap costs nobody a turn."""
_TICKING: Final = frozenset({ContentKind.CLOCK, ContentKind.COUNTDOWN})


@dataclass(frozen=True, slots=True)
class _Shown:
    """What there is of one participant at a time."""

    camera: TrackTimes | None
    screen: TrackTimes | None
    talks: bool


class _Person:
    """All tracks of one participant."""

    def __init__(self, participant: str, tracks: Sequence[Track]) -> None:
        times = [TrackTimes(track) for track in tracks]
        self.id = ParticipantId(participant)
        self.identity = Identity(next((track.identity for track in tracks if track.identity), participant))
        self.name = next((track.name for track in tracks if track.name), "")
        self.begun_ms = min((one.begun_ms for one in times), default=0)
        self._cameras = [one for one in times if one.track.kind == "camera"]
        self._screens = [one for one in times if one.track.kind == "screen"]
        self._voices = [one for one in times if one.track.kind == "microphone"]

    def changes(self) -> set[int]:
        return {edge for one in (*self._cameras, *self._screens, *self._voices) for edge in one.changes()}

    def there(self, at_ms: int) -> bool:
        return any(one.there(at_ms) for one in (*self._cameras, *self._screens, *self._voices))

    def shown(self, at_ms: int) -> _Shown:
        voices = [one for one in self._voices if one.there(at_ms)]
        return _Shown(
            camera=_best(self._cameras, at_ms),
            screen=_best(self._screens, at_ms),
            talks=any(one.cover(at_ms) != "off" for one in voices),
        )


def _best(tracks: Sequence[TrackTimes], at_ms: int) -> TrackTimes | None:
    """Who connected anew has two for a moment: the one with a picture, of two such the newer."""
    there = [one for one in tracks if one.there(at_ms)]
    return max(there, key=lambda one: (not one.cover(at_ms), one.begun_ms), default=None)


class WallStage:
    """A board on a canvas of `size` from `from_ms` on, where every polling group begins with its first member. Asked
    with growing times. `utc_offset_min`: of its clocks. Raises InvalidLayout."""

    def __init__(
        self,
        tracks: Sequence[Track],
        events: Sequence[Event],
        board: Board,
        size: Size,
        *,
        from_ms: int,
        utc_offset_min: int,
    ) -> None:
        self._cells = cells_of(board, size)
        rotations = tuple(Rotation(group=group.id, since_ms=from_ms) for group in board.groups)
        self._wall = Wall(id=WallId("film"), room=RoomId(""), name="", board=board, rotations=rotations)
        self._offset_s = utc_offset_min * 60
        self._people = _people(tracks, events)
        self._told = Told(events)
        changes = {event.at_ms for event in events}
        for person in self._people.values():
            changes |= person.changes()
        self._changes = sorted(changes)
        self._ticks = any(content.kind in _TICKING for content in board.panes)
        self._turnings: Turnings = {}
        self._names: dict[Identity, str] = {one.identity: one.name for one in self._people.values() if one.name}
        self._shown: dict[ParticipantId, _Shown] = {}
        self._known: tuple[object, ...] = ()
        self._seats: tuple[Seat, ...] = ()

    def heard(self, participant: str, at_ms: int) -> None:
        """The loudest voice by the film's own ears; used when no event tells it."""
        self._told.heard(participant, at_ms)

    def at(self, at_ms: int) -> tuple[Seat, ...]:
        """The same tuple object as long as nothing changes."""
        turn_ms = next_turn_ms(self._turnings)
        turns = turn_ms is not None and at_ms >= turn_ms
        known = (bisect_right(self._changes, at_ms), self._told.speakers, at_ms // 1000 if self._ticks else 0)
        if turns or known != self._known:
            self._told.take(at_ms)
            self._known = (known[0], self._told.speakers, known[2])
            seats = self._seated(at_ms)
            self._seats = self._seats if seats == self._seats else seats
        return self._seats

    def _seated(self, at_ms: int) -> tuple[Seat, ...]:
        facts = self._facts(at_ms)
        self._turnings = advance(self._turnings, self._wall, facts, at_ms)
        view = resolve(self._wall, facts, self._turnings, (), online=True, sharing=False)
        return tuple(self._seat(pane, at_ms) for pane in view.panes)

    def _facts(self, at_ms: int) -> Facts:
        """Of one identity that is there twice, the one with a picture counts."""
        present: dict[Identity, Present] = {}
        by_id: dict[ParticipantId, Present] = {}
        self._shown = {}
        for person in self._people.values():
            if person.id in self._told.present or person.there(at_ms):
                shown = self._shown[person.id] = person.shown(at_ms)
                one = by_id[person.id] = self._present(person, shown, at_ms)
                known = present.get(one.identity)
                if known is None or (one.able, one.picture) > (known.able, known.picture):
                    present[one.identity] = one
        speakers = tuple(ParticipantId(one) for one in self._told.speakers)
        return Facts(present, by_id, speakers, self._names)

    def _present(self, person: _Person, shown: _Shown, at_ms: int) -> Present:
        camera = shown.camera
        return Present(
            id=person.id,
            identity=person.identity,
            name=person.name or self._told.present.get(person.id, ""),
            picture=camera is not None and camera.cover(at_ms) != "off",
            screen=shown.screen is not None,
            able=camera is not None and not camera.cover(at_ms, at_least_ms=SHORT_MS),
            private=False,  # a film is for who may have the recording, and that has everything
        )

    # ---- from panes to seats ----

    def _seat(self, pane: PaneView, at_ms: int) -> Seat:
        cell = self._cells[pane.index]
        if pane.state is PaneState.EMPTY:
            return Seat(f"pane:{pane.index}", cell, "", muted=False, cover="empty")
        shows = drawn(pane.content, at_ms, self._offset_s)
        if shows is not None:
            card = Card(shows.says, shows.text, shows.at_s)
            return Seat(f"pane:{pane.index}", cell, "", muted=False, cover="empty", card=card)
        shown = self._shown.get(pane.shows) if pane.shows is not None else None
        if shown is None:
            # Without a name nobody was expected there.
            cover = "absent" if pane.name else "empty"
            return Seat(f"pane:{pane.index}", cell, pane.name, muted=False, cover=cover)
        track = shown.screen if pane.screen else shown.camera
        muted = not pane.screen and self._told.muted.get(str(pane.shows), not shown.talks)
        if track is None:
            cover = "empty" if pane.screen else "sound"
            return Seat(f"pane:{pane.index}", cell, pane.name, muted=muted, cover=cover)
        # Another picture is another tile: nobody is ever seen under somebody else's name.
        tile = f"{track.track.id}:{pane.index}"
        return Seat(tile, cell, pane.name, muted=muted, cover=track.cover(at_ms), track=track.track.id)


def _people(tracks: Iterable[Track], events: Iterable[Event]) -> dict[str, _Person]:
    """By participant, in the order in which they came. Who joined and sent nothing is known by that name only."""
    tracks_of: dict[str, list[Track]] = {}
    came_ms: dict[str, int] = {}
    for track in tracks:
        tracks_of.setdefault(track.participant, []).append(track)
    for event in events:
        if event.kind == "joined":
            tracks_of.setdefault(event.participant, [])
            came_ms[event.participant] = min(event.at_ms, came_ms.get(event.participant, event.at_ms))
    people = [_Person(participant, some) for participant, some in tracks_of.items()]
    people.sort(key=lambda person: came_ms.get(person.id, person.begun_ms))
    return {person.id: person for person in people}
