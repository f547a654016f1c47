"""A wall as the panes of a composed stream."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from conference.composing import ComposedPane, Cover, PushPanes
from conference.model.ids import RoomId, WallId
from conference.model.wall import ContentKind, PaneState, PaneView, WallView
from conference.ports import Clock
from conference.wall_desk import WallDesk
from conference.walls.drawn import drawn

_COVERS: Final[dict[PaneState, Cover]] = {
    PaneState.SHOWN: "",
    PaneState.ABSENT: "absent",
    PaneState.NO_VIDEO: "sound",
    PaneState.LOCKED: "locked",
    PaneState.EMPTY: "empty",
}
_TICKING: Final = (ContentKind.CLOCK, ContentKind.COUNTDOWN)


class WallPanes:
    """Implements `conference.composing.WallViews`."""

    def __init__(self, desk: WallDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    def follow(self, room: RoomId, wall: WallId, push: PushPanes) -> Callable[[], None]:
        """Calls `push` with the whole view, at once, at every change, and every second while a clock runs in it, until
        the returned function is called. Raises WallNotFound."""
        follower = _Follower(push, self._clock)
        unfollow = self._desk.follow(room, wall, follower.show)

        def end() -> None:
            unfollow()
            follower.end()

        return end


class _Follower:
    def __init__(self, push: PushPanes, clock: Clock) -> None:
        self._push = push
        self._clock = clock
        self._view: WallView | None = None
        self._timer: asyncio.TimerHandle | None = None

    def show(self, view: WallView) -> None:
        self._view = view
        self._say()

    def end(self) -> None:
        self._view = None
        if self._timer is not None:
            self._timer.cancel()

    def _say(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._view is None:
            return
        now_s = self._clock.wall_s()
        self._push([composed_pane(pane, now_s) for pane in self._view.panes])
        if any(pane.content.kind in _TICKING for pane in self._view.panes):
            self._timer = asyncio.get_running_loop().call_later(1.0 - now_s % 1.0 + 0.001, self._say)


def composed_pane(pane: PaneView, now_s: float) -> ComposedPane:
    """`now_s`: Unix time, for clocks."""
    frame = ComposedPane(window=pane.rect, frame="alarm" if pane.alarm is not None else "")
    # Somebody's alarm lies over whatever the pane holds.
    shows = drawn(pane.content, int(now_s * 1000), time.localtime(now_s).tm_gmtoff) if pane.shows is None else None
    if shows is not None:
        return replace(frame, text=shows.text, says=shows.says, at_s=shows.at_s)
    return replace(frame, participant=pane.shows, screen=pane.screen, label=pane.name, cover=_COVERS[pane.state])
