"""What every video payload format gives and is asked."""

from dataclasses import dataclass
from typing import Final, Protocol

MAX_FRAME_BYTES: Final = 8 << 20
"""A 4K intra picture at the highest level's bitrate stays below this."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture. `size`: (width, height) of a keyframe; None: it is no keyframe."""

    data: bytes
    size: tuple[int, int] | None = None


class Format(Protocol):
    """Collects the payloads of one picture, in order and without holes, then gives the picture. Never raises for what
    anybody may have sent."""

    def begins(self, payload: bytes) -> bool:
        """Whether a picture surely begins with this packet. Asked only after a loss."""
        ...

    def add(self, payload: bytes) -> bool:
        """False: this is not as the format says; the picture is spoilt."""
        ...

    def finish(self) -> Picture | None:
        """The picture of what was added, and a clean start for the next one. None: it is broken. Without data: there is
        nothing in it to be shown."""
        ...

    def reset(self) -> None:
        """What was added is forgotten."""
        ...

    def private(self) -> bytes:
        """CodecPrivate for a file that begins with the keyframe that `finish` gave last."""
        ...
