"""What is durable about walls beside the nouns of `conference.model.wall`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from conference.model.ids import Identity, RoomId, WallId
from conference.model.wall import Wall


@dataclass(frozen=True, slots=True, kw_only=True)
class WallRecord:
    """A wall and its only device. `secret_hash`: SHA-256 of the device's secret, hex. `width`, `height`: of its screen
    in device pixels, 0 while unknown. `shared_by`: everyone in the room sees its layout, by whose order; None: no.
    `names`: what those whom its board names were called when they were last here."""

    wall: Wall
    secret_hash: str = field(repr=False)
    paired_by: str = ""
    width: int = 0
    height: int = 0
    shared_by: str | None = None
    names: Mapping[Identity, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What somebody did with a wall, a scene or an alarm. `verb`: a stable word. `detail`: short, for people. `by`: a
    name, `identity`: "" of a guest and of the administrator, who has no name either."""

    room: RoomId
    at_ms: int
    verb: str
    by: str
    identity: Identity
    wall: WallId | None = None
    wall_name: str = ""
    detail: str = ""
    id: int = 0
