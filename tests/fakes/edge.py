"""A conference without media and the edge on top of it, listening on a free loopback port."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from conference.members import grant_of, joined_kind
from conference.model.errors import (
    EtagMismatch,
    HuishangError,
    NotAllowed,
    ParticipantNotFound,
    ResumeUnknown,
    RoomClosed,
    RoomExists,
    RoomNotFound,
    SdpRefused,
    SessionNotFound,
    TokenRevoked,
)
from conference.model.events import ParticipantJoined, ParticipantLeft
from conference.model.ids import Identity, ParticipantId, RoomId, SessionId, TrackId
from conference.model.outgoing import MidTrack, RoomSnapshot, RoomView
from conference.model.participant import LeaveReason, ParticipantView
from conference.model.records import Grant, RoomChange, RoomRecord, TokenRecord
from conference.model.roles import Role, Verb, may
from conference.ports import SeatSink
from conference.results import MediaSession, PatchResult, PublishRequest, PublishResult, ServerStats, Wish
from conference.seats import Seat
from conference.wall_desk import WallDesk
from conference.walls.boards import allow
from config.settings import AuthSettings, HttpSettings
from signaling.app import listen, make_app
from signaling.auth import AdminKey, TokenAuthority
from signaling.desks import Desks, SourcePorts
from signaling.readiness import Check
from signaling.recordings.films import Films
from signaling.recordings.library import Library
from signaling.session import SessionLimits
from tests.fakes.desk import FakeDesk
from tests.fakes.library import FakeLibrary, FakeSwitch
from tests.fakes.walls import MemoryWalls

SECRET = b"a secret of the tests, thirty-two bytes and more"
ADMIN_KEY = "an administrator's key for the tests only"
ROOM = RoomId("r-test")
OTHER_ROOM = RoomId("r-other")
NOW_MS = 1_700_000_000_000
WEB_ALLOW = ("https://gis.example.org",)


@dataclass(frozen=True)
class _Clock:
    """The edge's time, as `conference.ports.Clock`."""

    wall: Callable[[], float]

    def wall_s(self) -> float:
        return self.wall()

    def monotonic_s(self) -> float:
        return time.monotonic()


class MemoryTokens:
    """A TokenStore that forgets everything when the process ends."""

    def __init__(self) -> None:
        self.recorded: dict[str, TokenRecord] = {}
        self.revoked: set[str] = set()

    async def record(self, token: TokenRecord) -> None:
        self.recorded[token.id] = token

    async def revoke(self, token_id: str, *, revoked_at_s: float) -> None:
        self.revoked.add(token_id)

    async def is_revoked(self, token_id: str) -> bool:
        return token_id in self.revoked


@dataclass(eq=False)
class _Member:
    seat: Seat
    view: ParticipantView
    sink: SeatSink | None


