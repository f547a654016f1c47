"""Geometry: nothing overlaps, nothing leaves the canvas, aspects stay, cells meet the simulcast layers."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.layout import FULL_HD, InvalidLayout, Layout, Rect, Size, arrange, fit_picture, grid, one_big, speaker
from conference.layout.plan import Free

WALL = Size(3840, 1080)
SIDES = st.integers(320, 3840).map(lambda half: half * 2)
SIZES = st.builds(Size, SIDES, SIDES)


def shapes(cells: tuple[Rect, ...]) -> set[tuple[int, int]]:
    return {(cell.width, cell.height) for cell in cells}


def check(cells: tuple[Rect, ...], size: Size) -> None:
    for cell in cells:
        assert cell.inside(size), cell
        assert all(value % 2 == 0 for value in (cell.x, cell.y, cell.width, cell.height)), cell
        # Even sides: up to two pixels off the exact aspect.
        assert abs(cell.width - cell.height * 16 / 9) <= 2 + 2 * 16 / 9, cell
    assert not [pair for pair in combinations(cells, 2) if pair[0].overlaps(pair[1])]


@given(size=SIZES, count=st.integers(0, 49))
def test_grids_are_apart_and_inside(size: Size, count: int) -> None:
    cells = grid(size, count)
    assert len(cells) == count
    assert len(shapes(cells)) <= 1
    check(cells, size)


@given(size=SIZES, count=st.integers(0, 25), layout=st.sampled_from([speaker, one_big]))
def test_one_large_and_small_ones_are_apart_and_inside(size: Size, count: int, layout: object) -> None:
    cells = speaker(size, count) if layout is speaker else one_big(size, count)
    check(cells, size)
    assert len(cells) == (min(count, len(cells)) if layout is speaker else count)
    if count > 1:
        assert cells[0].width >= max(cell.width for cell in cells[1:]) - 2  # even sides
        assert len(cells) >= 2


@pytest.mark.parametrize(
    ("count", "shape"), [(1, (1920, 1080)), (4, (960, 540)), (9, (640, 360)), (16, (480, 270)), (36, (320, 180))]
)
def test_square_grids_fill_full_hd(count: int, shape: tuple[int, int]) -> None:
    cells = grid(FULL_HD, count)
    assert shapes(cells) == {shape}
    assert sum(cell.width * cell.height for cell in cells) == 1920 * 1080


def test_a_wall_of_two_screens_takes_six_columns() -> None:
    assert shapes(grid(WALL, 18)) == {(640, 360)}
    assert len({cell.x for cell in grid(WALL, 18)}) == 6
    assert grid(WALL, 2) == (Rect(0, 0, 1920, 1080), Rect(1920, 0, 1920, 1080))


def test_a_last_row_that_is_not_full_lies_in_the_middle() -> None:
    cells = grid(FULL_HD, 5)
    assert [cell.x for cell in cells[3:]] == [320, 960]


def test_speaker_and_one_big_use_layers_as_they_are() -> None:
    assert speaker(FULL_HD, 7)[0] == Rect(0, 90, 1600, 900)
    assert shapes(speaker(FULL_HD, 7)[1:]) == {(320, 180)}
    assert len(speaker(FULL_HD, 20)) == 7
    assert one_big(FULL_HD, 6)[0] == Rect(0, 0, 1280, 720)
    assert shapes(one_big(FULL_HD, 6)[1:]) == {(640, 360)}
    assert one_big(FULL_HD, 12)[0] == Rect(0, 0, 1600, 900)
    assert shapes(one_big(FULL_HD, 12)[1:]) == {(320, 180)}
    assert one_big(WALL, 10)[0] == Rect(0, 0, 1920, 1080)
    assert shapes(one_big(WALL, 10)[1:]) == {(640, 360)}


@given(
    width=st.integers(16, 4096),
    height=st.integers(16, 4096),
    cell=st.builds(
        Rect,
        st.just(10),
        st.just(20),
        st.integers(8, 960).map(lambda n: n * 2),
        st.integers(8, 540).map(lambda n: n * 2),
    ),
)
def test_a_picture_keeps_its_aspect_inside_its_cell(width: int, height: int, cell: Rect) -> None:
    inner = fit_picture(width, height, cell)
    assert inner.width % 2 == inner.height % 2 == inner.x % 2 == inner.y % 2 == 0
    assert cell.x <= inner.x
    assert cell.y <= inner.y
    assert inner.right <= cell.right
    assert inner.bottom <= cell.bottom
    largest = min(cell.width / width, cell.height / height)
    assert any(
        abs(inner.width - width * scale) <= 2 and abs(inner.height - height * scale) <= 2
        for scale in (largest, 1.0, 0.5)
        if scale <= largest
    )
    # It is not needlessly small either.
    assert inner.width >= cell.width * 15 / 16 - 3 or inner.height >= cell.height * 15 / 16 - 3


@pytest.mark.parametrize(
    ("picture", "cell", "inner"),
    [
        ((640, 360), (640, 360), (640, 360)),
        ((640, 360), (660, 372), (640, 360)),
        ((1280, 720), (660, 372), (640, 360)),
        ((1280, 720), (960, 540), (960, 540)),
        ((640, 480), (640, 360), (480, 360)),
        ((360, 640), (640, 360), (202, 360)),
        ((320, 180), (640, 360), (640, 360)),
    ],
)
def test_one_to_one_and_two_to_one_are_preferred_when_near(
    picture: tuple[int, int], cell: tuple[int, int], inner: tuple[int, int]
) -> None:
    placed = fit_picture(*picture, Rect(0, 0, *cell))
    assert (placed.width, placed.height) == inner


def test_cells_near_a_layer_become_it() -> None:
    assert shapes(grid(Size(1960, 1100), 9)) == {(640, 360)}
    assert shapes(grid(FULL_HD, 25)) == {(384, 216)}


def test_free_windows_touch_and_fill() -> None:
    third = 1 / 3
    layout = Layout("free", tuple(Free(column * third, 0.0, third, 1.0) for column in range(3)))
    cells = arrange(FULL_HD, layout, 5)
    assert cells == (Rect(0, 0, 640, 1080), Rect(640, 0, 640, 1080), Rect(1280, 0, 640, 1080))
    assert len(arrange(FULL_HD, layout, 2)) == 2


@pytest.mark.parametrize(
    "windows",
    [
        (Free(0, 0, 0.6, 1), Free(0.5, 0, 0.5, 1)),
        (Free(0.5, 0, 0.6, 1),),
        (Free(-0.1, 0, 0.5, 1),),
        (Free(0, 0, 0.001, 1),),
        (Free(float("nan"), 0, 1, 1),),
        tuple(Free(0, 0, 1, 1) for _ in range(101)),
    ],
)
def test_bad_windows_are_refused(windows: tuple[Free, ...]) -> None:
    with pytest.raises(InvalidLayout):
        arrange(FULL_HD, Layout("free", windows), 1)


@pytest.mark.parametrize("count", [-1, 101])
@pytest.mark.parametrize("name", ["grid", "speaker", "one-big"])
def test_bad_counts_are_refused(name: str, count: int) -> None:
    with pytest.raises(InvalidLayout):
        arrange(FULL_HD, Layout(name), count)


@pytest.mark.parametrize(("width", "height"), [(1921, 1080), (0, 0), (20_000, 1080)])
def test_bad_canvases_are_refused(width: int, height: int) -> None:
    with pytest.raises(InvalidLayout):
        Size(width, height)


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(InvalidLayout):
        arrange(FULL_HD, Layout("pyramid"), 4)
