"""Where one track's frames go: segments one after the other, and the gaps between what was written."""

from collections.abc import Callable
from typing import Final, Protocol

from recorder import words
from recorder.worker.pauses import Pauses
from recorder.worker.segment import ClosedReason, Host, Plan, Segment

SILENT_US: Final = 3_000_000
HOLD_US: Final = 300_000
"""The relay reports each stream within its first tick."""
_MERGE_US: Final = 1_000_000
"""Gaps of one reason that are nearer than this are told as one."""


class Opener(Host, Protocol):
    def open(self, segment: Segment) -> None:
        """Ask the core for its file."""
        ...

    def accepts(self) -> bool:
        """Whether frames may be added now: storage works and not too much waits for it."""
        ...


class Lane:
    """`on_interrupted`: called when nothing more is written until the next frame that can be decoded alone."""

    def __init__(self, track: words.Track, host: Opener, on_interrupted: Callable[[], None]) -> None:
        self._track = track
        self._codec: words.Codec = "opus" if track.kind == "audio" else track.codec
        self._host = host
        self._on_interrupted = on_interrupted
        self._segment: Segment | None = None
        self._pauses: Pauses | None = None
        self._next: words.SegmentReason = "begun"
        self._break: words.GapReason | None = None
        self._until_us: int | None = None
        self._gap: tuple[int, int, words.GapReason] | None = None
        self.dropped_frames = 0

    def follow(self, other: "Lane") -> None:
        """This track takes the number of another, which has ended."""
        self._next = "changed"
        self._until_us = other._until_us
        self._break = "silent"

    def write(
        self, at_us: int, data: bytes, *, private: Callable[[], bytes], size: tuple[int, int] | None, key: bool, us: int
    ) -> bool:
        """A frame that lasts `us`. A segment begins with a key frame: the caller sees to that by waiting for one after
        each interruption. False: storage does not take it."""
        if not self._host.accepts():
            self.dropped_frames += 1
            if self._until_us is None:
                # Nothing of this track was ever written: what is missing begins here.
                self._until_us = at_us
            self.interrupt("disk")
            return False
        segment = self._segment
        if segment is not None and self._pauses is not None and not self._fill(segment, self._pauses, at_us):
            segment = None
        if segment is None:
            segment = self._begin(at_us, private(), size)
        self._note(at_us)
        segment.add(at_us, data, key=key)
        if self._pauses is not None:
            self._pauses.wrote(data, us)
        self._until_us = at_us + us
        return True

    def interrupt(self, reason: words.GapReason) -> None:
        """Nothing is written from here to the next frame. The first reason counts."""
        if self._break is None:
            self._break = reason
            self._on_interrupted()

    def cut(self, reason: ClosedReason, following: words.SegmentReason, gap: words.GapReason) -> None:
        """The segment ends here; the next frame begins another."""
        self.interrupt(gap)
        if self._segment is not None:
            self._next = following
            self._segment.close(reason)
            self._segment = None

    def end(self, reason: ClosedReason, now_us: int) -> None:
        """No more frames."""
        if self._break is not None and self._until_us is not None:
            self._note(now_us)
            self._until_us = now_us
        self._tell_gap()
        if self._segment is not None:
            self._segment.close(reason)
            self._segment = None

    def flush(self) -> None:
        if self._segment is not None:
            self._segment.flush()

    def sync(self, now_us: int) -> None:
        """Once a second."""
        if self._segment is not None:
            self._segment.sync()
        if self._gap is not None and now_us - self._gap[1] > _MERGE_US:
            self._tell_gap()

    @property
    def waiting_bytes(self) -> int:
        return 0 if self._segment is None else self._segment.waiting_bytes

    def _begin(self, at_us: int, private: bytes, size: tuple[int, int] | None) -> Segment:
        track = self._track
        reason, self._next = self._next, "disk"
        plan = Plan(track.track, track.kind, self._codec, private, size, track.name, at_us // 1000, reason)
        self._pauses = Pauses(at_us) if track.kind == "audio" else None
        self._segment = segment = Segment(plan, self._host, self._disk_failed)
        self._host.open(segment)
        return segment

    def _fill(self, segment: Segment, pauses: Pauses, at_us: int) -> bool:
        """False: the segment ends here."""
        filling = pauses.before(at_us)
        if filling is None:
            self.cut("clock", "clock", "silent")
            return False
        for time_us, packet in filling:
            segment.add(time_us, packet, key=True)
        return True

    def _disk_failed(self) -> None:
        self._segment = None
        self._next = "disk"
        self.interrupt("disk")

    def _note(self, at_us: int) -> None:
        """A gap that ends here, if there is one."""
        reason, self._break = self._break, None
        began_us = self._until_us
        if began_us is None or at_us <= began_us:
            return
        if reason is None:
            if at_us - began_us < SILENT_US:
                return
            reason = "silent"
        if self._gap is not None and self._gap[2] == reason and began_us - self._gap[1] < _MERGE_US:
            self._gap = (self._gap[0], at_us, reason)
            return
        self._tell_gap()
        self._gap = (began_us, at_us, reason)

    def _tell_gap(self) -> None:
        if self._gap is not None:
            began_us, until_us, reason = self._gap
            self._gap = None
            if until_us // 1000 > began_us // 1000:
                self._host.tell(words.Gap(self._track.track, began_us // 1000, until_us // 1000, reason))
