"""Media over UDP, received on sockets that the core has bound.

The child may neither connect a socket nor send to an address, so each datagram is judged by where it comes from: the
pinned address of the camera and, when it told them, its ports. No receiver reports go out on them, and no packets that
would open a firewall: keep-alive goes by RTSP, and between a camera and its recorder nothing translates addresses.
"""

import socket
from collections.abc import Callable
from typing import Final

MAX_DATAGRAM_BYTES: Final = 65_535
_MAX_PER_TURN: Final = 128


class Port:
    """One socket. `take(data, start, end)` gets each datagram that is the camera's."""

    def __init__(self, held: socket.socket, peer: str, take: Callable[[bytes, int, int], None]) -> None:
        self._held = held
        self._peer = peer
        self._take = take
        self.peer_port: int | None = None

    def ready(self) -> None:
        """Reads what is there, up to 128 datagrams."""
        for _ in range(_MAX_PER_TURN):
            try:
                data, source = self._held.recvfrom(MAX_DATAGRAM_BYTES)
            except OSError:
                return
            if source[0] == self._peer and self.peer_port in (None, source[1]):
                self._take(data, 0, len(data))
