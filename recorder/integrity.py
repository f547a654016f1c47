"""Whether the files are still what was recorded: the root that seals a finished segment, and re-reading it all."""

from __future__ import annotations

import asyncio
import hashlib
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from conference.model.errors import SegmentNotFound, StorageUnavailable
from conference.model.recording import SegmentPlace, SegmentState
from recorder.merkle import MerkleTree

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from conference.model.ids import RecordingId, SegmentId
    from conference.model.recording import Fragment, Segment
    from conference.ports import RecordingStore
    from recorder.folder import RecordingFolder

PAGE: Final = 2000
"""Fragments looked up and read at a time: half an hour of a track."""
_CHUNK_BYTES: Final = 1 << 20


class Readable(Protocol):
    """An open file of a recording, wherever it lies. `close` when done."""

    @property
    def size_bytes(self) -> int: ...

    async def digest(self, offset: int, length: int) -> tuple[bytes, int]:
        """SHA-256 of these bytes and how many of them the file has. Raises OSError."""
        ...

    def close(self) -> None: ...


class Storage(Protocol):
    """Where files lie that are not in the folder."""

    async def open(self, segment: Segment) -> Readable:
        """Raises SegmentNotFound, StorageUnavailable."""
        ...


class Damage(StrEnum):
    """changed: a fragment's bytes are not those recorded. short: the file ends before it. extra: bytes behind the last
    fragment. index: the fragments in the index are not those that were sealed. missing: there is no file. unreadable:
    the disk or the object storage refuses."""

    CHANGED = "changed"
    SHORT = "short"
    EXTRA = "extra"
    INDEX = "index"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first damage of a segment. `number`, `offset`: of the first bad fragment; None when it is the whole file."""

    segment: SegmentId
    damage: Damage
    number: int | None = None
    offset: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What reading a recording again has shown. `elsewhere`: segments that were not read because their file is in an
    object storage that was not given; `unverified`: fragments whose hash is of the repair, not of the recorder."""

    recording: RecordingId
    findings: tuple[Finding, ...]
    segments: int
    elsewhere: int
    fragments: int
    unverified: int
    read_bytes: int

    @property
    def whole(self) -> bool:
        return not self.findings


async def seal(store: RecordingStore, segment: SegmentId, state: SegmentState = SegmentState.FINISHED) -> bytes:
    """Computes a segment's root from its indexed fragments and closes it with it; gives the root.

    To be called once, after its last fragment was written. Raises SegmentNotFound.
    """
    tree = MerkleTree()
    async for page in pages(store, segment):
        for fragment in page:
            tree.add(fragment.sha256)
    root = tree.root()
    await store.close_segment(segment, state=state, merkle_root=root)
    return root


async def pages(store: RecordingStore, segment: SegmentId) -> AsyncIterator[list[Fragment]]:
    """All fragments in order, PAGE at a time."""
    start = 0
    while page := await store.fragments(segment, start=start, limit=PAGE):
        yield page
        if len(page) < PAGE:
            return
        start = page[-1].number + 1


async def verify(
    store: RecordingStore,
    folder: RecordingFolder,
    recording: RecordingId,
    *,
    storage: Storage | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Verdict:
    """Reads every file of a recording again. `progress`: called with the bytes read since the last call.

    A segment that is being written is compared as far as it is indexed. Raises RecordingNotFound.
    """
    await store.get(recording)
    segments = [
        segment
        for segment in (await store.segments([recording])).get(recording, [])
        if segment.state is not SegmentState.DELETED
    ]
    checks = []
    for segment in segments:
        check = _SegmentCheck(segment, progress)
        if segment.place is SegmentPlace.LOCAL:
            await check.run(store, lambda it=segment: _local(folder, it))  # type: ignore[misc]
        elif storage is not None:
            await check.run(store, lambda it=segment: storage.open(it))  # type: ignore[misc]
        else:
            continue
        checks.append(check)
    return Verdict(
        recording=recording,
        findings=tuple(check.finding for check in checks if check.finding is not None),
        segments=len(segments),
        elsewhere=len(segments) - len(checks),
        fragments=sum(check.fragments for check in checks),
        unverified=sum(check.unverified for check in checks),
        read_bytes=sum(check.read_bytes for check in checks),
    )


class _Local:
    """A file of the folder."""

    def __init__(self, file: int, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._file = file

    async def digest(self, offset: int, length: int) -> tuple[bytes, int]:
        return await asyncio.to_thread(hash_range, self._file, offset, length)

    def close(self) -> None:
        os.close(self._file)


async def _local(folder: RecordingFolder, segment: Segment) -> _Local:
    return _Local(*await asyncio.to_thread(folder.open, segment.recording, segment.id))


class _SegmentCheck:
    def __init__(self, segment: Segment, progress: Callable[[int], None]) -> None:
        self.finding: Finding | None = None
        self.fragments = 0
        self.unverified = 0
        self.read_bytes = 0
        self._segment = segment
        self._progress = progress
        self._tree = MerkleTree()
        self._end = 0

    async def run(self, store: RecordingStore, open_: Callable[[], Awaitable[Readable]]) -> None:
        try:
            file = await open_()
        except SegmentNotFound:
            self._found(Damage.MISSING)
            return
        except (OSError, StorageUnavailable):
            self._found(Damage.UNREADABLE)
            return
        try:
            async for page in pages(store, self._segment.id):
                for fragment in page:
                    before = self.read_bytes
                    await self._check_fragment(file, fragment)
                    self._progress(self.read_bytes - before)
            if self._segment.state is not SegmentState.WRITING:
                self._check_end(file.size_bytes)
        finally:
            file.close()

    async def _check_fragment(self, file: Readable, fragment: Fragment) -> None:
        if (fragment.number, fragment.offset) != (self.fragments, self._end):
            self._found(Damage.INDEX, fragment)
        self.fragments += 1
        self.unverified += not fragment.verified
        self._end = fragment.end
        self._tree.add(fragment.sha256)
        try:
            digest, length = await file.digest(fragment.offset, fragment.length)
        except OSError:
            self._found(Damage.UNREADABLE, fragment)
            return
        self.read_bytes += length
        if length < fragment.length:
            self._found(Damage.SHORT, fragment)
        elif digest != fragment.sha256 and not self._header_may_change(fragment):
            self._found(Damage.CHANGED, fragment)

    def _header_may_change(self, fragment: Fragment) -> bool:
        """The header is written anew when its file is closed, the index hears of it a moment later."""
        return fragment.number == 0 and self._segment.state is SegmentState.WRITING

    def _check_end(self, size_bytes: int) -> None:
        if self._segment.merkle_root is not None and self._tree.root() != self._segment.merkle_root:
            self._found(Damage.INDEX)
        if size_bytes > self._end:
            self._found(Damage.EXTRA)

    def _found(self, damage: Damage, fragment: Fragment | None = None) -> None:
        if self.finding is None:
            number, offset = (fragment.number, fragment.offset) if fragment is not None else (None, None)
            self.finding = Finding(segment=self._segment.id, damage=damage, number=number, offset=offset)


def hash_range(file: int, offset: int, length: int) -> tuple[bytes, int]:
    """SHA-256 of these bytes and how many of them the file has. Blocks; raises OSError."""
    digest = hashlib.sha256()
    done = 0
    while done < length:
        chunk = os.pread(file, min(_CHUNK_BYTES, length - done), offset + done)
        if not chunk:
            break
        digest.update(chunk)
        done += len(chunk)
    return digest.digest(), done
