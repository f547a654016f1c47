"""The words about walls: what a console asks, what kiosks and consoles are told. Part of `signaling.protocol`, where
the unions are; the meaning of each field is in `conference.model.wall`, whose names these share.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from signaling.word_types import DisplayName, Id, Pixels

ContentKind = Literal[
    "nothing", "participant", "speaker", "screen", "group", "web", "clock", "countdown", "text"
]  # fmt: skip
PaneState = Literal["shown", "absent", "no-video", "locked", "empty"]
SeenState = Literal["live", "frozen", "waiting", "lost", "empty"]
Turn = Literal["pause", "resume", "next", "previous"]

Pane = Annotated[int, Meta(ge=0, le=35)]
Fraction = Annotated[float, Meta(ge=0.0, le=1.0)]
IdentityText = Annotated[str, Meta(max_length=128)]
Version = Annotated[int, Meta(ge=0)]


# ---- shared nouns ---------------------------------------------------------------------------------------------------


class Window(Struct, frozen=True, rename="camel", omit_defaults=False):
    """Fractions of the canvas."""

    x: Fraction
    y: Fraction
    width: Fraction
    height: Fraction


class WallContent(Struct, frozen=True, rename="camel", omit_defaults=False):
    """What a pane holds; fields that its kind does not use are empty."""

    kind: ContentKind
    identity: IdentityText = ""
    group: Annotated[str, Meta(max_length=64)] = ""
    url: Annotated[str, Meta(max_length=2000)] = ""
    text: Annotated[str, Meta(max_length=500)] = ""
    until_ms: Annotated[int, Meta(ge=0)] = 0


class WallGroup(Struct, frozen=True, rename="camel", omit_defaults=False):
    """A polling group: its members take turns in the panes that hold it."""

    id: Id
    name: DisplayName
    members: Annotated[list[IdentityText], Meta(max_length=200)]
    every_s: Annotated[int, Meta(ge=5, le=600)] = 10
    skip_absent: bool = True


class WallBoard(Struct, frozen=True, rename="camel", omit_defaults=False):
    """`template`: grid-N, one-big-N, or free with `windows`. One pane for each window of the template."""

    width: Pixels
    height: Pixels
    template: Annotated[str, Meta(max_length=16)]
    windows: Annotated[list[Window], Meta(max_length=36)]
    panes: Annotated[list[WallContent], Meta(max_length=37)]
    groups: Annotated[list[WallGroup], Meta(max_length=16)]
    alarm_pane: Pane | None = None


# ---- console -> server ----------------------------------------------------------------------------------------------


class _Edit(Struct, frozen=True, rename="camel", tag_field="do"):
    pass


class Place(_Edit, frozen=True, tag="place"):
    pane: Pane
    content: WallContent


class Swap(_Edit, frozen=True, tag="swap"):
    pane: Pane
    other: Pane


class Enlarge(_Edit, frozen=True, tag="enlarge"):
    """`pane` fills the canvas; null: all are shown again."""

    pane: Pane | None


class ApplyScene(_Edit, frozen=True, tag="apply"):
    """The wall shows this scene from now on."""

    scene: Id


class SetTemplate(_Edit, frozen=True, tag="template"):
    """Another division; contents keep their order, those beyond the last pane are dropped."""

    template: Annotated[str, Meta(max_length=16)]


class SetBoard(_Edit, frozen=True, tag="board"):
    """The whole board anew: free windows, polling groups, the alarm pane."""

    board: WallBoard


class TurnGroup(_Edit, frozen=True, tag="turn"):
    group: Id
    turn: Turn


class PinPane(_Edit, frozen=True, tag="pin"):
    """A pane of a polling group keeps what it shows, or turns again."""

    pane: Pane
    pinned: bool


class SetSound(_Edit, frozen=True, tag="sound"):
    """`only`: whose sound the wall plays, by identity; empty: everybody's."""

    muted: bool
    only: IdentityText = ""


class TakeOver(_Edit, frozen=True, tag="take"):
    """From now on only this console edits the wall. A host may take a wall from another: that one is told."""


