"""From a board to what its panes show at this moment. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from conference.layout.templates import largest
from conference.model.ids import Identity, ParticipantId
from conference.model.wall import Alarm, Content, ContentKind, PaneState, PaneView, Wall, WallView
from conference.model.window import Free
from conference.walls.boards import windows_of
from conference.walls.facts import Facts, Present
from conference.walls.polling import Turning, Turnings, rotation_views

WHOLE: Final = Free(0.0, 0.0, 1.0, 1.0)
NOBODY_HERE: Final = ParticipantId("nobody")
"""Heard when the only one to be heard is not there."""


def resolve(
    wall: Wall, facts: Facts, turnings: Turnings, alarms: Sequence[Alarm], *, online: bool, sharing: bool
) -> WallView:
    """`alarms`: of the wall's room, in any order; the newest is shown. Raises InvalidLayout for a board that was never
    checked."""
    board, rects = wall.board, windows_of(wall.board)
    ordered = tuple(sorted(alarms, key=lambda alarm: (-alarm.raised_at_ms, alarm.id)))
    seats = _Seats(wall, facts, turnings)
    panes = [seats.pane(index, rect) for index, rect in enumerate(rects)]
    if wall.enlarged is not None:
        panes = [replace(panes[wall.enlarged], rect=WHOLE)]
    if ordered:
        wanted = largest(rects) if board.alarm_pane is None else board.alarm_pane
        slot = 0 if wall.enlarged is not None else wanted
        panes[slot] = _alarmed(panes[slot], ordered[0], facts)
    return WallView(
        wall=wall,
        panes=tuple(panes),
        rotations=rotation_views(turnings),
        alarms=ordered,
        hears=_hears(wall, facts),
        online=online,
        sharing=sharing,
    )


def locked(panes: Sequence[PaneView], facts: Facts) -> tuple[PaneView, ...]:
    """The same for somebody who may not see what is for hosts only."""
    private = {one.id for one in facts.by_id.values() if one.private}
    return tuple(_lock(pane, private) for pane in panes)


def _lock(pane: PaneView, private: set[ParticipantId]) -> PaneView:
    if pane.next in private:
        pane = replace(pane, next=None)
    if pane.shows in private:
        return replace(pane, state=PaneState.LOCKED, shows=None, screen=False)
    return pane


class _Seats:
    """Hands out speakers and screens: each pane of that kind gets another one."""

    def __init__(self, wall: Wall, facts: Facts, turnings: Turnings) -> None:
        self._wall = wall
        self._facts = facts
        self._turnings = turnings
        heard = [facts.by_id[one] for one in facts.speakers if one in facts.by_id]
        seen = [one for one in facts.by_id.values() if one.picture and one not in heard]
        self._speakers = iter(heard + seen)
        named = {c.identity for c in wall.board.panes if c.kind is ContentKind.SCREEN and c.identity}
        self._screens = iter([one for one in facts.by_id.values() if one.screen and one.identity not in named])
        self._pins = {pin.pane: pin.identity for pin in wall.pins}

    def pane(self, index: int, rect: Free) -> PaneView:
        content = self._wall.board.panes[index]
        empty = PaneView(index=index, rect=rect, content=content, state=PaneState.EMPTY)
        match content.kind:
            case ContentKind.NOTHING:
                return empty
            case ContentKind.WEB | ContentKind.CLOCK | ContentKind.COUNTDOWN | ContentKind.TEXT:
                return replace(empty, state=PaneState.SHOWN)
            case ContentKind.PARTICIPANT:
                return _showing(empty, content.identity, self._facts)
            case ContentKind.SPEAKER:
                return _filled(empty, next(self._speakers, None))
            case ContentKind.SCREEN:
                return self._screen(empty, content.identity)
            case ContentKind.GROUP:
                return self._group(empty, content)

    def _screen(self, pane: PaneView, identity: Identity) -> PaneView:
        who = self._facts.present.get(identity) if identity else next(self._screens, None)
        if who is None:
            name = self._facts.name(identity) if identity else ""
            return replace(pane, state=PaneState.ABSENT, name=name, screen=True)
        state = PaneState.SHOWN if who.screen else PaneState.NO_VIDEO
        return replace(pane, state=state, shows=who.id, name=who.name, screen=True)

    def _group(self, pane: PaneView, content: Content) -> PaneView:
        if pane.index in self._pins:
            return replace(_showing(pane, self._pins[pane.index], self._facts), pinned=True)
        now = self._turnings.get(content.group)
        who = now.page.at(pane.index) if now is not None else None
        shown = _showing(pane, who, self._facts) if who is not None else replace(pane, state=PaneState.ABSENT)
        return self._foreseen(shown, who, now)

    def _foreseen(self, pane: PaneView, who: Identity | None, now: Turning | None) -> PaneView:
        follower = now.follows.at(pane.index) if now is not None and now.follows is not None else None
        coming = self._facts.present.get(follower) if follower is not None and follower != who else None
        if now is None or coming is None:
            return pane
        return replace(pane, next=coming.id, next_at_ms=now.turns_at_ms)


def _showing(pane: PaneView, identity: Identity, facts: Facts) -> PaneView:
    who = facts.present.get(identity)
    if who is None:
        return replace(pane, state=PaneState.ABSENT, name=facts.name(identity))
    return _filled(pane, who)


def _filled(pane: PaneView, who: Present | None) -> PaneView:
    if who is None:
        return replace(pane, state=PaneState.ABSENT)
    state = PaneState.SHOWN if who.picture else PaneState.NO_VIDEO
    return replace(pane, state=state, shows=who.id, name=who.name)


def _alarmed(pane: PaneView, alarm: Alarm, facts: Facts) -> PaneView:
    """The pane with the alarm's picture instead of its own."""
    content = Content(kind=ContentKind.PARTICIPANT, identity=alarm.identity)
    bare = PaneView(index=pane.index, rect=pane.rect, content=content, state=PaneState.ABSENT, alarm=alarm.id)
    return _showing(bare, alarm.identity, facts)


def _hears(wall: Wall, facts: Facts) -> ParticipantId | None:
    if not wall.sound.only:
        return None
    who = facts.present.get(wall.sound.only)
    return who.id if who is not None else NOBODY_HERE
