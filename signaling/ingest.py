"""WHIP (RFC 9725) of a source: an encoder publishes with the source's own key and keeps its tile across reconnects."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from conference.model.errors import ChildUnavailable, MediaLost, ServerFull, SessionNotFound, SourceBusy, SourceDisabled
from conference.model.ids import SessionId
from signaling.limits import is_id
from signaling.media_session import OFFER_ERRORS, Handlers, created, operations, patched, read_fragment, read_offer
from signaling.operation import Access, Call


async def publish(call: Call) -> web.Response:
    offer = await read_offer(call)
    return created(call, await call.desk.whip(call.source, call.source_key, offer))


async def patch(call: Call) -> web.Response:
    session = _session(call)
    etag, fragment = await read_fragment(call)
    return patched(await call.desk.whip_patch(call.source, call.source_key, session, fragment, etag))


async def end(call: Call) -> web.Response:
    await call.desk.whip_end(call.source, call.source_key, _session(call))
    return web.Response(status=200)


def _session(call: Call) -> SessionId:
    raw = call.request.match_info["session"]
    if not is_id(raw):
        raise SessionNotFound
    return SessionId(raw)


OPERATIONS: Final = operations(
    "ingest",
    "/ingest/whip/{source}",
    summary="Publish as a source (RFC 9725) with its key as Bearer",
    access=Access.SOURCE,
    handlers=Handlers(post=publish, patch=patch, delete=end),
    post_errors=(SourceBusy, SourceDisabled, ChildUnavailable, *OFFER_ERRORS),
    session_errors=(SessionNotFound, SourceDisabled, MediaLost, ServerFull, ChildUnavailable),
)
