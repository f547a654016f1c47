"""One WebSocket: join or resume first, then words in, words out, until one side is gone.

The reader (this task) and the writer are the only two users of the socket. The conference hands its messages to
`deliver` and `close`, which never wait. Whatever ends the reader, the seat is detached in one place.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import WSMsgType, web

from conference.model.errors import (
    HuishangError,
    InternalError,
    MessageInvalid,
    NameInvalid,
    ProtocolError,
    ResumeUnknown,
    TooManyMessages,
    VersionUnsupported,
    WallsOff,
)
from conference.model.outgoing import Outgoing
from conference.model.records import Grant
from conference.seats import Seat
from conference.walls.pairing import TOKEN_PREFIX
from signaling import protocol as wire
from signaling.auth import TokenAuthority
from signaling.decode import decode
from signaling.dispatch import dispatch
from signaling.errors import JoinFirst, JoinTimeout, PeerSilent, PeerTooSlow, close_code, log_line
from signaling.limits import JOIN_TIMEOUT_S, SEND_STALL_S, SILENCE_TIMEOUT_S, TokenBucket
from signaling.metrics import EdgeMetrics
from signaling.names import clean_name
from signaling.outbox import Frame, Kind, Outbox
from signaling.views import Words, goodbye, refused
from signaling.wall_words import Walls

if TYPE_CHECKING:
    from conference.recording_desk import RecordingDesk
    from conference.service import Conference

log = logging.getLogger(__name__)

CLOSE_TIMEOUT_S: Final = 2.0
"""How long a peer may take to read its goodbye before the socket is cut."""
_PINGS_WHEN_SILENT: Final = 3
"""The time of allowed silence is cut into so many parts, with a ping of ours after each but the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLimits:
    """Bounds of one socket; the defaults of the timeouts are the protocol's, tests shorten them."""

    json_depth: int
    messages_per_s: float
    message_burst: int
    send_queue_bytes: int
    join_timeout_s: float = JOIN_TIMEOUT_S
    silence_timeout_s: float = SILENCE_TIMEOUT_S
    send_stall_s: float = SEND_STALL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionParts:
    """What every session of this server shares."""

    conference: Conference
    authority: TokenAuthority
    metrics: EdgeMetrics
    limits: SessionLimits
    words: Words
    wall_s: Callable[[], float]
    recording: RecordingDesk | None = None
    walls: Walls | None = None


