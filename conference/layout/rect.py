"""Sizes and rectangles in pixels. Everything is even: a chroma sample covers 2x2 pixels."""

from dataclasses import dataclass
from typing import Final

from conference.layout.errors import InvalidLayout

MIN_SIDE: Final = 64
MAX_SIDE: Final = 7680
MIN_CELL: Final = 16


def even(value: float) -> int:
    """The largest even number not above `value`."""
    return int(value) & ~1


@dataclass(frozen=True, slots=True)
class Size:
    """Of a canvas: even, 64..7680 a side. Raises InvalidLayout."""

    width: int
    height: int

    def __post_init__(self) -> None:
        for side in (self.width, self.height):
            if not MIN_SIDE <= side <= MAX_SIDE or side % 2:
                raise InvalidLayout(f"canvas {self.width}x{self.height}")


@dataclass(frozen=True, slots=True)
class Rect:
    """`x`, `y`: the upper left corner, pixels from the canvas's. All four are even."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    def overlaps(self, other: "Rect") -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def inside(self, size: Size) -> bool:
        return self.x >= 0 and self.y >= 0 and self.right <= size.width and self.bottom <= size.height


FULL_HD: Final = Size(1920, 1080)
