"""What WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) have in common: one offer by POST, then PATCH and DELETE on the
session's own URL. A session's URL is a secret, and its Bearer token is asked for all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from conference.model.errors import (
    CodecUnsupported,
    EtagMismatch,
    EtagMissing,
    HuishangError,
    MessageInvalid,
    NotAllowed,
    RoomClosed,
    RoomFull,
    RoomNotFound,
    SdpRefused,
    ServerFull,
    SessionNotFound,
    TooManySections,
)
from conference.model.ids import SessionId
from conference.model.roles import Role
from conference.results import MediaSession, PatchResult
from signaling.errors import NotAcceptable, TooManyRequests
from signaling.limits import is_id
from signaling.operation import Access, Answer, Call, Handler, Operation, Query

SDP: Final = "application/sdp"
FRAGMENT: Final = "application/trickle-ice-sdpfrag"
PATHS: Final = ("/whip/", "/whep/", "/ingest/", "/api/v1/composed/")
"""How the paths of all such sessions begin; players of composed streams come from other pages, too."""
OFFER_ERRORS: Final = (NotAcceptable, CodecUnsupported, SdpRefused, TooManySections, ServerFull, TooManyRequests)
FRAGMENT_ERRORS: Final = (EtagMissing, EtagMismatch, SdpRefused)
# Nobody's cookies count here, only the Bearer token, so any page may try (RFC 9725 section 4.7).
CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Accept-Patch, Accept-Post, Retry-After",
}
_SERVICE_DESCRIPTION: Final = '</api/openapi.json>; rel="service-desc"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Handlers:
    """What a protocol does with an offer, with a fragment and with a goodbye."""

    post: Handler
    patch: Handler
    delete: Handler


def operations(
    name: str,
    endpoint: str,
    *,
    summary: str,
    access: Access,
    handlers: Handlers,
    post_errors: tuple[type[HuishangError], ...],
    session_errors: tuple[type[HuishangError], ...],
    query: tuple[Query, ...] = (),
) -> tuple[Operation, ...]:
    """The five operations at and below `endpoint`. `name` begins their ids. `session_errors`: of PATCH and DELETE,
    beside what is wrong with a fragment."""
    session = endpoint + "/{session}"
    created_answer = Answer(
        status=201,
        text="The SDP answer; Location is the session",
        content_type=SDP,
        headers=("Location", "ETag", "Accept-Patch", "Link"),
    )
    restarted = Answer(status=200, text="ICE restarted", content_type=FRAGMENT, headers=("ETag",))
    return (
        Operation(
            method="POST", path=endpoint, id=f"{name}Create", summary=summary, access=access, handler=handlers.post,
            body=SDP, query=query, answers=(created_answer,), errors=post_errors,
        ),
        Operation(
            method="OPTIONS", path=endpoint, id=f"{name}Options", summary="CORS preflight", access=Access.OPEN,
            handler=preflight, answers=(Answer(status=200, text="What may be sent", headers=("Accept-Post",)),),
        ),
        Operation(
            method="PATCH", path=session, id=f"{name}Patch", summary="Trickle ICE or ICE restart", access=access,
            handler=handlers.patch, body=FRAGMENT, headers=("If-Match",), errors=(*session_errors, *FRAGMENT_ERRORS),
            answers=(restarted, Answer(status=204, text="Candidates taken")),
        ),
        Operation(
            method="DELETE", path=session, id=f"{name}Delete", summary="End the session", access=access,
            handler=handlers.delete, answers=(Answer(status=200, text="Ended"),), errors=session_errors,
        ),
        Operation(
            method="OPTIONS", path=session, id=f"{name}SessionOptions", summary="CORS preflight",
            access=Access.OPEN, handler=preflight,
            answers=(Answer(status=200, text="What may be sent", headers=("Accept-Patch",)),),
        ),
    )  # fmt: skip


def room_operations(
    protocol: str,
    *,
    summary: str,
    post: Handler,
    query: tuple[Query, ...] = (),
    errors: tuple[type[HuishangError], ...] = (),
) -> tuple[Operation, ...]:
    """The five operations of `/{protocol}/{room}`, for holders of a join token; `post` takes the offer.

    `query` and `errors` of it come beside the usual ones."""
    return operations(
        protocol,
        f"/{protocol}/{{room}}",
        summary=summary,
        access=Access.JOIN,
        handlers=Handlers(post=post, patch=patch, delete=delete),
        post_errors=(RoomNotFound, RoomClosed, RoomFull, NotAllowed, *OFFER_ERRORS, *errors),
        query=query,
        session_errors=(SessionNotFound, NotAllowed),
    )


async def room_offer(call: Call) -> str:
    """The SDP offer of a POST, from somebody whose token is for this room.

    Raises NotAllowed, RoomNotFound, and what `read_offer` raises.
    """
    if call.grant.room != call.room:
        raise NotAllowed("token of another room")
    return await read_offer(call)


async def read_offer(call: Call) -> str:
    """The SDP offer of a POST.

    Raises NotAcceptable, MediaTypeUnsupported, BodyTooLarge, SdpRefused, TooManyRequests.
    """
    if not _accepts(call.request, SDP):
        raise NotAcceptable(SDP)
    offer = _text(await call.body(SDP))
    if not call.edge.negotiations.take():
        raise TooManyRequests
    return offer


def created(call: Call, session: MediaSession) -> web.Response:
    """201 with the answer, the session's URL and the entity tag of its ICE session (RFC 9725 section 4.2)."""
    return web.Response(
        status=201,
        body=session.answer_sdp.encode(),
        content_type=SDP,
        headers={
            # A path, not a URL: behind a proxy only the client knows by which name it reached us.
            "Location": f"{call.request.path.rstrip('/')}/{session.id}",
            "ETag": f'"{session.etag}"',
            "Accept-Patch": FRAGMENT,
            "Link": _SERVICE_DESCRIPTION,
        },
    )


