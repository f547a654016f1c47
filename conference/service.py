"""The verbs the outside may call: `Conference`. No verb waits between reading and writing the state of a room."""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from conference.census import server_stats, tell_measured
from conference.live import UP_GRACE_S, LiveRoom
from conference.media.down import DownConnection
from conference.media.forwarding import Forwardable
from conference.media.plane import Plane
from conference.media.sdp_offer import read_remote
from conference.media.whep import WhepConnection
from conference.media.worker import Worker
from conference.members import (
    Link,
    Member,
    NobodyLooks,
    Onlooker,
    grant_of,
    joined_kind,
    new_participant,
    source_participant,
)
from conference.model.audience import Audience
from conference.model.errors import (
    HuishangError,
    NotAllowed,
    ParticipantNotFound,
    ParticipantRemoved,
    ResumeUnknown,
    RoomClosed,
    SeatReplaced,
    TokenRevoked,
)
from conference.model.ids import Identity, ParticipantId, RoomId, SessionId, SourceId, TrackId
from conference.model.names import clean_name
from conference.model.participant import LeaveReason, ParticipantKind, ParticipantView, Presence, SourceFeed
from conference.model.records import Grant, RoomChange, RoomRecord
from conference.model.roles import Role, Verb, may
from conference.model.source import Measured
from conference.model.track import LayerReason
from conference.ports import Clock, RoomStore, SeatSink, TokenStore
from conference.results import MediaSession, PatchResult, PublishRequest, PublishResult, ServerStats, Wish
from conference.seats import Recent, Seat, SeatBook
from conference.sessions import Probes, SessionBook, encoder_tracks, patch
from conference.sources.feed import Feed
from config.settings import RoomSettings

Actor = Seat | Literal["admin"]

log = logging.getLogger(__name__)


