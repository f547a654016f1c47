"""Scenes of a room: save, list, versions, export."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from aiohttp import web

from conference.layout import InvalidLayout
from conference.model.errors import (
    ContentRefused,
    MessageInvalid,
    NameInvalid,
    RoomClosed,
    RoomNotFound,
    SceneChanged,
    SceneNotFound,
    TooManyScenes,
    WallNotFound,
    WallsOff,
)
from conference.model.ids import WallId
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import wall_models as models
from signaling.rest.answers import empty, json
from signaling.rest.wall_views import board, board_of, scene

_MAX_VERSION: Final = 2**31 - 1


async def list_all(call: Call) -> web.Response:
    found = await call.walls.scenes.list(call.room)
    return json(models.Scenes(scenes=[scene(one) for one in found]))


async def create(call: Call) -> web.Response:
    room, body = call.room, await call.model(models.NewScene)
    if (body.board is None) == (body.wall is None):
        raise MessageInvalid("either a board or a wall")
    if body.board is not None:
        wanted = board_of(body.board)
    else:
        wanted = call.walls.get(room, WallId(body.wall or "")).record.wall.board
    await call.edge.conference.room(room)
    made = await call.walls.scenes.add(room, body.name, wanted, by=call.by)
    return json(scene(made), status=201, headers={"Location": f"/api/v1/rooms/{room}/scenes/{made.id}"})


async def get(call: Call) -> web.Response:
    return json(scene(await call.walls.scenes.get(call.room, call.scene)))


async def save(call: Call) -> web.Response:
    room, of, body = call.room, call.scene, await call.model(models.ChangedScene)
    saved = await call.walls.scenes.save(room, of, body.name, board_of(body.board), version=body.version, by=call.by)
    return json(scene(saved))


async def delete(call: Call) -> web.Response:
    await call.walls.scenes.delete(call.room, call.scene, by=call.by)
    return empty(204)


async def versions(call: Call) -> web.Response:
    found = await call.walls.scenes.versions(call.room, call.scene)
    return json(models.SceneVersions(versions=[scene(one) for one in found]))


async def version(call: Call) -> web.Response:
    text = call.request.match_info["version"]
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= _MAX_VERSION):
        raise SceneNotFound("version")
    return json(scene(await call.walls.scenes.version(call.room, call.scene, int(text))))


async def export(call: Call) -> web.Response:
    found = await call.walls.scenes.get(call.room, call.scene)
    file = quote(f"{found.name}.json", safe="")
    headers = {"Content-Disposition": f"attachment; filename=\"scene.json\"; filename*=UTF-8''{file}"}
    return json(models.ExportedScene(name=found.name, board=board(found.board)), headers=headers)


_ROOM: Final = "/api/v1/rooms/{room}/scenes"
_SCENE: Final = f"{_ROOM}/{{scene}}"
_BOARD_ERRORS: Final = (NameInvalid, InvalidLayout, ContentRefused)
_COMMON: Final = (RoomNotFound, WallsOff)

OPERATIONS: Final = (
    Operation(
        method="GET",
        path=_ROOM,
        id="listScenes",
        summary="List a room's scenes",
        access=Access.HOST,
        handler=list_all,
        answers=(Answer(status=200, text="The scenes, by name", body=models.Scenes),),
        errors=_COMMON,
    ),
    Operation(
        method="POST",
        path=_ROOM,
        id="createScene",
        summary="Save a board, or what a wall shows, or an exported scene",
        access=Access.HOST,
        handler=create,
        body=models.NewScene,
        answers=(Answer(status=201, text="The scene", body=models.Scene, headers=("Location",)),),
        errors=(*_COMMON, *_BOARD_ERRORS, RoomClosed, WallNotFound, TooManyScenes),
    ),
    Operation(
        method="GET",
        path=_SCENE,
        id="getScene",
        summary="Get a scene in its newest version",
        access=Access.HOST,
        handler=get,
        answers=(Answer(status=200, text="The scene", body=models.Scene),),
        errors=(*_COMMON, SceneNotFound),
    ),
    Operation(
        method="PUT",
        path=_SCENE,
        id="saveScene",
        summary="Save a scene's next version",
        access=Access.HOST,
        handler=save,
        body=models.ChangedScene,
        answers=(Answer(status=200, text="The scene", body=models.Scene),),
        errors=(*_COMMON, *_BOARD_ERRORS, SceneNotFound, SceneChanged),
    ),
    Operation(
        method="DELETE",
        path=_SCENE,
        id="deleteScene",
        summary="Delete a scene with its versions; walls that show it go on",
        access=Access.HOST,
        handler=delete,
        answers=(Answer(status=204, text="Deleted"),),
        errors=(*_COMMON, SceneNotFound),
    ),
    Operation(
        method="GET",
        path=f"{_SCENE}/versions",
        id="listSceneVersions",
        summary="List a scene's versions",
        access=Access.HOST,
        handler=versions,
        answers=(Answer(status=200, text="The versions, newest first", body=models.SceneVersions),),
        errors=(*_COMMON, SceneNotFound),
    ),
    Operation(
        method="GET",
        path=f"{_SCENE}/versions/{{version}}",
        id="getSceneVersion",
        summary="Get a scene as it was saved once",
        access=Access.HOST,
        handler=version,
        answers=(Answer(status=200, text="The scene", body=models.Scene),),
        errors=(*_COMMON, SceneNotFound),
    ),
    Operation(
        method="GET",
        path=f"{_SCENE}/export",
        id="exportScene",
        summary="A scene as a file that another room or server takes",
        access=Access.HOST,
        handler=export,
        answers=(Answer(status=200, text="The file", body=models.ExportedScene, headers=("Content-Disposition",)),),
        errors=(*_COMMON, SceneNotFound),
    ),
)
