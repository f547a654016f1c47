"""Opus out of RTP (RFC 7587): a payload is a packet. How long it lasts: RFC 6716 section 3.1."""

from typing import Final

MAX_PACKET_BYTES: Final = 7664
"""120 ms of the longest frames (RFC 6716 section 3.4)."""
_MAX_US: Final = 120_000
_SILK_US: Final = (10_000, 20_000, 40_000, 60_000)
_HYBRID_US: Final = (10_000, 20_000)
_CELT_US: Final = (2_500, 5_000, 10_000, 20_000)


def _frame_us(config: int) -> int:
    if config < 12:
        return _SILK_US[config & 3]
    return _HYBRID_US[config & 1] if config < 16 else _CELT_US[config & 3]


_FRAMES_US: Final = tuple(_frame_us(config) for config in range(32))


def duration_us(packet: bytes) -> int | None:
    """None: this is no Opus packet."""
    if not packet or len(packet) > MAX_PACKET_BYTES:
        return None
    head = packet[0]
    code = head & 3
    counts = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)
    count = counts[code]
    if not count or (code == 1 and not len(packet) & 1):
        return None
    us = _FRAMES_US[head >> 3] * count
    return us if us <= _MAX_US else None
