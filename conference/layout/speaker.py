"""One large picture and small ones beside it. The first cell is always the large one."""

from math import ceil
from typing import Final

from conference.layout.errors import InvalidLayout
from conference.layout.fit import snap_cell
from conference.layout.grid import LAYERS, MAX_CELLS, WIDE, grid_within
from conference.layout.rect import MIN_CELL, Rect, Size, even

_STRIP_CELLS: Final = 6
"""On 1920x1080 a strip of six is six rows of 320x180 beside 1600x900."""
_MIN_PARTS: Final = 3
_SQUARISH: Final = (1.2, 2.4)
"""Canvases of these aspects take an L of small cells around the large one; wider and taller ones a block of them."""


def speaker(size: Size, count: int) -> tuple[Rect, ...]:
    """The speaker and a strip of up to six on its right (below it on a portrait canvas); others have no cell."""
    _check(count)
    if count <= 1:
        return grid_within(Rect(0, 0, size.width, size.height), count)
    aspect = size.width / size.height
    if not _SQUARISH[0] <= aspect <= _SQUARISH[1]:
        return _block(size, min(count, 1 + _STRIP_CELLS))
    width, height = _unit(size, _STRIP_CELLS)
    big = _big(size.width - width, size.height)
    shown = min(count - 1, size.height // height, _STRIP_CELLS)
    top = even((size.height - shown * height) / 2)
    return (big, *(Rect(size.width - width, top + row * height, width, height) for row in range(shown)))


def one_big(size: Size, count: int) -> tuple[Rect, ...]:
    """One big and `count` - 1 around it, all of them: an L to its right and below (1 + 5 on 1920x1080: 1280x720 and
    640x360; 1 + 11: 1600x900 and 320x180), a block beside it on a canvas of another shape. Raises InvalidLayout."""
    _check(count)
    if count <= 1:
        return grid_within(Rect(0, 0, size.width, size.height), count)
    aspect = size.width / size.height
    if not _SQUARISH[0] <= aspect <= _SQUARISH[1]:
        return _block(size, count)
    parts = max(_MIN_PARTS, ceil(count / 2))
    width, height = _unit(size, parts)
    left, top = width * (parts - 1), height * (parts - 1)
    right = [Rect(left, row * height, width, height) for row in range(parts)]
    below = [Rect(column * width, top, width, height) for column in range(parts - 1)]
    return (_big(left, top), *(right + below)[: count - 1])


def _check(count: int) -> None:
    if not 0 <= count <= MAX_CELLS:
        raise InvalidLayout(f"{count} cells")


def _unit(size: Size, parts: int) -> tuple[int, int]:
    width, height = snap_cell(size.width / parts, size.height / parts, WIDE, LAYERS)
    if width * parts > size.width or height * parts > size.height:
        raise InvalidLayout(f"{parts} parts of {size.width}x{size.height}")
    return width, height


def _big(width: int, height: int) -> Rect:
    big_width, big_height = snap_cell(width, height, WIDE, LAYERS)
    return Rect(even((width - big_width) / 2), even((height - big_height) / 2), big_width, big_height)


def _block(size: Size, count: int) -> tuple[Rect, ...]:
    """Large at the left (at the top of a portrait canvas), a grid in what is left."""
    if size.width > size.height:
        big_width, big_height = snap_cell(min(size.width * 2 / 3, size.height * WIDE), size.height, WIDE, LAYERS)
        big = Rect(0, even((size.height - big_height) / 2), big_width, big_height)
        rest = Rect(big_width, 0, size.width - big_width, size.height)
    else:
        big_width, big_height = snap_cell(size.width, size.height / 2, WIDE, LAYERS)
        big = Rect(even((size.width - big_width) / 2), 0, big_width, big_height)
        rest = Rect(0, big_height, size.width, size.height - big_height)
    if rest.width < MIN_CELL or rest.height < MIN_CELL:
        raise InvalidLayout(f"no room beside the large cell on {size.width}x{size.height}")
    return (big, *grid_within(rest, count - 1))
