"""Packets into the order of their sequence numbers; holes are waited for, then given up (RFC 3550 appendix A.1)."""

from collections.abc import Callable
from typing import Final

MAX_WAIT_US: Final = 500_000
_MAX_HELD: Final = 2048
_MAX_HELD_BYTES: Final = 768 << 10
_MAX_AHEAD: Final = 3000
"""A step further than this is not loss but another numbering; MAX_DROPOUT of the RFC."""
_MAX_BEHIND: Final = 1000

Packet = tuple[int, int, bool, bytes, int]
"""seq, timestamp, marker, payload, arrival."""


class Reorder:
    """`deliver(timestamp, marker, payload, arrived_us)` in order; `lost(count)` where packets are given up;
    `restarted()` before the first packet of a new numbering."""

    __slots__ = (
        "_begun",
        "_deliver",
        "_expected",
        "_held",
        "_held_bytes",
        "_lost",
        "_max_wait_us",
        "_restarted",
        "_strange",
        "hole_since_us",
    )

    def __init__(
        self,
        deliver: Callable[[int, bool, bytes, int], None],
        lost: Callable[[int], None],
        restarted: Callable[[], None],
        *,
        max_wait_us: int = MAX_WAIT_US,
    ) -> None:
        self._max_wait_us = max_wait_us
        self._deliver = deliver
        self._lost = lost
        self._restarted = restarted
        self._expected = 0
        self._begun = False
        self._held: dict[int, Packet] = {}
        self._held_bytes = 0
        self._strange: Packet | None = None
        self.hole_since_us: int | None = None
        """When the first packet behind the present hole came."""

    def push(self, seq: int, timestamp: int, marker: bool, payload: bytes, now_us: int) -> None:
        if seq == self._expected and not self._held and self._begun:
            self._expected = (seq + 1) & 0xFFFF
            self._deliver(timestamp, marker, payload, now_us)
            return
        if not self._begun:
            self._begun, self._expected = True, seq
        ahead = (seq - self._expected) & 0xFFFF
        packet = (seq, timestamp, marker, payload, now_us)
        if ahead <= _MAX_AHEAD:
            self._hold(packet, now_us)
        elif ahead < 0x10000 - _MAX_BEHIND:
            self._judge(packet, now_us)
        # Otherwise it is late or a duplicate.

    def distance(self, seq: int) -> int | None:
        """How far this number lies from the expected one, signed; None before the first packet."""
        if not self._begun:
            return None
        return ((seq - self._expected + 0x8000) & 0xFFFF) - 0x8000

    def tick(self, now_us: int) -> None:
        """Gives up holes that are too old."""
        while self.hole_since_us is not None and now_us - self.hole_since_us >= self._max_wait_us:
            self._give_up()

    def flush(self) -> None:
        """Delivers what waits, whatever is missing."""
        while self._held:
            self._give_up()

    def restart(self) -> None:
        """What waits belongs to the old numbering and is delivered; the next packet begins a new one."""
        self.flush()
        self._begun = False
        self._strange = None

    def _hold(self, packet: Packet, now_us: int) -> None:
        self._strange = None
        if packet[0] in self._held:
            return
        self._held[packet[0]] = packet
        self._held_bytes += len(packet[3])
        self._drain()
        if self._held and self.hole_since_us is None:
            self.hole_since_us = now_us
        if len(self._held) > _MAX_HELD or self._held_bytes > _MAX_HELD_BYTES:
            self._give_up()

    def _judge(self, packet: Packet, now_us: int) -> None:
        """Two packets in a row with strange numbers are a new numbering; one alone is a stray."""
        strange, self._strange = self._strange, packet
        if strange is None or (strange[0] + 1) & 0xFFFF != packet[0]:
            return
        self.restart()
        self._restarted()
        for seq, timestamp, marker, payload, _ in (strange, packet):
            self.push(seq, timestamp, marker, payload, now_us)

    def _drain(self) -> None:
        while (packet := self._held.pop(self._expected, None)) is not None:
            self._held_bytes -= len(packet[3])
            self._expected = (self._expected + 1) & 0xFFFF
            self._deliver(packet[1], packet[2], packet[3], packet[4])
        self.hole_since_us = min(held[4] for held in self._held.values()) if self._held else None

    def _give_up(self) -> None:
        """The present hole is lost; goes on behind it."""
        expected = self._expected
        missing = min((seq - expected) & 0xFFFF for seq in self._held)
        self._lost(missing)
        self._expected = (expected + missing) & 0xFFFF
        self._drain()
