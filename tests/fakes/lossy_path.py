"""A UDP path with loss and delay between a client and a server, both on this machine."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast


class _End(asyncio.DatagramProtocol):
    def __init__(self, path: "LossyPath", *, to_server: bool) -> None:
        self.path = path
        self.to_server = to_server
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self.path.carry(data, addr, to_server=self.to_server)


class LossyPath:
    """One client at a time. `loss`: share dropped each way. `heads`: first four bytes of what the client sent."""

    def __init__(self, server: tuple[str, int], loss: float, delay_s: float) -> None:
        self.server = server
        self.loss = loss
        self.delay_s = delay_s
        self.dropped = 0
        self.heads: Counter[bytes] = Counter()
        self.near = _End(self, to_server=True)
        self.far = _End(self, to_server=False)
        self._client: tuple[str, int] | None = None
        self._dice = random.Random(11)

    @property
    def port(self) -> int:
        """Where the client sends."""
        assert self.near.transport is not None
        return int(self.near.transport.get_extra_info("sockname")[1])

    def carry(self, data: bytes, sender: tuple[str, int], *, to_server: bool) -> None:
        if to_server:
            self._client = sender
            self.heads[data[:4]] += 1
        if self._dice.random() < self.loss:
            self.dropped += 1
            return
        end, target = (self.far, self.server) if to_server else (self.near, self._client)
        transport = end.transport
        if transport is not None and target is not None:
            asyncio.get_running_loop().call_later(self.delay_s, transport.sendto, data, target)


@asynccontextmanager
async def lossy_path(server: tuple[str, int], *, loss: float, delay_s: float) -> AsyncIterator[LossyPath]:
    """`delay_s`: each way."""
    path = LossyPath(server, loss, delay_s)
    loop = asyncio.get_running_loop()
    near, _ = await loop.create_datagram_endpoint(lambda: path.near, local_addr=("127.0.0.1", 0))
    far, _ = await loop.create_datagram_endpoint(lambda: path.far, local_addr=("127.0.0.1", 0))
    try:
        yield path
    finally:
        near.close()
        far.close()
