"""Bodies of the part of the REST interface that is about walls, scenes and alarms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from conference.model.wall import MAX_EVERY_S, MAX_GROUP_MEMBERS, MAX_GROUPS, MAX_PANES, MIN_EVERY_S, ContentKind
from conference.walls.boards import MAX_IDENTITY, MAX_TEXT, MAX_URL
from signaling.rest.models import Body, IdText, NameText

MAX_ACTS = 500
FORMAT: Literal["huishang-scene-1"] = "huishang-scene-1"

Pixels = Annotated[int, Field(ge=0, le=16384)]
Fraction = Annotated[float, Field(ge=0, le=1)]
IdentityText = Annotated[str, Field(max_length=MAX_IDENTITY)]
PaneNumber = Annotated[int, Field(ge=0, lt=MAX_PANES)]
AlarmText = Annotated[str, Field(max_length=MAX_TEXT)]


class Window(Body):
    """Fractions of the canvas."""

    x: Fraction
    y: Fraction
    width: Fraction
    height: Fraction


class Content(Body):
    """What a pane holds; fields that its kind does not use are empty."""

    kind: ContentKind
    identity: IdentityText = ""
    group: Annotated[str, Field(max_length=64)] = ""
    url: Annotated[str, Field(max_length=MAX_URL)] = ""
    text: Annotated[str, Field(max_length=MAX_TEXT)] = ""
    until_ms: Annotated[int, Field(ge=0)] = 0


class Group(Body):
    """A polling group: its members take turns in the panes that hold it."""

    id: IdText
    name: Annotated[str, Field(max_length=64)]
    members: Annotated[list[IdentityText], Field(max_length=MAX_GROUP_MEMBERS)]
    every_s: Annotated[int, Field(ge=MIN_EVERY_S, le=MAX_EVERY_S)] = 10
    skip_absent: bool = True


class Board(Body):
    """`template`: grid-N, one-big-N, or free with `windows`. One pane for each window of the template."""

    width: Pixels = 3840
    height: Pixels = 2160
    template: Annotated[str, Field(max_length=16)]
    windows: Annotated[list[Window], Field(default_factory=list, max_length=MAX_PANES)]
    panes: Annotated[list[Content], Field(max_length=MAX_PANES)]
    groups: Annotated[list[Group], Field(default_factory=list, max_length=MAX_GROUPS)]
    alarm_pane: PaneNumber | None = None


class NewPairing(Body):
    """The screen of the display in device pixels."""

    width: Pixels = 0
    height: Pixels = 0


class Secretive(Body):
    """A body with a secret in it: its `repr` shows nothing."""

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        return ()


class Pairing(Secretive):
    """`code`: six digits to be shown on the screen. `secret`: asks what became of it."""

    code: str
    secret: str
    expires_at: datetime


class Claim(Secretive):
    secret: Annotated[str, Field(max_length=64)]


class Claimed(Secretive):
    """`state` waiting: nobody has typed the code yet, the other fields are null. `token`: the device token, given once;
    the display signs in with it from now on."""

    state: Literal["waiting", "paired"]
    token: str | None = None
    wall: str | None = None
    name: str | None = None
    room: str | None = None


class PairedDisplay(Secretive):
    """`code`: that the display shows; spaces in it do not matter."""

    code: Annotated[str, Field(max_length=16)]
    name: NameText


class Wall(Body):
    """`online`: its display is connected. `pairedBy`: a name, "" of the administrator. `width`, `height`: of its screen
    in device pixels, 0 while unknown. `sharing`: everyone in the room sees its layout."""

    id: str
    room: str
    name: str
    online: bool
    paired_at: datetime
    paired_by: str
    width: int
    height: int
    sharing: bool


class Walls(Body):
    walls: list[Wall]


class RoomWalls(Walls):
    """`webAllow`: origins whose pages may stand in a pane."""

    web_allow: list[str]


class ChangedWall(Body):
    """What is absent or null stays as it is. `room`: for administrators only."""

    name: NameText | None = None
    room: IdText | None = None


class NewScene(Body):
    """`board`, or `wall` whose board is saved. What `export` gives can be posted as it is."""

    name: NameText
    board: Board | None = None
    wall: IdText | None = None
    format: Literal["huishang-scene-1"] | None = None


class ChangedScene(Body):
    """`version`: the one it was made from."""

    name: NameText
    board: Board
    version: Annotated[int, Field(ge=1)]


class Scene(Body):
    """`savedBy`: a name, "" of the administrator."""

    id: str
    name: str
    version: int
    board: Board
    saved_at: datetime
    saved_by: str


class Scenes(Body):
    scenes: list[Scene]


class SceneVersions(Body):
    """Newest first; the last 50 are kept."""

    versions: list[Scene]


class ExportedScene(Body):
    format: Literal["huishang-scene-1"] = FORMAT
    name: str
    board: Board


class NewAlarm(Body):
    """`identity`: of a participant or a source of the room."""

    identity: Annotated[str, Field(min_length=1, max_length=MAX_IDENTITY)]
    text: AlarmText = ""


class SourceAlarm(Body):
    text: AlarmText = ""


class Alarm(Body):
    """`raisedBy`: a name, "" of the administrator."""

    id: str
    room: str
    identity: str
    text: str
    raised_at: datetime
    raised_by: str


class Alarms(Body):
    """Newest first."""

    alarms: list[Alarm]


class Act(Body):
    """`act`: a stable word. `by`: a name; "" of the administrator. `wall` null: it was no wall's."""

    id: int
    at: datetime
    act: str
    by: str
    identity: str
    wall: str | None
    wall_name: str
    detail: str


class Acts(Body):
    """Newest first. The `id` of the last one is the `before` of the next page."""

    acts: list[Act]
