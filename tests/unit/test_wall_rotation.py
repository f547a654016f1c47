"""Polling: everybody gets the turn, nobody twice on a page, and the panes of those who stay do not flicker."""

from collections import Counter
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from conference.layout.rotation import Page, elapsed, open_page, settle, turn, turn_back, turns
from conference.model.ids import Identity


def names(count: int) -> list[Identity]:
    return [Identity(f"m{number:02d}") for number in range(count)]


def page_of(page: Page) -> set[Identity]:
    return set(page.people)


members = st.integers(1, 30).map(names)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Identity], set[Identity], list[int]]:
    everybody = draw(members)
    able = draw(st.sets(st.sampled_from(everybody)))
    panes = draw(st.lists(st.integers(0, 35), unique=True, max_size=16))
    return everybody, able, panes


@given(cases(), st.integers(0, 40))
def test_a_page_holds_as_many_as_it_can(case: tuple[list[Identity], set[Identity], list[int]], first: int) -> None:
    everybody, able, panes = case
    page = open_page(everybody, able, panes, first % len(everybody))
    assert [pane for pane, _ in page.shown] == panes
    assert len(page.people) == len(page_of(page)) == min(len(panes), len(able))
    assert page_of(page) <= able


@given(cases())
def test_everybody_gets_the_same_number_of_turns(case: tuple[list[Identity], set[Identity], list[int]]) -> None:
    everybody, able, panes = case
    page = open_page(everybody, able, panes, 0)
    if not turns(everybody, able, panes):
        assert turn(page, everybody, able, panes) == page
        return
    seen: Counter[Identity] = Counter()
    for _ in range(len(able)):
        seen.update(page.people)
        page = turn(page, everybody, able, panes)
    assert set(seen.values()) == {len(panes)}
    assert set(seen) == able


@given(cases())
def test_the_wait_for_a_turn_is_bounded(case: tuple[list[Identity], set[Identity], list[int]]) -> None:
    everybody, able, panes = case
    if not turns(everybody, able, panes):
        return
    page = open_page(everybody, able, panes, 0)
    waited = dict.fromkeys(able, 0)
    for _ in range(3 * len(able)):
        waited = {who: 0 if who in page_of(page) else since + 1 for who, since in waited.items()}
        assert max(waited.values()) <= -(-len(able) // len(panes))
        page = turn(page, everybody, able, panes)


@given(cases(), st.integers(1, 10))
def test_back_undoes_a_turn(case: tuple[list[Identity], set[Identity], list[int]], count: int) -> None:
    everybody, able, panes = case
    pages = [open_page(everybody, able, panes, 0)]
    for _ in range(count):
        pages.append(turn(pages[-1], everybody, able, panes))
    page = pages[-1]
    for earlier in reversed(pages[:-1]):
        page = turn_back(page, everybody, able, panes)
        assert page_of(page) == page_of(earlier)


@given(cases())
def test_who_stays_keeps_the_pane(case: tuple[list[Identity], set[Identity], list[int]]) -> None:
    everybody, able, panes = case
    page = open_page(everybody, able, panes, 0)
    for _ in range(5):
        later = turn(page, everybody, able, panes)
        before, after = dict(page.shown), dict(later.shown)
        for pane in panes:
            if before[pane] in page_of(later):
                assert after[pane] == before[pane]
        page = later


@given(cases(), st.data())
def test_settling_changes_only_what_must(
    case: tuple[list[Identity], set[Identity], list[int]], data: st.DataObject
) -> None:
    everybody, able, panes = case
    page = open_page(everybody, able, panes, 0)
    still = data.draw(st.sets(st.sampled_from(everybody)))
    settled = settle(page, everybody, still, panes)
    before, after = dict(page.shown), dict(settled.shown)
    for pane in panes:
        if before[pane] in still:
            assert after[pane] == before[pane]
    assert len(settled.people) == len(page_of(settled)) == min(len(panes), len(still))
    assert settle(settled, everybody, still, panes) == settled


def test_pages_of_a_county_poll() -> None:
    everybody = [Identity(name) for name in "ABCDE"]
    page = open_page(everybody, set(everybody), [2, 5], 0)
    shown = []
    for _ in range(5):
        shown.append("".join(page.people))
        page = turn(page, everybody, set(everybody), [2, 5])
    assert shown == ["AB", "CD", "EA", "BC", "DE"]


def test_a_group_without_members_shows_nobody() -> None:
    page = open_page([], [], [0, 1], 0)
    assert page.people == []
    assert turn(page, [], [], [0, 1]).people == turn_back(page, [], [], [0, 1]).people == []


@given(st.integers(0, 10**13), st.integers(-(10**9), 10**9), st.integers(5, 600))
def test_turns_that_are_due(since_ms: int, after_ms: int, every_s: int) -> None:
    due = elapsed(since_ms, since_ms + after_ms, every_s)
    assert due >= 0
    if after_ms >= 0:
        assert due * every_s * 1000 <= after_ms < (due + 1) * every_s * 1000


class PeopleComeAndGo(RuleBasedStateMachine):
    """Whatever happens in whatever order: no pane is empty while somebody able has none, and nobody has two."""

    @initialize(everybody=members, panes=st.lists(st.integers(0, 8), unique=True, min_size=1, max_size=6))
    def begin(self, everybody: list[Identity], panes: list[int]) -> None:
        self.members, self.panes, self.able = everybody, panes, set(everybody)
        self.page = open_page(everybody, self.able, panes, 0)

    @rule(data=st.data())
    def somebody_comes_or_goes(self, data: st.DataObject) -> None:
        self.able ^= {data.draw(st.sampled_from(self.members))}
        self.page = settle(self.page, self.members, self.able, self.panes)

    @rule(pane=st.integers(0, 8))
    def a_pane_is_pinned_or_let_go(self, pane: int) -> None:
        self.panes = [p for p in self.panes if p != pane] if pane in self.panes else sorted([*self.panes, pane])
        self.page = settle(self.page, self.members, self.able, self.panes)

    @rule(gone=st.integers(0, 29))
    def a_member_is_taken_off_the_list(self, gone: int) -> None:
        if len(self.members) > 1:
            self.members = [m for m in self.members if m != Identity(f"m{gone:02d}")] or self.members
            self.able &= set(self.members)
            self.page = settle(self.page, self.members, self.able, self.panes)

    @rule(back=st.booleans())
    def it_turns(self, back: bool) -> None:
        step = turn_back if back else turn
        self.page = step(self.page, self.members, self.able, self.panes)

    @invariant()
    def the_page_is_right(self) -> None:
        assert [pane for pane, _ in self.page.shown] == self.panes
        assert set(self.page.people) <= self.able
        assert len(self.page.people) == len(set(self.page.people)) == min(len(self.panes), len(self.able))


TestPeopleComeAndGo = PeopleComeAndGo.TestCase
TestPeopleComeAndGo.settings = settings(max_examples=60, stateful_step_count=30)


def test_a_page_that_turns_goes_round_in_order() -> None:
    everybody = names(20)
    page = open_page(everybody, everybody, [0], 7)
    order = []
    for _ in range(20):
        order += page.people
        page = turn(page, everybody, everybody, [0])
    assert order == everybody[7:] + everybody[:7]
    assert all(before != after for before, after in pairwise(order))
