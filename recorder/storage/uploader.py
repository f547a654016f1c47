"""Carries closed files to the bucket, in the background and for ever. A storage that is away costs a warning: the files
wait here, and recording does not know of it."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Final

from conference.model.errors import SegmentNotFound
from conference.model.recording import SegmentPlace, SegmentState
from conference.results import StorageStats
from recorder.storage.errors import Damaged, NotProven, StorageError, StorageRefuses
from recorder.storage.keys import object_key
from recorder.storage.pace import Backoff, Pace
from recorder.storage.plan import make_plan
from recorder.storage.upload import Upload

if TYPE_CHECKING:
    from conference.model.ids import RecordingId, SegmentId
    from conference.model.recording import Segment
    from conference.ports import RecordingStore
    from config.settings import S3Settings
    from recorder.folder import RecordingFolder
    from recorder.storage.bucket import Bucket
    from recorder.storage.spool import Spool

log = logging.getLogger(__name__)

ROUND_S: Final = 10.0
PAGE: Final = 64


class Uploader:
    """`run` for ever, or `run_round` once."""

    def __init__(
        self, bucket: Bucket, store: RecordingStore, folder: RecordingFolder, spool: Spool, settings: S3Settings
    ) -> None:
        self._bucket = bucket
        self._store = store
        self._folder = folder
        self._spool = spool
        self._settings = settings
        self._pace = Pace(settings.max_bitrate_bps)
        self._backoff = Backoff()
        self._tasks: dict[SegmentId, tuple[RecordingId, asyncio.Task[None]]] = {}
        self._left: set[SegmentId] = set()
        """Not tried again before the next start: the file is damaged, or the server makes something else of it."""
        self._trouble = ""
        self._waiting: tuple[int, int] = (0, 0)
        self._uploaded = [0, 0]
        self._failures = self._damaged = self._unproven = 0

    def stats(self) -> StorageStats:
        return StorageStats(
            trouble=self._trouble,
            waiting_segments=self._waiting[0],
            waiting_bytes=self._waiting[1],
            uploaded_segments=self._uploaded[0],
            uploaded_bytes=self._uploaded[1],
            failures=self._failures,
            damaged=self._damaged,
            unproven=self._unproven,
        )

    async def run(self) -> None:
        while True:
            wait_s = ROUND_S
            try:
                await self.run_round()
                await self._spool.tidy()
                self._well()
            except StorageError as error:
                self._ill(error)
                wait_s = self._backoff.next_s()
            except Exception:  # the database or the disk: the next round comes in any case; this is a timer's edge
                log.exception("x recordings could not be carried to the object storage")
                wait_s = self._backoff.next_s()
            await asyncio.sleep(wait_s)

    async def run_round(self) -> None:
        """Carries all there is. Raises the first StorageError when what was begun has ended."""
        waiting = await self._find()
        failures: list[StorageError] = []
        workers = [self._work(waiting, failures) for _ in range(self._settings.max_uploads)]
        await asyncio.gather(*workers)
        if failures:
            raise failures[0]

    async def forget(self, recording: RecordingId, only: SegmentId | None = None) -> None:
        """Ends what is on its way of this recording; returns when it has ended. `only`: nothing but that file."""
        ending = [
            task for segment, (whose, task) in self._tasks.items() if whose == recording and only in (None, segment)
        ]
        for task in ending:
            task.cancel()
        if ending:
            await asyncio.wait(ending)

    async def _find(self) -> list[Segment]:
        found: list[Segment] = []
        last: SegmentId | None = None
        while page := await self._store.movable(after=last, limit=PAGE):
            last = page[-1].id
            found += [segment for segment in page if segment.id not in self._left]
        self._waiting = len(found), sum(segment.size_bytes for segment in found)
        # The oldest first: it is the one a full disk would cost first. Popped from the end.
        return sorted(found, key=lambda segment: segment.started_at_ms, reverse=True)

    async def _work(self, waiting: list[Segment], failures: list[StorageError]) -> None:
        while waiting and not failures:
            segment = waiting.pop()
            task = asyncio.create_task(self._carry(segment), name=f"upload-{segment.id}")
            self._tasks[segment.id] = segment.recording, task
            try:
                await asyncio.wait([task])
            finally:
                task.cancel()
                del self._tasks[segment.id]
            if task.cancelled():
                continue
            error = task.exception()
            if isinstance(error, StorageError):
                failures.append(error)
            elif error is not None:
                raise error

    async def _carry(self, segment: Segment) -> None:
        try:
            await self._upload(segment)
        except Damaged as damage:
            self._damaged += 1
            self._leave(segment, f"stays here: {damage}")
        except NotProven as error:
            self._unproven += 1
            self._leave(segment, str(error))
        except SegmentNotFound:
            log.warning("x segment %s of recording %s has no file to carry away", segment.id, segment.recording)
            self._left.add(segment.id)
        else:
            self._uploaded[0] += 1
            self._waiting = self._waiting[0] - 1, self._waiting[1] - segment.size_bytes

    async def _upload(self, segment: Segment) -> None:
        key = object_key(self._settings.prefix, segment)
        file, _ = await asyncio.to_thread(self._folder.open, segment.recording, segment.id)
        try:
            plan = await make_plan(self._store, segment, file, self._settings.part_bytes)
            upload = Upload(
                bucket=self._bucket,
                store=self._store,
                pace=self._pace,
                key=key,
                segment=segment,
                plan=plan,
                file=file,
            )
            try:
                await upload.run()
            finally:
                self._uploaded[1] += upload.sent_bytes
        finally:
            os.close(file)
        await self._store.set_place(segment.id, SegmentPlace.REMOTE)
        if (await self._store.segment(segment.id)).state is SegmentState.DELETED:
            await self._bucket.delete(key)  # deleted while it was on its way, by somebody who did not see it there

    def _leave(self, segment: Segment, why: str) -> None:
        log.error("x segment %s of recording %s: %s", segment.id, segment.recording, why)
        self._left.add(segment.id)

    def _ill(self, error: StorageError) -> None:
        self._failures += 1
        trouble = "refused" if isinstance(error, StorageRefuses) else "away"
        if trouble != self._trouble:
            log.warning("x %s; recordings wait in their folder until it is back", error)
        self._trouble = trouble

    def _well(self) -> None:
        if self._trouble:
            log.info("- the object storage is back")
        self._trouble = ""
        self._backoff.reset()
