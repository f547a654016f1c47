"""A conference over a fake relay, with stores in memory and people whose messages a test can read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from conference.model.errors import HuishangError, RoomExists, RoomNotFound
from conference.model.ids import Identity, RoomId
from conference.model.outgoing import Outgoing, RoomSnapshot, SubscribeOffered
from conference.model.records import Grant, RoomChange, RoomRecord, TokenRecord
from conference.model.roles import Role
from conference.model.track import Source
from conference.results import PublishRequest, PublishResult
from conference.seats import Seat
from conference.service import Conference
from config.settings import RoomSettings
from tests.fakes.relay import Event, Relay, make_plane

VECTORS = Path(__file__).parents[1] / "vectors" / "sdp"
Message = TypeVar("Message")


def vector(name: str) -> str:
    """An offer as a real peer writes it."""
    return (VECTORS / f"{name}.sdp").read_bytes().decode()


def renamed(offer: str, *, session: str, ufrag: str | None = None, certificate: str = "49") -> str:
    """The same offer from another PeerConnection, or with other ICE credentials."""
    offer = offer.replace("4611731400430051336", session).replace("sha-256 49:", f"sha-256 {certificate}:")
    return offer.replace("a=ice-ufrag:4ZcD", f"a=ice-ufrag:{ufrag}") if ufrag else offer


def answer_to(offer: str, *, setup: str = "active", drop: tuple[str, ...] = ()) -> str:
    """What a browser would answer to one of our offers: everything, but sections named in `drop` (by mid) refused."""
    lines = []
    for number, block in enumerate(offer.replace("\r\n", "\n").strip().split("\nm=")):
        rows = (f"m={block}" if number else block).split("\n")
        mid = next((row[6:] for row in rows if row.startswith("a=mid:")), None)
        if mid in drop:
            kind, _, rest = rows[0].partition(" ")
            rows[0] = f"{kind} 0 {rest.partition(' ')[2]}"
        lines += [_mirrored(row, setup, drop) for row in rows if not row.startswith(_OURS)]
    return "\r\n".join(lines) + "\r\n"


_OURS = ("a=candidate", "a=end-of", "a=ssrc", "a=msid", "a=ice-lite")


def _mirrored(row: str, setup: str, drop: tuple[str, ...]) -> str:
    if row.startswith("a=group:BUNDLE"):
        return " ".join(word for word in row.split(" ") if word not in drop)
    if row.startswith("a=setup:"):
        return f"a=setup:{setup}"
    if row.startswith("a=ice-ufrag:"):
        return "a=ice-ufrag:peer"
    if row.startswith("a=ice-pwd:"):
        return "a=ice-pwd:peerpeerpeerpeerpeerpeer"
    if row.startswith("a=fingerprint:"):
        return "a=fingerprint:sha-256 " + ":".join(["5C"] * 32)
    if row.startswith("o="):
        return "o=- 77 2 IN IP4 127.0.0.1"
    return {"a=sendonly": "a=recvonly"}.get(row, row)


class MemoryRooms:
    def __init__(self) -> None:
        self.records: dict[RoomId, RoomRecord] = {}
        self.closed: set[RoomId] = set()

    async def create(self, record: RoomRecord) -> None:
        if record.id in self.records:
            raise RoomExists(record.id)
        self.records[record.id] = record

    async def get(self, room: RoomId) -> RoomRecord:
        await asyncio.sleep(0)  # as a database would, it lets others run
        if room not in self.records:
            raise RoomNotFound(room)
        return self.records[room]

    async def list_open(self) -> list[RoomRecord]:
        return [record for record in self.records.values() if record.id not in self.closed]

    async def change(self, room: RoomId, change: RoomChange) -> RoomRecord:
        self.records[room] = change.of(await self.get(room))
        return self.records[room]

    async def close(self, room: RoomId, *, closed_at_s: float) -> None:
        if room not in self.records:
            raise RoomNotFound(room)
        self.closed.add(room)
        await asyncio.sleep(0)


class MemoryTokens:
    def __init__(self) -> None:
        self.revoked: set[str] = set()

    async def record(self, token: TokenRecord) -> None: ...

    async def revoke(self, token_id: str, *, revoked_at_s: float) -> None:
        self.revoked.add(token_id)

    async def is_revoked(self, token_id: str) -> bool:
        await asyncio.sleep(0)
        return token_id in self.revoked


@dataclass
class Page:
    """A person's browser, as far as the service sees it."""

    got: list[Outgoing] = field(default_factory=list)
    ended: tuple[HuishangError, bool] | None = None

    def deliver(self, message: Outgoing) -> None:
        self.got.append(message)

    def close(self, error: HuishangError, *, again: bool) -> None:
        self.ended = (error, again)

    def all(self, kind: type[Message]) -> list[Message]:
        """Messages of one type, oldest first."""
        return [message for message in self.got if isinstance(message, kind)]

    def last(self, kind: type[Message]) -> Message:
        """The newest of one type."""
        return self.all(kind)[-1]

    @property
    def offer(self) -> SubscribeOffered:
        return self.last(SubscribeOffered)

    @property
    def room(self) -> RoomSnapshot:
        return self.last(RoomSnapshot)


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self) -> float:
        return 1_700_000_000.0 + self.now_s


