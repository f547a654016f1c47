"""From a source's own time line to the host's wall clock and to RTP time: one map for all tracks of the source."""

import secrets
from typing import Final

_JUMP_BACK_US: Final = 1_000_000
"""B-frames step back by less than their reorder depth (16 pictures at 25 fps is 0.64 s)."""
_JUMP_AHEAD_US: Final = 2_000_000
_ADOPT_US: Final = 2_000_000
"""A track whose time jumps takes the other track's new offset when that brings it this near to its arrival."""
_FIRST_FIT_US: Final = 10_000_000
"""Servers begin with up to a GOP of old media."""
_WINDOW_US: Final = 10_000_000
_SLEW_PER_WINDOW_US: Final = 20_000
"""Upward: 2000 ppm, twenty times the error of a cheap crystal."""
_STALE_US: Final = 1_000_000
"""The least delay of a whole window grown by this much: not drift but a source that paused; the map steps."""
_REPORT_STEP_US: Final = 20_000


class MediaClock:
    """Two steps. Each track's time becomes continuous media time (its offset changes only at jumps). Media time lags
    the monotonic clock by `delay`, which follows the least delay of arrival: down at once, up slowly. Only sender
    reports see the delay, and it is common to all tracks, so sound and picture keep their distance.

    All µs. `discontinuity` is set when sender reports should be sent at once.
    """

    def __init__(self) -> None:
        self._offsets: dict[str, int] = {}
        self._last_pts: dict[str, int] = {}
        self._newest_offset: int | None = None
        self._delay: int | None = None
        self._window_began = 0
        self._window_least: int | None = None
        self._reported_delay = 0
        # Media time never goes below zero by more than a start's worth of reordering, so RTP time needs no sign.
        self._origin = secrets.randbits(30) << 20
        self.discontinuity = False
        self.jumps = 0

    def media_us(self, track: str, pts_us: int, arrived_us: int) -> int:
        """The place of this frame on the continuous time line."""
        last = self._last_pts.get(track)
        offset = self._offsets.get(track)
        if offset is None:
            offset = self._first(track, pts_us, arrived_us)
        elif last is not None:
            step = pts_us - last
            early = self._delay is not None and arrived_us - (pts_us + offset) < self._delay - _JUMP_AHEAD_US
            if step < -_JUMP_BACK_US or (step > _JUMP_AHEAD_US and early):
                offset = self._reanchor(track, pts_us, arrived_us)
        self._last_pts[track] = pts_us
        media = pts_us + offset
        self._follow(arrived_us - media, arrived_us)
        return media

    def place_us(self, track: str, pts_us: int) -> int:
        """The same for a time near the last one of its track, without looking at arrival."""
        return pts_us + self._offsets.get(track, 0)

    def now_us(self, monotonic_us: int) -> int:
        """The media time that stands for this moment."""
        return monotonic_us - (self._delay or 0)

    def rtp(self, media_us: int, clock_hz: int) -> int:
        """Not yet cut to 32 bits."""
        return (self._origin + media_us) * clock_hz // 1_000_000

    def _first(self, track: str, pts_us: int, arrived_us: int) -> int:
        if self._newest_offset is None:
            self._newest_offset = self._offsets[track] = arrived_us - pts_us
            self._delay = 0
            self._window_began = arrived_us
            self.discontinuity = True
            return self._newest_offset
        offset = self._newest_offset
        if abs(arrived_us - (pts_us + offset) - (self._delay or 0)) > _FIRST_FIT_US:
            return self._reanchor(track, pts_us, arrived_us)
        self._offsets[track] = offset
        return offset

    def _reanchor(self, track: str, pts_us: int, arrived_us: int) -> int:
        delay = self._delay or 0
        newest = self._newest_offset
        other = newest is not None and newest != self._offsets.get(track)
        if newest is None or not other or abs(arrived_us - (pts_us + newest) - delay) > _ADOPT_US:
            newest = arrived_us - delay - pts_us
        self._newest_offset = self._offsets[track] = newest
        self.discontinuity = True
        self.jumps += 1
        return newest

    def _follow(self, delay_us: int, arrived_us: int) -> None:
        if self._delay is None or delay_us < self._delay:
            self._delay = delay_us
        if self._window_least is None or delay_us < self._window_least:
            self._window_least = delay_us
        if arrived_us - self._window_began >= _WINDOW_US:
            grown = self._window_least - self._delay
            self._delay += grown if grown > _STALE_US else min(grown, _SLEW_PER_WINDOW_US)
            self._window_began, self._window_least = arrived_us, None
        if abs(self._delay - self._reported_delay) > _REPORT_STEP_US:
            self.discontinuity = True

    def reported(self) -> None:
        """Sender reports have just been made from this map."""
        self._reported_delay = self._delay or 0
        self.discontinuity = False


class SampleClock:
    """Times of sound frames, from counting samples. The source's own times are rounded (RTMP: to ms) or jitter; only a
    difference larger than `slack_us` is a hole or an overlap."""

    def __init__(self, rate_hz: int, slack_us: int = 40_000) -> None:
        self._rate_hz = rate_hz
        self._slack_us = slack_us
        self._anchor_us: int | None = None
        self._samples = 0

    @property
    def next_us(self) -> int:
        """Where the next sample belongs; 0 before the first one."""
        return (self._anchor_us or 0) + self._samples * 1_000_000 // self._rate_hz

    def restart(self) -> None:
        self._anchor_us = None

    def take(self, media_us: int, samples: int) -> tuple[int, bool] | None:
        """(time of the first sample, whether the line is broken before it), or None: this repeats a time that was
        played, drop it."""
        broken = False
        if self._anchor_us is None or media_us - self.next_us > self._slack_us:
            broken = self._anchor_us is not None
            self._anchor_us, self._samples = media_us, 0
        elif self.next_us - media_us > self._slack_us:
            return None
        at = self.next_us
        self._samples += samples
        return at, broken
