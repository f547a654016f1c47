"""The verbs the outside may call: `Conference`. Signatures are stable; bodies follow."""

from typing import Literal

from config.settings import RoomSettings
from conference.model.errors import SeatReplaced
from conference.model.ids import ParticipantId, RoomId, SessionId, TrackId
from conference.model.participant import ParticipantView
from conference.model.records import Grant, RoomRecord
from conference.ports import Clock, RoomStore, SeatSink, TokenStore
from conference.results import MediaSession, PatchResult, PublishRequest, PublishResult, ServerStats, Wish
from conference.seats import Seat
from conference.media.plane import Plane

Actor = Seat | Literal["admin"]


class Conference:
    def __init__(
        self, *, rooms: RoomStore, tokens: TokenStore, plane: Plane, settings: RoomSettings, clock: Clock
    ) -> None: ...

    # rooms
    async def create_room(
        self, name: str, *, room: RoomId | None = None, max_participants: int | None = None
    ) -> RoomRecord:
        """Raises RoomExists, NameInvalid."""
        raise NotImplementedError

    async def list_rooms(self) -> list[RoomRecord]:
        raise NotImplementedError

    async def room(self, room: RoomId) -> RoomRecord:
        """Raises RoomNotFound (also for a closed room)."""
        raise NotImplementedError

    async def delete_room(self, room: RoomId) -> None:
        """Everyone gets sink.close(RoomClosed(), again=False)."""
        raise NotImplementedError

    def participants(self, room: RoomId) -> list[ParticipantView]:
        """[] when nobody is there."""
        raise NotImplementedError

    async def remove(self, room: RoomId, participant: ParticipantId, *, by: Actor) -> None:
        """Raises NotAllowed, ParticipantNotFound. Revokes the token it joined with."""
        raise NotImplementedError

    async def token_revoked(self, token_id: str) -> None:
        """Ends everything that joined with this token (call after TokenStore.revoke): sink.close(TokenRevoked)."""
        raise NotImplementedError

    # people
    async def join(self, grant: Grant, *, name: str, sink: SeatSink) -> Seat:
        """RoomSnapshot is delivered to `sink` first. Raises RoomNotFound, RoomClosed, RoomFull, ServerFull, TokenRevoked, NameInvalid."""
        raise NotImplementedError

    async def resume(self, resume_token: str, grant: Grant, *, media_alive: bool, sink: SeatSink) -> Seat:
        """Raises ResumeUnknown: fall back to join. An old socket still attached gets close(SeatReplaced(), again=False)."""
        raise NotImplementedError

    def detach(self, seat: Seat, sink: SeatSink) -> None:
        """No effect when another sink sits there by now."""

    async def leave(self, seat: Seat) -> None: ...

    def resync(self, seat: Seat) -> None:
        """Delivers the RoomSnapshot and the outstanding offer again (after an overflowing send queue)."""

    async def publish(self, seat: Seat, offer_sdp: str, tracks: list[PublishRequest]) -> PublishResult:
        """Raises SdpRefused, NotAllowed, CodecUnsupported, ServerFull."""
        raise NotImplementedError

    async def subscribe_answer(self, seat: Seat, offer_number: int, sdp: str) -> None:
        """Raises SdpRefused, OfferUnexpected (stale number: ignore or tell)."""

    def wants(self, seat: Seat, wishes: list[Wish]) -> None:
        """Unknown tracks are passed over: they may just have left."""

    def mute(self, seat: Seat, track: TrackId, muted: bool) -> None:
        """Raises TrackNotFound."""

    def restart_down(self, seat: Seat) -> None: ...

    # WHIP / WHEP
    async def whip(self, grant: Grant, offer_sdp: str) -> MediaSession:
        raise NotImplementedError

    async def whep(self, grant: Grant, offer_sdp: str) -> MediaSession:
        raise NotImplementedError

    async def patch_session(self, session: SessionId, fragment: str, etag: str | None) -> PatchResult:
        """`etag`: the If-Match value without quotes, or "*". Raises SessionNotFound, EtagMissing, EtagMismatch, SdpRefused."""
        raise NotImplementedError

    async def end_session(self, session: SessionId) -> None:
        """Raises SessionNotFound."""

    def session_room(self, session: SessionId) -> RoomId:
        """Which room a session is in, for checking the URL and the Bearer token. Raises SessionNotFound."""
        raise NotImplementedError

    def session_token(self, session: SessionId) -> str:
        """The token id (`jti`) the session was made with. Raises SessionNotFound."""
        raise NotImplementedError

    # network probe of the join page
    async def probe(self, offer_sdp: str, *, transport: Literal["udp", "tcp"]) -> str:
        """The answer; candidates only of that transport; closed by the server after 10 s. Raises SdpRefused, ServerFull."""
        raise NotImplementedError

    def stats(self) -> ServerStats:
        raise NotImplementedError

    async def run(self) -> None:
        """The service's own task scope; ends only by cancellation."""
