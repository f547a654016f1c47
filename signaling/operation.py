"""One HTTP operation: what the router, the guard and the OpenAPI document are all made from.

Deny by default: an operation says who may call it, and the guard asks before its handler sees anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from conference.composing_desk import ComposingDesk, is_composed_id
from conference.model.errors import (
    BodyTooLarge,
    ChildUnavailable,
    ComposedNotFound,
    ComposedUnavailable,
    FilmNotFound,
    HuishangError,
    JsonTooDeep,
    KeyInvalid,
    MessageInvalid,
    NotAllowed,
    ParticipantNotFound,
    RecordingNotFound,
    RoomNotFound,
    SceneNotFound,
    SegmentNotFound,
    SourceNotFound,
    TokenInvalid,
    WallNotFound,
    WallsOff,
)
from conference.model.ids import ComposedId, ParticipantId, RecordingId, RoomId, SceneId, SegmentId, SourceId, WallId
from conference.model.recording import is_film_id, is_recording_id, is_segment_id
from conference.model.records import Grant
from conference.model.roles import Verb, may
from conference.model.source import SourceKind
from conference.model.wall import NOBODY
from conference.walls.acts import ADMINISTRATOR, By
from signaling.auth import bearer
from signaling.edge import Edge
from signaling.errors import AdminKeyInvalid, BodyTimeout, MediaTypeUnsupported, RecordingsOff, TicketInvalid
from signaling.limits import BODY_TIMEOUT_S, is_id, json_too_deep
from signaling.recordings.tickets import Tickets
from signaling.source_key import check_source_key

if TYPE_CHECKING:
    from conference.source_desk import SourceDesk
    from conference.wall_desk import WallDesk
    from signaling.recordings.films import Films
    from signaling.recordings.library import Library, RecordingSwitch

Model = TypeVar("Model", bound=BaseModel)
Handler = Callable[["Call"], Awaitable[web.StreamResponse]]
JSON: Final = "application/json"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "::ffff:127.0.0.1"})
_FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP")


class Access(Enum):
    OPEN = "open"
    JOIN = "join"
    """A join token as Bearer."""
    ADMIN = "admin"
    """The administrator's key as Bearer."""
    OPERATOR = "operator"
    """The administrator's key, or a caller on this machine itself."""
    SOURCE = "source"
    """The key of the `{source}` of the path as Bearer."""
    HOST = "host"
    """As Bearer: the administrator's key, or of a host of the `{room}` of the path its join token or, while it sits in
    the room, the resume token of its seat."""
    DEVICE = "device"
    """The administrator's key, or the key of the `{source}` of the path, of whatever kind, as Bearer."""
    RECORDING = "recording"
    """The administrator's key as Bearer, or a ticket for the `{recording}` of the path as `?ticket=`."""
    COMPOSED = "composed"
    """The administrator's key as Bearer, or a ticket for the `{composed}` of the path as `?ticket=`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A success. `body`: the model of a JSON answer, or None (see `content_type`, None: empty)."""

    status: int
    text: str
    body: type[BaseModel] | None = None
    content_type: str | None = None
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """An optional parameter behind the `?`. `schema`: in the words of JSON Schema."""

    name: str
    text: str
    schema: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`path` as in OpenAPI: `{name}` stands for one segment. `body`: the model of a JSON body, or a media type."""

    method: str
    path: str
    id: str
    summary: str
    access: Access
    handler: Handler
    answers: tuple[Answer, ...]
    body: type[BaseModel] | str | None = None
    body_optional: bool = False
    errors: tuple[type[HuishangError], ...] = ()
    headers: tuple[str, ...] = ()
    """Request headers beyond Authorization and Content-Type; `openapi` knows which may be absent."""
    query: tuple[Query, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One admitted request. `grant` is there exactly with Access.JOIN, `source_key` with Access.SOURCE. `join`: of a
    host that calls with Access.HOST, too; `key`: of a device that calls with Access.DEVICE, too."""

    edge: Edge
    request: web.Request
    join: Grant | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)

    @property
    def grant(self) -> Grant:
        if self.join is None:
            raise TokenInvalid("this operation was admitted without a token")
        return self.join

    @property
    def room(self) -> RoomId:
        """The `{room}` of the path; what cannot be an id is not found."""
        room = self.request.match_info["room"]
        if not is_id(room):
            raise RoomNotFound
        return RoomId(room)

    @property
    def participant(self) -> ParticipantId:
        """The `{participant}` of the path."""
        participant = self.request.match_info["participant"]
        if not is_id(participant):
            raise ParticipantNotFound
        return ParticipantId(participant)

    @property
    def source(self) -> SourceId:
        """The `{source}` of the path."""
        source = self.request.match_info["source"]
        if not is_id(source):
            raise SourceNotFound
        return SourceId(source)

    @property
    def recording(self) -> RecordingId:
        """The `{recording}` of the path; only what has the form of our ids gets further."""
        recording = self.request.match_info["recording"]
        if not is_recording_id(recording):
            raise RecordingNotFound
        return RecordingId(recording)

    @property
    def segment(self) -> SegmentId:
        """The `{segment}` of the path; only what has the form of our ids gets further."""
        segment = self.request.match_info["segment"]
        if not is_segment_id(segment):
            raise SegmentNotFound
        return SegmentId(segment)

    @property
    def composed(self) -> ComposedId:
        """The `{composed}` of the path; only what has the form of our ids gets further."""
        composed = self.request.match_info["composed"]
        if not is_composed_id(composed):
            raise ComposedNotFound
        return ComposedId(composed)

    @property
    def composing(self) -> ComposingDesk:
        """Raises ComposedUnavailable on a server without composed streams."""
        if self.edge.desks.composing is None:
            raise ComposedUnavailable("off")
        return self.edge.desks.composing

    @property
    def film(self) -> SegmentId:
        """The `{film}` of the path; only what has the form of our ids gets further."""
        film = self.request.match_info["film"]
        if not is_film_id(film):
            raise FilmNotFound
        return SegmentId(film)

    @property
    def films(self) -> Films:
        """Raises RecordingsOff on a server without recordings."""
        if self.edge.desks.films is None:
            raise RecordingsOff
        return self.edge.desks.films

    @property
    def library(self) -> Library:
        """Raises RecordingsOff on a server without recordings."""
        if self.edge.desks.library is None:
            raise RecordingsOff
        return self.edge.desks.library

    @property
    def recording_switch(self) -> RecordingSwitch:
        """Raises RecordingsOff on a server without recordings."""
        if self.edge.desks.switch is None:
            raise RecordingsOff
        return self.edge.desks.switch

    @property
    def source_key(self) -> str:
        """The key that the publisher showed; it has been checked."""
        if self.key is None:
            raise KeyInvalid("this operation was admitted without a key")
        return self.key

    @property
    def walls(self) -> WallDesk:
        """Raises WallsOff on a server without walls."""
        if self.edge.desks.walls is None:
            raise WallsOff
        return self.edge.desks.walls

    @property
    def by(self) -> By:
        """Who calls: the host of the token, else the administrator."""
        if self.join is None:
            return ADMINISTRATOR
        return By(self.join.name or self.join.identity or self.join.token_id, self.join.identity or NOBODY)

    @property
    def wall(self) -> WallId:
        """The `{wall}` of the path."""
        wall = self.request.match_info["wall"]
        if not is_id(wall):
            raise WallNotFound
        return WallId(wall)

    @property
    def scene(self) -> SceneId:
        """The `{scene}` of the path."""
        scene = self.request.match_info["scene"]
        if not is_id(scene):
            raise SceneNotFound
        return SceneId(scene)

    @property
    def desk(self) -> SourceDesk:
        """Raises ChildUnavailable on a server without sources."""
        if self.edge.desks.sources is None:
            raise ChildUnavailable("no source desk")
        return self.edge.desks.sources

    async def model(self, kind: type[Model]) -> Model:
        """The JSON body. Raises MediaTypeUnsupported, BodyTooLarge, BodyTimeout, JsonTooDeep, MessageInvalid."""
        raw = await self.body(JSON)
        if json_too_deep(raw, self.edge.http.json_depth):
            raise JsonTooDeep
        try:
            return kind.model_validate_json(raw)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(step) for step in fault["loc"])
            raise MessageInvalid(f"{where}: {fault['msg']}") from None

    async def body(self, content_type: str) -> bytes:
        """The raw body, of exactly that media type and within the limits."""
        request = self.request
        if request.content_type != content_type or request.headers.get("Content-Encoding", "identity") != "identity":
            raise MediaTypeUnsupported(content_type)
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                return await request.read()
        except TimeoutError:
            raise BodyTimeout from None
        except web.HTTPRequestEntityTooLarge:
            raise BodyTooLarge from None


