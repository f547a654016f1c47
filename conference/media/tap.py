"""Everything that is published in a room, in clear, for whoever writes it down: a local transport of the relay."""

import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from conference.media.forwarding import Forwardable
from conference.media.plane import Plane
from conference.media.subscriptions import Subscriptions, paired
from conference.media.words import CodecName, Want
from conference.media.worker import Worker
from conference.model.ids import ParticipantId, TrackId
from conference.model.track import Kind, LayerReason

SOCKET_BYTES: Final = 4 << 20
"""Half a second of sixty good pictures: the reader may be busy that long."""


@dataclass(frozen=True, slots=True)
class TapTrack:
    """One tapped track: its packets carry `ssrc` and `pt`. `number`: of this subscription, never used again."""

    number: int
    track: TrackId
    owner: ParticipantId
    kind: Kind
    screen: bool
    codec: CodecName
    clock_hz: int
    pt: int
    ssrc: int


@dataclass(frozen=True, slots=True)
class _Local:
    """What `Subscriptions` needs of a transport."""

    number: int
    worker: Worker


class TapConnection:
    """Subscribes to whatever `set_tracks` names, the best layer unless `set_sizes` says what is enough. `socket` gives
    a reader's end; a new one cuts the earlier reader off."""

    def __init__(self, plane: Plane, worker: Worker, *, room: int) -> None:
        """Raises ServerFull."""
        self._local = _Local(plane.number(), worker)
        worker.add_injector(self._local.number, room=room)
        self._subscriptions = Subscriptions(plane, self._local, cname=secrets.token_urlsafe(9), on_layer=_nobody)
        self._taken: dict[int, TapTrack] = {}

    @property
    def carried(self) -> list[Forwardable]:
        """What is tapped now."""
        return list(self._subscriptions.of.values())

    @property
    def tracks(self) -> list[TapTrack]:
        """What is tapped now, as its reader knows it."""
        return list(self._taken.values())

    def socket(self) -> socket.socket:
        """A reader's end (SOCK_SEQPACKET, framed as conference.sources.words says). Raises ServerFull."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
            self._local.worker.inject(self._local.number, ours.fileno())
        return theirs

    def set_tracks(self, wanted: Sequence[Forwardable]) -> bool:
        """Taps these and nothing else; True when that changed something. Raises ServerFull."""
        numbers = {source.number for source in wanted}
        held = {source.number: subscription for subscription, source in self._subscriptions.of.items()}
        gone = [subscription for number, subscription in held.items() if number not in numbers]
        for subscription in gone:
            self._subscriptions.stop(subscription)
            del self._taken[subscription]
        new = [source for source in wanted if source.number not in held]
        for source in new:
            self._take(source)
        return bool(gone or new)

    def set_sizes(self, sizes: Mapping[TrackId, tuple[int, int]]) -> None:
        """How large the reader shows each picture, in pixels: the simulcast layer that fits is sent. Pictures that are
        not named keep what they had."""
        wanted = [
            Want(number, *sizes[tapped.track])
            for number, tapped in self._taken.items()
            if tapped.kind is Kind.VIDEO and tapped.track in sizes
        ]
        self._local.worker.set_wants(wanted)

    def close(self) -> None:
        """Ends the transport and with it every subscription."""
        self._local.worker.close_transport(self._local.number)
        self._subscriptions.closed()
        self._taken.clear()

    def _take(self, source: Forwardable) -> None:
        chosen = source.publication.chosen
        sources = self._subscriptions.sources(rtx=False)
        number = self._subscriptions.start(
            source,
            mid="",
            sources=sources,
            payloads=paired(chosen, main=chosen.primary.pt, rtx=None, red=None),
            extensions=(),
        )
        self._taken[number] = TapTrack(
            number=number,
            track=source.track,
            owner=source.owner,
            kind=source.kind,
            screen=source.screen,
            codec=chosen.name,
            clock_hz=chosen.primary.clock_hz,
            pt=chosen.primary.pt,
            ssrc=sources.ssrc,
        )


def _nobody(_source: Forwardable, _layer: int | None, _temporal: int, _reason: LayerReason) -> None:
    """A reader of everything has no page that could show its layers."""
