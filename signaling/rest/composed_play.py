"""A composed stream to players: HLS (RFC 8216) and WHEP (draft-ietf-wish-whep)."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from conference.model.errors import (
    ComposedNotFound,
    ComposedUnavailable,
    HlsNotReady,
    OutputNotFound,
    RoomClosed,
    RoomFull,
    RoomNotFound,
    SessionNotFound,
)
from conference.model.ids import SessionId
from signaling.limits import is_id
from signaling.media_session import OFFER_ERRORS, Handlers, created, operations, patched, read_fragment, read_offer
from signaling.operation import Access, Answer, Call, Operation

_HLS: Final = "/api/v1/composed/{composed}/hls/"
_PLAYLIST: Final = "application/vnd.apple.mpegurl"
_PART: Final = re.compile(r"(init-)?\d{1,12}\.(mp4|m4s)", re.ASCII)
# A part never changes; a playlist is another one with every segment.
_PART_CACHE: Final = "private, max-age=60, immutable"
_LIST_CACHE: Final = "no-store"


async def playlist(call: Call) -> web.Response:
    listed = call.composing.hls(call.composed)
    if not listed.ready:
        raise HlsNotReady
    ticket = call.request.query.get("ticket")
    text = listed.playlist("" if ticket is None else f"?ticket={ticket}")
    return web.Response(text=text, content_type=_PLAYLIST, headers={"Cache-Control": _LIST_CACHE})


async def part(call: Call) -> web.Response:
    name = call.request.match_info["part"]
    data = call.composing.hls(call.composed).part(name) if _PART.fullmatch(name) else None
    if data is None:
        raise OutputNotFound(name[:20])
    kind = "video/mp4" if name.startswith("init-") else "video/iso.segment"
    return web.Response(body=data, content_type=kind, headers={"Cache-Control": _PART_CACHE})


async def play(call: Call) -> web.Response:
    id_ = call.composed
    offer = await read_offer(call)
    answered = created(call, await call.composing.whep(id_, offer))
    ticket = call.request.query.get("ticket")
    if ticket is not None:
        answered.headers["Location"] += f"?ticket={ticket}"
    return answered


async def patch(call: Call) -> web.Response:
    session = _own(call)
    etag, fragment = await read_fragment(call)
    return patched(await call.edge.conference.patch_session(session, fragment, etag))


async def delete(call: Call) -> web.Response:
    await call.edge.conference.end_session(_own(call))
    return web.Response(status=200)


def _own(call: Call) -> SessionId:
    """The session of the path, if it is one of this stream."""
    raw = call.request.match_info["session"]
    if not is_id(raw):
        raise SessionNotFound
    session = SessionId(raw)
    if not call.edge.conference.session_token(session).startswith(f"{call.composed}-"):
        raise SessionNotFound
    return session


_ERRORS: Final = (ComposedNotFound, ComposedUnavailable)

OPERATIONS: Final = (
    Operation(
        method="GET",
        path=_HLS + "index.m3u8",
        id="getComposedPlaylist",
        summary="The HLS playlist of a composed stream: the last six segments of one or two seconds",
        access=Access.COMPOSED,
        handler=playlist,
        answers=(Answer(status=200, text="The playlist", content_type=_PLAYLIST),),
        errors=(*_ERRORS, OutputNotFound, HlsNotReady),
    ),
    Operation(
        method="GET",
        path=_HLS + "{part}",
        id="getComposedPart",
        summary="What the playlist names: a segment, or what all of them begin with",
        access=Access.COMPOSED,
        handler=part,
        answers=(Answer(status=200, text="The bytes", content_type="video/iso.segment"),),
        errors=(*_ERRORS, OutputNotFound),
    ),
    *operations(
        "composedWhep",
        "/api/v1/composed/{composed}/whep",
        summary="Watch a composed stream (draft-ietf-wish-whep)",
        access=Access.COMPOSED,
        handlers=Handlers(post=play, patch=patch, delete=delete),
        post_errors=(*_ERRORS, RoomNotFound, RoomClosed, RoomFull, *OFFER_ERRORS),
        session_errors=(*_ERRORS, SessionNotFound),
    ),
)
