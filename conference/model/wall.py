"""Walls: what a display shows, how it is described, changed and told. Pure values; windows are fractions of a canvas.

A *board* is a layout and what its panes hold. A *scene* is a board saved by name. A *wall* is a display that shows a
board of its own; a *kiosk* is the page on that display. A *view* is a board resolved for this moment: who is where.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from conference.model.ids import AlarmId, GroupId, Identity, ParticipantId, RoomId, SceneId, WallId
from conference.model.window import Free

NOBODY: Final = Identity("")
NO_GROUP: Final = GroupId("")
MAX_PANES: Final = 36
MAX_GROUPS: Final = 16
MAX_GROUP_MEMBERS: Final = 200
MIN_EVERY_S: Final = 5
MAX_EVERY_S: Final = 600


class ContentKind(StrEnum):
    """participant: a person or a source, by identity; speaker: who is heard; screen: a shared screen; group: a member
    of a polling group, in turns."""

    NOTHING = "nothing"
    PARTICIPANT = "participant"
    SPEAKER = "speaker"
    SCREEN = "screen"
    GROUP = "group"
    WEB = "web"
    CLOCK = "clock"
    COUNTDOWN = "countdown"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a pane holds. `identity`: of a participant, or whose screen (empty: any); the identity of a source is its
    id, so that a pane outlives reconnections. `group`: of a polling group. `url`: of a page on the allow-list. `text`:
    of a text, or what a countdown counts down to. `until_ms`: Unix time at which a countdown is over."""

    kind: ContentKind = ContentKind.NOTHING
    identity: Identity = NOBODY
    group: GroupId = NO_GROUP
    url: str = ""
    text: str = ""
    until_ms: int = 0


NOTHING: Final = Content()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A polling group (轮巡): its members take turns in the panes that hold it, all of these panes turning one page
    together every `every_s` (5..600). `skip_absent`: who is not in the room or sends no picture gets no turn."""

    id: GroupId
    name: str
    members: tuple[Identity, ...]
    every_s: int = 10
    skip_absent: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """`width` x `height`: the canvas in pixels of the design. `template`: grid-N (N of 1, 2, 4, 6, 9, 12, 16, 25, 36),
    one-big-N (one and N small ones), or free with `windows`. `panes`: one for each window of the template.
    `alarm_pane`: where alarms go; None: the largest."""

    width: int = 3840
    height: int = 2160
    template: str = "grid-4"
    windows: tuple[Free, ...] = ()
    panes: tuple[Content, ...] = (NOTHING,) * 4
    groups: tuple[Group, ...] = ()
    alarm_pane: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A board saved by name. `version` grows by one with every save; the last 50 are kept."""

    id: SceneId
    room: RoomId
    name: str
    version: int
    board: Board
    saved_at_s: float
    saved_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """Where a polling group is. `step`: the place in the list of members at which the page began that is shown since
    `since_ms` (Unix time); `paused`: it stays there."""

    group: GroupId
    step: int = 0
    since_ms: int = 0
    paused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A pane of a polling group that keeps showing this member."""

    pane: int
    identity: Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Of a wall. `only`: whose sound it plays; empty: everybody's."""

    muted: bool = True
    only: Identity = NOBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Somebody's picture that must be seen now. `identity`: of a participant or a source of the room."""

    id: AlarmId
    room: RoomId
    identity: Identity
    text: str
    raised_at_ms: int
    raised_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """A display. `version` grows by one with every change; an edit names the version it was made on. `scene`: what it
    was last set to, with that version. `enlarged`: the pane that fills the canvas. `taken_by`, `taken_name`: whose
    console alone may edit it."""

    id: WallId
    room: RoomId
    name: str
    version: int = 1
    board: Board = field(default_factory=Board)
    scene: SceneId | None = None
    scene_version: int = 0
    enlarged: int | None = None
    sound: Sound = field(default_factory=Sound)
    rotations: tuple[Rotation, ...] = ()
    pins: tuple[Pin, ...] = ()
    taken_by: ParticipantId | None = None
    taken_name: str = ""
    paired_at_s: float = 0.0


class PaneState(StrEnum):
    """Why a pane shows no picture. shown: it should; the page that shows it knows whether pictures really come. absent:
    not in the room; no-video: there, without a picture; locked: this viewer may not see it; empty: it holds nothing."""

    SHOWN = "shown"
    ABSENT = "absent"
    NO_VIDEO = "no-video"
    LOCKED = "locked"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaneView:
    """A pane at this moment. `index`: its place in the board. `shows`: whose picture (`screen`: the screen, not the
    camera); `next`: who comes at `next_at_ms`, to be subscribed before. `name`: of who is shown, also when absent."""

    index: int
    rect: Free
    content: Content
    state: PaneState
    shows: ParticipantId | None = None
    screen: bool = False
    name: str = ""
    next: ParticipantId | None = None
    next_at_ms: int | None = None
    alarm: AlarmId | None = None
    pinned: bool = False


class SeenState(StrEnum):
    """What a kiosk sees of a pane. live: new pictures come; frozen: none for a while; waiting: none yet; lost: it is
    cut off; empty: nothing to be seen there."""

    LIVE = "live"
    FROZEN = "frozen"
    WAITING = "waiting"
    LOST = "lost"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPane:
    """What a kiosk really shows in a pane. `age_ms`: of the newest picture, None while there was none."""

    pane: int
    state: SeenState
    width: int = 0
    height: int = 0
    fps: float = 0.0
    age_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WallReport:
    """A kiosk's own truth. `version`: of the wall it draws. `width`, `height`: of its screen in device pixels."""

    version: int
    width: int
    height: int
    panes: tuple[SeenPane, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RotationView:
    """A polling group at this moment. `turns_at_ms`: Unix time of its next turn; None while it is paused or everybody
    is shown anyway."""

    group: GroupId
    step: int
    paused: bool
    turns_at_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WallView:
    """A wall at this moment: all that its kiosk, a console or the composer needs. `panes` in the order they are drawn;
    with an enlarged pane, that one alone. `hears`: whose sound is played; None: everybody's. `online`: its kiosk is
    connected. `sharing`: everyone in the room sees this layout."""

    wall: Wall
    panes: tuple[PaneView, ...]
    rotations: tuple[RotationView, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    hears: ParticipantId | None = None
    online: bool = False
    sharing: bool = False
