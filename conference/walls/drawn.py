"""A board on a picture of another size, and the words of panes that show no picture. Pure."""

from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from conference.layout import Rect, Size
from conference.layout.plan import free
from conference.layout.rect import even
from conference.model.wall import Board, Content, ContentKind
from conference.walls.boards import windows_of

Says = Literal["text", "clock", "countdown", "web"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a pane without a picture shows at a moment. `text`: a text, a countdown's caption, a page's host. `at_s`: of
    a clock, Unix time plus its zone's offset; of a countdown, the seconds left, rounded up, at most 0 when it is
    over."""

    says: Says = "text"
    text: str = ""
    at_s: int = 0


def drawn(content: Content, now_ms: int, offset_s: int) -> Drawn | None:
    """`offset_s`: of its clocks, east of Greenwich. None: it shows a picture, or nothing."""
    match content.kind:
        case ContentKind.TEXT:
            return Drawn("text", content.text)
        case ContentKind.CLOCK:
            return Drawn("clock", content.text, now_ms // 1000 + offset_s)
        case ContentKind.COUNTDOWN:
            return Drawn("countdown", content.text, -((now_ms - content.until_ms) // 1000))
        case ContentKind.WEB:
            return Drawn("web", host_of(content.url))
        case _:
            return None


def host_of(url: str) -> str:
    """With its port, without a user; "" when there is none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def cells_of(board: Board, size: Size) -> tuple[Rect, ...]:
    """Where its panes lie on a picture of `size`: the canvas as large as it fits, in the middle, bars beside it.

    Raises InvalidLayout, also when a pane would be too small to be seen.
    """
    scale = min(size.width / board.width, size.height / board.height)
    canvas = Size(min(size.width, even(board.width * scale + 0.5)), min(size.height, even(board.height * scale + 0.5)))
    left, top = even((size.width - canvas.width) / 2), even((size.height - canvas.height) / 2)
    return tuple(replace(cell, x=cell.x + left, y=cell.y + top) for cell in free(canvas, windows_of(board)))


def left_words(left_s: float) -> str:
    """Of a countdown: whole seconds as hh:mm:ss, rounded up; 00:00:00 when it is over."""
    left = max(0, -int(-left_s // 1))
    return f"{left // 3600:02d}:{left // 60 % 60:02d}:{left % 60:02d}"
