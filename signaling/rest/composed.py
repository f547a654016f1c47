"""Composed streams: a room, or a wall's view of it, as one picture made by the server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from conference import composing
from conference.model.errors import (
    AddressInvalid,
    ComposedNotFound,
    ComposedUnavailable,
    MessageInvalid,
    OutputNotFound,
    OutputRefused,
    RoomClosed,
    RoomNotFound,
    SchemeRefused,
    ServerFull,
    TooManyComposed,
    TooManyOutputs,
    WallNotFound,
)
from conference.model.ids import OutputId, WallId
from conference.model.push import PUSH_REASONS
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import composed_models as models
from signaling.rest.answers import empty, json
from signaling.rest.source_models import BothLanguages

_ONE: Final = "/api/v1/composed/{composed}"


async def start(call: Call) -> web.Response:
    body = await call.model(models.NewComposed)
    view = await call.composing.start(
        call.room,
        composing.NewComposed(
            layout=composing.ComposedLayout(body.layout),
            wall=WallId(body.wall) if body.wall is not None else None,
            width=body.width,
            height=body.height,
            fps=body.fps,
            labels=body.labels,
            clock=body.clock,
            outputs=tuple(_output(output) for output in body.outputs),
        ),
    )
    return json(shown(view), status=201, headers={"Location": f"/api/v1/composed/{view.id}"})


async def list_of_room(call: Call) -> web.Response:
    await call.edge.conference.room(call.room)
    return json(models.ComposedList(composed=[shown(view) for view in call.composing.list(call.room)]))


async def list_all(call: Call) -> web.Response:
    return json(models.ComposedList(composed=[shown(view) for view in call.composing.list()]))


async def get(call: Call) -> web.Response:
    return json(shown(call.composing.get(call.composed)))


async def stop(call: Call) -> web.Response:
    await call.composing.stop(call.composed)
    return empty(204)


async def add_output(call: Call) -> web.Response:
    id_ = call.composed
    added = await call.composing.add_output(id_, _output(await call.model(models.NewOutput)))
    location = f"/api/v1/composed/{id_}/outputs/{added.id}"
    return json(_shown_output(id_, added), status=201, headers={"Location": location})


async def remove_output(call: Call) -> web.Response:
    call.composing.remove_output(call.composed, OutputId(call.request.match_info["output"]))
    return empty(204)


async def ticket(call: Call) -> web.Response:
    id_ = call.composed
    call.composing.get(id_)
    issued = call.edge.composed_tickets.issue(id_, call.edge.wall_s())
    base = f"/api/v1/composed/{id_}"
    return json(
        models.ComposedTicket(
            ticket=issued.text,
            expires_at=datetime.fromtimestamp(issued.expires_at_s, UTC),
            hls=f"{base}/hls/index.m3u8?ticket={issued.text}",
            whep=f"{base}/whep?ticket={issued.text}",
        )
    )


def shown(view: composing.ComposedView) -> models.Composed:
    """As the interface tells it."""
    return models.Composed(
        id=view.id,
        room=view.room,
        layout=view.layout,
        wall=view.wall,
        state=view.state,
        reason=view.reason,
        started_at=datetime.fromtimestamp(view.started_at_ms / 1000, UTC),
        width=view.width,
        height=view.height,
        fps=view.fps,
        wanted_fps=view.wanted_fps,
        preset=view.preset,
        stepped_down=view.stepped_down,
        encoded_fps=view.encoded_fps,
        load=view.load,
        restarts=view.restarts,
        panes=view.panes,
        outputs=[_shown_output(view.id, output) for output in view.outputs],
    )


def _shown_output(id_: str, output: composing.OutputView) -> models.Output:
    paths = {composing.OutputKind.HLS: "hls/index.m3u8", composing.OutputKind.WHEP: "whep"}
    path = paths.get(output.kind)
    words = PUSH_REASONS.get(output.reason)
    return models.Output(
        id=output.id,
        kind=output.kind,
        state=output.state,
        bytes=output.bytes,
        target=output.target,
        reason=output.reason,
        text=BothLanguages(zh=words.zh, en=words.en) if words is not None else None,
        url=f"/api/v1/composed/{id_}/{path}" if path is not None else None,
    )


def _output(body: models.NewOutput) -> composing.NewOutput:
    return composing.NewOutput(kind=body.kind, url=body.url)


_OUTPUT_ERRORS: Final = (TooManyOutputs, OutputRefused, AddressInvalid, SchemeRefused, MessageInvalid)

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/api/v1/rooms/{room}/composed",
        id="startComposed",
        summary="Make a room, or a wall's view of it, one picture: for WHEP, HLS, a film, RTMP and SRT",
        access=Access.ADMIN,
        handler=start,
        body=models.NewComposed,
        answers=(Answer(status=201, text="Begun", body=models.Composed, headers=("Location",)),),
        errors=(
            RoomNotFound,
            RoomClosed,
            WallNotFound,
            TooManyComposed,
            ComposedUnavailable,
            ServerFull,
            *_OUTPUT_ERRORS,
        ),
    ),
    Operation(
        method="GET",
        path="/api/v1/rooms/{room}/composed",
        id="listComposedOfRoom",
        summary="The composed streams of a room",
        access=Access.ADMIN,
        handler=list_of_room,
        answers=(Answer(status=200, text="Those that run", body=models.ComposedList),),
        errors=(RoomNotFound, RoomClosed, ComposedUnavailable),
    ),
    Operation(
        method="GET",
        path="/api/v1/composed",
        id="listComposed",
        summary="All composed streams",
        access=Access.ADMIN,
        handler=list_all,
        answers=(Answer(status=200, text="Those that run", body=models.ComposedList),),
        errors=(ComposedUnavailable,),
    ),
    Operation(
        method="GET",
        path=_ONE,
        id="getComposed",
        summary="Get a composed stream: how it runs, what it costs, where it goes",
        access=Access.ADMIN,
        handler=get,
        answers=(Answer(status=200, text="The stream", body=models.Composed),),
        errors=(ComposedNotFound, ComposedUnavailable),
    ),
    Operation(
        method="DELETE",
        path=_ONE,
        id="stopComposed",
        summary="End a composed stream; its films are finished first",
        access=Access.ADMIN,
        handler=stop,
        answers=(Answer(status=204, text="Ended"),),
        errors=(ComposedNotFound, ComposedUnavailable),
    ),
    Operation(
        method="POST",
        path=_ONE + "/outputs",
        id="addComposedOutput",
        summary="One more output of the same encoding",
        access=Access.ADMIN,
        handler=add_output,
        body=models.NewOutput,
        answers=(Answer(status=201, text="Added", body=models.Output, headers=("Location",)),),
        errors=(ComposedNotFound, ComposedUnavailable, *_OUTPUT_ERRORS),
    ),
    Operation(
        method="DELETE",
        path=_ONE + "/outputs/{output}",
        id="removeComposedOutput",
        summary="Finish one output; the others go on",
        access=Access.ADMIN,
        handler=remove_output,
        answers=(Answer(status=204, text="It is being finished"),),
        errors=(ComposedNotFound, ComposedUnavailable, OutputNotFound),
    ),
    Operation(
        method="POST",
        path=_ONE + "/ticket",
        id="issueComposedTicket",
        summary="Issue a ticket to watch this stream by HLS and WHEP, for 12 hours",
        access=Access.ADMIN,
        handler=ticket,
        answers=(Answer(status=200, text="The ticket", body=models.ComposedTicket),),
        errors=(ComposedNotFound, ComposedUnavailable),
    ),
)
