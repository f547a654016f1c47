"""What we send: whole messages, each with a full chunk header (RTMP 1.0 section 5.3.1.2.1)."""

from typing import Final

OUT_CHUNK_BYTES: Final = 60_000
"""Told to the peer before our first longer message; ffmpeg then takes the same size for what it sends."""

CONTROL_STREAM: Final = 2
COMMAND_STREAM: Final = 3
STATUS_STREAM: Final = 5


def chunk(csid: int, type_id: int, stream_id: int, payload: bytes) -> bytes:
    """One message at time zero; `payload` is at most OUT_CHUNK_BYTES and so one chunk."""
    length = len(payload).to_bytes(3, "big")
    return bytes((csid, 0, 0, 0)) + length + bytes((type_id,)) + stream_id.to_bytes(4, "little") + payload


def control(type_id: int, value: bytes) -> bytes:
    """A protocol control or user control message."""
    return chunk(CONTROL_STREAM, type_id, 0, value)
