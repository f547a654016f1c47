"""Text in lines: where it breaks, how large it may be, where it is cut. Pure; whoever draws says how wide words are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

Measure = Callable[[str, int], int]
"""text, size in pixels -> width in pixels."""

ELLIPSIS: Final = "…"
LINE_HEIGHT: Final = 1.35
_STEP: Final = 0.92
_NOT_FIRST: Final = frozenset("，。、；：？！）】》」』〉”’％…—·,.;:?!)]}%")
_NOT_LAST: Final = frozenset("（【《「『〈“‘([{")
_WIDE_FROM: Final = "\u2e80"
"""Han, kana and their punctuation begin here: a line may break beside each of them."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one size, pixels. `whole`: nothing is left out."""

    lines: tuple[str, ...]
    size: int
    whole: bool

    @property
    def height(self) -> int:
        return len(self.lines) * line_height(self.size)


def line_height(size: int) -> int:
    return round(size * LINE_HEIGHT)


def fit(text: str, width: int, height: int, sizes: tuple[int, int], measure: Measure) -> Block:
    """In the largest size that shows it whole, from the first of `sizes` down to the last; else cut at the last one,
    the end marked. Its own line breaks stay. No lines at all when there is no room for one."""
    largest, smallest = sizes
    size = max(largest, smallest)
    while True:
        lines = wrap(text, width, lambda piece, at=size: measure(piece, at))  # type: ignore[misc]
        rows = height // line_height(size)
        if len(lines) <= rows and all(measure(line, size) <= width for line in lines):
            return Block(lines, size, whole=True)
        if size <= smallest:
            return _cut(lines, rows, width, size, measure)
        size = max(smallest, min(size - 1, int(size * _STEP)))


def wrap(text: str, width: int, measure: Callable[[str], int]) -> tuple[str, ...]:
    """Words stay whole where they fit a line; no line begins with a closing mark or ends with an opening one. A line
    is wider than `width` only when a single character is."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        line = ""
        for piece in _pieces(paragraph):
            if measure((line + piece).rstrip()) <= width:
                line += piece
                continue
            if line.strip():
                lines.append(line.rstrip())
            line = _broken(piece.lstrip(), width, measure, lines)
        lines.append(line.rstrip())
    return tuple(lines)


def _broken(piece: str, width: int, measure: Callable[[str], int], lines: list[str]) -> str:
    """What is left of a piece for the next line, after full lines of one that is wider than a line."""
    while len(piece) > 1 and measure(piece.rstrip()) > width:
        count = max(1, next((n for n in range(len(piece) - 1, 0, -1) if measure(piece[:n]) <= width), 1))
        lines.append(piece[:count])
        piece = piece[count:]
    return piece


def _pieces(paragraph: str) -> list[str]:
    """Between each two of them a line may end; spaces stay with what is before them."""
    pieces: list[str] = []
    for char in paragraph:
        if pieces and not _may_break(pieces[-1][-1], char):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _may_break(before: str, after: str) -> bool:
    if after in _NOT_FIRST or before in _NOT_LAST or after.isspace():
        return False
    return before.isspace() or before >= _WIDE_FROM or after >= _WIDE_FROM or before in "-/"


def _cut(lines: Sequence[str], rows: int, width: int, size: int, measure: Measure) -> Block:
    kept = list(lines[: max(0, rows)])
    if not kept:
        return Block((), size, whole=False)
    for number, line in enumerate(kept):
        last = number == len(kept) - 1 and len(lines) > len(kept)
        if last or measure(line, size) > width:
            kept[number] = one_line(line + ELLIPSIS if last else line, width, size, measure)
    return Block(tuple(kept), size, whole=False)


def one_line(text: str, width: int, size: int, measure: Measure) -> str:
    """Cut at the end, and marked as cut, when it is too wide; "" when not even the mark fits."""
    if measure(text, size) <= width:
        return text
    text = text.rstrip(ELLIPSIS)
    while text and measure(text + ELLIPSIS, size) > width:
        text = text[:-1]
    return text.rstrip() + ELLIPSIS if text or measure(ELLIPSIS, size) <= width else ""
