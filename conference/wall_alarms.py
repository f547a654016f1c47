"""Alarms of rooms: what must be seen now, until somebody clears it."""

import secrets
from collections.abc import Sequence
from typing import Final

from conference.model.errors import AlarmNotFound, ContentRefused, TooManyAlarms
from conference.model.ids import AlarmId, Identity, RoomId
from conference.model.wall import Alarm
from conference.model.wall_records import Act
from conference.ports import Clock, WallStore
from conference.walls.acts import By
from conference.walls.boards import MAX_IDENTITY, MAX_TEXT

MAX_ALARMS: Final = 64
"""Of a room: nobody looks through more, and a device that raises one after the other must not fill memory."""


class Alarms:
    """`open` once. Every verb returns when it is durable."""

    def __init__(self, store: WallStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._active: dict[AlarmId, Alarm] = {}

    async def open(self) -> None:
        """Reads what was not cleared."""
        self._active = {alarm.id: alarm for alarm in await self._store.alarms()}

    def of(self, room: RoomId) -> Sequence[Alarm]:
        """Oldest first."""
        return [alarm for alarm in self._active.values() if alarm.room == room]

    async def raise_one(self, room: RoomId, identity: Identity, text: str, *, by: By) -> Alarm:
        """The same alarm again is the one that is there already. Raises ContentRefused, TooManyAlarms."""
        if not 0 < len(identity) <= MAX_IDENTITY or len(text) > MAX_TEXT:
            raise ContentRefused("alarm")
        here = self.of(room)
        for known in here:
            if (known.identity, known.text) == (identity, text):
                return known
        if len(here) >= MAX_ALARMS:
            raise TooManyAlarms(room)
        alarm = Alarm(
            id=AlarmId(f"al-{secrets.token_hex(6)}"),
            room=room,
            identity=identity,
            text=text,
            raised_at_ms=self._now_ms(),
            raised_by=by.name,
        )
        self._active[alarm.id] = alarm
        try:
            await self._store.raise_alarm(alarm, self._act(alarm, "alarm", by))
        except BaseException:
            self._active.pop(alarm.id, None)
            raise
        return alarm

    async def clear(self, room: RoomId, alarm: AlarmId, *, by: By) -> None:
        """Raises AlarmNotFound."""
        found = self._active.get(alarm)
        if found is None or found.room != room:
            raise AlarmNotFound(alarm)
        await self._store.clear_alarm(alarm, self._act(found, "alarm-clear", by))
        self._active.pop(alarm, None)

    def _act(self, alarm: Alarm, verb: str, by: By) -> Act:
        detail = f"{alarm.identity} {alarm.text}".rstrip()
        return Act(room=alarm.room, at_ms=self._now_ms(), verb=verb, by=by.name, identity=by.identity, detail=detail)

    def _now_ms(self) -> int:
        return int(self._clock.wall_s() * 1000)
