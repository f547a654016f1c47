"""Bodies of the sources' part of the REST interface."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from conference.model.audience import Audience
from conference.model.source import Cause, RtspTransport, SourceKind, SourceState, Transcoding
from signaling.rest.models import Body, ErrorText, IdText, NameText

MAX_ROOMS = 32
MAX_HISTORY = 1000
_NO_CONTROLS = r"^[^\x00-\x1f\x7f]*$"

AddressText = Annotated[str, Field(max_length=2048, pattern=_NO_CONTROLS)]
UserText = Annotated[str, Field(max_length=256, pattern=_NO_CONTROLS)]
PasswordText = Annotated[str, Field(max_length=256, pattern=_NO_CONTROLS)]
RoomIds = Annotated[list[IdText], Field(max_length=MAX_ROOMS)]


class Private(Body):
    """A body with a secret in it: its `repr` shows nothing."""

    def __repr_args__(self) -> Iterable[tuple[str | None, object]]:
        return ()


class BothLanguages(ErrorText):
    """One sentence for people."""


class NewSource(Private):
    """`address`: of kind rtsp, may hold `user:password@`; the others push and get a key. `keyExpiresAt` absent: the key
    does not expire. `audience` hosts: only hosts and walls see and hear it."""

    name: NameText
    kind: SourceKind
    rooms: RoomIds
    enabled: bool = True
    address: AddressText = ""
    username: UserText = ""
    password: PasswordText = ""
    transport: RtspTransport = RtspTransport.AUTO
    on_demand: bool = True
    audience: Audience = Audience.ALL
    key_expires_at: AwareDatetime | None = None


class ChangedSource(Private):
    """What is absent or null stays as it is; `password` "" means none."""

    name: NameText | None = None
    rooms: RoomIds | None = None
    enabled: bool | None = None
    address: AddressText | None = None
    username: UserText | None = None
    password: PasswordText | None = None
    transport: RtspTransport | None = None
    on_demand: bool | None = None
    audience: Audience | None = None


class NewKey(Body):
    """`expiresAt` absent: the key does not expire."""

    expires_at: AwareDatetime | None = None


class Address(Private):
    """A camera to be tried. Nothing of it is kept."""

    address: AddressText
    username: UserText = ""
    password: PasswordText = ""
    transport: RtspTransport = RtspTransport.AUTO


class SourceStatus(Body):
    """`since`: when this state began; for offline, when the last picture came."""

    state: SourceState
    cause: Cause | None
    since: datetime
    text: BothLanguages
    transcoding: list[Transcoding]
    transcoding_text: BothLanguages | None


class Measured(Body):
    """The last second. Codecs as the source sends them, "" while unknown; ages null while there was no picture."""

    bitrate_bps: int
    fps: float
    width: int
    height: int
    video_codec: str
    audio_codec: str
    picture_age_ms: int | None
    content_age_ms: int | None


class Push(Private):
    """What to enter into the device: `url` and `stream`, or `full` alone. `fullTls`: the same over TLS, where this
    server has it. Addresses are empty while this server does not take such pushes. `key` is a secret."""

    url: str
    key: str
    stream: str
    full: str
    full_tls: str | None
    expires_at: datetime | None
    revoked: bool


class Source(Private):
    """`viewers`: people who get its picture now. `measured` is null while nothing arrives, `push` for kind rtsp."""

    id: str
    name: str
    kind: SourceKind
    rooms: list[str]
    enabled: bool
    address: str
    username: str
    has_password: bool
    transport: RtspTransport
    on_demand: bool
    audience: Audience
    created_at: datetime
    status: SourceStatus
    measured: Measured | None
    viewers: int
    push: Push | None


class Sources(Body):
    sources: list[Source]


class SourceEvent(Body):
    """`detail`: for technicians."""

    at: datetime
    state: SourceState
    cause: Cause | None
    text: BothLanguages
    detail: str


class SourceHistory(Body):
    events: list[SourceEvent]


class TestedSource(Private):
    """`ok`: it can be shown. `thumbnail`: a JPEG in base64."""

    ok: bool
    state: SourceState
    cause: Cause | None
    text: BothLanguages
    video_codec: str
    audio_codec: str
    width: int
    height: int
    fps: float
    transcoding: list[Transcoding]
    thumbnail: str | None
    took_ms: int
