"""A published track as people see it."""

from dataclasses import dataclass
from enum import StrEnum

from conference.model.ids import TrackId


class Kind(StrEnum):
    AUDIO = "audio"
    VIDEO = "video"


class Source(StrEnum):
    CAMERA = "camera"
    MICROPHONE = "microphone"
    SCREEN = "screen"
    SCREEN_AUDIO = "screen-audio"

    @property
    def kind(self) -> Kind:
        """The kind of media this source gives."""
        return Kind.AUDIO if self in (Source.MICROPHONE, Source.SCREEN_AUDIO) else Kind.VIDEO


class LayerReason(StrEnum):
    """Why a subscriber gets the layer it gets."""

    FITS = "fits"
    TILE = "tile"
    BANDWIDTH = "bandwidth"
    NO_LAYER = "no-layer"
    HIDDEN = "hidden"
    PUBLISHER_PAUSED = "publisher-paused"
    WAITING_KEYFRAME = "waiting-keyframe"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackView:
    """`muted`: its publisher sends silence or nothing; `blocked`: the server forwards nothing of it;
    `receiving`: media reaches the server right now."""

    id: TrackId
    kind: Kind
    source: Source
    muted: bool = False
    blocked: bool = False
    receiving: bool = False
