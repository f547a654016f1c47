"""RTMP commands (RTMP 1.0 section 7) as they are read, and our answers to them."""

from dataclasses import dataclass
from typing import Final

from conference.sources.worker.rtmp import amf0
from conference.sources.worker.rtmp.chunk_writer import (
    COMMAND_STREAM,
    OUT_CHUNK_BYTES,
    STATUS_STREAM,
    chunk,
    control,
)
from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.message import (
    COMMAND,
    COMMAND_AMF3,
    PEER_BANDWIDTH,
    SET_CHUNK_SIZE,
    USER_CONTROL,
    WINDOW_SIZE,
    Message,
)
from conference.sources.worker.rtmp.wire import WINDOW_BYTES

STREAM_ID: Final = 1
"""Of the one message stream that createStream makes."""

_DYNAMIC: Final = 2
_STREAM_BEGIN: Final = 0

_DENIALS: Final = {
    "unknown-key": "Unknown stream key.",
    "expired-key": "This stream key has expired.",
    "busy": "Another publisher is using this stream key.",
    "disabled": "This source is disabled.",
    "full": "The server is full.",
    "unavailable": "The key cannot be checked now.",
}


@dataclass(frozen=True, slots=True)
class Command:
    """`arguments`: behind the command object."""

    name: str
    transaction: float
    object: dict[str, amf0.Value]
    arguments: tuple[amf0.Value, ...]

    def text(self, index: int) -> str:
        """An argument that must be a string, or ""."""
        value = self.arguments[index] if index < len(self.arguments) else ""
        return value if isinstance(value, str) else ""


def parse(message: Message) -> Command | None:
    """The command in a message, None when it is no command message. Raises RtmpError."""
    body = message.payload
    if message.type_id == COMMAND_AMF3:
        # One byte that names the encoding, then AMF 0 as ever (Flash and what copies it).
        body = body[1:] if body[:1] == b"\x00" else body
    elif message.type_id != COMMAND:
        return None
    values = amf0.decode(body)
    if not values or not isinstance(values[0], str):
        raise RtmpError("command without a name")
    number = values[1] if len(values) > 1 else 0.0
    about = values[2] if len(values) > 2 else None
    return Command(
        values[0],
        float(number) if isinstance(number, float) else 0.0,
        about if isinstance(about, dict) else {},
        tuple(values[3:]),
    )


def connected(transaction: float) -> bytes:
    """The answer to connect."""
    window = WINDOW_BYTES.to_bytes(4, "big")
    return b"".join(
        (
            control(WINDOW_SIZE, window),
            control(PEER_BANDWIDTH, window + bytes((_DYNAMIC,))),
            control(SET_CHUNK_SIZE, OUT_CHUNK_BYTES.to_bytes(4, "big")),
            _answer(
                "_result",
                transaction,
                {"fmsVer": "FMS/3,5,7,7009", "capabilities": 31, "mode": 1},
                {
                    "level": "status",
                    "code": "NetConnection.Connect.Success",
                    "description": "Connection succeeded.",
                    "objectEncoding": 0,
                },
            ),
        )
    )


def done(transaction: float) -> bytes:
    """The answer to a command that has nothing to tell."""
    return _answer("_result", transaction, None, None)


def stream_created(transaction: float) -> bytes:
    """The answer to createStream."""
    return _answer("_result", transaction, None, STREAM_ID)


def not_understood(transaction: float) -> bytes:
    """The answer to a command that is none of ours."""
    info: dict[str, amf0.Value] = {
        "level": "error",
        "code": "NetConnection.Call.Failed",
        "description": "Command not supported.",
    }
    return _answer("_error", transaction, None, info)


def publish_started(stream_id: int) -> bytes:
    """From here on the publisher sends media."""
    begin = control(USER_CONTROL, _STREAM_BEGIN.to_bytes(2, "big") + stream_id.to_bytes(4, "big"))
    return begin + _status(stream_id, "status", "NetStream.Publish.Start", "Publishing.")


def publish_ended(stream_id: int) -> bytes:
    """The answer to FCUnpublish, closeStream and deleteStream."""
    return _status(stream_id, "status", "NetStream.Unpublish.Success", "Stopped.")


def publish_denied(stream_id: int, code: str) -> bytes:
    """`code`: of words.Refuse."""
    return _status(stream_id, "error", "NetStream.Publish.Denied", _DENIALS.get(code, "Publishing refused."))


def _answer(name: str, transaction: float, *values: amf0.Value) -> bytes:
    return chunk(COMMAND_STREAM, COMMAND, 0, amf0.encode(name, transaction, *values))


def _status(stream_id: int, level: str, code: str, description: str) -> bytes:
    info: dict[str, amf0.Value] = {"level": level, "code": code, "description": description}
    return chunk(STATUS_STREAM, COMMAND, stream_id, amf0.encode("onStatus", 0.0, None, info))
