"""Chunks into messages (RTMP 1.0 section 5.3). Bounded: chunk streams, message sizes, unfinished messages together."""

from typing import Annotated, Final

from msgspec import Meta, Struct

from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.message import Message, max_bytes

MAX_CHUNK_BYTES: Final = 64 << 10
MAX_STREAMS: Final = 64
MAX_UNFINISHED_BYTES: Final = 16 << 20
DEFAULT_CHUNK_BYTES: Final = 128

_EXTENDED: Final = 0xFFFFFF
_HEADER_BYTES: Final = (11, 7, 3)
_MAX_DELTA_MS: Final = 10_000
"""A type 3 chunk that begins a message repeats the time field as a difference. Behind an absolute time librtmp means
"the same time"; no real difference is that long."""

U32 = Annotated[int, Meta(ge=0, le=0xFFFFFFFF)]


class ChunkStream(Struct):
    """The header a chunk stream remembers. `extended`: the extended time field of its last header, None without one.
    `unfinished`: what came of the current message, None between messages."""

    csid: Annotated[int, Meta(ge=2, le=65_599)]
    timestamp_ms: U32 = 0
    delta_ms: U32 = 0
    length: Annotated[int, Meta(ge=0, le=_EXTENDED)] = 0
    type_id: Annotated[int, Meta(ge=0, le=255)] = 0
    stream_id: U32 = 0
    extended: U32 | None = None
    unfinished: bytearray | None = None


