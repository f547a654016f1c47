"""One participant on the server's side: where messages go, its two connections, its tracks."""

import math
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from conference.media.down import DownConnection
from conference.media.quality import Meter
from conference.media.up import UpConnection
from conference.media.whep import WhepConnection
from conference.media.wishes import Wishes
from conference.model.errors import NotAllowed
from conference.model.ids import ParticipantId, RoomId, SourceId, TrackId
from conference.model.outgoing import Outgoing
from conference.model.participant import ParticipantKind, ParticipantView
from conference.model.records import Grant
from conference.model.roles import Verb, may
from conference.ports import SeatSink
from conference.seats import Seat
from conference.sources.feed import NOTHING, Feed


@dataclass(slots=True)
class Link:
    """A source's place in a room. `removed`: a host has sent it away. `unwatch` ends the news of its tracks."""

    feed: Feed
    room: RoomId
    removed: Callable[[], Awaitable[None]]
    unwatch: Callable[[], None]

    def close(self) -> None:
        """The room needs nothing of it any more; the source itself goes on."""
        self.unwatch()
        self.feed.set_need(self.room, NOTHING, 0)


@dataclass(slots=True)
class Member:
    """`mids`: which m-section of the up connection carries each announced track. `paused`: relay numbers of held back
    tracks. `detached_s`, `up_lost_s`: since when there is no socket, and no up connection under announced tracks
    (monotonic seconds)."""

    id: ParticipantId
    kind: ParticipantKind
    token_id: str
    personal: bool
    """Its token names one identity; otherwise it came in by an open invitation, which many people share."""
    seat: Seat | None = None
    sink: SeatSink | None = None
    detached_s: float | None = None
    up: UpConnection | None = None
    up_lost_s: float | None = None
    down: DownConnection | WhepConnection | None = None
    mids: dict[TrackId, str] = field(default_factory=dict)
    paused: set[int] = field(default_factory=set)
    wishes: Wishes = field(default_factory=Wishes)
    meter: Meter = field(default_factory=Meter)
    link: Link | None = None
    """Of a source; everybody else has None."""
    only: ParticipantId | None = None
    """A player that wants nothing but this participant."""

    def deliver(self, message: Outgoing) -> None:
        """To its page, if there is one now."""
        if self.sink is not None:
            self.sink.deliver(message)

    def close_media(self) -> None:
        """When this returns the relay forwards nothing from or to it."""
        if self.up is not None:
            self.up.close()
        if self.down is not None:
            self.down.close()
        self.up = self.down = None
        if self.link is not None:
            self.link.close()
            self.link = None


class Onlooker(Protocol):
    """Follows what happens in rooms. No call but `removed` waits."""

    def greeted(self, room: RoomId, member: Member) -> None:
        """The whole room was just told to this member: at its coming, after a lost socket, after a full queue."""
        ...

    def changed(self, room: RoomId) -> None:
        """Somebody came, left, is another now, or is heard."""
        ...

    async def removed(self, room: RoomId, member: Member, *, by: ParticipantId | None) -> None:
        """A host (None: the administrator) has sent this display away, for good."""
        ...


class NobodyLooks:
    """Implements Onlooker for a server without walls."""

    def greeted(self, room: RoomId, member: Member) -> None: ...

    def changed(self, room: RoomId) -> None: ...

    async def removed(self, room: RoomId, member: Member, *, by: ParticipantId | None) -> None: ...


def joined_kind(grant: Grant, *, console: bool) -> ParticipantKind:
    """What somebody with this grant is in the room. Raises NotAllowed for a console of anybody but a host."""
    if grant.wall is not None:
        return ParticipantKind.WALL
    if not console:
        return ParticipantKind.PERSON
    if not may(grant.role, Verb.DIRECT):
        raise NotAllowed("console")
    return ParticipantKind.CONSOLE


def grant_of(seat: Seat, view: ParticipantView) -> Grant:
    """What somebody on this seat may do for as long as it sits there: also longer than the token it came with."""
    return Grant(
        room=seat.room,
        role=view.role,
        identity=view.identity or None,
        name=view.name,
        token_id=seat.token_id,
        expires_at_s=math.inf,
    )


def source_participant(source: SourceId) -> ParticipantId:
    """A source is the same participant in every room and after every restart: its tile does not move."""
    return ParticipantId(f"p-{source}")


def new_participant() -> ParticipantId:
    """Of somebody who comes."""
    return ParticipantId(f"p-{secrets.token_hex(6)}")
