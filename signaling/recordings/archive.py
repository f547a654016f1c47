"""A recording as one ZIP, made while it is being sent: stored, not compressed, because video does not shrink.

Sizes and checksums of an entry come behind its bytes (APPNOTE 4.3.9), Zip64 where a number needs it. The manifest is
the last entry, because it says what the others turned out to be.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import time
import zipfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from typing import IO, TYPE_CHECKING, Final

from conference.model.errors import SegmentNotFound, StorageUnavailable
from conference.model.ids import SegmentId
from conference.model.recording import RecordingContents, Segment, SegmentState
from signaling.recordings.file_names import folder_name, suffix
from signaling.recordings.library import OpenSegment
from signaling.recordings.manifest import Kept, manifest
from signaling.recordings.ranges import Span
from signaling.recordings.stream import PIECE_BYTES, pieces_of

if TYPE_CHECKING:
    from typing_extensions import Buffer

log = logging.getLogger(__name__)

MANIFEST: Final = "manifest.json"
_GONE: Final = frozenset({SegmentState.MISSING, SegmentState.DELETED})
_PLAIN_FILE: Final = 0o100644 << 16
_FIRST_YEAR_S: Final = 315_619_200.0  # 1980-01-02: an entry cannot be older


async def archive(
    contents: RecordingContents, open_segment: Callable[[SegmentId], Awaitable[OpenSegment]], *, made_at_s: float
) -> AsyncGenerator[bytes, None]:
    """The file in pieces of about PIECE_BYTES. A segment that cannot be opened or read to its end is said to be so in
    the manifest: the others are worth having."""
    writer = _Writer()
    try:
        async with aclosing(_archive(writer, contents, open_segment, made_at_s)) as pieces:
            async for piece in pieces:
                yield piece
    finally:
        writer.close()


async def _archive(
    writer: _Writer,
    contents: RecordingContents,
    open_segment: Callable[[SegmentId], Awaitable[OpenSegment]],
    made_at_s: float,
) -> AsyncGenerator[bytes, None]:
    kept: dict[SegmentId, Kept] = {}
    for segment, name in _entries(contents):
        if segment.state in _GONE:
            kept[segment.id] = Kept(file=None, size_bytes=0, sha256="", problem="missing")
            continue
        try:
            opened = await open_segment(segment.id)
        except (SegmentNotFound, StorageUnavailable, OSError) as error:
            problem = "unreadable" if isinstance(error, StorageUnavailable) else "missing"
            kept[segment.id] = Kept(file=None, size_bytes=0, sha256="", problem=problem)
            continue
        try:
            async with aclosing(_entry(writer, opened, name, kept)) as pieces:
                async for piece in pieces:
                    yield piece
        finally:
            await opened.close()
    writer.begin(MANIFEST, made_at_s, 0)
    writer.add(manifest(contents, kept, made_at_s=made_at_s))
    writer.end()
    writer.close()
    for piece in _cut(writer.take()):
        yield piece


async def _entry(
    writer: _Writer, opened: OpenSegment, name: str, kept: dict[SegmentId, Kept]
) -> AsyncGenerator[bytes, None]:
    problem = None
    writer.begin(name, opened.segment.started_at_ms / 1000, opened.size_bytes)
    try:
        async for piece in pieces_of(opened, Span(0, opened.size_bytes)):
            await asyncio.to_thread(writer.add, piece)  # its two checksums take longer than the loop may stand still
            yield writer.take()
    except OSError as error:
        log.warning("x archive: segment %s: %s", opened.segment.id, error)
        problem = "unreadable"
    size_bytes, sha256 = writer.end()
    kept[opened.segment.id] = Kept(file=name, size_bytes=size_bytes, sha256=sha256, problem=problem)
    yield writer.take()


def _entries(contents: RecordingContents) -> Iterator[tuple[Segment, str]]:
    """Every segment with its name in the archive: a folder per track, in it files in the order of time."""
    for number, track in enumerate(contents.tracks, start=1):
        folder = folder_name(number, track)
        for segment in contents.segments:
            if segment.track == track.id:
                yield segment, f"{folder}/{segment.id}{suffix(track.kind)}"


def _cut(whole: bytes) -> Iterator[bytes]:
    for start in range(0, len(whole), PIECE_BYTES):
        yield whole[start : start + PIECE_BYTES]


class _Sink(io.RawIOBase):
    """What `zipfile` writes to: a pipe, which knows no positions."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, data: Buffer, /) -> int:
        self.waiting += data
        return memoryview(data).nbytes


class _Writer:
    """One entry after the other: `begin`, `add`…, `end`; `close` after the last. `take` after each."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_STORED)
        self._entry: IO[bytes] = io.BytesIO()
        self._size_bytes = 0
        self._digest = hashlib.sha256()

    def begin(self, name: str, at_s: float, size_bytes: int) -> None:
        """`size_bytes`: at most so many will come."""
        info = zipfile.ZipInfo(name, time.localtime(max(at_s, _FIRST_YEAR_S))[:6])
        info.external_attr = _PLAIN_FILE
        self._entry = self._zip.open(info, "w", force_zip64=size_bytes > zipfile.ZIP64_LIMIT)
        self._size_bytes = 0
        self._digest = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        """May be called in another thread, while nothing else is called."""
        self._entry.write(piece)
        self._digest.update(piece)
        self._size_bytes += len(piece)

    def end(self) -> tuple[int, str]:
        """How many bytes came, and their SHA-256 in hexadecimal."""
        self._entry.close()
        return self._size_bytes, self._digest.hexdigest()

    def close(self) -> None:
        """Ends the file, also amid an entry. Idempotent."""
        self._entry.close()
        self._zip.close()

    def take(self) -> bytes:
        """What was made since the last call."""
        taken = bytes(self._sink.waiting)
        self._sink.waiting.clear()
        return taken