class Session:
    """Implements the conference's SeatSink over one WebSocket."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport, parts: SessionParts) -> None:
        self._socket = socket
        self._transport = transport
        self._conference = parts.conference
        self._authority = parts.authority
        self._metrics = parts.metrics
        self._limits = parts.limits
        self._wall_s = parts.wall_s
        self._words = parts.words
        self._recording = parts.recording
        self._walls = parts.walls
        self._bucket = TokenBucket(parts.limits.messages_per_s, parts.limits.message_burst)
        self._outbox = Outbox(parts.limits.send_queue_bytes)
        self._wake = asyncio.Event()
        self._seat: Seat | None = None
        self._close_code: int | None = None
        self._cut: asyncio.TimerHandle | None = None

    @property
    def waiting_bytes(self) -> int:
        """What is queued and not yet given to the kernel."""
        return self._outbox.waiting_bytes

    # ---- the conference's side (SeatSink) ---------------------------------------------------------------------------

    def deliver(self, message: Outgoing) -> None:
        """Queues what happened in the room."""
        self._queue(Frame(Kind.STATE, self._words.encode(message)))

    def close(self, error: HuishangError | None, *, again: bool) -> None:
        """Says goodbye (`error` None: none is needed) and ends the socket, at the latest after CLOSE_TIMEOUT_S."""
        if self._close_code is not None:
            return
        self._close_code = close_code(error)
        self._outbox.clear()
        if error is not None:
            log.info("> goodbye %s", log_line(error))
            self._metrics.goodbyes.labels(error.code).inc()
            self._outbox.put(Frame(Kind.REPLY, wire.encode(goodbye(error, again=again))))
        self._wake.set()
        # A peer that does not read would keep the socket for ever; the refusal must cost it, not us.
        self._cut = asyncio.get_running_loop().call_later(CLOSE_TIMEOUT_S, self._transport.abort)

    # ---- the socket's life ------------------------------------------------------------------------------------------

    async def run(self, *, seated: Callable[[], None]) -> None:
        """Serves the socket until it is closed. `seated` is called once the peer has its seat.

        Raises nothing but cancellation.
        """
        try:
            async with asyncio.TaskGroup() as scope:
                writer = scope.create_task(self._write())
                try:
                    if await self._enter():
                        seated()
                        await self._serve()
                finally:
                    if self._seat is not None:
                        self._conference.detach(self._seat, self)
                if self._close_code is None:
                    writer.cancel()
        finally:
            if self._cut is not None:
                self._cut.cancel()
            self._metrics.frames_dropped.inc(self._outbox.dropped)

    async def _enter(self) -> bool:
        """The first message; True when the peer has a seat now."""
        try:
            async with asyncio.timeout(self._limits.join_timeout_s):
                first = await self._receive()
        except TimeoutError:
            self.close(JoinTimeout(), again=True)
            return False
        if first is None:
            return False
        try:
            await self._join(first)
        except HuishangError as error:
            self.close(error, again=error.retry_after_s is not None)
        except Exception:
            log.exception("join failed")
            self.close(InternalError(), again=True)
        return self._seat is not None

    async def _serve(self) -> None:
        while self._seat is not None and (message := await self._receive()) is not None:
            await self._handle(message, self._seat)

    async def _join(self, text: bytes) -> None:
        started_s = asyncio.get_running_loop().time()
        message = decode(text, max_depth=self._limits.json_depth)
        if not isinstance(message, wire.Join):
            raise JoinFirst(wire.CLIENT_TAGS[type(message)])
        if message.version != wire.VERSION:
            raise VersionUnsupported(str(message.version))
        self._seat = await self._resumed(message) or await self._seated(message)
        self._metrics.join_seconds.observe(asyncio.get_running_loop().time() - started_s)

    async def _resumed(self, message: wire.Join) -> Seat | None:
        """The seat of the resume token. An invitation that has expired meanwhile does not put out who is in."""
        if message.resume is None:
            return None
        grant = await self._grant(message.token, allow_expired=True)
        try:
            return await self._conference.resume(message.resume, grant, media_alive=message.media_alive, sink=self)
        except ResumeUnknown:
            log.info("- resume unknown, joining anew")
            return None

    async def _seated(self, message: wire.Join) -> Seat:
        grant = await self._grant(message.token)
        chosen = clean_name(message.name) if grant.wall is None else ""  # a display is called as hosts call it
        name = chosen or clean_name(grant.name)
        if not name:
            raise NameInvalid
        return await self._conference.join(grant, name=name, sink=self, console=message.console)

    async def _grant(self, token: str, *, allow_expired: bool = False) -> Grant:
        if token.startswith(TOKEN_PREFIX):
            if self._walls is None:
                raise WallsOff
            return self._walls.grant(token)
        return await self._authority.verify(token, allow_expired=allow_expired)

    async def _handle(self, text: bytes, seat: Seat) -> None:
        """One message of a seated peer. Our own faults cost this request, not the meeting."""
        message: wire.ClientMessage | None = None
        try:
            message = decode(text, max_depth=self._limits.json_depth)
            self._metrics.messages.labels(wire.CLIENT_TAGS[type(message)]).inc()
            answer = await dispatch(
                message,
                seat=seat,
                conference=self._conference,
                wall_s=self._wall_s,
                recording=self._recording,
                walls=self._walls,
            )
            if answer is not None:
                self._put(answer, Kind.REPLY)
            if isinstance(message, wire.Leave):
                self._seat = None
                self.close(None, again=False)
        except ProtocolError as error:
            self.close(error, again=False)
        except HuishangError as error:
            log.info("> refused %s", log_line(error))
            self._refuse(error, message)
        except Exception:
            log.exception("%s failed", type(message).__name__)
            self._refuse(InternalError(), message)

    def _refuse(self, error: HuishangError, message: wire.ClientMessage | None) -> None:
        self._metrics.refusals.labels(error.code).inc()
        about = wire.CLIENT_TAGS[type(message)] if message is not None else None
        offer = message.offer if isinstance(message, wire.PublishOffer | wire.SubscribeAnswer) else None
        self._put(refused(error, about=about, offer=offer), Kind.REPLY)

    # ---- bytes ------------------------------------------------------------------------------------------------------

    async def _receive(self) -> bytes | None:
        """The next text, or None when the socket ends. Control frames count against the rate, too.

        A page in a background tab may be kept from pinging; its browser still answers our pings.
        """
        unheard = 0
        while True:
            try:
                frame = await self._socket.receive(timeout=self._limits.silence_timeout_s / _PINGS_WHEN_SILENT)
            except TimeoutError:
                unheard += 1
                if unheard == _PINGS_WHEN_SILENT:
                    self.close(PeerSilent(), again=True)
                    return None
                self._queue(Frame(Kind.PING, b""))
                continue
            unheard = 0
            if frame.type in _ENDED or self._close_code is not None:
                return None
            if not self._bucket.take():
                self.close(TooManyMessages(), again=True)
                return None
            match frame.type:
                case WSMsgType.TEXT:
                    return bytes(frame.data)
                case WSMsgType.BINARY:
                    self.close(MessageInvalid("binary"), again=False)
                    return None
                case WSMsgType.PING:
                    self._queue(Frame(Kind.PONG, bytes(frame.data)))
                case _:
                    pass  # a pong only proves life

    def _put(self, message: wire.ServerMessage, kind: Kind) -> None:
        self._queue(Frame(kind, wire.encode(message)))

    def _queue(self, frame: Frame) -> None:
        if self._close_code is not None:
            return
        self._outbox.put(frame)
        self._wake.set()
        if self._outbox.overflowed:
            self.close(PeerTooSlow(), again=True)

    async def _write(self) -> None:
        """Empties the outbox; a cut or stuck socket ends it, and by aborting the transport the reader, too."""
        try:
            while True:
                self._wake.clear()
                await self._flush()
                if self._close_code is not None:
                    await self._socket.close(code=self._close_code)
                    return
                await self._wake.wait()
        except TimeoutError:
            log.info("- the peer takes nothing, socket cut")
            self._metrics.goodbyes.labels(PeerTooSlow.code).inc()
            self._transport.abort()
        except ConnectionError:
            self._transport.abort()
        except Exception:
            log.exception("writing failed")
            self._transport.abort()

    async def _flush(self) -> None:
        while True:
            frame = self._outbox.next()
            if frame is not None:
                opcode = _OPCODES.get(frame.kind, WSMsgType.TEXT)
                async with asyncio.timeout(self._limits.send_stall_s):
                    await self._socket.send_frame(frame.data, opcode)
            elif self._seat is not None and self._outbox.take_resync():
                self._metrics.resyncs.inc()
                self._conference.resync(self._seat)
            else:
                return


_OPCODES: Final = {Kind.PING: WSMsgType.PING, Kind.PONG: WSMsgType.PONG}
_ENDED: Final = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})
