"""Who gets which track: computed as a whole from what is published and wished, then compared with what is. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from conference.media.up import Publication
from conference.model.ids import ParticipantId, TrackId
from conference.model.track import Kind

MAX_AUDIO: Final = 40
MAX_VIDEO: Final = 56
"""Together the most m-sections one browser is asked to hold; beyond that its negotiation takes seconds."""


@dataclass(frozen=True, slots=True)
class Forwardable:
    """A published track: `number` is the relay's. A new number under the same id is a new source of packets.

    `alternative`: the same track in a codec that everybody can play, for those that cannot play this one.
    """

    track: TrackId
    owner: ParticipantId
    number: int
    kind: Kind
    screen: bool
    publication: Publication
    alternative: "Forwardable | None" = None


def reconcile(
    subscriber: ParticipantId,
    published: Iterable[Forwardable],
    *,
    carried: Sequence[TrackId],
    video: Mapping[TrackId, int],
    loudest: Sequence[TrackId],
) -> list[Forwardable]:
    """What the subscriber should get, in order of importance: all audio of others (the loudest ones when there is too
    much), and video it wants to see. `carried`: what it gets now, which is kept when it is still wanted."""
    others = [track for track in published if track.owner != subscriber]
    rank = {track: position for position, track in enumerate(loudest)}
    keep = set(carried)
    audio = [track for track in others if track.kind is Kind.AUDIO]
    audio.sort(key=lambda t: (rank.get(t.track, len(rank)), t.track not in keep))
    seen = [track for track in others if track.kind is Kind.VIDEO and track.track in video]
    seen.sort(key=lambda t: (-video[t.track], t.track not in keep))
    return audio[:MAX_AUDIO] + seen[:MAX_VIDEO]
