"""A board on a picture of another size, and the words of panes that show no picture. Pure."""

from dataclasses import replace

from conference.layout import Rect, Size
from conference.layout.plan import free
from conference.layout.rect import even
from conference.model.wall import Board
from conference.walls.boards import windows_of


def cells_of(board: Board, size: Size) -> tuple[Rect, ...]:
    """Where its panes lie on a picture of `size`: the canvas as large as it fits, in the middle, bars beside it.

    Raises InvalidLayout, also when a pane would be too small to be seen.
    """
    scale = min(size.width / board.width, size.height / board.height)
    canvas = Size(min(size.width, even(board.width * scale + 0.5)), min(size.height, even(board.height * scale + 0.5)))
    left, top = even((size.width - canvas.width) / 2), even((size.height - canvas.height) / 2)
    return tuple(replace(cell, x=cell.x + left, y=cell.y + top) for cell in free(canvas, windows_of(board)))


def left_words(left_s: float) -> str:
    """Of a countdown: whole seconds as h:mm:ss, rounded up; 0:00:00 when it is over."""
    left = max(0, -int(-left_s // 1))
    return f"{left // 3600}:{left // 60 % 60:02d}:{left % 60:02d}"
