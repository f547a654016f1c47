"""The publishing half of RTMP 1.0: handshake, connect, createStream, publish. No socket and no clock in it."""

import os
from collections.abc import Callable
from typing import Final

from conference.sources.worker.rtmp import amf0, command
from conference.sources.worker.rtmp.chunk_writer import COMMAND_STREAM, chunk, control
from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.handshake import SIZE_BYTES, VERSION
from conference.sources.worker.rtmp.message import COMMAND, SET_CHUNK_SIZE
from conference.sources.worker.rtmp.wire import Wire
from recorder.composed.worker.flv import CHUNK_BYTES
from recorder.composed.worker.pushing import PushFailed

CONNECT, RELEASE, ANNOUNCE, CREATE, PUBLISH = 1.0, 2.0, 3.0, 4.0, 5.0
"""Transaction numbers."""
_STATUS_STREAM: Final = 8
_ENDINGS: Final = ("NetStream.Unpublish.Success", "NetConnection.Connect.Closed")


class RtmpClient:
    """`address`: rtmp://host[:port]/app; `stream`: what is published there, a secret. `outgoing`: take it off the front
    and send it. `stream_id`: set when media may be sent."""

    def __init__(self, address: str, stream: str, random: Callable[[int], bytes] = os.urandom) -> None:
        self._address = address
        self._app = address.partition("://")[2].partition("/")[2]
        self._stream = stream
        self._wire = Wire()
        self._unread = bytearray()
        self._shaken = 0
        self.stream_id: int | None = None
        self._stream_id = 0
        self._wire.send(bytes((VERSION,)) + bytes(8) + random(SIZE_BYTES - 8))

    @property
    def outgoing(self) -> bytearray:
        return self._wire.outgoing

    def receive(self, data: bytes) -> None:
        """What the peer has sent. Raises PushFailed."""
        try:
            self._receive(data)
        except RtmpError:
            raise PushFailed("push-protocol") from None

    def leave(self) -> None:
        """The goodbye, as well as can be."""
        if self._stream_id:
            self._command("FCUnpublish", 6.0, None, self._stream)
            self._command("deleteStream", 7.0, None, float(self._stream_id))

    def _receive(self, data: bytes) -> None:
        if self._shaken < 2:
            self._unread += data
            self._shake()
            if self._shaken < 2:
                return
            data = bytes(self._unread)
            self._unread.clear()
        self._wire.push(data)
        while (message := self._wire.next()) is not None:
            heard = command.parse(message)
            if heard is not None:
                self._heard(heard)

    def _shake(self) -> None:
        """RTMP 1.0 section 5.2, client side: the answer repeats what the server sent."""
        if self._unread and not self._shaken and self._unread[0] != VERSION:
            raise RtmpError("not RTMP version 3")
        if not self._shaken and len(self._unread) > SIZE_BYTES:
            self._wire.send(bytes(self._unread[1 : 1 + SIZE_BYTES]))
            del self._unread[: 1 + SIZE_BYTES]
            self._shaken = 1
        if self._shaken == 1 and len(self._unread) >= SIZE_BYTES:
            del self._unread[:SIZE_BYTES]
            self._shaken = 2
            self._wire.send(control(SET_CHUNK_SIZE, CHUNK_BYTES.to_bytes(4, "big")))
            about: dict[str, amf0.Value] = {
                "app": self._app,
                "type": "nonprivate",
                "flashVer": "FMLE/3.0 (compatible; Huishang)",
                "tcUrl": self._address,
            }
            self._command("connect", CONNECT, about)

    def _heard(self, heard: command.Command) -> None:
        match heard.name:
            case "_result" if heard.transaction == CONNECT:
                self._command("releaseStream", RELEASE, None, self._stream)
                self._command("FCPublish", ANNOUNCE, None, self._stream)
                self._command("createStream", CREATE, None)
            case "_result" if heard.transaction == CREATE:
                self._publish(heard)
            case "_error" if heard.transaction in {CONNECT, CREATE, PUBLISH}:
                # Many servers know nothing of releaseStream and FCPublish, and say so.
                raise PushFailed("push-refused")
            case "onStatus":
                self._status(heard)
            case "close":
                raise PushFailed("push-closed")

    def _publish(self, heard: command.Command) -> None:
        number = heard.arguments[0] if heard.arguments else None
        if not isinstance(number, float) or not 0 < number < 2**32:
            raise RtmpError("stream without a number")
        self._stream_id = int(number)
        body = amf0.encode("publish", PUBLISH, None, self._stream, "live")
        self._wire.send(chunk(_STATUS_STREAM, COMMAND, self._stream_id, body))

    def _status(self, heard: command.Command) -> None:
        about = heard.arguments[0] if heard.arguments else None
        told = about if isinstance(about, dict) else {}
        code = told.get("code")
        if code == "NetStream.Publish.Start" and self._stream_id:
            self.stream_id = self._stream_id
        elif code in _ENDINGS:
            raise PushFailed("push-closed")
        elif told.get("level") == "error":
            raise PushFailed("push-refused")

    def _command(self, name: str, transaction: float, *values: amf0.Value) -> None:
        self._wire.send(chunk(COMMAND_STREAM, COMMAND, 0, amf0.encode(name, transaction, *values)))
