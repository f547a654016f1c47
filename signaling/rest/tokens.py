"""Join tokens: issue and revoke."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote

from aiohttp import web

from conference.model.errors import RoomClosed, RoomNotFound
from conference.model.ids import Identity, RoomId
from signaling.errors import PathNotFound
from signaling.limits import is_id
from signaling.names import clean_name
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import models
from signaling.rest.answers import empty, json
from signaling.rest.hosts import base_url


async def issue(call: Call) -> web.Response:
    edge = call.edge
    body = await call.model(models.NewToken)
    room = await edge.conference.room(call.room)
    issued = edge.authority.issue(
        room.id,
        body.role,
        identity=Identity(body.identity) if body.identity is not None else None,
        name=clean_name(body.name),
        ttl_s=body.ttl_s if body.ttl_s is not None else edge.auth.join_ttl_s,
        now_s=edge.wall_s(),
    )
    await edge.tokens.record(issued.record)
    return json(
        models.Token(
            id=issued.record.id,
            token=issued.token,
            link=invitation_link(base_url(call), room.id, issued.token),
            expires_at=datetime.fromtimestamp(issued.record.expires_at_s, UTC),
        ),
        status=201,
    )


async def revoke(call: Call) -> web.Response:
    token_id = call.request.match_info["token"]
    if not is_id(token_id):
        raise PathNotFound
    await call.edge.tokens.revoke(token_id, revoked_at_s=call.edge.wall_s())
    await call.edge.conference.token_revoked(token_id)
    return empty(204)


def invitation_link(base_url: str, room: RoomId, token: str) -> str:
    """The link a guest opens. The token is in the fragment: browsers never send that part to any server or log."""
    return f"{base_url}/join/{quote(room, safe='')}#t={token}"


OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/api/v1/rooms/{room}/tokens",
        id="createToken",
        summary="Issue a join token and its invitation link",
        access=Access.ADMIN,
        handler=issue,
        body=models.NewToken,
        answers=(Answer(status=201, text="The token, shown this once", body=models.Token),),
        errors=(RoomNotFound, RoomClosed),
    ),
    Operation(
        method="DELETE",
        path="/api/v1/tokens/{token}",
        id="revokeToken",
        summary="Revoke a join token by its id; everybody who came in with it is put out",
        access=Access.ADMIN,
        handler=revoke,
        answers=(Answer(status=204, text="Revoked (also when it was already, or was never issued)"),),
        errors=(PathNotFound,),
    ),
)
