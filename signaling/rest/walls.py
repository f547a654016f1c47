"""Walls: pairing a display, list, rename, move, revoke; and what was done with them."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from conference.model.errors import (
    MessageInvalid,
    NameInvalid,
    NotAllowed,
    PairingNotFound,
    RoomClosed,
    RoomNotFound,
    TooManyPairings,
    TooManyWalls,
    WallNotFound,
    WallsOff,
)
from conference.model.ids import RoomId
from signaling.errors import TooManyRequests
from signaling.names import clean_name
from signaling.operation import Access, Answer, Call, Operation, Query
from signaling.rest import wall_models as models
from signaling.rest.answers import empty, json
from signaling.rest.hosts import caller_address
from signaling.rest.wall_views import act, at, wall

_DEFAULT_ACTS: Final = 100


async def begin_pairing(call: Call) -> web.Response:
    body = await call.model(models.NewPairing)
    waiting = call.walls.begin_pairing(caller_address(call), body.width, body.height)
    made = models.Pairing(code=waiting.code, secret=waiting.secret, expires_at=at(waiting.expires_at_s))
    return json(made, status=201)


async def claim_pairing(call: Call) -> web.Response:
    body = await call.model(models.Claim)
    paired = call.walls.claim_pairing(body.secret)
    if paired is None:
        return json(models.Claimed(state="waiting"))
    return json(
        models.Claimed(state="paired", token=paired.token, wall=paired.wall, name=paired.name, room=paired.room)
    )


async def pair(call: Call) -> web.Response:
    room, caller, now_s = call.room, _caller(call), call.edge.wall_s()
    body = await call.model(models.PairedDisplay)
    if not call.edge.wrong_codes.allowed(caller, now_s=now_s):
        raise TooManyRequests("wrong pairing codes")
    try:
        paired = await call.walls.pair(room, body.code, _name(body.name), by=call.by)
    except PairingNotFound:
        call.edge.wrong_codes.wrong(caller, now_s=now_s)
        raise
    return json(wall(paired), status=201, headers={"Location": f"/api/v1/rooms/{room}/walls/{paired.record.wall.id}"})


async def list_room(call: Call) -> web.Response:
    found = [wall(paired) for paired in call.walls.list(call.room)]
    return json(models.RoomWalls(walls=found, web_allow=list(call.edge.desks.web_allow)))


async def list_all(call: Call) -> web.Response:
    return json(models.Walls(walls=[wall(paired) for paired in call.walls.list()]))


async def change(call: Call) -> web.Response:
    room, of, body = call.room, call.wall, await call.model(models.ChangedWall)
    if body.room is not None and call.join is not None:
        raise NotAllowed("move a wall")
    if body.name is not None:
        await call.walls.rename(room, of, _name(body.name), by=call.by)
    if body.room is not None and body.room != room:
        await call.walls.move(room, of, RoomId(body.room), by=call.by)
        room = RoomId(body.room)
    return json(wall(call.walls.get(room, of)))


async def revoke(call: Call) -> web.Response:
    await call.walls.revoke(call.room, call.wall, by=call.by)
    return empty(204)


async def list_acts(call: Call) -> web.Response:
    limit = _number(call, "limit", _DEFAULT_ACTS, maximum=models.MAX_ACTS)
    before = _number(call, "before", 0, maximum=2**62) or None
    found = await call.walls.acts(call.room, limit=limit, before=before)
    return json(models.Acts(acts=[act(one) for one in found]))


def _caller(call: Call) -> str:
    """Who may try so many codes: a token, or the administrator."""
    return call.join.token_id if call.join is not None else ""


def _name(raw: str) -> str:
    name = clean_name(raw)
    if not name:
        raise NameInvalid
    return name


def _number(call: Call, name: str, default: int, *, maximum: int) -> int:
    text = call.request.query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= maximum):
        raise MessageInvalid(name)
    return int(text)


_ROOM: Final = "/api/v1/rooms/{room}/walls"
_WALL: Final = f"{_ROOM}/{{wall}}"
OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/api/v1/walls/pairing",
        id="beginPairing",
        summary="A display asks for a code to show",
        access=Access.OPEN,
        handler=begin_pairing,
        body=models.NewPairing,
        answers=(Answer(status=201, text="The code and the secret", body=models.Pairing),),
        errors=(TooManyPairings, WallsOff),
    ),
    Operation(
        method="POST",
        path="/api/v1/walls/pairing/claim",
        id="claimPairing",
        summary="A display asks whether its code was typed; its device token is given once",
        access=Access.OPEN,
        handler=claim_pairing,
        body=models.Claim,
        answers=(Answer(status=200, text="What became of it", body=models.Claimed),),
        errors=(PairingNotFound, WallsOff),
    ),
    Operation(
        method="GET",
        path="/api/v1/walls",
        id="listWalls",
        summary="List all walls",
        access=Access.ADMIN,
        handler=list_all,
        answers=(Answer(status=200, text="The walls, oldest pairing first", body=models.Walls),),
        errors=(WallsOff,),
    ),
    Operation(
        method="POST",
        path=_ROOM,
        id="pairWall",
        summary="Pair the display that shows a code with a room",
        access=Access.HOST,
        handler=pair,
        body=models.PairedDisplay,
        answers=(Answer(status=201, text="The wall", body=models.Wall, headers=("Location",)),),
        errors=(RoomNotFound, RoomClosed, NameInvalid, PairingNotFound, TooManyWalls, TooManyRequests, WallsOff),
    ),
    Operation(
        method="GET",
        path=_ROOM,
        id="listRoomWalls",
        summary="List a room's walls",
        access=Access.HOST,
        handler=list_room,
        answers=(Answer(status=200, text="The walls, oldest pairing first", body=models.RoomWalls),),
        errors=(RoomNotFound, WallsOff),
    ),
    Operation(
        method="PATCH",
        path=_WALL,
        id="changeWall",
        summary="Rename a wall, or let it show another room",
        access=Access.HOST,
        handler=change,
        body=models.ChangedWall,
        answers=(Answer(status=200, text="The wall", body=models.Wall),),
        errors=(RoomNotFound, RoomClosed, WallNotFound, NameInvalid, TooManyWalls, NotAllowed, WallsOff),
    ),
    Operation(
        method="DELETE",
        path=_WALL,
        id="revokeWall",
        summary="Revoke a wall: its display shows a pairing code again",
        access=Access.HOST,
        handler=revoke,
        answers=(Answer(status=204, text="Revoked"),),
        errors=(RoomNotFound, WallNotFound, WallsOff),
    ),
    Operation(
        method="GET",
        path="/api/v1/rooms/{room}/wall-acts",
        id="listWallActs",
        summary="What was done with the room's walls, scenes and alarms, by whom and when",
        access=Access.HOST,
        handler=list_acts,
        query=(
            Query(name="limit", text="How many", schema={"type": "integer", "minimum": 1, "maximum": models.MAX_ACTS}),
            Query(name="before", text="Only those with a smaller id", schema={"type": "integer", "minimum": 1}),
        ),
        answers=(Answer(status=200, text="Newest first", body=models.Acts),),
        errors=(RoomNotFound, MessageInvalid, WallsOff),
    ),
)
