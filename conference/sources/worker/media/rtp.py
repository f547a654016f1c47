"""RTP streams as the relay takes them: packets behind a 16-bit length, several in one datagram (RFC 3550, RFC 4571)."""

import secrets
import struct
from collections.abc import Iterator
from typing import Final

MAX_PACKET_BYTES: Final = 1200
HEADER_BYTES: Final = 12
MAX_PAYLOAD_BYTES: Final = MAX_PACKET_BYTES - HEADER_BYTES
MAX_DATAGRAM_BYTES: Final = 65_535
_NTP_EPOCH_S: Final = 2_208_988_800
_HEAD: Final = struct.Struct("!HBBHII")
_SENDER_REPORT: Final = struct.Struct("!HBBHIIIIII")
_RTCP_SR: Final = 200
_RTCP_PSFB: Final = 206
_PLI, _FIR = 1, 4
_CNAME: Final = b"source"


class RtpStream:
    """The identity of one stream: SSRC, payload type, sequence numbers, and what its sender reports tell."""

    __slots__ = ("_packets", "_payload_bytes", "clock_hz", "payload_type", "seq", "ssrc")

    def __init__(self, payload_type: int, clock_hz: int) -> None:
        self.ssrc = secrets.randbits(32) or 1
        self.payload_type = payload_type
        self.clock_hz = clock_hz
        # RFC 3711 3.3.1: a start in the lower half leaves no doubt about the first wrap.
        self.seq = secrets.randbits(15)
        self._packets = 0
        self._payload_bytes = 0

    @property
    def sent(self) -> bool:
        return self._packets > 0

    def packet(self, payload: bytes, timestamp: int, *, marker: bool) -> bytes:
        """One packet with its length in front."""
        seq = self.seq
        self.seq = (seq + 1) & 0xFFFF
        return (
            _HEAD.pack(HEADER_BYTES + len(payload), 0x80, self.payload_type | marker << 7, seq, timestamp, self.ssrc)
            + payload
        )

    def count(self, packets: int, payload_bytes: int) -> None:
        """For the sender report."""
        self._packets = (self._packets + packets) & 0xFFFFFFFF
        self._payload_bytes = (self._payload_bytes + payload_bytes) & 0xFFFFFFFF

    def sender_report(self, wall_s: float, timestamp: int) -> bytes:
        """RFC 3550 section 6.4.1 with the CNAME that a compound packet needs (6.1), with its length in front."""
        seconds = int(wall_s)
        fraction = int((wall_s - seconds) * (1 << 32)) & 0xFFFFFFFF
        report = _SENDER_REPORT.pack(
            28 + len(_SDES),
            0x80,
            _RTCP_SR,
            6,
            self.ssrc,
            (seconds + _NTP_EPOCH_S) & 0xFFFFFFFF,
            fraction,
            timestamp,
            self._packets,
            self._payload_bytes,
        )
        return report + struct.pack("!BBHI", 0x81, 202, len(_SDES) // 4 - 1, self.ssrc) + _SDES[8:]


def _sdes() -> bytes:
    """One chunk: header and SSRC left blank, CNAME item, padded to 32 bits (RFC 3550 section 6.5)."""
    items = b"\x01" + bytes([len(_CNAME)]) + _CNAME + b"\0"
    return bytes(8) + items + bytes(-len(items) % 4)


_SDES: Final = _sdes()


def split(datagram: bytes) -> Iterator[bytes]:
    """The packets of one datagram of the relay; stops where the lengths make no sense."""
    at = 0
    while at + 2 <= len(datagram):
        size = int.from_bytes(datagram[at : at + 2], "big")
        if at + 2 + size > len(datagram):
            return
        yield datagram[at + 2 : at + 2 + size]
        at += 2 + size


def keyframe_requests(packet: bytes) -> set[int]:
    """SSRCs for which this compound RTCP packet wants a keyframe: PLI (RFC 4585 6.3.1), FIR (RFC 5104 4.3.1)."""
    wanted: set[int] = set()
    at = 0
    while at + 4 <= len(packet):
        size = 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
        if packet[at] >> 6 != 2 or at + size > len(packet):
            break
        if packet[at + 1] == _RTCP_PSFB:
            kind = packet[at] & 0x1F
            if kind == _PLI and size >= 12:
                wanted.add(int.from_bytes(packet[at + 8 : at + 12], "big"))
            elif kind == _FIR:
                wanted.update(int.from_bytes(packet[i : i + 4], "big") for i in range(at + 12, at + size - 7, 8))
        at += size
    return wanted
