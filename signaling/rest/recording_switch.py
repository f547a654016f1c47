"""Starting and stopping the recording of a room."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from conference.model.errors import RecordingNotFound, RecordingRunning, RoomClosed, RoomNotFound
from signaling.errors import RecordingsOff
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import recording_models as models
from signaling.rest.answers import empty, json
from signaling.rest.recordings import ADMINISTRATOR


async def start(call: Call) -> web.Response:
    recording = await call.recording_switch.start(call.room, by=ADMINISTRATOR)
    location = {"Location": f"/api/v1/recordings/{recording}"}
    return json(models.StartedRecording(id=recording), status=201, headers=location)


async def stop(call: Call) -> web.Response:
    await call.recording_switch.stop(call.room, by=ADMINISTRATOR)
    return empty(204)


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/api/v1/rooms/{room}/recording",
        id="startRecording",
        summary="Start recording a room; everybody in it is told",
        access=Access.ADMIN,
        handler=start,
        answers=(Answer(status=201, text="Begun", body=models.StartedRecording, headers=("Location",)),),
        errors=(RoomNotFound, RoomClosed, RecordingRunning, RecordingsOff),
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