class ChunkReader:
    """`push` bytes, then take messages with `next` until None. Nothing behind a message is looked at before the next
    call."""

    def __init__(self) -> None:
        self._unread = bytearray()
        self._at = 0
        self._streams: dict[int, ChunkStream] = {}
        self._held = 0
        self._chunk_bytes = DEFAULT_CHUNK_BYTES

    @property
    def chunk_bytes(self) -> int:
        """Of the peer's chunks."""
        return self._chunk_bytes

    @chunk_bytes.setter
    def chunk_bytes(self, size: int) -> None:
        if not 1 <= size <= MAX_CHUNK_BYTES:
            raise RtmpError("chunk size out of bounds")
        self._chunk_bytes = size

    @property
    def unread(self) -> bytes:
        """Pushed, not yet looked at."""
        return bytes(self._unread[self._at :])

    @property
    def streams(self) -> list[ChunkStream]:
        """What must be known to go on elsewhere, besides chunk_bytes and unread."""
        return list(self._streams.values())

    def resume(self, streams: list[ChunkStream], unread: bytes) -> None:
        """Go on where another reader stopped. Raises RtmpError for what no reader can have left."""
        for stream in streams:
            body = b"" if stream.unfinished is None else stream.unfinished
            if len(body) > stream.length or stream.length > max_bytes(stream.type_id):
                raise RtmpError("state of a chunk stream out of bounds")
            self._held += len(body)
        self._streams = {stream.csid: stream for stream in streams}
        if len(self._streams) > MAX_STREAMS:
            raise RtmpError("too many chunk streams")
        self.push(unread)

    def push(self, data: bytes) -> None:
        """Bytes as they came."""
        if self._at:
            del self._unread[: self._at]
            self._at = 0
        self._unread += data

    def abort(self, csid: int) -> None:
        """Drop the unfinished message of a chunk stream."""
        stream = self._streams.get(csid)
        if stream is not None:
            self._drop(stream)

    def next(self) -> Message | None:
        """The next whole message, or None until more is pushed. Raises RtmpError."""
        unread = self._unread
        while self._at < len(unread):
            at = self._at
            first = unread[at]
            csid = first & 63
            at += 1
            if csid < 2:
                if len(unread) < at + csid + 1:
                    return None
                csid, at = 64 + int.from_bytes(unread[at : at + csid + 1], "little"), at + csid + 1
            stream = self._streams.get(csid)
            if first < 0xC0:
                stream = self._begin(stream, csid, first >> 6, at)
            elif stream is None:
                raise RtmpError("chunk without a header before it")
            elif stream.unfinished is None:
                stream = self._repeat(stream, at)
            else:
                stream = self._continue(stream, at, first)
            if stream is None:
                return None
            body = stream.unfinished
            if body is not None and len(body) == stream.length:
                self._held -= stream.length
                stream.unfinished = None
                return Message(stream.type_id, stream.timestamp_ms, stream.stream_id, body)
        return None

    def _begin(self, stream: ChunkStream | None, csid: int, fmt: int, at: int) -> ChunkStream | None:
        """A chunk with a header of type 0, 1 or 2; None when it is not whole yet."""
        unread = self._unread
        size = _HEADER_BYTES[fmt]
        if len(unread) < at + size:
            return None
        field = int.from_bytes(unread[at : at + 3], "big")
        if stream is None:
            if fmt == 2 or len(self._streams) >= MAX_STREAMS:
                raise RtmpError("chunk stream unknown or one too many")
            stream = ChunkStream(
                csid
            )  # Type 1 as the very first header: seen from encoders, its difference counts from 0.
        length, type_id, stream_id = stream.length, stream.type_id, stream.stream_id
        if fmt < 2:
            length, type_id = int.from_bytes(unread[at + 3 : at + 6], "big"), unread[at + 6]
            if length > max_bytes(type_id):
                raise RtmpError("message too long")
        if fmt == 0:
            stream_id = int.from_bytes(unread[at + 7 : at + 11], "little")
        at += size
        extended = None
        if field == _EXTENDED:
            if len(unread) < at + 4:
                return None
            extended = field = int.from_bytes(unread[at : at + 4], "big")
            at += 4
        take = min(length, self._chunk_bytes)
        if len(unread) < at + take:
            return None
        self._drop(stream)
        self._streams[csid] = stream
        stream.length, stream.type_id, stream.stream_id, stream.extended = length, type_id, stream_id, extended
        if fmt == 0:
            stream.timestamp_ms = field
            stream.delta_ms = field if field < _MAX_DELTA_MS else 0
        else:
            stream.timestamp_ms = (stream.timestamp_ms + field) & 0xFFFFFFFF
            stream.delta_ms = field
        self._take(stream, bytearray(), at, take)
        return stream

    def _repeat(self, stream: ChunkStream, at: int) -> ChunkStream | None:
        """A chunk of type 3 that begins a message: everything as before, the time goes on by the same difference."""
        unread = self._unread
        if stream.extended is not None:
            if len(unread) < at + 4:
                return None
            at += 4
        take = min(stream.length, self._chunk_bytes)
        if len(unread) < at + take:
            return None
        stream.timestamp_ms = (stream.timestamp_ms + stream.delta_ms) & 0xFFFFFFFF
        self._take(stream, bytearray(), at, take)
        return stream

    def _continue(self, stream: ChunkStream, at: int, first: int) -> ChunkStream | None:
        """A chunk of type 3 inside a message, and all that follow it directly."""
        unread = self._unread
        body = stream.unfinished
        if body is None:
            return None
        if stream.extended is not None:
            if len(unread) < at + 4:
                return None
            # Most peers repeat the extended time in each chunk, some do not: it is there when it is the same.
            if int.from_bytes(unread[at : at + 4], "big") == stream.extended:
                at += 4
        take = min(stream.length - len(body), self._chunk_bytes)
        if len(unread) < at + take:
            return None
        self._take(stream, body, at, take)
        if stream.extended is None and first & 63 >= 2:
            self._run(stream, body, first)
        return stream

    def _run(self, stream: ChunkStream, body: bytearray, first: int) -> None:
        """Whole chunks of the same message in a row, without a Python step per chunk."""
        size = self._chunk_bytes
        count = min((stream.length - len(body)) // size, (len(self._unread) - self._at) // (size + 1))
        if count < 2:
            return
        run = self._unread[self._at : self._at + count * (size + 1)]
        heads = run[:: size + 1]
        same = len(heads) - len(heads.lstrip(bytes((first,))))
        del run[same * (size + 1) :]
        del run[:: size + 1]
        body += run
        self._at += same * (size + 1)
        self._hold(len(run))

    def _take(self, stream: ChunkStream, body: bytearray, at: int, size: int) -> None:
        body += self._unread[at : at + size]
        stream.unfinished = body
        self._at = at + size
        self._hold(size)

    def _hold(self, size: int) -> None:
        self._held += size
        if self._held > MAX_UNFINISHED_BYTES:
            raise RtmpError("too many unfinished messages")

    def _drop(self, stream: ChunkStream) -> None:
        if stream.unfinished is not None:
            self._held -= len(stream.unfinished)
            stream.unfinished = None
