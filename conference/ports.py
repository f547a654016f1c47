"""What the conference needs from outside, declared by the one who calls. The composition root plugs it in."""

from typing import Protocol

from conference.model.errors import HuishangError
from conference.model.ids import RoomId
from conference.model.outgoing import Outgoing
from conference.model.records import RoomRecord, TokenRecord


class RoomStore(Protocol):
    """Durable rooms. A call returns only after its change is committed."""

    async def create(self, record: RoomRecord) -> None:
        """Raises RoomExists when the id is taken, also by a closed room."""
        ...

    async def get(self, room: RoomId) -> RoomRecord:
        """Also gives closed rooms. Raises RoomNotFound."""
        ...

    async def list_open(self) -> list[RoomRecord]:
        """Rooms that are not closed, oldest first."""
        ...

    async def close(self, room: RoomId, *, closed_at_s: float) -> None:
        """Nobody joins it any more. Idempotent: the first time stands. Raises RoomNotFound."""
        ...


class TokenStore(Protocol):
    """Durable knowledge of issued join tokens."""

    async def record(self, token: TokenRecord) -> None: ...

    async def revoke(self, token_id: str, *, revoked_at_s: float) -> None:
        """Idempotent; an id that was never recorded is remembered as revoked too."""
        ...

    async def is_revoked(self, token_id: str) -> bool: ...


class SeatSink(Protocol):
    """Where a person's messages go. Neither call waits: the implementation has a bounded queue."""

    def deliver(self, message: Outgoing) -> None: ...

    def close(self, error: HuishangError, *, again: bool) -> None:
        """Tell why, then end this person's socket. `again`: reconnecting makes sense."""
        ...


class Clock(Protocol):
    """Time, so that tests can hold it."""

    def monotonic_s(self) -> float: ...

    def wall_s(self) -> float:
        """Unix time."""
        ...
