"""The chunk stream with its housekeeping: protocol control messages (RTMP 1.0 section 5.4), pings, acknowledgements."""

from typing import Final

from conference.sources.worker.rtmp.chunk_reader import ChunkReader
from conference.sources.worker.rtmp.chunk_writer import control
from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.message import (
    ABORT,
    ACKNOWLEDGEMENT,
    PEER_BANDWIDTH,
    SET_CHUNK_SIZE,
    USER_CONTROL,
    WINDOW_SIZE,
    Message,
)

WINDOW_BYTES: Final = 2_500_000
MIN_WINDOW_BYTES: Final = 16 << 10
"""A peer that wants an acknowledgement more often than this gets it this often."""

MAX_OUTGOING_BYTES: Final = 64 << 10
"""A peer that makes us answer but does not read is ended."""

_PING_REQUEST: Final = 6
_PING_RESPONSE: Final = 7


class Wire:
    """`outgoing`: what must be sent; the caller takes it off the front."""

    def __init__(self) -> None:
        self.reader = ChunkReader()
        self.outgoing = bytearray()
        self.received_bytes = 0
        self.acknowledged_bytes = 0
        self.window_bytes = WINDOW_BYTES

    def push(self, data: bytes) -> None:
        """Bytes as they came."""
        self.reader.push(data)
        self.received_bytes += len(data)
        if self.received_bytes - self.acknowledged_bytes >= self.window_bytes:
            self.acknowledged_bytes = self.received_bytes
            self.send(control(ACKNOWLEDGEMENT, (self.received_bytes & 0xFFFFFFFF).to_bytes(4, "big")))

    def next(self) -> Message | None:
        """The next message that is not housekeeping. Raises RtmpError."""
        while (message := self.reader.next()) is not None:
            if message.type_id > PEER_BANDWIDTH or not message.type_id:
                return message
            self._control(message)
        return None

    def send(self, data: bytes) -> None:
        """Append to what must be sent. Raises RtmpError when the peer has not read for too long."""
        self.outgoing += data
        if len(self.outgoing) > MAX_OUTGOING_BYTES:
            raise RtmpError("peer does not read our answers")

    def _control(self, message: Message) -> None:
        payload = message.payload
        if message.type_id == USER_CONTROL:
            if len(payload) >= 6 and int.from_bytes(payload[:2], "big") == _PING_REQUEST:
                self.send(control(USER_CONTROL, _PING_RESPONSE.to_bytes(2, "big") + bytes(payload[2:6])))
            return
        if len(payload) < 4:
            raise RtmpError("control message cut off")
        value = int.from_bytes(payload[:4], "big")
        if message.type_id == SET_CHUNK_SIZE:
            self.reader.chunk_bytes = value
        elif message.type_id == ABORT:
            self.reader.abort(value)
        elif message.type_id == WINDOW_SIZE:
            self.window_bytes = min(max(value, MIN_WINDOW_BYTES), WINDOW_BYTES)
