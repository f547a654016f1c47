"""A sound track: Opus as it came; G.711 becomes Opus, which every player of the recording can play."""

from collections.abc import Callable
from typing import Final

from recorder import words
from recorder.worker.formats.opus import duration_us
from recorder.worker.g711 import G711
from recorder.worker.intake import Intake
from recorder.worker.lane import HOLD_US, Lane, Opener
from recorder.worker.matroska import opus_head
from recorder.worker.pauses import MAX_AHEAD_US
from recorder.worker.segment import ClosedReason

CLOCKS_HZ: Final = {"opus": 48_000, "pcmu": 8_000, "pcma": 8_000}


class SoundTrack:
    """Times come from the timestamps: what a sender leaves out in silence (DTX) is no gap."""

    def __init__(self, track: words.Track, host: Opener) -> None:
        self.pt = track.pt
        self.lane = Lane(track, host, lambda: None)
        self._g711 = None if track.codec == "opus" else G711(track.codec)
        deliver: Callable[[int, bool, bytes, int], None] = self._opus if self._g711 is None else self._to_opus
        self.intake = Intake(track.clock_hz, self.lane, deliver, self._lost, step_us=MAX_AHEAD_US)
        self.intake.await_report(HOLD_US)
        self.packet = self.intake.packet
        self.malformed = 0
        self.keyframe_requests = 0

    def report(self, unix_us: int, timestamp: int, _now_us: int) -> None:
        self.intake.report(unix_us, timestamp)

    def tick(self, now_us: int) -> None:
        """Four times a second, forty times while a packet is missing."""
        self.intake.tick(now_us)

    def end(self, reason: ClosedReason, now_us: int) -> None:
        self.intake.flush()
        self.lane.end(reason, now_us)

    def _lost(self) -> None:
        self.lane.interrupt("loss")

    def _opus(self, timestamp: int, _marker: bool, payload: bytes, arrived_us: int) -> None:
        us = duration_us(payload)
        if us is None:
            if payload:
                self.malformed += 1
                self.lane.interrupt("damaged")
            return
        at_us = self.intake.unix_us(timestamp, arrived_us)
        self.lane.write(at_us, payload, private=opus_head, size=None, key=True, us=us)

    def _to_opus(self, timestamp: int, _marker: bool, payload: bytes, arrived_us: int) -> None:
        if payload and self._g711 is not None:
            for at, packet in self._g711.encode(timestamp, payload):
                at_us = self.intake.unix_us(at, arrived_us)
                self.lane.write(at_us, packet, private=opus_head, size=None, key=True, us=20_000)
