"""The REST interface of walls, scenes and alarms: who may, what is refused, what comes back."""

from __future__ import annotations

import time
from typing import Any

import pytest

from conference.model.ids import Identity
from conference.model.roles import Role
from conference.model.source import SourceKind
from conference.results import NewSource
from conference.walls.pairing import MAX_OF_ADDRESS, MAX_WAITING, MAX_WRONG
from tests.fakes.edge import OTHER_ROOM, ROOM, WEB_ALLOW, RunningEdge, running_edge

NINE: dict[str, Any] = {
    "template": "grid-9",
    "panes": [{"kind": "participant", "identity": f"u-{number}"} for number in range(8)] + [{"kind": "clock"}],
}
FULL: dict[str, Any] = {
    "width": 7680,
    "height": 2160,
    "template": "free",
    "windows": [{"x": 0, "y": 0, "width": 0.5, "height": 1}, {"x": 0.5, "y": 0, "width": 0.25, "height": 0.5}],
    "panes": [{"kind": "group", "group": "g"}, {"kind": "web", "url": WEB_ALLOW[0] + "/map"}],
    "groups": [{"id": "g", "name": "区县", "members": ["a", "b"], "everyS": 15, "skipAbsent": False}],
    "alarmPane": 1,
}


async def ask(
    edge: RunningEdge, method: str, path: str, body: object = None, *, by: dict[str, str] | None = None
) -> tuple[int, Any]:
    """As the administrator, unless `by` says otherwise. The status, and the JSON (or the code of a refusal)."""
    headers = edge.admin() if by is None else by
    async with edge.client.request(method, f"{edge.url}/api/v1{path}", json=body, headers=headers) as response:
        answer = await response.json() if response.content_type == "application/json" else None
        return response.status, answer["code"] if response.status >= 400 else answer


async def pair(edge: RunningEdge, name: str = "大屏一", room: str = ROOM) -> dict[str, Any]:
    _, waiting = await ask(edge, "POST", "/walls/pairing", {"width": 3840, "height": 2160}, by={})
    status, wall = await ask(edge, "POST", f"/rooms/{room}/walls", {"code": waiting["code"], "name": name})
    assert status == 201
    made: dict[str, Any] = wall
    return made


# ---- who may --------------------------------------------------------------------------------------------------------


def operations_of_hosts(wall: str, scene: str, alarm: str) -> list[tuple[str, str, object, int]]:
    """Each with what it answers a host."""
    room = f"/rooms/{ROOM}"
    return [
        ("POST", f"{room}/walls", {"code": "000000", "name": "x"}, 404),
        ("GET", f"{room}/walls", None, 200),
        ("PATCH", f"{room}/walls/{wall}", {"name": "主屏"}, 200),
        ("PATCH", f"{room}/walls/{wall}", {"room": OTHER_ROOM}, 403),
        ("GET", f"{room}/scenes", None, 200),
        ("POST", f"{room}/scenes", {"name": "x", "board": NINE}, 201),
        ("GET", f"{room}/scenes/{scene}", None, 200),
        ("PUT", f"{room}/scenes/{scene}", {"name": "x", "board": NINE, "version": 1}, 200),
        ("GET", f"{room}/scenes/{scene}/versions", None, 200),
        ("GET", f"{room}/scenes/{scene}/versions/1", None, 200),
        ("GET", f"{room}/scenes/{scene}/export", None, 200),
        ("DELETE", f"{room}/scenes/{scene}", None, 204),
        ("POST", f"{room}/alarms", {"identity": "gate", "text": "水位"}, 201),
        ("GET", f"{room}/alarms", None, 200),
        ("DELETE", f"{room}/alarms/{alarm}", None, 204),
        ("GET", f"{room}/wall-acts", None, 200),
        ("DELETE", f"{room}/walls/{wall}", None, 204),
    ]


