"""A decoded picture into its place on the canvas, plane by plane.

Planes in I420 cost a small part of what a way through RGB costs. INTER_AREA is fast at exactly 2:1 only, INTER_LINEAR
aliases from 2:1 on: so halve while the picture is at least twice as large, then the rest linearly. At 1:1 copy rows.
"""

from dataclasses import dataclass
from typing import Final, cast

import av
import cv2
import numpy as np

from conference.layout import Rect, fit_picture
from recorder.film.canvas import Plane, Planes

_STRIP: Final = 24
_FULL_RANGE: Final = 2
"""AVCOL_RANGE_JPEG."""


def planes_of(frame: av.VideoFrame) -> Planes:
    """Views of the frame's memory, without copying; other pixel formats and full range are converted first."""
    if frame.format.name != "yuv420p" or frame.color_range == _FULL_RANGE:
        frame = frame.reformat(format="yuv420p", dst_color_range="MPEG")
    width, height = frame.width, frame.height
    half = ((height + 1) // 2, (width + 1) // 2)
    shapes = ((height, width), half, half)
    y, u, v = (
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: shape[0], : shape[1]]
        for plane, shape in zip(frame.planes, shapes, strict=True)
    )
    return y, u, v


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture; `width`, `height`: as it was sent, while `planes` may be smaller already."""

    width: int
    height: int
    planes: Planes


def picture_of(frame: av.VideoFrame) -> Picture:
    """On the frame's own memory."""
    return Picture(frame.width, frame.height, planes_of(frame))


def fitted(frame: av.VideoFrame, cell: Rect) -> Picture:
    """Scaled down to what the cell shows of it, in memory of its own, so that the frame can go: a decoder's pictures
    are what a film's memory consists of. The drawing is then a copy of rows."""
    picture = picture_of(frame)
    inner = fit_picture(frame.width, frame.height, cell)
    if inner.width >= frame.width:
        return picture
    half = (inner.height // 2, inner.width // 2)
    small: Planes = (
        np.empty((inner.height, inner.width), np.uint8),
        np.empty(half, np.uint8),
        np.empty(half, np.uint8),
    )
    place(picture.planes, small)
    return Picture(frame.width, frame.height, small)


def same_picture(first: Picture, second: Picture) -> bool:
    """Whether two show the very same. A still screen share does, although each frame of it is decoded.

    Moving pictures differ in the first rows already: looking costs next to nothing then.
    """
    for one, other in zip(first.planes, second.planes, strict=True):
        if one.shape != other.shape:
            return False
        for top in range(0, one.shape[0], _STRIP):
            if not np.array_equal(one[top : top + _STRIP], other[top : top + _STRIP]):
                return False
    return (first.width, first.height) == (second.width, second.height)


def place(source: Planes, target: Planes) -> None:
    """Draws `source` into `target`, windows of the canvas, at whatever size these have."""
    for plane, window in zip(source, target, strict=True):
        _place_plane(plane, window)


def _place_plane(plane: Plane, window: Plane) -> None:
    height, width = window.shape
    while plane.shape[0] >= 2 * height and plane.shape[1] >= 2 * width:
        rows, columns = plane.shape[0] & ~1, plane.shape[1] & ~1
        half = (columns // 2, rows // 2)
        if half == (width, height):
            cv2.resize(plane[:rows, :columns], half, dst=window, interpolation=cv2.INTER_AREA)
            return
        plane = cast("Plane", cv2.resize(plane[:rows, :columns], half, interpolation=cv2.INTER_AREA))
    if plane.shape == window.shape:
        window[:] = plane
    else:
        cv2.resize(plane, (width, height), dst=window, interpolation=cv2.INTER_LINEAR)
