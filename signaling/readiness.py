"""Which parts of the server are degraded. Liveness never asks here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import Final

log = logging.getLogger(__name__)

Check = Callable[[], Awaitable[None]]
"""Returns when its part works; raises, with a sentence for the operator, when it does not."""
CHECK_TIMEOUT_S: Final = 2.0
KEEP_S: Final = 1.0
"""An answer is good for so long: whoever asks in a loop does not load the database."""


class Readiness:
    """`checks`: one per part, by its name (database, relay, disk). `beside`: those without which meetings go on: their
    faults are told, but send nobody away."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        clock: Callable[[], float] = monotonic,
        *,
        beside: Mapping[str, Check] | None = None,
    ) -> None:
        self.beside = frozenset(beside or ())
        self._checks = {**checks, **(beside or {})}
        self._clock = clock
        self._lock = asyncio.Lock()
        self._at_s: float | None = None
        self._last: dict[str, bool] = {}

    async def parts(self) -> dict[str, bool]:
        """Every part and whether it works. The reasons go to the log: they may name hosts and paths."""
        async with self._lock:
            now_s = self._clock()
            if self._at_s is None or now_s - self._at_s >= KEEP_S:
                names = list(self._checks)
                results = await asyncio.gather(*(self._works(name) for name in names))
                self._last = dict(zip(names, results, strict=True))
                self._at_s = self._clock()
            return dict(self._last)

    async def _works(self, name: str) -> bool:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                await self._checks[name]()
        except Exception as error:  # noqa: BLE001 - a check of somebody else's part; whatever it says means degraded
            if self._last.get(name, True):
                log.warning("x %s is degraded: %s: %s", name, type(error).__name__, error)
            return False
        if not self._last.get(name, True):
            log.info("- %s works again", name)
        return True