async def test_the_matrix_of_permissions() -> None:
    async with running_edge() as edge:
        wall = (await pair(edge))["id"]
        scene = (await ask(edge, "POST", f"/rooms/{ROOM}/scenes", {"name": "防汛", "board": NINE}))[1]["id"]
        alarm = (await ask(edge, "POST", f"/rooms/{ROOM}/alarms", {"identity": "a"}))[1]["id"]
        device = edge.bearer(role=Role.HOST, room=OTHER_ROOM)
        everybody: dict[str, tuple[dict[str, str], int]] = {
            "nobody": ({}, 401),
            "nonsense": ({"Authorization": "Bearer nonsense"}, 401),
            "a device": ({"Authorization": "Bearer wall_w-1.x"}, 401),
            "a host of another room": (device, 403),
            "a participant": (edge.bearer(role=Role.PARTICIPANT), 403),
            "a viewer": (edge.bearer(role=Role.VIEWER), 403),
        }
        wanted = operations_of_hosts(wall, scene, alarm)
        for method, path, body, _ in wanted:
            for who, (credentials, status) in everybody.items():
                answer = await ask(edge, method, path, body, by=credentials)
                assert answer[0] == status, f"{method} {path} by {who}: {answer}"
        host = edge.bearer(role=Role.HOST)
        for method, path, body, status in wanted:
            answer = await ask(edge, method, path, body, by=host)
            assert answer[0] == status, f"{method} {path} by a host: {answer}"
        assert (await ask(edge, "GET", "/walls", by=host))[0] == 401


async def test_the_administrator_moves_a_wall() -> None:
    async with running_edge() as edge:
        wall = (await pair(edge))["id"]
        status, moved = await ask(edge, "PATCH", f"/rooms/{ROOM}/walls/{wall}", {"room": OTHER_ROOM, "name": "主屏"})
        assert (status, moved["room"], moved["name"]) == (200, OTHER_ROOM, "主屏")
        assert await ask(edge, "PATCH", f"/rooms/{ROOM}/walls/{wall}", {"name": "x"}) == (404, "wall-not-found")
        assert await ask(edge, "PATCH", f"/rooms/{OTHER_ROOM}/walls/{wall}", {"room": "r-none"}) == (
            404,
            "room-not-found",
        )
        _, listed = await ask(edge, "GET", "/walls")
        assert [one["id"] for one in listed["walls"]] == [wall]
        _, here = await ask(edge, "GET", f"/rooms/{OTHER_ROOM}/walls")
        assert (here["webAllow"], len(here["walls"])) == (list(WEB_ALLOW), 1)


# ---- pairing --------------------------------------------------------------------------------------------------------


async def test_pairing_gives_the_token_once() -> None:
    async with running_edge() as edge:
        status, waiting = await ask(edge, "POST", "/walls/pairing", {"width": 3840, "height": 2160}, by={})
        assert (status, len(waiting["code"])) == (201, 6)
        claim = {"secret": waiting["secret"]}
        assert (await ask(edge, "POST", "/walls/pairing/claim", claim, by={}))[1]["state"] == "waiting"
        await ask(edge, "POST", f"/rooms/{ROOM}/walls", {"code": waiting["code"], "name": "大屏一"})
        status, paired = await ask(edge, "POST", "/walls/pairing/claim", claim, by={})
        assert (status, paired["state"], paired["room"], paired["name"]) == (200, "paired", ROOM, "大屏一")
        assert edge.walls.grant(paired["token"]).wall == paired["wall"]
        assert await ask(edge, "POST", "/walls/pairing/claim", claim, by={}) == (404, "pairing-not-found")
        again = {"code": waiting["code"], "name": "大屏二"}
        assert await ask(edge, "POST", f"/rooms/{ROOM}/walls", again) == (404, "pairing-not-found")


async def test_codes_are_not_to_be_guessed() -> None:
    async with running_edge() as edge:
        _, waiting = await ask(edge, "POST", "/walls/pairing", {}, by={})
        right = {"code": waiting["code"], "name": "大屏"}
        host = edge.bearer(role=Role.HOST)
        for number in range(MAX_WRONG):
            wrong = {"code": f"{(int(waiting['code']) + 1 + number) % 1_000_000:06d}", "name": "大屏"}
            assert await ask(edge, "POST", f"/rooms/{ROOM}/walls", wrong, by=host) == (404, "pairing-not-found")
        assert await ask(edge, "POST", f"/rooms/{ROOM}/walls", right, by=host) == (429, "too-many-requests")
        # Somebody else is not locked out by it.
        assert (await ask(edge, "POST", f"/rooms/{ROOM}/walls", right))[0] == 201


async def test_one_caller_cannot_fill_the_waiting_room() -> None:
    async with running_edge() as edge:
        for _ in range(MAX_WAITING + 10):
            assert (await ask(edge, "POST", "/walls/pairing", {}, by={}))[0] == 201
        assert len(edge.walls.pairings) == MAX_OF_ADDRESS


