"""RTMPS after its admission: the gate keeps the TLS session and moves the clear bytes to the publisher's process."""

import socket
from collections.abc import Callable
from typing import Final

from conference.children.worker.loop import Loop
from conference.sources.worker.rtmp.channel import Channel, ClearChannel

MAX_WAITING_BYTES: Final = 256 << 10
"""In each direction; beyond that nothing more is read."""

_READ_BYTES: Final = 64 << 10
_READS_PER_TURN: Final = 8


class Pump:
    """`over(pump)` once, when either end is gone; by then both are closed."""

    def __init__(self, outside: Channel, inside: socket.socket, *, loop: Loop, over: Callable[["Pump"], None]) -> None:
        self._outside, self._inside = outside, ClearChannel(inside)
        self._to_inside, self._to_outside = bytearray(), bytearray()
        self._loop = loop
        self._over = over
        self._outside_ended = self._closed = False

    def start(self) -> None:
        """Moves bytes from now on; the TLS layer may hold some already."""
        self._turn()

    def close(self) -> None:
        """Both ends."""
        if self._closed:
            return
        self._closed = True
        for end in (self._outside, self._inside):
            self._loop.unwatch(end.fileno())
            end.close()
        self._over(self)

    def _turn(self) -> None:
        try:
            if self._outside_ended:
                del self._to_inside[: self._inside.send(self._to_inside)]
            elif not _move(self._outside, self._inside, self._to_inside):
                self._outside_ended = True
            inside_ended = not _move(self._inside, self._outside, self._to_outside)
        except OSError:
            inside_ended = True
        # What the publisher sent before it left still has a reader; nobody waits for what we sent it.
        if inside_ended or (self._outside_ended and not self._to_inside):
            self.close()
            return
        self._watch(self._outside, self._to_inside, self._to_outside, reads=not self._outside_ended)
        self._watch(self._inside, self._to_outside, self._to_inside, reads=True)

    def _watch(self, end: Channel, read_into: bytearray, write_from: bytearray, *, reads: bool) -> None:
        writes = bool(write_from) or end.wants_write
        if reads and len(read_into) < MAX_WAITING_BYTES:
            self._loop.watch(end.fileno(), self._turn, write=self._turn if writes else None)
        else:
            # The loop has no watch for writing alone. The other end wakes us when it takes more.
            self._loop.unwatch(end.fileno())


def _move(source: Channel, target: Channel, waiting: bytearray) -> bool:
    """False at the end of `source`; what came before it is then sent or `waiting`."""
    for _ in range(_READS_PER_TURN):
        if waiting:
            del waiting[: target.send(waiting)]
        if len(waiting) >= MAX_WAITING_BYTES:
            return True
        data = source.receive(_READ_BYTES)
        if data is None:
            break
        if not data:
            return False
        waiting += data
    if waiting:
        del waiting[: target.send(waiting)]
    return True
