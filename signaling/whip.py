"""WHIP (RFC 9725): an encoder publishes into a room by one HTTP POST."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from signaling.media_session import created, room_offer, room_operations
from signaling.operation import Call


async def publish(call: Call) -> web.Response:
    offer = await room_offer(call)
    return created(call, await call.edge.conference.whip(call.grant, offer))


OPERATIONS: Final = room_operations("whip", summary="Publish into a room (RFC 9725)", post=publish)
