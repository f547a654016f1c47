"""The poll loop of a child: watched file descriptors and timers, in one thread. No asyncio: a child has a handful of
sockets, and its loop has to be small enough to be read whole."""

import heapq
import itertools
import selectors
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

MAX_WAIT_S: Final = 1.0

Call = Callable[[], None]


@dataclass(slots=True, order=True)
class Timer:
    """One call at a time to come; with `period_s` again and again."""

    due_s: float
    number: int
    call: Call | None = field(compare=False)
    period_s: float | None = field(compare=False, default=None)

    def cancel(self) -> None:
        """No call any more; harmless when it has happened already."""
        self.call = None


@dataclass(slots=True, frozen=True)
class _Watch:
    ready: Call
    write: Call | None


class Loop:
    """Calls back when a descriptor can be read or written and when a timer is due. What a callback raises ends
    `run`."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._watches: dict[int, _Watch] = {}
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._running = True

    def now_s(self) -> float:
        """Monotonic time, s."""
        return time.monotonic()

    def watch(self, fd: int, ready: Call, *, write: Call | None = None) -> None:
        """Call `ready` while `fd` has something to read (or has ended) and `write`, when given, while it takes more.
        A second call for the same descriptor replaces the first. Unwatch a descriptor before closing it."""
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if write is not None else 0)
        known = self._watches.get(fd)
        self._watches[fd] = _Watch(ready, write)
        if known is None:
            self._selector.register(fd, events)
        elif (known.write is None) != (write is None):
            self._selector.modify(fd, events)

    def unwatch(self, fd: int) -> None:
        """Harmless for a descriptor that is not watched."""
        if self._watches.pop(fd, None) is not None:
            self._selector.unregister(fd)

    def every(self, period_s: float, call: Call) -> None:
        """`call` each `period_s`; periods that were missed while the loop was busy are not made up for."""
        self._add(Timer(self.now_s() + period_s, next(self._numbers), call, period_s))

    def later(self, delay_s: float, call: Call) -> Timer:
        """`call` once, not before `delay_s`."""
        return self._add(Timer(self.now_s() + delay_s, next(self._numbers), call))

    def run(self) -> None:
        """Until `stop`."""
        while self._running:
            for key, events in self._selector.select(self._wait_s()):
                self._dispatch(key.fd, events)
                if not self._running:
                    return
            self._run_timers()

    def stop(self) -> None:
        """`run` returns after the current callback."""
        self._running = False

    def _add(self, timer: Timer) -> Timer:
        heapq.heappush(self._timers, timer)
        return timer

    def _wait_s(self) -> float:
        return min(max(self._timers[0].due_s - self.now_s(), 0.0), MAX_WAIT_S) if self._timers else MAX_WAIT_S

    def _dispatch(self, fd: int, events: int) -> None:
        # An earlier callback of the same turn may have unwatched it, or have put another socket on its number; a
        # spurious call is then possible and finds a non-blocking socket with nothing to read.
        watch = self._watches.get(fd)
        if watch is not None and events & selectors.EVENT_READ:
            watch.ready()
        watch = self._watches.get(fd)
        if watch is not None and watch.write is not None and events & selectors.EVENT_WRITE:
            watch.write()

    def _run_timers(self) -> None:
        # Only what is due now: a timer that sets itself to 0 s must not keep the sockets waiting.
        now = self.now_s()
        due: list[Timer] = []
        while self._timers and self._timers[0].due_s <= now:
            due.append(heapq.heappop(self._timers))
        for timer in due:
            if timer.call is None or not self._running:
                continue
            timer.call()
            if timer.period_s is not None and timer.call is not None:
                timer.due_s = max(timer.due_s + timer.period_s, now)
                self._add(timer)
