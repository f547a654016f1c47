"""Real child processes: from their fork to their exit, and what the core keeps of them."""

import asyncio
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from conference.model.errors import ChildUnavailable
from conference.sources import words
from conference.sources.family import SOURCES
from conference.sources.nursery import SourceNursery
from tests.fakes.nursery import Heard, Ward, entries, gone, own_descriptors, ward
from tests.fakes.source_child import job


async def test_words_go_both_ways() -> None:
    async with ward() as children:
        child = await children.spawn("idle")
        assert child.child is not None
        child.child.send(words.Need(video=True, vp8=False, audio=True))
        assert await child.answer() == [True, False, True]
        await child.until(lambda: sum(isinstance(word, words.Beat) for word in child.words) >= 2)


async def test_its_descriptors_reach_the_child() -> None:
    async with ward() as children:
        ends = [os.pipe() for _ in range(3)]
        for number, (_, write) in enumerate(ends):
            os.write(write, f"pipe {number}".encode())
        child = await children.spawn("fds", fds=[read for read, _ in ends])
        assert sorted((await child.answer()).values()) == ["pipe 0", "pipe 1", "pipe 2"]
        for end in ends:
            os.close(end[0])
            os.close(end[1])


async def test_a_child_has_no_other_descriptor() -> None:
    async with ward() as children:
        # Lifeline, control socket, and the poll set of its loop.
        assert len(await (await children.spawn("open-fds")).answer()) == 3


async def test_a_gate_hands_a_socket_over() -> None:
    async with ward() as children:
        read, write = os.pipe()
        child = await children.spawn("hand-over", fds=[write])
        await child.until(lambda: child.fds)
        os.write(child.fds[0], b"through")
        assert os.read(read, 100) == b"through"
        for fd in (read, write, *child.fds):
            os.close(fd)


async def test_the_last_word_comes_with_the_exit() -> None:
    async with ward() as children:
        child = await children.spawn("end")
        exit_ = await child.exit()
        assert (exit_.reason, exit_.detail) == ("ended", "bye ??")
        assert exit_.ended == words.Ended("publisher-left", "bye ??")
        assert exit_.runtime_s < 5
        assert not any(isinstance(word, words.Ended) for word in child.words)


@pytest.mark.parametrize(
    ("deed", "detail"), [("raise", "exit code 1"), ("fault", "SIGSEGV"), ("broken", "broken word"), ("smuggle", "exit")]
)
async def test_a_crash_says_how(deed: str, detail: str) -> None:
    async with ward() as children:
        exit_ = await (await children.spawn(deed)).exit()
        assert exit_.reason == "crashed"
        assert detail in exit_.detail


async def test_killed_from_outside_is_told_once() -> None:
    async with ward() as children:
        child = await children.spawn("idle")
        await child.until(lambda: child.words)
        begun_s = time.monotonic()
        os.kill(child.pid, signal.SIGKILL)
        assert (await child.exit()).detail == "SIGKILL"
        assert time.monotonic() - begun_s < 0.5
        # Nothing is left that could tell a second time.
        await children.spawn("end")
        await asyncio.sleep(0.8)
        assert [exit_.reason for exit_ in child.exits] == ["crashed"]
        assert child.pid not in children.nursery.children


async def test_stop_lets_it_say_goodbye() -> None:
    async with ward() as children:
        child = await children.spawn("idle")
        assert child.child is not None
        child.child.stop()
        assert (await child.exit()).reason == "ended"


async def test_who_does_not_stop_is_killed() -> None:
    async with ward() as children:
        child = await children.spawn("idle", "deaf")
        assert child.child is not None
        begun_s = time.monotonic()
        child.child.stop()
        assert (await child.exit()).reason == "killed"
        assert 1.4 < time.monotonic() - begun_s < 2.0
        child.child.stop()
        child.child.kill()
        child.child.send(words.Stop())
        assert len(child.exits) == 1


async def test_the_end_of_the_nursery_is_the_end_of_all() -> None:
    async with ward() as children:
        heard = [await children.spawn("idle") for _ in range(5)]
        template = children.nursery.template_pid
        assert template is not None
        begun_s = time.monotonic()
    assert time.monotonic() - begun_s < 2
    assert [exit_.reason for child in heard for exit_ in child.exits] == ["killed"] * 5
    for pid in (template, *(child.pid for child in heard)):
        await gone(pid)


async def test_without_a_template_there_is_no_child() -> None:
    family = replace(SOURCES, entry="tests.fakes.source_child:run")
    nursery = SourceNursery(limits=words.Limits(), quality=words.Quality(), family=family)
    heard = Heard()
    begun_s = time.monotonic()
    with pytest.raises(ChildUnavailable):
        await nursery.spawn("s_test", job("idle"), [], on_word=heard.on_word, on_exit=heard.on_exit)
    assert 4.5 < time.monotonic() - begun_s < 6


async def test_two_hundred_children_leave_nothing_behind() -> None:
    async with ward() as children:
        for _ in range(4):
            await _generation(children)
        before = _footprint(children)
        for _ in range(20):
            await _generation(children)
        after = _footprint(children)
        assert after["fds"] == before["fds"]
        assert after["threads"] == before["threads"]
        for name in ("core RSS", "template RSS"):
            assert after[name] <= before[name] * 1.05, name


async def _generation(children: Ward) -> None:
    heard = [await children.spawn(deed) for deed in ("end", "raise", "fault", "end", "idle") * 2]
    for child in heard:
        if not child.exits and child.child is not None:
            await child.until(lambda child=child: child.words or child.exits)  # type: ignore[misc]
            child.child.kill()
        await child.exit()


def _footprint(children: Ward) -> dict[str, int]:
    template = children.nursery.template_pid
    return {
        "fds": own_descriptors() + entries(f"/proc/{template}/fd"),
        "threads": threading.active_count() + entries(f"/proc/{template}/task"),
        "core RSS": _rss_bytes("self"),
        "template RSS": _rss_bytes(template),
    }


def _rss_bytes(pid: object) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
