"""The words of the WebSocket: every message as a frozen type, one closed union each way.

This file is the only source. `docs/protocol.md` explains it; `web/src/protocol/generated.ts` is made from it
(`make generate`), and `make check` fails when that copy is old. A message is one JSON object whose `type` names it.
Unknown fields are ignored (a newer peer may send more); unknown types are refused with `unknown-message` and the socket
goes on. JSON that cannot be read, or a known message with a bad field, ends the socket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Final, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from signaling.wall_protocol import (
    EditWall,
    ReportWall,
    ScenesChanged,
    SharedLayout,
    Wall,
    WallGone,
    WallSeen,
    WatchWalls,
)
from signaling.word_types import DisplayName, Id, Pixels

VERSION: Final = 1
"""Raised when an old client could misunderstand a new server. `welcome.version` tells the client what it got."""

Sdp = Annotated[str, Meta(max_length=200_000)]
Mid = Annotated[str, Meta(min_length=1, max_length=16)]

Role = Literal["host", "participant", "viewer"]
"""host: may remove people; participant: sends and receives; viewer: receives only."""
TrackSource = Literal["camera", "microphone", "screen", "screen-audio"]
Kind = Literal["audio", "video"]
ParticipantKind = Literal["person", "encoder", "viewer", "source", "wall", "console"]
"""person: a page with a seat; encoder: a WHIP publisher; viewer: a WHEP player (listed, has no page); source: a camera,
drone or encoder of the sources list; wall: a display of the command centre (receives only); console:
the page from which a host drives displays."""
Audience = Literal["all", "hosts"]
Presence = Literal["here", "reconnecting"]
LayerReason = Literal["fits", "tile", "bandwidth", "no-layer", "hidden", "publisher-paused", "waiting-keyframe"]
FeedKind = Literal["rtsp", "rtmp", "srt", "whip"]
FeedState = Literal[
    "disabled", "standby", "waiting", "connecting", "live", "low-rate", "frozen", "offline", "wrong-password",
    "unreachable", "unsupported", "quarantined",
]  # fmt: skip
FeedCause = Literal[
    "publisher-left", "no-media", "camera-closed", "crashed", "stalled", "over-limit", "key-revoked", "key-expired",
    "name-unknown", "refused", "timed-out", "address-not-allowed", "not-found", "redirected", "protocol", "video-codec",
    "no-tracks", "server-full",
]  # fmt: skip
Transcoding = Literal["b-frames", "h265", "video-codec", "audio-codec", "viewer"]


class Text(Struct, frozen=True):
    """One sentence in both languages."""

    zh: str
    en: str


# ---- shared nouns ---------------------------------------------------------------------------------------------------


class Track(Struct, frozen=True, rename="camel", omit_defaults=False):
    """A published track. `muted`: its publisher sends silence or nothing; `blocked`: the server forwards nothing."""

    id: Id
    kind: Kind
    source: TrackSource
    muted: bool
    blocked: bool
    receiving: bool
    """Media reaches the server right now."""


class Feed(Struct, frozen=True, rename="camel", omit_defaults=False):
    """What a source's tile must say to be true. `since_ms`: Unix time at which this state began; for `offline`, when
    the last picture came. `transcoding`: why the server re-encodes; empty while it does not."""

    source: Id
    kind: FeedKind
    state: FeedState
    cause: FeedCause | None
    since_ms: int
    transcoding: list[Transcoding]


class Participant(Struct, frozen=True, rename="camel", omit_defaults=False):
    id: Id
    identity: str
    name: str
    role: Role
    kind: ParticipantKind
    presence: Presence
    joined_at_ms: int
    quality: int
    """0 unknown, 1 lost, 2 poor, 3 fair, 4 good: the worse of both directions as the server measures it."""
    tracks: list[Track]
    feed: Feed | None = None
    """Of a source; null of everybody else."""
    audience: Audience = "all"
    """hosts: only hosts and walls see and hear it; others are sent nothing and show a lock."""


class RecordingMark(Struct, frozen=True, rename="camel", omit_defaults=False):
    """The room is being recorded. `started_by`: a name, "" when the API or the room's setting began it. `alarm`: why
    nothing is written right now (full, error, slow, restarting), null while all is well."""

    id: Id
    started_by: str
    started_at_ms: int
    alarm: str | None


class Room(Struct, frozen=True, rename="camel", omit_defaults=False):
    id: Id
    name: str
    started_at_ms: int
    recording: RecordingMark | None = None


# ---- client -> server -----------------------------------------------------------------------------------------------


class _Client(Struct, frozen=True, rename="camel", tag_field="type"):
    pass


class Join(_Client, frozen=True, tag="join"):
    """First message on every socket. With `resume` the seat of that token comes back instead of a new one.

    `media_alive`: this page still holds the PeerConnections of that seat (only the socket was lost); False after a
    reload.
    """

    version: int
    token: Annotated[str, Meta(max_length=4096)]
    name: DisplayName = ""
    resume: Annotated[str, Meta(max_length=128)] | None = None
    media_alive: bool = False
    console: bool = False
    """This page is a host's console for displays: nobody gets a tile of it."""