@dataclass(eq=False)
class FakeConference:
    """Rooms, seats and sessions by the rules of the real one, with made-up SDP. `calls` notes what it was asked."""

    tokens: MemoryTokens
    rooms: dict[RoomId, RoomRecord] = field(default_factory=dict)
    members: dict[ParticipantId, _Member] = field(default_factory=dict)
    sessions: dict[SessionId, tuple[Grant, str]] = field(default_factory=dict)
    calls: list[tuple[object, ...]] = field(default_factory=list)
    detached: list[Seat] = field(default_factory=list)
    somebody_detached: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Exception | None = None
    is_ready: bool = True
    serial: int = 0
    live_rooms: dict[RoomId, object] = field(default_factory=dict)
    """No room is live for walls: they show nobody."""
    onlooker: object = None

    def next_id(self, prefix: str) -> str:
        self.serial += 1
        return f"{prefix}{self.serial}"

    async def create_room(
        self,
        name: str,
        *,
        room: RoomId | None = None,
        max_participants: int | None = None,
        record_automatically: bool = False,
    ) -> RoomRecord:
        room = room or RoomId(self.next_id("r-"))
        if room in self.rooms:
            raise RoomExists
        self.rooms[room] = RoomRecord(
            id=room,
            name=name,
            max_participants=max_participants or 200,
            created_at_s=NOW_MS / 1000,
            record_automatically=record_automatically,
        )
        return self.rooms[room]

    async def change_room(self, room: RoomId, change: RoomChange) -> RoomRecord:
        await self.room(room)
        self.rooms[room] = change.of(self.rooms[room])
        return self.rooms[room]

    async def list_rooms(self) -> list[RoomRecord]:
        return list(self.rooms.values())

    async def room(self, room: RoomId) -> RoomRecord:
        if room not in self.rooms:
            raise RoomNotFound
        return self.rooms[room]

    async def delete_room(self, room: RoomId) -> None:
        await self.room(room)
        del self.rooms[room]
        for member in [m for m in self.members.values() if m.seat.room == room]:
            self._end(member, RoomClosed())

    def participants(self, room: RoomId) -> list[ParticipantView]:
        return [m.view for m in self.members.values() if m.seat.room == room]

    async def remove(self, room: RoomId, participant: ParticipantId, *, by: object) -> None:
        if isinstance(by, Seat) and not may(by.role, Verb.REMOVE):
            raise NotAllowed
        member = self.members.get(participant)
        if member is None or member.seat.room != room:
            raise ParticipantNotFound
        await self.tokens.revoke(member.seat.token_id, revoked_at_s=0)
        self._end(member, TokenRevoked())

    async def token_revoked(self, token_id: str) -> None:
        for member in [m for m in self.members.values() if m.seat.token_id == token_id]:
            self._end(member, TokenRevoked())

    async def join(self, grant: Grant, *, name: str, sink: SeatSink, console: bool = False) -> Seat:
        kind = joined_kind(grant, console=console)
        if self.fault is not None:
            raise self.fault
        await self.room(grant.room)
        me = ParticipantId(self.next_id("p-"))
        seat = Seat(
            room=grant.room,
            participant=me,
            role=grant.role,
            token_id=grant.token_id,
            resume_token=f"resume-{me}",
            resume_ttl_s=60,
        )
        view = ParticipantView(
            id=me,
            identity=grant.identity or Identity(""),
            name=name,
            role=grant.role,
            kind=kind,
            joined_at_ms=NOW_MS,
        )
        self.members[me] = _Member(seat=seat, view=view, sink=sink)
        self.snapshot(seat, resumed=False)
        self.tell_others(seat, ParticipantJoined(view))
        return seat

    async def resume(self, resume_token: str, grant: Grant, *, media_alive: bool, sink: SeatSink) -> Seat:
        member = next((m for m in self.members.values() if m.seat.resume_token == resume_token), None)
        if member is None or member.seat.room != grant.room:
            raise ResumeUnknown
        self.calls.append(("resume", media_alive))
        member.sink = sink
        self.snapshot(member.seat, resumed=True)
        return member.seat

    def sitting(self, resume_token: str) -> Grant | None:
        member = next((m for m in self.members.values() if m.seat.resume_token == resume_token), None)
        return grant_of(member.seat, member.view) if member is not None else None

    def detach(self, seat: Seat, sink: SeatSink) -> None:
        member = self.members.get(seat.participant)
        if member is not None and member.sink is sink:
            member.sink = None
            self.detached.append(seat)
            self.somebody_detached.set()

    async def leave(self, seat: Seat) -> None:
        self._end(self.members[seat.participant], None)

    def resync(self, seat: Seat) -> None:
        self.calls.append(("resync",))
        self.snapshot(seat, resumed=False)

    async def publish(self, seat: Seat, offer_sdp: str, tracks: list[PublishRequest]) -> PublishResult:
        if self.fault is not None:
            raise self.fault
        if not may(seat.role, Verb.PUBLISH):
            raise NotAllowed
        self.calls.append(("publish", offer_sdp, tracks))
        return PublishResult(
            answer_sdp="answer to " + offer_sdp,
            tracks=tuple(MidTrack(mid=t.mid, track=TrackId(self.next_id("t-"))) for t in tracks),
        )

    async def subscribe_answer(self, seat: Seat, offer_number: int, sdp: str) -> None:
        self.calls.append(("subscribe-answer", offer_number, sdp))

    def wants(self, seat: Seat, wishes: list[Wish]) -> None:
        self.calls.append(("wants", wishes))

    def mute(self, seat: Seat, track: TrackId, muted: bool) -> None:
        self.calls.append(("mute", track, muted))

    def block(self, seat: Seat, track: TrackId, blocked: bool) -> None:
        if not may(seat.role, Verb.BLOCK):
            raise NotAllowed
        self.calls.append(("block", track, blocked))

    def restart_down(self, seat: Seat) -> None:
        self.calls.append(("restart-down",))

    async def whip(self, grant: Grant, offer_sdp: str) -> MediaSession:
        if not may(grant.role, Verb.PUBLISH):
            raise NotAllowed
        return await self._session(grant, offer_sdp)

    async def whep(self, grant: Grant, offer_sdp: str, *, only: ParticipantId | None = None) -> MediaSession:
        if only is not None:
            self.calls.append(("whep only", only))
        return await self._session(grant, offer_sdp)

    async def patch_session(self, session: SessionId, fragment: str, etag: str | None) -> PatchResult:
        grant, current = self.sessions[session]
        if etag != "*" and etag != current:
            raise EtagMismatch
        if "ice-ufrag:new" not in fragment:
            return PatchResult(fragment=None, etag=current)
        renewed = self.next_id("e")
        self.sessions[session] = (grant, renewed)
        return PatchResult(fragment="a=ice-ufrag:server\r\n", etag=renewed)

    async def end_session(self, session: SessionId) -> None:
        del self.sessions[session]

    def session_room(self, session: SessionId) -> RoomId:
        if session not in self.sessions:
            raise SessionNotFound
        return self.sessions[session][0].room

    def session_token(self, session: SessionId) -> str:
        return self.sessions[session][0].token_id

    async def probe(self, offer_sdp: str, *, transport: str) -> str:
        self.calls.append(("probe", transport))
        return f"{transport} answer"

    def stats(self) -> ServerStats:
        return ServerStats(
            rooms=1, participants=len(self.members), seats_detached=0, sessions=len(self.sessions), transports=0,
            publications=0, subscriptions=0, handshakes_started=0, handshakes_failed=0, joins_refused=0,
            workers_alive=1, relay_received_packets=5, relay_sent_packets=7, relay_send_calls=3, relay_cpu_us=2_000_000,
            relay_drops={"unknown-ufrag": 4}, ready=self.is_ready,
        )  # fmt: skip

    def snapshot(self, seat: Seat, *, resumed: bool) -> None:
        member = self.members[seat.participant]
        assert member.sink is not None
        member.sink.deliver(
            RoomSnapshot(
                you=seat.participant,
                room=RoomView(id=seat.room, name=self.rooms[seat.room].name, started_at_ms=NOW_MS),
                participants=tuple(self.participants(seat.room)),
                resume_token=seat.resume_token,
                resume_ttl_s=60,
                resumed=resumed,
            )
        )

    def tell_others(self, seat: Seat, event: ParticipantJoined | ParticipantLeft) -> None:
        for member in self.members.values():
            if member.seat is not seat and member.seat.room == seat.room and member.sink is not None:
                member.sink.deliver(event)

    async def _session(self, grant: Grant, offer_sdp: str) -> MediaSession:
        if not offer_sdp.startswith("v=0"):
            raise SdpRefused
        await self.room(grant.room)
        session = SessionId(self.next_id("s-"))
        etag = self.next_id("e")
        self.sessions[session] = (grant, etag)
        return MediaSession(
            id=session, room=grant.room, participant=ParticipantId("p-0"), answer_sdp="v=0\r\n", etag=etag
        )

    def _end(self, member: _Member, error: HuishangError | None) -> None:
        del self.members[member.seat.participant]
        self.tell_others(member.seat, ParticipantLeft(member.seat.participant, LeaveReason.LEFT))
        if member.sink is not None and error is not None:
            member.sink.close(error, again=False)


