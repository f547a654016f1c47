"""The byte stream of an RTSP connection: messages, and between them RTP and RTCP behind `$`, channel and a 16-bit
length (RFC 2326 §10.12)."""

import re
from collections.abc import Callable
from typing import Final

from conference.sources.worker.rtsp.message import MAX_HEAD_BYTES, Request, Response, parse_head
from conference.sources.worker.rtsp.trouble import broken

MAX_GARBAGE_BYTES: Final = 262_144
"""So much that is neither a message nor a frame of ours is skipped in one connection: cameras err, but not for ever."""

_DOLLAR: Final = 0x24
_LAST_CHANNEL: Final = 31
"""Nobody asks for more than a handful: a dollar sign with a higher one is garbage."""
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_LETTERS: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_START = re.compile(rb"\$[\x00-\x1f]|RTSP/|(?:OPTIONS|ANNOUNCE|REDIRECT|[GS]ET_PARAMETER|TEARDOWN) rtsp", re.IGNORECASE)
_LONGEST_START: Final = 18


class Splitter:
    """`frame(channel, data, start, end)` is called for interleaved data, which lies in data[start:end]; `message` for
    each whole message. Both are called during `feed`, in the order of the stream."""

    def __init__(
        self,
        frame: Callable[[int, bytes, int, int], None],
        message: Callable[[Response | Request], None],
    ) -> None:
        self._frame = frame
        self._message = message
        self._rest = b""
        self._garbage = 0
        self._head: Response | Request | None = None
        self._body_bytes = 0

    def feed(self, chunk: bytes) -> None:
        """Takes what was received. Raises RtspTrouble; then the connection is of no use any more."""
        data = self._rest + chunk if self._rest else chunk
        size, at, frame = len(data), 0, self._frame
        while at < size:
            if self._head is None and data[at] == _DOLLAR:
                if at + 4 > size:
                    break
                if data[at + 1] > _LAST_CHANNEL:
                    at = self._skip(data, at)
                    continue
                end = at + 4 + (data[at + 2] << 8 | data[at + 3])
                if end > size:
                    break
                frame(data[at + 1], data, at + 4, end)
                at = end
                continue
            after = self._text(data, at)
            if after == at:
                break
            at = after
        self._rest = data[at:] if at else data

    def _text(self, data: bytes, at: int) -> int:
        """Reads a message or skips what is none. Where to go on; `at` when more must come first."""
        if self._head is not None:
            return self._body(data, at)
        if data[at] in b"\r\n":
            return at + 1
        if data[at] not in _LETTERS:
            return self._skip(data, at)
        found = _HEAD_END.search(data, at, at + MAX_HEAD_BYTES)
        if found is None:
            if len(data) - at >= MAX_HEAD_BYTES:
                raise broken("header too long")
            return at if _looks_like_a_message(data, at) else self._skip(data, at)
        if not _looks_like_a_message(data, at):
            return self._skip(data, at)
        self._head = parse_head(data[at : found.start()])
        self._body_bytes = self._head.body_bytes()
        return self._body(data, found.end()) if not self._body_bytes else found.end()

    def _body(self, data: bytes, at: int) -> int:
        end = at + self._body_bytes
        if end > len(data):
            return at
        message, self._head = self._head, None
        assert message is not None  # noqa: S101 - _text looked
        message.body = data[at:end]
        self._message(message)
        return end

    def _skip(self, data: bytes, at: int) -> int:
        found = _START.search(data, at + 1)
        to = found.start() if found else max(at + 1, len(data) - _LONGEST_START)
        self._garbage += to - at
        if self._garbage > MAX_GARBAGE_BYTES:
            raise broken("neither RTSP nor RTP")
        return to


def _looks_like_a_message(data: bytes, at: int) -> bool:
    """As far as it has come, the line begins like a status or request line."""
    start = data[at : at + 16]
    word = start.partition(b" ")[0]
    return b"RTSP/".startswith(start[:5]) or start.startswith(b"RTSP/") or word.replace(b"_", b"").isalpha()
