"""WHEP (draft-ietf-wish-whep): a player watches a room by one HTTP POST, with a receive-only offer."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from signaling.media_session import created, operations, read_offer
from signaling.operation import Call


async def play(call: Call) -> web.Response:
    offer = await read_offer(call)
    return created(call, await call.edge.conference.whep(call.grant, offer))


OPERATIONS: Final = operations("whep", summary="Watch a room (draft-ietf-wish-whep)", post=play)
