"""Whether a source still shows something new. A camera whose sensor hung goes on sending pictures, all alike."""

from collections import deque
from operator import sub
from typing import Final

import av

SKIP_BASE_BYTES: Final = 64
SKIP_MACROBLOCKS_PER_BYTE: Final = 32
"""A picture that repeats the one before: x264 writes 7 bytes (CAVLC) to 36 (CABAC) at 720p, and up to 130 where rate
control still polishes; 64 + macroblocks/32 is 176 there and 319 at 1080p."""
RECENT: Final = 12
MOVING_OF_RECENT: Final = 3
"""With three B-frames between P-frames, three of twelve pictures carry the change."""
KEY_SHARE: Final = 12
"""Rate control polishes a still picture: from the second keyframe on, at most two of twelve pictures exceeded 1/12 of
their keyframe's bytes (CBR 2 Mbit/s, x264 fast and ultrafast, baseline 500 kbit/s)."""
PEAK_SHARE: Final = 8
PEAK_DECAY: Final = 0.998
"""CBR goes on with 1/12 of what its moving pictures had, long after the last change; half of the peak is forgotten in
350 pictures."""
LONG_GOP_S: Final = 2.5
"""Where keyframes are rarer, comparing them would come too late: all pictures are decoded while there is doubt."""
SETTLED_S: Final = 12.0
"""A picture that stood still for so long is frozen beyond doubt; that it moves again, its bytes or the next keyframe
will show."""
JUDGE_AFTER_S: Final = 1.0
"""Keyframes are decoded only when nothing else has shown life for this long, and at most this often."""
CELLS: Final = (64, 36)
MAX_CELL: Final = 8
MEAN_CELLS: Final = 0.5
"""Averaged cells of successive keyframes: a still scene differs by at most 6 in one cell and 0.33 on average while rate
control polishes; a clock burnt into the picture changes a cell by 20 and more."""
POINTS: Final = (160, 90)
MEAN_POINTS: Final = 1.2
"""Single points of the picture keep the sensor's noise, which averaging removes: a still picture differs by up to 1.0
after a change of rate."""


class Liveness:
    def __init__(self, macroblocks: int = 0) -> None:
        self._skip_bytes = SKIP_BASE_BYTES + macroblocks // SKIP_MACROBLOCKS_PER_BYTE
        self._recent: deque[bool] = deque(maxlen=RECENT)
        self._key_bytes = 0
        self._peak_bytes = 0.0
        self._key_at_s: float | None = None
        self._gop_s = 0.0
        self._new_at_s: float | None = None
        self._moved_at_s: float | None = None
        self._judged_at_s: float | None = None
        self._cells = b""
        self._points = b""

    def age_s(self, now_s: float) -> float | None:
        """Since the last proof of something new; None before the first picture."""
        return None if self._new_at_s is None else now_s - self._new_at_s

    def resized(self, macroblocks: int) -> None:
        self._skip_bytes = SKIP_BASE_BYTES + macroblocks // SKIP_MACROBLOCKS_PER_BYTE
        self._new_at_s = None

    def picture(self, *, key: bool, slice_bytes: int, now_s: float) -> None:
        """Judge by the coded size alone."""
        if self._new_at_s is None:
            self._new_at_s = now_s
        if key:
            if self._key_at_s is not None:
                self._gop_s = now_s - self._key_at_s
            self._key_at_s = now_s
            self._key_bytes = slice_bytes
            return
        self._peak_bytes = max(slice_bytes, self._peak_bytes * PEAK_DECAY)
        proof_bytes = max(self._skip_bytes, self._key_bytes / KEY_SHARE, self._peak_bytes / PEAK_SHARE)
        self._recent.append(slice_bytes > proof_bytes)
        if sum(self._recent) >= MOVING_OF_RECENT:
            self._new_at_s = self._moved_at_s = now_s
            # What was kept is from before this proof: a comparison with it would find old news.
            self._cells = b""

    def doubtful(self, now_s: float) -> bool:
        """Sizes prove nothing and keyframes are rare: every picture should be decoded."""
        if self._new_at_s is None or self._key_at_s is None:
            return False
        still_s = now_s - (self._moved_at_s or self._new_at_s)
        if still_s < JUDGE_AFTER_S or now_s - self._new_at_s > SETTLED_S:
            return False
        return max(self._gop_s, now_s - self._key_at_s) > LONG_GOP_S

    def wants_frame(self, now_s: float) -> bool:
        """A decoded picture would help now."""
        if self._new_at_s is None or now_s - self._new_at_s < JUDGE_AFTER_S:
            return self._judged_at_s is None
        return self._judged_at_s is None or now_s - self._judged_at_s >= JUDGE_AFTER_S

    def frame(self, frame: av.VideoFrame, now_s: float) -> None:
        """Compare this decoded picture with the one before. Raises what PyAV raises for odd pixel formats."""
        self._judged_at_s = now_s
        cells, points = _luma(frame, CELLS, "AREA"), _luma(frame, POINTS, "POINT")
        if self._cells:
            differences = [abs(each) for each in map(sub, cells, self._cells)]
            noise = sum(abs(each) for each in map(sub, points, self._points)) / len(points)
            if max(differences) >= MAX_CELL or sum(differences) >= MEAN_CELLS * len(cells) or noise >= MEAN_POINTS:
                self._new_at_s = now_s
        self._cells, self._points = cells, points


def _luma(frame: av.VideoFrame, size: tuple[int, int], interpolation: str) -> bytes:
    width, height = size
    plane = frame.reformat(width, height, "gray", interpolation=interpolation, threads=1).planes[0]
    rows, stride = bytes(plane), plane.line_size
    return b"".join(rows[at * stride : at * stride + width] for at in range(height))
