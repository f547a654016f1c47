"""RTMP's 32-bit milliseconds as one time line for sound and picture that never jumps back."""

from dataclasses import dataclass
from typing import Final

_WRAP: Final = 1 << 32
_HALF: Final = 1 << 31

BACKWARDS_MS: Final = 1_000
"""Less than this is disorder inside the stream and is told as it is; more is an encoder that began anew."""

_TOGETHER_MS: Final = 5_000
"""Two tracks that began anew at about the same place did so together."""


@dataclass(slots=True)
class Track:
    """`raw_ms`: unwrapped time of its last message, None before the first."""

    raw_ms: int | None = None
    shift_ms: int = 0


class Timeline:
    """Shared by the tracks of one publisher."""

    def __init__(self) -> None:
        self._shift_ms = 0
        self._latest_ms = 0
        self._raw_ms: int | None = None

    def at_ms(self, track: Track, timestamp_ms: int) -> int:
        """Where a message of `track` with this 32-bit time lies."""
        before = track.raw_ms if track.raw_ms is not None else self._raw_ms
        if before is None:
            before = timestamp_ms
        step = (timestamp_ms - before + _HALF) % _WRAP - _HALF
        raw = before + step
        if track.raw_ms is None:
            track.shift_ms = self._shift_ms
        elif step < -BACKWARDS_MS:
            if abs(raw + self._shift_ms - self._latest_ms) > _TOGETHER_MS:
                self._shift_ms = self._latest_ms - raw
            track.shift_ms = self._shift_ms
        track.raw_ms = self._raw_ms = raw
        at = raw + track.shift_ms
        self._latest_ms = max(self._latest_ms, at)
        return at
