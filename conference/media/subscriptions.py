"""Subscriptions of one transport: what the relay sends to it, and under which numbers."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from conference.media.codecs import Chosen, Format
from conference.media.forwarding import Forwardable
from conference.media.plane import Plane
from conference.media.words import Extension, Payload
from conference.media.worker import Worker
from conference.model.track import LayerReason

LayerListener = Callable[[Forwardable, int | None, int, LayerReason], None]
"""track, layer, temporal layer, why."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The SSRCs of one subscription; never used twice on a transport, because a restarted sequence under old SRTP keys
    would repeat a nonce (RFC 7714 section 8.3)."""

    ssrc: int
    rtx_ssrc: int | None


class Carrier(Protocol):
    """What carries subscriptions: a transport, or a tap."""

    @property
    def number(self) -> int: ...

    @property
    def worker(self) -> Worker: ...


class Subscriptions:
    """`of`: subscription number -> what it carries."""

    def __init__(self, plane: Plane, transport: Carrier, *, cname: str, on_layer: LayerListener) -> None:
        self._on_layer = on_layer
        self._plane = plane
        self._transport = transport
        self._used: set[int] = set()
        self.cname = cname
        self.of: dict[int, Forwardable] = {}

    def sources(self, *, rtx: bool) -> Sources:
        """Fresh SSRCs."""
        return Sources(self._ssrc(), self._ssrc() if rtx else None)

    def start(
        self,
        source: Forwardable,
        *,
        mid: str,
        sources: Sources,
        payloads: tuple[tuple[int, Payload], ...],
        extensions: tuple[Extension, ...],
    ) -> int:
        """Returns the subscription's number. Raises ServerFull."""
        number = self._plane.number()
        self._transport.worker.subscribe(
            self._transport.number,
            number,
            source.number,
            mid=mid,
            ssrc=sources.ssrc,
            rtx_ssrc=sources.rtx_ssrc,
            payloads=payloads,
            extensions=extensions,
            cname=self.cname,
            screen=source.screen,
        )
        self.of[number] = source
        self._plane.routes.layer[number] = partial(self._on_layer, source)
        return number

    def stop(self, number: int) -> None:
        """Idempotent."""
        if self.of.pop(number, None) is not None:
            del self._plane.routes.layer[number]
            self._transport.worker.unsubscribe(number)

    def closed(self) -> None:
        """The transport is gone, and every subscription with it."""
        for number in self.of:
            del self._plane.routes.layer[number]
        self.of.clear()

    def _ssrc(self) -> int:
        while True:
            ssrc = secrets.randbits(32)
            if ssrc != 0 and ssrc not in self._used:
                self._used.add(ssrc)
                return ssrc


def paired(chosen: Chosen, *, main: int, rtx: int | None, red: int | None) -> tuple[tuple[int, Payload], ...]:
    """The publisher's payload types paired with what the subscriber calls the same codecs."""
    found = [(chosen.primary.pt, Payload(main, chosen.name, chosen.primary.clock_hz, rtx))]
    if chosen.red is not None and red is not None:
        found.append((chosen.red.pt, Payload(red, "red", chosen.red.clock_hz)))
    return tuple(found)


def format_of(source: Forwardable) -> Format:
    """The format of a track's media."""
    return Format.of(source.publication.chosen.primary)