def http_settings(**changes: object) -> HttpSettings:
    """The defaults of the product, on loopback without TLS."""
    values: dict[str, object] = {
        "host": "127.0.0.1", "port": 0, "tls": False, "allowed_origins": (), "trust_forwarded": False,
        "body_limit_bytes": 262_144, "json_depth": 32, "messages_per_s": 50, "message_burst": 200,
        "send_queue_bytes": 1_048_576,
    }  # fmt: skip
    return HttpSettings.model_validate(values | changes)


@dataclass(eq=False)
class RunningEdge:
    """`url` has no slash at its end."""

    url: str
    client: aiohttp.ClientSession
    conference: FakeConference
    tokens: MemoryTokens
    authority: TokenAuthority
    desk: FakeDesk
    library: FakeLibrary
    switch: FakeSwitch
    walls: WallDesk

    def token(self, room: RoomId = ROOM, role: Role = Role.PARTICIPANT, *, name: str = "王芳", now_s: float = 0) -> str:
        return self.authority.issue(room, role, identity=None, name=name, ttl_s=3600, now_s=now_s or time.time()).token

    def admin(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {ADMIN_KEY}"}

    def bearer(self, **choice: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(**choice)}"}  # type: ignore[arg-type]


def _walls(conference: FakeConference, wall_s: Callable[[], float]) -> WallDesk:
    return WallDesk(
        store=MemoryWalls(),
        conference=conference,  # type: ignore[arg-type]
        clock=_Clock(wall_s),
        allowed=allow(WEB_ALLOW),
    )


@asynccontextmanager
async def running_edge(
    *,
    http: HttpSettings | None = None,
    limits: SessionLimits | None = None,
    dist: Path = Path("/nonexistent"),
    checks: dict[str, Check] | None = None,
    beside: dict[str, Check] | None = None,
    max_waiting_sockets: int = 64,
    source_ports: SourcePorts | None = None,
    library: Library | None = None,
    films: Films | None = None,
    recordings: bool = True,
    tls: ssl.SSLContext | None = None,
    wall_s: Callable[[], float] = time.time,
) -> AsyncIterator[RunningEdge]:
    """The whole edge over a fake conference with the rooms ROOM and OTHER_ROOM."""
    tokens = MemoryTokens()
    conference = FakeConference(tokens)
    await conference.create_room("第一会议室", room=ROOM)
    await conference.create_room("别的会议室", room=OTHER_ROOM)
    authority = TokenAuthority(SECRET, revoked=tokens)
    desk = FakeDesk(frozenset({ROOM, OTHER_ROOM}))
    shelves = library or FakeLibrary()
    switch = FakeSwitch(frozenset({ROOM, OTHER_ROOM}))
    walls = _walls(conference, wall_s)
    app = make_app(
        conference=conference,  # type: ignore[arg-type]
        tokens=tokens,
        authority=authority,
        admin=AdminKey(ADMIN_KEY),
        http=http or http_settings(),
        auth=AuthSettings(join_ttl_s=43_200, leeway_s=30),
        dist=dist,
        checks=checks or {},
        limits=limits,
        max_waiting_sockets=max_waiting_sockets,
        desks=Desks(
            sources=desk,  # type: ignore[arg-type]
            source_ports=source_ports or SourcePorts(rtmp=1935, srt=8890),
            library=shelves if recordings else None,
            switch=switch if recordings else None,
            films=films,
            checks=beside or {},
            walls=walls,
            web_allow=WEB_ALLOW,
        ),
        wall_s=wall_s,
    )
    fake = shelves if isinstance(shelves, FakeLibrary) else FakeLibrary()
    async with listen(app, host="127.0.0.1", port=0, tls=tls) as addresses, aiohttp.ClientSession() as client:
        host, port = addresses[0]
        url = f"http{'s' if tls else ''}://{host}:{port}"
        yield RunningEdge(url, client, conference, tokens, authority, desk, fake, switch, walls)
