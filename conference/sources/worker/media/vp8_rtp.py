"""VP8 over RTP (RFC 7741): descriptor with a 15-bit picture id, one partition."""

from typing import Final

from conference.sources.worker.media.rtp import MAX_PAYLOAD_BYTES, RtpStream

_DESCRIPTOR_BYTES: Final = 4
_PIECE: Final = MAX_PAYLOAD_BYTES - _DESCRIPTOR_BYTES


def packetise(stream: RtpStream, frame: bytes, picture_id: int, timestamp: int) -> list[bytes]:
    """The packets of one frame with their lengths in front; marker on the last one. Section 4.2: X and I bits set, S on
    the first packet."""
    tail = bytes([0x80, 0x80 | (picture_id >> 8) & 0x7F, picture_id & 0xFF])
    packets = []
    for at in range(0, len(frame), _PIECE):
        start = b"\x90" if at == 0 else b"\x80"
        packets.append(
            stream.packet(start + tail + frame[at : at + _PIECE], timestamp, marker=at + _PIECE >= len(frame))
        )
    return packets
