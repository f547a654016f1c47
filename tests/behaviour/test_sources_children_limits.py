"""Children that hang, burn, hog or flood are ended, each alone."""

import asyncio
import os
import signal
import time

import pytest

from conference.children.child_log import LINE_CHARS, LINES_PER_S
from conference.sources import words
from tests.fakes.nursery import Heard, Ward, ward

STALL_S = 1.5
SHORT = words.Limits(stall_s=STALL_S)


async def _bystander(children: Ward) -> Heard:
    heard = await children.spawn("idle")
    await heard.until(lambda: heard.words)
    return heard


async def test_a_stopped_child_is_killed_as_stalled() -> None:
    async with ward() as children:
        bystander = await _bystander(children)
        child = await children.spawn("idle", limits=SHORT)
        await child.until(lambda: len(child.words) >= 2)
        os.kill(child.pid, signal.SIGSTOP)
        begun_s = time.monotonic()
        assert (await child.exit()).reason == "stalled"
        assert STALL_S - words.BEAT_PERIOD_S < time.monotonic() - begun_s < STALL_S + 0.5
        assert not bystander.exits


async def test_a_busy_child_is_killed_as_stalled() -> None:
    async with ward() as children:
        child = await children.spawn("busy", limits=SHORT)
        exit_ = await child.exit()
        assert exit_.reason == "stalled"
        assert exit_.runtime_s < STALL_S + 0.5


async def test_a_core_that_was_late_does_not_call_its_children_stalled() -> None:
    async with ward() as children:
        child = await children.spawn("idle", limits=SHORT)
        await child.until(lambda: child.words)
        # The whole event loop hangs, as it may in a stopped virtual machine.
        time.sleep(STALL_S + 1)  # noqa: ASYNC251
        await asyncio.sleep(0.6)
        assert not child.exits


@pytest.mark.timeout(30)
async def test_a_burner_of_cpu_is_killed() -> None:
    async with ward() as children:
        child = await children.spawn("burn", limits=words.Limits(cpu_share=0.2))
        exit_ = await child.exit(timeout_s=20)
        assert (exit_.reason, "cores for 1" in exit_.detail) == ("over-limit", True)
        assert exit_.runtime_s < 13


async def test_a_hog_of_memory_ends_alone() -> None:
    async with ward() as children:
        bystander = await _bystander(children)
        exit_ = await (await children.spawn("hog", limits=words.Limits(memory_bytes=256 << 20))).exit()
        assert exit_.reason == "crashed"
        assert not bystander.exits


async def test_a_flood_of_words_is_ended() -> None:
    async with ward() as children:
        exit_ = await (await children.spawn("flood")).exit()
        assert exit_.reason == "over-limit"
        assert "words a second" in exit_.detail
        assert exit_.runtime_s < 6


async def test_what_it_prints_is_bounded(caplog: pytest.LogCaptureFixture) -> None:
    async with ward() as children:
        child = await children.spawn("print")
        # The child is not held up by a log that nobody reads fast enough.
        assert await child.answer() == "pipe full"
        assert child.child is not None
        child.child.kill()
        await child.exit()
    lines = [record.getMessage() for record in caplog.records if "s_test" in record.getMessage()]
    assert any("?[31mred" in line for line in lines)
    assert any("line 0" in line for line in lines)
    # Its start, the moment of its end, and the two lines of our own about it.
    assert len(lines) <= 2 * LINES_PER_S + 4
    assert max(len(line) for line in lines) < LINE_CHARS + 50
