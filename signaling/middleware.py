"""What happens to every answer: errors get their code and sentence, headers their safe values, requests are counted."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Middleware

from conference.model.errors import BodyTooLarge, HuishangError, InternalError, MessageInvalid
from signaling.errors import MediaTypeUnsupported, MethodNotAllowed, PathNotFound, body_of, headers_of, log_line
from signaling.media_session import CORS, FRAGMENT, PATHS, SDP
from signaling.metrics import EdgeMetrics

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_API_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
_FROM_AIOHTTP: Final[dict[int, type[HuishangError]]] = {
    400: MessageInvalid,
    404: PathNotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
}


def answer_errors(metrics: EdgeMetrics) -> Middleware:
    """The HTTP edge of the three kinds of error."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except HuishangError as error:
            log.info("x %s %s: %s", request.method, _route(request), log_line(error))
            response = _refusal(request, error)
        except web.HTTPException as error:
            response = _from_aiohttp(request, error)
        except ConnectionError:
            raise  # the peer is gone, there is nobody to answer
        except Exception:
            log.exception("%s %s failed", request.method, _route(request))
            response = _refusal(request, InternalError())
        metrics.requests.labels(_route(request), response.status).inc()
        return response

    return middleware


async def finish_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Headers of every answer. Pages bring a policy of their own, which stays."""
    headers = response.headers
    headers["Server"] = "huishang"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers.setdefault("Content-Security-Policy", _API_POLICY)
    headers.setdefault("Cache-Control", "no-store")
    if request.path.startswith(PATHS):
        headers.update(CORS)
    else:
        headers["Cross-Origin-Resource-Policy"] = "same-origin"


def _refusal(request: web.Request, error: HuishangError) -> web.Response:
    headers = headers_of(error)
    if isinstance(error, MediaTypeUnsupported) and request.path.startswith(PATHS):
        headers |= {"Accept-Post": SDP} if request.method == "POST" else {"Accept-Patch": FRAGMENT}
    if error.status == 426:
        headers |= {"Upgrade": "websocket", "Connection": "Upgrade"}
    return web.Response(
        body=msgspec.json.encode(body_of(error)), status=error.status, headers=headers, content_type="application/json"
    )


def _from_aiohttp(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    """What aiohttp itself refuses: no such path, no such method, a body over the limit, a broken upgrade."""
    kind = _FROM_AIOHTTP.get(error.status)
    if kind is None:
        log.warning("x %s %s: aiohttp said %d", request.method, _route(request), error.status)
        kind = MessageInvalid if error.status < 500 else InternalError
    response = _refusal(request, kind(error.reason))
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


def _route(request: web.Request) -> str:
    """The pattern of the path, not the path: a label must not be chosen by the caller."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "-"