@pytest.mark.parametrize(
    "body", [{"code": "1" * 17, "name": "x"}, {"code": "123456"}, {"code": 123456, "name": "x"}, {"name": "x"}, [], "x"]
)
async def test_what_cannot_be_a_code(body: object) -> None:
    async with running_edge() as edge:
        assert await ask(edge, "POST", f"/rooms/{ROOM}/walls", body) == (400, "message-invalid")


async def test_a_name_without_anything_to_show() -> None:
    async with running_edge() as edge:
        _, waiting = await ask(edge, "POST", "/walls/pairing", {}, by={})
        body = {"code": waiting["code"], "name": " \u200b "}
        assert await ask(edge, "POST", f"/rooms/{ROOM}/walls", body) == (400, "name-invalid")


# ---- scenes ---------------------------------------------------------------------------------------------------------


async def test_a_scene_is_saved_changed_and_read_in_each_version() -> None:
    async with running_edge() as edge:
        scenes = f"/rooms/{ROOM}/scenes"
        status, made = await ask(
            edge, "POST", scenes, {"name": "防汛-9格", "board": NINE}, by=edge.bearer(role=Role.HOST)
        )
        assert (status, made["version"], made["savedBy"], len(made["board"]["panes"])) == (201, 1, "王芳", 9)
        status, saved = await ask(edge, "PUT", f"{scenes}/{made['id']}", {"name": "全景", "board": FULL, "version": 1})
        assert (status, saved["version"], saved["board"]["groups"], saved["board"]["alarmPane"]) == (
            200, 2, FULL["groups"], 1,
        )  # fmt: skip
        stale = {"name": "迟", "board": NINE, "version": 1}
        assert await ask(edge, "PUT", f"{scenes}/{made['id']}", stale) == (409, "scene-changed")
        _, versions = await ask(edge, "GET", f"{scenes}/{made['id']}/versions")
        assert [one["version"] for one in versions["versions"]] == [2, 1]
        _, first = await ask(edge, "GET", f"{scenes}/{made['id']}/versions/1")
        assert (first["name"], first["board"]) == ("防汛-9格", made["board"])
        for version in ("3", "0", "-1", "x", "99999999999", "٢"):
            assert (await ask(edge, "GET", f"{scenes}/{made['id']}/versions/{version}"))[0] == 404
        _, listed = await ask(edge, "GET", scenes)
        assert [(one["id"], one["version"]) for one in listed["scenes"]] == [(made["id"], 2)]


async def test_an_export_can_be_imported_elsewhere() -> None:
    async with running_edge() as edge:
        _, made = await ask(edge, "POST", f"/rooms/{ROOM}/scenes", {"name": "防汛/9格", "board": FULL})
        path = f"{edge.url}/api/v1/rooms/{ROOM}/scenes/{made['id']}/export"
        async with edge.client.get(path, headers=edge.admin()) as response:
            exported = await response.json()
            assert "filename*=UTF-8''%E9%98%B2" in response.headers["Content-Disposition"]
        assert set(exported) == {"format", "name", "board"}
        status, imported = await ask(edge, "POST", f"/rooms/{OTHER_ROOM}/scenes", exported)
        assert (status, imported["name"], imported["board"]) == (201, "防汛/9格", made["board"])
        assert await ask(edge, "POST", f"/rooms/{ROOM}/scenes", exported | {"format": "other"}) == (
            400,
            "message-invalid",
        )


