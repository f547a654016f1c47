"""Looking after sources: restart, history, thumbnail, and a try at an address before it is saved."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from conference.model.errors import (
    AddressInvalid,
    ChildUnavailable,
    MessageInvalid,
    NoThumbnail,
    SchemeRefused,
    ServerFull,
    SourceNotFound,
)
from conference.model.source import Cause, SourceState
from conference.results import SourceTest
from signaling.errors import TooManyRequests
from signaling.limits import SOURCE_TEST_S
from signaling.operation import Access, Answer, Call, Operation, Query
from signaling.rest import source_models as models
from signaling.rest.answers import empty, json
from signaling.rest.source_views import event, tested

_DEFAULT_HISTORY: Final = 100


async def restart(call: Call) -> web.Response:
    await call.desk.restart(call.source)
    return empty(204)


async def history(call: Call) -> web.Response:
    limit = _limit(call)
    kind = (await call.desk.get(call.source)).record.kind
    events = await call.desk.history(call.source, limit)
    return json(models.SourceHistory(events=[event(noted, kind) for noted in events]))


async def thumbnail(call: Call) -> web.Response:
    return web.Response(
        body=call.desk.thumbnail(call.source), content_type="image/jpeg", headers={"Cache-Control": "no-store"}
    )


async def try_address(call: Call) -> web.Response:
    body = await call.model(models.Address)
    with call.edge.source_tests.take() as free:
        if not free:
            raise TooManyRequests("as many addresses as may be are being tried")
        try:
            async with asyncio.timeout(SOURCE_TEST_S):
                result = await call.desk.test(body.address, body.username, body.password, body.transport)
        except TimeoutError:
            took_ms = int(SOURCE_TEST_S * 1000)
            result = SourceTest(state=SourceState.UNREACHABLE, cause=Cause.TIMED_OUT, took_ms=took_ms)
    return json(tested(result))


def _limit(call: Call) -> int:
    raw = call.request.query.get("limit", str(_DEFAULT_HISTORY))
    if not raw.isascii() or not raw.isdigit() or len(raw) > 4 or not 1 <= int(raw) <= models.MAX_HISTORY:
        raise MessageInvalid(f"limit takes 1..{models.MAX_HISTORY}")
    return int(raw)


_LIMIT: Final = Query(
    name="limit",
    text="How many events, the newest first",
    schema={"type": "integer", "minimum": 1, "maximum": models.MAX_HISTORY, "default": _DEFAULT_HISTORY},
)

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/api/v1/sources/test",
        id="testSource",
        summary="Try an rtsp address for at most 8 s without saving it; at most 4 at once",
        access=Access.ADMIN,
        handler=try_address,
        body=models.Address,
        answers=(Answer(status=200, text="What it showed, in plain words", body=models.TestedSource),),
        errors=(AddressInvalid, SchemeRefused, ServerFull, TooManyRequests, ChildUnavailable),
    ),
    Operation(
        method="POST",
        path="/api/v1/sources/{source}/restart",
        id="restartSource",
        summary="Connect anew; lifts the quarantine",
        access=Access.ADMIN,
        handler=restart,
        answers=(Answer(status=204, text="Begun"),),
        errors=(SourceNotFound, ChildUnavailable),
    ),
    Operation(
        method="GET",
        path="/api/v1/sources/{source}/history",
        id="getSourceHistory",
        summary="How its state changed",
        access=Access.ADMIN,
        handler=history,
        query=(_LIMIT,),
        answers=(Answer(status=200, text="The events, newest first", body=models.SourceHistory),),
        errors=(SourceNotFound, MessageInvalid, ChildUnavailable),
    ),
    Operation(
        method="GET",
        path="/api/v1/sources/{source}/thumbnail",
        id="getSourceThumbnail",
        summary="A small picture of a moment ago",
        access=Access.ADMIN,
        handler=thumbnail,
        answers=(Answer(status=200, text="At most 640 px wide", content_type="image/jpeg"),),
        errors=(SourceNotFound, NoThumbnail, ChildUnavailable),
    ),
)