@dataclass
class Hall:
    """The conference, the fake relay below it, and shorthands."""

    conference: Conference
    relay: Relay
    rooms: MemoryRooms
    tokens: MemoryTokens
    clock: Clock
    room: RoomId

    def grant(self, role: Role = Role.PARTICIPANT, *, token: str = "j-1", identity: str | None = None) -> Grant:
        who = Identity(identity) if identity else None
        return Grant(room=self.room, role=role, identity=who, name="来宾", token_id=token, expires_at_s=9e9)

    async def join(
        self, name: str = "甲", role: Role = Role.PARTICIPANT, *, token: str = "j-1", identity: str | None = None
    ) -> tuple[Seat, Page]:
        page = Page()
        grant = self.grant(role, token=token, identity=identity)
        return await self.conference.join(grant, name=name, sink=page), page

    async def publish(self, seat: Seat, offer: str | None = None, *, muted: bool = False) -> PublishResult:
        """Microphone and camera, as a browser offers them."""
        requests = [
            PublishRequest(mid="0", source=Source.MICROPHONE, muted=muted),
            PublishRequest(mid="1", source=Source.CAMERA),
        ]
        result = await self.conference.publish(seat, offer or vector("chrome-publish-simulcast"), requests)
        await self.settle()
        return result

    async def answer(self, seat: Seat, page: Page, **how: Any) -> None:
        """The page accepts the newest offer."""
        offer = page.offer
        await self.conference.subscribe_answer(seat, offer.number, answer_to(offer.sdp, **how))
        await self.settle()

    async def tell(self, *events: Any) -> None:
        """The relay tells; when this returns the conference has heard."""
        self.relay.push(*events)
        await self.settle()

    async def settle(self) -> None:
        """Everything that was set off has happened: the relay's events were read, no room waits for the reconciler."""
        for _ in range(4):  # an event needs the loop's next look at its file descriptors
            await asyncio.sleep(0)
        while self.conference._dirty:  # noqa: ASYNC110  it is the service's own queue that is watched
            await asyncio.sleep(0)


@asynccontextmanager
async def hall(*, max_participants: int = 20, **media: Any) -> AsyncIterator[Hall]:
    """A running conference with one room."""
    plane, relay = make_plane(**media)
    rooms, tokens, clock = MemoryRooms(), MemoryTokens(), Clock()
    conference = Conference(
        rooms=rooms,
        tokens=tokens,
        plane=plane,
        settings=RoomSettings(max_participants=max_participants, seat_ttl_s=60, first_room=""),
        clock=clock,
    )
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(conference.run())
        await asyncio.sleep(0)
        record = await conference.create_room("作战会商")
        made = Hall(conference, relay, rooms, tokens, clock, record.id)
        try:
            await made.settle()
            yield made
        finally:
            running.cancel()
    plane.close()


__all__ = ["Clock", "Event", "Hall", "Page", "answer_to", "hall", "renamed", "vector"]
