"""REST: rooms, tokens, participants, invitation, probe."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from conference.model.roles import Role
from signaling import operation
from tests.fakes.edge import ADMIN_KEY, ROOM, RunningEdge, http_settings, running_edge


async def ask(edge: RunningEdge, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
    """As the administrator, unless `headers` say otherwise."""
    data = {"json": body} if body is not None else {}
    async with edge.client.request(method, edge.url + path, headers=edge.admin() | headers, **data) as response:
        return response.status, await response.json() if response.content_type == "application/json" else None


async def test_a_room_from_its_creation_to_its_end() -> None:
    async with running_edge() as edge:
        status, room = await ask(edge, "POST", "/api/v1/rooms", {"name": " 防汛 会商\u0000 ", "maxParticipants": 8})
        assert (status, room["name"], room["maxParticipants"], room["participants"]) == (201, "防汛 会商", 8, 0)
        path = f"/api/v1/rooms/{room['id']}"
        assert await ask(edge, "GET", path) == (200, room)
        assert room in (await ask(edge, "GET", "/api/v1/rooms"))[1]["rooms"]
        assert await ask(edge, "DELETE", path) == (204, None)
        status, refused = await ask(edge, "GET", path)
        assert (status, refused["code"]) == (404, "room-not-found")
        assert refused["text"]["zh"]


async def test_a_room_is_changed_while_it_is_there() -> None:
    async with running_edge() as edge:
        _, room = await ask(edge, "POST", "/api/v1/rooms", {"name": "防汛", "recordAutomatically": True})
        path = f"/api/v1/rooms/{room['id']}"
        assert room["recordAutomatically"] is True
        changed = {**room, "name": "抗旱", "maxParticipants": 7}
        assert await ask(edge, "PATCH", path, {"name": " 抗旱\u0000", "maxParticipants": 7}) == (200, changed)
        assert await ask(edge, "PATCH", path, {"recordAutomatically": False, "name": None}) == (
            200,
            {**changed, "recordAutomatically": False},
        )
        for bad, code in (
            ({"name": " "}, "name-invalid"),
            ({"maxParticipants": 0}, "message-invalid"),
            ({"x": 1}, "message-invalid"),
        ):
            status, refused = await ask(edge, "PATCH", path, bad)
            assert (status, refused["code"]) == (400, code)
        assert (await ask(edge, "PATCH", "/api/v1/rooms/none", {}))[0] == 404
        bearer = {"Authorization": f"Bearer {edge.token()}"}
        assert (await ask(edge, "PATCH", path, {}, **bearer))[0] in (401, 403)


async def test_an_id_is_taken_once() -> None:
    async with running_edge() as edge:
        assert (await ask(edge, "POST", "/api/v1/rooms", {"name": "a", "id": "flood-1"}))[0] == 201
        status, refused = await ask(edge, "POST", "/api/v1/rooms", {"name": "b", "id": "flood-1"})
        assert (status, refused["code"]) == (409, "room-exists")


async def test_closing_a_room_ends_its_sockets() -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        await socket.send_json({"type": "join", "version": 1, "token": edge.token()})
        await socket.receive_json()
        assert (await ask(edge, "DELETE", f"/api/v1/rooms/{ROOM}"))[0] == 204
        goodbye = await socket.receive_json()
        assert (goodbye["code"], goodbye["again"]) == ("room-closed", False)
        await socket.receive()
        assert socket.close_code == 4410


async def test_an_issued_token_invites_and_a_revoked_one_does_not() -> None:
    async with running_edge(http=http_settings(public_url="https://meet.example")) as edge:
        status, token = await ask(
            edge, "POST", f"/api/v1/rooms/{ROOM}/tokens",
            {"role": "host", "name": "张主任", "identity": "unit-7", "ttlS": 600},
        )  # fmt: skip
        assert status == 201
        assert token["link"] == f"https://meet.example/join/{ROOM}#t={token['token']}"
        assert edge.tokens.recorded[token["id"]].identity == "unit-7"
        bearer = {"Authorization": f"Bearer {token['token']}"}
        status, invitation = await ask(edge, "GET", "/api/v1/invitation", **bearer)
        assert status == 200
        assert invitation == {
            "room": {"id": ROOM, "name": "第一会议室"}, "role": "host", "name": "张主任",
            "expiresAt": token["expiresAt"],
        }  # fmt: skip
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            await socket.send_json({"type": "join", "version": 1, "token": token["token"]})
            welcome = await socket.receive_json()
            assert (welcome["participants"][0]["name"], welcome["participants"][0]["role"]) == ("张主任", "host")
            assert await ask(edge, "DELETE", f"/api/v1/tokens/{token['id']}") == (204, None)
            assert (await socket.receive_json())["code"] == "token-revoked"
        status, refused = await ask(edge, "GET", "/api/v1/invitation", **bearer)
        assert (status, refused["code"]) == (403, "token-revoked")


async def test_the_token_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with running_edge() as edge:
        token = edge.token()
        await ask(edge, "GET", "/api/v1/invitation", Authorization=f"Bearer {token}")
        await ask(edge, "GET", "/api/v1/invitation", Authorization=f"Bearer {token}x")
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            await socket.send_json({"type": "join", "version": 1, "token": token + "x"})
            await socket.receive()
        assert caplog.records
        for secret in (token, token.split(".")[2], ADMIN_KEY):
            assert secret not in caplog.text


async def test_who_is_there_and_out_with_them() -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        await socket.send_json({"type": "join", "version": 1, "token": edge.token()})
        you = (await socket.receive_json())["you"]
        path = f"/api/v1/rooms/{ROOM}/participants"
        status, answer = await ask(edge, "GET", path)
        assert (status, [p["id"] for p in answer["participants"]]) == (200, [you])
        assert answer["participants"][0]["joinedAt"] == "2023-11-14T22:13:20Z"
        assert (await ask(edge, "DELETE", f"{path}/p-nobody"))[1]["code"] == "participant-not-found"
        assert await ask(edge, "DELETE", f"{path}/{you}") == (204, None)
        assert (await socket.receive_json())["type"] == "goodbye"


async def test_the_probe_answers_with_the_transport_asked_for() -> None:
    async with running_edge() as edge:
        viewer = edge.bearer(role=Role.VIEWER)
        status, answer = await ask(edge, "POST", "/api/v1/probe", {"sdp": "v=0", "transport": "tcp"}, **viewer)
        assert (status, answer) == (200, {"sdp": "tcp answer"})
        assert edge.conference.calls == [("probe", "tcp")]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "message-invalid"),
        (b"{", 400, "message-invalid"),
        (b"[]", 400, "message-invalid"),
        (b'{"name":7}', 400, "message-invalid"),
        (b'{"name":"a","maxParticipants":0}', 400, "message-invalid"),
        (b'{"name":"a","createdAtS":0}', 400, "message-invalid"),
        (b'{"name":"a","id":"../../etc"}', 400, "message-invalid"),
        (b'{"name":"\\u0000\\u202e"}', 400, "name-invalid"),
        (b'{"name":' + b"[" * 60_000, 400, "json-too-deep"),
        (json.dumps({"name": "x" * 262_144}).encode(), 413, "body-too-large"),
        (b'{"name":"\xff"}', 400, "message-invalid"),
    ],
)
async def test_bad_bodies_are_refused_by_their_code(body: bytes, status: int, code: str) -> None:
    async with running_edge() as edge:
        headers = edge.admin() | {"Content-Type": "application/json"}
        async with edge.client.post(edge.url + "/api/v1/rooms", headers=headers, data=body) as response:
            assert (response.status, (await response.json())["code"]) == (status, code)
        assert len(edge.conference.rooms) == 2


async def test_a_body_of_another_kind_is_415() -> None:
    async with running_edge() as edge:
        for headers in (
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        ):
            async with edge.client.post(
                edge.url + "/api/v1/rooms", headers=edge.admin() | headers, data=b'{"name":"a"}'
            ) as response:
                assert response.status == 415


BROKEN_HTTP = {
    "two hosts": b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "long header": b"GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer hunter2" + b"x" * 9000 + b"\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: hunter2\r\n" * 500 + b"\r\n",
    "nul in path": b"GET /hunter2\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "not HTTP": b"\x16\x03\x01hunter2\r\n\r\n",
}


@pytest.mark.parametrize("request_bytes", BROKEN_HTTP.values(), ids=BROKEN_HTTP.keys())
async def test_broken_http_is_400_and_one_line_in_the_log(
    request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    async with running_edge() as edge:
        host, port = edge.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(request_bytes)
        assert (await reader.readline()).split()[1] == b"400"
        writer.close()
    assert "hunter2" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_a_chunked_body_is_bounded_too() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"v" * 65_536

    async with running_edge() as edge:
        headers = edge.bearer() | {"Content-Type": "application/sdp"}
        async with edge.client.post(f"{edge.url}/whip/{ROOM}", headers=headers, data=endless()) as response:
            assert (response.status, (await response.json())["code"]) == (413, "body-too-large")


async def test_a_body_that_does_not_come_is_408(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operation, "BODY_TIMEOUT_S", 0.05)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"v=0"
        await released.wait()

    released = asyncio.Event()
    async with running_edge() as edge:
        headers = edge.bearer() | {"Content-Type": "application/sdp"}
        async with edge.client.post(f"{edge.url}/whip/{ROOM}", headers=headers, data=stuck()) as response:
            assert (response.status, (await response.json())["code"]) == (408, "body-timeout")
        released.set()


@pytest.mark.parametrize(
    "body",
    [{"role": "admin"}, {"ttlS": 59}, {"ttlS": 43_201}, {"identity": "a b"}, {"identity": ""}, {"room": "r-other"}],
)
async def test_tokens_nobody_may_issue(body: dict[str, object]) -> None:
    async with running_edge() as edge:
        status, refused = await ask(edge, "POST", f"/api/v1/rooms/{ROOM}/tokens", body)
        assert (status, refused["code"]) == (400, "message-invalid")
        assert edge.tokens.recorded == {}


async def test_our_own_fault_is_500_without_details(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_edge() as edge:

        async def broken() -> None:
            raise RuntimeError("a secret detail")

        monkeypatch.setattr(edge.conference, "list_rooms", broken)
        async with edge.client.get(edge.url + "/api/v1/rooms", headers=edge.admin()) as response:
            text = await response.text()
            assert (response.status, '"internal-error"' in text, "secret" in text) == (500, True, False)
        assert "a secret detail" in caplog.text
