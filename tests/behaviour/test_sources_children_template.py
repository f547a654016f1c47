"""The template may die, and so may the core: who goes on and who does not."""

import asyncio
import os
import signal
import sys
import time

import pytest

from conference.model.errors import ChildUnavailable
from conference.sources import words
from tests.fakes.nursery import alive, gone, ward

_CORE = """
import asyncio
import pytest

from conference.model.errors import ChildUnavailable
from conference.sources import words
from tests.fakes.nursery import ward

async def main():
    async with ward() as children:
        heard = [await children.spawn(deed) for deed in ("idle", "hang", "hang without a lifeline")]
        for child in heard:
            await child.until(lambda child=child: child.words)
        await asyncio.sleep(0.5)
        print(children.nursery.template_pid, *(child.pid for child in heard), flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_children_outlive_their_template() -> None:
    async with ward() as children:
        child = await children.spawn("idle")
        await child.until(lambda: child.words)
        first = children.nursery.template_pid
        assert first is not None
        os.kill(first, signal.SIGKILL)
        await gone(first)
        begun_s = time.monotonic()
        second = await children.spawn("end")
        assert (await second.exit()).reason == "ended"
        assert time.monotonic() - begun_s < 2
        assert children.nursery.template_pid != first

        said = len(child.words)
        await child.until(lambda: len(child.words) >= said + 2)
        assert child.child is not None
        child.child.send(words.Need(video=False, vp8=True, audio=False))
        assert await child.answer() == [False, True, False]
        os.kill(child.pid, signal.SIGKILL)
        exit_ = await child.exit()
        assert (exit_.reason, exit_.detail) == ("crashed", "status unknown")


async def test_a_template_that_hangs_is_replaced() -> None:
    async with ward() as children:
        await (await children.spawn("end")).exit()
        first = children.nursery.template_pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        with pytest.raises(ChildUnavailable):
            await children.spawn("end")
        assert (await (await children.spawn("end")).exit()).reason == "ended"
        await gone(first)


async def test_a_template_that_cannot_start_is_tried_again() -> None:
    async with ward("tests.fakes.source_child:no_such_function") as children:
        seen: set[int] = set()
        async with asyncio.timeout(20):
            while len(seen) < 3:
                if children.nursery.template_pid is not None:
                    seen.add(children.nursery.template_pid)
                await asyncio.sleep(0.01)


async def test_nobody_outlives_the_core() -> None:
    core = await asyncio.create_subprocess_exec(sys.executable, "-c", _CORE, stdout=asyncio.subprocess.PIPE)
    assert core.stdout is not None
    pids = [int(pid) for pid in (await core.stdout.readline()).split()]
    assert len(pids) == 4
    assert all(alive(pid) for pid in pids)
    core.kill()
    begun_s = time.monotonic()
    await core.wait()
    for pid in pids:
        await gone(pid)
    assert time.monotonic() - begun_s < 2
    assert not any(alive(pid) for pid in pids)
