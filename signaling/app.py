"""The application: every operation behind its guard, every error with its code, every background task with its end."""

from __future__ import annotations

import asyncio
import functools
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as package_version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web
from prometheus_client.registry import Collector

from conference.ports import TokenStore
from config.settings import AuthSettings, HttpSettings
from signaling import ingest, web_client, whep, whip
from signaling.auth import AdminKey, TokenAuthority
from signaling.desks import Desks
from signaling.edge import Edge
from signaling.handshake import Sockets
from signaling.http_log import HTTP_LOG
from signaling.limits import MAX_WAITING_SOCKETS
from signaling.metrics import (
    ConferenceCollector,
    EdgeMetrics,
    FilmCollector,
    LoopHeart,
    RecordingCollector,
    SourceCollector,
    StorageCollector,
    WallCollector,
)
from signaling.middleware import answer_errors, finish_headers
from signaling.openapi import document
from signaling.operation import Access, Answer, Call, Operation, admit
from signaling.pages import Pages
from signaling.readiness import Check, Readiness
from signaling.recordings.tickets import COMPOSED_PURPOSE, COMPOSED_TTL_S, PURPOSE, Tickets
from signaling.rest import (
    alarms,
    composed_play,
    health,
    invitation,
    participants,
    recording_bytes,
    recording_switch,
    recordings,
    rooms,
    scenes,
    source_care,
    source_keys,
    sources,
    tokens,
)
from signaling.rest import composed as rest_composed
from signaling.rest import films as rest_films
from signaling.rest import walls as walls_rest
from signaling.session import SessionLimits, SessionParts
from signaling.views import Words

if TYPE_CHECKING:
    from conference.service import Conference

EDGE: Final = web.AppKey("edge", Edge)
BACKLOG: Final = 1024
"""Connections the kernel may hold for us: a hall of people opens the page in the same second."""
_KEEPALIVE_S: Final = 75.0


async def openapi(call: Call) -> web.Response:
    del call
    return web.Response(body=_document(), content_type="application/json", headers={"Cache-Control": "no-cache"})


OPERATIONS: Final[tuple[Operation, ...]] = (
    *rooms.OPERATIONS,
    *tokens.OPERATIONS,
    *participants.OPERATIONS,
    *sources.OPERATIONS,
    *source_care.OPERATIONS,
    *source_keys.OPERATIONS,
    *recordings.OPERATIONS,
    *recording_bytes.OPERATIONS,
    *rest_films.OPERATIONS,
    *recording_switch.OPERATIONS,
    *rest_composed.OPERATIONS,
    *composed_play.OPERATIONS,
    *walls_rest.OPERATIONS,
    *scenes.OPERATIONS,
    *alarms.OPERATIONS,
    *invitation.OPERATIONS,
    Operation(
        method="GET",
        path="/api/openapi.json",
        id="openapi",
        summary="This document",
        access=Access.OPEN,
        handler=openapi,
        answers=(Answer(status=200, text="OpenAPI 3.1", content_type="application/json"),),
    ),
    *health.OPERATIONS,
    *whip.OPERATIONS,
    *whep.OPERATIONS,
    *ingest.OPERATIONS,
    *web_client.OPERATIONS,
)


def make_app(
    *,
    conference: Conference,
    tokens: TokenStore,
    authority: TokenAuthority,
    admin: AdminKey,
    http: HttpSettings,
    auth: AuthSettings,
    dist: Path,
    checks: Mapping[str, Check],
    wall_s: Callable[[], float] = time.time,
    limits: SessionLimits | None = None,
    max_waiting_sockets: int = MAX_WAITING_SOCKETS,
    desks: Desks | None = None,
) -> web.Application:
    """The edge as an aiohttp application; needs a running loop.

    `dist`: the built web client. `checks`: the parts readiness asks beside the relay. `wall_s`: Unix time.
    `limits`: those of a socket, when they are not to follow from `http`.
    """
    desks = desks or Desks()
    metrics = _metrics(conference, desks)
    parts = SessionParts(
        conference=conference,
        authority=authority,
        metrics=metrics,
        limits=limits or _session_limits(http),
        words=Words(wall_s),
        wall_s=wall_s,
        recording=desks.recording,
        walls=desks.walls,
    )
    edge = Edge(
        conference=conference,
        tokens=tokens,
        authority=authority,
        admin=admin,
        http=http,
        auth=auth,
        metrics=metrics,
        heart=LoopHeart(metrics),
        readiness=Readiness({"relay": _relay_check(conference), **checks}, beside=desks.checks),
        sockets=Sockets(parts, http, max_waiting=max_waiting_sockets),
        pages=Pages(dist, frames=desks.web_allow),
        wall_s=wall_s,
        tickets=Tickets(authority.derived_key(PURPOSE)),
        composed_tickets=Tickets(authority.derived_key(COMPOSED_PURPOSE), ttl_s=COMPOSED_TTL_S),
        desks=desks,
    )
    return _application(edge)


