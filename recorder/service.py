"""Recordings at work: one sandboxed child each, its files, its rows. Implements `conference.taping.Recorder`."""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from typing import Final

from conference.children.nursery import Nursery
from conference.model.errors import ChildUnavailable, HuishangError, RecorderUnavailable
from conference.model.ids import RecordingId, RoomId
from conference.model.recording import Recording, RecordingState, new_recording_id
from conference.ports import Clock, RecordingStore
from conference.taping import RecordingRequest
from recorder.family import RECORDERS
from recorder.folder import RecordingFolder
from recorder.rows import Rows
from recorder.run import Run

RESUME_S: Final = 120.0
"""After a crash of the server people are back within seconds; a meeting of the next day is another recording."""
COMMIT_S: Final = 0.5

log = logging.getLogger(__name__)


class RecorderService:
    """`open` once, then `run`; `begin` may be called while it runs."""

    def __init__(self, *, store: RecordingStore, folder: RecordingFolder, clock: Clock, buffer_bytes: int) -> None:
        self.folder = folder
        self.buffer_bytes = buffer_bytes
        self.clock = clock
        self.rows = Rows(store)
        self.nursery = Nursery(RECORDERS)
        self.store = store
        self._running: dict[RecordingId, Run] = {}
        self._resumable: dict[RoomId, Recording] = {}

    @classmethod
    def open_at(cls, path: Path, *, store: RecordingStore, clock: Clock, buffer_bytes: int) -> "RecorderService":
        """With its folder beneath `path`. `buffer_bytes`: what may wait for a slow disk, per recording. Raises
        OSError."""
        return cls(store=store, folder=RecordingFolder.open_at(path), clock=clock, buffer_bytes=buffer_bytes)

    async def run(self) -> None:
        """Serves until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.nursery.run(), name="recorder-nursery")
            tasks.create_task(self._commit_often(), name="recorder-rows")

    def close(self) -> None:
        """Call it after `run`."""
        self.folder.close()

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
        """Raises RecorderUnavailable, ServerFull."""
        recording = await self._begin(request)
        run = Run(self, recording, request)
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

    async def _begin(self, request: RecordingRequest) -> Recording:
        old = self._resumable.pop(request.room, None)
        if old is not None:
            with suppress(HuishangError):
                await self.store.resume(old.id, at_s=self.clock.wall_s())
                log.info("- recording %s goes on", old.id)
                return old
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
        return recording

    async def _commit_often(self) -> None:
        while True:
            await asyncio.sleep(COMMIT_S)
            await self.rows.commit()
