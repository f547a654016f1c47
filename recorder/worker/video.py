"""A video track: whole pictures only, after each damage from the next keyframe on."""

from collections.abc import Callable
from typing import Final, Protocol

from recorder import words
from recorder.worker.formats.av1 import Av1
from recorder.worker.formats.frame import Format
from recorder.worker.formats.h264 import H264
from recorder.worker.formats.vp8 import Vp8
from recorder.worker.formats.vp9 import Vp9
from recorder.worker.intake import Intake, Line
from recorder.worker.lane import HOLD_US, Lane, Opener
from recorder.worker.reorder import MAX_WAIT_US
from recorder.worker.segment import ClosedReason

FORMATS: Final[dict[str, Callable[[], Format]]] = {"vp8": Vp8, "vp9": Vp9, "h264": H264, "av1": Av1}
CLOCK_HZ: Final = 90_000
_ASK_PERIOD_US: Final = 1_000_000
_ASK_SILENT_PERIOD_US: Final = 5_000_000
"""While nothing comes: whoever is muted is not asked each second."""
_ALIVE_US: Final = 2_000_000
_REPAIR_US: Final = 45_000
"""A hole older than this will hardly be filled: the keyframe is asked for while the wait goes on."""
_MAX_KEY_AGE_US: Final = 10_000_000
_FRAME_US: Final = 33_333
"""How long a picture is taken to last when none follows."""


class PictureLine(Line, Protocol):
    """Where whole pictures go. After an interruption it gets nothing until the next keyframe."""

    def write(
        self, at_us: int, data: bytes, *, private: Callable[[], bytes], size: tuple[int, int] | None, key: bool, us: int
    ) -> bool:
        """False: it is not taken."""
        ...

    def interrupt(self, reason: words.GapReason) -> None: ...


class Pictures:
    """`ask`: a keyframe of this track is wanted. `accepts`: whether one would be taken now. `renews`: one is asked
    for when the last is old."""

    def __init__(
        self,
        *,
        pt: int,
        codec: str,
        lane: PictureLine,
        accepts: Callable[[], bool],
        ask: Callable[[], None],
        max_wait_us: int = MAX_WAIT_US,
        renews: bool = True,
    ) -> None:
        self.pt = pt
        self._renews = renews
        self._line = lane
        self.intake = Intake(CLOCK_HZ, lane, self._deliver, self._lost, max_wait_us=max_wait_us)
        self.packet = self.intake.packet
        self._format = FORMATS[codec]()
        self._accepts = accepts
        self._ask = ask
        self._needs_key = True
        self._asked_us = 0
        self._key_us = 0
        self._timestamp: int | None = None
        self._ended = False
        """The picture of `_timestamp` is complete."""
        self._intact = False
        self._at_boundary = False
        """The next packet begins a picture, for sure."""
        self.malformed = 0
        self.keyframe_requests = 0

    def report(self, unix_us: int, timestamp: int, _now_us: int) -> None:
        self.intake.report(unix_us, timestamp)

    def tick(self, now_us: int) -> None:
        """Four times a second, forty times while a packet is missing."""
        intake = self.intake
        alive = now_us - intake.arrived_us < _ALIVE_US
        old = alive and self._renews and self._key_us > 0 and now_us - self._key_us > _MAX_KEY_AGE_US
        if (self._needs_key and self._accepts()) or old or intake.hole_us(now_us) >= _REPAIR_US:
            period_us = _ASK_PERIOD_US if alive else _ASK_SILENT_PERIOD_US
            if now_us - self._asked_us >= period_us:
                self._asked_us = now_us
                self.keyframe_requests += 1
                self._ask()
        intake.tick(now_us)

    def interrupted(self) -> None:
        """Nothing is written until the next keyframe."""
        self._needs_key = True

    def _lost(self) -> None:
        self._forget()
        self._line.interrupt("loss")

    def _forget(self) -> None:
        self._format.reset()
        self._timestamp = None
        self._at_boundary = False

    def _deliver(self, timestamp: int, marker: bool, payload: bytes, arrived_us: int) -> None:
        if not payload:
            return
        if timestamp != self._timestamp or self._ended:
            if self._timestamp is not None and not self._ended:
                # Its marker is missing; no packet is.
                self._finish(arrived_us)
            self._intact = self._at_boundary or self._timestamp is not None or self._format.begins(payload)
            self._timestamp = timestamp
            self._ended = False
        if self._intact and not self._format.add(payload):
            self.malformed += 1
            self._intact = False
        if marker:
            self._finish(arrived_us)

    def _finish(self, arrived_us: int) -> None:
        self._ended = True
        self._at_boundary = True
        picture = self._format.finish() if self._intact else None
        if picture is None:
            self._format.reset()
            self._line.interrupt("damaged")
            return
        if not picture.data or self._timestamp is None or (picture.size is None and self._needs_key):
            return
        at_us = self.intake.unix_us(self._timestamp, arrived_us)
        if picture.size is None and self._needs_key:
            # The time line has jumped just here.
            return
        key = picture.size is not None
        if self._line.write(
            at_us, picture.data, private=self._format.private, size=picture.size, key=key, us=_FRAME_US
        ):
            self._needs_key = False
            if key:
                self._key_us = arrived_us


class VideoTrack(Pictures):
    """One that is recorded."""

    def __init__(self, track: words.Track, host: Opener, ask: Callable[[], None]) -> None:
        self.lane = Lane(track, host, self.interrupted)
        renews = not track.kept
        super().__init__(pt=track.pt, codec=track.codec, lane=self.lane, accepts=host.accepts, ask=ask, renews=renews)
        self.intake.await_report(HOLD_US)

    def end(self, reason: ClosedReason, now_us: int) -> None:
        self.intake.flush()
        self.lane.end(reason, now_us)
