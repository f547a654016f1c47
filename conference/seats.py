"""Seats: who sits where, and the tokens that give a seat back after a lost socket."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from conference.model.ids import ParticipantId, RoomId
from conference.model.roles import Role

MAX_REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """One person's place in one room. It outlives the socket; compare by identity."""

    room: RoomId
    participant: ParticipantId
    role: Role
    token_id: str
    resume_token: str
    resume_ttl_s: int

    def __repr__(self) -> str:
        return f"Seat({self.room}, {self.participant})"


class SeatBook:
    """Seats by their resume token. A token stays the same for the seat's life: a page that lost the newest welcome
    can still come back."""

    def __init__(self, *, ttl_s: float) -> None:
        self._ttl_s = int(ttl_s)
        self._seats: dict[str, Seat] = {}

    def take(self, room: RoomId, participant: ParticipantId, role: Role, token_id: str) -> Seat:
        """A new seat."""
        token = secrets.token_urlsafe(24)
        seat = Seat(room, participant, role, token_id, token, self._ttl_s)
        self._seats[token] = seat
        return seat

    def find(self, resume_token: str) -> Seat | None:
        """The seat of that token, None when it is given up."""
        return self._seats.get(resume_token)

    def give_up(self, seat: Seat) -> None:
        """The token works no more. Idempotent."""
        self._seats.pop(seat.resume_token, None)


class Recent:
    """The latest ids of something, a bounded number: closes the gap between a check in the store and what follows."""

    def __init__(self) -> None:
        self._ids: OrderedDict[str, None] = OrderedDict()

    def add(self, name: str) -> None:
        """Remembers it; forgets the oldest beyond the bound."""
        self._ids[name] = None
        if len(self._ids) > MAX_REMEMBERED:
            self._ids.popitem(last=False)

    def __contains__(self, name: str) -> bool:
        return name in self._ids
