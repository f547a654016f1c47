"""What panes without a picture show: everything within its cell, and each kind to be told from the others."""

from __future__ import annotations

import numpy as np
import pytest

from conference.layout import FULL_HD, Rect, Size, grid
from recorder.film.card import RED, Card, clean
from recorder.film.composer import Composer
from recorder.film.tile import Place

AT_S = 1_790_000_000
LONG = Card("text", "各单位注意：今夜至明日上午我市东部有大到暴雨，请做好值守。" * 16)
CARDS = (
    Card("text", "指挥中心"),
    Card("text", "一号门\n二号门\n三号门"),
    LONG,
    Card("clock", "", AT_S),
    Card("countdown", "距开始", 3725),
    Card("countdown", "距开幕", 3 * 86_400 + 5),
    Card("countdown", "撤离", 0),
    Card("web", "map.example.org:8443"),
)


def drawn(card: Card, cell: Rect, size: Size = FULL_HD, language: str = "zh-CN") -> Composer:
    composer = Composer(size, labels=False, language=language)
    composer.arrange([Place("a", cell, card=card)])
    assert composer.tick(0)
    return composer


def bright_rows(composer: Composer, cell: Rect) -> int:
    """Stretches of rows with ink: lines of text, marks."""
    rows = (composer.canvas.window(cell)[0] > 100).any(axis=1)
    return int(rows[0]) + int((rows[1:] & ~rows[:-1]).sum())


@pytest.mark.parametrize("card", CARDS, ids=lambda card: f"{card.says}-{card.at_s}-{len(card.text)}")
@pytest.mark.parametrize("panes", [1, 9, 36])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_it_lies_within_its_cell(card: Card, panes: int, language: str) -> None:
    cell = grid(FULL_HD, panes)[panes // 2]
    composer = drawn(card, cell, language=language)
    assert bright_rows(composer, cell) >= 1
    inside = composer.canvas.window(cell)[0]
    assert (inside[:, [0, -1]] < 60).all()
    assert (inside[[0, -1]] < 60).all()
    rest = composer.canvas.planes[0].copy()
    rest[cell.y : cell.bottom, cell.x : cell.right] = 16
    assert (rest == 16).all()


@pytest.mark.parametrize("card", CARDS, ids=lambda card: f"{card.says}-{card.at_s}-{len(card.text)}")
@pytest.mark.parametrize("shape", [(16, 16), (64, 16), (16, 400), (400, 18), (64, 64), (1920, 60)])
def test_little_room_is_no_fault(card: Card, shape: tuple[int, int]) -> None:
    cell = Rect(2, 2, *shape)
    composer = drawn(card, cell)
    rest = composer.canvas.planes[0].copy()
    rest[cell.y : cell.bottom, cell.x : cell.right] = 16
    assert (rest == 16).all()


def test_own_lines_stay_and_long_ones_are_wrapped() -> None:
    cell = Rect(0, 0, 640, 360)
    assert bright_rows(drawn(Card("text", "日日日"), cell), cell) == 1
    assert bright_rows(drawn(Card("text", "日\n日\n日"), cell), cell) == 3
    assert bright_rows(drawn(Card("text", "日" * 200), cell), cell) >= 5


def test_a_page_says_what_it_is_and_where_it_is_to_be_seen() -> None:
    cell = Rect(0, 0, 640, 360)
    assert bright_rows(drawn(Card("web", "map"), cell), cell) >= 3, "a globe, the host, where it is shown"
    one, other = (drawn(Card("web", host), cell).canvas.planes[0] for host in ("map.example.org", "ops.example.org"))
    assert not np.array_equal(one, other)


def test_a_countdown_that_is_over_is_red_and_a_running_one_is_not() -> None:
    cell = Rect(0, 0, 640, 360)
    reds = [(drawn(Card("countdown", "撤离", left_s), cell).canvas.planes[2] > RED[2] - 20).sum() for left_s in (0, 1)]
    assert reds[0] > 500
    assert reds[1] == 0


def test_a_clock_of_the_same_second_is_not_drawn_again() -> None:
    composer = drawn(Card("clock", "", AT_S), Rect(0, 0, 640, 360))
    before = composer.canvas.planes[0].copy()
    composer.arrange([Place("a", Rect(0, 0, 640, 360), card=Card("clock", "", AT_S))])
    assert not composer.tick(40)
    composer.arrange([Place("a", Rect(0, 0, 640, 360), card=Card("clock", "", AT_S + 1))])
    assert composer.tick(80)
    assert not np.array_equal(before, composer.canvas.planes[0])


def test_what_could_mislead_is_left_out() -> None:
    assert clean("一\u202e二\r\n三\x07\n") == "一二\n三"
    assert len(clean("字" * 2000)) == 500
