"""Recording as people in rooms and administrators order it: who may, when it ends by itself, what everybody sees."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Final

from conference.live import LiveRoom
from conference.media.tap import TapConnection
from conference.model.errors import HuishangError, NotAllowed, RecorderUnavailable, RecordingRunning, RoomEmpty
from conference.model.ids import Identity, RecordingId, RoomId
from conference.model.outgoing import RecordingMark
from conference.model.participant import ParticipantKind
from conference.model.roles import Verb, may
from conference.service import Actor, Conference
from conference.taping import Recorder, RecordingRequest, Tape

ALONE_S: Final = 60.0
"""As long as a seat is kept: whoever lost the network comes back to the same recording."""

log = logging.getLogger(__name__)


class RecordingDesk:
    """`recorder` None: this server records nothing. `automatic`: every room in which somebody publishes."""

    def __init__(self, *, conference: Conference, recorder: Recorder | None, automatic: bool = False) -> None:
        self._conference = conference
        self._automatic = automatic
        self._stopped: set[RoomId] = set()
        """Automatic recordings that a person has stopped: not begun again while the meeting lasts."""
        self._recorder = recorder
        self._starting: set[RoomId] = set()
        self._alone_s: dict[RoomId, float] = {}
        self._tasks: set[asyncio.Task[object]] = set()

    async def start(self, room: RoomId, *, by: Actor, automatic: bool = False) -> RecordingId:
        """Raises NotAllowed, RoomNotFound, RoomClosed, RoomEmpty, RecordingRunning, RecorderUnavailable, ServerFull."""
        live = await self._room(room, by)
        if self._recorder is None:
            raise RecorderUnavailable("off")
        if live.tape is not None or room in self._starting:
            raise RecordingRunning(room)
        who = live.room.participant(by.participant) if by != "admin" else None
        self._starting.add(room)
        tap = TapConnection(live.plane, live.worker, room=live.plane.number())
        try:
            run = await self._recorder.begin(
                RecordingRequest(
                    room=room,
                    room_name=live.view.name,
                    started_by=who.identity if who is not None else Identity(""),
                    started_by_name=who.name if who is not None else "",
                    automatic=automatic,
                    open_tap=tap.socket,
                    alarm=lambda why: self._alarm(live, why),
                    ended=live.end_tape,
                )
            )
        except BaseException:
            tap.close()
            raise
        finally:
            self._starting.discard(room)
        mark = RecordingMark(id=run.id, started_by=who.name if who is not None else "", started_at_ms=run.started_at_ms)
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
            self._stopped.add(room)
        live.end_tape()
        return was

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
        self._stopped.intersection_update(rooms)
        waiting = self._recorder.interrupted() if self._recorder is not None else ()
        for room, live in rooms.items():
            publishes = any(view.tracks for view in live.room.participants)
            wanted = room in waiting or (self._automatic and room not in self._stopped)
            if wanted and publishes and live.tape is None and room not in self._starting:
                self._keep(self.start(room, by="admin", automatic=True))
        for room, live in rooms.items():
            people = any(member.kind is ParticipantKind.PERSON for member in live.members.values())
            if live.tape is None or people or not live.tape.mark.started_by:
                self._alone_s.pop(room, None)
            elif now_s - self._alone_s.setdefault(room, now_s) >= ALONE_S:
                log.info("- recording %s ends: nobody is there", live.tape.run.id)
                live.end_tape()

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
