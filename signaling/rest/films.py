"""Composed films of a recording: ask for one, see how it comes on, cancel or delete it, get its bytes."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from conference.layout import InvalidLayout
from conference.model.errors import (
    FilmNotFound,
    FilmQueueFull,
    RecordingDeleted,
    RecordingEmpty,
    RecordingHeld,
    RecordingNotFound,
    RecordingRunning,
    SceneNotFound,
    TooManyFilms,
)
from conference.model.film import FilmProgress
from conference.model.ids import SceneId
from signaling.errors import RecordingsOff
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import film_models as models
from signaling.rest.answers import empty, json
from signaling.rest.film_views import film, wish_of
from signaling.rest.recording_bytes import bytes_operation, serve
from signaling.rest.recordings import ADMINISTRATOR

_PATH: Final = "/api/v1/recordings/{recording}/films"


async def request(call: Call) -> web.Response:
    recording = call.recording
    body = await call.model(models.NewFilm)
    wish = wish_of(body, call.edge.wall_s())
    scene = SceneId(body.scene) if body.scene is not None else None
    asked = await call.films.request(recording, wish, by=ADMINISTRATOR, scene=scene)
    headers = {"Location": f"/api/v1/recordings/{recording}/films/{asked.id}"}
    return json(film(asked, FilmProgress()), status=202, headers=headers)


async def list_all(call: Call) -> web.Response:
    found = await call.films.list(call.recording)
    return json(models.Films(films=[film(one, progress) for one, progress in found]))


async def get(call: Call) -> web.Response:
    return json(film(*await call.films.get(call.recording, call.film)))


async def remove(call: Call) -> web.Response:
    await call.films.remove(call.recording, call.film)
    return empty(204)


async def file(call: Call) -> web.StreamResponse:
    return await serve(call, call.film)


OPERATIONS: Final = (
    Operation(
        method="POST",
        path=_PATH,
        id="makeFilm",
        summary="Ask for a film of a recording that has ended; it is made in its turn",
        access=Access.ADMIN,
        handler=request,
        body=models.NewFilm,
        answers=(Answer(status=202, text="Accepted", body=models.Film, headers=("Location",)),),
        errors=(
            *(RecordingNotFound, RecordingDeleted, RecordingRunning, RecordingEmpty),
            *(InvalidLayout, SceneNotFound, TooManyFilms, FilmQueueFull, RecordingsOff),
        ),
    ),
    Operation(
        method="GET",
        path=_PATH,
        id="listFilms",
        summary="List the films of a recording, newest first",
        access=Access.ADMIN,
        handler=list_all,
        answers=(Answer(status=200, text="All of them", body=models.Films),),
        errors=(RecordingNotFound, RecordingDeleted, RecordingsOff),
    ),
    Operation(
        method="GET",
        path=f"{_PATH}/{{film}}",
        id="getFilm",
        summary="Get a film, with its progress while it is made",
        access=Access.ADMIN,
        handler=get,
        answers=(Answer(status=200, text="The film", body=models.Film),),
        errors=(RecordingNotFound, FilmNotFound, RecordingsOff),
    ),
    Operation(
        method="DELETE",
        path=f"{_PATH}/{{film}}",
        id="deleteFilm",
        summary="Cancel a film that is not finished, which stays in the list; delete any other one",
        access=Access.ADMIN,
        handler=remove,
        answers=(Answer(status=204, text="Done"),),
        errors=(RecordingNotFound, FilmNotFound, RecordingHeld, RecordingRunning, RecordingsOff),
    ),
    bytes_operation(
        path=f"{_PATH}/{{film}}/file",
        id="getFilmFile",
        summary="The bytes of a film that is ready, whole or one range",
        handler=file,
        content_type="video/mp4",
        errors=(FilmNotFound,),
    ),
)
