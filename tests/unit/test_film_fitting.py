"""Text in lines, with a font in which every character is as wide as the size, Latin ones half as wide."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder.film.fitting import ELLIPSIS, fit, line_height, one_line, wrap


def measure(text: str, size: int) -> int:
    return sum(size if char >= "\u2e80" else size // 2 for char in text)


def wrapped(text: str, columns: int) -> tuple[str, ...]:
    """`columns`: of Han characters."""
    return wrap(text, columns * 10, lambda piece: measure(piece, 10))


@pytest.mark.parametrize(
    ("text", "columns", "lines"),
    [
        ("指挥中心", 4, ("指挥中心",)),
        ("指挥中心", 3, ("指挥中", "心")),
        ("一号门\n二号门\n\n三号门", 9, ("一号门", "二号门", "", "三号门")),
        ("一二三四，五", 4, ("一二三", "四，五")),
        ("一二三（四）五", 4, ("一二三", "（四）五")),
        ("say before six", 4, ("say", "before", "six")),
        ("请于 18:00 前到", 5, ("请于 18:00", "前到")),
        ("https://a.example.org/b", 5, ("https://", "a.example.", "org/b")),
        ("abcdefghij", 2, ("abcd", "efgh", "ij")),
        ("a  b", 9, ("a  b",)),
        ("  缩进", 9, ("  缩进",)),
        ("", 3, ("",)),
    ],
)
def test_where_lines_end(text: str, columns: int, lines: tuple[str, ...]) -> None:
    assert wrapped(text, columns) == lines


TEXTS = st.text(st.sampled_from("会商指挥，。（）ab -\n 1…W"), max_size=120)


@given(TEXTS, st.integers(1, 30))
def test_nothing_is_lost_and_no_line_is_too_wide(text: str, columns: int) -> None:
    lines = wrapped(text, columns)
    assert all(measure(line, 10) <= columns * 10 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@given(TEXTS, st.integers(20, 900), st.integers(14, 600), st.integers(10, 24), st.integers(0, 90))
def test_a_block_lies_within_its_room(text: str, width: int, height: int, smallest: int, more: int) -> None:
    smallest = min(smallest, width)
    block = fit(text, width, height, (smallest + more, smallest), measure)
    assert block.height <= height
    assert smallest <= block.size <= smallest + more
    assert all(measure(line, block.size) <= width for line in block.lines)
    if block.whole:
        assert "".join("".join(block.lines).split()) == "".join(text.split())
    elif block.lines:
        assert block.lines[-1].endswith(ELLIPSIS)


@given(TEXTS, st.integers(40, 600))
def test_a_larger_room_never_makes_it_smaller(text: str, width: int) -> None:
    small, large = (fit(text, width * n, width * n, (60, 10), measure) for n in (1, 2))
    assert large.size >= small.size
    assert large.whole or not small.whole


def test_it_is_as_large_as_it_may_be_and_cut_where_nothing_helps() -> None:
    assert fit("指挥中心", 400, 200, (80, 10), measure).size == 80
    assert fit("指挥中心", 100, line_height(25), (80, 10), measure).size == 25
    cut = fit("指挥中心" * 20, 100, 2 * line_height(20), (80, 20), measure)
    assert (cut.lines, cut.whole) == (("指挥中心指", "挥中心指…"), False)
    assert fit("指挥", 100, 5, (20, 10), measure).lines == ()


def test_one_line_is_cut_at_its_end() -> None:
    assert one_line("指挥中心", 40, 10, measure) == "指挥中心"
    assert one_line("指挥中心", 30, 10, measure) == "指挥…"
    assert one_line("指挥中心", 1, 10, measure) == ""
