"""How many handshakes may start: a flood of joins must not starve the people already talking. Pure."""

from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """A virtual queue: each start reserves the next free moment. A burst of one second's worth starts at once."""

    per_s: float
    _next_s: float = 0.0

    def reserve(self, now_s: float) -> float:
        """Seconds to wait before this start."""
        burst_s = 1.0
        self._next_s = max(self._next_s, now_s - burst_s) + 1.0 / self.per_s
        return max(0.0, self._next_s - now_s)

    def backlog_s(self, now_s: float) -> float:
        """Seconds a start would wait if it were reserved now."""
        return max(0.0, self._next_s - now_s)
