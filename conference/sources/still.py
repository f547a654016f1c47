"""Whether a picture that is not decoded shows anything new, by the size of its coded frames."""

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from conference.media._relay import LayerStats

_BYTES_PER_MACROBLOCK: Final = 0.5
"""Encoders spend 0.2 to 0.45 bytes on a macroblock of a still image (x264 and libvpx, 360p to 1080p, 1.5 Mbit/s);
sensor noise alone costs a camera more than one."""
_HEADERS_BYTES: Final = 64


def is_still(layer: "LayerStats") -> bool:
    """True if the last second's frames can hardly have changed anything. False when there were none to judge by."""
    macroblocks = ((layer.width + 15) // 16) * ((layer.height + 15) // 16)
    limit = macroblocks * _BYTES_PER_MACROBLOCK + _HEADERS_BYTES
    return macroblocks > 0 and 0 < layer.largest_frame_bytes <= limit
