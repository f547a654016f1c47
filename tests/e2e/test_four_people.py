"""Four people, and layers that follow the size of the tile."""

import asyncio

import pytest

from tests.e2e.conftest import Enter
from tests.e2e.people import Looks, Person, until
from tests.e2e.test_two_people import sees
from tests.fakes.server import RunningServer

pytestmark = [pytest.mark.timeout(120), pytest.mark.timed]


async def test_four_people_all_see_and_hear_each_other(server: RunningServer, enter: Enter, small: list[Looks]) -> None:
    room = server.room()
    people = [await enter(f"第{number}位", small[number]) for number in range(4)]
    for person in people:
        await person.join(server.link(room))

    async def everybody() -> bool:
        pairs = [(viewer, other.looks) for viewer in people for other in people if other is not viewer]
        # Four browsers share two cores here: the rate is theirs, that every picture runs is ours.
        return all(await asyncio.gather(*(sees(viewer, other, fps=3) for viewer, other in pairs)))

    await until(everybody, timeout_s=30, what="everybody sees everybody")
    for viewer in people:
        for other in people:
            assert other is viewer or await viewer.hears(other.looks, 1.5)


async def test_the_simulcast_layer_follows_the_size_of_the_tile(
    server: RunningServer, enter: Enter, looks: list[Looks], sharp: Looks
) -> None:
    room = server.room()
    sender = await enter("清", sharp)
    viewer = await enter("看", looks[1], viewport=(1920, 1080))
    await sender.join(server.link(room))
    await viewer.join(server.link(room))

    async def shows(least: int, most: int) -> bool:
        picture = await viewer.picture_of(sharp, 1.0)
        return picture is not None and least <= picture.size[1] <= most and len(set(picture.counters)) >= 3

    await until(lambda: shows(700, 720), timeout_s=30, what="the full layer in a large tile")
    await viewer.page.set_viewport_size({"width": 360, "height": 640})
    await until(lambda: shows(1, 360), timeout_s=15, what="a smaller layer in a small tile")
    await viewer.page.set_viewport_size({"width": 1920, "height": 1080})
    await until(lambda: shows(700, 720), timeout_s=30, what="the full layer again")


async def test_a_hidden_page_asks_for_no_pictures(server: RunningServer, enter: Enter, looks: list[Looks]) -> None:
    room = server.room()
    ana, bo = await enter("安娜", looks[0]), await enter("博", looks[1])
    await ana.join(server.link(room))
    await bo.join(server.link(room))
    await until(lambda: sees(bo, looks[0]), timeout_s=15, what="Bo sees Ana")
    await hide(bo, hidden=True)

    async def silent() -> bool:
        return await video_bytes(bo, 1.0) == 0

    await until(silent, timeout_s=10, what="no picture is sent to a hidden page")
    assert await bo.hears(looks[0]), "sound goes on"
    await hide(bo, hidden=False)
    await until(lambda: sees(bo, looks[0], fps=5), timeout_s=10, what="pictures come back")


async def hide(person: Person, *, hidden: bool) -> None:
    await person.page.evaluate(
        """(hidden) => {
          const state = hidden ? "hidden" : "visible";
          Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
          Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


async def video_bytes(person: Person, for_s: float) -> int:
    """Bytes of pictures received within the next `for_s` seconds."""

    async def total() -> int:
        rows = await person.statistics("inbound-rtp")
        return sum(row["bytesReceived"] for row in rows if row["kind"] == "video")

    before = await total()
    await person.page.wait_for_timeout(for_s * 1000)
    return await total() - before
