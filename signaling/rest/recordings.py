"""Recordings: list, get, delete, hold, and the ticket for their bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from conference.model.errors import (
    MessageInvalid,
    RecordingDeleted,
    RecordingHeld,
    RecordingNotFound,
    RecordingRunning,
)
from conference.model.ids import RecordingId, RoomId
from conference.model.recording import is_recording_id
from signaling.errors import RecordingsOff
from signaling.limits import ID_PATTERN, is_id
from signaling.operation import Access, Answer, Call, Operation, Query
from signaling.rest import recording_models as models
from signaling.rest.answers import empty, json
from signaling.rest.film_views import film
from signaling.rest.recording_views import detail, summary

ADMINISTRATOR: Final = "administrator"
"""Who did it, of what is done with the administrator's key."""
_DEFAULT_PAGE: Final = 50


async def list_all(call: Call) -> web.Response:
    limit = _limit(call)
    page = await call.library.list(room=_room(call), after=_after(call), limit=limit + 1)
    now_s = call.edge.wall_s()
    faults = await call.library.faults([recording.id for recording, _ in page[:limit]])
    shown = [summary(recording, tracks, faults.get(recording.id, 0), now_s) for recording, tracks in page[:limit]]
    more = shown[-1].id if len(page) > limit else None
    return json(models.Recordings(recordings=shown, next=more, disk=_disk(call)))


def _disk(call: Call) -> models.RecordingDisk | None:
    desk = call.edge.desks.recording
    stats = desk.stats() if desk is not None else None
    if stats is None:
        return None
    return models.RecordingDisk(state=stats.disk, free_bytes=stats.free_bytes, total_bytes=stats.total_bytes)


async def get(call: Call) -> web.Response:
    return await _shown(call)


async def delete(call: Call) -> web.Response:
    recording = call.recording
    body = await call.model(models.Deletion)
    reason = " ".join(body.reason.split())
    if not reason.isprintable() or not reason:
        raise MessageInvalid("reason: needs a text without control characters")
    await call.library.delete(recording, by=ADMINISTRATOR, reason=reason)
    return empty(204)


async def hold(call: Call) -> web.Response:
    recording = call.recording
    body = await call.model(models.Hold)
    await call.library.hold(recording, held=body.held, by=ADMINISTRATOR)
    return await _shown(call)


async def ticket(call: Call) -> web.Response:
    recording = call.recording
    await call.library.get(recording)
    issued = call.edge.tickets.issue(recording, call.edge.wall_s())
    expires_at = datetime.fromtimestamp(issued.expires_at_s, UTC)
    return json(models.RecordingTicket(ticket=issued.text, expires_at=expires_at))


async def _shown(call: Call) -> web.Response:
    contents = await call.library.get(call.recording)
    films = await call.edge.desks.films.list(call.recording) if call.edge.desks.films is not None else ()
    return json(detail(contents, [film(one, progress) for one, progress in films], call.edge.wall_s()))


def _limit(call: Call) -> int:
    raw = call.request.query.get("limit", str(_DEFAULT_PAGE))
    if not raw.isascii() or not raw.isdigit() or len(raw) > 3 or not 1 <= int(raw) <= models.MAX_PAGE:
        raise MessageInvalid(f"limit takes 1..{models.MAX_PAGE}")
    return int(raw)


def _room(call: Call) -> RoomId | None:
    raw = call.request.query.get("room")
    if raw is not None and not is_id(raw):
        raise MessageInvalid("room takes the id of a room")
    return RoomId(raw) if raw is not None else None


def _after(call: Call) -> RecordingId | None:
    raw = call.request.query.get("after")
    if raw is not None and not is_recording_id(raw):
        raise MessageInvalid("after takes the id of a recording")
    return RecordingId(raw) if raw is not None else None


_QUERY: Final = (
    Query(name="room", text="Only recordings of this room", schema={"type": "string", "pattern": ID_PATTERN}),
    Query(name="after", text="The `next` of the page before", schema={"type": "string"}),
    Query(
        name="limit",
        text="How many",
        schema={"type": "integer", "minimum": 1, "maximum": models.MAX_PAGE, "default": _DEFAULT_PAGE},
    ),
)

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/api/v1/recordings",
        id="listRecordings",
        summary="List the recordings, newest first",
        access=Access.ADMIN,
        handler=list_all,
        query=_QUERY,
        answers=(Answer(status=200, text="A page of them", body=models.Recordings),),
        errors=(MessageInvalid, RecordingNotFound, RecordingsOff),
    ),
    Operation(
        method="GET",
        path="/api/v1/recordings/{recording}",
        id="getRecording",
        summary="Get a recording with its tracks, gaps and events",
        access=Access.ADMIN,
        handler=get,
        answers=(Answer(status=200, text="The recording", body=models.Recording),),
        errors=(RecordingNotFound, RecordingDeleted, RecordingsOff),
    ),
    Operation(
        method="DELETE",
        path="/api/v1/recordings/{recording}",
        id="deleteRecording",
        summary="Delete a recording for good; who did it and why is kept",
        access=Access.ADMIN,
        handler=delete,
        body=models.Deletion,
        answers=(Answer(status=204, text="Deleted"),),
        errors=(RecordingNotFound, RecordingHeld, RecordingRunning, RecordingsOff),
    ),
    Operation(
        method="POST",
        path="/api/v1/recordings/{recording}/hold",
        id="holdRecording",
        summary="Put a recording under legal hold, or release it",
        access=Access.ADMIN,
        handler=hold,
        body=models.Hold,
        answers=(Answer(status=200, text="The recording", body=models.Recording),),
        errors=(RecordingNotFound, RecordingDeleted, RecordingsOff),
    ),
    Operation(
        method="POST",
        path="/api/v1/recordings/{recording}/ticket",
        id="issueRecordingTicket",
        summary="Issue a ticket for this recording's bytes, for at most 5 minutes",
        access=Access.ADMIN,
        handler=ticket,
        answers=(Answer(status=200, text="The ticket", body=models.RecordingTicket),),
        errors=(RecordingNotFound, RecordingDeleted, RecordingsOff),
    ),
)