async def admit(edge: Edge, access: Access, request: web.Request) -> Call:  # noqa: PLR0911 - one per way in
    """Checks the caller. Raises AdminKeyInvalid, TokenInvalid, TokenExpired, TokenRevoked, KeyInvalid, KeyExpired,
    TicketInvalid."""
    credentials = bearer(request.headers.getall("Authorization", []))
    match access:
        case Access.OPEN:
            return Call(edge=edge, request=request)
        case Access.JOIN:
            if credentials is None:
                raise TokenInvalid("no bearer token")
            return Call(edge=edge, request=request, join=await edge.authority.verify(credentials))
        case Access.SOURCE:
            if credentials is None:
                raise KeyInvalid("no bearer key")
            await check_source_key(edge, request.match_info["source"], credentials)
            return Call(edge=edge, request=request, key=credentials)
        case Access.HOST:
            return Call(edge=edge, request=request, join=await _host(edge, request, credentials))
        case Access.DEVICE:
            return Call(edge=edge, request=request, key=await _device(edge, request, credentials))
        case Access.OPERATOR if "Authorization" not in request.headers and _is_local(request):
            return Call(edge=edge, request=request)
        case Access.RECORDING if "Authorization" not in request.headers and "ticket" in request.query:
            _check_ticket(edge.tickets, request, "recording", edge.wall_s())
            return Call(edge=edge, request=request)
        case Access.COMPOSED if "Authorization" not in request.headers and "ticket" in request.query:
            _check_ticket(edge.composed_tickets, request, "composed", edge.wall_s())
            return Call(edge=edge, request=request)
        case Access.ADMIN | Access.OPERATOR | Access.RECORDING | Access.COMPOSED:
            if credentials is None:
                raise AdminKeyInvalid("no bearer key")
            edge.admin.check(credentials)
            return Call(edge=edge, request=request)


