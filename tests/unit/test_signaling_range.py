"""Byte ranges: the grammar of RFC 9110 section 14, and that a range is exactly its bytes."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.errors import RangeUnsatisfiable, headers_of
from signaling.recordings.ranges import EntityTag, Span, matches, same_for_range, span_of
from signaling.recordings.stream import PIECE_BYTES, pieces_of
from tests.fakes.library import RECORDING, VIDEO, FakeOpen, filled_library, pattern

SIZE = 1000


@pytest.mark.parametrize(
    ("header", "start", "length"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-499", 0, 500),
        ("bytes=500-", 500, 500),
        ("bytes=999-", 999, 1),
        ("bytes=0-", 0, 1000),
        ("bytes=0-999", 0, 1000),
        ("bytes=900-5000", 900, 100),
        ("bytes=-1", 999, 1),
        ("bytes=-1000", 0, 1000),
        ("bytes=-5000", 0, 1000),
        ("BYTES=1-2", 1, 2),
        (" bytes=1-2 ", 1, 2),
        ("bytes= 1-2\t", 1, 2),
        ("bytes=,1-2,", 1, 2),
        ("bytes=0001-0002", 1, 2),
        (f"bytes=0-{10**18}", 0, 1000),
        (f"bytes=0-{10**200}", 0, 1000),
        (f"bytes=-{10**200}", 0, 1000),
        ("bytes=" + "0" * 200 + "-5", 0, 6),
    ],
)
def test_a_single_range(header: str, start: int, length: int) -> None:
    assert span_of([header], SIZE) == Span(start, length)


@pytest.mark.parametrize(
    ("header", "start", "length"),
    [("bytes=0-", 0, 300), ("bytes=600-", 600, 300), ("bytes=800-", 800, 200), ("bytes=0-999", 0, 1000)],
)
def test_a_range_without_an_end_is_cut(header: str, start: int, length: int) -> None:
    assert span_of([header], SIZE, open_ended_bytes=300) == Span(start, length)


@pytest.mark.parametrize(
    "header",
    [
        "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "bytes=5-4", "bytes=--1", "bytes=1--2", "bytes=-1-2",
        "bytes=+1-2", "bytes=1-2-3", "bytes=1.0-2", "bytes=0x1-2", "bytes=１-２", "bytes=٣-", "bytes=1 - 2",
        "bytes:1-2", "items=0-1", "bytes =0-1", "bytes=0-1,2-3", "bytes=0-1,0-1", "bytes=-1,0-", "bytes=1-2,x", "none",
        "bytes=" + ",".join(["0-"] * 2000), "bytes=" + "0-1," * 60, "bytes=" + "9" * 300 + "-", "bytes=1-2\n",
        f"bytes={10**18}-{10**17}",
    ],
)  # fmt: skip
def test_what_is_no_single_range_counts_as_none(header: str) -> None:
    assert span_of([header], SIZE) is None


def test_several_header_lines_count_as_none() -> None:
    assert span_of([], SIZE) is None
    assert span_of(["bytes=0-1", "bytes=2-3"], SIZE) is None


@pytest.mark.parametrize(
    "header", ["bytes=1000-", "bytes=1000-1000", f"bytes={10**18}-", f"bytes={10**200}-", "bytes=-0", "bytes=-000"]
)
def test_a_range_without_a_byte_is_refused_with_the_size(header: str) -> None:
    with pytest.raises(RangeUnsatisfiable) as refused:
        span_of([header], SIZE)
    assert headers_of(refused.value)["Content-Range"] == "bytes */1000"


def test_of_an_empty_file() -> None:
    assert span_of(["bytes=-5"], 0) is None
    for header in ("bytes=0-", "bytes=0-0", "bytes=-0"):
        with pytest.raises(RangeUnsatisfiable):
            span_of([header], 0)


def test_content_range() -> None:
    assert Span(5, 10).content_range(100) == "bytes 5-14/100"


@given(text=st.text(max_size=300), size=st.integers(0, 10**20))
def test_no_header_is_a_surprise(text: str, size: int) -> None:
    for header in (text, "bytes=" + text):
        try:
            span = span_of([header], size)
        except RangeUnsatisfiable:
            continue
        assert span is None or (0 <= span.start < size and 0 < span.length <= size - span.start)


@given(size=st.integers(1, 10**19), first=st.integers(0, 10**19), extra=st.integers(0, 10**19))
def test_any_range_is_what_arithmetic_says(size: int, first: int, extra: int) -> None:
    try:
        span = span_of([f"bytes={first}-{first + extra}"], size)
    except RangeUnsatisfiable:
        assert first >= size or first >= 10**18
        return
    if first + extra < 10**18:
        assert span == Span(first, min(extra + 1, size - first))


@given(
    size=st.integers(1, 3 * PIECE_BYTES),
    first=st.integers(0, 3 * PIECE_BYTES),
    last=st.integers(0, 4 * PIECE_BYTES),
)
def test_a_range_is_exactly_its_bytes(size: int, first: int, last: int) -> None:
    async def run() -> None:
        library = filled_library(video_bytes=size)
        opened = await library.open_segment(RECORDING, VIDEO)
        try:
            span = span_of([f"bytes={first}-{last}"], size)
        except RangeUnsatisfiable:
            assert first >= size
            return
        span = span or Span(0, size)
        got = [piece async for piece in pieces_of(opened, span)]
        assert all(len(piece) <= PIECE_BYTES for piece in got)
        assert b"".join(got) == pattern(0, size)[span.start : span.start + span.length]

    asyncio.run(run())


async def test_a_file_shorter_than_its_index_is_an_error_of_the_disk() -> None:
    library = filled_library(video_bytes=1000)
    library.content[VIDEO] = lambda offset, length: pattern(offset, max(0, min(length, 500 - offset)))
    opened = await library.open_segment(RECORDING, VIDEO)
    got = b""
    with pytest.raises(OSError, match="500 of 1000"):
        async for piece in pieces_of(opened, Span(0, 1000)):
            got += piece
    assert got == pattern(0, 500)


async def test_short_reads_are_put_together() -> None:
    library = filled_library(video_bytes=1000)
    library.content[VIDEO] = lambda offset, length: pattern(offset, min(length, 7))
    opened: FakeOpen = await library.open_segment(RECORDING, VIDEO)
    assert b"".join([piece async for piece in pieces_of(opened, Span(3, 990))]) == pattern(3, 990)


STRONG, WEAK = EntityTag("a", weak=False), EntityTag("a", weak=True)


@pytest.mark.parametrize(
    ("tag", "if_range", "same"),
    [
        (STRONG, None, True), (WEAK, None, True), (STRONG, '"a"', True), (STRONG, ' "a" ', True),
        (STRONG, '"b"', False), (STRONG, "a", False), (STRONG, 'W/"a"', False), (WEAK, 'W/"a"', False),
        (WEAK, '"a"', False), (STRONG, "Sun, 22 Nov 2026 05:02:00 GMT", False), (STRONG, '"a", "b"', False),
    ],
)  # fmt: skip
def test_if_range(tag: EntityTag, if_range: str | None, same: bool) -> None:
    assert same_for_range(tag, if_range) is same


@pytest.mark.parametrize(
    ("tag", "listed", "strong", "found"),
    [
        (STRONG, [("a", False)], True, True),
        (STRONG, [("a", True)], True, False),
        (STRONG, [("a", True)], False, True),
        (WEAK, [("a", False)], True, False),
        (WEAK, [("a", True)], False, True),
        (WEAK, [("*", False)], True, True),
        (STRONG, [("b", False), ("a", False)], True, True),
        (STRONG, [("b", False)], False, False),
        (STRONG, [], False, False),
    ],
)
def test_lists_of_tags(tag: EntityTag, listed: list[tuple[str, bool]], strong: bool, found: bool) -> None:
    assert matches(tag, listed, strong=strong) is found


def test_how_tags_are_spelt() -> None:
    assert (str(STRONG), str(WEAK)) == ('"a"', 'W/"a"')
