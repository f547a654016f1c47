"""Divisions of a canvas: whatever template and canvas, panes lie inside, apart, on even pixels, with their aspect."""

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.layout import InvalidLayout, Rect, Size
from conference.layout.plan import free
from conference.layout.templates import GRIDS, largest, windows
from conference.model.wall import MAX_PANES
from conference.model.window import Free

CANVASES = [(3840, 2160), (1920, 1080), (7680, 2160), (3840, 1080), (1080, 1920), (1280, 1024), (640, 360)]
TEMPLATES = [f"grid-{count}" for count in GRIDS] + [f"one-big-{small}" for small in range(1, MAX_PANES)]


def pixels(of: tuple[Free, ...], width: int, height: int) -> list[Rect]:
    """Where a display of exactly the canvas's size draws; every edge must be a whole pixel."""
    found = []
    for window in of:
        edges = (window.x * width, window.y * height, window.width * width, window.height * height)
        assert all(abs(edge - round(edge)) < 1e-6 for edge in edges)
        found.append(Rect(*(round(edge) for edge in edges)))
    return found


def check(of: tuple[Free, ...], width: int, height: int) -> list[Rect]:
    cells = pixels(of, width, height)
    assert all(cell.inside(Size(width, height)) for cell in cells)
    assert not any(first.overlaps(second) for first, second in combinations(cells, 2))
    assert not any(value % 2 for cell in cells for value in (cell.x, cell.y, cell.width, cell.height))
    return cells


@pytest.mark.parametrize(("width", "height"), CANVASES)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_on_every_canvas(template: str, width: int, height: int) -> None:
    cells = check(windows(template, width, height), width, height)
    count = int(template.rpartition("-")[2])
    assert len(cells) == (count if template.startswith("grid") else count + 1)
    for cell in cells:  # even pixels move an aspect a little, the more the smaller the cell is
        assert abs(cell.width * 9 - cell.height * 16) <= 16 * 2 + 9 * 2


@given(
    st.sampled_from(TEMPLATES),
    st.integers(240, 3840).map(lambda half: half * 2),
    st.integers(240, 2160).map(lambda half: half * 2),
)
def test_any_canvas(template: str, width: int, height: int) -> None:
    try:
        found = windows(template, width, height)
    except InvalidLayout:
        return  # no room beside the big one
    check(found, width, height)


def test_a_grid_of_a_wall_fills_it() -> None:
    for count in (1, 4, 9, 16, 25, 36):
        cells = check(windows(f"grid-{count}", 3840, 2160), 3840, 2160)
        assert sum(cell.width * cell.height for cell in cells) == 3840 * 2160
    assert check(windows("grid-2", 7680, 2160), 7680, 2160) == [Rect(0, 0, 3840, 2160), Rect(3840, 0, 3840, 2160)]


def test_one_big_is_first_and_the_largest() -> None:
    for small in range(1, 12):
        of = windows(f"one-big-{small}", 3840, 2160)
        assert largest(of) == 0
        assert all(of[0].width > other.width for other in of[1:])


@pytest.mark.parametrize(
    "template",
    ["", "grid", "grid-", "grid-0", "grid-3", "grid-04", "grid-4 ", "grid-٤", "grid--4", "grid-37", "grid-100",
     "one-big-0", "one-big-36", "one-big-", "one-big-x", "GRID-4", "free-2", "speaker", "x" * 1000],
)  # fmt: skip
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(InvalidLayout):
        windows(template, 3840, 2160)


@pytest.mark.parametrize(("width", "height"), [(0, 0), (62, 2160), (3841, 2160), (7682, 2160), (3840, 7682), (-2, 64)])
def test_what_is_no_canvas_is_refused(width: int, height: int) -> None:
    with pytest.raises(InvalidLayout):
        windows("grid-4", width, height)


fractions = st.floats(-0.1, 1.1) | st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 2 / 3, 1.0, float("nan"), float("inf")])


@given(st.lists(st.builds(Free, fractions, fractions, fractions, fractions), max_size=40))
def test_free_windows_are_right_or_refused(drawn: list[Free]) -> None:
    try:
        found = windows("free", 1920, 1080, tuple(drawn))
    except InvalidLayout:
        return
    assert 1 <= len(found) == len(drawn) <= MAX_PANES
    check(found, 1920, 1080)
    assert windows("free", 1920, 1080, found) == found  # drawing what is drawn changes nothing


@given(st.sampled_from(TEMPLATES), st.sampled_from(CANVASES))
def test_a_template_can_be_gone_on_with_freely(template: str, canvas: tuple[int, int]) -> None:
    of = windows(template, *canvas)
    assert windows("free", *canvas, of) == of
    # A display of another size of the same shape still has even pixels and nothing on top of each other.
    if re.match("grid", template) and canvas == (3840, 2160):
        assert len(free(Size(1920, 1080), of)) == len(of)


def test_the_largest_of_equal_windows_is_the_first() -> None:
    assert largest(windows("grid-4", 3840, 2160)) == 0
    assert largest((Free(0, 0, 0.4, 1), Free(0.4, 0, 0.6, 1))) == 1
