"""Recording as people in rooms and administrators order it: who may, when it ends by itself, what everybody sees."""

import asyncio
import logging
from collections.abc import Collection, Coroutine
from dataclasses import replace
from typing import Final

from conference.live import LiveRoom
from conference.media.tap import TapConnection
from conference.model.errors import HuishangError, NotAllowed, RecorderUnavailable, RecordingRunning, RoomEmpty
from conference.model.ids import Identity, RecordingId, RoomId
from conference.model.outgoing import RecordingMark
from conference.model.participant import ParticipantKind
from conference.model.roles import Verb, may
from conference.results import RecordingStats
from conference.service import Actor, Conference
from conference.taping import Recorder, RecordingRequest, Tape

ALONE_S: Final = 60.0
"""As long as a seat is kept: whoever lost the network comes back to the same recording."""

log = logging.getLogger(__name__)


class RecordingDesk:
    """`recorder` None: this server records nothing. `automatic`: every room in which somebody publishes; otherwise
    those whose own setting says so."""

    def __init__(self, *, conference: Conference, recorder: Recorder | None, automatic: bool = False) -> None:
        self._conference = conference
        self._automatic = automatic
        self._stopped: dict[RoomId, bool] = {}
        """Recordings that were stopped: none begins by itself while the meeting lasts. The value: people were there
        since. When they have left, the meeting is over, whatever cameras stay."""
        self._recorder = recorder
        self._starting: set[RoomId] = set()
        self._alone_s: dict[RoomId, float] = {}
        self._tasks: set[asyncio.Task[object]] = set()

    async def start(self, room: RoomId, *, by: Actor, automatic: bool = False) -> RecordingId:
        """Raises NotAllowed, RoomNotFound, RoomClosed, RoomEmpty, RecordingRunning, RecorderUnavailable,
        RecordingDiskFull, ServerFull."""
        live = await self._room(room, by)
        if self._recorder is None:
            raise RecorderUnavailable("off")
        if live.tape is not None or room in self._starting:
            raise RecordingRunning(room)
        who = live.room.participant(by.participant) if by != "admin" else None
        self._starting.add(room)
        tap = TapConnection(live.plane, live.worker, room=live.plane.number())
        latest: str | None = None

        def alarm(why: str | None) -> None:
            nonlocal latest
            # It may come before there is a mark to carry it.
            latest = why
            self._alarm(live, why)

        try:
            run = await self._recorder.begin(
                RecordingRequest(
                    room=room,
                    room_name=live.view.name,
                    started_by=who.identity if who is not None else Identity(""),
                    started_by_name=who.name if who is not None else "",
                    automatic=automatic,
                    open_tap=tap.socket,
                    alarm=alarm,
                    ended=live.end_tape,
                )
            )
        except BaseException:
            tap.close()
            raise
        finally:
            self._starting.discard(room)
        mark = RecordingMark(
            id=run.id, started_by=who.name if who is not None else "", started_at_ms=run.started_at_ms, alarm=latest
        )
        live.on_over = self._over
        live.start_tape(Tape(run, tap, mark))
        if self._conference.live_rooms.get(room) is not live:  # everybody has left meanwhile
            live.end_tape()
        log.info("- recording %s of %s began", run.id, room)
        return run.id

    async def stop(self, room: RoomId, *, by: Actor) -> bool:
        """False: the room was not being recorded. Raises NotAllowed, RoomNotFound, RoomClosed, RoomEmpty."""
        live = await self._room(room, by)
        was = live.tape is not None
        if was:
            self._stopped[room] = False
        live.end_tape()
        return was

    def stats(self) -> RecordingStats | None:
        """None: this server records nothing."""
        return None if self._recorder is None else self._recorder.stats()

    async def run(self) -> None:
        """Serves until cancelled; running recordings are then ended in order."""
        try:
            while True:
                await asyncio.sleep(1.0)
                self._look(asyncio.get_running_loop().time())
        finally:
            for live in list(self._conference.live_rooms.values()):
                live.end_tape()
            if self._tasks:
                await asyncio.wait(self._tasks)

    async def _room(self, room: RoomId, by: Actor) -> LiveRoom:
        if by != "admin" and (by.room != room or not may(by.role, Verb.RECORD)):
            raise NotAllowed("record")
        await self._conference.room(room)
        live = self._conference.live_rooms.get(room)
        if live is None:
            raise RoomEmpty(room)
        return live

    def _look(self, now_s: float) -> None:
        """A recording that a person began ends when nobody has been there for a minute; one that a crash has cut off
        goes on as soon as somebody is back."""
        rooms = self._conference.live_rooms
        self._forget_stopped()
        if self._recorder is not None and self._recorder.takes():
            self._begin_due(self._recorder.interrupted())
        for room, live in rooms.items():
            if live.tape is None or _people(live) or not live.tape.mark.started_by:
                self._alone_s.pop(room, None)
            elif now_s - self._alone_s.setdefault(room, now_s) >= ALONE_S:
                log.info("- recording %s ends: nobody is there", live.tape.run.id)
                live.end_tape()

    def _forget_stopped(self) -> None:
        for room, met in list(self._stopped.items()):
            live = self._conference.live_rooms.get(room)
            people = live is not None and _people(live)
            if live is None or (met and not people):
                del self._stopped[room]
            elif people:
                self._stopped[room] = True

    def _begin_due(self, waiting: Collection[RoomId]) -> None:
        for room, live in self._conference.live_rooms.items():
            publishes = any(view.tracks for view in live.room.participants)
            automatic = (self._automatic or live.record.record_automatically) and room not in self._stopped
            if (automatic or room in waiting) and publishes and live.tape is None and room not in self._starting:
                self._keep(self.start(room, by="admin", automatic=True))

    def _alarm(self, live: LiveRoom, why: str | None) -> None:
        if live.tape is not None and live.tape.mark.alarm != why:
            live.mark(replace(live.tape.mark, alarm=why))

    def _over(self, tape: Tape) -> None:
        self._keep(tape.run.end())

    def _keep(self, work: Coroutine[object, object, object]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[object]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, HuishangError):
            log.warning("x recording: %s", error)
        elif error is not None:
            log.error("x a recording could not be begun or ended", exc_info=error)


def _people(live: LiveRoom) -> bool:
    """Somebody is there, not only cameras."""
    return any(member.kind in (ParticipantKind.PERSON, ParticipantKind.CONSOLE) for member in live.members.values())
