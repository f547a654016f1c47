"""Pairing codes: short-lived, bounded, given once, and not to be guessed."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from conference.model.errors import PairingNotFound, TooManyPairings
from conference.model.ids import RoomId, WallId
from conference.walls.pairing import (
    CODE_TTL_S,
    MAX_CALLERS,
    MAX_OF_ADDRESS,
    MAX_WAITING,
    MAX_WRONG,
    Attempts,
    Paired,
    Pairings,
    Waiting,
)

PAIRED = Paired(wall=WallId("w-1"), name="大屏一", room=RoomId("r"), token="wall_w-1.secret")


def test_a_code_is_shown_found_and_its_token_given_once() -> None:
    pairings = Pairings()
    waiting = pairings.begin("192.0.2.7", 3840, 2160, now_s=0)
    assert len(waiting.code) == 6
    assert waiting.code.isdigit()
    assert pairings.claim(waiting.secret, now_s=1) is None
    assert pairings.find(f"{waiting.code[:3]} {waiting.code[3:]}", now_s=1) is waiting
    waiting.paired = PAIRED
    with pytest.raises(PairingNotFound):
        pairings.find(waiting.code, now_s=2)
    assert pairings.claim(waiting.secret, now_s=2) == PAIRED
    with pytest.raises(PairingNotFound):
        pairings.claim(waiting.secret, now_s=2)
    assert "secret" not in repr(PAIRED)
    assert waiting.code not in repr(waiting)
    assert waiting.secret not in repr(waiting)


def test_a_code_ends_after_its_time() -> None:
    pairings = Pairings()
    waiting = pairings.begin("192.0.2.7", 0, 0, now_s=0)
    assert pairings.claim(waiting.secret, now_s=CODE_TTL_S - 0.1) is None
    for attempt in (pairings.claim, pairings.find):
        with pytest.raises(PairingNotFound):
            attempt(waiting.secret if attempt == pairings.claim else waiting.code, now_s=CODE_TTL_S)
    assert len(pairings) == 0


def test_one_address_pushes_out_only_its_own() -> None:
    pairings = Pairings()
    other = pairings.begin("198.51.100.1", 0, 0, now_s=0)
    mine = [pairings.begin("192.0.2.7", 0, 0, now_s=0) for _ in range(MAX_OF_ADDRESS + 5)]
    assert pairings.claim(other.secret, now_s=1) is None
    assert len(pairings) == MAX_OF_ADDRESS + 1
    with pytest.raises(PairingNotFound):
        pairings.claim(mine[4].secret, now_s=1)
    assert pairings.claim(mine[5].secret, now_s=1) is None


def test_the_whole_is_bounded_and_nobody_elses_is_pushed_out() -> None:
    pairings = Pairings()
    first = [pairings.begin(f"192.0.2.{number}", 0, 0, now_s=0) for number in range(MAX_WAITING)]
    with pytest.raises(TooManyPairings):
        pairings.begin("198.51.100.1", 0, 0, now_s=0)
    assert len({one.code for one in first}) == MAX_WAITING
    assert all(pairings.claim(one.secret, now_s=1) is None for one in first)
    assert pairings.begin("198.51.100.1", 0, 0, now_s=CODE_TTL_S).code


@given(st.text(max_size=20))
def test_any_text_is_a_code_or_not_found(text: str) -> None:
    pairings = Pairings()
    waiting = pairings.begin("a", 0, 0, now_s=0)
    try:
        assert pairings.find(text, now_s=0) is waiting
        assert text.replace(" ", "") == waiting.code
    except PairingNotFound:
        assert text.replace(" ", "") != waiting.code


def test_wrong_codes_are_counted_by_caller_and_forgotten_after_a_minute() -> None:
    attempts = Attempts()
    for second in range(MAX_WRONG):
        assert attempts.allowed("t-1", now_s=second)
        attempts.wrong("t-1", now_s=second)
    assert not attempts.allowed("t-1", now_s=MAX_WRONG)
    assert attempts.allowed("t-2", now_s=MAX_WRONG)
    assert not attempts.allowed("t-1", now_s=59.9)
    assert attempts.allowed("t-1", now_s=60)
    for number in range(MAX_CALLERS + 10):
        attempts.wrong(f"x-{number}", now_s=61)
    assert attempts.allowed("t-1", now_s=61)
    assert len(attempts._wrong) == MAX_CALLERS


class ManyDisplays(RuleBasedStateMachine):
    """However displays come, are paired and go: bounded, codes unique, and no token is given twice."""

    def __init__(self) -> None:
        super().__init__()
        self.pairings, self.now_s, self.given = Pairings(), 0.0, set[str]()
        self.known: list[Waiting] = []

    @rule(address=st.sampled_from(["a", "b", "c", "d", "e"]))
    def one_comes(self, address: str) -> None:
        try:
            self.known.append(self.pairings.begin(address, 1, 1, now_s=self.now_s))
        except TooManyPairings:
            assert len(self.pairings) == MAX_WAITING

    @rule(number=st.integers(0, 100))
    def one_is_paired(self, number: int) -> None:
        if self.known:
            one = self.known[number % len(self.known)]
            with contextlib.suppress(PairingNotFound):
                self.pairings.find(one.code, now_s=self.now_s).paired = PAIRED

    @rule(number=st.integers(0, 100))
    def one_asks(self, number: int) -> None:
        if self.known:
            one = self.known[number % len(self.known)]
            try:
                if self.pairings.claim(one.secret, now_s=self.now_s) is not None:
                    assert one.secret not in self.given
                    self.given.add(one.secret)
            except PairingNotFound:
                pass

    @rule(seconds=st.floats(0, 700))
    def time_goes_on(self, seconds: float) -> None:
        self.now_s += seconds

    @invariant()
    def it_is_bounded(self) -> None:
        assert len(self.pairings) <= MAX_WAITING
        waiting = list(self.pairings._waiting.values())
        assert len({one.code for one in waiting}) == len(waiting)


TestManyDisplays = ManyDisplays.TestCase
