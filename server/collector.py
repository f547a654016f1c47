"""When Python's garbage collector walks what has been made: not in a burst of joins, and yet often enough."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

COLLECT_EVERY_S: Final = 300.0

log: Final = logging.getLogger("huishang")


@asynccontextmanager
async def spared_collector(every_s: float = COLLECT_EVERY_S) -> AsyncIterator[None]:
    """What start-up made stays for good and is never walked again; what came since is walked whole every `every_s`.

    Whoever leaves is held by cycles (socket, session, connection) with some 100 KiB, most of them OpenSSL's, of which
    the collector's counts know nothing: by itself it would come for them after tens of thousands of visits.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    collecting = asyncio.create_task(_collect(every_s))
    try:
        yield
    finally:
        collecting.cancel()


async def _collect(every_s: float) -> None:
    while True:
        await asyncio.sleep(every_s)
        started_s = time.monotonic()
        found = gc.collect()
        log.debug("- %d objects collected in %.0f ms", found, (time.monotonic() - started_s) * 1000)
