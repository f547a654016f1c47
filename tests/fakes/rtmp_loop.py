"""A worker loop moved by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class _Timer:
    due_s: float
    call: Callable[[], None] | None
    period_s: float | None = None

    def cancel(self) -> None:
        self.call = None


@dataclass
class HandLoop:
    """Time moves when the test says so; sockets are looked at when it says so."""

    time_s: float = 100.0
    timers: list[_Timer] = field(default_factory=list)
    watched: dict[int, tuple[Callable[[], None], Callable[[], None] | None]] = field(default_factory=dict)

    def now_s(self) -> float:
        return self.time_s

    def watch(self, fd: int, ready: Callable[[], None], *, write: Callable[[], None] | None = None) -> None:
        self.watched[fd] = (ready, write)

    def unwatch(self, fd: int) -> None:
        self.watched.pop(fd, None)

    def later(self, delay_s: float, call: Callable[[], None]) -> _Timer:
        self.timers.append(_Timer(self.time_s + delay_s, call))
        return self.timers[-1]

    def every(self, period_s: float, call: Callable[[], None]) -> None:
        self.timers.append(_Timer(self.time_s + period_s, call, period_s))

    def pass_s(self, seconds: float) -> None:
        """Timers run in their order."""
        end_s = self.time_s + seconds
        while True:
            due = min((timer for timer in self.timers if timer.call is not None), key=lambda t: t.due_s, default=None)
            if due is None or due.due_s > end_s:
                break
            self.time_s, call = due.due_s, due.call
            if due.period_s is None:
                due.call = None
            else:
                due.due_s += due.period_s
            if call is not None:
                call()
        self.time_s = end_s

    def turn(self) -> None:
        """Every watched socket once."""
        for ready, write in list(self.watched.values()):
            ready()
            if write is not None:
                write()
