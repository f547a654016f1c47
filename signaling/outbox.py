"""The bounded queue between a room and one person's socket. Pure: no clock, no socket.

Full: what a later `welcome` would tell anyway is dropped, all of it, and a resync is due as soon as the rest is sent.
What nobody would repeat (answers, refusals, goodbye) is kept; when even that does not fit, the peer is too slow.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    STATE = auto()
    """Told again by a resync."""
    REPLY = auto()
    """Told once."""
    PING = auto()
    """A WebSocket ping (a control frame)."""
    PONG = auto()
    """The answer to one."""


@dataclass(frozen=True, slots=True)
class Frame:
    kind: Kind
    data: bytes


class Outbox:
    """`limit_bytes` bounds what waits; a single frame passes whatever its size, so that a large room can be told."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._resync_due = False
        self.dropped = 0
        """Frames left out so far."""
        self.overflowed = False
        """Even the frames that must not be dropped did not fit: give this peer up."""

    @property
    def waiting_bytes(self) -> int:
        return self._bytes

    def put(self, frame: Frame) -> None:
        """Takes or drops `frame`; never raises."""
        if frame.kind is Kind.STATE and self._resync_due:
            self.dropped += 1
            return
        if self._fits(frame):
            self._take(frame)
            return
        if frame.kind in {Kind.PING, Kind.PONG}:
            self.dropped += 1
            return
        self._drop_state()
        if frame.kind is Kind.STATE:
            self.dropped += 1
        elif self._fits(frame):
            self._take(frame)
        else:
            self.overflowed = True

    def next(self) -> Frame | None:
        """The oldest frame, or None when nothing waits."""
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._bytes -= len(frame.data)
        return frame

    def take_resync(self) -> bool:
        """Whether the peer must be told everything afresh; asking takes the mark away."""
        due, self._resync_due = self._resync_due, False
        return due

    def clear(self) -> None:
        """Forgets all that waits: only the goodbye matters now."""
        self._frames.clear()
        self._bytes = 0
        self._resync_due = False

    def _fits(self, frame: Frame) -> bool:
        return not self._frames or self._bytes + len(frame.data) <= self._limit_bytes

    def _take(self, frame: Frame) -> None:
        self._frames.append(frame)
        self._bytes += len(frame.data)

    def _drop_state(self) -> None:
        kept = [frame for frame in self._frames if frame.kind is not Kind.STATE]
        self.dropped += len(self._frames) - len(kept)
        self._frames = deque(kept)
        self._bytes = sum(len(frame.data) for frame in kept)
        self._resync_due = True
