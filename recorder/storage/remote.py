"""Reading what is in the bucket as if it were a file here: windows of one object, streamed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from recorder.storage.errors import StorageAway

if TYPE_CHECKING:
    from recorder.storage.bucket import Bucket, Download

FIRST_WINDOW_BYTES: Final = 256 * 1024
"""What a page asks for at a time; whoever reads on gets windows that double, so that few requests carry a download."""
LARGEST_WINDOW_BYTES: Final = 8 * 1024 * 1024
_CHUNK_BYTES: Final = 256 * 1024


class RemoteFile:
    """One object of `size_bytes`. Holds no more of it than the HTTP library's buffer; `close` when done."""

    def __init__(self, bucket: Bucket, key: str, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._bucket = bucket
        self._key = key
        self._download: Download | None = None
        self._at = 0
        self._window_end = 0
        self._window_bytes = FIRST_WINDOW_BYTES

    async def read(self, offset: int, length: int) -> bytes:
        """Between 1 and `length` bytes, none only behind the end. Raises StorageError."""
        wanted = min(length, self.size_bytes - offset)
        if offset < 0 or wanted <= 0:
            return b""
        try:
            return await self._piece(offset, wanted)
        except StorageAway:  # a connection that lay idle may have been cut: once more on a new one
            self.close()
            return await self._piece(offset, wanted)

    async def digest(self, offset: int, length: int) -> tuple[bytes, int]:
        """SHA-256 of those bytes and how many there are. Raises StorageError."""
        digest = hashlib.sha256()
        done = 0
        while done < length and (piece := await self.read(offset + done, min(_CHUNK_BYTES, length - done))):
            digest.update(piece)
            done += len(piece)
        return digest.digest(), done

    def close(self) -> None:
        if self._download is not None:
            self._download.close()
            self._download = None

    async def _piece(self, offset: int, wanted: int) -> bytes:
        download = self._download
        if download is None or offset != self._at:
            download = await self._open(offset)
        piece = await download.read(min(wanted, self._window_end - offset))
        if not piece:
            raise StorageAway("the object ended early")
        self._at += len(piece)
        if self._at == self._window_end:
            self.close()
        return piece

    async def _open(self, offset: int) -> Download:
        follows = offset == self._at and offset > 0
        self.close()
        self._window_bytes = min(self._window_bytes * 2, LARGEST_WINDOW_BYTES) if follows else FIRST_WINDOW_BYTES
        length = min(self._window_bytes, self.size_bytes - offset)
        self._download = await self._bucket.get(self._key, offset, length)
        self._at, self._window_end = offset, offset + length
        return self._download
