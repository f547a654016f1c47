"""Bodies of the REST interface. Unknown fields are refused: a caller's typo must not be silent (and nothing can be
smuggled in)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from conference.model.audience import Audience
from conference.model.participant import ParticipantKind
from conference.model.roles import Role
from conference.model.source import Cause, SourceKind, SourceState
from signaling.auth import MAX_TTL_S
from signaling.limits import ID_PATTERN

IdText = Annotated[str, Field(pattern=ID_PATTERN)]
NameText = Annotated[str, Field(max_length=256)]


class Body(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, populate_by_name=True)


class ErrorText(Body):
    zh: str
    en: str


class Error(Body):
    """Every refusal. `code` is stable; `text` is for people."""

    code: str
    text: ErrorText


class NewRoom(Body):
    name: NameText
    id: IdText | None = None
    max_participants: Annotated[int, Field(ge=1, le=10_000)] | None = None
    record_automatically: bool = False


class ChangedRoom(Body):
    """What is absent or null stays as it is."""

    name: NameText | None = None
    max_participants: Annotated[int, Field(ge=1, le=10_000)] | None = None
    record_automatically: bool | None = None


class Room(Body):
    """`participants`: how many are in it now, of every kind. `people`: those who are somebody in the meeting (persons,
    encoders and players). The rest is counted apart. `record_automatically`: recorded as soon as somebody publishes."""

    id: str
    name: str
    max_participants: int
    created_at: datetime
    participants: int
    people: int
    sources: int
    displays: int
    consoles: int
    record_automatically: bool


class Rooms(Body):
    rooms: list[Room]


class NewToken(Body):
    """`identity` absent: an open invitation, each join gets a fresh one."""

    role: Role = Role.PARTICIPANT
    identity: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:@-]{1,128}$")] | None = None
    name: NameText = ""
    ttl_s: Annotated[int, Field(ge=60, le=MAX_TTL_S)] | None = None


class Token(Body):
    """`token` is shown this once; the server keeps only `id`. `link` opens the join page with it."""

    id: str
    token: str
    link: str
    expires_at: datetime


class Track(Body):
    id: str
    kind: Literal["audio", "video"]
    source: Literal["camera", "microphone", "screen", "screen-audio"]
    muted: bool
    blocked: bool
    receiving: bool


class Feed(Body):
    """Which source it is, and what can be said of it right now."""

    source: str
    kind: SourceKind
    state: SourceState
    cause: Cause | None
    since: datetime


class Participant(Body):
    id: str
    identity: str
    name: str
    role: Role
    kind: ParticipantKind
    presence: Literal["here", "reconnecting"]
    joined_at: datetime
    quality: Annotated[int, Field(ge=0, le=4)]
    tracks: list[Track]
    feed: Feed | None
    """Of a source; null of everybody else."""
    audience: Audience
    """hosts: only hosts and walls see and hear it."""


class Participants(Body):
    participants: list[Participant]


class InvitedRoom(Body):
    id: str
    name: str


class Invitation(Body):
    """What the join page shows before anybody joins. `name` is empty when the guest chooses one."""

    room: InvitedRoom
    role: Role
    name: str
    expires_at: datetime


class ProbeOffer(Body):
    """A receive-only offer without data; `transport` is the only kind of candidate in the answer."""

    sdp: Annotated[str, Field(max_length=200_000)]
    transport: Literal["udp", "tcp"]


class ProbeAnswer(Body):
    sdp: str


class Health(Body):
    status: Literal["ok", "stuck"]


class Readiness(Body):
    """`parts`: each with whether it works; `degraded` names those that do not."""

    status: Literal["ready", "degraded"]
    degraded: list[str]
    parts: dict[str, bool]