def _metrics(conference: Conference, desks: Desks) -> EdgeMetrics:
    metrics = EdgeMetrics()
    collectors: list[Collector] = [ConferenceCollector(conference.stats)]
    if desks.sources is not None:
        collectors.append(SourceCollector(desks.sources.stats))
    if desks.recording is not None:
        collectors.append(RecordingCollector(desks.recording.stats))
    if desks.films is not None:
        collectors.append(FilmCollector(desks.films.stats))
    if desks.storage_stats is not None:
        collectors.append(StorageCollector(desks.storage_stats))
    if desks.walls is not None:
        collectors.append(WallCollector(desks.walls.stats))
    for collector in collectors:
        metrics.registry.register(collector)
    return metrics


def _application(edge: Edge) -> web.Application:
    app = web.Application(client_max_size=edge.http.body_limit_bytes, middlewares=[answer_errors(edge.metrics)])
    app[EDGE] = edge
    for operation in OPERATIONS:
        handler = _guarded(edge, operation)
        app.router.add_route(operation.method, operation.path, handler)
        if operation.method == "GET" and operation.handler is not web_client.socket:
            app.router.add_route("HEAD", operation.path, handler)
    app.on_response_prepare.append(finish_headers)
    app.on_shutdown.append(_stop_sockets)
    app.cleanup_ctx.append(_beating)
    return app


@asynccontextmanager
async def listen(
    app: web.Application, *, host: str, port: int, tls: ssl.SSLContext | None
) -> AsyncIterator[list[tuple[str, int]]]:
    """Serves the application; gives the addresses it is bound to (port 0 picks a free one). Raises OSError.

    On the way out every socket gets its goodbye first.
    """
    runner = web.AppRunner(
        app,
        access_log=None,  # the middleware counts requests; a line per request would hold addresses of people
        auto_decompress=False,  # nobody needs to compress an offer, and a bomb must not be unpacked
        keepalive_timeout=_KEEPALIVE_S,
        shutdown_timeout=1.0,
        logger=HTTP_LOG,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, ssl_context=tls, backlog=BACKLOG)
        await site.start()
        yield [(str(address[0]), int(address[1])) for address in runner.addresses]
    finally:
        await runner.cleanup()


def _guarded(edge: Edge, operation: Operation) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return await operation.handler(await admit(edge, operation.access, request))

    return handle


def _session_limits(http: HttpSettings) -> SessionLimits:
    return SessionLimits(
        json_depth=http.json_depth,
        messages_per_s=http.messages_per_s,
        message_burst=http.message_burst,
        send_queue_bytes=http.send_queue_bytes,
    )


def _relay_check(conference: Conference) -> Check:
    async def check() -> None:
        if not conference.stats().ready:
            raise RuntimeError("the relay is not ready")

    return check


async def _stop_sockets(app: web.Application) -> None:
    await app[EDGE].sockets.stop()


async def _beating(app: web.Application) -> AsyncIterator[None]:
    heart = asyncio.get_running_loop().create_task(app[EDGE].heart.run())
    yield
    heart.cancel()
    with suppress(asyncio.CancelledError):
        await heart


@functools.cache
def _document() -> bytes:
    """Made when it is first asked for: a start need not wait for it."""
    try:
        version = package_version("huishang")
    except PackageNotFoundError:  # run from a source tree that is not installed
        version = "0"
    return msgspec.json.encode(document(OPERATIONS, version=version))
