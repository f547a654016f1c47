"""Children of sources: the nursery with what they all have in common."""

from collections.abc import Mapping, Sequence

from conference.children import child, nursery
from conference.children.exits import Exit
from conference.sources import words
from conference.sources.family import SOURCES, SourceFamily

__all__ = ["Child", "Exit", "SourceNursery"]

Child = child.Child[words.ToChild, words.FromChild]


class SourceNursery:
    """`limits`: of children that are spawned without their own. `family`: tests have other entries."""

    def __init__(self, *, limits: words.Limits, quality: words.Quality, family: SourceFamily = SOURCES) -> None:
        self._limits = limits
        self._quality = quality
        self._nursery = nursery.Nursery(family)
        self.run = self._nursery.run
        self.children: Mapping[int, Child] = self._nursery.children

    @property
    def template_pid(self) -> int | None:
        """Of the running template, warm or not yet."""
        return self._nursery.template_pid

    async def spawn(
        self,
        source: str,
        job: words.Job,
        fds: Sequence[int],
        *,
        on_word: child.OnWord[words.FromChild],
        on_exit: child.OnExit,
        limits: words.Limits | None = None,
    ) -> Child:
        """A running child. `fds` are duplicated on the way: the caller closes its own. Raises ChildUnavailable."""
        start = words.Start(source=source, job=job, limits=limits or self._limits, quality=self._quality)
        return await self._nursery.spawn(source, start, fds, on_word=on_word, on_exit=on_exit)
