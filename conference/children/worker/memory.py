"""glibc keeps a heap per thread and raises the size that it gives back at once; what a child holds for a moment only
fragments both."""

import ctypes
from typing import Final

PICTURES_APART_BYTES: Final = 512 << 10
"""Pictures from 720p on."""
_M_ARENA_MAX: Final = -8
_M_MMAP_THRESHOLD: Final = -3


def keep_small(*, heaps: int, apart_bytes: int) -> None:
    """For the whole process; nothing happens where the C library is another one. What has `apart_bytes` or more is
    mapped by itself and given back when it is freed."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, heaps)
        mallopt(_M_MMAP_THRESHOLD, apart_bytes)
