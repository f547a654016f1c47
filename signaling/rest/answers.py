"""Shapes of an answer."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web
from pydantic import BaseModel


def json(body: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """A JSON answer in the interface's spelling (camelCase)."""
    return web.Response(
        body=body.model_dump_json(by_alias=True).encode(),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def empty(status: int) -> web.Response:
    """No body."""
    return web.Response(status=status)
