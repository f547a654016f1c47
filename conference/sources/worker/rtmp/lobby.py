"""A connection from its first byte to its publish command: what the gate reads, and no further."""

import os
from collections.abc import Callable
from typing import Final

from conference.sources.worker.rtmp import command
from conference.sources.worker.rtmp.command import Command
from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.handshake import Handshake
from conference.sources.worker.rtmp.message import Message
from conference.sources.worker.rtmp.state import pack
from conference.sources.worker.rtmp.stream_key import stream_key
from conference.sources.worker.rtmp.wire import Wire

MAX_BYTES: Final = 64 << 10
"""Before the publish command, the handshake included."""

MAX_MESSAGES: Final = 64


class Lobby:
    """`key`: what the publish command showed, None before it came; then nothing more is read."""

    def __init__(self, random: Callable[[int], bytes] = os.urandom) -> None:
        self._handshake = Handshake(random)
        self._unread = bytearray()
        self._wire = Wire()
        self._messages = 0
        self._app: str | None = None
        self._stream_id = 0
        self.received_bytes = 0
        self.key: str | None = None

    @property
    def outgoing(self) -> bytearray:
        """What must be sent; the caller takes it off the front."""
        return self._wire.outgoing

    def receive(self, data: bytes) -> None:
        """Reads on, at most to the publish command. Raises RtmpError."""
        self.received_bytes += len(data)
        if self.received_bytes > MAX_BYTES:
            raise RtmpError("too much before publish")
        if self._handshake.done:
            self._wire.push(data)
        else:
            self._unread += data
            self._wire.send(self._handshake.receive(self._unread))
            if not self._handshake.done:
                return
            self._wire.push(bytes(self._unread))
        while self.key is None and (message := self._wire.next()) is not None:
            self._read(message)

    def deny(self, code: str) -> None:
        """Puts the refusal into `outgoing`."""
        self._wire.send(command.publish_denied(self._stream_id, code))

    def snapshot(self) -> bytes:
        """What the publisher's own process needs to go on. Raises RtmpError."""
        return pack(self._wire, self._stream_id)

    def _read(self, message: Message) -> None:
        self._messages += 1
        if self._messages > MAX_MESSAGES:
            raise RtmpError("too many messages before publish")
        asked = command.parse(message)
        if asked is None:
            return
        if asked.name == "connect":
            app = asked.object.get("app")
            self._app = app if isinstance(app, str) else ""
            self._wire.send(command.connected(asked.transaction))
        elif self._app is None:
            raise RtmpError("command before connect")
        elif asked.name == "publish":
            self._stream_id = message.stream_id
            self.key = stream_key(self._app, asked.text(0))
        else:
            self._wire.send(_answer(asked))


def _answer(asked: Command) -> bytes:
    if asked.name == "createStream":
        return command.stream_created(asked.transaction)
    if not asked.transaction:
        return b""  # Transaction 0 wants no answer.
    if asked.name in {"releaseStream", "FCPublish", "_checkbw", "getStreamLength"}:
        return command.done(asked.transaction)
    return command.not_understood(asked.transaction)
