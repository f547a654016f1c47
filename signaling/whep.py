"""WHEP (draft-ietf-wish-whep): a player watches a room by one HTTP POST, with a receive-only offer."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from signaling.media_session import (
    DELETE_ERRORS,
    FRAGMENT,
    PATCH_ERRORS,
    POST_ERRORS,
    SDP,
    created,
    delete,
    patch,
    preflight,
    read_offer,
)
from signaling.operation import Access, Answer, Call, Operation


async def play(call: Call) -> web.Response:
    offer = await read_offer(call)
    return created(call, await call.edge.conference.whep(call.grant, offer))


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/whep/{room}",
        id="whepPlay",
        summary="Watch a room (draft-ietf-wish-whep)",
        access=Access.JOIN,
        handler=play,
        body=SDP,
        answers=(
            Answer(
                status=201,
                text="The SDP answer; Location is the session",
                content_type=SDP,
                headers=("Location", "ETag", "Accept-Patch", "Link"),
            ),
        ),
        errors=POST_ERRORS,
    ),
    Operation(
        method="OPTIONS",
        path="/whep/{room}",
        id="whepOptions",
        summary="CORS preflight",
        access=Access.OPEN,
        handler=preflight,
        answers=(Answer(status=200, text="What may be sent", headers=("Accept-Post",)),),
    ),
    Operation(
        method="PATCH",
        path="/whep/{room}/{session}",
        id="whepPatch",
        summary="Trickle ICE or ICE restart",
        access=Access.JOIN,
        handler=patch,
        body=FRAGMENT,
        headers=("If-Match",),
        answers=(
            Answer(status=200, text="ICE restarted", content_type=FRAGMENT, headers=("ETag",)),
            Answer(status=204, text="Candidates taken"),
        ),
        errors=PATCH_ERRORS,
    ),
    Operation(
        method="DELETE",
        path="/whep/{room}/{session}",
        id="whepDelete",
        summary="End the session",
        access=Access.JOIN,
        handler=delete,
        answers=(Answer(status=200, text="Ended"),),
        errors=DELETE_ERRORS,
    ),
    Operation(
        method="OPTIONS",
        path="/whep/{room}/{session}",
        id="whepSessionOptions",
        summary="CORS preflight",
        access=Access.OPEN,
        handler=preflight,
        answers=(Answer(status=200, text="What may be sent", headers=("Accept-Patch",)),),
    ),
)
