"""From RTP payloads to access units and audio frames, one module per payload format. None does I/O."""

from collections.abc import Callable
from typing import Protocol

Emit = Callable[[bytes, int, bool], None]
"""What became whole: its bytes, its RTP timestamp, and whether packets of it are missing."""


class Depacketiser(Protocol):
    """Takes the payloads of one track in the order of their sequence numbers. Never raises for bad ones."""

    def push(self, data: bytes, start: int, end: int, timestamp: int, marker: bool) -> None:
        """The payload is data[start:end]; it is not empty."""
        ...

    def gap(self) -> None:
        """Packets are missing between the last push and the next one."""
        ...

    def reset(self) -> None:
        """Another stream begins: what is not whole is dropped."""
        ...
