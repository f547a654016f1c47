"""Two people open the link and meet."""

import asyncio

import pytest

from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, Person, until
from tests.fakes.server import RunningServer

pytestmark = pytest.mark.timed


async def sees(viewer: Person, other: Looks, *, fps: float = 10.0, for_s: float = 2.0) -> bool:
    picture = await viewer.picture_of(other, for_s)
    return picture is not None and picture.fps > fps


async def test_two_people_see_and_hear_each_other_within_three_seconds(
    server: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    room = server.room()
    ana, bo = await enter("安娜", looks[0]), await enter("博", looks[1])
    await ana.join(server.link(room))
    await until(lambda: sees(ana, looks[0], fps=5), timeout_s=10, what="Ana sees herself")
    await bo.join(server.link(room))

    async def both() -> bool:
        shown = await asyncio.gather(sees(ana, looks[1], fps=0, for_s=1), sees(bo, looks[0], fps=0, for_s=1))
        return all(shown)

    assert await until(both, timeout_s=3.0, what="each sees the other") < 3.0
    await until(lambda: sees(ana, looks[1]), timeout_s=6, what="more than 10 fps at Ana")
    await until(lambda: sees(bo, looks[0]), timeout_s=6, what="more than 10 fps at Bo")
    assert await ana.hears(looks[1])
    assert await bo.hears(looks[0])
    assert not await ana.hears(looks[2]), "a tone that nobody makes is heard: the ear is deaf to differences"
    assert [p["name"] for p in (await ana.state())["participants"]] == ["安娜", "博"]


async def test_nothing_leaves_the_server_and_no_error_reaches_the_console(
    server: RunningServer, enter: Enter, looks: list[Looks]
) -> None:
    ana = await enter("安娜", looks[0])
    await ana.join(server.link(server.room()))
    await until(lambda: sees(ana, looks[0], fps=5), timeout_s=10, what="Ana sees herself")
    outside = [url for url in ana.requests if not url.startswith((server.url, "data:", "blob:"))]
    assert outside == []
    assert [line for line in ana.console if line.startswith(("error", "pageerror"))] == []
