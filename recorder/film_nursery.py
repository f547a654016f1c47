"""The template of films' children, warm only while films are made: most servers make few, and it takes as much memory
as a meeting."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from conference.children.nursery import Nursery
from recorder.film_family import FILMS, FilmFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recorder import film_words as words

    FilmNursery = Nursery[words.Start, words.ToChild, words.FromChild]

LINGER_S: Final = 30.0


class FilmNurseries:
    """`run`, and while it runs: `used` for as long as a film needs its child."""

    def __init__(self, family: FilmFamily = FILMS) -> None:
        self._family = family
        self._users = 0
        self._used = asyncio.Event()
        self._nursery: FilmNursery = Nursery(family)

    @property
    def nursery(self) -> FilmNursery:
        """The present one; its template may not be warm yet. One that has just gone to rest refuses: ask again."""
        return self._nursery

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._used.wait()
            running = asyncio.get_running_loop().create_task(self._nursery.run(), name="film-nursery")
            try:
                await self._idle(running)
            finally:
                running.cancel()
                await asyncio.wait([running])
                self._nursery = Nursery(self._family)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Keeps a template."""
        self._users += 1
        self._used.set()
        try:
            yield
        finally:
            self._users -= 1

    async def _idle(self, running: asyncio.Task[None]) -> None:
        """Returns when nobody has used it for a while. Raises what the nursery raises."""
        while True:
            done, _ = await asyncio.wait([running], timeout=LINGER_S)
            if done:
                running.result()
                return
            if not self._users:
                self._used.clear()
                return
