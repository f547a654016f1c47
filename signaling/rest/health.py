"""Liveness (this event loop, nothing else), readiness (which parts are degraded) and metrics."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from signaling.metrics import CONTENT_TYPE, STUCK_S
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import models
from signaling.rest.answers import json


async def health(call: Call) -> web.Response:
    if call.edge.heart.silent_s() > STUCK_S:
        return json(models.Health(status="stuck"), status=503)
    return json(models.Health(status="ok"))


async def ready(call: Call) -> web.Response:
    parts = await call.edge.readiness.parts()
    degraded = sorted(name for name, works in parts.items() if not works)
    body = models.Readiness(status="degraded" if degraded else "ready", degraded=degraded, parts=parts)
    return json(body, status=503 if set(degraded) - call.edge.readiness.beside else 200)


async def metrics(call: Call) -> web.Response:
    return web.Response(body=call.edge.metrics.expose(), headers={"Content-Type": CONTENT_TYPE})


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/healthz",
        id="health",
        summary="Whether this server's event loop runs",
        access=Access.OPEN,
        handler=health,
        answers=(
            Answer(status=200, text="It runs", body=models.Health),
            Answer(status=503, text="It did not come round for 5 s", body=models.Health),
        ),
    ),
    Operation(
        method="GET",
        path="/readyz",
        id="ready",
        summary="Which parts of the server are degraded",
        access=Access.OPEN,
        handler=ready,
        answers=(
            Answer(status=200, text="None without which there are no meetings", body=models.Readiness),
            Answer(status=503, text="Some", body=models.Readiness),
        ),
    ),
    Operation(
        method="GET",
        path="/metrics",
        id="metrics",
        summary="Prometheus metrics; without a key only from this machine itself",
        access=Access.OPERATOR,
        handler=metrics,
        answers=(Answer(status=200, text="Text format 0.0.4", content_type="text/plain"),),
    ),
)
