"""WHEP (draft-ietf-wish-whep): a player watches a room by one HTTP POST, with a receive-only offer."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from conference.model.errors import ParticipantNotFound
from conference.model.ids import ParticipantId
from signaling.limits import ID_PATTERN, is_id
from signaling.media_session import created, room_offer, room_operations
from signaling.operation import Call, Query


async def play(call: Call) -> web.Response:
    only = _only(call)
    offer = await room_offer(call)
    return created(call, await call.edge.conference.whep(call.grant, offer, only=only))


def _only(call: Call) -> ParticipantId | None:
    raw = call.request.query.get("participant")
    if raw is None:
        return None
    if not is_id(raw):
        raise ParticipantNotFound
    return ParticipantId(raw)


_ONLY: Final = Query(
    name="participant", text="Watch this participant and nobody else", schema={"type": "string", "pattern": ID_PATTERN}
)
OPERATIONS: Final = room_operations(
    "whep",
    summary="Watch a room (draft-ietf-wish-whep)",
    post=play,
    query=(_ONLY,),
    errors=(ParticipantNotFound,),
)
