"""From an HTTP request to a running session: origin, capacity, upgrade; and the register of sockets that are open."""

from __future__ import annotations

import asyncio
import logging
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from conference.model.errors import ServerFull, ServerStopping
from config.settings import HttpSettings
from signaling.errors import OriginRefused, UpgradeRequired
from signaling.session import CLOSE_TIMEOUT_S, Session, SessionParts

log = logging.getLogger(__name__)

STOP_TIMEOUT_S: Final = CLOSE_TIMEOUT_S + 1.0


class Sockets:
    """Every open WebSocket of this server."""

    def __init__(self, parts: SessionParts, http: HttpSettings, *, max_waiting: int) -> None:
        self._parts = parts
        self._http = http
        self._max_waiting = max_waiting
        self._open: set[Session] = set()
        self._waiting: set[Session] = set()
        self._stopping = False
        self._empty = asyncio.Event()
        self._empty.set()

    def __len__(self) -> int:
        return len(self._open)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Upgrades and runs one socket to its end.

        Raises OriginRefused, UpgradeRequired, ServerFull, ServerStopping.
        """
        if not origin_allowed(request, self._http):
            raise OriginRefused(request.headers.get("Origin", "")[:64])
        if self._stopping:
            raise ServerStopping
        if len(self._waiting) >= self._max_waiting:
            raise ServerFull("too many sockets that have not joined")
        # No compression: a few KiB saved are not worth 300 KiB of zlib state a socket and a bomb to defuse.
        # writer_limit=1: each frame waits until the kernel takes it, so that what waits is in our bounded queue.
        socket = web.WebSocketResponse(
            compress=False,
            max_msg_size=self._http.body_limit_bytes,
            autoping=False,
            timeout=CLOSE_TIMEOUT_S,
            writer_limit=1,
            decode_text=False,
        )
        if not socket.can_prepare(request).ok:
            raise UpgradeRequired
        await socket.prepare(request)
        transport = request.transport
        if transport is not None:
            await self._run(Session(socket, transport, self._parts))
        return socket

    async def stop(self) -> None:
        """Tells everybody to come back in a moment; returns when all sockets are gone, or after STOP_TIMEOUT_S."""
        self._stopping = True
        for session in list(self._open):
            session.close(ServerStopping(), again=True)
        try:
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await self._empty.wait()
        except TimeoutError:
            log.warning("x %d sockets did not end in time", len(self._open))

    async def _run(self, session: Session) -> None:
        self._open.add(session)
        self._waiting.add(session)
        self._empty.clear()
        self._parts.metrics.sockets.set(len(self._open))
        try:
            await session.run(seated=lambda: self._waiting.discard(session))
        finally:
            self._open.discard(session)
            self._waiting.discard(session)
            self._parts.metrics.sockets.set(len(self._open))
            if not self._open:
                self._empty.set()


def origin_allowed(request: web.Request, http: HttpSettings) -> bool:
    """Browsers always send Origin: it must be this host or one that the settings name. Other programs send none; they
    hold a token, which a foreign page does not."""
    origins = request.headers.getall("Origin", [])
    if not origins:
        return True
    if len(origins) != 1:
        return False
    origin = origins[0].lower()
    allowed = {allowed.lower() for allowed in (*http.allowed_origins, http.public_url) if allowed is not None}
    parts = urlsplit(origin)
    own = parts.scheme in {"http", "https"} and parts.netloc == request.host.lower() and not parts.path
    return own or origin in allowed
