"""H.264 over RTP, packetisation mode 1 (RFC 6184): single NAL units, STAP-A for small ones, FU-A for large ones."""

import struct
from typing import Final

from conference.sources.worker.media.rtp import HEADER_BYTES, MAX_PAYLOAD_BYTES, RtpStream

_STAP_A, _FU_A = 24, 28
_PIECE: Final = MAX_PAYLOAD_BYTES - 2
"""Of a NAL unit in one FU-A packet: two bytes are its indicator and header."""
_SMALL: Final = 300
"""NAL units up to this size are put together: parameter sets, SEI, the skip pictures of a still scene's slices."""
_FU_HEAD: Final = struct.Struct("!HBBHIIBB")
_FU_LENGTH: Final = HEADER_BYTES + 2
_START, _END = 0x80, 0x40

Chunk = bytes | memoryview


def packetise(stream: RtpStream, nals: list[memoryview], timestamp: int) -> list[list[Chunk]]:
    """The packets of one access unit, each as the pieces to be joined, its length in front. The last has the marker.

    NAL units come without start codes. Takes sequence numbers from the stream.
    """
    packets: list[list[Chunk]] = []
    last = len(nals) - 1
    group: list[memoryview] = []
    room = MAX_PAYLOAD_BYTES - 1
    for index, nal in enumerate(nals):
        size = len(nal)
        if size <= _SMALL and index != last:
            if room < size + 2:
                packets.append(_aggregate(stream, group, timestamp, marker=False))
                group, room = [], MAX_PAYLOAD_BYTES - 1
            group.append(nal)
            room -= size + 2
            continue
        if group:
            if size + 2 <= room:
                packets.append(_aggregate(stream, [*group, nal], timestamp, marker=index == last))
                group, room = [], MAX_PAYLOAD_BYTES - 1
                continue
            packets.append(_aggregate(stream, group, timestamp, marker=False))
            group, room = [], MAX_PAYLOAD_BYTES - 1
        if size <= MAX_PAYLOAD_BYTES:
            packets.append([stream.packet(bytes(nal), timestamp, marker=index == last)])
        else:
            _fragment(stream, nal, timestamp, packets, marker=index == last)
    return packets


def _aggregate(stream: RtpStream, nals: list[memoryview], timestamp: int, *, marker: bool) -> list[Chunk]:
    """Section 5.7.1. One NAL unit alone needs no aggregation."""
    if len(nals) == 1:
        return [stream.packet(bytes(nals[0]), timestamp, marker=marker)]
    importance = max(nal[0] & 0x60 for nal in nals)
    payload = bytearray([importance | _STAP_A])
    for nal in nals:
        payload += len(nal).to_bytes(2, "big")
        payload += nal
    return [stream.packet(bytes(payload), timestamp, marker=marker)]


def _fragment(stream: RtpStream, nal: memoryview, timestamp: int, packets: list[list[Chunk]], *, marker: bool) -> None:
    """Section 5.8. The hot path: one struct and one slice for each packet."""
    first = nal[0]
    indicator, kind = first & 0x60 | _FU_A, first & 0x1F
    size, at = len(nal), 1
    pack, ssrc, payload_type, seq = _FU_HEAD.pack, stream.ssrc, stream.payload_type, stream.seq
    fu = kind | _START
    while size - at > _PIECE:
        packets.append(
            [
                pack(_FU_LENGTH + _PIECE, 0x80, payload_type, seq, timestamp, ssrc, indicator, fu),
                nal[at : at + _PIECE],
            ]
        )
        seq = (seq + 1) & 0xFFFF
        at += _PIECE
        fu = kind
    packets.append(
        [
            pack(_FU_LENGTH + size - at, 0x80, payload_type | marker << 7, seq, timestamp, ssrc, indicator, fu | _END),
            nal[at:],
        ]
    )
    stream.seq = (seq + 1) & 0xFFFF
