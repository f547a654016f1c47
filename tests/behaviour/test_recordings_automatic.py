"""A room that is recorded by its own setting."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from tests.fakes.member import member
from tests.fakes.pushers import Clip
from tests.fakes.recorded import FPS, camera, counters, file_of, make_film, of_kind, wait
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make_film(tmp_path_factory.mktemp("film"))


def of_room(server: RunningServer, room: str) -> list[dict[str, object]]:
    return list(server.api("GET", f"/api/v1/recordings?room={room}")["recordings"])


async def until(server: RunningServer, room: str, count: int, state: str) -> dict[str, object]:
    """The newest of `count` recordings of the room, when it is in this state."""

    def there() -> bool:
        found = of_room(server, room)
        return len(found) == count and found[0]["state"] == state

    await asyncio.to_thread(wait, there, timeout_s=8, what=f"{count} recordings, the last {state}")
    return of_room(server, room)[0]


async def test_a_stop_stands_while_the_meeting_lasts(tmp_path: Path, film: Clip) -> None:
    with (
        running_server(tmp_path) as server,
        camera(server, film, tmp_path / "push.log") as made,
        camera(server, film, tmp_path / "other.log") as other,
    ):
        (room,) = made["rooms"]
        async with aiohttp.ClientSession() as http, member(http, server.url, server.token(room)) as seat:
            await seat.wait_for("welcome")
            server.api("PATCH", f"/api/v1/rooms/{room}", {"recordAutomatically": True})
            running = await until(server, room, 1, "recording")
            assert (running["automatic"], running["startedBy"]) == (True, "")
            assert (await seat.wait_for("recording"))["recording"]["startedBy"] == ""
            await asyncio.sleep(2.0)  # some of it
            await asyncio.to_thread(server.api, "DELETE", f"/api/v1/rooms/{room}/recording")
            await until(server, room, 1, "finished")
            await asyncio.sleep(3.0)  # chances to begin again
            assert len(of_room(server, room)) == 1
            await seat.say("leave")
        await until(server, room, 2, "recording")
        assert of_room(server, other["rooms"][0]) == []
        found = server.api("GET", f"/api/v1/recordings/{running['id']}")
        seen = counters(file_of(server, found, of_kind(found, "video")["segments"][0]))
        assert len(seen) >= 1.5 * FPS
