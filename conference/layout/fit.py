"""A picture inside a cell: aspect kept, and where it costs few pixels, a scale that needs no arithmetic."""

from typing import Final

from conference.layout.rect import MIN_CELL, Rect, even

_NEAR: Final = 15 / 16
"""A picture up to this much smaller than it could be is preferred when its scale is 1:1 or 2:1: those are plain row
copies and the fastest halving, and they are the sharpest."""
_EXACT: Final = (1.0, 0.5)


def fit_picture(width: int, height: int, cell: Rect) -> Rect:
    """The even rectangle in the middle of `cell` for a picture of `width` x `height` pixels (any positive numbers).

    At least two pixels a side, however odd the aspect.
    """
    largest = min(cell.width / width, cell.height / height)
    scale = next((exact for exact in _EXACT if largest * _NEAR <= exact <= largest), largest)
    inner_width = max(2, min(cell.width, even(width * scale + 0.5)))
    inner_height = max(2, min(cell.height, even(height * scale + 0.5)))
    return Rect(
        cell.x + even((cell.width - inner_width) / 2),
        cell.y + even((cell.height - inner_height) / 2),
        inner_width,
        inner_height,
    )


def snap_cell(width: float, height: float, aspect: float, layers: tuple[tuple[int, int], ...]) -> tuple[int, int]:
    """The even size of `aspect` that fits `width` x `height`; the size of one of `layers` (or its half) when near."""
    inner_width, inner_height = min(width, height * aspect), min(height, width / aspect)
    for layer_width, layer_height in layers:
        for exact in _EXACT:
            wanted_width, wanted_height = layer_width * exact, layer_height * exact
            if (
                inner_width * _NEAR <= wanted_width <= inner_width + 1e-6
                and inner_height * _NEAR <= wanted_height <= inner_height + 1e-6
            ):
                return even(wanted_width), even(wanted_height)
    return max(MIN_CELL, even(inner_width + 1e-6)), max(MIN_CELL, even(inner_height + 1e-6))
