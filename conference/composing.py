"""A room as one picture: what is asked for, what is told of it, and what the conference asks of a compositor. The
compositor itself is plugged in by the composition root, and so is whoever knows the walls."""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, Protocol

from conference.layout import Rect
from conference.media.forwarding import Forwardable
from conference.media.tap import TapTrack
from conference.model.ids import ComposedId, OutputId, ParticipantId, RecordingId, RoomId, WallId
from conference.model.window import Free
from conference.walls.drawn import Says

MAX_OUTPUTS: Final = 8
MAX_COMPOSED_PANES: Final = 49
MAX_LABEL: Final = 80

Cover = Literal["", "waiting", "gap", "off", "sound", "absent", "locked", "empty"]
"""What hides a picture. "": nothing does, as long as there is one; the compositor itself covers one that is old, late
or switched off. waiting: none has come yet. gap: it was cut off. off: a closed camera. sound: somebody without a
picture. absent: nobody is there. locked: not for this viewer. empty: the pane is dark and says nothing."""
Frame = Literal["", "alarm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedPane:
    """One rectangle of the picture, windows as fractions of the whole. Panes may overlap nowhere.

    `participant`: whose picture it shows, the shared screen when `screen`; None: nobody's. `label`: at its lower edge.
    `cover`: instead of the picture. `frame` alarm: red, drawn inside its edge. `says`, `text`, `at_s`: of a pane
    without a participant, as `conference.walls.drawn.Drawn` says.
    """

    window: Free
    participant: ParticipantId | None = None
    screen: bool = False
    label: str = ""
    cover: Cover = ""
    frame: Frame = ""
    text: str = ""
    says: Says = "text"
    at_s: int = 0


class ComposedLayout(StrEnum):
    """Who lies where. panes: told from outside, such as by a wall; the others lay out whoever has a picture."""

    GRID = "grid"
    SPEAKER = "speaker"
    ONE_BIG = "one-big"
    PANES = "panes"


class OutputKind(StrEnum):
    WHEP = "whep"
    HLS = "hls"
    MP4 = "mp4"
    RTMP = "rtmp"
    SRT = "srt"


class ComposedState(StrEnum):
    """starting: no picture yet. live: pictures come. restarting: its process has ended and comes back. stopped, failed:
    over."""

    STARTING = "starting"
    LIVE = "live"
    RESTARTING = "restarting"
    STOPPED = "stopped"
    FAILED = "failed"


class OutputState(StrEnum):
    """starting: nothing has left yet. live: it flows. waiting: it is tried again. ended: over, `reason` says why."""

    STARTING = "starting"
    LIVE = "live"
    WAITING = "waiting"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOutput:
    """`url`: of rtmp and srt, where it is sent to; it may hold a stream key and is never printed. `recording`: of mp4,
    the running recording that gets the film."""

    kind: OutputKind
    url: str = ""
    recording: RecordingId | None = None

    def __repr__(self) -> str:
        return f"NewOutput({self.kind.value})"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComposed:
    """`wall`: whose view it shows; then the layout is panes. `labels`, `clock`: names and wall clock in the picture.
    `recording`: it ends with this one."""

    layout: ComposedLayout = ComposedLayout.GRID
    wall: WallId | None = None
    width: int = 1920
    height: int = 1080
    fps: int = 30
    labels: bool = True
    clock: bool = True
    outputs: tuple[NewOutput, ...] = ()
    recording: RecordingId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputView:
    """`bytes`: sent or written. `target`: of a push, its address without path, user and password."""

    id: OutputId
    kind: OutputKind
    state: OutputState
    bytes: int = 0
    target: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedView:
    """`fps`, `preset`: as it is encoded now, fewer and coarser than asked for under overload, which `stepped_down`
    says. `encoded_fps`: pictures that left the encoder in the last second; a still picture needs none. `load`: busy
    time over time of the process that makes it. `restarts`: of that process."""

    id: ComposedId
    room: RoomId
    layout: ComposedLayout
    wall: WallId | None
    state: ComposedState
    reason: str
    started_at_ms: int
    width: int
    height: int
    fps: int
    wanted_fps: int
    preset: str
    stepped_down: bool
    encoded_fps: float
    load: float
    restarts: int
    panes: int
    outputs: tuple[OutputView, ...]


# ---- what the compositor is told, and tells -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A pane as the compositor draws it. `track`: a number of `Program.tracks`, None shows the cover or the text
    alone. `muted`: a crossed microphone. `alarm`: a red frame."""

    cell: Rect
    track: int | None = None
    label: str = ""
    cover: Cover = ""
    text: str = ""
    says: Says = "text"
    at_s: int = 0
    muted: bool = False
    alarm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """All there is to show and to hear now. `tracks`: what is tapped, by their numbers."""

    tracks: tuple[TapTrack, ...] = ()
    places: tuple[Placed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedRequest:
    """`open_tap`, `open_media`: a reader's end of the room and a writer's end of what WHEP viewers get, anew for each
    process; None while nobody is in the room. They raise ServerFull."""

    id: ComposedId
    room: RoomId
    wanted: NewComposed
    open_tap: Callable[[], socket.socket | None]
    open_media: Callable[[], socket.socket | None]


class LiveList(Protocol):
    """A live stream as HLS players get it (RFC 8216)."""

    @property
    def ready(self) -> bool:
        """There is something to play."""
        ...

    def playlist(self, suffix: str = "") -> str:
        """`suffix`: behind every address in it, such as a ticket."""
        ...

    def part(self, name: str) -> bytes | None:
        """What the playlist names so; None: it is not there any more, or never was."""
        ...


class ComposedRun(Protocol):
    """One composed stream at work. No call but `end` waits."""

    @property
    def id(self) -> ComposedId: ...

    def view(self) -> ComposedView: ...

    def show(self, program: Program) -> None:
        """What it shows from now on."""
        ...

    def reconnect(self) -> None:
        """The room's media come by another tap now, and go by another writer's end: both are asked for anew."""
        ...

    def hls(self) -> LiveList:
        """Of its HLS output. Raises OutputNotFound."""
        ...

    async def add_output(self, wanted: NewOutput) -> OutputView:
        """Raises TooManyOutputs, OutputRefused, AddressInvalid, AddressNotAllowed, NameUnknown, SchemeRefused."""
        ...

    def remove_output(self, output: OutputId) -> None:
        """Raises OutputNotFound."""
        ...

    async def end(self) -> None:
        """Finishes every output. Idempotent."""
        ...


class Compositor(Protocol):
    """Where composed streams are made."""

    async def begin(self, request: ComposedRequest) -> ComposedRun:
        """Returns when its process runs. Raises ComposedUnavailable, and as `add_output`."""
        ...


# ---- rooms ----------------------------------------------------------------------------------------------------------


class Follower(Protocol):
    """A part of the server that takes some of a room's media, and gives a stream of its own."""

    @property
    def carried(self) -> Sequence[Forwardable]:
        """What it takes now."""
        ...

    @property
    def given(self) -> Sequence[Forwardable]:
        """What it gives: to players that ask for nothing else, never to the room."""
        ...

    def follow(self, published: Sequence[Forwardable]) -> None:
        """What there is to take has changed."""
        ...

    def gone(self) -> None:
        """Nobody is in the room any more."""
        ...


# ---- walls ----------------------------------------------------------------------------------------------------------

PushPanes = Callable[[Sequence[ComposedPane]], None]


class WallViews(Protocol):
    """Who knows what walls show."""

    def follow(self, room: RoomId, wall: WallId, push: PushPanes) -> Callable[[], None]:
        """Calls `push` with the whole view, at once and at every change, until the returned function is called. Raises
        WallNotFound."""
        ...
