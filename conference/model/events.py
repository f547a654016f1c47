"""What happened in a room, as its verbs tell it: a closed union."""

from dataclasses import dataclass

from conference.model.ids import ParticipantId
from conference.model.participant import LeaveReason, ParticipantView


@dataclass(frozen=True, slots=True)
class ParticipantJoined:
    participant: ParticipantView


@dataclass(frozen=True, slots=True)
class ParticipantUpdated:
    """Replaces what is known of this participant."""

    participant: ParticipantView


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    participant: ParticipantId
    reason: LeaveReason


RoomEvent = ParticipantJoined | ParticipantUpdated | ParticipantLeft
