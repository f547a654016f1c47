"""One RTP stream: its numbering, its clock, its restarts. The same for sound and picture."""

from collections.abc import Callable
from typing import Final, Protocol

from recorder import words
from recorder.worker.clock import MAX_STEP_US, SenderClock
from recorder.worker.lane import SILENT_US
from recorder.worker.reorder import MAX_WAIT_US, Reorder
from recorder.worker.segment import ClosedReason

_NEAR: Final = 3000
_MAX_EARLY: Final = 2000


class Line(Protocol):
    """Where frames go that lie on one time line."""

    def cut(self, reason: ClosedReason, following: words.SegmentReason, gap: words.GapReason) -> None:
        """What follows lies on another one."""
        ...


class Intake:
    """`deliver(timestamp, marker, payload, arrived_us)`: packets in order. `lost`: some before the next are missing.
    `max_wait_us`: how long a hole is waited for. `step_us`: see `SenderClock`."""

    def __init__(
        self,
        clock_hz: int,
        lane: Line,
        deliver: Callable[[int, bool, bytes, int], None],
        lost: Callable[[], None],
        *,
        max_wait_us: int = MAX_WAIT_US,
        step_us: int = MAX_STEP_US,
    ) -> None:
        self._lane = lane
        self._lost = lost
        self._reorder = Reorder(deliver, self._missing, self._restarted, max_wait_us=max_wait_us)
        self._clock = SenderClock(clock_hz, step_us=step_us)
        self.push = self._reorder.push
        self.arrived_us = 0
        """When the last packet came."""
        self.lost_packets = 0
        self._hold_us = 0
        self._early: list[tuple[int, int, bool, bytes, int]] | None = None

    def await_report(self, hold_us: int) -> None:
        """The first packets of each numbering wait for a sender report, at most so long: what is written by the time of
        arrival stands too late in the file."""
        self._hold_us = hold_us
        self._early = []

    def packet(self, seq: int, timestamp: int, marker: bool, payload: bytes, now_us: int) -> None:
        silent_us, self.arrived_us = now_us - self.arrived_us, now_us
        if silent_us >= SILENT_US:
            distance = self._reorder.distance(seq)
            if distance is not None and not 0 <= distance <= _NEAR:
                self._reorder.restart()
                self._restarted()
                self._early = [] if self._hold_us else None
        if self._early is None:
            self.push(seq, timestamp, marker, payload, now_us)
        else:
            self._early.append((seq, timestamp, marker, payload, now_us))
            self._release_late(now_us)

    def report(self, unix_us: int, timestamp: int) -> None:
        self._clock.report(unix_us, timestamp)
        if self._early:
            self._release()

    def unix_us(self, timestamp: int, arrived_us: int) -> int:
        """When this was captured. A jump of the time line ends the segment."""
        at_us = self._clock.unix_us(timestamp, arrived_us)
        if at_us is None:
            self._clock.restart()
            self._lane.cut("clock", "clock", "clock")
            at_us = self._clock.unix_us(timestamp, arrived_us)
        return arrived_us if at_us is None else at_us

    def hole_us(self, now_us: int) -> int:
        """Since when a packet is missing that may still come; 0: none is."""
        since_us = self._reorder.hole_since_us
        return 0 if since_us is None else now_us - since_us

    @property
    def waits(self) -> bool:
        """A packet is missing that may still come."""
        return self._reorder.hole_since_us is not None

    def tick(self, now_us: int) -> None:
        self._release_late(now_us)
        if self._reorder.hole_since_us is not None:
            self._reorder.tick(now_us)

    def flush(self) -> None:
        """The stream has ended: what waits is delivered."""
        self._release()
        self._reorder.flush()

    def _release_late(self, now_us: int) -> None:
        if self._early and (now_us - self._early[0][4] >= self._hold_us or len(self._early) >= _MAX_EARLY):
            self._release()

    def _release(self) -> None:
        early, self._early = self._early or (), None
        for _seq, timestamp, _marker, _payload, arrived_us in early:
            self._clock.arrived(timestamp, arrived_us)
        for packet in early:
            self.push(*packet)

    def _missing(self, count: int) -> None:
        self.lost_packets += count
        self._lost()

    def _restarted(self) -> None:
        self._clock.restart()
        self._lane.cut("reconnected", "reconnected", "silent")
        self._lost()
