"""What the pipeline asks of the child's poll loop."""

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    def cancel(self) -> None: ...


class Loop(Protocol):
    """The part of the child's loop that the pipeline uses; tests give one whose clock they hold."""

    def now_s(self) -> float:
        """Monotonic."""
        ...

    def watch(self, fd: int, ready: Callable[[], None], *, write: Callable[[], None] | None = None) -> None: ...
    def unwatch(self, fd: int) -> None: ...
    def every(self, period_s: float, call: Callable[[], None]) -> None: ...
    def later(self, delay_s: float, call: Callable[[], None]) -> Timer: ...
