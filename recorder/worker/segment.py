"""One file of one track: Clusters to the disk, each fragment told after its sync."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from recorder import words
from recorder.worker import matroska
from recorder.worker.clusters import Cluster, Clusters
from recorder.worker.disk import Disk, DiskFailed, DiskFile, Fragment

_CUE_SPACING_MS: Final = {"video": 1_000, "audio": 5_000}
_LAST_FRAME_MS: Final = {"video": 33, "audio": 20}
"""Nothing follows the last frame that would tell how long it is shown."""

ClosedReason = Literal["ended", "changed", "reconnected", "clock", "stopped", "full", "error"]


class Host(Protocol):
    """The recorder, as its segments see it."""

    disk: Disk

    def tell(self, word: words.FromChild) -> None: ...
    def failed(self, failure: DiskFailed, file: DiskFile) -> bool:
        """Storage does not take bytes. True: the file is kept to try again with, and must not be closed."""
        ...

    def closed(self, segment: "Segment") -> None:
        """All of it is on the disk and told."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """What a segment begins with. `size`: None for sound. `begun_ms`: Unix time of its first frame."""

    track: int
    kind: words.Kind
    codec: words.Codec
    private: bytes
    size: tuple[int, int] | None
    name: str
    begun_ms: int
    reason: words.SegmentReason


@dataclass(slots=True)
class _Span:
    """What was appended since the last cut, as the index wants to know it. Unix ms. `ends`: (bytes of the file, until
    when) after each Cluster."""

    from_ms: int
    ends: list[tuple[int, int]] = field(default_factory=list)
    keyframes: list[words.KeyFrame] = field(default_factory=list)

    def until_ms(self, file_bytes: int) -> int:
        """Of what is in a file of this size: a disk that is full takes a part of it."""
        return max((until_ms for end, until_ms in self.ends if end <= file_bytes), default=self.from_ms)


class Segment:
    """Frames may be added before the file is there; they wait. `on_failed`: the disk refused bytes, and the segment has
    closed itself."""

    def __init__(self, plan: Plan, host: Host, on_failed: Callable[[], None]) -> None:
        self.plan = plan
        self._host = host
        self._on_failed = on_failed
        self._clusters = Clusters(plan.begun_ms, split_at_keys=plan.kind == "video")
        self._early: deque[Cluster] = deque()
        self._early_bytes = 0
        self._written: _Written | None = None
        self._ending: ClosedReason | None = None

    @property
    def waiting_bytes(self) -> int:
        """Not yet given to the disk."""
        return self._clusters.size + self._early_bytes

    def add(self, at_us: int, data: bytes, *, key: bool) -> None:
        """A frame of this Unix time."""
        ended = self._clusters.add(at_us, data, key=key)
        if ended is not None:
            self._put(ended)

    def flush(self) -> None:
        """What has come goes to the disk."""
        ended = self._clusters.take()
        if ended is not None:
            self._put(ended)

    def attach(self, fd: int, segment: str, uid: bytes) -> None:
        """Its file has come. `uid`: 16 random bytes."""
        self._written = written = _Written(self, fd, segment, uid, self._host)
        while self._early:
            written.append(self._early.popleft())
        self._early_bytes = 0
        if self._ending is not None:
            written.finish(self._ending)

    def sync(self) -> None:
        """Once a second: what is written becomes a fragment."""
        if self._written is not None and self._ending is None:
            self._written.sync()

    def close(self, reason: ClosedReason) -> None:
        """No more frames. `Host.closed` is called when all is on the disk."""
        if self._ending is not None:
            return
        self.flush()
        self._ending = reason
        if self._written is not None:
            self._written.finish(reason)

    def abandon(self) -> None:
        """It gets no file: what waits is lost."""
        if self._written is None:
            self._early.clear()
            self._early_bytes = 0
            ended, self._ending = self._ending, "error"
            self._host.closed(self)
            if ended is None:
                self._on_failed()

    def refused(self, reason: ClosedReason) -> None:
        """The disk did not take what was appended."""
        ended, self._ending = self._ending, reason
        if ended is None:
            self._on_failed()

    def _put(self, cluster: Cluster) -> None:
        if self._written is None:
            self._early.append(cluster)
            self._early_bytes += len(cluster.data)
        else:
            self._written.append(cluster)


class _Written:
    """The file of a segment."""

    def __init__(self, owner: Segment, fd: int, segment: str, uid: bytes, host: Host) -> None:
        plan = owner.plan
        self._owner = owner
        self._plan = plan
        self._host = host
        self._disk = host.disk
        self._id = segment
        self._file = DiskFile(fd)
        self._cues = matroska.Cues(_CUE_SPACING_MS[plan.kind])
        self._syncing = False
        self._kept = False
        self._finished = False
        self._safe_bytes = 0
        self._last_ms = 0
        width, height = plan.size or (0, 0)
        self._info = matroska.TrackInfo(plan.codec, plan.private, width, height, plan.name, plan.begun_ms, uid)
        host.tell(words.Segment(plan.track, segment, plan.codec, width, height, plan.reason, plan.begun_ms))
        head = matroska.header(self._info)
        self._segment_begin = matroska.segment_begin(head)
        self._offset = len(head)
        self._span: _Span | None = _Span(plan.begun_ms)
        self._disk.append(self._file, head, self._failed)
        self._cut()

    def append(self, cluster: Cluster) -> None:
        from_ms, until_ms = self._plan.begun_ms + cluster.from_ms, self._plan.begun_ms + cluster.until_ms
        if self._span is None:
            self._span = _Span(from_ms)
        if cluster.key and self._cues.add(cluster.from_ms, self._offset) and self._plan.kind == "video":
            self._span.keyframes.append(words.KeyFrame(self._offset, from_ms))
        self._last_ms = cluster.until_ms
        self._offset += len(cluster.data)
        self._span.ends.append((self._offset, until_ms))
        self._disk.append(self._file, cluster.data, self._failed)

    def sync(self) -> None:
        """Left out while the last one is under way."""
        if self._span is not None and not self._syncing:
            self._cut()

    def finish(self, reason: ClosedReason) -> None:
        """Cues, the last sync, the header's second writing, the end."""
        if self._finished:
            return
        self._finished = True
        if reason in ("full", "error"):
            self._cut()
            (self._disk.after if self._kept else self._close)(lambda: self._closed(reason))
            return
        cues_at = self._offset
        cues = self._cues.element(self._segment_begin)
        if cues:
            self._disk.append(self._file, cues, self._failed)
        self._cut()
        duration_ms = self._last_ms + _LAST_FRAME_MS[self._plan.kind]

        def head(size: int) -> bytes:
            return matroska.header(self._info, matroska.Ending(duration_ms, size, cues_at if cues else None))

        begun_ms = self._plan.begun_ms
        self._disk.rewrite_head(self._file, head, lambda fragment: self._synced(_Span(begun_ms), fragment))
        self._close(lambda: self._closed(reason))

    def _close(self, done: Callable[[], None]) -> None:
        self._disk.close(self._file, done)

    def _cut(self) -> None:
        span, self._span = self._span, None
        span = span or _Span(self._plan.begun_ms + self._last_ms)
        self._syncing = True

        def synced(fragment: Fragment | None, failure: DiskFailed | None) -> None:
            self._syncing = False
            if failure is not None:
                self._failed(failure)
            self._synced(span, fragment)

        self._disk.sync(self._file, synced)

    def _synced(self, span: _Span, fragment: Fragment | None) -> None:
        if fragment is None:
            return
        self._safe_bytes = max(self._safe_bytes, fragment.file_bytes)
        keyframes = tuple(key for key in span.keyframes if key.offset < fragment.file_bytes)
        self._host.tell(
            words.Synced(
                *(self._plan.track, self._id, fragment.number, fragment.offset, fragment.length, fragment.sha256),
                *(self._safe_bytes, span.from_ms, span.until_ms(fragment.file_bytes), keyframes),
            )
        )

    def _failed(self, failure: DiskFailed) -> None:
        """Whatever was to come is not written. A file that was being finished stays as it is then: readable."""
        if self._finished:
            return
        self._kept = self._host.failed(failure, self._file)
        self._owner.refused(failure.kind)
        self.finish(failure.kind)

    def _closed(self, reason: ClosedReason) -> None:
        failed = self._file.failed
        self._host.tell(
            words.Closed(
                self._plan.track,
                self._id,
                self._safe_bytes,
                self._plan.begun_ms + self._last_ms,
                reason if failed is None else failed.kind,
            )
        )
        self._host.closed(self._owner)
