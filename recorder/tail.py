"""Where a Matroska file of ours ends that its writer could not finish: the time of its last whole frame."""

from __future__ import annotations

import os
import struct
from typing import Final

_CLUSTER: Final = b"\x1f\x43\xb6\x75"
_CLUSTER_HEAD: Final = struct.Struct("!4sQ2sQ")
"""Id, size behind it, id and size of the time, the time in ms (`recorder.worker.matroska.cluster`)."""
_TIME: Final = b"\xe7\x88"
_BLOCK: Final = struct.Struct("!BIBhB")
_SIMPLE_BLOCK: Final = 0xA3
_SIZE_4: Final = 0x1000_0000
_BLOCK_HEAD_BYTES: Final = 5
_MAX_BYTES: Final = 64 << 20
"""What may have waited for a slow disk; more is not looked through."""


def last_frame_ms(file: int, offset: int, size_bytes: int) -> int | None:
    """Time (ms of the file) of the last frame behind `offset`, where a Cluster begins. None: no whole
    frame is there, or it is no file of ours. Blocks; raises OSError."""
    if size_bytes - offset > _MAX_BYTES:
        return None
    data = os.pread(file, size_bytes - offset, offset)
    last, at = None, data.find(_CLUSTER)
    while 0 <= at <= len(data) - _CLUSTER_HEAD.size:
        name, size, time, begins_ms = _CLUSTER_HEAD.unpack_from(data, at)
        if (name, time) != (_CLUSTER, _TIME):
            break
        end = at + 12 + (size & ~(1 << 56))
        last = _last_block(data, at + _CLUSTER_HEAD.size, min(end, len(data)), begins_ms, last)
        at = end
    return last


def _last_block(data: bytes, at: int, end: int, begins_ms: int, last: int | None) -> int | None:
    while at + _BLOCK.size <= end:
        name, size, _, relative_ms, _ = _BLOCK.unpack_from(data, at)
        at += _BLOCK_HEAD_BYTES + (size & ~_SIZE_4)
        if name != _SIMPLE_BLOCK or at > end:
            break
        last = begins_ms + relative_ms
    return last