async def _host(edge: Edge, request: web.Request, credentials: str | None) -> Grant | None:
    """None: the administrator. Raises TokenInvalid, TokenExpired, TokenRevoked, NotAllowed."""
    if credentials is None:
        raise TokenInvalid("no bearer token")
    if edge.admin.matches(credentials):
        return None
    # A seat tells who of those that share an open link it is, and outlasts the token.
    grant = edge.conference.sitting(credentials) or await edge.authority.verify(credentials)
    if grant.room != request.match_info["room"] or not may(grant.role, Verb.DIRECT):
        raise NotAllowed("direct")
    return grant


async def _device(edge: Edge, request: web.Request, credentials: str | None) -> str | None:
    """None: the administrator. Raises KeyInvalid, KeyExpired."""
    if credentials is None:
        raise KeyInvalid("no bearer key")
    if edge.admin.matches(credentials):
        return None
    await check_source_key(edge, request.match_info["source"], credentials, kinds=frozenset(SourceKind))
    return credentials


def _check_ticket(of: Tickets, request: web.Request, name: str, now_s: float) -> None:
    given = request.query.getall("ticket")
    if len(given) != 1:
        raise TicketInvalid
    of.check(given[0], request.match_info[name], now_s)


def _is_local(request: web.Request) -> bool:
    """A proxy on this machine also connects from loopback, on behalf of anybody: it says so in its headers."""
    return request.remote in _LOOPBACK and not any(name in request.headers for name in _FORWARDED)
