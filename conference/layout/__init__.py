"""Where pictures lie on a canvas: pure geometry, shared by the composed film and the walls. No input or output."""

from conference.layout.errors import InvalidLayout
from conference.layout.fit import fit_picture
from conference.layout.grid import grid
from conference.layout.plan import FREE, GRID, ONE_BIG, SPEAKER, Layout, arrange
from conference.layout.rect import FULL_HD, Rect, Size
from conference.layout.speaker import one_big, speaker
from conference.model.window import Free

__all__ = [
    "FREE",
    "FULL_HD",
    "GRID",
    "ONE_BIG",
    "SPEAKER",
    "Free",
    "InvalidLayout",
    "Layout",
    "Rect",
    "Size",
    "arrange",
    "fit_picture",
    "grid",
    "one_big",
    "speaker",
]
