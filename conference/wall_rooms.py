"""What the desk of walls remembers of a room: who spoke, who was called what, which consoles look, what is shared."""

from collections.abc import Iterable, Mapping
from typing import Final

from conference.live import LiveRoom
from conference.members import Member
from conference.model.ids import Identity, ParticipantId
from conference.model.outgoing import LayoutShared
from conference.model.participant import ParticipantKind, ParticipantView
from conference.model.wall import WallView
from conference.walls.facts import MAX_NAMES, Facts, facts
from conference.walls.resolve import locked

MAX_SPEAKERS: Final = 36
"""As many panes as a board may have."""
DWELL_MS: Final = 2000
"""Whoever speaks stays in the pane so long while speaking on: a talk to and fro must not make a wall flicker."""
NOTHING_SHARED: Final = LayoutShared(panes=None)


class RoomMemory:
    """`consoles`: who is told of every wall. `names`: of people who are or were here. `due_ms`: Unix time at which
    another speaker takes the pane; None: nobody waits."""

    def __init__(self) -> None:
        self.consoles: set[ParticipantId] = set()
        self.shared = Shared()
        self.names: dict[Identity, str] = {}
        self.due_ms: int | None = None
        self._speakers: tuple[ParticipantId, ...] = ()
        self._first_since_ms = 0

    def facts(self, live: LiveRoom | None, now_ms: int) -> Facts:
        """The room as it is now. None: nobody is there."""
        if live is None:
            self.consoles.clear()
            self.due_ms = None
            return Facts(names=self.names)
        people = live.room.participants
        here = {view.id for view in people}
        self.consoles &= here
        self._follow(live.speakers, here, now_ms)
        self._call(people)
        return facts(people, self._speakers, self.names)

    def remember(self, names: Mapping[Identity, str]) -> None:
        """What people were called before a restart."""
        self.names = {**names, **self.names}

    def _follow(self, speakers: tuple[ParticipantId, ...], here: set[ParticipantId], now_ms: int) -> None:
        before = self._speakers[0] if self._speakers else None
        earlier = (one for one in self._speakers if one not in speakers and one in here)
        order = (*speakers, *earlier)[:MAX_SPEAKERS]
        until_ms = self._first_since_ms + DWELL_MS
        self.due_ms = None
        if before is not None and before in speakers and order[0] != before and now_ms < until_ms:
            order = (before, *(one for one in order if one != before))
            self.due_ms = until_ms
        if order and order[0] != before:
            self._first_since_ms = now_ms
        self._speakers = order

    def _call(self, people: Iterable[ParticipantView]) -> None:
        """Remembers names, those of the longest gone last."""
        for view in people:
            identity = view.identity or Identity(view.id)
            if self.names.get(identity) != view.name:
                self.names.pop(identity, None)
                self.names[identity] = view.name
        while len(self.names) > MAX_NAMES:
            del self.names[next(iter(self.names))]


class Shared:
    """The layout that everyone sees, in two forms: whole, and with locks for those who may not see all."""

    def __init__(self) -> None:
        self._whole = self._locked = NOTHING_SHARED

    def update(self, view: WallView | None, by: str, known: Facts, live: LiveRoom | None) -> None:
        """`view`: of the wall that is shared, by whose order; None: none. Whoever it is another one for is told."""
        whole = locks = NOTHING_SHARED
        if view is not None:
            board = view.wall.board
            whole = LayoutShared(panes=view.panes, width=board.width, height=board.height, by=by)
            locks = LayoutShared(panes=locked(view.panes, known), width=board.width, height=board.height, by=by)
        before = self._whole, self._locked
        self._whole = before[0] if before[0] == whole else whole
        self._locked = before[1] if before[1] == locks else locks
        for member in live.members.values() if live is not None else ():
            viewer = live.room.participant(member.id) if live is not None else None
            if viewer is not None and self._for(viewer) is not before[0 if viewer.sees_all else 1]:
                self._tell(member, viewer)

    def show(self, member: Member, viewer: ParticipantView | None) -> None:
        """To somebody who has just been told the room."""
        if viewer is not None and self._whole.panes is not None:
            self._tell(member, viewer)

    def _tell(self, member: Member, viewer: ParticipantView) -> None:
        if viewer.kind is not ParticipantKind.WALL:
            member.deliver(self._for(viewer))

    def _for(self, viewer: ParticipantView) -> LayoutShared:
        return self._whole if viewer.sees_all else self._locked
