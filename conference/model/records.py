"""What is durable about rooms and join tokens."""

from dataclasses import dataclass

from conference.model.ids import Identity, RoomId
from conference.model.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRecord:
    """A room that was made. `closed_at_s` is None while people may join. Times are Unix seconds."""

    id: RoomId
    name: str
    max_participants: int
    created_at_s: float
    closed_at_s: float | None = None


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
    """What a verified join token allows. `token_id` is its `jti`."""

    room: RoomId
    role: Role
    identity: Identity | None
    name: str
    token_id: str
    expires_at_s: float
