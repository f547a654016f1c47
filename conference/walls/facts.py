"""What a wall must know of its room at a moment. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from conference.model.audience import Audience
from conference.model.ids import Identity, ParticipantId
from conference.model.participant import ParticipantKind, ParticipantView, Presence
from conference.model.source import SourceState
from conference.model.track import Source, TrackView

MAX_NAMES: Final = 1000
_DOWN: Final = frozenset(
    {
        SourceState.DISABLED,
        SourceState.WAITING,
        SourceState.OFFLINE,
        SourceState.WRONG_PASSWORD,
        SourceState.UNREACHABLE,
        SourceState.UNSUPPORTED,
        SourceState.QUARANTINED,
    }
)
"""No picture is to be expected. One on demand stands by until somebody looks: its turn is what brings it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """Somebody who is there. `picture`, `screen`: a camera, a screen is announced and not held back. `able`: a picture
    is to be expected now, so that a turn is not lost on it."""

    id: ParticipantId
    identity: Identity
    name: str
    picture: bool
    screen: bool
    able: bool
    private: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """`present`: by identity (who has none: by the participant's id), in the order they came. `speakers`: who spoke
    last comes first. `names`: of people who were here, too."""

    present: Mapping[Identity, Present] = field(default_factory=dict)
    by_id: Mapping[ParticipantId, Present] = field(default_factory=dict)
    speakers: tuple[ParticipantId, ...] = ()
    names: Mapping[Identity, str] = field(default_factory=dict)

    @property
    def able(self) -> frozenset[Identity]:
        """Who would be seen at once."""
        return frozenset(identity for identity, one in self.present.items() if one.able)

    def name(self, identity: Identity) -> str:
        """As long as nobody knows the name, the identity itself."""
        return self.names.get(identity, identity)


def facts(
    people: Iterable[ParticipantView], speakers: tuple[ParticipantId, ...], names: Mapping[Identity, str]
) -> Facts:
    """Displays, consoles and players are nobody. Of one identity that is there twice, the one with a picture counts."""
    present: dict[Identity, Present] = {}
    by_id: dict[ParticipantId, Present] = {}
    for view in people:
        if view.kind in (ParticipantKind.WALL, ParticipantKind.CONSOLE, ParticipantKind.VIEWER):
            continue
        one = _present(view)
        by_id[one.id] = one
        known = present.get(one.identity)
        if known is None or (one.able, one.picture) > (known.able, known.picture):
            present[one.identity] = one
    return Facts(present, by_id, speakers, names)


def _present(view: ParticipantView) -> Present:
    camera = _open(view, Source.CAMERA)
    return Present(
        id=view.id,
        identity=view.identity or Identity(view.id),
        name=view.name,
        picture=camera is not None,
        screen=_open(view, Source.SCREEN) is not None,
        able=camera is not None and _expected(view, camera),
        private=view.audience is Audience.HOSTS,
    )


def _open(view: ParticipantView, source: Source) -> TrackView | None:
    return next((t for t in view.tracks if t.source is source and not t.muted and not t.blocked), None)


def _expected(view: ParticipantView, camera: TrackView) -> bool:
    if view.feed is not None:
        return view.feed.status.state not in _DOWN
    return camera.receiving and view.presence is Presence.HERE
