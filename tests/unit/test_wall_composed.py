"""A wall as the panes of a composed stream."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from conference.composing import ComposedPane
from conference.model.errors import WallNotFound
from conference.model.ids import AlarmId, ParticipantId, RoomId, WallId
from conference.model.wall import NOTHING, Content, ContentKind, PaneState, PaneView, WallView
from conference.model.window import Free
from conference.wall_composed import WallPanes, composed_pane
from tests.fakes.hall import Clock
from tests.fakes.walls import ROOM, shows, wall

RECT = Free(0.0, 0.0, 0.5, 0.5)


def pane(content: Content = NOTHING, state: PaneState = PaneState.SHOWN, **more: Any) -> PaneView:
    return PaneView(index=0, rect=RECT, content=content, state=state, **more)


@pytest.mark.parametrize(
    ("state", "cover"),
    [
        (PaneState.SHOWN, ""),
        (PaneState.ABSENT, "absent"),
        (PaneState.NO_VIDEO, "sound"),
        (PaneState.LOCKED, "locked"),
        (PaneState.EMPTY, "empty"),
    ],
)
def test_people_with_every_state(state: PaneState, cover: str) -> None:
    made = composed_pane(pane(shows("a"), state, shows=ParticipantId("p-a"), name="甲", screen=True), 0)
    assert made == ComposedPane(
        window=RECT,
        participant=ParticipantId("p-a"),
        screen=True,
        label="甲",
        cover=cover,  # type: ignore[arg-type]
    )


def test_notices_clocks_countdowns_pages_and_alarms() -> None:
    def says(content: Content, now_s: float = 1_700_000_000.4) -> tuple[str, str, int]:
        made = composed_pane(pane(content), now_s)
        return made.says, made.text, made.at_s

    assert says(Content(kind=ContentKind.TEXT, text="值班")) == ("text", "值班", 0)
    until = Content(kind=ContentKind.COUNTDOWN, until_ms=1_700_000_000_000 + 3_725_000, text="转移")
    assert says(until) == ("countdown", "转移", 3725)
    assert says(until, 1_700_003_725) == ("countdown", "转移", 0)
    offset_s = time.localtime(1_700_000_000).tm_gmtoff
    assert says(Content(kind=ContentKind.CLOCK)) == ("clock", "", 1_700_000_000 + offset_s)
    assert says(Content(kind=ContentKind.WEB, url="https://u:p@map.org:8443/x?key=1")) == ("web", "map.org:8443", 0)
    raised = pane(Content(kind=ContentKind.TEXT, text="值班"), alarm=AlarmId("al-1"), shows=ParticipantId("p-a"))
    assert composed_pane(raised, 0).participant == "p-a"
    assert composed_pane(pane(shows("a"), alarm=AlarmId("al-1")), 0).frame == "alarm"


class Desk:
    """What the follower needs of the desk of walls."""

    def __init__(self) -> None:
        self.pushes: list[Callable[[WallView], None]] = []

    def follow(self, room: RoomId, of: WallId, push: Callable[[WallView], None]) -> Callable[[], None]:
        if of != "w-1":
            raise WallNotFound
        self.pushes.append(push)
        return self.pushes.clear


async def test_it_is_pushed_at_each_change_and_each_second_while_a_clock_runs() -> None:
    desk, clock, pushed = Desk(), Clock(), list[Sequence[ComposedPane]]()
    clock.now_s = 0.95  # the next second is near
    again = asyncio.Event()

    def push(panes: Sequence[ComposedPane]) -> None:
        pushed.append(panes)
        again.set()

    end = WallPanes(desk, clock).follow(ROOM, WallId("w-1"), push)  # type: ignore[arg-type]
    (show,) = desk.pushes
    show(WallView(wall=wall(), panes=(pane(shows("a"), name="a", shows=ParticipantId("p-a")),)))
    assert [len(panes) for panes in pushed] == [1]
    again.clear()
    show(WallView(wall=wall(), panes=(pane(Content(kind=ContentKind.CLOCK)),)))
    again.clear()
    async with asyncio.timeout(5):
        await again.wait()
    assert len(pushed) == 3
    end()
    assert desk.pushes == []
    again.clear()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await again.wait()


def test_a_wall_that_is_not_there() -> None:
    with pytest.raises(WallNotFound):
        WallPanes(Desk(), Clock()).follow(ROOM, WallId("w-2"), lambda _: None)  # type: ignore[arg-type]