class HandBack(_Edit, frozen=True, tag="hand-back"):
    """Every console may edit it again."""


class Undo(_Edit, frozen=True, tag="undo"):
    """The last edit of what the wall shows is taken back; the last 50 can be."""


class Share(_Edit, frozen=True, tag="share"):
    """Push to all: everyone in the room sees this wall's layout, or no longer."""

    on: bool


WallEdit = (
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


class WatchWalls(Struct, frozen=True, rename="camel", tag_field="type", tag="walls-watch"):
    """A host's console wants to be told of every wall of the room, or no longer."""

    on: bool


class EditWall(Struct, frozen=True, rename="camel", tag_field="type", tag="wall-edit"):
    """`base`: the version that the console saw; another version now is refused with `wall-changed`."""

    wall: Id
    base: Version
    edit: WallEdit


class SeenPane(Struct, frozen=True, rename="camel"):
    """What a kiosk really shows in a pane. `age_ms`: of the newest picture, null while there was none."""

    pane: Pane
    state: SeenState
    width: Pixels = 0
    height: Pixels = 0
    fps: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    age_ms: Annotated[int, Meta(ge=0)] | None = None


class ReportWall(Struct, frozen=True, rename="camel", tag_field="type", tag="wall-report"):
    """A kiosk's own truth, every two seconds and at each change. `version`: of the wall it draws. `width`, `height`: of
    its screen in device pixels."""

    version: Version
    width: Pixels
    height: Pixels
    panes: Annotated[list[SeenPane], Meta(max_length=37)]


# ---- server -> client -----------------------------------------------------------------------------------------------


class WallRotation(Struct, frozen=True, rename="camel", omit_defaults=False):
    """A polling group's state now. `turns_at_ms`: Unix time of its next turn, null while it is paused."""

    group: Id
    step: int
    paused: bool
    turns_at_ms: int | None


class WallAlarm(Struct, frozen=True, rename="camel", omit_defaults=False):
    id: Id
    identity: str
    text: str
    raised_at_ms: int
    raised_by: str


class WallPane(Struct, frozen=True, rename="camel", omit_defaults=False):
    """One pane at this moment; see conference.model.wall.PaneView. `shows`, `next`: participants' ids."""

    index: int
    rect: Window
    content: WallContent
    state: PaneState
    shows: Id | None
    screen: bool
    name: str
    next: Id | None
    next_at_ms: int | None
    alarm: Id | None
    pinned: bool


class Wall(Struct, frozen=True, rename="camel", tag_field="type", tag="wall", omit_defaults=False):
    """A wall as it is now, whole: to its kiosk and to consoles that watch. `panes`: in drawing order; with an enlarged
    pane that one alone. `hears`: whose sound it plays; null: everybody's."""

    id: Id
    name: str
    version: int
    board: WallBoard
    scene: Id | None
    scene_version: int
    enlarged: int | None
    muted: bool
    only: str
    hears: Id | None
    panes: list[WallPane]
    rotations: list[WallRotation]
    alarms: list[WallAlarm]
    taken_by: Id | None
    taken_name: str
    online: bool
    sharing: bool


class WallGone(Struct, frozen=True, rename="camel", tag_field="type", tag="wall-gone", omit_defaults=False):
    """It was revoked, or drives another room now."""

    wall: Id


class WallSeen(Struct, frozen=True, rename="camel", tag_field="type", tag="wall-seen", omit_defaults=False):
    """A kiosk's report, to consoles that watch."""

    wall: Id
    version: int
    width: int
    height: int
    panes: list[SeenPane]


class ScenesChanged(Struct, frozen=True, rename="camel", tag_field="type", tag="scenes", omit_defaults=False):
    """To consoles that watch, at once and whenever a scene was added, saved or deleted: what they know of the room's
    scenes is to be read again."""


class SharedLayout(Struct, frozen=True, rename="camel", tag_field="type", tag="layout", omit_defaults=False):
    """Push to all: the room sees these panes; null: everybody has its own view again. What this viewer may not see is
    `locked`. `by`: who pushed it."""

    panes: list[WallPane] | None
    width: int
    height: int
    by: str
