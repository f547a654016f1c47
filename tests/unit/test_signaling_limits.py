"""Depth of JSON text against a slow reference, and the token bucket against time."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.limits import TokenBucket, is_id, json_too_deep

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{}\\",a'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(alphabet='[]{}\\"a'), inner, max_size=4),
    max_leaves=40,
)


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max((depth_of(inner) for inner in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth_of(inner) for inner in value), default=0)
    return 0


@given(values, st.integers(min_value=0, max_value=6), st.booleans())
def test_agrees_with_the_parsed_value(value: object, limit: int, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert json_too_deep(text, limit) == (depth_of(value) > limit)


@given(st.binary(max_size=200), st.integers(min_value=0, max_value=6))
def test_any_bytes_have_an_answer(text: bytes, limit: int) -> None:
    assert json_too_deep(text, limit) in {True, False}


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 262_144,
        b"[]" * 131_072,
        b'"\\' * 131_072,
        b'"' * 262_144,
        b'"a' * 131_072 + b"[" * 40,
        b'"\\"' * 87_000,
        b"\\" * 262_144 + b"[" * 40,
        b'["' * 131_072,
    ],
)
def test_the_worst_texts_cost_milliseconds(text: bytes) -> None:
    started_s = time.process_time()
    json_too_deep(text, 32)
    assert time.process_time() - started_s < 0.1


def test_a_bucket_allows_a_burst_and_then_its_rate() -> None:
    now_s = 100.0
    bucket = TokenBucket(50, 200, lambda: now_s)
    assert [bucket.take() for _ in range(201)] == [True] * 200 + [False]
    now_s += 0.125
    assert [bucket.take() for _ in range(7)] == [True] * 6 + [False]
    now_s += 3600
    assert sum(bucket.take() for _ in range(300)) == 200


def test_a_clock_that_goes_back_gives_nothing() -> None:
    now_s = 100.0
    bucket = TokenBucket(1, 1, lambda: now_s)
    assert bucket.take()
    now_s = 50.0
    assert not bucket.take()


@pytest.mark.parametrize("text", ["", "a b", "../x", "a/b", "a" * 65, "房间", "a\n", "a%2f"])
def test_what_is_no_id(text: str) -> None:
    assert not is_id(text)


def test_what_is_an_id() -> None:
    assert is_id("r-A_9.x:1")
