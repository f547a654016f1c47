"""Recordings at work: one sandboxed child each, its files, its rows. Implements `conference.taping.Recorder`."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final

from conference.children.nursery import Nursery
from conference.model.errors import ChildUnavailable, HuishangError, RecorderUnavailable, RecordingDiskFull
from conference.model.ids import RecordingId, RoomId, SegmentId
from conference.model.recording import DiskState, Recording, RecordingContents, RecordingState, new_recording_id
from conference.ports import Clock, RecordingStore
from conference.results import RecordingStats
from conference.taping import RecordingRequest
from recorder import words
from recorder.alarm import WORST_FIRST
from recorder.disk import DiskLimits, DiskWatch
from recorder.family import RECORDERS
from recorder.folder import RecordingFolder
from recorder.rows import Rows
from recorder.run import Run

RESUME_S: Final = 120.0
"""After a crash of the server people are back within seconds; a meeting of the next day is another recording."""
COMMIT_S: Final = 0.5
TEMPLATE_S: Final = 5.0
"""After the start, unless somebody records before that."""
_DISK_THREADS: Final = 4
_NOT_WRITTEN: Final = ("error", "full")
_NAMED: Final = 5

log = logging.getLogger(__name__)


class RecorderService:
    """`open` once, then `run`; `begin` may be called while it runs."""

    def __init__(
        self, *, store: RecordingStore, folder: RecordingFolder, clock: Clock, buffer_bytes: int, disk: DiskLimits
    ) -> None:
        self.folder = folder
        self.watch = DiskWatch(folder, disk, self._disk_changed)
        self.restarts = 0
        self._wanted = asyncio.Event()
        self.buffer_bytes = buffer_bytes
        self.clock = clock
        self.rows = Rows(store)
        self.nursery = Nursery(RECORDERS)
        self.store = store
        self._threads = ThreadPoolExecutor(_DISK_THREADS, "recorder-disk")
        self._past = Counter[str]()
        self._running: dict[RecordingId, Run] = {}
        self._resumable: dict[RoomId, Recording] = {}

    @classmethod
    def open_at(
        cls, path: Path, *, store: RecordingStore, clock: Clock, buffer_bytes: int, disk: DiskLimits
    ) -> "RecorderService":
        """With its folder beneath `path`. `buffer_bytes`: what may wait for a slow disk, per recording. Raises
        OSError."""
        folder = RecordingFolder.open_at(path)
        return cls(store=store, folder=folder, clock=clock, buffer_bytes=buffer_bytes, disk=disk)

    async def run(self) -> None:
        """Serves until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_nursery(), name="recorder-nursery")
            tasks.create_task(self._commit_often(), name="recorder-rows")
            tasks.create_task(self.watch.run(), name="recorder-disk")

    async def _run_nursery(self) -> None:
        """Its template is begun late: while a server starts, people are waiting to come in."""
        with suppress(TimeoutError):
            async with asyncio.timeout(TEMPLATE_S):
                await self._wanted.wait()
        await self.nursery.run()

    def close(self) -> None:
        """Call it after `run`."""
        self.watch.close()
        self._threads.shutdown(wait=False)
        self.folder.close()

    def takes(self) -> bool:
        """There is room for another recording."""
        return self.watch.state.takes

    async def check(self) -> None:
        """Raises OSError, with a sentence for the operator, when what is to be recorded is not."""
        if not self.watch.state.takes:
            raise OSError(f"the disk of the recordings is {self.watch.state.value}")
        failing = [f"{run.id} ({run.alarm.now})" for run in self._running.values() if run.alarm.now in _NOT_WRITTEN]
        if failing:
            raise OSError(f"not written: {', '.join(failing[:_NAMED])}")

    def stats(self) -> RecordingStats:
        """Numbers for /metrics."""
        now = Counter(self._past)
        for run in self._running.values():
            now.update(_counted(run.report))
        alarms = Counter(run.alarm.now for run in self._running.values())
        return RecordingStats(
            running=len(self._running),
            by_alarm={alarm: alarms[alarm] for alarm in WORST_FIRST},
            disk=self.watch.state,
            free_bytes=self.watch.space.free_bytes,
            total_bytes=self.watch.space.total_bytes,
            buffered_bytes=sum(run.report.buffered_bytes for run in self._running.values()),
            written_bytes=now["written_bytes"],
            lost_packets=now["lost_packets"],
            dropped_frames=now["dropped_frames"],
            restarts=self.restarts,
        )

    def count(self, report: words.Report) -> None:
        """The last one of a child that has ended."""
        self._past.update(_counted(report))

    async def on_disk(self, work: Callable[[RecordingId, SegmentId], int], id_: RecordingId, segment: SegmentId) -> int:
        """`work(id_, segment)` in a thread of the recordings' own: a disk that hangs must hold up nothing else."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, id_, segment)

    async def remember_interrupted(self) -> None:
        """Which recordings a crash has cut off and may go on; call it after the repair, before anybody is let in."""
        for recording in await self.store.list(limit=100):
            recent = recording.ended_at_s is None or self.clock.wall_s() - recording.ended_at_s < RESUME_S
            if recording.state is RecordingState.INTERRUPTED and recent:
                self._resumable.setdefault(recording.room, recording)

    def interrupted(self) -> list[RoomId]:
        """Rooms whose recording was cut off and waits for them."""
        return list(self._resumable)

    async def begin(self, request: RecordingRequest) -> Run:
        """Raises RecorderUnavailable, RecordingDiskFull, ServerFull."""
        self._wanted.set()
        if not (await self.watch.look()).takes:
            raise RecordingDiskFull
        recording, before = await self._begin(request)
        run = Run(self, recording, request, before)
        self._running[recording.id] = run
        try:
            await run.start()
        except (ChildUnavailable, OSError) as error:
            del self._running[recording.id]
            await self.store.end(recording.id, state=RecordingState.INTERRUPTED, ended_at_s=self.clock.wall_s())
            raise RecorderUnavailable(str(error)) from error
        return run

    async def finish(self, run: Run) -> None:
        """All words of its child were heard."""
        await self.rows.commit()
        self._running.pop(run.id, None)
        await self.store.end(run.id, state=RecordingState.FINISHED, ended_at_s=self.clock.wall_s())
        log.info("- recording %s is finished", run.id)

    async def _begin(self, request: RecordingRequest) -> tuple[Recording, RecordingContents | None]:
        old = self._resumable.pop(request.room, None)
        if old is not None:
            with suppress(HuishangError):
                await self.store.resume(old.id, at_s=self.clock.wall_s())
                log.info("- recording %s goes on", old.id)
                return old, await self.store.contents(old.id)
        recording = Recording(
            id=new_recording_id(),
            room=request.room,
            room_name=request.room_name,
            started_at_s=self.clock.wall_s(),
            started_by=request.started_by,
            started_by_name=request.started_by_name,
            automatic=request.automatic,
        )
        await self.store.begin(recording)
        return recording, None

    def _disk_changed(self, state: DiskState) -> None:
        for run in self._running.values():
            run.disk_changed(state)

    async def _commit_often(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_S)
            await self.rows.commit()


def _counted(report: words.Report) -> dict[str, int]:
    return {name: getattr(report, name) for name in ("written_bytes", "lost_packets", "dropped_frames")}