class Conference:
    """Rooms, people in them, and what flows between them."""

    def __init__(
        self,
        *,
        rooms: RoomStore,
        tokens: TokenStore,
        plane: Plane,
        settings: RoomSettings,
        clock: Clock,
    ) -> None:
        self._rooms = rooms
        self._tokens = tokens
        self._plane = plane
        self._settings = settings
        self._clock = clock
        self._live: dict[RoomId, LiveRoom] = {}
        self._seats = SeatBook(ttl_s=settings.seat_ttl_s)
        self._sessions = SessionBook()
        self._probes = Probes(plane)
        self._closed_rooms = Recent()
        self._revoked_tokens = Recent()
        self._dirty: dict[LiveRoom, None] = {}
        self._wake = asyncio.Event()
        self.onlooker: Onlooker = NobodyLooks()
        """Set before anybody comes."""

    # ---- rooms ------------------------------------------------------------------------------------------------------

    async def create_room(
        self,
        name: str,
        *,
        room: RoomId | None = None,
        max_participants: int | None = None,
        record_automatically: bool = False,
    ) -> RoomRecord:
        """Raises RoomExists, NameInvalid."""
        limit = self._settings.max_participants
        record = RoomRecord(
            id=room or RoomId(f"r-{secrets.token_hex(5)}"),
            name=clean_name(name),
            max_participants=min(max_participants or limit, limit),
            created_at_s=self._clock.wall_s(),
            record_automatically=record_automatically,
        )
        await self._rooms.create(record)
        return record

    async def change_room(self, room: RoomId, change: RoomChange) -> RoomRecord:
        """Holds at once, also in a meeting that is on; nobody is sent away, and whoever is there sees a new name when
        coming in the next time. Raises RoomNotFound, RoomClosed, NameInvalid."""
        await self.room(room)
        record = await self._rooms.change(room, change.within(self._settings.max_participants))
        live = self._live.get(room)
        if live is not None:
            live.set_record(record)
        return record

    async def list_rooms(self) -> list[RoomRecord]:
        """Rooms that are not closed."""
        return await self._rooms.list_open()

    async def room(self, room: RoomId) -> RoomRecord:
        """Raises RoomNotFound, RoomClosed."""
        record = await self._rooms.get(room)
        if record.closed_at_s is not None or room in self._closed_rooms:
            raise RoomClosed(room)
        return record

    async def delete_room(self, room: RoomId) -> None:
        """Nobody may join any more; everyone in it is sent away with RoomClosed. Raises RoomNotFound."""
        await self._rooms.close(room, closed_at_s=self._clock.wall_s())
        self._closed_rooms.add(room)
        live = self._live.pop(room, None)
        if live is not None:
            self._dirty.pop(live, None)
            for member in live.members.values():
                self._forget(member)
            live.end(RoomClosed())

    @property
    def live_rooms(self) -> dict[RoomId, LiveRoom]:
        """Rooms with somebody in them."""
        return self._live

    def participants(self, room: RoomId) -> list[ParticipantView]:
        """Who is there now; [] when nobody is."""
        live = self._live.get(room)
        return list(live.room.participants) if live is not None else []

    async def remove(self, room: RoomId, participant: ParticipantId, *, by: Actor) -> None:
        """Ends somebody's media and place, and its own token; an open invitation goes on working for the others.

        Raises NotAllowed, ParticipantNotFound.
        """
        if by != "admin" and (by.room != room or not may(by.role, Verb.REMOVE)):
            raise NotAllowed("remove")
        live = self._live.get(room)
        member = live.members.get(participant) if live is not None else None
        if live is None or member is None:
            raise ParticipantNotFound(participant)
        if member.link is not None:
            await member.link.removed()
            return
        if member.kind is ParticipantKind.WALL:
            await self.onlooker.removed(room, member, by=None if by == "admin" else by.participant)
            return
        if member.personal:
            self._revoked_tokens.add(member.token_id)
        self._send_away(live, member, ParticipantRemoved())
        if member.personal:
            await self._tokens.revoke(member.token_id, revoked_at_s=self._clock.wall_s())

    def dismiss(self, room: RoomId, participant: ParticipantId, error: HuishangError, *, again: bool) -> None:
        """Sends somebody away who may come back when `again`. Idempotent."""
        live = self._live.get(room)
        member = live.members.get(participant) if live is not None else None
        if live is not None and member is not None:
            self._send_away(live, member, error, again=again)

    async def token_revoked(self, token_id: str) -> None:
        """Sends away everything that came with this token; call it after TokenStore.revoke."""
        self._revoked_tokens.add(token_id)
        for live in list(self._live.values()):
            for member in [m for m in live.members.values() if m.token_id == token_id]:
                self._send_away(live, member, TokenRevoked())

    # ---- people with a page -----------------------------------------------------------------------------------------

    async def join(self, grant: Grant, *, name: str, sink: SeatSink, console: bool = False) -> Seat:
        """The RoomSnapshot is delivered to `sink` before anything else. `console`: this page drives displays.

        Raises RoomNotFound, RoomClosed, RoomFull, ServerFull, TokenRevoked, NameInvalid, NotAllowed.
        """
        record = await self._admit(grant)
        kind = joined_kind(grant, console=console)
        member = Member(new_participant(), kind, grant.token_id, grant.identity is not None, sink=sink)
        view = self._view(member, grant, name or grant.name or (grant.identity or ""))
        with self._entering(record) as live:
            if kind.seated:
                live.room.check_space()
            self._replace(live, live.same_device(view))
            seat = self._seats.take(grant.room, member.id, grant.role, grant.token_id)
            member.seat = seat
            live.enter(member, view)
        log.info("- %s joined %s", member.id, grant.room)
        return seat

    async def resume(self, resume_token: str, grant: Grant, *, media_alive: bool, sink: SeatSink) -> Seat:
        """The seat of that token on a new socket; the others never see it leave. An old socket that is still attached
        is closed with SeatReplaced. Without `media_alive` its old connections end and the page makes new ones.

        Raises ResumeUnknown: the caller falls back to `join`.
        """
        seat = self._seats.find(resume_token)
        live = self._live.get(seat.room) if seat is not None else None
        if seat is None or live is None or (seat.room, seat.token_id) != (grant.room, grant.token_id):
            raise ResumeUnknown
        member = live.members[seat.participant]
        old, member.sink, member.detached_s = member.sink, sink, None
        if old is not None and old is not sink:
            old.close(SeatReplaced(), again=False)
        live.snapshot(member, resumed=True)
        live.renew_media(member, media_alive=media_alive)
        live.set_presence(member, Presence.HERE)
        self._changed(live)
        return seat

    def sitting(self, resume_token: str) -> Grant | None:
        """What whoever shows this may do, as long as the seat is its own, and the name it goes by; None: nobody's."""
        seat = self._seats.find(resume_token)
        live, member = self._find(seat) if seat is not None else (None, None)
        if seat is None or live is None or member is None:
            return None
        return grant_of(seat, live.room.participant(member.id))

    def detach(self, seat: Seat, sink: SeatSink) -> None:
        """The socket is lost: the seat is kept for its time. No effect when another socket sits there by now."""
        live, member = self._find(seat)
        if live is not None and member is not None and member.sink is sink:
            member.sink = None
            member.detached_s = self._clock.monotonic_s()
            live.set_presence(member, Presence.RECONNECTING)

    async def leave(self, seat: Seat) -> None:
        """Gives the seat up at once. Idempotent."""
        live, member = self._find(seat)
        if live is not None and member is not None:
            self._exit(live, member, LeaveReason.LEFT)

    def resync(self, seat: Seat) -> None:
        """Delivers the room and the outstanding offer again: the reader was too slow and its queue was dropped."""
        live, member = self._find(seat)
        if live is not None and member is not None:
            live.snapshot(member, resumed=True)
            if isinstance(member.down, DownConnection) and member.down.outstanding is not None:
                member.deliver(member.down.outstanding)

    async def publish(self, seat: Seat, offer_sdp: str, tracks: list[PublishRequest]) -> PublishResult:
        """Takes an offer of the up connection. Another PeerConnection (another `o=` session id or certificate) replaces
        the old one under the same track ids; new ICE credentials restart ICE.

        Raises SdpRefused, NotAllowed, CodecUnsupported, ServerFull, MediaLost (make a new PeerConnection),
        ParticipantNotFound.
        """
        live, member = self._seated(seat)
        if not may(seat.role, Verb.PUBLISH):
            raise NotAllowed("publish")
        answer, published = live.publish(member, read_remote(offer_sdp), tracks)
        return PublishResult(answer_sdp=answer, tracks=published)

    async def subscribe_answer(self, seat: Seat, offer_number: int, sdp: str) -> None:
        """Raises SdpRefused, OfferUnexpected (not the outstanding offer: harmless), ServerFull, ParticipantNotFound."""
        live, member = self._seated(seat)
        live.answered(member, offer_number, sdp)

    def wants(self, seat: Seat, wishes: list[Wish]) -> None:
        """Replaces earlier wishes for these tracks. Unknown tracks are passed over: they may just have left."""
        live, member = self._seated(seat)
        now_s = self._clock.monotonic_s()
        before = member.wishes.video(now_s).keys()
        for wish in wishes:
            if live.room.owner(wish.track) is not None:
                member.wishes.wish(wish.track, wish.width, wish.height, wish.priority, now_s=now_s)
        named = {wish.track for wish in wishes}
        if isinstance(member.down, DownConnection):
            subscriptions = member.down.subscriptions.of
            live.want(member, [number for number, source in subscriptions.items() if source.track in named])
        if member.wishes.video(now_s).keys() != before:
            self._changed(live)

    def mute(self, seat: Seat, track: TrackId, muted: bool) -> None:
        """Raises TrackNotFound, ParticipantNotFound."""
        live, member = self._seated(seat)
        live.mute(member, track, muted=muted)

    def block(self, seat: Seat, track: TrackId, blocked: bool) -> None:
        """A host holds a track back from everybody, or lets it go again. Raises NotAllowed, TrackNotFound,
        ParticipantNotFound."""
        live, _ = self._seated(seat)
        if not may(seat.role, Verb.BLOCK):
            raise NotAllowed("block")
        live.block(track, blocked=blocked)

    def restart_down(self, seat: Seat) -> None:
        """The down connection is offered again with new ICE credentials; if its transport has ended, as a new
        connection (another session id in its `o=` line: the page makes a new PeerConnection)."""
        live, member = self._seated(seat)
        if isinstance(member.down, DownConnection) and member.down.transport.open:
            member.down.restart_ice()
            live.offer(member)
        else:
            live.reset_down(member)

    # ---- WHIP and WHEP ----------------------------------------------------------------------------------------------

    async def whip(self, grant: Grant, offer_sdp: str) -> MediaSession:
        """An encoder joins and publishes. Its earlier session of the same identity is replaced.

        Raises as `join` and `publish`.
        """
        if not may(grant.role, Verb.PUBLISH):
            raise NotAllowed("publish")
        record = await self._admit(grant)
        remote = read_remote(offer_sdp)
        requests = encoder_tracks(remote)
        member = Member(new_participant(), ParticipantKind.ENCODER, grant.token_id, grant.identity is not None)
        view = self._view(member, grant, grant.name or grant.identity or "WHIP")
        with self._entering(record) as live:
            self._replace(live, live.same_device(view))
            live.enter(member, view)
            try:
                answer, _ = live.publish(member, remote, requests)
            except HuishangError:
                self._leave(live, member, LeaveReason.LEFT)
                raise
            return self._session(live, member, answer, remote.bundle[0])

    async def whep(self, grant: Grant, offer_sdp: str, *, only: ParticipantId | None = None) -> MediaSession:
        """A player joins and receives, with `only` nothing but that participant. Raises as `join`, and
        CodecUnsupported."""
        if not may(grant.role, Verb.SUBSCRIBE):
            raise NotAllowed("subscribe")
        record = await self._admit(grant)
        remote = read_remote(offer_sdp)
        personal = grant.identity is not None
        member = Member(new_participant(), ParticipantKind.VIEWER, grant.token_id, personal, only=only)
        view = self._view(member, grant, grant.name or grant.identity or "WHEP")
        with self._entering(record) as live:
            live.room.check_space()
            down = WhepConnection(self._plane, live.worker, remote, room=live.number, on_layer=_nobody)
            member.down = down
            live.enter(member, view)
            return self._session(live, member, down.answer, remote.bundle[0])

    async def patch_session(self, session: SessionId, fragment: str, etag: str | None) -> PatchResult:
        """`etag`: the If-Match value without quotes, or "*". Raises SessionNotFound, EtagMissing, EtagMismatch,
        SdpRefused, MediaLost, ServerFull."""
        return patch(self._sessions.get(session), fragment, etag)

    async def end_session(self, session: SessionId) -> None:
        """Raises SessionNotFound."""
        found = self._sessions.get(session)
        self._exit(found.live, found.member, LeaveReason.LEFT)

    def session_room(self, session: SessionId) -> RoomId:
        """Which room a session is in. Raises SessionNotFound."""
        return self._sessions.get(session).live.view.id

    def session_token(self, session: SessionId) -> str:
        """The id of the token the session was made with. Raises SessionNotFound."""
        return self._sessions.get(session).member.token_id

    async def probe(self, offer_sdp: str, *, transport: Literal["udp", "tcp"]) -> str:
        """The answer of a connection in no room, with candidates of that transport only; it ends after 10 s. Raises
        SdpRefused, TransportOff, ServerFull."""
        return self._probes.answer(offer_sdp, transport)

    # ---- sources ----------------------------------------------------------------------------------------------------

    async def link_source(
        self,
        room: RoomId,
        feed: Feed,
        *,
        name: str,
        shown: SourceFeed,
        removed: Callable[[], Awaitable[None]],
        audience: Audience = Audience.ALL,
    ) -> None:
        """A source takes its place in a room. Idempotent. Raises RoomNotFound, RoomClosed."""
        live = self._live.get(room)
        record = live.record if live is not None else await self.room(room)
        with self._entering(record, worker=feed.worker) as live:
            participant = source_participant(feed.source)
            if participant in live.members:
                return
            member = Member(participant, ParticipantKind.SOURCE, "", personal=False)
            unwatch = feed.watch(lambda: live.feed_changed(member))
            member.link = Link(feed, room, removed, unwatch)
            view = ParticipantView(
                id=member.id,
                identity=Identity(feed.source),
                name=name,
                role=Role.PARTICIPANT,
                kind=member.kind,
                joined_at_ms=self._wall_ms(),
                feed=shown,
                audience=audience,
            )
            live.enter(member, view)
            live.feed_changed(member)
            if feed.worker is not live.worker:
                log.warning("x source %s cannot be seen in %s: another relay worker has it", feed.source, room)

    def unlink_source(self, room: RoomId, source: SourceId) -> None:
        """It leaves the room. Idempotent."""
        live = self._live.get(room)
        member = live.members.get(source_participant(source)) if live is not None else None
        if live is not None and member is not None:
            self._exit(live, member, LeaveReason.REMOVED)

    def show_source(
        self, room: RoomId, source: SourceId, *, name: str, shown: SourceFeed, audience: Audience = Audience.ALL
    ) -> None:
        """Its state or name is another one, or others may see it."""
        live = self._live.get(room)
        participant = source_participant(source)
        if live is not None and participant in live.members:
            live.tell(live.room.set_feed(participant, name, shown, audience))
            self._changed(live)

    def tell_measured(self, measured: dict[SourceId, Measured]) -> None:
        """The numbers of all sources, to the rooms they are in."""
        tell_measured(self._live.values(), measured)

    # ---- the whole --------------------------------------------------------------------------------------------------

    def stats(self) -> ServerStats:
        """Numbers for /metrics and /readyz."""
        return server_stats(self._plane, self._live.values(), sessions=len(self._sessions))

    async def run(self) -> None:
        """The conference's own tasks; ends only by cancellation."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._plane.run(), name="plane")
            tasks.create_task(self._reconcile_when_changed(), name="reconcile")
            tasks.create_task(self._every_second(), name="seconds")

    # ---- inside -----------------------------------------------------------------------------------------------------

    async def _admit(self, grant: Grant) -> RoomRecord:
        live = self._live.get(grant.room)
        record = live.record if live is not None else await self.room(grant.room)
        if grant.token_id in self._revoked_tokens:  # revoked since the grant was checked
            raise TokenRevoked(grant.token_id)
        if grant.room in self._closed_rooms:  # closed while the store was asked
            raise RoomClosed(grant.room)
        self._plane.admit()
        return record

    @contextmanager
    def _entering(self, record: RoomRecord, *, worker: Worker | None = None) -> Iterator[LiveRoom]:
        """The live room, made when this is the first person; gone again when nobody could enter."""
        live = self._live.get(record.id)
        if live is None:
            live = LiveRoom(
                record,
                started_at_ms=self._wall_ms(),
                plane=self._plane,
                changed=self._changed,
                worker=worker,
                onlooker=self.onlooker,
            )
            self._live[record.id] = live
        try:
            yield live
        finally:
            self._drop_if_empty(live)

    def _drop_if_empty(self, live: LiveRoom) -> None:
        if not live.members and self._live.get(live.view.id) is live:
            del self._live[live.view.id]
            self._dirty.pop(live, None)
            live.forget()

    def _view(self, member: Member, grant: Grant, name: str) -> ParticipantView:
        return ParticipantView(
            id=member.id,
            identity=grant.identity or Identity(""),
            name=clean_name(name),
            role=grant.role,
            kind=member.kind,
            joined_at_ms=self._wall_ms(),
        )

    def _session(self, live: LiveRoom, member: Member, answer: str, tag_mid: str) -> MediaSession:
        session = self._sessions.add(live, member, tag_mid=tag_mid)
        transport = session.connection.transport
        transport.on_closed = lambda _reason: self._exit(live, member, LeaveReason.LOST)
        transport.on_ice = lambda state: self._exit(live, member, LeaveReason.LOST) if state == "failed" else None
        log.info("- session %s of %s in %s", session.id, member.id, live.view.id)
        return MediaSession(
            id=session.id, room=live.view.id, participant=member.id, answer_sdp=answer, etag=session.etag
        )

    def _find(self, seat: Seat) -> tuple[LiveRoom | None, Member | None]:
        live = self._live.get(seat.room)
        member = live.members.get(seat.participant) if live is not None else None
        return (live, member) if member is not None and member.seat is seat else (None, None)

    def _seated(self, seat: Seat) -> tuple[LiveRoom, Member]:
        live, member = self._find(seat)
        if live is None or member is None:
            raise ParticipantNotFound(seat.participant)
        return live, member

    def _forget(self, member: Member) -> None:
        if member.seat is not None:
            self._seats.give_up(member.seat)
        self._sessions.remove_member(member)

    def _leave(self, live: LiveRoom, member: Member, reason: LeaveReason) -> None:
        """Idempotent."""
        if live.members.get(member.id) is member:
            self._forget(member)
            live.exit(member, reason)
            log.info("- %s left %s: %s", member.id, live.view.id, reason)

    def _replace(self, live: LiveRoom, member: Member | None) -> None:
        if member is not None:
            sink = member.sink
            self._leave(live, member, LeaveReason.REPLACED)
            if sink is not None:
                sink.close(SeatReplaced(), again=False)

    def _exit(self, live: LiveRoom, member: Member, reason: LeaveReason) -> None:
        self._leave(live, member, reason)
        self._drop_if_empty(live)

    def _send_away(self, live: LiveRoom, member: Member, error: HuishangError, *, again: bool = False) -> None:
        sink = member.sink
        self._exit(live, member, LeaveReason.REMOVED)
        if sink is not None:
            sink.close(error, again=again)

    def _changed(self, live: LiveRoom) -> None:
        self._dirty[live] = None
        self._wake.set()

    async def _reconcile_when_changed(self) -> None:
        """Changes that come together are handled together; a storm of them takes at most a quarter of the time."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            rooms, self._dirty = self._dirty, {}
            begun_s = time.monotonic()
            for live in rooms:
                try:
                    live.reconcile(self._clock.monotonic_s())
                except Exception:  # a fault in one room must not stop the others; this is the edge of a timer
                    log.exception("x reconcile of %s", live.view.id)
            await asyncio.sleep(min(0.5, 3 * (time.monotonic() - begun_s)))

    async def _every_second(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            try:
                self.second(self._clock.monotonic_s())
            except Exception:  # the edge of a timer: the next second comes in any case
                log.exception("x seconds")

    def second(self, now_s: float) -> None:
        """What time itself brings about: seats expire, tracks without media are withdrawn, quality is graded."""
        self._probes.sweep(self._plane.now_s())
        rows = self._plane.transport_stats()
        for live in list(self._live.values()):
            for member in list(live.members.values()):
                if member.detached_s is not None and now_s - member.detached_s >= self._settings.seat_ttl_s:
                    self._exit(live, member, LeaveReason.LOST)
                    continue
                if member.up_lost_s is not None and self._plane.now_s() - member.up_lost_s >= UP_GRACE_S:
                    live.drop_tracks(member)
                live.grade(member, rows)
                if member.wishes.expire(now_s):
                    self._changed(live)

    def _wall_ms(self) -> int:
        return int(self._clock.wall_s() * 1000)


def _nobody(_source: Forwardable, _layer: int | None, _temporal: int, _reason: LayerReason) -> None:
    """A player has no page that could show its layers."""
