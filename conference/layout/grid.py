"""Equal cells in rows. The number of columns is the one that makes the pictures largest."""

from math import ceil
from typing import Final

from conference.layout.errors import InvalidLayout
from conference.layout.fit import snap_cell
from conference.layout.rect import Rect, Size, even

WIDE: Final = 16 / 9
MAX_CELLS: Final = 100
LAYERS: Final = ((1920, 1080), (1280, 720), (640, 360), (320, 180))
"""What publishers send: the full picture, its half and its quarter of 720p, and 1080p screens."""


def grid(size: Size, count: int) -> tuple[Rect, ...]:
    """`count` cells (0..100) of 16:9 in reading order, the block and a last row that is not full in the middle.

    3x3 on 1920x1080 gives cells of 640x360, 6x6 of 320x180. Raises InvalidLayout.
    """
    return grid_within(Rect(0, 0, size.width, size.height), count)


def grid_within(area: Rect, count: int) -> tuple[Rect, ...]:
    """The same inside a part of a canvas."""
    if not 0 <= count <= MAX_CELLS:
        raise InvalidLayout(f"{count} cells")
    if count == 0:
        return ()
    columns = max(range(1, count + 1), key=lambda wanted: (round(_cell_width(area, wanted, count), 3), wanted))
    rows = ceil(count / columns)
    width, height = snap_cell(area.width / columns, area.height / rows, WIDE, LAYERS)
    if width * columns > area.width or height * rows > area.height:
        raise InvalidLayout(f"{count} cells in {area.width}x{area.height}")
    top = area.y + even((area.height - rows * height) / 2)
    cells = []
    for row in range(rows):
        here = min(columns, count - row * columns)
        left = area.x + even((area.width - here * width) / 2)
        cells += [Rect(left + column * width, top + row * height, width, height) for column in range(here)]
    return tuple(cells)


def _cell_width(area: Rect, columns: int, count: int) -> float:
    rows = ceil(count / columns)
    return min(area.width / columns, area.height / rows * WIDE)
