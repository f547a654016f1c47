"""What a gate tells about a publisher it hands over: enough to go on reading in another process."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from conference.sources.worker.rtmp.chunk_reader import MAX_CHUNK_BYTES, MAX_STREAMS, U32, ChunkStream
from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.wire import MAX_OUTGOING_BYTES, MIN_WINDOW_BYTES, WINDOW_BYTES, Wire

MAX_STATE_BYTES: Final = 192 << 10
"""One word on the control socket holds it. The gate reads less than a third of it before it stops."""

_Count = Annotated[int, Meta(ge=0, le=1 << 62)]


class State(Struct, forbid_unknown_fields=True):
    """`stream_id`: the message stream that publishes."""

    chunk_bytes: Annotated[int, Meta(ge=1, le=MAX_CHUNK_BYTES)]
    streams: Annotated[list[ChunkStream], Meta(max_length=MAX_STREAMS)]
    unread: bytes
    outgoing: Annotated[bytes, Meta(max_length=MAX_OUTGOING_BYTES)]
    received_bytes: _Count
    acknowledged_bytes: _Count
    window_bytes: Annotated[int, Meta(ge=MIN_WINDOW_BYTES, le=WINDOW_BYTES)]
    stream_id: U32


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(State).decode


def pack(wire: Wire, stream_id: int) -> bytes:
    """The state of `wire`, which must not be used any more. At most MAX_STATE_BYTES; raises RtmpError beyond."""
    state = _encode(
        State(
            chunk_bytes=wire.reader.chunk_bytes,
            streams=wire.reader.streams,
            unread=wire.reader.unread,
            outgoing=bytes(wire.outgoing),
            received_bytes=wire.received_bytes,
            acknowledged_bytes=wire.acknowledged_bytes,
            window_bytes=wire.window_bytes,
            stream_id=stream_id,
        )
    )
    if len(state) > MAX_STATE_BYTES:
        raise RtmpError("state too large")
    return state


def unpack(packed: bytes) -> tuple[Wire, int]:
    """The wire that goes on, and the stream that publishes. Raises RtmpError: whoever wrote this is no gate of ours."""
    if len(packed) > MAX_STATE_BYTES:
        raise RtmpError("state too large")
    try:
        state = _decode(packed)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise RtmpError("state not readable") from None
    wire = Wire()
    wire.reader.chunk_bytes = state.chunk_bytes
    wire.reader.resume(state.streams, state.unread)
    wire.outgoing += state.outgoing
    wire.received_bytes, wire.acknowledged_bytes = state.received_bytes, state.acknowledged_bytes
    wire.window_bytes = state.window_bytes
    return wire, state.stream_id
