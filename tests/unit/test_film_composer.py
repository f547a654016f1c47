"""The canvas: what is drawn where, what is not drawn again, and what labels touch."""

import av
import numpy as np
import pytest

from conference.layout import FULL_HD, Rect, Size, grid
from recorder.film.canvas import Canvas
from recorder.film.composer import Composer
from recorder.film.labels import Labels, clean
from recorder.film.scale import place, planes_of
from recorder.film.tile import Place
from tests.fakes.film_made import T0_MS

SMALL = Size(640, 360)


def picture(width: int, height: int, luma: int, *, kind: str = "yuv420p") -> av.VideoFrame:
    block = np.full((height * 3 // 2, width), 128, np.uint8)
    block[:height] = luma
    return av.VideoFrame.from_ndarray(block, format="yuv420p").reformat(format=kind)


def noise(width: int, height: int) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(
        np.random.default_rng(1).integers(40, 200, (height * 3 // 2, width), np.uint8), format="yuv420p"
    )


def luma(composer: Composer, rect: Rect) -> np.ndarray:
    return composer.canvas.window(rect)[0]


def composed(name: str, *, labels: bool, muted: bool = False) -> tuple[np.ndarray, Rect]:
    composer = Composer(FULL_HD, labels=labels)
    cell = grid(FULL_HD, 9)[4]
    composer.arrange([Place("a", cell, name)])
    composer.mute("a", muted=muted)
    composer.feed("a", noise(640, 360))
    composer.tick(T0_MS)
    return composer.canvas.planes[0].copy(), cell


@pytest.mark.parametrize("muted", [False, True])
def test_a_chinese_label_changes_its_box_only(muted: bool) -> None:
    plain, cell = composed("", labels=False)
    labelled, _ = composed("应急指挥中心 王伟", labels=True, muted=muted)
    bitmap = Labels().name("应急指挥中心 王伟", cell.height // 14 & ~1, cell.width, muted=muted)[0]
    box = Rect(cell.x, cell.bottom - bitmap.shape[0], bitmap.shape[1], bitmap.shape[0])
    differs = plain != labelled
    inside = differs[box.y : box.bottom, box.x : box.right]
    assert inside.mean() > 0.9
    assert differs.sum() == inside.sum()
    assert np.array_equal(labelled[box.y : box.bottom, box.x : box.right], bitmap)


def test_characters_are_drawn_each_in_its_own_shape() -> None:
    labels = Labels()
    bitmaps = [labels.name(text, 24, 400, muted=False)[0] for text in ("会", "商", "应", "急")]
    question = labels.name("?", 24, 400, muted=False)[0]
    for number, bitmap in enumerate(bitmaps):
        assert (bitmap > 128).mean() > 0.05
        assert bitmap.shape[1] > question.shape[1]
        assert all(not np.array_equal(bitmap, other) for other in bitmaps[:number])


def test_long_names_are_cut_and_direction_marks_taken_out() -> None:
    labels = Labels()
    assert labels.name("很长的名字" * 20, 20, 200, muted=True)[0].shape[1] <= 200
    assert labels.name("很长的名字", 20, 24, muted=True)[0].shape[1] <= 24
    assert clean("a\u202eb\nc\x00 d") == "abc d"


def test_bitmaps_are_kept_by_text_and_size() -> None:
    labels = Labels()
    assert labels.name("王伟", 20, 200, muted=False) is labels.name("王伟", 20, 200, muted=False)
    assert labels.name("王伟", 20, 200, muted=False) is not labels.name("王伟", 22, 200, muted=False)


def test_only_what_changed_is_drawn() -> None:
    composer = Composer(SMALL)
    left, right = Rect(0, 0, 320, 180), Rect(320, 0, 320, 180)
    composer.arrange([Place("a", left), Place("b", right)])
    composer.feed("a", picture(320, 180, 60))
    composer.feed("b", picture(320, 180, 90))
    assert composer.tick(T0_MS)
    assert not composer.tick(T0_MS + 40)
    luma(composer, left)[:] = 7  # whoever draws again wipes this out
    composer.feed("b", picture(320, 180, 91))
    assert composer.tick(T0_MS + 80)
    assert (luma(composer, left) == 7).all()
    assert (luma(composer, right) == 91).all()
    composer.feed("b", picture(320, 180, 91))
    assert not composer.tick(T0_MS + 120), "the same picture again"
    composer.feed("nobody", picture(320, 180, 1))
    assert not composer.tick(T0_MS + 160)


def test_the_clock_changes_by_the_second_and_stays_on_top() -> None:
    composer = Composer(FULL_HD, utc_offset_min=480)
    composer.arrange([Place("a", Rect(0, 0, 1920, 1080))])
    composer.feed("a", picture(1920, 1080, 200))
    assert composer.tick(T0_MS)
    corner = Rect(1920 - 300, 0, 300, 60)
    first = luma(composer, corner).copy()
    assert (first < 100).any()
    assert not composer.tick(T0_MS + 999)
    assert composer.tick(T0_MS + 1000)
    second = luma(composer, corner).copy()
    assert not np.array_equal(first, second)
    composer.feed("a", picture(1920, 1080, 199))
    assert composer.tick(T0_MS + 1040)
    assert np.array_equal(luma(composer, corner) < 100, second < 100)


def test_letterbox_bars_are_black_and_a_new_size_leaves_nothing_behind() -> None:
    composer = Composer(SMALL)
    composer.arrange([Place("a", Rect(0, 0, 640, 360))])
    composer.feed("a", picture(640, 360, 200))
    composer.tick(T0_MS)
    composer.feed("a", picture(480, 360, 100))
    composer.tick(T0_MS + 40)
    assert (luma(composer, Rect(80, 0, 480, 360)) == 100).all()
    assert (luma(composer, Rect(0, 0, 80, 360)) == 16).all()
    assert (luma(composer, Rect(560, 0, 80, 360)) == 16).all()


def test_a_gap_hides_the_old_picture_and_the_next_one_comes_back() -> None:
    composer = Composer(SMALL)
    cell = Rect(0, 0, 640, 360)
    composer.arrange([Place("a", cell, "王伟")])
    composer.feed("a", picture(640, 360, 200))
    composer.tick(T0_MS)
    composer.cover("a", "gap")
    assert composer.tick(T0_MS + 40)
    assert np.median(luma(composer, cell)) == 32
    text = luma(composer, Rect(200, 140, 240, 80)).copy()
    assert (text > 200).any(), "the words"
    composer.cover("a", "")
    composer.tick(T0_MS + 80)
    assert np.median(luma(composer, cell)) == 32, "still waiting: the old picture is out of date"
    composer.feed("a", picture(640, 360, 180))
    composer.tick(T0_MS + 120)
    assert np.median(luma(composer, cell)) == 180


def test_a_new_arrangement_keeps_the_pictures_and_clears_the_rest() -> None:
    composer = Composer(SMALL)
    composer.arrange([Place("a", Rect(0, 0, 320, 180)), Place("b", Rect(320, 0, 320, 180))])
    composer.feed("a", picture(320, 180, 60))
    composer.feed("b", picture(320, 180, 90))
    composer.tick(T0_MS)
    composer.arrange([Place("b", Rect(0, 180, 320, 180))])
    assert composer.tick(T0_MS + 40)
    assert (luma(composer, Rect(0, 180, 320, 180)) == 90).all()
    assert (luma(composer, Rect(0, 0, 640, 180)) == 16).all()
    composer.arrange([Place("b", Rect(0, 180, 320, 180))])
    assert not composer.tick(T0_MS + 80)


@pytest.mark.parametrize("shape", [(640, 360), (1280, 720), (1920, 1080), (320, 180), (1000, 562), (2560, 1440)])
def test_a_picture_is_scaled_in_place(shape: tuple[int, int]) -> None:
    """A ramp stays a ramp, at every ratio."""
    width, height = shape
    block = np.full((height * 3 // 2, width), 128, np.uint8)
    block[:height] = np.linspace(20, 220, width).astype(np.uint8)
    canvas = Canvas(FULL_HD)
    target = Rect(640, 360, 640, 360)
    place(planes_of(av.VideoFrame.from_ndarray(block, format="yuv420p")), canvas.window(target))
    drawn = canvas.window(target)[0].astype(float)
    assert np.abs(drawn - np.linspace(20, 220, 640)).max() <= 3
    rest = canvas.planes[0].copy()
    rest[360:720, 640:1280] = 16
    assert (rest == 16).all()


@pytest.mark.parametrize(("width", "height"), [(321, 181), (17, 33), (16, 4096)])
@pytest.mark.parametrize("kind", ["yuv420p", "yuv444p", "yuvj420p", "gray", "yuv420p10le"])
def test_odd_sizes_and_other_formats_are_shown(width: int, height: int, kind: str) -> None:
    composer = Composer(SMALL, labels=False)
    composer.arrange([Place("a", Rect(0, 0, 640, 360))])
    source = np.full((height, width, 3), 120, np.uint8)
    composer.feed("a", av.VideoFrame.from_ndarray(source, format="rgb24").reformat(format=kind))
    assert composer.tick(T0_MS)
    drawn = luma(composer, Rect(0, 0, 640, 360)).astype(float)
    inside = drawn[drawn > 60]
    assert inside.size >= 360
    # swscale leaves the last column of an odd width as it was in some formats.
    assert np.mean(np.abs(inside - (16 + 120 * 219 / 255)) <= 4) > 0.98
