"""The simple RTMP handshake (RTMP 1.0 section 5.2), server side. S1 carries version zero: a client that knows the
signed form sees that we do not use it and checks nothing."""

import os
from collections.abc import Callable
from typing import Final

from conference.sources.worker.rtmp.errors import RtmpError

VERSION: Final = 3
SIZE_BYTES: Final = 1536
TOTAL_BYTES: Final = 1 + 2 * SIZE_BYTES


class Handshake:
    """Fed with what came; `done` tells that the chunk stream begins."""

    def __init__(self, random: Callable[[int], bytes] = os.urandom) -> None:
        self._random = random
        self._answered = False
        self.done = False

    def receive(self, unread: bytearray) -> bytes:
        """Takes its bytes off the front of `unread`; what must be sent. Raises RtmpError for another version."""
        if unread and not self._answered and unread[0] != VERSION:
            raise RtmpError("not RTMP version 3")
        answer = b""
        if not self._answered and len(unread) > SIZE_BYTES:
            c1 = bytes(unread[1 : 1 + SIZE_BYTES])
            del unread[: 1 + SIZE_BYTES]
            self._answered = True
            answer = bytes((VERSION,)) + bytes(8) + self._random(SIZE_BYTES - 8) + c1
        if self._answered and len(unread) >= SIZE_BYTES:
            del unread[:SIZE_BYTES]  # C2 repeats S1; clients fill it with anything.
            self.done = True
        return answer
