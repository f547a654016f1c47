"""Sending many bytes to a reader of any speed: a bounded piece at a time, and no longer than somebody reads."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Final

from aiohttp import web

from signaling.recordings.library import OpenSegment
from signaling.recordings.ranges import Span

log = logging.getLogger(__name__)

PIECE_BYTES: Final = 80 * 1024
"""Above 64 KiB, from where on aiohttp waits for the reader at every write. Over TLS a slow reader holds three: one
here, one in the TLS layer, one in the transport."""
STALL_S: Final = 60.0
"""A reader that takes no piece for so long gives its place to another; a paused player asks again where it was."""
_UNSENT_BYTES: Final = 128 * 1024
_NOTSENT_LOWAT: Final = 25  # TCP_NOTSENT_LOWAT of linux/tcp.h


async def pieces_of(opened: OpenSegment, span: Span) -> AsyncGenerator[bytes, None]:
    """Those bytes of a segment, PIECE_BYTES at a time. Raises OSError, also when there are fewer than were indexed."""
    at, end = span.start, span.start + span.length
    while at < end:
        piece = await opened.read(at, min(PIECE_BYTES, end - at))
        if not piece:
            raise OSError(f"segment {opened.segment.id} ends at {at} of {opened.size_bytes} bytes")
        at += len(piece)
        yield piece


async def send(request: web.Request, response: web.StreamResponse, pieces: AsyncGenerator[bytes, None]) -> None:
    """Sends the answer with this body. Returns as well when its reader leaves, does not read, or when the pieces fail:
    then the connection is cut, because after its first byte an answer cannot become another one."""
    async with aclosing(pieces):
        with _cut_when_failing(request), _bounded(request):
            await response.prepare(request)
            async for piece in pieces:
                async with asyncio.timeout(STALL_S):
                    await response.write(piece)
            async with asyncio.timeout(STALL_S):
                await response.write_eof()


@contextmanager
def _bounded(request: web.Request) -> Iterator[None]:
    """Lets a write wait as long as anything is left of the one before, in user space and in the kernel."""
    transport = request.transport
    if transport is None:
        raise ConnectionResetError("the reader left")
    transport.set_write_buffer_limits(high=1, low=0)  # at high=0 the TLS layer waits although nothing is left
    _limit_unsent(transport, _UNSENT_BYTES)
    try:
        yield
    finally:
        if not transport.is_closing():  # the next request on this connection finds it as it was
            transport.set_write_buffer_limits()
            _limit_unsent(transport, 0)


def _limit_unsent(transport: asyncio.Transport, limit_bytes: int) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):  # without it the kernel holds more, nothing else
            connection.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, limit_bytes)


@contextmanager
def _cut_when_failing(request: web.Request) -> Iterator[None]:
    try:
        yield
    except ConnectionError:
        pass  # the reader left: people seek and close pages, nobody needs to be told
    except TimeoutError:
        log.info("x a download stood still for %d s", STALL_S)
        _cut(request)
    except Exception:
        log.exception("x a download failed on its way")
        _cut(request)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
