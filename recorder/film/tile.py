"""One cell of the canvas: a picture or a cover, and a label."""

from dataclasses import dataclass, field
from typing import Final

from conference.layout import Rect, fit_picture
from recorder.film.canvas import BLACK, Canvas
from recorder.film.card import Card
from recorder.film.labels import COVERS, Labels
from recorder.film.scale import Picture, place

_SHADE: Final = (32, 128, 128)
_MIN_TEXT, _MAX_TEXT = 10, 36
_RED: Final = (63, 102, 240)
"""Cb and Cr of pure red, BT.709 limited."""
_MIN_FRAME: Final = 4
_CELL_PER_FRAME: Final = 60
_CELL_PER_TEXT: Final = 14
"""A label's characters are this part of the cell's height."""


@dataclass(frozen=True, slots=True)
class Place:
    """`tile`: the caller's name for what is shown there. `card`: instead of a picture. `alarm`: a red
    frame."""

    tile: str
    cell: Rect
    name: str = ""
    card: Card | None = None
    alarm: bool = False


@dataclass(slots=True)
class Tile:
    """`picture`: the newest one, kept for redrawing. `cover`: a key of COVERS, instead of the picture."""

    place: Place
    picture: Picture | None = None
    muted: bool = False
    cover: str = ""
    dirty: bool = True
    _inner: Rect | None = field(default=None)

    def spoil(self) -> None:
        """More than the picture has changed: the whole cell is to be drawn."""
        self.dirty, self._inner = True, None

    def draw(self, canvas: Canvas, labels: Labels | None, language: str) -> None:
        self.dirty = False
        cell = self._framed(canvas)
        if self.place.card is not None and labels is not None:
            self._inner = None
            labels.cards.draw(canvas, cell, self.place.card, language)
        elif self.cover or self.picture is None:
            self._inner = None
            canvas.fill(cell, _SHADE)
            self._draw_cover(canvas, cell, labels, COVERS[language][self.cover or "waiting"])
        else:
            inner = fit_picture(self.picture.width, self.picture.height, cell)
            if inner != self._inner:
                canvas.fill(cell, BLACK)
                self._inner = inner
            place(self.picture.planes, canvas.window(inner))
        if labels is not None and (self.place.name or self.muted):
            bitmap = labels.name(self.place.name, self._text_size(), cell.width, muted=self.muted)
            canvas.paste(cell.x, max(cell.y, cell.bottom - bitmap[0].shape[0]), bitmap)

    def _framed(self, canvas: Canvas) -> Rect:
        """What a frame leaves of the cell. It is drawn with the rest when the whole cell is."""
        cell = self.place.cell
        edge = max(_MIN_FRAME, min(cell.width, cell.height) // _CELL_PER_FRAME) & ~1
        if not self.place.alarm or min(cell.width, cell.height) < 4 * edge:
            return cell
        if self._inner is None:
            canvas.fill(cell, _RED)
        return Rect(cell.x + edge, cell.y + edge, cell.width - 2 * edge, cell.height - 2 * edge)

    def _text_size(self) -> int:
        return max(_MIN_TEXT, min(_MAX_TEXT, self.place.cell.height // _CELL_PER_TEXT)) & ~1

    def _draw_cover(self, canvas: Canvas, cell: Rect, labels: Labels | None, text: str) -> None:
        if labels is None or not text:
            return
        bitmap = labels.plain(text, self._text_size() * 3 // 2 & ~1, cell.width)
        height, width = bitmap[0].shape
        if height <= cell.height:
            canvas.paste(cell.x + ((cell.width - width) // 2 & ~1), cell.y + ((cell.height - height) // 2 & ~1), bitmap)
