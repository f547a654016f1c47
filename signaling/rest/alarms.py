"""Alarms: raised by people, other systems and devices; shown on the room's walls until they are cleared."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from conference.model.errors import (
    AlarmNotFound,
    ChildUnavailable,
    ContentRefused,
    RoomClosed,
    RoomNotFound,
    SourceNotFound,
    TooManyAlarms,
    WallsOff,
)
from conference.model.ids import AlarmId, Identity
from conference.model.source import SourceRecord
from conference.walls.acts import By
from signaling.limits import is_id
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import wall_models as models
from signaling.rest.answers import empty, json
from signaling.rest.wall_views import alarm


async def raise_one(call: Call) -> web.Response:
    room, body = call.room, await call.model(models.NewAlarm)
    raised = await call.walls.raise_alarm(room, Identity(body.identity), body.text, by=call.by)
    return json(alarm(raised), status=201, headers={"Location": f"/api/v1/rooms/{room}/alarms/{raised.id}"})


async def list_all(call: Call) -> web.Response:
    found = call.walls.alarms.of(call.room)
    return json(models.Alarms(alarms=[alarm(one) for one in reversed(found)]))


async def clear(call: Call) -> web.Response:
    wanted = call.request.match_info["alarm"]
    if not is_id(wanted):
        raise AlarmNotFound
    await call.walls.clear_alarm(call.room, AlarmId(wanted), by=call.by)
    return empty(204)


async def raise_of_source(call: Call) -> web.Response:
    body, record = await call.model(models.SourceAlarm), await _source(call)
    raised = [
        await call.walls.raise_alarm(room, Identity(record.id), body.text, by=_device(record)) for room in record.rooms
    ]
    return json(models.Alarms(alarms=[alarm(one) for one in raised]), status=201)


async def clear_of_source(call: Call) -> web.Response:
    record = await _source(call)
    await call.walls.clear_alarms(record.rooms, Identity(record.id), by=_device(record))
    return empty(204)


async def _source(call: Call) -> SourceRecord:
    return (await call.desk.get(call.source)).record


def _device(record: SourceRecord) -> By:
    return By(record.name, Identity(record.id))


_ROOM: Final = "/api/v1/rooms/{room}/alarms"
_SOURCE: Final = "/api/v1/sources/{source}/alarm"
_RAISE_ERRORS: Final = (RoomNotFound, RoomClosed, ContentRefused, TooManyAlarms, WallsOff)

OPERATIONS: Final = (
    Operation(
        method="POST",
        path=_ROOM,
        id="raiseAlarm",
        summary="Raise an alarm: its picture takes a pane of every wall of the room",
        access=Access.HOST,
        handler=raise_one,
        body=models.NewAlarm,
        answers=(Answer(status=201, text="The alarm", body=models.Alarm, headers=("Location",)),),
        errors=_RAISE_ERRORS,
    ),
    Operation(
        method="GET",
        path=_ROOM,
        id="listAlarms",
        summary="List a room's alarms that were not cleared",
        access=Access.HOST,
        handler=list_all,
        answers=(Answer(status=200, text="The alarms, newest first", body=models.Alarms),),
        errors=(RoomNotFound, WallsOff),
    ),
    Operation(
        method="DELETE",
        path=f"{_ROOM}/{{alarm}}",
        id="clearAlarm",
        summary="Clear an alarm: its pane shows what it showed before",
        access=Access.HOST,
        handler=clear,
        answers=(Answer(status=204, text="Cleared"),),
        errors=(RoomNotFound, AlarmNotFound, WallsOff),
    ),
    Operation(
        method="POST",
        path=_SOURCE,
        id="raiseSourceAlarm",
        summary="A source raises its own alarm, in each of its rooms",
        access=Access.DEVICE,
        handler=raise_of_source,
        body=models.SourceAlarm,
        answers=(Answer(status=201, text="The alarms", body=models.Alarms),),
        errors=(*_RAISE_ERRORS, SourceNotFound, ChildUnavailable),
    ),
    Operation(
        method="DELETE",
        path=_SOURCE,
        id="clearSourceAlarm",
        summary="A source clears its own alarms",
        access=Access.DEVICE,
        handler=clear_of_source,
        answers=(Answer(status=204, text="Cleared"),),
        errors=(AlarmNotFound, SourceNotFound, ChildUnavailable, WallsOff),
    ),
)
