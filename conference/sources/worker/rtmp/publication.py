"""A connection from its admission on: what the publisher's own process reads."""

from collections.abc import Callable
from typing import Final

from conference.sources.worker.rtmp import command
from conference.sources.worker.rtmp.message import AGGREGATE, AUDIO, VIDEO, Message
from conference.sources.worker.rtmp.state import unpack

_LEAVING: Final = frozenset({"FCUnpublish", "deleteStream", "closeStream"})
_TAG_HEADER_BYTES: Final = 11
_TAG_TRAILER_BYTES: Final = 4

Media = Callable[[int, bytearray], None]
"""timestamp in ms (32 bits, wraps), the body of an FLV tag."""


class Publication:
    """Goes on from a gate's snapshot. Raises RtmpError on construction when it is none. `left`: the publisher has said
    that it is done."""

    def __init__(self, state: bytes, *, video: Media, audio: Media) -> None:
        self._wire, self._stream_id = unpack(state)
        self._video = video
        self._audio = audio
        self.left = False

    @property
    def outgoing(self) -> bytearray:
        """What must be sent; the caller takes it off the front."""
        return self._wire.outgoing

    def start(self) -> None:
        """Tells the publisher that it is let in and reads what was already there. Raises RtmpError."""
        self._wire.send(command.publish_started(self._stream_id))
        self._read()

    def receive(self, data: bytes) -> None:
        """Hands every media message on. Raises RtmpError."""
        self._wire.push(data)
        self._read()

    def _read(self) -> None:
        while (message := self._wire.next()) is not None:
            if self.left:
                continue  # Goodbyes come in several commands.
            if message.type_id == VIDEO:
                self._video(message.timestamp_ms, message.payload)
            elif message.type_id == AUDIO:
                self._audio(message.timestamp_ms, message.payload)
            elif message.type_id == AGGREGATE:
                self._split(message)
            else:
                self._command(message)

    def _split(self, message: Message) -> None:
        """FLV tags in one message (RTMP 1.0 section 7.1.6): their times count from the first one's."""
        body, at, first_ms = message.payload, 0, None
        while at + _TAG_HEADER_BYTES <= len(body):
            size = int.from_bytes(body[at + 1 : at + 4], "big")
            time_ms = int.from_bytes(body[at + 4 : at + 7], "big") | body[at + 7] << 24
            first_ms = time_ms if first_ms is None else first_ms
            tag = body[at + _TAG_HEADER_BYTES : at + _TAG_HEADER_BYTES + size]
            if len(tag) < size:
                return
            take = {VIDEO: self._video, AUDIO: self._audio}.get(body[at])
            if take is not None:
                take((message.timestamp_ms + time_ms - first_ms) & 0xFFFFFFFF, tag)
            at += _TAG_HEADER_BYTES + size + _TAG_TRAILER_BYTES

    def _command(self, message: Message) -> None:
        asked = command.parse(message)
        if asked is None:
            return  # Metadata is often missing, often wrong; the tags themselves tell what they are.
        if asked.name in _LEAVING:
            self.left = True
            self._wire.send(command.publish_ended(self._stream_id))
        elif asked.transaction:
            self._wire.send(command.not_understood(asked.transaction))
