"""A rectangle that fits canvases of every size."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Free:
    """One window as fractions of the canvas (0..1), so that a scene fits canvases of every size."""

    x: float
    y: float
    width: float
    height: float
