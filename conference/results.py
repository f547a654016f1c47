"""What the edge hands to the conference and gets back: plain frozen values."""

from dataclasses import dataclass, field

from conference.model.audience import Audience
from conference.model.ids import ParticipantId, RoomId, SessionId, TrackId
from conference.model.outgoing import MidTrack
from conference.model.recording import DiskState
from conference.model.source import (
    Cause,
    Measured,
    RtspTransport,
    SourceKey,
    SourceKind,
    SourceRecord,
    SourceState,
    SourceStatus,
    Transcoding,
)
from conference.model.track import Source
from conference.model.wall_records import WallRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishRequest:
    """What m-section `mid` of the offer carries."""

    mid: str
    source: Source
    muted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishResult:
    answer_sdp: str
    tracks: tuple[MidTrack, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How large a subscriber shows a track, in device pixels; 0x0 = hidden. `priority` 0..255."""

    track: TrackId
    width: int
    height: int
    priority: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaSession:
    """A WHIP or WHEP session. `etag` names its ICE session (RFC 9725 section 4.3.1), without quotes."""

    id: SessionId
    room: RoomId
    participant: ParticipantId
    answer_sdp: str
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchResult:
    """`fragment` (application/trickle-ice-sdpfrag) is set after an ICE restart: answer 200 with it and the new
    ETag; None: answer 204."""

    fragment: str | None
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStats:
    """Numbers for /metrics and /readyz. `relay_drops`: packets refused, by reason. Counters since start."""

    rooms: int
    participants: int
    seats_detached: int
    sessions: int
    transports: int
    publications: int
    subscriptions: int
    handshakes_started: int
    handshakes_failed: int
    joins_refused: int
    workers_alive: int
    relay_received_packets: int
    relay_sent_packets: int
    relay_send_calls: int
    relay_cpu_us: int
    relay_drops: dict[str, int]
    ready: bool


# ---- sources --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSource:
    """A source to be made. `address` (rtsp) may hold user and password; they are taken out of it."""

    name: str
    kind: SourceKind
    rooms: tuple[RoomId, ...] = ()
    enabled: bool = True
    address: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    transport: RtspTransport = RtspTransport.AUTO
    on_demand: bool = True
    audience: Audience = Audience.ALL
    key_expires_at_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChanges:
    """What is to be different; None: as it is."""

    name: str | None = None
    rooms: tuple[RoomId, ...] | None = None
    enabled: bool | None = None
    address: str | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    transport: RtspTransport | None = None
    on_demand: bool | None = None
    audience: Audience | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceView:
    """A source as administrators see it. `viewers`: people who get its picture now. `key`: of a pushing one."""

    record: SourceRecord
    status: SourceStatus
    measured: Measured | None
    viewers: int
    key: SourceKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTest:
    """What a try at an address showed. `state` LIVE: it works."""

    state: SourceState
    cause: Cause | None
    video_codec: str = ""
    audio_codec: str = ""
    width: int = 0
    height: int = 0
    fps: float = 0.0
    transcoding: tuple[Transcoding, ...] = ()
    thumbnail: bytes | None = field(default=None, repr=False)
    took_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStats:
    """Numbers for /metrics. `restarts`: connections that were begun since start."""

    by_state: dict[str, int]
    publishers: int
    children: int
    restarts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageStats:
    """Of the object storage, for /metrics. `trouble`: empty when all is well, else "away" or "refused". `waiting_…`:
    closed and not carried there yet. `damaged`: files left here because they are not what was recorded; `unproven`:
    uploads of which the server has something else."""

    trouble: str
    waiting_segments: int
    waiting_bytes: int
    uploaded_segments: int
    uploaded_bytes: int
    failures: int
    damaged: int
    unproven: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStats:
    """Numbers for /metrics. `by_alarm`: running recordings that have this alarm now. `free_bytes`: of the recordings'
    disk. Counters are of all recordings since start; `restarts`: writers that had to be begun anew."""

    running: int
    by_alarm: dict[str, int]
    disk: DiskState
    free_bytes: int
    total_bytes: int
    buffered_bytes: int
    written_bytes: int
    lost_packets: int
    dropped_frames: int
    restarts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmStats:
    """Numbers for /metrics. `making`: afterwards; `live`: while their recordings run. The rest since start."""

    queued: int
    making: int
    live: int
    ready: int
    failed: int
    cancelled: int


# ---- walls ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedWall:
    """A wall for a list. `online`: its kiosk is connected."""

    record: WallRecord
    online: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WallStats:
    """Numbers for /metrics. `edits`, `conflicts`: since start."""

    walls: int
    online: int
    pairing: int
    edits: int
    conflicts: int
