"""The garbage that a server's guests leave behind goes, though nothing new is made."""

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from server.collector import spared_collector


class Guest:
    """Held by a cycle, as who has left is."""

    def __init__(self) -> None:
        self.myself = self


@pytest.fixture
def collector() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


@pytest.mark.usefixtures("collector")
async def test_who_has_grown_old_and_left_is_let_go_of() -> None:
    async with spared_collector(every_s=0.01):
        guest = Guest()
        for _ in range(3):
            gc.collect()  # the guest grows old: only a full collection finds it from now on
        left = weakref.ref(guest)
        gone = asyncio.Event()
        weakref.finalize(guest, gone.set)
        del guest
        assert left() is not None
        await asyncio.wait_for(gone.wait(), 5)
        assert left() is None


@pytest.mark.usefixtures("collector")
async def test_what_start_up_made_is_not_walked_again_and_the_task_ends_with_the_server() -> None:
    before = set(asyncio.all_tasks())
    async with spared_collector():
        assert gc.get_freeze_count() > 10_000
        assert len(asyncio.all_tasks() - before) == 1
    await asyncio.sleep(0)
    assert not [one for one in asyncio.all_tasks() - before if not one.done()]
