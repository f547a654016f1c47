"""The polling groups of a wall while time goes on and people come and go. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from conference.layout.rotation import Page, elapsed, open_page, settle, turn, turn_back, turns
from conference.model.errors import ContentRefused
from conference.model.ids import GroupId, Identity
from conference.model.wall import Group, Rotation, RotationView, Wall
from conference.walls.boards import group_panes
from conference.walls.edits import Turn
from conference.walls.facts import Facts


@dataclass(frozen=True, slots=True)
class Turning:
    """A group's page, shown since `since_ms`. `follows`: what it becomes at `turns_at_ms`; both None when nothing is
    to turn."""

    page: Page
    since_ms: int
    paused: bool = False
    follows: Page | None = None
    turns_at_ms: int | None = None


Turnings = Mapping[GroupId, Turning]


def advance(turnings: Turnings, wall: Wall, facts: Facts, now_ms: int) -> Turnings:
    """Every group of the wall's board as it is now. One that is not in `turnings` goes on where the wall says."""
    return {group.id: _advance(turnings.get(group.id), wall, group, facts, now_ms) for group in wall.board.groups}


def command(turnings: Turnings, wall: Wall, group: GroupId, order: Turn, facts: Facts, now_ms: int) -> Turnings:
    """What somebody at a console wants of a group; its time begins anew. Raises ContentRefused."""
    of = next((one for one in wall.board.groups if one.id == group), None)
    if of is None:
        raise ContentRefused(f"group {group[:64]}")
    now = turnings[group]
    page, able, panes = now.page, _able(wall, of, facts), free_panes(wall, group)
    match order:
        case Turn.PAUSE | Turn.RESUME:
            changed = replace(now, since_ms=now_ms, paused=order is Turn.PAUSE)
        case Turn.NEXT:
            changed = replace(now, page=turn(page, of.members, able, panes), since_ms=now_ms)
        case Turn.PREVIOUS:
            changed = replace(now, page=turn_back(page, of.members, able, panes), since_ms=now_ms)
    return {**turnings, group: _foreseen(changed, wall, of, facts, now_ms)}


def rotations(turnings: Turnings) -> tuple[Rotation, ...]:
    """What is kept of it."""
    return tuple(
        Rotation(group=group, step=now.page.first, since_ms=now.since_ms, paused=now.paused)
        for group, now in turnings.items()
    )


def rotation_views(turnings: Turnings) -> tuple[RotationView, ...]:
    return tuple(
        RotationView(group=group, step=now.page.first, paused=now.paused, turns_at_ms=now.turns_at_ms)
        for group, now in turnings.items()
    )


def next_turn_ms(turnings: Turnings) -> int | None:
    """Unix time of the next turn of any of them."""
    return min((now.turns_at_ms for now in turnings.values() if now.turns_at_ms is not None), default=None)


def free_panes(wall: Wall, group: GroupId) -> tuple[int, ...]:
    """The panes of a group that are not pinned."""
    pinned = {pin.pane for pin in wall.pins}
    return tuple(pane for pane in group_panes(wall.board, group) if pane not in pinned)


def _advance(now: Turning | None, wall: Wall, group: Group, facts: Facts, now_ms: int) -> Turning:
    able, panes = _able(wall, group, facts), free_panes(wall, group.id)
    waited = now is not None and now.turns_at_ms is None
    if now is None:
        kept = next((r for r in wall.rotations if r.group == group.id), Rotation(group=group.id, since_ms=now_ms))
        now = Turning(open_page(group.members, able, panes, kept.step), min(kept.since_ms, now_ms), kept.paused)
    page = settle(now.page, group.members, able, panes)
    since_ms = now_ms if waited else min(now.since_ms, now_ms)  # the clock may have been set back
    if turns(group.members, able, panes) and not now.paused:
        due, ring = elapsed(since_ms, now_ms, group.every_s), sum(who in able for who in group.members)
        for _ in range(due if due < 2 * ring else ring + due % ring):  # after one round pages come again
            page = turn(page, group.members, able, panes)
        since_ms += due * group.every_s * 1000
    return _foreseen(replace(now, page=page, since_ms=since_ms), wall, group, facts, now_ms)


def _foreseen(now: Turning, wall: Wall, group: Group, facts: Facts, now_ms: int) -> Turning:
    able, panes = _able(wall, group, facts), free_panes(wall, group.id)
    if not turns(group.members, able, panes):
        return replace(now, since_ms=now_ms, follows=None, turns_at_ms=None)  # whoever comes is given a whole turn
    if now.paused:
        return replace(now, follows=None, turns_at_ms=None)
    follows = turn(now.page, group.members, able, panes)
    return replace(now, follows=follows, turns_at_ms=now.since_ms + group.every_s * 1000)


def _able(wall: Wall, group: Group, facts: Facts) -> frozenset[Identity]:
    """Who may get a turn: not who is pinned already."""
    able = facts.able if group.skip_absent else frozenset(group.members)
    return able - {pin.identity for pin in wall.pins}
