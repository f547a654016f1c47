"""The key of a source that pushes: make a new one, revoke."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from conference.model.errors import ChildUnavailable, SourceKindWrong, SourceNotFound
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import source_models as models
from signaling.rest.answers import empty, json
from signaling.rest.source_views import source
from signaling.rest.sources import expiry_s


async def rotate(call: Call) -> web.Response:
    body = await call.model(models.NewKey)
    await call.desk.rotate_key(call.source, expiry_s(call, body.expires_at))
    return json(source(call, await call.desk.get(call.source)))


async def revoke(call: Call) -> web.Response:
    await call.desk.revoke_key(call.source)
    return empty(204)


_ERRORS: Final = (SourceNotFound, SourceKindWrong, ChildUnavailable)

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/api/v1/sources/{source}/key",
        id="rotateSourceKey",
        summary="Make a new key; the old one ends at once and its publisher is cut",
        access=Access.ADMIN,
        handler=rotate,
        body=models.NewKey,
        answers=(Answer(status=200, text="The source with its new key", body=models.Source),),
        errors=_ERRORS,
    ),
    Operation(
        method="DELETE",
        path="/api/v1/sources/{source}/key",
        id="revokeSourceKey",
        summary="Revoke the key; its publisher is cut",
        access=Access.ADMIN,
        handler=revoke,
        answers=(Answer(status=204, text="Revoked"),),
        errors=_ERRORS,
    ),
)