class PublishTrack(Struct, frozen=True, rename="camel"):
    """What m-section `mid` of the offer carries. `muted` is the state from the start."""

    mid: Mid
    source: TrackSource
    muted: bool = False


class PublishOffer(_Client, frozen=True, tag="publish-offer"):
    """The up connection's offer: all m-sections each time, `tracks` lists those that send now. An ICE restart is an
    offer with new credentials."""

    offer: Annotated[int, Meta(ge=1)]
    sdp: Sdp
    tracks: Annotated[list[PublishTrack], Meta(max_length=64)]


class SubscribeAnswer(_Client, frozen=True, tag="subscribe-answer"):
    offer: Annotated[int, Meta(ge=1)]
    sdp: Sdp


class WantedTrack(Struct, frozen=True, rename="camel"):
    """Tile size in device pixels; 0×0 = hidden: unsubscribed until a later `wants` shows it again."""

    track: Id
    width: Pixels
    height: Pixels
    priority: Annotated[int, Meta(ge=0, le=255)] = 100


class Wants(_Client, frozen=True, tag="wants"):
    """Replaces earlier wishes for the tracks it names. Video not yet named is not sent; audio always is."""

    tracks: Annotated[list[WantedTrack], Meta(max_length=512)]


class Mute(_Client, frozen=True, tag="mute"):
    """The publisher tells that a track of its own is muted or not."""

    track: Id
    muted: bool


class Block(_Client, frozen=True, tag="block"):
    """A host holds a track back from everybody, or lets it go again: the server forwards nothing of a blocked track."""

    track: Id
    blocked: bool


class RecordStart(_Client, frozen=True, tag="record-start"):
    """A host has the room recorded; everybody is told."""


class RecordStop(_Client, frozen=True, tag="record-stop"):
    """A host ends the recording."""


class RestartDown(_Client, frozen=True, tag="restart-down"):
    """Please offer the down connection again with new ICE credentials."""


class Remove(_Client, frozen=True, tag="remove"):
    """A host removes somebody; a token that names one identity stops working."""

    participant: Id


class Leave(_Client, frozen=True, tag="leave"):
    """Goodbye: the seat is given up at once."""


class Ping(_Client, frozen=True, tag="ping"):
    sent_ms: float


ClientMessage = (
    Join
    | PublishOffer
    | SubscribeAnswer
    | Wants
    | Mute
    | Block
    | RecordStart
    | RecordStop
    | RestartDown
    | Remove
    | Leave
    | Ping
    | WatchWalls
    | EditWall
    | ReportWall
)


# ---- server -> client -----------------------------------------------------------------------------------------------


