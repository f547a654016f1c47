"""WHIP of a source: its key opens it and nothing else does, and strangers cannot tell which sources there are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from conference.model.errors import KeyInvalid
from conference.model.ids import SourceId
from conference.model.roles import Role
from tests.behaviour.test_edge_rest import ask
from tests.behaviour.test_edge_whip import OFFER, RESTART, TRICKLE, patch
from tests.fakes.edge import ROOM, RunningEdge, running_edge

SOURCES = "/api/v1/sources"


async def encoder(edge: RunningEdge, kind: str = "whip") -> tuple[str, dict[str, str]]:
    """The path to publish to, and the credentials."""
    _, source = await ask(edge, "POST", SOURCES, {"name": "无人机", "kind": kind, "rooms": [ROOM]})
    return f"/ingest/whip/{source['id']}", {"Authorization": f"Bearer {source['push']['key']}"}


async def publish(edge: RunningEdge, path: str, headers: dict[str, str], body: str = OFFER) -> tuple[int, Any, str]:
    headers = {"Content-Type": "application/sdp"} | headers
    async with edge.client.post(edge.url + path, headers=headers, data=body) as response:
        return response.status, response.headers, await response.text()


async def test_an_encoder_publishes_restarts_and_leaves() -> None:
    async with running_edge() as edge:
        path, bearer = await encoder(edge)
        status, headers, answer = await publish(edge, path, bearer)
        assert (status, answer) == (201, "v=0\r\n")
        assert headers["Content-Type"] == "application/sdp"
        assert headers["Location"].startswith(path + "/s-")
        assert headers["Access-Control-Allow-Origin"] == "*"
        url, etag = headers["Location"], headers["ETag"]
        assert (await patch(edge, url, bearer | {"If-Match": etag}, TRICKLE))[0] == 204
        status, headers, body = await patch(edge, url, bearer | {"If-Match": "*"}, RESTART)
        assert (status, body) == (200, "a=ice-ufrag:server\r\n")
        assert headers["ETag"] != etag
        assert (await patch(edge, url, bearer | {"If-Match": etag}, TRICKLE))[0] == 412
        assert (await patch(edge, url, bearer, TRICKLE))[0] == 428
        async with edge.client.delete(edge.url + url, headers=bearer) as response:
            assert response.status == 200
        async with edge.client.delete(edge.url + url, headers=bearer) as response:
            assert (response.status, (await response.json())["code"]) == (404, "session-not-found")


async def test_whoever_lacks_the_key_hears_the_same_in_every_case(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with running_edge() as edge:
        path, bearer = await encoder(edge)
        rtmp_path, rtmp_bearer = await encoder(edge, "rtmp")
        key = bearer["Authorization"]
        cases = [
            (path, {}),
            (path, {"Authorization": "Bearer "}),
            (path, {"Authorization": key.replace("Bearer", "Basic")}),
            (path, {"Authorization": key + "x"}),
            (path, {"Authorization": key[:-1]}),
            (path, edge.admin()),
            (path, edge.bearer(role=Role.HOST)),
            (path, rtmp_bearer),
            (rtmp_path, rtmp_bearer),
            ("/ingest/whip/src-nobody", bearer),
            ("/ingest/whip/a%20b", bearer),
            ("/ingest/whip/-", bearer),
            (f"/ingest/whip/{'x' * 100}", bearer),
        ]
        answers = [await publish(edge, where, credentials) for where, credentials in cases]
        assert {(status, text) for status, _, text in answers} == {(401, answers[0][2])}
        assert f'"{KeyInvalid.code}"' in answers[0][2]
        assert {tuple(sorted(set(headers) - {"Date"})) for _, headers, _ in answers} == {
            tuple(sorted(set(answers[0][1]) - {"Date"}))
        }
        assert answers[0][1]["WWW-Authenticate"].startswith("Bearer")
        assert edge.desk.sessions == {}
    assert key.removeprefix("Bearer ") not in caplog.text


async def test_the_key_is_asked_for_before_the_body_is_read() -> None:
    async with running_edge() as edge:
        path, _ = await encoder(edge)
        wrong = {"Authorization": "Bearer wrong", "Content-Type": "text/plain"}
        assert (await publish(edge, path, wrong, "x" * 1_000_000))[0] == 401


@pytest.mark.parametrize("path", ["/ingest/whip/src-1", "/api/v1/sources", f"/whip/{ROOM}"])
async def test_credentials_that_are_no_text_are_wrong_ones(path: str) -> None:
    async with running_edge() as edge:
        await encoder(edge)
        host, port = edge.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/sdp\r\nContent-Length: 3\r\n"
        writer.write(head.encode() + b"Authorization: Bearer \xff\xfe\r\n\r\nv=0")
        assert (await reader.readline()).split()[1] == b"401"
        writer.close()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"revoked_at_s": 5.0}, "key-expired"),
        ({"expires_at_s": 1.0}, "key-expired"),
        ({"expires_at_s": 4_000_000_000.0}, None),
        ({"secret": ""}, "key-invalid"),
    ],
)
async def test_a_key_that_is_over(changes: dict[str, Any], code: str | None) -> None:
    async with running_edge() as edge:
        path, bearer = await encoder(edge)
        source = SourceId(path.rpartition("/")[2])
        view = edge.desk.views[source]
        assert view.key is not None
        edge.desk.views[source] = replace(view, key=replace(view.key, **changes))
        status, _, text = await publish(edge, path, bearer)
        assert (status, code is None or f'"{code}"' in text) == (201 if code is None else 401, True)


async def test_a_key_lost_with_the_secret_of_the_server_opens_nothing() -> None:
    async with running_edge() as edge:
        path, bearer = await encoder(edge)
        source = SourceId(path.rpartition("/")[2])
        edge.desk.views[source] = replace(edge.desk.views[source], key=None)
        assert (await publish(edge, path, bearer))[0] == 401
        _, shown = await ask(edge, "GET", f"{SOURCES}/{source}")
        assert shown["push"] is None


async def test_the_old_key_ends_when_a_new_one_is_made() -> None:
    async with running_edge() as edge:
        path, bearer = await encoder(edge)
        _, headers, _ = await publish(edge, path, bearer)
        _, source = await ask(edge, "POST", f"{SOURCES}/{path.rpartition('/')[2]}/key", {})
        assert (await publish(edge, path, bearer))[0] == 401
        session = headers["Location"]
        assert (await patch(edge, session, bearer | {"If-Match": "*"}, TRICKLE))[0] == 401
        fresh = {"Authorization": f"Bearer {source['push']['key']}"}
        assert (await patch(edge, session, fresh | {"If-Match": "*"}, TRICKLE))[0] == 204


async def test_a_source_cannot_touch_the_session_of_another() -> None:
    async with running_edge() as edge:
        path, bearer = await encoder(edge)
        other_path, other = await encoder(edge)
        _, headers, _ = await publish(edge, path, bearer)
        session = headers["Location"].rpartition("/")[2]
        assert (await patch(edge, f"{other_path}/{session}", other | {"If-Match": "*"}, RESTART))[0] == 404
        async with edge.client.delete(f"{edge.url}{other_path}/{session}", headers=other) as response:
            assert response.status == 404
        assert (await patch(edge, f"{path}/a%20b", bearer | {"If-Match": "*"}, RESTART))[0] == 404
        assert len(edge.desk.sessions) == 1


async def test_a_source_that_is_off_takes_nothing() -> None:
    async with running_edge() as edge:
        path, bearer = await encoder(edge)
        await ask(edge, "PATCH", f"{SOURCES}/{path.rpartition('/')[2]}", {"enabled": False})
        status, _, text = await publish(edge, path, bearer)
        assert (status, '"source-disabled"' in text) == (409, True)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("hello", {}, 400),
        ("", {}, 400),
        ("v=0" + "x" * 262_144, {}, 413),
        (OFFER, {"Content-Type": "application/json"}, 415),
        (OFFER, {"Accept": "text/html"}, 406),
    ],
)
async def test_bad_offers(body: str, headers: dict[str, str], status: int) -> None:
    async with running_edge() as edge:
        path, bearer = await encoder(edge)
        got, answered, _ = await publish(edge, path, bearer | headers, body)
        assert got == status
        assert answered["Access-Control-Allow-Origin"] == "*"
        if status == 415:
            assert answered["Accept-Post"] == "application/sdp"
        assert edge.desk.sessions == {}


async def test_a_loop_of_offers_is_told_to_wait() -> None:
    async with running_edge() as edge:
        path, bearer = await encoder(edge)
        statuses = {(await publish(edge, path, bearer))[0] for _ in range(230)}
        assert statuses == {201, 429}


async def test_a_player_may_ask_for_one_participant_only() -> None:
    async with running_edge() as edge:
        headers = edge.bearer(role=Role.VIEWER)
        status, answered, _ = await publish(edge, f"/whep/{ROOM}?participant=p-src-1", headers)
        assert (status, "?" in answered["Location"]) == (201, False)
        assert edge.conference.calls == [("whep only", "p-src-1")]
        status, _, text = await publish(edge, f"/whep/{ROOM}?participant=a%20b", headers)
        assert (status, '"participant-not-found"' in text) == (404, True)
