"""The layouts by name, and free rectangles as somebody drew them."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

from conference.layout.errors import InvalidLayout
from conference.layout.grid import MAX_CELLS, grid
from conference.layout.rect import MIN_CELL, Rect, Size, even
from conference.layout.speaker import one_big, speaker
from conference.model.window import Free

GRID: Final = "grid"
SPEAKER: Final = "speaker"
ONE_BIG: Final = "one-big"
FREE: Final = "free"


@dataclass(frozen=True, slots=True)
class Layout:
    """`name`: grid, speaker, one-big or free. `windows`: of free only, in the order in which they are filled."""

    name: str = GRID
    windows: tuple[Free, ...] = ()


def arrange(size: Size, layout: Layout, count: int) -> tuple[Rect, ...]:
    """The cells for `count` pictures, at most that many: pictures beyond the last cell are not shown.

    Cells lie inside the canvas, do not overlap and are even. Raises InvalidLayout.
    """
    match layout.name:
        case "grid":
            return grid(size, count)
        case "speaker":
            return speaker(size, count)
        case "one-big":
            return one_big(size, count)
        case "free":
            return free(size, layout.windows)[:count]
    raise InvalidLayout(f"layout {layout.name[:20]!r}")


def free(size: Size, windows: tuple[Free, ...]) -> tuple[Rect, ...]:
    """Windows in pixels: edges go to the even pixel below, so that windows that touch still touch."""
    if len(windows) > MAX_CELLS:
        raise InvalidLayout(f"{len(windows)} windows")
    cells = tuple(_window(size, window) for window in windows)
    if any(first.overlaps(second) for first, second in combinations(cells, 2)):
        raise InvalidLayout("windows overlap")
    return cells


def _window(size: Size, window: Free) -> Rect:
    if not all(0.0 <= value <= 1.0 for value in (window.x, window.y, window.width, window.height)):
        raise InvalidLayout("window outside the canvas")
    left, top = _edge(window.x, size.width), _edge(window.y, size.height)
    right, bottom = _edge(window.x + window.width, size.width), _edge(window.y + window.height, size.height)
    cell = Rect(left, top, right - left, bottom - top)
    if cell.width < MIN_CELL or cell.height < MIN_CELL or not cell.inside(size):
        raise InvalidLayout("window too small or outside the canvas")
    return cell


def _edge(fraction: float, side: int) -> int:
    # Sums of fractions such as 2/3 + 1/3 end a hair below the whole.
    return even(fraction * side + 1e-6)