class _Server(Struct, frozen=True, rename="camel", tag_field="type", omit_defaults=False):
    pass


class Welcome(_Server, frozen=True, tag="welcome"):
    """The whole room as it is now; also the answer to a resync. `resumed`: the old seat came back."""

    version: int
    you: Id
    room: Room
    participants: list[Participant]
    resume: str
    resume_ttl_s: int
    resumed: bool
    server_time_ms: int


class Joined(_Server, frozen=True, tag="joined"):
    participant: Participant


class Updated(_Server, frozen=True, tag="updated"):
    """Replaces what is known of this participant (presence, quality, tracks)."""

    participant: Participant


class Left(_Server, frozen=True, tag="left"):
    participant: Id
    reason: Literal["left", "removed", "lost", "room-closed", "replaced"]


class PublishedTrack(Struct, frozen=True, rename="camel"):
    mid: Mid
    track: Id


class PublishAnswer(_Server, frozen=True, tag="publish-answer"):
    offer: int
    sdp: str
    tracks: list[PublishedTrack]


class SubscribeOffer(_Server, frozen=True, tag="subscribe-offer"):
    """The down connection's offer. `tracks` tells which track each live m-section carries."""

    offer: int
    sdp: str
    tracks: list[PublishedTrack]


class Layer(_Server, frozen=True, tag="layer"):
    """What is sent of a track to this client; `layer` null: nothing, and `reason` says why."""

    track: Id
    layer: int | None
    temporal: int
    reason: LayerReason


class Recording(_Server, frozen=True, tag="recording"):
    """The room's recording began, changed or (null) ended."""

    recording: RecordingMark | None


class Speakers(_Server, frozen=True, tag="speakers"):
    """Participants by loudness, loudest first; empty when all are silent."""

    participants: list[Id]


class SourceNumbers(Struct, frozen=True, rename="camel"):
    """One source, measured over the last second. Codecs as it sends them, "" while unknown; ages in ms, null while
    there was no picture. `content_age_ms`: since the last picture that showed something new."""

    participant: Id
    bitrate_bps: int
    fps: float
    width: int
    height: int
    video_codec: str
    audio_codec: str
    picture_age_ms: int | None
    content_age_ms: int | None


class Sources(_Server, frozen=True, tag="sources"):
    """The numbers of the room's sources, every two seconds."""

    sources: list[SourceNumbers]


class Pong(_Server, frozen=True, tag="pong"):
    sent_ms: float
    server_time_ms: int


class Refused(_Server, frozen=True, tag="refused"):
    """A request was not done. `code` is stable; `text` is for people."""

    code: str
    text: Text
    about: str | None = None
    """The type of the refused message, where it had one."""
    offer: int | None = None
    """The number of the refused offer or answer."""


class Goodbye(_Server, frozen=True, tag="goodbye"):
    """The last message before the server closes the socket. `again`: reconnecting makes sense."""

    code: str
    text: Text
    again: bool


ServerMessage = (
    Welcome
    | Joined
    | Updated
    | Left
    | PublishAnswer
    | SubscribeOffer
    | Layer
    | Speakers
    | Sources
    | Recording
    | Wall
    | WallGone
    | WallSeen
    | ScenesChanged
    | SharedLayout
    | Pong
    | Refused
    | Goodbye
)

CLIENT_TAGS: Final[dict[type, str]] = {kind: kind.__struct_config__.tag for kind in get_args(ClientMessage)}
"""The `type` of each of the client's messages."""
CLIENT_TYPES: Final = frozenset(CLIENT_TAGS.values())

decode_client: Final[Callable[[bytes], ClientMessage]] = msgspec.json.Decoder(ClientMessage).decode
decode_server: Final[Callable[[bytes | str], ServerMessage]] = msgspec.json.Decoder(ServerMessage).decode
encode: Final[Callable[[ServerMessage | ClientMessage], bytes]] = msgspec.json.Encoder().encode
