"""Frames into Clusters: short ones, so that little waits in memory, and each video keyframe first in its own."""

from dataclasses import dataclass
from typing import Final

from recorder.worker import matroska

_MAX_CLUSTER_MS: Final = 5_000
"""Far below the 16 bits of a block's relative time."""
_MAX_CLUSTER_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Cluster:
    """As in the file. Times in ms of the file; `key`: decoding can begin with it."""

    data: bytes
    from_ms: int
    until_ms: int
    key: bool


class Clusters:
    """`size`: bytes of the Cluster that is open. Times never step back: a frame that would is moved behind the last
    one. No two pictures have one time: the relay sends what a camera showed since its last keyframe within a moment."""

    __slots__ = ("_begun_ms", "_from_ms", "_key", "_parts", "_split_at_keys", "_step_ms", "last_ms", "size")

    def __init__(self, begun_ms: int, *, split_at_keys: bool) -> None:
        self._begun_ms = begun_ms
        self._split_at_keys = split_at_keys
        self._step_ms = 1 if split_at_keys else 0
        self._parts: list[bytes] = []
        self._from_ms = 0
        self._key = False
        self.size = 0
        self.last_ms = -self._step_ms

    def add(self, at_us: int, data: bytes, *, key: bool) -> Cluster | None:
        """At this Unix time. Gives the Cluster that ends with it."""
        at_ms = max(at_us // 1000 - self._begun_ms, self.last_ms + self._step_ms)
        full = at_ms - self._from_ms > _MAX_CLUSTER_MS or self.size > _MAX_CLUSTER_BYTES
        ended = self.take() if full or (key and self._split_at_keys) else None
        if not self._parts:
            self._from_ms = at_ms
            self._key = key
        self._parts.append(matroska.block(at_ms - self._from_ms, len(data), key=key))
        self._parts.append(data)
        self.size += matroska.BLOCK_BYTES + len(data)
        self.last_ms = at_ms
        return ended

    def take(self) -> Cluster | None:
        """The open Cluster, ended; None when it is empty."""
        if not self._parts:
            return None
        data = matroska.cluster(self._from_ms, self._parts, self.size)
        self._parts, self.size = [], 0
        return Cluster(data, self._from_ms, self.last_ms, self._key)
