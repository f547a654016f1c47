"""Sources: list, create, get, change, delete."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from aiohttp import web

from conference.model.errors import (
    AddressInvalid,
    ChildUnavailable,
    MessageInvalid,
    NameInvalid,
    RoomClosed,
    RoomNotFound,
    SchemeRefused,
    SourceNotFound,
    TooManySources,
)
from conference.model.ids import RoomId
from conference.results import NewSource, SourceChanges
from signaling.names import clean_name
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import source_models as models
from signaling.rest.answers import empty, json
from signaling.rest.source_views import source


async def list_all(call: Call) -> web.Response:
    views = await call.desk.list()
    return json(models.Sources(sources=[source(call, view) for view in views]))


async def create(call: Call) -> web.Response:
    body = await call.model(models.NewSource)
    record = await call.desk.create(
        NewSource(
            name=_name(body.name),
            kind=body.kind,
            rooms=_rooms(body.rooms),
            enabled=body.enabled,
            address=body.address,
            username=body.username,
            password=body.password,
            transport=body.transport,
            on_demand=body.on_demand,
            audience=body.audience,
            key_expires_at_s=expiry_s(call, body.key_expires_at),
        )
    )
    made = source(call, await call.desk.get(record.id))
    return json(made, status=201, headers={"Location": f"/api/v1/sources/{record.id}"})


async def get(call: Call) -> web.Response:
    return json(source(call, await call.desk.get(call.source)))


async def change(call: Call) -> web.Response:
    body = await call.model(models.ChangedSource)
    await call.desk.change(
        call.source,
        SourceChanges(
            name=_name(body.name) if body.name is not None else None,
            rooms=_rooms(body.rooms) if body.rooms is not None else None,
            enabled=body.enabled,
            address=body.address,
            username=body.username,
            password=body.password,
            transport=body.transport,
            on_demand=body.on_demand,
            audience=body.audience,
        ),
    )
    return json(source(call, await call.desk.get(call.source)))


async def delete(call: Call) -> web.Response:
    await call.desk.delete(call.source)
    return empty(204)


def expiry_s(call: Call, expires_at: datetime | None) -> float | None:
    """Unix time at which a new key ends. Raises MessageInvalid for a time that is over."""
    if expires_at is None:
        return None
    if expires_at.timestamp() <= call.edge.wall_s():
        raise MessageInvalid("the key would have expired already")
    return expires_at.timestamp()


def _name(raw: str) -> str:
    name = clean_name(raw)
    if not name:
        raise NameInvalid
    return name


def _rooms(rooms: list[str]) -> tuple[RoomId, ...]:
    return tuple(RoomId(room) for room in dict.fromkeys(rooms))


_DRAFT_ERRORS: Final = (
    NameInvalid, RoomNotFound, RoomClosed, AddressInvalid, SchemeRefused, ChildUnavailable,
)  # fmt: skip

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/api/v1/sources",
        id="listSources",
        summary="List the sources with their states",
        access=Access.ADMIN,
        handler=list_all,
        answers=(Answer(status=200, text="The sources, oldest first", body=models.Sources),),
        errors=(ChildUnavailable,),
    ),
    Operation(
        method="POST",
        path="/api/v1/sources",
        id="createSource",
        summary="Create a source; one that pushes gets a key",
        access=Access.ADMIN,
        handler=create,
        body=models.NewSource,
        answers=(Answer(status=201, text="The source", body=models.Source, headers=("Location",)),),
        errors=(TooManySources, *_DRAFT_ERRORS),
    ),
    Operation(
        method="GET",
        path="/api/v1/sources/{source}",
        id="getSource",
        summary="Get a source with its state",
        access=Access.ADMIN,
        handler=get,
        answers=(Answer(status=200, text="The source", body=models.Source),),
        errors=(SourceNotFound, ChildUnavailable),
    ),
    Operation(
        method="PATCH",
        path="/api/v1/sources/{source}",
        id="changeSource",
        summary="Change a source; a new address or password reconnects it",
        access=Access.ADMIN,
        handler=change,
        body=models.ChangedSource,
        answers=(Answer(status=200, text="The source", body=models.Source),),
        errors=(SourceNotFound, *_DRAFT_ERRORS),
    ),
    Operation(
        method="DELETE",
        path="/api/v1/sources/{source}",
        id="deleteSource",
        summary="Delete a source with its key and history; it leaves its rooms",
        access=Access.ADMIN,
        handler=delete,
        answers=(Answer(status=204, text="Deleted"),),
        errors=(SourceNotFound, ChildUnavailable),
    ),
)
