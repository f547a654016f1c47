"""What all outputs to outside addresses have in common: why they fail, and what waits for a slow line."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from recorder.film.encode import Coded

MAX_WAITING_MS: Final = 4_000
"""More than two groups of pictures: behind a slow line one of them is left out, and what is seen is never older."""
MAX_WAITING_BYTES: Final = 8 << 20


class PushFailed(OSError):
    """`code`: of conference.model.push."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Unit:
    """What waits: `at_ms` since the beginning of what the far end gets."""

    at_ms: int
    packet: Coded

    @property
    def key(self) -> bool:
        """Decoding may begin here."""
        return self.packet.video and self.packet.key


class Backlog:
    """What waits to be sent, bounded in time and size: whole groups of pictures are left out, with their sound."""

    def __init__(self, max_ms: int = MAX_WAITING_MS, max_bytes: int = MAX_WAITING_BYTES) -> None:
        self._max_ms, self._max_bytes = max_ms, max_bytes
        self._units: deque[Unit] = deque()
        self._bytes = 0
        self._needs_key = True
        self.dropped_groups = 0

    def __bool__(self) -> bool:
        return bool(self._units)

    def push(self, unit: Unit) -> None:
        if self._needs_key and not unit.key:
            return
        self._needs_key = False
        self._units.append(unit)
        self._bytes += len(unit.packet.data)
        while self._is_too_much():
            self._drop_group()

    def pop(self) -> Unit | None:
        """The next one, None: nothing waits."""
        if not self._units:
            return None
        unit = self._units.popleft()
        self._bytes -= len(unit.packet.data)
        return unit

    def clear(self) -> None:
        """What waits is left out; it goes on with a keyframe."""
        self._units.clear()
        self._bytes = 0
        self._needs_key = True

    def _is_too_much(self) -> bool:
        if not self._units:
            return False
        waited_ms = self._units[-1].at_ms - self._units[0].at_ms
        return waited_ms > self._max_ms or self._bytes > self._max_bytes

    def _drop_group(self) -> None:
        self.dropped_groups += 1
        self.pop()
        while self._units and not self._units[0].key:
            self.pop()
        self._needs_key = not self._units
