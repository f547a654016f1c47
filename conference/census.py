"""Numbers: of the conference, for /metrics and /readyz; of sources, for the rooms they are in."""

from collections.abc import Collection, Iterable, Mapping

from conference.live import LiveRoom
from conference.media.plane import Plane
from conference.model.ids import SourceId
from conference.model.outgoing import SourcesMeasured
from conference.model.source import Measured
from conference.results import ServerStats


def server_stats(plane: Plane, rooms: Collection[LiveRoom], *, sessions: int) -> ServerStats:
    """`rooms`: those with somebody in them. `sessions`: of WHIP and WHEP."""
    relay = plane.stats()
    members = [member for live in rooms for member in live.members.values()]
    return ServerStats(
        rooms=len(rooms),
        participants=len(members),
        seats_detached=sum(member.detached_s is not None for member in members),
        sessions=sessions,
        transports=relay.transports,
        publications=relay.tracks,
        subscriptions=relay.subscriptions,
        handshakes_started=relay.handshakes_started,
        handshakes_failed=relay.handshakes_failed,
        joins_refused=relay.refused,
        workers_alive=relay.workers_alive,
        relay_received_packets=relay.received_packets,
        relay_sent_packets=relay.sent_packets,
        relay_send_calls=relay.send_calls,
        relay_cpu_us=relay.cpu_us,
        relay_drops=relay.drops,
        ready=relay.workers_alive == len(plane.workers),
    )


def tell_measured(rooms: Iterable[LiveRoom], measured: Mapping[SourceId, Measured]) -> None:
    """To each room what was measured of the sources in it."""
    for live in rooms:
        sources = [m for m in live.members.values() if m.link is not None and m.link.feed.source in measured]
        people = [m for m in live.members.values() if m.sink is not None]
        if sources and people:
            numbers = tuple((m.id, measured[m.link.feed.source]) for m in sources if m.link is not None)
            message = SourcesMeasured(numbers)
            for member in people:
                member.deliver(message)
