"""The network between a display and its server, on loopback: it can be cut, and be away for a while."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_CHUNK_BYTES = 65_536


class NetworkPath:
    """Passes TCP on to a port. Media goes by UDP beside it, as over another cable."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: set[asyncio.StreamWriter] = set()
        self.accepted = 0
        """Connections passed on so far: who lost one and has another is back on the wire."""
        self.away = False
        """New connections are refused."""
        self.url = ""

    def cut(self) -> None:
        """Every connection ends at once, without a goodbye."""
        for writer in self._open:
            writer.transport.abort()

    async def serve(self) -> asyncio.Server:
        server = await asyncio.start_server(self._passed_on, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return server

    async def _passed_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        far: asyncio.StreamWriter | None = None
        try:
            if self.away:
                return
            far_reader, far = await asyncio.open_connection("127.0.0.1", self._port)
            self._open.add(far)
            self.accepted += 1
            ways = [asyncio.create_task(_copied(reader, far)), asyncio.create_task(_copied(far_reader, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
        except OSError:
            return  # the server is away: the display is told by the end of its connection
        finally:
            for one in (writer, far):
                if one is not None:
                    self._open.discard(one)
                    one.transport.abort()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
        # What was written is sent before the connection is given up.
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def network_path(port: int) -> AsyncIterator[NetworkPath]:
    path = NetworkPath(port)
    server = await path.serve()
    try:
        yield path
    finally:
        server.close()
        path.cut()
