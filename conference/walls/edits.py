"""What a console may change of a wall, and what the wall is after it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import assert_never

from conference.layout.plan import FREE
from conference.model.errors import ContentRefused, NothingToUndo, PaneUnknown, SceneNotFound
from conference.model.ids import GroupId, Identity, ParticipantId, SceneId
from conference.model.wall import NOBODY, NOTHING, Board, Content, ContentKind, Pin, Scene, Sound, Wall
from conference.walls.boards import Allowed, checked, checked_content, windows_of
from conference.walls.history import Shown


class Turn(StrEnum):
    PAUSE = "pause"
    RESUME = "resume"
    NEXT = "next"
    PREVIOUS = "previous"


@dataclass(frozen=True, slots=True)
class Place:
    pane: int
    content: Content


@dataclass(frozen=True, slots=True)
class Swap:
    pane: int
    other: int


@dataclass(frozen=True, slots=True)
class Enlarge:
    """`pane` fills the canvas; None: all are shown again."""

    pane: int | None


@dataclass(frozen=True, slots=True)
class ApplyScene:
    scene: SceneId


@dataclass(frozen=True, slots=True)
class SetTemplate:
    """Another division; contents keep their order, those beyond the last pane are dropped."""

    template: str


@dataclass(frozen=True, slots=True)
class SetBoard:
    board: Board


@dataclass(frozen=True, slots=True)
class TurnGroup:
    group: GroupId
    turn: Turn


@dataclass(frozen=True, slots=True)
class PinPane:
    """A pane of a polling group keeps what it shows, or turns again."""

    pane: int
    pinned: bool


@dataclass(frozen=True, slots=True)
class SetSound:
    muted: bool
    only: Identity = NOBODY


@dataclass(frozen=True, slots=True)
class TakeOver:
    """From now on only this console edits the wall."""


@dataclass(frozen=True, slots=True)
class HandBack:
    """Every console may edit it again."""


@dataclass(frozen=True, slots=True)
class Undo:
    """The last edit of what the wall shows is taken back."""


@dataclass(frozen=True, slots=True)
class Share:
    """Everyone in the room sees this wall's layout, or no longer."""

    on: bool


Edit = (
    Place
    | Swap
    | Enlarge
    | ApplyScene
    | SetTemplate
    | SetBoard
    | TurnGroup
    | PinPane
    | SetSound
    | TakeOver
    | HandBack
    | Undo
    | Share
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What an edit must know. `by`, `by_name`: who makes it. `allowed`: which pages may be shown. `scene`: the one that
    ApplyScene names. `before`: what Undo brings back. `shown`: whose picture each pane shows now."""

    by: ParticipantId
    by_name: str
    allowed: Allowed
    scene: Scene | None = None
    before: Shown | None = None
    shown: Mapping[int, Identity] = field(default_factory=dict)


def apply(wall: Wall, edit: Edit, now: Situation) -> Wall:
    """The wall after the edit, one version further. Turns and sharing change nothing else here: they are their own.

    Raises PaneUnknown, ContentRefused, InvalidLayout, SceneNotFound, NothingToUndo.
    """
    return replace(_applied(wall, edit, now), version=wall.version + 1)


def _applied(wall: Wall, edit: Edit, now: Situation) -> Wall:  # noqa: PLR0911, PLR0912 - a closed union
    match edit:
        case Place(pane, content):
            return _place(wall, pane, content, now.allowed)
        case Swap(pane, other):
            return _swap(wall, pane, other)
        case Enlarge(pane):
            return replace(wall, enlarged=None if pane is None else _pane(wall, pane))
        case ApplyScene():
            if now.scene is None:
                raise SceneNotFound
            board = checked(now.scene.board, now.allowed)
            return _with_board(replace(wall, scene=now.scene.id, scene_version=now.scene.version, pins=()), board)
        case SetTemplate(template):
            return _with_board(wall, _divided(wall.board, template))
        case SetBoard(board):
            return _with_board(wall, checked(board, now.allowed))
        case PinPane(pane, pinned):
            return _pin(wall, _pane(wall, pane), now.shown.get(pane), pinned=pinned)
        case SetSound(muted, only):
            return replace(wall, sound=Sound(muted=muted, only=only))
        case TakeOver():
            return replace(wall, taken_by=now.by, taken_name=now.by_name)
        case HandBack():
            return replace(wall, taken_by=None, taken_name="")
        case Undo():
            if now.before is None:
                raise NothingToUndo
            return now.before.on(wall)
        case TurnGroup() | Share():
            return wall
        case _:
            assert_never(edit)


def _pane(wall: Wall, pane: int) -> int:
    if not 0 <= pane < len(wall.board.panes):
        raise PaneUnknown(str(pane))
    return pane


def _place(wall: Wall, pane: int, content: Content, allowed: Allowed) -> Wall:
    panes = list(wall.board.panes)
    panes[_pane(wall, pane)] = checked_content(content, {group.id for group in wall.board.groups}, allowed)
    pins = tuple(pin for pin in wall.pins if pin.pane != pane)
    return replace(wall, board=replace(wall.board, panes=tuple(panes)), pins=pins)


def _swap(wall: Wall, pane: int, other: int) -> Wall:
    panes = list(wall.board.panes)
    first, second = panes[_pane(wall, pane)], panes[_pane(wall, other)]
    panes[pane], panes[other] = second, first
    moved = {pane: other, other: pane}
    pins = tuple(replace(pin, pane=moved.get(pin.pane, pin.pane)) for pin in wall.pins)
    return replace(wall, board=replace(wall.board, panes=tuple(panes)), pins=pins)


def _divided(board: Board, template: str) -> Board:
    """Free begins with the windows that are there."""
    drawn = windows_of(board) if template == FREE else ()
    other = replace(board, template=template, windows=drawn)
    count = len(windows_of(other))
    panes = (*board.panes, *(NOTHING,) * count)[:count]
    alarm = board.alarm_pane if board.alarm_pane is not None and board.alarm_pane < count else None
    return replace(other, panes=panes, alarm_pane=alarm)


def _with_board(wall: Wall, board: Board) -> Wall:
    """Pins stay where their group still is."""
    members = {group.id: group.members for group in board.groups}
    pins = tuple(
        pin
        for pin in wall.pins
        if pin.pane < len(board.panes)
        and board.panes[pin.pane].kind is ContentKind.GROUP
        and pin.identity in members[board.panes[pin.pane].group]
    )
    return replace(wall, board=board, enlarged=None, pins=pins)


def _pin(wall: Wall, pane: int, shown: Identity | None, *, pinned: bool) -> Wall:
    others = tuple(pin for pin in wall.pins if pin.pane != pane)
    if not pinned:
        return replace(wall, pins=others)
    if wall.board.panes[pane].kind is not ContentKind.GROUP or shown is None:
        raise ContentRefused("nobody to be pinned")
    return replace(wall, pins=(*others, Pin(pane=pane, identity=shown)))
