"""Walls of the whole server over its real sockets: consoles race, it restarts under three kiosks, polls keep time."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.pictures import write_camera, write_microphone
from tests.fakes.pushers import Clip, ffmpeg_push, make_clip, running
from tests.fakes.server import RunningServer, running_server

pytestmark = pytest.mark.timeout(180)

SOURCES, OFF = 20, (3, 10, 11)


@dataclass
class Peer:
    """A page without a browser: `said` is what it was told, newest last."""

    socket: aiohttp.ClientWebSocketResponse
    said: list[dict[str, Any]] = field(default_factory=list)
    at_s: list[float] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def say(self, kind: str, **fields: object) -> None:
        await self.socket.send_json({"type": kind, **fields})

    async def listen(self) -> None:
        async for message in self.socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self.said.append(message.json())
                self.at_s.append(time.time())
                self.news.set()
        self.said.append({"type": "closed"})
        self.news.set()

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.said if message["type"] == kind]

    async def until(self, right: Callable[[dict[str, Any]], bool], *, timeout_s: float = 10.0) -> dict[str, Any]:
        """The first message of all that is right."""
        async with asyncio.timeout(timeout_s):
            while True:
                self.news.clear()
                for message in self.said:
                    if right(message):
                        return message
                await self.news.wait()

    async def wall(
        self, right: Callable[[dict[str, Any]], bool] = lambda _: True, *, timeout_s: float = 10.0
    ) -> dict[str, Any]:
        """The newest `wall`, once there is a right one."""
        await self.until(lambda message: message["type"] == "wall" and right(message), timeout_s=timeout_s)
        return self.all("wall")[-1]

    async def edit(self, wall: str, base: int, do: str, **fields: object) -> None:
        await self.say("wall-edit", wall=wall, base=base, edit={"do": do, **fields})


@asynccontextmanager
async def peer(
    http: aiohttp.ClientSession, server: RunningServer, token: str, name: str = "调度", **more: object
) -> AsyncIterator[Peer]:
    async with http.ws_connect(server.url.replace("http", "ws", 1) + "/ws", max_msg_size=2**22) as socket:
        made = Peer(socket)
        listening = asyncio.create_task(made.listen())
        try:
            await made.say("join", version=1, token=token, name=name, **more)
            await made.until(lambda message: message["type"] in {"welcome", "goodbye", "closed"})
            yield made
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening


@asynccontextmanager
async def console(http: aiohttp.ClientSession, server: RunningServer, room: str, name: str) -> AsyncIterator[Peer]:
    async with peer(http, server, server.token(room, "host"), name) as made:
        await made.say("walls-watch", on=True)
        await made.wall()
        yield made


def pair(server: RunningServer, room: str, name: str = "大屏一") -> tuple[str, str]:
    """A wall and its device token."""
    waiting = server.api("POST", "/api/v1/walls/pairing", {"width": 3840, "height": 2160})
    server.api("POST", f"/api/v1/rooms/{room}/walls", {"code": waiting["code"], "name": name})
    claimed = server.api("POST", "/api/v1/walls/pairing/claim", {"secret": waiting["secret"]})
    return claimed["wall"], claimed["token"]


def text_board(*texts: str) -> dict[str, Any]:
    return {
        "width": 3840, "height": 2160, "template": f"grid-{len(texts)}", "windows": [],
        "panes": [{"kind": "text", "text": text} for text in texts], "groups": [], "alarmPane": None,
    }  # fmt: skip


# ---- consoles -------------------------------------------------------------------------------------------------------


async def test_two_consoles_race_and_end_with_the_same(server: RunningServer, http: aiohttp.ClientSession) -> None:
    room = server.room("比赛")
    wall, token = pair(server, room)
    async with (
        peer(http, server, token) as kiosk,
        console(http, server, room, "一") as one,
        console(http, server, room, "二") as two,
    ):
        for turn in range(30):
            base = (await one.wall(lambda m, turn=turn: m["version"] == turn + 1))["version"]
            await two.wall(lambda m, turn=turn: m["version"] == turn + 1)
            await asyncio.gather(
                *(
                    peer.edit(wall, base, "place", pane=turn % 4, content={"kind": "text", "text": f"{name}{turn}"})
                    for name, peer in (("一", one), ("二", two))
                )
            )
            for peer_ in (one, two, kiosk):
                await peer_.wall(lambda m, turn=turn: m["version"] == turn + 2)
        refusals = one.all("refused") + two.all("refused")
        await asyncio.sleep(0)
        assert {refusal["code"] for refusal in refusals} <= {"wall-changed"}
        assert one.all("wall")[-1] == two.all("wall")[-1] == kiosk.all("wall")[-1]
        acts = server.api("GET", f"/api/v1/rooms/{room}/wall-acts?limit=500")["acts"]
        assert sum(act["act"] == "place" for act in acts) == 30
        assert {act["by"] for act in acts if act["act"] == "place"} <= {"一", "二"}


async def test_those_who_share_an_open_link_are_told_apart_and_their_seats_outlast_it(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    room = server.room("同一链接")
    invited = server.api("POST", f"/api/v1/rooms/{room}/tokens", {"role": "host"})["token"]

    async def save(credential: str, name: str) -> int:
        url, body = f"{server.url}/api/v1/rooms/{room}/scenes", {"name": name, "board": text_board("水位")}
        async with http.post(url, json=body, headers={"Authorization": f"Bearer {credential}"}) as answer:
            return answer.status

    async with peer(http, server, invited, "李明") as one, peer(http, server, invited, "王芳") as two:
        seats = [at.all("welcome")[0]["resume"] for at in (one, two)]
        for seat, name in zip(seats, ("甲", "乙"), strict=True):
            assert await save(seat, name) == 201
        other = server.room("别处")
        async with http.get(
            f"{server.url}/api/v1/rooms/{other}/walls", headers={"Authorization": f"Bearer {seats[0]}"}
        ) as answer:
            assert answer.status == 403
        await two.say("leave")
        await two.until(lambda message: message["type"] == "closed")
        assert (await save(seats[0], "丙"), await save(seats[1], "丁")) == (201, 401)
        async with peer(http, server, server.token(room), "观众") as guest:
            assert await save(guest.all("welcome")[0]["resume"], "戊") == 403
    acts = server.api("GET", f"/api/v1/rooms/{room}/wall-acts")["acts"]
    assert [(act["by"], act["detail"]) for act in acts] == [("李明", "丙"), ("王芳", "乙"), ("李明", "甲")]


async def test_a_scene_of_one_console_is_told_to_another_at_once(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    """Told when it can be read already; who comes back is told to read again, because much may have happened."""
    room = server.room("场景")
    wall, token = pair(server, room)
    path = f"/api/v1/rooms/{room}/scenes"

    def names() -> list[str]:
        return [scene["name"] for scene in server.api("GET", path)["scenes"]]

    async with console(http, server, room, "一") as one, peer(http, server, token) as kiosk:

        async def told(count: int, *expected: str) -> None:
            await one.until(lambda _: len(one.all("scenes")) == count, timeout_s=1)
            assert await asyncio.to_thread(names) == list(expected)

        await told(1)
        made = await asyncio.to_thread(server.api, "POST", path, {"name": "防汛", "wall": wall})
        await told(2, "防汛")
        saved = {"name": "抗旱", "version": 1, "board": text_board("一")}
        await asyncio.to_thread(server.api, "PUT", f"{path}/{made['id']}", saved)
        await told(3, "抗旱")
        await asyncio.to_thread(server.api, "DELETE", f"{path}/{made['id']}")
        await told(4)
        assert kiosk.all("scenes") == []
        assert one.all("scenes") == [{"type": "scenes"}] * 4
    async with console(http, server, room, "一") as again:
        await again.until(lambda message: message["type"] == "scenes")


async def test_from_the_console_to_the_wall(server: RunningServer, http: aiohttp.ClientSession) -> None:
    room = server.room("快")
    wall, token = pair(server, room)
    took_s = []
    async with peer(http, server, token) as kiosk, console(http, server, room, "一") as one:
        for turn in range(20):
            begun_s = time.perf_counter()
            await one.edit(wall, turn + 1, "swap", pane=0, other=1)
            await kiosk.wall(lambda m, turn=turn: m["version"] == turn + 2)
            took_s.append(time.perf_counter() - begun_s)
    assert sorted(took_s)[-2] < 0.3


async def test_a_room_counts_people_and_says_machines_apart(server: RunningServer, http: aiohttp.ClientSession) -> None:
    room = server.room("人数")
    _, token = pair(server, room)
    server.api(
        "POST", "/api/v1/sources", {"name": "南门", "kind": "rtsp", "rooms": [room], "address": "rtsp://10.255.255.1/x"}
    )
    async with (
        peer(http, server, token),
        peer(http, server, server.token(room, "host"), console=True),
        peer(http, server, server.token(room)),
        peer(http, server, server.token(room, "viewer")),
    ):
        seen = await asyncio.to_thread(server.api, "GET", f"/api/v1/rooms/{room}")
    kinds = ("participants", "people", "sources", "displays", "consoles")
    assert [seen[kind] for kind in kinds] == [5, 2, 1, 1, 1]


@pytest.mark.parametrize("role", ["participant", "viewer"])
async def test_who_is_no_host_is_refused(server: RunningServer, http: aiohttp.ClientSession, role: str) -> None:
    room = server.room("权限")
    wall, token = pair(server, room)
    async with peer(http, server, server.token(room, role)) as guest, peer(http, server, token) as kiosk:
        for who in (guest, kiosk):
            await who.say("walls-watch", on=True)
            await who.edit(wall, 1, "undo")
            await who.until(lambda message: message["type"] == "refused" and message["about"] == "wall-edit")
            assert {refusal["code"] for refusal in who.all("refused")} == {"not-allowed"}
        await guest.say("wall-report", version=1, width=1, height=1, panes=[])
        await guest.until(lambda message: message["type"] == "refused" and message["about"] == "wall-report")
        await kiosk.say("publish-offer", offer=1, sdp="v=0", tracks=[])
        refused = await kiosk.until(lambda m: m["type"] == "refused" and m["about"] == "publish-offer")
        assert refused["code"] == "not-allowed"
        assert guest.all("wall") == []


async def test_edits_that_make_no_sense_are_refused_one_by_one(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    room = server.room("错")
    wall, _ = pair(server, room)
    async with console(http, server, room, "一") as one:
        for code, edit in (
            ("wall-not-found", {"wall": "w-none", "edit": {"do": "undo"}}),
            ("pane-unknown", {"edit": {"do": "swap", "pane": 0, "other": 4}}),
            ("content-refused", {"edit": {"do": "place", "pane": 0, "content": {"kind": "web", "url": "https://x"}}}),
            ("content-refused", {"edit": {"do": "turn", "group": "g", "turn": "next"}}),
            ("invalid-layout", {"edit": {"do": "template", "template": "grid-5"}}),
            ("content-refused", {"edit": {"do": "board", "board": text_board("a") | {"template": "grid-4"}}}),
            ("scene-not-found", {"edit": {"do": "apply", "scene": "sc-none"}}),
            ("nothing-to-undo", {"edit": {"do": "undo"}}),
            ("content-refused", {"edit": {"do": "pin", "pane": 0, "pinned": True}}),
        ):
            await one.say("wall-edit", **({"wall": wall, "base": 1} | edit))  # type: ignore[arg-type]
            count = len(one.all("refused"))
            await one.until(lambda _, count=count: len(one.all("refused")) > count)
            assert one.all("refused")[-1]["code"] == code
        await one.edit(wall, 1, "place", pane=0, content={"kind": "text", "text": "还好"})
        await one.wall(lambda m: m["version"] == 2)


# ---- restart --------------------------------------------------------------------------------------------------------


async def test_a_restart_under_three_kiosks(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    """Killed, not stopped: what was acknowledged is there again, and the same device tokens open it."""
    with running_server(tmp_path) as server:
        room = server.room("重启")
        walls = [pair(server, room, f"大屏 {number}") for number in range(3)]
        async with contextlib.AsyncExitStack() as stack:
            kiosks = [await stack.enter_async_context(peer(http, server, token)) for _, token in walls]
            one = await stack.enter_async_context(console(http, server, room, "一"))
            for number, (wall, _) in enumerate(walls):
                await one.edit(wall, 1, "board", board=text_board(f"屏 {number}", "b", "c", "d"))
                await kiosks[number].wall(lambda m: m["version"] == 2)
            await one.edit(walls[0][0], 2, "share", on=True)
            await kiosks[0].wall(lambda m: m["sharing"])
            server.api("POST", f"/api/v1/rooms/{room}/alarms", {"identity": "gate", "text": "水位"})
            before = [await kiosk.wall(lambda m: bool(m["alarms"])) for kiosk in kiosks]
            server.process.kill()
            server.process.wait(10)
            for kiosk in kiosks:
                await kiosk.until(lambda message: message["type"] == "closed")
    begun_s = time.monotonic()
    with running_server(tmp_path) as server:
        async with contextlib.AsyncExitStack() as stack:
            again = [await stack.enter_async_context(peer(http, server, token)) for _, token in walls]
            after = [await kiosk.wall() for kiosk in again]
            assert time.monotonic() - begun_s < 15
            assert after == before
            assert [len(kiosk.all("goodbye")) for kiosk in again] == [0, 0, 0]
            guest = await stack.enter_async_context(peer(http, server, server.token(room), "乙"))
            shared = await guest.until(lambda message: message["type"] == "layout")
            assert [pane["content"]["text"] for pane in shared["panes"][1:]] == ["b", "c", "d"]


# ---- polling over real sources --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    folder = tmp_path_factory.mktemp("film")
    picture = write_camera(folder / "camera.y4m", hue=35, width=160, height=90, seconds=4.0)
    sound = write_microphone(folder / "tone.wav", tone_hz=900, seconds=4.0)
    return make_clip(folder, picture, sound, video="h264", audio="aac")


async def test_a_poll_of_twenty_sources_with_three_off_keeps_time(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    """Cameras on demand: they stand by until their turn. Three are disabled; nothing of them is ever shown."""
    room = server.room("轮巡")
    wall, token = pair(server, room)
    made = [
        server.api(
            "POST",
            "/api/v1/sources",
            {
                "name": f"摄像机 {number:02d}", "kind": "rtsp", "rooms": [room], "enabled": number not in OFF,
                "address": f"rtsp://10.255.255.{number + 1}/main",
            },
        )["id"]
        for number in range(SOURCES)
    ]  # fmt: skip
    group = {"id": "g", "name": "全部", "members": made, "everyS": 5, "skipAbsent": True}
    panes: list[dict[str, Any]] = [{"kind": "group", "group": "g"}] * 4
    board = {
        "width": 3840, "height": 2160, "template": "grid-4", "windows": [], "panes": panes, "groups": [group],
        "alarmPane": None,
    }  # fmt: skip
    async with peer(http, server, token) as kiosk, console(http, server, room, "一") as one:
        await one.edit(wall, 1, "board", board=board)
        first = await kiosk.wall(lambda m: m["version"] == 2)
        begun_ms = first["rotations"][0]["turnsAtMs"] - 5000
        await kiosk.wall(
            lambda m: bool(m["rotations"]) and m["rotations"][0]["turnsAtMs"] >= begun_ms + 30_000, timeout_s=40
        )
    pages: list[tuple[float, set[str]]] = []
    for message, at_s in zip(kiosk.said, kiosk.at_s, strict=False):
        if message["type"] == "wall" and message["version"] == 2:
            page = {pane["shows"] for pane in message["panes"]}
            if not pages or pages[-1][1] != page:
                pages.append((at_s * 1000, page))
    able = [f"p-{source}" for number, source in enumerate(made) if number not in OFF]
    ring = able * 2
    assert [page for _, page in pages] == [set(ring[turn * 4 : turn * 4 + 4]) for turn in range(len(pages))]
    assert len(pages) >= 6
    for turn, (at_ms, _) in enumerate(pages[1:], 1):
        assert abs(at_ms - (begun_ms + 5000 * turn)) <= 500
    nexts = [pane["next"] for pane in first["panes"]]
    assert set(nexts) == set(able[4:8])
    assert {pane["nextAtMs"] for pane in first["panes"]} == {begun_ms + 5000}


# ---- alarms and audiences -------------------------------------------------------------------------------------------


async def test_an_alarm_is_on_the_wall_at_once_and_leaves_it(
    server: RunningServer, http: aiohttp.ClientSession, film: Clip, tmp_path: Path
) -> None:
    room = server.room("告警")
    wall, token = pair(server, room)
    made = server.api("POST", "/api/v1/sources", {"name": "南门", "kind": "rtmp", "rooms": [room]})
    async with peer(http, server, token) as kiosk, console(http, server, room, "一") as one:
        await one.edit(wall, 1, "board", board=text_board("a", "b", "c", "d") | {"alarmPane": 2})
        await kiosk.wall(lambda m: m["version"] == 2)
        with running(ffmpeg_push(film, made["push"]["full"], muxer="flv"), tmp_path / "push.log"):
            await kiosk.until(
                lambda m: m["type"] == "updated" and m["participant"]["feed"] is not None
                and m["participant"]["feed"]["state"] == "live", timeout_s=15,
            )  # fmt: skip
            begun_s = time.monotonic()
            bearer = made["push"]["key"]
            server.api("POST", f"/api/v1/sources/{made['id']}/alarm", {"text": "入侵"}, bearer=bearer)
            raised = await kiosk.wall(lambda m: bool(m["alarms"]))
            assert time.monotonic() - begun_s < 2
            assert (raised["panes"][2]["shows"], raised["panes"][2]["state"]) == (f"p-{made['id']}", "shown")
            assert [pane["alarm"] for pane in raised["panes"]] == [None, None, raised["alarms"][0]["id"], None]
            server.api("DELETE", f"/api/v1/sources/{made['id']}/alarm", bearer=bearer)
            calm = await kiosk.wall(
                lambda m: m is kiosk.all("wall")[-1] and not m["alarms"] and len(kiosk.all("wall")) > 3
            )
            assert [pane["content"]["text"] for pane in calm["panes"]] == ["a", "b", "c", "d"]


async def test_what_is_for_hosts_only_is_locked_for_others(server: RunningServer, http: aiohttp.ClientSession) -> None:
    room = server.room("密级")
    wall, token = pair(server, room)
    made = server.api(
        "POST",
        "/api/v1/sources",
        {"name": "内部", "kind": "rtsp", "rooms": [room], "address": "rtsp://10.255.255.1/x", "audience": "hosts"},
    )
    assert made["audience"] == "hosts"
    content = {"kind": "participant", "identity": made["id"]}
    async with (
        peer(http, server, token) as kiosk,
        console(http, server, room, "一") as one,
        peer(http, server, server.token(room), "乙") as guest,
    ):
        await one.edit(wall, 1, "place", pane=0, content=content)
        await kiosk.wall(lambda m: m["version"] == 2)
        await one.edit(wall, 2, "share", on=True)
        seen = await guest.until(lambda message: message["type"] == "layout")
        whole = await one.until(lambda message: message["type"] == "layout")
        assert (seen["panes"][0]["state"], seen["panes"][0]["shows"], seen["panes"][0]["name"]) == (
            "locked",
            None,
            "内部",
        )
        assert (whole["panes"][0]["state"], whole["panes"][0]["shows"]) == ("shown", f"p-{made['id']}")
        assert kiosk.all("wall")[-1]["panes"][0]["shows"] == f"p-{made['id']}"
        people = guest.all("welcome")[0]["participants"]
        assert [p["name"] for p in people if p["kind"] == "wall"] == ["大屏一"]  # whatever its page calls itself
        (source,) = [p for p in people if p["kind"] == "source"]
        assert source["audience"] == "hosts"
        server.api("PATCH", f"/api/v1/sources/{made['id']}", {"audience": "all"})
        opened = await guest.until(
            lambda message: message["type"] == "layout" and message["panes"][0]["state"] == "shown"
        )
        assert opened["panes"][0]["shows"] == f"p-{made['id']}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running_server(tmp_path_factory.mktemp("server")) as started:
        yield started