async def patch(call: Call) -> web.Response:
    """Trickle (204) or ICE restart (200 with our new credentials), told apart by the credentials in the fragment.

    Raises EtagMissing (428) without If-Match, EtagMismatch (412), and SessionNotFound for a session of another token.
    """
    session = _own_session(call)
    etag, fragment = await read_fragment(call)
    return patched(await call.edge.conference.patch_session(session, fragment, etag))


async def read_fragment(call: Call) -> tuple[str, str]:
    """The entity tag and the fragment of a PATCH. Raises EtagMissing, EtagMismatch, MessageInvalid, SdpRefused, and
    what a body may be refused for."""
    etag = if_match(call.request.headers.getall("If-Match", []))
    return etag, _text(await call.body(FRAGMENT))


def patched(result: PatchResult) -> web.Response:
    """204, or 200 with our new credentials."""
    if result.fragment is None:
        return web.Response(status=204)  # and no ETag: the ICE session is the same
    return web.Response(body=result.fragment.encode(), content_type=FRAGMENT, headers={"ETag": f'"{result.etag}"'})


async def delete(call: Call) -> web.Response:
    """Ends the session. If-Match is ignored: whatever its ICE session, it ends."""
    await call.edge.conference.end_session(_own_session(call))
    return web.Response(status=200)


async def preflight(call: Call) -> web.Response:
    """OPTIONS of the endpoint and of a session: what may be sent here, also from other origins."""
    is_session = "session" in call.request.match_info
    headers = {
        "Access-Control-Allow-Methods": "OPTIONS, PATCH, DELETE" if is_session else "OPTIONS, POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
        "Access-Control-Max-Age": "7200",
    }
    if is_session:
        headers["Accept-Patch"] = FRAGMENT
    else:
        headers["Accept-Post"] = SDP
    return web.Response(status=200, headers=headers)


def if_match(values: list[str]) -> str:
    """The one entity tag of If-Match, without quotes, or "*" (the WHIP and WHEP texts also write it quoted).

    Raises EtagMissing; EtagMismatch for a weak tag (RFC 9110 section 13.1.1 compares strongly); MessageInvalid.
    """
    if not values:
        raise EtagMissing
    value = values[0].strip()
    if value in {"*", '"*"'}:
        return "*"
    if value.startswith("W/"):
        raise EtagMismatch("a weak tag")
    if len(values) != 1 or len(value) < 3 or value[0] != '"' or value[-1] != '"' or '"' in value[1:-1]:
        raise MessageInvalid("If-Match takes one entity tag")
    return value[1:-1]


def _own_session(call: Call) -> SessionId:
    """The session of the path, if the caller made it or is the room's host; "not yours" reads as "not there"."""
    raw = call.request.match_info["session"]
    if call.grant.room != call.room or not is_id(raw):
        raise SessionNotFound
    session = SessionId(raw)
    conference = call.edge.conference
    if conference.session_room(session) != call.room:
        raise SessionNotFound
    if conference.session_token(session) != call.grant.token_id and call.grant.role is not Role.HOST:
        raise SessionNotFound
    return session


def _text(raw: bytes) -> str:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise SdpRefused("not UTF-8") from None
    if not text.strip():
        raise SdpRefused("empty")
    return text


def _accepts(request: web.Request, media_type: str) -> bool:
    """Whether Accept (RFC 9110 section 12.5.1) allows `media_type`; absent: anything."""
    ranges = [part for value in request.headers.getall("Accept", []) for part in value.split(",")]
    if not ranges:
        return True
    wanted = {media_type, media_type.partition("/")[0] + "/*", "*/*"}
    for entry in ranges:
        name, _, parameters = entry.partition(";")
        refused = any(p.strip().lower() in {"q=0", "q=0.0", "q=0.00", "q=0.000"} for p in parameters.split(";"))
        if name.strip().lower() in wanted and not refused:
            return True
    return False
