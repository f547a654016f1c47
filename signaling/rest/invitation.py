"""What the join page asks before joining: what am I invited to, and does my network reach the media port."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from conference.model.errors import RoomClosed, RoomNotFound, SdpRefused, ServerFull
from signaling.errors import TooManyRequests
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import models
from signaling.rest.answers import json


async def invitation(call: Call) -> web.Response:
    grant = call.grant
    room = await call.edge.conference.room(grant.room)
    return json(
        models.Invitation(
            room=models.InvitedRoom(id=room.id, name=room.name),
            role=grant.role,
            name=grant.name,
            expires_at=datetime.fromtimestamp(grant.expires_at_s, UTC),
        )
    )


async def probe(call: Call) -> web.Response:
    if not call.edge.negotiations.take():
        raise TooManyRequests
    await call.edge.conference.room(call.grant.room)
    offer = await call.model(models.ProbeOffer)
    return json(models.ProbeAnswer(sdp=await call.edge.conference.probe(offer.sdp, transport=offer.transport)))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/api/v1/invitation",
        id="getInvitation",
        summary="What the presented join token invites to",
        access=Access.JOIN,
        handler=invitation,
        answers=(Answer(status=200, text="The invitation", body=models.Invitation),),
        errors=(RoomNotFound, RoomClosed),
    ),
    Operation(
        method="POST",
        path="/api/v1/probe",
        id="probeNetwork",
        summary="Answer a receive-only offer with candidates of one transport, to try the path to the media port",
        access=Access.JOIN,
        handler=probe,
        body=models.ProbeOffer,
        answers=(Answer(status=200, text="The answer; closed by the server after 10 s", body=models.ProbeAnswer),),
        errors=(RoomNotFound, RoomClosed, SdpRefused, ServerFull, TooManyRequests),
    ),
)
