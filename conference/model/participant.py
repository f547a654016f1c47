"""A participant as the others see it."""

from dataclasses import dataclass
from enum import StrEnum

from conference.model.audience import Audience
from conference.model.ids import Identity, ParticipantId, SourceId, TrackId
from conference.model.roles import Role
from conference.model.source import SourceKind, SourceStatus
from conference.model.track import TrackView


class ParticipantKind(StrEnum):
    """person: a page with a seat; encoder: a WHIP publisher; viewer: a WHEP player (listed, has no page); source: a
    camera, drone or encoder of the sources list; wall: a display of the command centre (receives only); console: the
    page from which a host drives displays: somebody is there, but shows no face."""

    PERSON = "person"
    ENCODER = "encoder"
    VIEWER = "viewer"
    SOURCE = "source"
    WALL = "wall"
    CONSOLE = "console"

    @property
    def seated(self) -> bool:
        """Takes one of the room's places, and is somebody: cameras and displays are not."""
        return self not in (ParticipantKind.SOURCE, ParticipantKind.WALL)


class Presence(StrEnum):
    HERE = "here"
    RECONNECTING = "reconnecting"


class LeaveReason(StrEnum):
    LEFT = "left"
    REMOVED = "removed"
    LOST = "lost"
    ROOM_CLOSED = "room-closed"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFeed:
    """What a source's tile must say to be true."""

    source: SourceId
    kind: SourceKind
    status: SourceStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantView:
    """`quality`: 0 unknown, 1 lost, 2 poor, 3 fair, 4 good. `joined_at_ms`: Unix time. `feed`: set for sources."""

    id: ParticipantId
    identity: Identity
    name: str
    role: Role
    kind: ParticipantKind
    joined_at_ms: int
    presence: Presence = Presence.HERE
    quality: int = 0
    tracks: tuple[TrackView, ...] = ()
    feed: SourceFeed | None = None
    audience: Audience = Audience.ALL

    @property
    def sees_all(self) -> bool:
        """Also what is for hosts only."""
        return self.role is Role.HOST or self.kind is ParticipantKind.WALL

    def track(self, track: TrackId) -> TrackView | None:
        """This participant's track of that id, or None."""
        return next((t for t in self.tracks if t.id == track), None)
