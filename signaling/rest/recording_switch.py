"""Starting and stopping the recording of a room."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from conference.composing import ComposedLayout, NewComposed, NewOutput, OutputKind
from conference.model.errors import (
    HuishangError,
    MessageInvalid,
    RecordingNotFound,
    RecordingRunning,
    RoomClosed,
    RoomNotFound,
)
from conference.model.ids import RecordingId
from signaling.errors import RecordingsOff
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import recording_models as models
from signaling.rest.answers import empty, json
from signaling.rest.recordings import ADMINISTRATOR


async def start(call: Call) -> web.Response:
    film = (await call.model(models.StartRecording)).film if call.request.body_exists else None
    recording = await call.recording_switch.start(call.room, by=ADMINISTRATOR)
    started = models.StartedRecording(id=recording)
    if film is not None:
        started = await _with_film(call, recording, film)
    return json(started, status=201, headers={"Location": f"/api/v1/recordings/{recording}"})


async def _with_film(call: Call, recording: RecordingId, film: models.LiveFilm) -> models.StartedRecording:
    wanted = NewComposed(
        layout=ComposedLayout(film.layout),
        width=film.width,
        height=film.height,
        fps=film.fps,
        outputs=(NewOutput(kind=OutputKind.MP4),),
        recording=recording,
    )
    try:
        view = await call.composing.start(call.room, wanted)
    except HuishangError as error:
        return models.StartedRecording(id=recording, film_refused=error.code)
    return models.StartedRecording(id=recording, composed=view.id)


async def stop(call: Call) -> web.Response:
    await call.recording_switch.stop(call.room, by=ADMINISTRATOR)
    return empty(204)


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/api/v1/rooms/{room}/recording",
        id="startRecording",
        summary="Start recording a room; everybody in it is told. With a film of it, made live",
        access=Access.ADMIN,
        handler=start,
        body=models.StartRecording,
        body_optional=True,
        answers=(Answer(status=201, text="Begun", body=models.StartedRecording, headers=("Location",)),),
        errors=(RoomNotFound, RoomClosed, RecordingRunning, RecordingsOff, MessageInvalid),
    ),
    Operation(
        method="DELETE",
        path="/api/v1/rooms/{room}/recording",
        id="stopRecording",
        summary="Stop recording a room",
        access=Access.ADMIN,
        handler=stop,
        answers=(Answer(status=204, text="Stopped; what was recorded is in the library"),),
        errors=(RoomNotFound, RecordingNotFound, RecordingsOff),
    ),
)
