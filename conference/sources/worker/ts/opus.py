"""Opus in a transport stream: packets behind control headers (ETSI TS 103 491 / the Opus in MPEG-TS draft)."""

from collections.abc import Iterator
from typing import Final

CLOCK_HZ: Final = 48_000
_FRAME_US: Final = (
    *(10_000, 20_000, 40_000, 60_000) * 3,
    *(10_000, 20_000) * 2,
    *(2_500, 5_000, 10_000, 20_000) * 4,
)


def packets(data: bytes) -> Iterator[bytes]:
    """The Opus packets of a unit; ends where the unit stops making sense."""
    at = 0
    while at + 2 <= len(data) and data[at] == 0x7F and data[at + 1] & 0xE0 == 0xE0:
        flags = data[at + 1]
        at += 2
        size = 0
        while at < len(data):
            octet = data[at]
            at += 1
            size += octet
            if octet != 0xFF:
                break
        at += 2 * (flags >> 4 & 1) + 2 * (flags >> 3 & 1)
        if flags & 0x04:
            if at >= len(data):
                return
            at += 1 + data[at]
        if not size or at + size > len(data):
            return
        yield data[at : at + size]
        at += size


def duration_us(packet: bytes) -> int:
    """RFC 6716 section 3.1; 0 for a packet that does not tell."""
    code = packet[0] & 3
    if code == 3:
        return _FRAME_US[packet[0] >> 3] * (packet[1] & 0x3F) if len(packet) > 1 else 0
    return _FRAME_US[packet[0] >> 3] * (1 if code == 0 else 2)
