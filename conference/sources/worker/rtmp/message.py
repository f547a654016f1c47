"""RTMP messages: their types and the size each may have."""

from typing import Final, NamedTuple

SET_CHUNK_SIZE: Final = 1
ABORT: Final = 2
ACKNOWLEDGEMENT: Final = 3
USER_CONTROL: Final = 4
WINDOW_SIZE: Final = 5
PEER_BANDWIDTH: Final = 6
AUDIO: Final = 8
VIDEO: Final = 9
COMMAND_AMF3: Final = 17
COMMAND: Final = 20
AGGREGATE: Final = 22

MAX_PICTURE_BYTES: Final = 8 << 20
MAX_OTHER_BYTES: Final = 64 << 10


class Message(NamedTuple):
    """`timestamp_ms`: 32 bits, as it came. `stream_id`: of the message stream, not of the chunk stream."""

    type_id: int
    timestamp_ms: int
    stream_id: int
    payload: bytearray


def max_bytes(type_id: int) -> int:
    """The longest message of a type that is read."""
    return MAX_PICTURE_BYTES if type_id in {VIDEO, AGGREGATE} else MAX_OTHER_BYTES
