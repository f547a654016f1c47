"""Text as opaque bitmaps, drawn once for each (text, size) and then pasted."""

import unicodedata
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np

from recorder.film.canvas import Plane, Planes
from recorder.film.card import Cards

_BACKGROUND, _INK, _NEUTRAL = 24, 235, 128
_MAX_BITMAPS: Final = 512
_MAX_TEXT: Final = 80
_RED: Final = (82, 90, 240)
"""BT.709 limited."""
_ELLIPSIS: Final = "…"
_WIDEST_CLOCK: Final = "8888-88-88 88:88:88"

COVERS: Final = {
    "zh-CN": {
        "gap": "信号中断",
        "waiting": "等待画面",
        "sound": "仅音频",
        "off": "摄像头已关闭",
        "absent": "不在会议中",
        "locked": "无权查看",
        "empty": "",
    },
    "en": {
        "gap": "Signal lost",
        "waiting": "Waiting for picture",
        "sound": "Sound only",
        "off": "Camera off",
        "absent": "Not in the room",
        "locked": "Not for this viewer",
        "empty": "",
    },
}


def clean(text: str) -> str:
    """Without control and direction characters, which could make a name look like another one's."""
    return "".join(char for char in text[:_MAX_TEXT] if unicodedata.category(char)[0] != "C").strip()


class Labels:
    """OpenCV's own font has the Chinese characters of GB 2312 and more; what it lacks it shows as a question mark."""

    def __init__(self) -> None:
        self.cards = Cards()
        self._face = cv2.FontFace("sans")
        self._bitmaps: OrderedDict[tuple[str, str, int, int], Planes] = OrderedDict()

    def name(self, text: str, size: int, max_width: int, *, muted: bool) -> Planes:
        """One line, at most `max_width` pixels wide, a crossed microphone before it when `muted`."""
        kind = "muted" if muted else "name"
        return self._cached((kind, text, size, max_width), lambda: self._name(text, size, max_width, muted=muted))

    def plain(self, text: str, size: int, max_width: int) -> Planes:
        return self.name(text, size, max_width, muted=False)

    def clock(self, text: str, size: int) -> Planes:
        """Not kept, and always of one width: a shorter time must leave nothing of a longer one."""
        width = self._width(_WIDEST_CLOCK, size) + 2 * (size // 3)
        return self._name(text, size, width, muted=False, width=width & ~1)

    def _cached(self, key: tuple[str, str, int, int], draw: Callable[[], Planes]) -> Planes:
        bitmap = self._bitmaps.get(key)
        if bitmap is None:
            bitmap = self._bitmaps[key] = draw()
            if len(self._bitmaps) > _MAX_BITMAPS:
                self._bitmaps.popitem(last=False)
        else:
            self._bitmaps.move_to_end(key)
        return bitmap

    def _name(self, text: str, size: int, max_width: int, *, muted: bool, width: int = 0) -> Planes:
        height = (size * 3 // 2) & ~1
        mark = height if muted else 0
        pad = size // 3
        text = self._cut(clean(text), size, max_width - mark - 2 * pad)
        wanted = (mark + (self._width(text, size) + 2 * pad if text else 0) + 1) & ~1
        width = width or min(max_width & ~1, wanted)
        luma: Plane = np.full((height, max(2, width)), _BACKGROUND, np.uint8)
        if text:
            base = height - (height - size) // 2 - size // 8
            cv2.putText(luma, text, (mark + pad, base), (_INK,), self._face, size, 0)
        chroma = (luma.shape[0] // 2, luma.shape[1] // 2)
        planes: Planes = (luma, np.full(chroma, _NEUTRAL, np.uint8), np.full(chroma, _NEUTRAL, np.uint8))
        if muted and width >= mark:
            _draw_muted(planes, height)
        return planes

    def _cut(self, text: str, size: int, width: int) -> str:
        if self._width(text, size) <= width:
            return text
        while text and self._width(text + _ELLIPSIS, size) > width:
            text = text[:-1]
        return text + _ELLIPSIS if text else ""

    def _width(self, text: str, size: int) -> int:
        if not text:
            return 0
        x, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), self._face, size, 0)
        return int(x + width)


def _draw_muted(planes: Planes, side: int) -> None:
    """A crossed microphone in a square of `side` at the left."""
    luma = planes[0]
    middle, line = side // 2, max(1, side // 16)
    radius, top, foot = max(2, side // 8), side // 4, side * 5 // 8
    cv2.ellipse(luma, (middle, top + radius), (radius, radius), 0, 180, 360, _INK, -1)
    cv2.rectangle(luma, (middle - radius, top + radius), (middle + radius, foot - radius), _INK, -1)
    cv2.ellipse(luma, (middle, foot - radius), (radius, radius), 0, 0, 180, _INK, -1)
    cv2.line(luma, (middle, foot), (middle, side * 13 // 16), _INK, line)
    cv2.line(luma, (middle - radius, side * 13 // 16), (middle + radius, side * 13 // 16), _INK, line)
    for plane, value, shift in zip(planes, _RED, (0, 1, 1), strict=True):
        low, high = (side // 5) >> shift, (side * 4 // 5) >> shift
        cv2.line(plane, (low, low), (high, high), value, max(1, (side // 10) >> shift))
