"""Rooms: create, list, get, change, delete."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from conference.model.errors import NameInvalid, RoomClosed, RoomExists, RoomNotFound
from conference.model.ids import RoomId
from conference.model.participant import ParticipantKind
from conference.model.records import RoomChange, RoomRecord
from signaling.names import clean_name
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import models
from signaling.rest.answers import empty, json

_PEOPLE: Final = frozenset({ParticipantKind.PERSON, ParticipantKind.ENCODER, ParticipantKind.VIEWER})


async def create(call: Call) -> web.Response:
    body = await call.model(models.NewRoom)
    name = clean_name(body.name)
    if not name:
        raise NameInvalid
    record = await call.edge.conference.create_room(
        name,
        room=RoomId(body.id) if body.id is not None else None,
        max_participants=body.max_participants,
        record_automatically=body.record_automatically,
    )
    return json(_room(call, record), status=201, headers={"Location": f"/api/v1/rooms/{record.id}"})


async def list_open(call: Call) -> web.Response:
    records = await call.edge.conference.list_rooms()
    return json(models.Rooms(rooms=[_room(call, record) for record in records]))


async def get(call: Call) -> web.Response:
    return json(_room(call, await call.edge.conference.room(call.room)))


async def change(call: Call) -> web.Response:
    body = await call.model(models.ChangedRoom)
    name = None if body.name is None else clean_name(body.name)
    if name == "":
        raise NameInvalid
    wanted = RoomChange(
        name=name, max_participants=body.max_participants, record_automatically=body.record_automatically
    )
    return json(_room(call, await call.edge.conference.change_room(call.room, wanted)))


async def delete(call: Call) -> web.Response:
    await call.edge.conference.delete_room(call.room)
    return empty(204)


def _room(call: Call, record: RoomRecord) -> models.Room:
    kinds = [view.kind for view in call.edge.conference.participants(record.id)]
    return models.Room(
        id=record.id,
        name=record.name,
        max_participants=record.max_participants,
        created_at=datetime.fromtimestamp(record.created_at_s, UTC),
        participants=len(kinds),
        people=sum(kind in _PEOPLE for kind in kinds),
        sources=kinds.count(ParticipantKind.SOURCE),
        displays=kinds.count(ParticipantKind.WALL),
        consoles=kinds.count(ParticipantKind.CONSOLE),
        record_automatically=record.record_automatically,
    )


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/api/v1/rooms",
        id="createRoom",
        summary="Create a room",
        access=Access.ADMIN,
        handler=create,
        body=models.NewRoom,
        answers=(Answer(status=201, text="The room", body=models.Room, headers=("Location",)),),
        errors=(RoomExists, NameInvalid),
    ),
    Operation(
        method="GET",
        path="/api/v1/rooms",
        id="listRooms",
        summary="List the rooms that are open",
        access=Access.ADMIN,
        handler=list_open,
        answers=(Answer(status=200, text="The rooms, oldest first", body=models.Rooms),),
    ),
    Operation(
        method="GET",
        path="/api/v1/rooms/{room}",
        id="getRoom",
        summary="Get a room",
        access=Access.ADMIN,
        handler=get,
        answers=(Answer(status=200, text="The room", body=models.Room),),
        errors=(RoomNotFound, RoomClosed),
    ),
    Operation(
        method="PATCH",
        path="/api/v1/rooms/{room}",
        id="changeRoom",
        summary="Change a room; nobody in it is sent away",
        access=Access.ADMIN,
        handler=change,
        body=models.ChangedRoom,
        answers=(Answer(status=200, text="The room", body=models.Room),),
        errors=(RoomNotFound, RoomClosed, NameInvalid),
    ),
    Operation(
        method="DELETE",
        path="/api/v1/rooms/{room}",
        id="deleteRoom",
        summary="Close a room and end its meeting",
        access=Access.ADMIN,
        handler=delete,
        answers=(Answer(status=204, text="Closed; everybody in it was told"),),
        errors=(RoomNotFound, RoomClosed),
    ),
)
