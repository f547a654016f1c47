"""RTCP (RFC 3550 §6): sender reports are read, receiver reports written."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SENDER_REPORT: Final = 200
_RECEIVER_REPORT: Final = 201
_SOURCE_DESCRIPTION: Final = 202
_NTP_EPOCH_S: Final = 2_208_988_800
"""From 1900 to 1970."""
_SENDER = struct.Struct("!IIII")


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`ntp_us`: Unix time of the camera, µs; `compact_ntp`: the middle 32 bits of its NTP time, for the answer."""

    ssrc: int
    ntp_us: int
    compact_ntp: int
    timestamp: int


def sender_reports(data: bytes, start: int, end: int) -> Iterator[SenderReport]:
    """Of a compound packet; stops where it is malformed."""
    while start + 8 <= end and data[start] >> 6 == 2:
        stop = start + 4 + (data[start + 2] << 8 | data[start + 3]) * 4
        if stop > end:
            return
        if data[start + 1] == SENDER_REPORT and stop - start >= 28:
            ssrc, seconds, fraction, timestamp = _SENDER.unpack_from(data, start + 4)
            ntp_us = 0
            if seconds:  # 0: a camera without a clock
                seconds += (1 << 32) * (seconds < 1 << 31)  # era 1 begins in 2036 (RFC 5905 §6)
                ntp_us = (seconds - _NTP_EPOCH_S) * 1_000_000 + (fraction * 1_000_000 >> 32)
            yield SenderReport(ssrc, ntp_us, (seconds & 0xFFFF) << 16 | fraction >> 16, timestamp)
        start = stop


@dataclass(frozen=True, slots=True)
class Block:
    """What we say about one source (RFC 3550 §6.4.1), without jitter. `fraction_lost` of 256; `delay`: 1/65536 s."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    last_report: int
    delay: int


def receiver_report(own_ssrc: int, block: Block) -> bytes:
    """RR and SDES with an empty CNAME."""
    lost = max(-(1 << 23), min(block.lost, (1 << 23) - 1)) & 0xFF_FFFF
    report = struct.pack(
        "!BBHIIIIIII",
        0x81,
        _RECEIVER_REPORT,
        7,
        own_ssrc,
        block.ssrc,
        block.fraction_lost << 24 | lost,
        block.highest & 0xFFFF_FFFF,
        0,
        block.last_report,
        min(block.delay, 0xFFFF_FFFF),
    )
    return report + struct.pack("!BBHIBBH", 0x81, _SOURCE_DESCRIPTION, 2, own_ssrc, 1, 0, 0)
