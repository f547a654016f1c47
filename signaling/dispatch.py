"""One function per word of the client. The union is closed: a forgotten word fails the type check."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

from conference.model.errors import RecorderUnavailable, WallsOff
from conference.model.ids import ParticipantId, TrackId, WallId
from conference.model.track import Source
from conference.results import PublishRequest, Wish
from conference.seats import Seat
from signaling import protocol as wire
from signaling import wall_protocol as wall_wire
from signaling.errors import AlreadyJoined
from signaling.views import mids
from signaling.wall_words import Walls, edit_of, report_of

if TYPE_CHECKING:
    from conference.recording_desk import RecordingDesk
    from conference.service import Conference


async def dispatch(  # noqa: PLR0912 - one branch per word of a closed union
    message: wire.ClientMessage,
    *,
    seat: Seat,
    conference: Conference,
    wall_s: Callable[[], float],
    recording: RecordingDesk | None = None,
    walls: Walls | None = None,
) -> wire.ServerMessage | None:
    """Does what a seated peer asks; what comes back is its answer. `recording` None: this server records nothing;
    `walls` None: it drives no walls.

    Raises what the conference raises, and AlreadyJoined for a second join.
    """
    match message:
        case wire.Ping(sent_ms):
            return wire.Pong(sent_ms=sent_ms, server_time_ms=int(wall_s() * 1000))
        case wire.PublishOffer():
            return await _publish(message, seat, conference)
        case wire.SubscribeAnswer():
            await conference.subscribe_answer(seat, message.offer, message.sdp)
        case wire.Wants():
            _wants(message, seat, conference)
        case wire.Mute():
            conference.mute(seat, TrackId(message.track), message.muted)
        case wire.Block():
            conference.block(seat, TrackId(message.track), message.blocked)
        case wire.RecordStart():
            await _recording(recording).start(seat.room, by=seat)
        case wire.RecordStop():
            await _recording(recording).stop(seat.room, by=seat)
        case wire.RestartDown():
            conference.restart_down(seat)
        case wire.Remove():
            await conference.remove(seat.room, ParticipantId(message.participant), by=seat)
        case wall_wire.WatchWalls(on):
            _walls(walls).watch(seat, on=on)
        case wall_wire.EditWall(wall, base, edit):
            await _walls(walls).edit(seat, WallId(wall), base, edit_of(edit))
        case wall_wire.ReportWall():
            _walls(walls).report(seat, report_of(message))
        case wire.Leave():
            await conference.leave(seat)
        case wire.Join():
            raise AlreadyJoined
        case _:
            assert_never(message)
    return None


def _recording(desk: RecordingDesk | None) -> RecordingDesk:
    if desk is None:
        raise RecorderUnavailable("off")
    return desk


def _walls(walls: Walls | None) -> Walls:
    if walls is None:
        raise WallsOff
    return walls


async def _publish(message: wire.PublishOffer, seat: Seat, conference: Conference) -> wire.PublishAnswer:
    requests = [PublishRequest(mid=t.mid, source=Source(t.source), muted=t.muted) for t in message.tracks]
    result = await conference.publish(seat, message.sdp, requests)
    return wire.PublishAnswer(offer=message.offer, sdp=result.answer_sdp, tracks=mids(result.tracks))


def _wants(message: wire.Wants, seat: Seat, conference: Conference) -> None:
    wishes = [Wish(track=TrackId(w.track), width=w.width, height=w.height, priority=w.priority) for w in message.tracks]
    conference.wants(seat, wishes)
