"""Who is in a room: list, remove."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from conference.model.errors import ParticipantNotFound, RoomClosed, RoomNotFound
from conference.model.participant import ParticipantView, SourceFeed
from signaling.operation import Access, Answer, Call, Operation
from signaling.rest import models
from signaling.rest.answers import empty, json


async def list_present(call: Call) -> web.Response:
    room = await call.edge.conference.room(call.room)
    people = call.edge.conference.participants(room.id)
    return json(models.Participants(participants=[_participant(view) for view in people]))


async def remove(call: Call) -> web.Response:
    await call.edge.conference.remove(call.room, call.participant, by="admin")
    return empty(204)


def _participant(view: ParticipantView) -> models.Participant:
    return models.Participant(
        id=view.id,
        identity=view.identity,
        name=view.name,
        role=view.role,
        kind=view.kind,
        presence=view.presence.value,
        joined_at=datetime.fromtimestamp(view.joined_at_ms / 1000, UTC),
        quality=view.quality,
        tracks=[
            models.Track(
                id=track.id,
                kind=track.kind.value,
                source=track.source.value,
                muted=track.muted,
                blocked=track.blocked,
                receiving=track.receiving,
            )
            for track in view.tracks
        ],
        feed=_feed(view.feed) if view.feed is not None else None,
        audience=view.audience,
    )


def _feed(feed: SourceFeed) -> models.Feed:
    return models.Feed(
        source=feed.source,
        kind=feed.kind,
        state=feed.status.state,
        cause=feed.status.cause,
        since=datetime.fromtimestamp(feed.status.since_ms / 1000, UTC),
    )


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/api/v1/rooms/{room}/participants",
        id="listParticipants",
        summary="List who is in a room",
        access=Access.ADMIN,
        handler=list_present,
        answers=(Answer(status=200, text="The participants", body=models.Participants),),
        errors=(RoomNotFound, RoomClosed),
    ),
    Operation(
        method="DELETE",
        path="/api/v1/rooms/{room}/participants/{participant}",
        id="removeParticipant",
        summary="Remove somebody; the token they came with is revoked",
        access=Access.ADMIN,
        handler=remove,
        answers=(Answer(status=204, text="Removed"),),
        errors=(RoomNotFound, RoomClosed, ParticipantNotFound),
    ),
)
