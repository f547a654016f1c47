"""Seats: who sits where, and the tokens that give a seat back after a lost socket."""

from dataclasses import dataclass

from conference.model.ids import ParticipantId, RoomId
from conference.model.roles import Role


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """One person's place in one room. It outlives the socket; compare by identity."""

    room: RoomId
    participant: ParticipantId
    role: Role
    token_id: str
    resume_token: str
