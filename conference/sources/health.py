"""What is said about a source: its state from what was heard of it. Pure: every time is an argument.

Bad news is told as soon as it is sure, never later than 2 s after it can be known; good news at once.
"""

from collections import deque
from collections.abc import Sequence
from statistics import median
from typing import Final

from conference.model.source import Cause, Measured, SourceState, SourceStatus, Transcoding
from conference.sources.words import Formats, Report

LOW_RATE_BELOW: Final = 0.5
LOW_RATE_ABOVE: Final = 0.7
"""Shares of the usual frame rate at which low-rate begins and ends: apart, so that the mark does not flicker."""
_USUAL_AFTER: Final = 4
_USUAL_OVER: Final = 60
"""Reports (seconds) after which a rate counts as usual, and over which it is taken."""
_LOW_TIMES: Final = 2
NO_PICTURE_MS: Final = 2000
"""A camera of less than one picture in two seconds is no live picture for anybody who decides by it."""

PLAYING: Final = frozenset({SourceState.LIVE, SourceState.LOW_RATE, SourceState.FROZEN})


class Health:
    """State of one source. `status` and `measured` are what people are told; calls return True when status changed."""

    def __init__(self, state: SourceState, *, at_ms: int, frozen_after_s: float) -> None:
        self.status = SourceStatus(state=state, since_ms=at_ms)
        self.measured: Measured | None = None
        self.formats: Formats | None = None
        self._frozen_after_ms = frozen_after_s * 1000
        self._rates: deque[float] = deque(maxlen=_USUAL_OVER)
        self._low = 0

    def set(self, state: SourceState, cause: Cause | None = None, *, at_ms: int) -> bool:
        """What the connection itself tells. Offline keeps the time of the last picture as its beginning."""
        if state is not SourceState.LIVE and state not in PLAYING:
            last = self.measured.picture_age_ms if self.measured is not None else None
            playing = self.status.state in PLAYING
            since_ms = at_ms - last if state is SourceState.OFFLINE and playing and last is not None else at_ms
            self.measured = None
            self.formats = None
            self._rates.clear()
            self._low = 0
        else:
            since_ms = at_ms
        return self._put(state, cause, since_ms, ())

    def heard_formats(self, formats: Formats, *, at_ms: int) -> bool:
        """The child knows what the source sends."""
        self.formats = formats
        if formats.unsupported:
            return self._put(SourceState.UNSUPPORTED, Cause.VIDEO_CODEC, at_ms, ())
        if not formats.video_out and not formats.audio_out and not formats.transcoding:
            return self._put(SourceState.UNSUPPORTED, Cause.NO_TRACKS, at_ms, ())
        return False

    def heard_report(self, report: Report, *, at_ms: int) -> bool:
        """One second of media, as the child measured it."""
        formats = self.formats or Formats()
        self.measured = Measured(
            bitrate_bps=report.bitrate_bps,
            fps=report.fps,
            width=report.width or formats.width,
            height=report.height or formats.height,
            video_codec=formats.video_codec,
            audio_codec=formats.audio_codec,
            picture_age_ms=report.picture_age_ms,
            content_age_ms=report.content_age_ms,
        )
        if self.status.state is SourceState.UNSUPPORTED and formats.unsupported:
            return False
        if self.formats is None or (report.picture_age_ms is None and report.audio_age_ms is None):
            return False
        running = Transcoding.known(report.running)
        state, cause, since_ms = self._judge(report, at_ms)
        if state is self.status.state:
            since_ms = self.status.since_ms
        return self._put(state, cause, since_ms, running)

    def _judge(self, report: Report, at_ms: int) -> tuple[SourceState, Cause | None, int]:
        if report.picture_age_ms is None:
            # No picture is promised: sound is what shows that it lives.
            silent_ms = report.audio_age_ms or 0
            lost = silent_ms >= NO_PICTURE_MS
            return (SourceState.OFFLINE, Cause.NO_MEDIA, at_ms - silent_ms) if lost else (SourceState.LIVE, None, at_ms)
        interval_ms = 1000 / self.usual_fps if self.usual_fps else 0
        if report.picture_age_ms >= max(NO_PICTURE_MS, 3 * interval_ms):
            return SourceState.OFFLINE, Cause.NO_MEDIA, at_ms - report.picture_age_ms
        if report.content_age_ms is not None and report.content_age_ms >= self._frozen_after_ms:
            return SourceState.FROZEN, None, at_ms - report.content_age_ms
        return self._judge_rate(report.fps), None, at_ms

    @property
    def usual_fps(self) -> float:
        """What this source usually gives; 0.0 while that is not known."""
        return median(self._rates) if len(self._rates) >= _USUAL_AFTER else 0.0

    def _judge_rate(self, fps: float) -> SourceState:
        usual = self.usual_fps
        was_low = self.status.state is SourceState.LOW_RATE
        if usual and fps < usual * (LOW_RATE_ABOVE if was_low else LOW_RATE_BELOW):
            self._low += 1
        else:
            self._low = 0
            self._rates.append(fps)  # a bad time does not become the usual one
        return SourceState.LOW_RATE if self._low >= _LOW_TIMES or (was_low and self._low) else SourceState.LIVE

    def _put(self, state: SourceState, cause: Cause | None, since_ms: int, running: Sequence[Transcoding]) -> bool:
        status = SourceStatus(state=state, cause=cause, since_ms=since_ms, transcoding=tuple(running))
        same = (status.state, status.cause, status.transcoding) == (
            self.status.state,
            self.status.cause,
            self.status.transcoding,
        )
        if same:
            return False
        self.status = status
        return True
