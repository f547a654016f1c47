"""What is delivered to one person: a closed union. The edge gives each its words on the wire."""

from dataclasses import dataclass

from conference.model.events import ParticipantJoined, ParticipantLeft, ParticipantUpdated
from conference.model.ids import ParticipantId, RecordingId, RoomId, TrackId, WallId
from conference.model.participant import ParticipantView
from conference.model.source import Measured
from conference.model.track import LayerReason
from conference.model.wall import PaneView, WallReport, WallView


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingMark:
    """Everybody in the room sees it; nothing can hide it. `started_by`: a name, "" when the room's setting or the API
    began it. `alarm`: None while all is well; full, error, restarting: nothing is written right now; slow: it waits in
    memory; low: all is written, but space runs out."""

    id: RecordingId
    started_by: str
    started_at_ms: int
    alarm: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    """`started_at_ms`: Unix time at which the first person came in."""

    id: RoomId
    name: str
    started_at_ms: int
    recording: RecordingMark | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomSnapshot:
    """The whole room as it is now. `resume_token` brings the seat back within `resume_ttl_s` after a lost socket."""

    you: ParticipantId
    room: RoomView
    participants: tuple[ParticipantView, ...]
    resume_token: str
    resume_ttl_s: int
    resumed: bool


@dataclass(frozen=True, slots=True)
class MidTrack:
    """Which track an m-section carries."""

    mid: str
    track: TrackId


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeOffered:
    """An offer of the down connection; `number` comes back with the answer."""

    number: int
    sdp: str
    tracks: tuple[MidTrack, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerChanged:
    """What this person gets of a track; `layer` None: nothing, and `reason` says why."""

    track: TrackId
    layer: int | None
    temporal: int
    reason: LayerReason


@dataclass(frozen=True, slots=True)
class SpeakersChanged:
    """Loudest first; empty when all are silent."""

    participants: tuple[ParticipantId, ...]


@dataclass(frozen=True, slots=True)
class RecordingChanged:
    """The room is recorded from now on, or no longer (None)."""

    mark: RecordingMark | None


@dataclass(frozen=True, slots=True)
class SourcesMeasured:
    """The numbers of the room's sources, every two seconds."""

    sources: tuple[tuple[ParticipantId, Measured], ...]


@dataclass(frozen=True, slots=True)
class WallShown:
    """A wall of the room as it is now: to its kiosk and to consoles that watch."""

    view: WallView


@dataclass(frozen=True, slots=True)
class WallLeft:
    """It was revoked, or drives another room now."""

    wall: WallId


@dataclass(frozen=True, slots=True)
class WallReported:
    """What a kiosk really shows, to consoles that watch."""

    wall: WallId
    report: WallReport


@dataclass(frozen=True, slots=True)
class ScenesChanged:
    """The room's scenes are others than those read before, to consoles that watch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutShared:
    """Everyone sees this layout; `panes` None: everybody has its own view again. `by`: who pushed it."""

    panes: tuple[PaneView, ...] | None
    width: int = 0
    height: int = 0
    by: str = ""


Outgoing = (
    RoomSnapshot
    | ParticipantJoined
    | ParticipantUpdated
    | ParticipantLeft
    | SubscribeOffered
    | LayerChanged
    | SpeakersChanged
    | SourcesMeasured
    | RecordingChanged
    | WallShown
    | WallLeft
    | WallReported
    | ScenesChanged
    | LayoutShared
)
