"""One connection before it is handed over: it shows a key, waits for the answer, is let in or shown out."""

from collections.abc import Callable
from enum import Enum, auto
from typing import Final

from conference.children.worker.loop import Loop
from conference.sources.worker.rtmp.channel import TLS_FIRST_BYTE, Channel, ClearChannel, TlsChannel
from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.handshake import VERSION
from conference.sources.worker.rtmp.lobby import Lobby

SHOW_KEY_S: Final = 5.0
ANSWER_S: Final = 10.0
SLOW_S: Final = 2.0
LEAVE_S: Final = 1.0

_READ_BYTES: Final = 4096
"""Little at a time: what lies behind the publish command stays in the kernel for the publisher's own process."""

_DRAIN_BYTES: Final = 256 << 10

Secure = Callable[[ClearChannel], TlsChannel | None]


class Stage(Enum):
    """READING up to the key; ASKED: the core decides; DELAYED: refused, but not told yet; LEAVING: told, the peer may
    read it."""

    READING = auto()
    ASKED = auto()
    DELAYED = auto()
    LEAVING = auto()


class Guest:
    """`knocked(guest)` once it has shown its `key`; `over(guest, cause)` when it has ended by itself: closed, timeout
    or protocol. It is the gate that closes it."""

    def __init__(
        self,
        number: int,
        channel: ClearChannel,
        peer: str,
        *,
        loop: Loop,
        secure: Secure,
        knocked: Callable[["Guest"], None],
        over: Callable[["Guest", str], None],
    ) -> None:
        self.number = number
        self.peer = peer
        self.channel: Channel = channel
        self._fd = channel.fileno()
        self.lobby = Lobby()
        self.stage = Stage.READING
        self.deadline_s = loop.now_s() + SHOW_KEY_S
        self._fresh: ClearChannel | None = channel
        self._loop = loop
        self._secure = secure
        self._knocked = knocked
        self._over = over
        self._code = ""
        self._drained_bytes = 0
        self._finished = False
        loop.watch(self._fd, self._ready)

    @property
    def key(self) -> str:
        """What it showed, "" before."""
        return self.lobby.key or ""

    @property
    def encrypted(self) -> bool:
        """Its bytes must stay with whoever holds the TLS session."""
        return isinstance(self.channel, TlsChannel)

    def refuse(self, code: str, *, slowly: bool) -> None:
        """`code` of words.Refuse; `slowly`: after SLOW_S."""
        self._code = code
        if slowly:
            self.stage, self.deadline_s = Stage.DELAYED, self._loop.now_s() + SLOW_S
        else:
            self._show_out()

    def expired(self) -> None:
        """Its deadline has passed."""
        if self.stage is Stage.DELAYED:
            self._show_out()
        else:
            self._over(self, "timeout")

    def leave_loop(self) -> None:
        """No callback any more: somebody else takes the connection, or nobody."""
        self._loop.unwatch(self._fd)

    def _ready(self) -> None:
        try:
            if self._fresh is not None and not self._sniff(self._fresh):
                return
            if self.stage is Stage.LEAVING:
                self._drain()
            else:
                self._read()
        except RtmpError:
            self._over(self, "protocol")
        except OSError:
            self._over(self, "closed")

    def _sniff(self, channel: ClearChannel) -> bool:
        """Which of the two protocols of the port it speaks."""
        first = channel.first_byte()
        if first is None:
            return False
        self._fresh = None
        if first == TLS_FIRST_BYTE:
            secured = self._secure(channel)
            if secured is None:
                raise RtmpError("no certificate for TLS")
            self.channel = secured
        elif first not in {VERSION, -1}:
            raise RtmpError("neither RTMP nor TLS")
        return True

    def _read(self) -> None:
        while self.lobby.key is None:
            data = self.channel.receive(_READ_BYTES)
            if data is None:
                break
            if not data:
                self._over(self, "closed")
                return
            self.lobby.receive(data)
        self._flush()
        if self.lobby.key is not None:
            self.leave_loop()
            self.stage, self.deadline_s = Stage.ASKED, self._loop.now_s() + ANSWER_S
            self._knocked(self)

    def _flush(self) -> None:
        outgoing = self.lobby.outgoing
        if outgoing:
            del outgoing[: self.channel.send(outgoing)]
        write = self._writable if outgoing or self.channel.wants_write else None
        self._loop.watch(self._fd, self._ready, write=write)

    def _writable(self) -> None:
        if self.channel.wants_write:
            self._ready()
            return
        try:
            self._flush()
            self._finish()
        except OSError:
            self._over(self, "closed")

    def _show_out(self) -> None:
        self.stage, self.deadline_s = Stage.LEAVING, self._loop.now_s() + LEAVE_S
        try:
            self.lobby.deny(self._code)
            self._flush()
            self._finish()
        except (OSError, RtmpError):
            self._over(self, "closed")

    def _finish(self) -> None:
        if self.stage is Stage.LEAVING and not self.lobby.outgoing and not self._finished:
            self._finished = True
            self.channel.finish()

    def _drain(self) -> None:
        # Closing with unread bytes would reset the connection, and the peer might never read why.
        while (data := self.channel.receive(_READ_BYTES)) is not None:
            self._drained_bytes += len(data)
            if not data or self._drained_bytes > _DRAIN_BYTES:
                self._over(self, "closed")
                return