async def test_what_a_wall_shows_becomes_a_scene() -> None:
    async with running_edge() as edge:
        wall = (await pair(edge))["id"]
        status, made = await ask(edge, "POST", f"/rooms/{ROOM}/scenes", {"name": "现状", "wall": wall})
        assert (status, made["board"]["template"]) == (201, "grid-4")
        assert await ask(edge, "POST", f"/rooms/{OTHER_ROOM}/scenes", {"name": "x", "wall": wall}) == (
            404, "wall-not-found",
        )  # fmt: skip
        for body in ({"name": "x"}, {"name": "x", "wall": wall, "board": NINE}):
            assert await ask(edge, "POST", f"/rooms/{ROOM}/scenes", body) == (400, "message-invalid")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"template": "grid-5"}, "invalid-layout"),
        ({"template": "grid-4"}, "content-refused"),
        ({"width": 63}, "invalid-layout"),
        ({"panes": [{"kind": "web", "url": "https://evil.example.org"}] * 9}, "content-refused"),
        ({"panes": [{"kind": "group", "group": "g"}] * 9}, "content-refused"),
        ({"panes": [{"kind": "magic"}] * 9}, "message-invalid"),
        ({"panes": [{"kind": "text", "text": "x" * 501}] * 9}, "message-invalid"),
        ({"panes": [{"kind": "clock"}] * 37}, "message-invalid"),
        ({"alarmPane": 9}, "content-refused"),
        ({"alarmPane": 36}, "message-invalid"),
        ({"surprise": 1}, "message-invalid"),
        ({"groups": [{"id": "g", "name": "x", "members": [], "everyS": 4}]}, "message-invalid"),
    ],
)
async def test_boards_that_cannot_be_saved(change: dict[str, object], code: str) -> None:
    async with running_edge() as edge:
        body = {"name": "x", "board": NINE | change}
        assert await ask(edge, "POST", f"/rooms/{ROOM}/scenes", body) == (400, code)


# ---- alarms and acts ------------------------------------------------------------------------------------------------


async def test_a_source_raises_and_clears_its_own_alarm_with_its_key() -> None:
    async with running_edge() as edge:
        record = await edge.desk.create(NewSource(name="南门", kind=SourceKind.RTMP, rooms=(ROOM, OTHER_ROOM)))
        other = await edge.desk.create(NewSource(name="北门", kind=SourceKind.SRT, rooms=(ROOM,)))
        key = edge.desk.views[record.id].key
        assert key is not None
        bearer = {"Authorization": f"Bearer {key.secret}"}
        path = f"/sources/{record.id}/alarm"
        status, raised = await ask(edge, "POST", path, {"text": "入侵"}, by=bearer)
        assert (status, [one["room"] for one in raised["alarms"]]) == (201, [ROOM, OTHER_ROOM])
        assert {(one["identity"], one["raisedBy"], one["text"]) for one in raised["alarms"]} == {
            (record.id, "南门", "入侵")
        }
        assert (await ask(edge, "POST", path, {"text": "入侵"}))[0] == 201
        _, listed = await ask(edge, "GET", f"/rooms/{ROOM}/alarms")
        assert len(listed["alarms"]) == 1
        for wrong in ({}, {"Authorization": "Bearer wrong"}, edge.bearer(role=Role.HOST)):
            assert (await ask(edge, "POST", path, {}, by=wrong))[0] == 401
        assert await ask(edge, "POST", f"/sources/{other.id}/alarm", {}, by=bearer) == (401, "key-invalid")
        assert (await ask(edge, "DELETE", path, by=bearer))[0] == 204
        assert await ask(edge, "DELETE", path, by=bearer) == (404, "alarm-not-found")
        assert list(edge.walls.alarms.of(ROOM)) == []


async def test_acts_are_listed_by_pages_with_who_and_when() -> None:
    async with running_edge(wall_s=lambda: 1_763_786_405.0) as edge:
        host = {"Authorization": f"Bearer {host_token(edge)}"}
        for number in range(5):
            await ask(edge, "POST", f"/rooms/{ROOM}/scenes", {"name": f"预案 {number}", "board": NINE}, by=host)
        status, page = await ask(edge, "GET", f"/rooms/{ROOM}/wall-acts?limit=3")
        assert (status, [act["detail"] for act in page["acts"]]) == (200, ["预案 4", "预案 3", "预案 2"])
        newest = page["acts"][0]
        assert (newest["act"], newest["by"], newest["identity"], newest["at"]) == (
            "scene-add", "王芳", "u-1", "2025-11-22T04:40:05Z",
        )  # fmt: skip
        _, rest = await ask(edge, "GET", f"/rooms/{ROOM}/wall-acts?before={page['acts'][-1]['id']}")
        assert [act["detail"] for act in rest["acts"]] == ["预案 1", "预案 0"]
        for query in (
            "limit=0",
            "limit=501",
            "limit=x",
            "limit=-1",
            "before=0",
            "before=x",
            "limit=",
            "before=" + "9" * 40,
        ):
            assert await ask(edge, "GET", f"/rooms/{ROOM}/wall-acts?{query}") == (400, "message-invalid")


def host_token(edge: RunningEdge) -> str:
    return edge.authority.issue(
        ROOM, Role.HOST, identity=Identity("u-1"), name="王芳", ttl_s=3600, now_s=time.time()
    ).token
