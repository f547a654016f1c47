"""From the RTP timestamps of several tracks to one line of time in µs.

A track begins where its first packet arrived, corrected by RTP-Info when the camera tells it. Its sender reports then
tie it to the camera's clock: the first one moves it (by at most a second), later ones pull it gently, so that lips stay
in step without a jump. A new SSRC or a jump of the timestamps begins a new epoch where the line stands.
"""

from typing import Final

MAX_CORRECTION_US: Final = 1_000_000
"""A report that disagrees more is of another clock."""
MAX_PULL_US: Final = 5_000
_IGNORED_US: Final = 2_000
_LEAST_STEP_US: Final = 1_000
_MAX_START_US: Final = 500_000
MAX_BACK_US: Final = 1_000_000
"""B-frames are told behind the pictures they need, but not by more."""
MAX_JUMP_US: Final = 3_000_000
"""Between what the timestamps say and how long it took, from one packet to the next."""


class WallClock:
    """The camera's NTP clock against the line, shared by its tracks. When the clock is set anew, the first track that
    says so is ignored until another one agrees; a track with a clock of its own is ignored for ever."""

    def __init__(self) -> None:
        self._origin_us: int | None = None
        self._rumour: tuple[object, int] | None = None

    def correction_us(self, track: object, ntp_us: int, line_us: int) -> int | None:
        """How far the track must move so that `ntp_us` falls on its place. None: its clock is not the common one."""
        origin = ntp_us - line_us
        if self._origin_us is None:
            self._origin_us = origin
        off = origin - self._origin_us
        if abs(off) <= MAX_CORRECTION_US:
            return off
        rumour, self._rumour = self._rumour, (track, origin)
        if rumour is None or rumour[0] is track or abs(rumour[1] - origin) > MAX_CORRECTION_US:
            return None
        self._origin_us, self._rumour = rumour[1], None
        return origin - rumour[1]


class TrackClock:
    """The line as one track sees it. `started_s`: arrival time that is 0 on the line."""

    def __init__(self, clock_hz: int, wall: WallClock, started_s: float) -> None:
        self._clock_hz = clock_hz
        self._wall = wall
        self._started_s = started_s
        self._announced: int | None = None
        self._timestamp: int | None = None
        self._last_us: int | None = None
        self._ticks = 0
        self._offset_us = 0
        self._arrived_s = 0.0
        self._reported = False

    def announce(self, rtptime: int) -> None:
        """RTP-Info: this timestamp is where playing began. It may come after the first packets."""
        if self._timestamp is None:
            self._announced = rtptime
            return
        told_us = _signed(self._timestamp - rtptime) * 1_000_000 // self._clock_hz
        correction = told_us - self._us(self._ticks)
        if abs(correction) <= _MAX_START_US:
            self._offset_us += correction

    def restart(self) -> None:
        """Another SSRC: its timestamps have nothing to do with the ones before."""
        self._timestamp = None
        self._announced = None

    def at(self, timestamp: int, arrived_s: float) -> int:
        """The place of a packet or frame on the line, µs; packets may come in any order of their timestamps."""
        if self._timestamp is None or self._jumps(timestamp - self._timestamp, arrived_s):
            self._begin(timestamp, arrived_s)
        else:
            self._ticks += _signed(timestamp - self._timestamp)
        self._timestamp = timestamp
        self._arrived_s = arrived_s
        self._last_us = self._us(self._ticks)
        return self._last_us

    def report(self, ntp_us: int, timestamp: int) -> None:
        """A sender report: this timestamp was at that time of the camera's clock."""
        if self._timestamp is None:
            return
        line_us = self._us(self._ticks + _signed(timestamp - self._timestamp))
        correction = self._wall.correction_us(self, ntp_us, line_us)
        if correction is None or abs(correction) < _IGNORED_US:
            self._reported = self._reported or correction is not None
            return
        if self._reported:
            correction = max(-MAX_PULL_US, min(MAX_PULL_US, correction))
        self._reported = True
        self._offset_us += correction

    def _begin(self, timestamp: int, arrived_s: float) -> None:
        if self._last_us is None:
            place = round((arrived_s - self._started_s) * 1_000_000)
        else:  # on from where it stands, with all its corrections, by the time that has passed
            place = self._last_us + max(round((arrived_s - self._arrived_s) * 1_000_000), _LEAST_STEP_US)
        if self._announced is not None:
            announced = _signed(timestamp - self._announced) * 1_000_000 // self._clock_hz
            # Some cameras announce 0 or the values of an earlier session.
            place = announced if abs(announced - place) <= _MAX_START_US else place
            self._announced = None
        self._ticks, self._offset_us = 0, place
        self._reported = False

    def _jumps(self, ticks: int, arrived_s: float) -> bool:
        told_us = _signed(ticks) * 1_000_000 / self._clock_hz
        passed_us = (arrived_s - self._arrived_s) * 1_000_000
        return told_us < -MAX_BACK_US or abs(told_us - passed_us) > MAX_JUMP_US

    def _us(self, ticks: int) -> int:
        return self._offset_us + ticks * 1_000_000 // self._clock_hz


def _signed(ticks: int) -> int:
    ticks &= 0xFFFF_FFFF
    return ticks - (1 << 32) if ticks >= 1 << 31 else ticks
