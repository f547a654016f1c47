"""What is durable about rooms and join tokens."""

from dataclasses import dataclass, replace

from conference.model.ids import Identity, RoomId, WallId
from conference.model.names import clean_name
from conference.model.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRecord:
    """A room that was made. `closed_at_s`: None while people may join. Times are Unix seconds. `record_automatically`:
    recorded as soon as somebody publishes."""

    id: RoomId
    name: str
    max_participants: int
    created_at_s: float
    closed_at_s: float | None = None
    record_automatically: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomChange:
    """What is to be another of a room; None stays as it is."""

    name: str | None = None
    max_participants: int | None = None
    record_automatically: bool | None = None

    def within(self, max_participants: int) -> "RoomChange":
        """The same for a server with so many places. Raises NameInvalid."""
        name, places = self.name, self.max_participants
        return replace(
            self,
            name=None if name is None else clean_name(name),
            max_participants=None if places is None else min(places, max_participants),
        )

    def of(self, record: RoomRecord) -> RoomRecord:
        """The room after it."""
        automatic = self.record_automatically
        return replace(
            record,
            name=record.name if self.name is None else self.name,
            max_participants=self.max_participants or record.max_participants,
            record_automatically=record.record_automatically if automatic is None else automatic,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """A join token that was issued (never the token itself). `id` is its `jti`. Times are Unix seconds."""

    id: str
    room: RoomId
    role: Role
    identity: Identity | None
    name: str
    issued_at_s: float
    expires_at_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a verified join token allows. `token_id` is its `jti`. `wall`: it is no person's, but this display's."""

    room: RoomId
    role: Role
    identity: Identity | None
    name: str
    token_id: str
    expires_at_s: float
    wall: WallId | None = None
