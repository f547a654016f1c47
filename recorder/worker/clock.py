"""From RTP timestamps to Unix time: by the sender reports of the relay, which tells all of them on the host's clock.

The offset between both time lines is the line through the reports of the last minute; before the first report, the
least delay of arrival. What is written does not jump with it: the offset in use follows at a bounded pace, but for
sound, which cannot be squeezed: it steps once to where it belongs.
"""

from collections import deque
from typing import Final

_WINDOW_US: Final = 60_000_000
_MAX_POINTS: Final = 128
_MIN_SLOPE_SPAN_US: Final = 15_000_000
"""Below, the jitter of single reports would make a worse slope than none."""
_MAX_SLOPE: Final = 1e-3
"""1000 ppm: ten times the worst crystal; more is not drift."""
_PACE: Final = 0.05
"""Of media time: an error of 100 ms is gone after 2 s."""
_LEAST_WINDOW_US: Final = 10_000_000
MAX_STEP_US: Final = 1_000_000
"""A larger error is another time line."""
_ANOTHER_US: Final = 30_000
"""A report this far from the line tells another one: the relay has heard the sender's own clock, and no longer goes by
the time of arrival."""
_MAX_EARLY_US: Final = 2_000_000
_MAX_LATE_US: Final = 5_000_000
"""Against the least delay of arrival: a path that was blocked for longer than this has lost its packets."""
_WRAP: Final = 1 << 32


class SenderClock:
    """One stream's clock. Times µs; `unix_us` is None when the time line has jumped: `restart`, then ask again.
    `step_us`: an error above this is mended at once."""

    def __init__(self, clock_hz: int, *, step_us: int = MAX_STEP_US) -> None:
        self._clock_hz = clock_hz
        self._step_us = step_us
        self.restart()

    def restart(self) -> None:
        """All that was known is forgotten: another numbering begins."""
        self._last: int | None = None
        self._early: tuple[int, int] | None = None
        self._points: deque[tuple[int, int]] = deque(maxlen=_MAX_POINTS)
        self._line: tuple[int, float, int] | None = None
        self._offset_us: float | None = None
        self._offset_at_us = 0
        self._least: int | None = None
        self._window: tuple[int, int] | None = None

    def report(self, unix_us: int, timestamp: int) -> None:
        """A sender report. One that comes before the first packet waits for it, to be unwrapped with it."""
        if self._last is None:
            self._early = (unix_us, timestamp)
            return
        media_us = self._media_us(self._near(timestamp))
        if self._points and (media_us <= self._points[-1][0] or unix_us <= self._points[-1][0] + self._points[-1][1]):
            # Repeated, or the sender's clock was set: older points are of no use.
            self._points.clear()
        elif self._line is not None and abs(unix_us - media_us - self._on_line(self._line, media_us)) > _ANOTHER_US:
            self._points.clear()
        self._points.append((media_us, unix_us - media_us))
        while self._points[0][0] < media_us - _WINDOW_US:
            self._points.popleft()
        self._fit()

    def arrived(self, timestamp: int, arrived_us: int) -> None:
        """Of a packet whose time is asked for later: what came in one burst shows its least delay with its last packet
        only."""
        unwrapped = self._near(timestamp)
        media_us = self._media_us(unwrapped)
        if self._fits(arrived_us - media_us):
            self._last = unwrapped
            self._least = self._least_delay(media_us, arrived_us - media_us)

    def unix_us(self, timestamp: int, arrived_us: int) -> int | None:
        """When what this timestamp stands for was captured."""
        unwrapped = self._near(timestamp)
        media_us = self._media_us(unwrapped)
        delay_us = arrived_us - media_us
        if not self._fits(delay_us):
            return None
        self._last = unwrapped
        if self._early is not None:
            early, self._early = self._early, None
            self.report(*early)
        self._least = least = self._least_delay(media_us, delay_us)
        target = least if self._line is None else self._on_line(self._line, media_us)
        if self._offset_us is None:
            self._offset_us = target
        else:
            room = _PACE * max(media_us - self._offset_at_us, 0)
            error = target - self._offset_us
            if abs(error) > MAX_STEP_US:
                return None
            self._offset_us = target if abs(error) > self._step_us else self._offset_us + min(max(error, -room), room)
        self._offset_at_us = max(self._offset_at_us, media_us)
        return media_us + round(self._offset_us)

    def _fits(self, delay_us: int) -> bool:
        return self._least is None or -_MAX_EARLY_US <= delay_us - self._least <= _MAX_LATE_US

    def _near(self, timestamp: int) -> int:
        """The unwrapped timestamp next to the last one."""
        last = self._last
        if last is None:
            # A start in the second turn leaves room for what was sent before the first packet that came.
            return timestamp + _WRAP
        return last + ((timestamp - last + (_WRAP >> 1)) % _WRAP) - (_WRAP >> 1)

    def _media_us(self, unwrapped: int) -> int:
        return unwrapped * 1_000_000 // self._clock_hz

    @staticmethod
    def _on_line(line: tuple[int, float, int], media_us: int) -> float:
        origin_us, slope, offset_us = line
        return offset_us + slope * (media_us - origin_us)

    def _least_delay(self, media_us: int, delay_us: int) -> int:
        """The least delay of the last one or two windows."""
        if self._window is None or self._least is None:
            self._window = (media_us, delay_us)
            return delay_us
        began_us, least = self._window
        if media_us - began_us >= _LEAST_WINDOW_US:
            self._window = (media_us, delay_us)
            return min(least, delay_us)
        if delay_us < least:
            self._window = (began_us, delay_us)
        return min(self._least, delay_us)

    def _fit(self) -> None:
        """Least squares; before a span that shows a slope, the mean."""
        points = self._points
        origin_us, base_us = points[-1]
        count = len(points)
        xs = [at - origin_us for at, _ in points]
        ys = [offset - base_us for _, offset in points]
        mean_x, mean_y = sum(xs) / count, sum(ys) / count
        slope = 0.0
        if xs[0] <= -_MIN_SLOPE_SPAN_US:
            spread = sum((x - mean_x) ** 2 for x in xs)
            slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
            slope = min(max(slope, -_MAX_SLOPE), _MAX_SLOPE)
        self._line = (origin_us, slope, round(base_us + mean_y - slope * mean_x))
