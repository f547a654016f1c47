"""One wall at work: what it is, what it showed before, who follows it."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from conference.layout.errors import InvalidLayout
from conference.model.errors import ContentRefused
from conference.model.ids import Identity
from conference.model.wall import Alarm, Board, ContentKind, Wall, WallReport, WallView
from conference.model.wall_records import WallRecord
from conference.walls.boards import Allowed, checked
from conference.walls.facts import Facts
from conference.walls.history import History
from conference.walls.polling import Turnings, advance, next_turn_ms
from conference.walls.resolve import resolve

Follower = Callable[[WallView], None]


class LiveWall:
    """`lock` is held from reading to the committed writing of `record`. `view`: what was told last. `gone`: revoked."""

    def __init__(self, record: WallRecord) -> None:
        self.record = record
        self.turnings: Turnings = {}
        self.history = History()
        self.lock = asyncio.Lock()
        self.view: WallView | None = None
        self.report: WallReport | None = None
        self.followers: list[Follower] = []
        self.gone = False

    @property
    def wall(self) -> Wall:
        return self.record.wall

    @property
    def identity(self) -> Identity:
        """Of its kiosk."""
        return Identity(self.wall.id)

    @property
    def next_turn_ms(self) -> int | None:
        """Unix time at which one of its groups turns."""
        return next_turn_ms(self.turnings)

    def look(self, facts: Facts, alarms: Sequence[Alarm], *, now_ms: int, online: bool) -> bool:
        """Brings the view up to now; whether it is another one."""
        self.turnings = advance(self.turnings, self.wall, facts, now_ms)
        sharing = self.record.shared_by is not None
        view = resolve(self.wall, facts, self.turnings, alarms, online=online, sharing=sharing)
        changed, self.view = view != self.view, view
        return changed

    def shown(self) -> Mapping[int, Identity]:
        """Whose picture the panes of its groups show, by pane; those that are pinned too."""
        turning = {pane: who for now in self.turnings.values() for pane, who in now.page.shown if who is not None}
        return turning | {pin.pane: pin.identity for pin in self.wall.pins}

    def tell_followers(self, view: WallView) -> None:
        """It is another one now."""
        for follower in tuple(self.followers):
            follower(view)

    def hand_back(self) -> None:
        """Whoever had taken it over is gone."""
        wall = replace(self.wall, taken_by=None, taken_name="")
        self.record = replace(self.record, wall=wall)


def usable(record: WallRecord, allowed: Allowed) -> WallRecord:
    """A wall from the store as it may be shown today: pages that are no longer allowed are emptied, and a board that an
    older server may have let through gives way to an empty one."""
    board = record.wall.board
    panes = tuple(
        replace(content, kind=ContentKind.NOTHING, url="")
        if content.kind is ContentKind.WEB and not allowed(content.url)
        else content
        for content in board.panes
    )
    try:
        wall = replace(record.wall, board=checked(replace(board, panes=panes), allowed))
    except (ContentRefused, InvalidLayout):
        wall = replace(record.wall, board=Board(), enlarged=None, pins=(), rotations=())
    if wall.enlarged is not None and not 0 <= wall.enlarged < len(wall.board.panes):
        wall = replace(wall, enlarged=None)
    return replace(record, wall=wall)


def new_wall_id() -> str:
    return f"w-{secrets.token_hex(6)}"
