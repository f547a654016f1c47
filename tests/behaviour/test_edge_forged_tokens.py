"""No forged token gets in, at no door."""

from __future__ import annotations

import pytest

from conference.model.roles import Role
from tests.fakes.edge import OTHER_ROOM, ROOM, RunningEdge, running_edge
from tests.fakes.forgery import FORGERIES

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": "*"}


async def http_doors(edge: RunningEdge, token: str, session: str) -> dict[str, int]:
    """Every HTTP operation that takes a join token, tried with `token`: its status."""
    bearer = {"Authorization": f"Bearer {token}"}
    tries = {
        "invitation": ("GET", "/api/v1/invitation", {}, None),
        "probe": ("POST", "/api/v1/probe", {"Content-Type": "application/json"}, b'{"sdp":"v=0","transport":"udp"}'),
        "whip": ("POST", f"/whip/{ROOM}", SDP, b"v=0"),
        "whep": ("POST", f"/whep/{ROOM}", SDP, b"v=0"),
        "whip patch": ("PATCH", f"/whip/{ROOM}/{session}", FRAGMENT, b"a=ice-ufrag:new"),
        "whep patch": ("PATCH", f"/whep/{ROOM}/{session}", FRAGMENT, b"a=ice-ufrag:new"),
        "whip delete": ("DELETE", f"/whip/{ROOM}/{session}", {}, None),
        "whep delete": ("DELETE", f"/whep/{ROOM}/{session}", {}, None),
        "rooms": ("GET", "/api/v1/rooms", {}, None),
        "metrics": ("GET", "/metrics", {}, None),
    }
    answers = {}
    for name, (method, path, headers, body) in tries.items():
        async with edge.client.request(method, edge.url + path, headers=bearer | headers, data=body) as response:
            answers[name] = response.status
    return answers


async def make_session(edge: RunningEdge) -> str:
    headers = edge.bearer() | SDP
    async with edge.client.post(f"{edge.url}/whip/{ROOM}", headers=headers, data=b"v=0") as response:
        assert response.status == 201
        return response.headers["Location"].rsplit("/", 1)[1]


async def test_every_forgery_is_refused_at_every_http_door() -> None:
    assert len(FORGERIES) >= 30
    async with running_edge() as edge:
        session = await make_session(edge)
        for name, forge in FORGERIES.items():
            token = forge(edge)
            answers = await http_doors(edge, token, session)
            assert set(answers.values()) <= {400, 401, 403}, f"{name}: {answers}"
        assert list(edge.conference.sessions) == [session]
        assert edge.conference.calls == []


@pytest.mark.parametrize("name", FORGERIES)
async def test_every_forgery_is_refused_at_the_socket(name: str) -> None:
    async with running_edge() as edge:
        token = FORGERIES[name](edge)
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            await socket.send_json({"type": "join", "version": 1, "token": token})
            goodbye = await socket.receive_json()
            assert goodbye["type"] == "goodbye"
            assert goodbye["code"] in {"token-invalid", "token-expired", "token-revoked", "message-invalid"}
            await socket.receive()
            assert socket.close_code in {4400, 4401, 4403}
        assert edge.conference.members == {}


async def test_a_genuine_token_passes_the_same_doors() -> None:
    async with running_edge() as edge:
        token = edge.token()
        assert (await http_doors(edge, token, "s-none")) == {
            "invitation": 200, "probe": 200, "whip": 201, "whep": 201, "whip patch": 404, "whep patch": 404,
            "whip delete": 404, "whep delete": 404, "rooms": 401, "metrics": 401,
        }  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
async def test_a_token_of_another_room_opens_nothing_here(role: Role) -> None:
    async with running_edge() as edge:
        session = await make_session(edge)
        answers = await http_doors(edge, edge.token(OTHER_ROOM, role), session)
        assert answers["whip"] == answers["whep"] == 403
        assert answers["whip patch"] == answers["whip delete"] == answers["whep patch"] == answers["whep delete"] == 404
        assert session in edge.conference.sessions


async def test_two_authorization_headers_are_no_credentials() -> None:
    async with running_edge() as edge:
        headers = [("Authorization", f"Bearer {edge.token()}"), ("Authorization", f"Bearer {edge.token()}")]
        async with edge.client.get(edge.url + "/api/v1/invitation", headers=headers) as response:
            assert response.status == 401
