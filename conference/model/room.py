"""Who is in a room: the owner of that state. A verb changes it whole or not at all and returns what happened."""

from dataclasses import replace

from conference.model.audience import Audience
from conference.model.errors import ParticipantNotFound, RoomFull
from conference.model.events import ParticipantJoined, ParticipantLeft, ParticipantUpdated
from conference.model.ids import ParticipantId, TrackId
from conference.model.participant import LeaveReason, ParticipantView, Presence, SourceFeed
from conference.model.track import TrackView


class Room:
    """Participants in the order they came. Pure: ids and times are arguments."""

    def __init__(self, *, max_participants: int) -> None:
        self.max_participants = max_participants
        self._members: dict[ParticipantId, ParticipantView] = {}

    def __len__(self) -> int:
        return len(self._members)

    def __contains__(self, participant: ParticipantId) -> bool:
        return participant in self._members

    @property
    def participants(self) -> tuple[ParticipantView, ...]:
        """Everyone, in the order they came."""
        return tuple(self._members.values())

    def participant(self, participant: ParticipantId) -> ParticipantView:
        """Raises ParticipantNotFound."""
        try:
            return self._members[participant]
        except KeyError:
            raise ParticipantNotFound(participant) from None

    def owner(self, track: TrackId) -> ParticipantView | None:
        """Who publishes this track."""
        return next((member for member in self._members.values() if member.track(track) is not None), None)

    def check_space(self) -> None:
        """Raises RoomFull. Cameras and displays take nobody's place."""
        seated = sum(member.kind.seated for member in self._members.values())
        if seated >= self.max_participants:
            raise RoomFull(f"{seated} participants")

    def join(self, participant: ParticipantView) -> ParticipantJoined:
        """Raises RoomFull."""
        if participant.kind.seated:
            self.check_space()
        self._members[participant.id] = participant
        return ParticipantJoined(participant)

    def leave(self, participant: ParticipantId, reason: LeaveReason) -> ParticipantLeft | None:
        """None when it was not there."""
        if self._members.pop(participant, None) is None:
            return None
        return ParticipantLeft(participant, reason)

    def set_presence(self, participant: ParticipantId, presence: Presence) -> ParticipantUpdated | None:
        """None when nothing changed."""
        return self._put(replace(self.participant(participant), presence=presence))

    def set_quality(self, participant: ParticipantId, quality: int) -> ParticipantUpdated | None:
        """None when nothing changed."""
        return self._put(replace(self.participant(participant), quality=quality))

    def set_feed(
        self, participant: ParticipantId, name: str, feed: SourceFeed, audience: Audience
    ) -> ParticipantUpdated | None:
        """A source's name, state, and who sees it; None when nothing changed."""
        return self._put(replace(self.participant(participant), name=name, feed=feed, audience=audience))

    def set_name(self, participant: ParticipantId, name: str) -> ParticipantUpdated | None:
        """None when nothing changed."""
        return self._put(replace(self.participant(participant), name=name))

    def set_tracks(self, participant: ParticipantId, tracks: tuple[TrackView, ...]) -> ParticipantUpdated | None:
        """None when nothing changed."""
        return self._put(replace(self.participant(participant), tracks=tracks))

    def set_track(self, participant: ParticipantId, track: TrackView) -> ParticipantUpdated | None:
        """Replaces the track of the same id; None when nothing changed."""
        tracks = tuple(track if old.id == track.id else old for old in self.participant(participant).tracks)
        return self.set_tracks(participant, tracks)

    def _put(self, participant: ParticipantView) -> ParticipantUpdated | None:
        if self._members[participant.id] == participant:
            return None
        self._members[participant.id] = participant
        return ParticipantUpdated(participant)
