"""The persistent I420 picture on which a film is composed."""

from typing import Final

import av
import numpy as np
import numpy.typing as npt

from conference.layout import Rect, Size

Plane = npt.NDArray[np.uint8]
Planes = tuple[Plane, Plane, Plane]

BLACK: Final = (16, 128, 128)
"""Y, Cb, Cr of BT.709 limited range."""


class Canvas:
    """One block of memory, width x height*3/2 bytes, and views of its three planes."""

    def __init__(self, size: Size) -> None:
        width, height = size.width, size.height
        self.size = size
        self._block: Plane = np.empty((height * 3 // 2, width), np.uint8)
        flat = self._block.reshape(-1)
        luma, chroma = width * height, width * height // 4
        half = (height // 2, width // 2)
        self.planes: Planes = (
            self._block[:height],
            flat[luma : luma + chroma].reshape(half),
            flat[luma + chroma :].reshape(half),
        )
        self.fill(Rect(0, 0, width, height), BLACK)

    def fill(self, rect: Rect, colour: tuple[int, int, int]) -> None:
        for window, value in zip(self.window(rect), colour, strict=True):
            window[:] = value

    def window(self, rect: Rect) -> Planes:
        """The planes' parts under an even rectangle inside the canvas."""
        y, u, v = self.planes
        rows, columns = slice(rect.y // 2, rect.bottom // 2), slice(rect.x // 2, rect.right // 2)
        return y[rect.y : rect.bottom, rect.x : rect.right], u[rows, columns], v[rows, columns]

    def paste(self, x: int, y: int, bitmap: Planes) -> None:
        """An opaque bitmap at an even corner; what would hang over the canvas is cut."""
        height, width = bitmap[0].shape
        rect = Rect(x, y, min(width, self.size.width - x), min(height, self.size.height - y))
        for window, plane in zip(self.window(rect), bitmap, strict=True):
            window[:] = plane[: window.shape[0], : window.shape[1]]

    def frame(self) -> av.VideoFrame:
        """A frame on the canvas's own memory: to be encoded before the next change. x264 copies it at once."""
        return av.VideoFrame.from_numpy_buffer(self._block, format="yuv420p")
