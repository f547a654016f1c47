"""A part of a file as the body of a request: read from the disk while it is sent, no faster than allowed."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from recorder.storage.pace import Pace

_CHUNK_BYTES: Final = 64 * 1024


class FileBody:
    """Bytes [offset, offset + length) of `file`. The signer reads it as a file (on plain HTTP it hashes the body), the
    sender iterates over it."""

    def __init__(self, file: int, offset: int, length: int, pace: Pace) -> None:
        self._file = file
        self._offset = offset
        self._length = length
        self._pace = pace
        self._at = 0

    def __len__(self) -> int:
        return self._length

    def __bool__(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        left = self._length - self._at
        chunk = os.pread(self._file, left if size < 0 else min(size, left), self._offset + self._at)
        self._at += len(chunk)
        return chunk

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._length}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Raises OSError, also when the file is shorter by now."""
        at = 0
        while at < self._length:
            wanted = min(_CHUNK_BYTES, self._length - at)
            await self._pace.take(wanted)
            chunk = await asyncio.to_thread(os.pread, self._file, wanted, self._offset + at)
            if not chunk:
                raise OSError("the file became shorter while it was sent")
            at += len(chunk)
            yield chunk
