"""The bounds the core sets to what it hears of a child."""

import os
import signal
import time

import pytest

from conference.children.exits import describe, printable
from conference.children.usage import CPU_WINDOW_S, Flood, Usage
from conference.sources import words
from conference.sources.family import SOURCES

MAX_WORDS_PER_S = SOURCES.max_words_per_s


def test_many_words_are_a_flood_only_when_they_last() -> None:
    flood = Flood(MAX_WORDS_PER_S)
    for second in range(2):
        for _ in range(MAX_WORDS_PER_S + 1):
            flood.note(10)
        assert flood.excess() is None, second
    for _ in range(MAX_WORDS_PER_S):
        flood.note(10)
    assert flood.excess() is None
    for second in range(3):
        for _ in range(MAX_WORDS_PER_S + 1):
            flood.note(10)
        assert (flood.excess() is None) == (second < 2)


def test_long_words_count_more() -> None:
    flood = Flood(MAX_WORDS_PER_S)
    for second in range(3):
        for _ in range(30):
            flood.note(words.MAX_MESSAGE_BYTES)
        assert (flood.excess() is None) == (second < 2)


def test_a_thumbnail_and_a_report_each_second_are_none() -> None:
    flood = Flood(MAX_WORDS_PER_S)
    for _ in range(10):
        flood.note(100_000)
        flood.note(300)
        assert flood.excess() is None


def test_memory_over_its_limit_shows_at_once() -> None:
    assert Usage(os.getpid(), words.Limits(memory_bytes=1 << 40)).excess(0.0) is None
    excess = Usage(os.getpid(), words.Limits(memory_bytes=1 << 20)).excess(0.0)
    assert excess is not None
    assert excess.endswith("MiB of memory")


def test_cpu_is_judged_over_its_window() -> None:
    usage = Usage(os.getpid(), words.Limits(memory_bytes=1 << 40, cpu_share=0.001))
    assert usage.excess(0.0) is None
    until_s = time.process_time() + 0.05
    while time.process_time() < until_s:
        pass
    assert usage.excess(CPU_WINDOW_S - 1) is None
    excess = usage.excess(CPU_WINDOW_S)
    assert excess is not None
    assert "cores for 10 s" in excess


def test_a_process_that_is_gone_uses_nothing() -> None:
    assert Usage(2**22 + 1, words.Limits()).excess(0.0) is None


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (None, "status unknown"),
        (0, "exit code 0"),
        (1 << 8, "exit code 1"),
        (signal.SIGSYS, "SIGSYS"),
        (40, "signal 40"),
    ],
)
def test_a_status_in_words(status: int | None, text: str) -> None:
    assert describe(status) == text


def test_what_a_child_says_is_printable() -> None:
    nasty = "ok \x1b[2J\r\n\x00\u4f1a\u202e" + "x" * 1000
    shown = printable(nasty)
    assert shown.startswith("ok ?[2J")
    assert all(" " <= char <= "~" for char in shown)
    assert len(shown) == 200
