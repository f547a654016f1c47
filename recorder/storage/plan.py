"""A file made ready to be carried away: compared with the index, cut into parts, each part's SHA-256."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from recorder.integrity import pages
from recorder.merkle import MerkleTree
from recorder.storage.errors import Damaged

if TYPE_CHECKING:
    from conference.model.recording import Fragment, Segment
    from conference.ports import RecordingStore

MAX_PARTS: Final = 10_000
"""Of one upload, by S3's limits."""
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """`number` counts from 1, as S3 does."""

    number: int
    offset: int
    length: int
    sha256: bytes

    @property
    def checksum(self) -> str:
        """As S3 writes it."""
        return base64.b64encode(self.sha256).decode()


@dataclass(frozen=True, slots=True)
class Plan:
    """`parts`: at least one, all but the last of `part_bytes`."""

    size_bytes: int
    part_bytes: int
    parts: tuple[Part, ...]

    @property
    def checksum(self) -> str:
        """What S3 says of the whole object: its SHA-256, or for several parts that of their digests and how many."""
        if len(self.parts) == 1:
            return self.parts[0].checksum
        together = hashlib.sha256(b"".join(part.sha256 for part in self.parts)).digest()
        return f"{base64.b64encode(together).decode()}-{len(self.parts)}"


def part_size(size_bytes: int, wanted_bytes: int) -> int:
    """`wanted_bytes`, or as many MiB as it takes to stay within MAX_PARTS."""
    needed = -(-size_bytes // MAX_PARTS)
    return wanted_bytes if needed <= wanted_bytes else -(-needed // _MIB) * _MIB


async def make_plan(store: RecordingStore, segment: Segment, file: int, wanted_bytes: int) -> Plan:
    """Reads the whole file once. Raises Damaged when it is not what the index says, OSError of the disk."""
    size_bytes = os.fstat(file).st_size
    reader = _Reader(file, part_size(size_bytes, wanted_bytes))
    async for page in pages(store, segment.id):
        await asyncio.to_thread(reader.take, page)
    return reader.finish(segment, size_bytes)


class _Reader:
    def __init__(self, file: int, part_bytes: int) -> None:
        self._file = file
        self._part_bytes = part_bytes
        self._parts: list[Part] = []
        self._part = hashlib.sha256()
        self._tree = MerkleTree()
        self._at = 0

    def take(self, page: list[Fragment]) -> None:
        """Blocks."""
        for fragment in page:
            if fragment.offset != self._at:
                raise Damaged(f"fragment {fragment.number} is not where the one before ends")
            if self._hash(fragment.length) != fragment.sha256:
                raise Damaged(f"fragment {fragment.number} is not what was recorded")
            self._tree.add(fragment.sha256)

    def _hash(self, length: int) -> bytes:
        whole = hashlib.sha256()
        left = length
        while left:
            room = self._part_bytes - self._at % self._part_bytes
            piece = os.pread(self._file, min(_MIB, left, room), self._at)
            if not piece:
                break
            whole.update(piece)
            self._part.update(piece)
            self._at += len(piece)
            left -= len(piece)
            if self._at % self._part_bytes == 0:
                self._end_part()
        return whole.digest()

    def _end_part(self) -> None:
        offset = len(self._parts) * self._part_bytes
        self._parts.append(Part(len(self._parts) + 1, offset, self._at - offset, self._part.digest()))
        self._part = hashlib.sha256()

    def finish(self, segment: Segment, size_bytes: int) -> Plan:
        if self._at != size_bytes:
            raise Damaged(f"it has {size_bytes} bytes, {self._at} are indexed")
        if segment.merkle_root is None or self._tree.root() != segment.merkle_root:
            raise Damaged("its fragments are not those that were sealed")
        if not self._parts or self._at % self._part_bytes:
            self._end_part()
        return Plan(size_bytes, self._part_bytes, tuple(self._parts))
