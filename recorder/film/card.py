"""What a pane shows instead of a picture: a text, a clock, a countdown, or a web page's name. It looks as the page of a
display looks, as far as one font allows."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import cv2
import numpy as np

from conference.layout import Rect
from conference.walls.drawn import Says, left_words
from recorder.film.canvas import Canvas, Plane, Planes
from recorder.film.fitting import Block, fit, line_height, one_line

MAX_TEXT: Final = 500
MIN_SIZE: Final = 10
_ALONE: Final = 1.2
LIGHT, BOLD = 300, 600

Colour = tuple[int, int, int]
WHITE: Final[Colour] = (224, 130, 125)
PALE: Final[Colour] = (187, 134, 120)
GREY: Final[Colour] = (155, 136, 117)
RED: Final[Colour] = (124, 114, 200)
_GROUND_TOP, _GROUND_BOTTOM = 42, 30
_GROUND_CHROMA: Final = (132, 122)
_SEAM: Final = 16
"""Y, Cb, Cr of BT.709 limited range."""
_WEEKDAYS: Final = "一二三四五六日"
_WORDS: Final = {
    "zh-CN": {"over": "时间到", "web": "网页", "only": "此画面只在大屏上显示", "days": "{} 天 {}"},
    "en": {"over": "Time is up", "web": "Web page", "only": "Shown on displays only", "days": "{} d {}"},
}


@dataclass(frozen=True, slots=True)
class Card:
    """`text`: a text, a caption, or a host. `at_s`: as `conference.walls.drawn.Drawn` says."""

    says: Says = "text"
    text: str = ""
    at_s: int = 0


@dataclass(frozen=True, slots=True)
class _Row:
    """Lines in the middle of each other; `mark` is a globe of `size` instead."""

    block: Block
    colour: Colour
    weight: int
    left: bool = False
    mark: bool = False

    @property
    def height(self) -> int:
        return self.block.size if self.mark else len(self.block.lines) * self.step

    @property
    def step(self) -> int:
        """From line to line. A line that stands alone needs no room for others."""
        return line_height(self.block.size) if len(self.block.lines) > 1 else round(self.block.size * _ALONE)


class Cards:
    """Draws them. OpenCV's font has the Chinese characters of GB 2312 and more."""

    def __init__(self) -> None:
        # One face for each weight: a face keeps shapes by character alone.
        self._faces = {weight: cv2.FontFace("sans") for weight in (LIGHT, BOLD)}

    def draw(self, canvas: Canvas, cell: Rect, card: Card, language: str) -> None:
        """The whole cell, its ground included."""
        _ground(canvas.window(cell))
        pad = min(cell.width, cell.height) // 20
        room = Rect(cell.x + pad, cell.y + pad, cell.width - 2 * pad, cell.height - 2 * pad)
        if room.width < MIN_SIZE or room.height < MIN_SIZE:
            return
        rows = [row for row in self._rows(card, cell, room, language) if row.mark or row.block.lines]
        gap = min(cell.width, cell.height) * 3 // 100
        while len(rows) > 1 and _height(rows, gap) > room.height:
            # Ornament goes first, then what stands last.
            rows.pop(0 if rows[0].mark else -1)
        y = room.y + max(0, room.height - _height(rows, gap)) // 2
        for row in rows:
            self._draw_row(canvas, row, room, y)
            y += row.height + gap

    def width(self, text: str, size: int, weight: int) -> int:
        if not text:
            return 0
        x, _, width, _ = cv2.getTextSize((0, 0), text, (0, 0), self._faces[weight], size, weight)
        return int(x + width)

    # ---- what it says ----

    def _rows(self, card: Card, cell: Rect, room: Rect, language: str) -> Sequence[_Row]:
        words = _WORDS[language]
        smaller = min(cell.width, cell.height)
        caption = max(MIN_SIZE, min(110, smaller * 8 // 100))
        text = clean(card.text)
        match card.says:
            case "text":
                return [self._text(text, cell, room)]
            case "clock":
                at = datetime.fromtimestamp(card.at_s, UTC)
                day = max(MIN_SIZE, min(cell.width * 54 // 1000, cell.height * 11 // 100))
                return [
                    self._line(text, caption, room, PALE),
                    self._time(at.strftime("%H:%M:%S"), cell, room, WHITE),
                    self._line(_day(at, language), day, room, GREY),
                ]
            case "countdown":
                head = self._line(text, caption, room, PALE)
                if card.at_s <= 0:
                    over = max(MIN_SIZE, min(cell.width * 15 // 100, cell.height * 28 // 100))
                    return [head, self._line(words["over"], over, room, RED)]
                days, rest_s = divmod(card.at_s, 86_400)
                left = left_words(rest_s)
                return [head, self._time(words["days"].format(days, left) if days else left, cell, room, WHITE)]
            case "web":
                globe = Block((), smaller * 22 // 100, whole=True)
                host = self._line(f"{words['web']} {text}".strip(), caption, room, PALE)
                note = max(MIN_SIZE, caption * 7 // 10)
                only = self._line(words["only"], note, room, GREY)
                return [_Row(globe, GREY, LIGHT, mark=True), host, only]

    def _text(self, text: str, cell: Rect, room: Rect) -> _Row:
        """As large as the page of a display begins with for so many characters, and smaller until it fits."""
        wide, high, weight = (
            (32, 56, LIGHT) if len(text) > 120 else (50, 100, BOLD) if len(text) > 40 else (80, 180, BOLD)
        )
        largest = min(cell.width * wide, cell.height * high) // 1000
        smallest = max(MIN_SIZE, min(largest, cell.height // 40))
        block = fit(
            text, room.width, room.height, (largest, smallest), lambda piece, size: self.width(piece, size, weight)
        )
        return _Row(block, WHITE, weight, left=len(text) > 120)

    def _line(self, text: str, size: int, room: Rect, colour: Colour) -> _Row:
        """One line, smaller where that helps, else cut."""
        one = " ".join(text.split())
        wide = max(1, self.width(one, size, LIGHT))
        size = max(min(size, MIN_SIZE), min(size, size * room.width // wide), size * 6 // 10)
        line = one_line(one, room.width, size, lambda piece, at: self.width(piece, at, LIGHT))
        return _Row(Block((line,) if line else (), size, whole=line == one), colour, LIGHT)

    def _time(self, text: str, cell: Rect, room: Rect, colour: Colour) -> _Row:
        wide, high = (13, 36) if len(text) > 8 else (21, 42)
        return self._line(text, max(MIN_SIZE, min(cell.width * wide, cell.height * high) // 100), room, colour)

    # ---- drawing ----

    def _draw_row(self, canvas: Canvas, row: _Row, room: Rect, y: int) -> None:
        if row.mark:
            side = row.height & ~1
            ink = np.zeros((side, side), np.uint8)
            _globe(ink)
            _blend(canvas, room.x + (room.width - side) // 2, y, ink, row.colour)
            return
        widths = [self.width(line, row.block.size, row.weight) for line in row.block.lines]
        left = (room.width - max(widths)) // 2
        step = row.step
        for line, width in zip(row.block.lines, widths, strict=True):
            if line:
                ink = np.zeros((step, width + 2), np.uint8)
                base = (step + row.block.size) // 2 - row.block.size // 8
                cv2.putText(ink, line, (0, base), (255,), self._faces[row.weight], row.block.size, row.weight)
                x = room.x + max(0, left if row.left else (room.width - width) // 2)
                _blend(canvas, x, y, ink, row.colour)
            y += step


def clean(text: str) -> str:
    """Its own lines, without other control and direction characters."""
    lines = text[:MAX_TEXT].expandtabs(4).splitlines()
    return "\n".join("".join(char for char in line if unicodedata.category(char)[0] != "C") for line in lines).strip(
        "\n"
    )


def _day(at: datetime, language: str) -> str:
    if language == "zh-CN":
        return f"{at.year}年{at.month}月{at.day}日 星期{_WEEKDAYS[at.weekday()]}"
    return at.strftime("%A, %B ") + f"{at.day}, {at.year}"


def _height(rows: Sequence[_Row], gap: int) -> int:
    return sum(row.height for row in rows) + gap * (len(rows) - 1)


def _ground(window: Planes) -> None:
    """From the top a little lighter; a seam to panes beside it."""
    luma = window[0]
    luma[:] = np.linspace(_GROUND_TOP, _GROUND_BOTTOM, luma.shape[0]).astype(np.uint8)[:, None]
    luma[[0, -1]] = luma[:, [0, -1]] = _SEAM
    for plane, value in zip(window[1:], _GROUND_CHROMA, strict=True):
        plane[:] = value


def _globe(ink: Plane) -> None:
    """A sphere with its equator's neighbours and a meridian."""
    side = ink.shape[0]
    line = max(1, side // 20)
    middle, radius = (side // 2, side // 2), side // 2 - line
    cv2.circle(ink, middle, radius, 255, line, cv2.LINE_AA)
    cv2.ellipse(ink, middle, (radius * 9 // 20, radius), 0, 0, 360, 255, line, cv2.LINE_AA)
    half = round(radius * 0.92)
    for y in (side // 2 - radius * 2 // 5, side // 2 + radius * 2 // 5):
        cv2.line(ink, (side // 2 - half, y), (side // 2 + half, y), 255, line, cv2.LINE_AA)


def _blend(canvas: Canvas, x: int, y: int, ink: Plane, colour: Colour) -> None:
    """`ink`: how much of the colour, 255 all of it. At an even corner; what would hang over the canvas is cut."""
    x, y = max(0, x & ~1), max(0, y & ~1)
    height = min(ink.shape[0], canvas.size.height - y) & ~1
    width = min(ink.shape[1], canvas.size.width - x) & ~1
    if height < 2 or width < 2:
        return
    full = ink[:height, :width]
    half = cv2.resize(full, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    for plane, value, much in zip(canvas.window(Rect(x, y, width, height)), colour, (full, half, half), strict=True):
        ground = plane.astype(np.int32)
        plane[:] = (ground + (value - ground) * much.astype(np.int32) // 255).astype(np.uint8)
