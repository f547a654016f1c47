"""Divisions of a canvas by name: grid-9, one-big-7, or free windows. As fractions, so that they fit every size."""

from functools import lru_cache
from typing import Final

from conference.layout.errors import InvalidLayout
from conference.layout.grid import grid
from conference.layout.plan import FREE, free
from conference.layout.rect import Rect, Size
from conference.layout.speaker import one_big
from conference.model.wall import MAX_PANES
from conference.model.window import Free

GRIDS: Final = (1, 2, 4, 6, 9, 12, 16, 25, 36)
_GRID: Final = "grid-"
_ONE_BIG: Final = "one-big-"


@lru_cache(maxsize=256)
def windows(template: str, width: int, height: int, drawn: tuple[Free, ...] = ()) -> tuple[Free, ...]:
    """The windows of a template on a canvas of `width` x `height` pixels, in reading order; one-big has its big one
    first. `drawn`: those of free, 1..36.

    They lie inside, do not overlap, and their edges are even pixels of this canvas; those of a grid and of one-big are
    16:9. Raises InvalidLayout.
    """
    size = Size(width, height)
    if template == FREE:
        if not 1 <= len(drawn) <= MAX_PANES:
            raise InvalidLayout(f"{len(drawn)} windows")
        cells = free(size, drawn)
    elif template.startswith(_GRID):
        count = _number(template.removeprefix(_GRID))
        if count not in GRIDS:
            raise InvalidLayout(f"template {template[:20]!r}")
        cells = grid(size, count)
    elif template.startswith(_ONE_BIG):
        small = _number(template.removeprefix(_ONE_BIG))
        if not 1 <= small < MAX_PANES:
            raise InvalidLayout(f"template {template[:20]!r}")
        cells = one_big(size, 1 + small)
    else:
        raise InvalidLayout(f"template {template[:20]!r}")
    return tuple(_fractions(cell, size) for cell in cells)


def largest(of: tuple[Free, ...]) -> int:
    """The place of the window with the largest area; of equal ones the first."""
    return max(range(len(of)), key=lambda index: (round(of[index].width * of[index].height, 6), -index))


def _fractions(cell: Rect, size: Size) -> Free:
    return Free(cell.x / size.width, cell.y / size.height, cell.width / size.width, cell.height / size.height)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 and text[0] != "0" else 0
