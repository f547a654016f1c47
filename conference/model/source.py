"""A source: a camera, drone or encoder that is a participant of its rooms. Records, states and what is measured."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from conference.model.audience import Audience
from conference.model.ids import RoomId, SourceId


class SourceKind(StrEnum):
    """How its media comes: rtsp is pulled, the others push."""

    RTSP = "rtsp"
    RTMP = "rtmp"
    SRT = "srt"
    WHIP = "whip"

    @property
    def pushes(self) -> bool:
        """It comes to us with a key, instead of being fetched from an address."""
        return self is not SourceKind.RTSP


class RtspTransport(StrEnum):
    """auto: TCP, and UDP when the camera refuses TCP."""

    AUTO = "auto"
    TCP = "tcp"
    UDP = "udp"


class SourceState(StrEnum):
    """What its tile says. standby: fetched as soon as somebody looks; waiting: has never sent under this key."""

    DISABLED = "disabled"
    STANDBY = "standby"
    WAITING = "waiting"
    CONNECTING = "connecting"
    LIVE = "live"
    LOW_RATE = "low-rate"
    FROZEN = "frozen"
    OFFLINE = "offline"
    WRONG_PASSWORD = "wrong-password"  # noqa: S105 - a state, not a secret
    UNREACHABLE = "unreachable"
    UNSUPPORTED = "unsupported"
    QUARANTINED = "quarantined"


class Cause(StrEnum):
    """Why a source is in a state other than live. Each has words in both languages in the client."""

    PUBLISHER_LEFT = "publisher-left"
    NO_MEDIA = "no-media"
    CAMERA_CLOSED = "camera-closed"
    CRASHED = "crashed"
    STALLED = "stalled"
    OVER_LIMIT = "over-limit"
    KEY_REVOKED = "key-revoked"
    KEY_EXPIRED = "key-expired"
    NAME_UNKNOWN = "name-unknown"
    REFUSED = "refused"
    TIMED_OUT = "timed-out"
    ADDRESS_NOT_ALLOWED = "address-not-allowed"
    NOT_FOUND = "not-found"
    REDIRECTED = "redirected"
    PROTOCOL = "protocol"
    VIDEO_CODEC = "video-codec"
    NO_TRACKS = "no-tracks"
    SERVER_FULL = "server-full"

    @classmethod
    def of(cls, text: str) -> "Cause":
        """The cause of that name; a child's own words that nobody knows are its protocol's fault."""
        return next((cause for cause in cls if cause.value == text), cls.PROTOCOL)


class Transcoding(StrEnum):
    """Why the server re-encodes: B-frames, H.265 or another codec of the picture, a sound codec that browsers lack, a
    viewer without H.264."""

    B_FRAMES = "b-frames"
    H265 = "h265"
    VIDEO_CODEC = "video-codec"
    AUDIO_CODEC = "audio-codec"
    VIEWER = "viewer"

    @classmethod
    def known(cls, texts: Iterable[str]) -> "tuple[Transcoding, ...]":
        """Those of these names that are reasons."""
        named = set(texts)
        return tuple(reason for reason in cls if reason.value in named)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """`since_ms`: Unix time at which this state began; for offline, when the last picture came."""

    state: SourceState
    cause: Cause | None = None
    since_ms: int = 0
    transcoding: tuple[Transcoding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One second of a source. Codecs as it sends them, "" while unknown; ages in ms, None while there was none."""

    bitrate_bps: int = 0
    fps: float = 0.0
    width: int = 0
    height: int = 0
    video_codec: str = ""
    audio_codec: str = ""
    picture_age_ms: int | None = None
    content_age_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """What is durable. `address`: the rtsp URL without user and password; `password` never leaves the server.

    `on_demand`: fetched only while somebody looks (rtsp only). `video_codec`, `audio_codec`: as last seen.
    """

    id: SourceId
    name: str
    kind: SourceKind
    rooms: tuple[RoomId, ...]
    created_at_s: float
    enabled: bool = True
    address: str = ""
    username: str = ""
    password: str = ""
    transport: RtspTransport = RtspTransport.AUTO
    on_demand: bool = True
    video_codec: str = ""
    audio_codec: str = ""
    audience: Audience = Audience.ALL

    def __repr__(self) -> str:
        return f"SourceRecord({self.id}, {self.kind})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKey:
    """The secret a pushing source shows: stream key (RTMP), passphrase (SRT), Bearer token (WHIP)."""

    source: SourceId
    secret: str
    issued_at_s: float
    expires_at_s: float | None = None
    revoked_at_s: float | None = None

    def __repr__(self) -> str:
        return f"SourceKey({self.source})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEvent:
    """One line of a source's history. `detail`: short ASCII for technicians (never a secret)."""

    source: SourceId
    at_s: float
    state: SourceState
    cause: Cause | None = None
    detail: str = ""
