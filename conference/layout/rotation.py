"""Polling (轮巡): whose turn it is in the panes of a group. Pure: who is there and what was shown are arguments.

All panes turn one page together. Members follow each other in a ring, in the order of the list; nobody is twice on a
page, and who stays on the next page keeps the pane. With nobody to wait for, nothing turns.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conference.model.ids import Identity


@dataclass(frozen=True, slots=True)
class Page:
    """`shown`: pane and who has it (None: there is nobody for it), in the order of the panes. `first`, `following`:
    places in the list of members at which this page began and the next one begins."""

    shown: tuple[tuple[int, Identity | None], ...] = ()
    first: int = 0
    following: int = 0

    def at(self, pane: int) -> Identity | None:
        """Who has this pane."""
        return dict(self.shown).get(pane)

    @property
    def people(self) -> list[Identity]:
        """Who is on it."""
        return [who for _, who in self.shown if who is not None]


def open_page(members: Sequence[Identity], able: Collection[Identity], panes: Sequence[int], first: int) -> Page:
    """The page that begins at the place `first` of the list. `able`: who may be shown."""
    chosen, following = _take(members, able, len(panes), first)
    return Page(_seat((), chosen, panes), _start(members, chosen, first), following)


def settle(page: Page, members: Sequence[Identity], able: Collection[Identity], panes: Sequence[int]) -> Page:
    """The same page while people come and go and panes are pinned: who is still able keeps the pane, the next in line
    take those that are free now."""
    kept = {pane: who for pane, who in page.shown if pane in panes and who in able and who in members}
    free = [pane for pane in panes if pane not in kept]
    taken = set(kept.values())
    come, following = _take(members, [who for who in able if who not in taken], len(free), page.following)
    kept.update(zip(free, come, strict=False))
    return Page(tuple((pane, kept.get(pane)) for pane in panes), page.first, following if come else page.following)


def turn(page: Page, members: Sequence[Identity], able: Collection[Identity], panes: Sequence[int]) -> Page:
    """The next page."""
    if not turns(members, able, panes):
        return settle(page, members, able, panes)
    chosen, following = _take(members, able, len(panes), page.following)
    return Page(_seat(page.shown, chosen, panes), _start(members, chosen, page.following), following)


def turn_back(page: Page, members: Sequence[Identity], able: Collection[Identity], panes: Sequence[int]) -> Page:
    """The page before."""
    if not turns(members, able, panes):
        return settle(page, members, able, panes)
    count = len(members)
    backwards = list(reversed(members))
    chosen, _ = _take(backwards, able, len(panes), (count - page.first) % count)
    chosen.reverse()
    return Page(_seat(page.shown, chosen, panes), _start(members, chosen, page.first), page.first)


def turns(members: Sequence[Identity], able: Collection[Identity], panes: Sequence[int]) -> bool:
    """Whether somebody waits for a turn."""
    return 0 < len(panes) < sum(who in able for who in members)


def elapsed(since_ms: int, now_ms: int, every_s: int) -> int:
    """How many turns are due by now."""
    return max(0, (now_ms - since_ms) // (every_s * 1000))


def _take(
    members: Sequence[Identity], able: Collection[Identity], wanted: int, first: int
) -> tuple[list[Identity], int]:
    """The next `wanted` of the ring from the place `first` on, each once; and the place after the last of them."""
    allowed, following = set(able), first
    chosen: list[Identity] = []
    count = len(members)
    for offset in range(count):
        if len(chosen) == wanted:
            break
        place = (first + offset) % count
        if members[place] in allowed:
            chosen.append(members[place])
            following = (place + 1) % count
    return chosen, following


def _seat(
    before: Sequence[tuple[int, Identity | None]], chosen: Sequence[Identity], panes: Sequence[int]
) -> tuple[tuple[int, Identity | None], ...]:
    """Who was there already stays where it was."""
    seats = {pane: who for pane, who in before if pane in panes and who in chosen}
    others = iter([who for who in chosen if who not in seats.values()])
    return tuple((pane, seats[pane] if pane in seats else next(others, None)) for pane in panes)


def _start(members: Sequence[Identity], chosen: Sequence[Identity], otherwise: int) -> int:
    return members.index(chosen[0]) if chosen else otherwise
