"""Every operation of the OpenAPI document, tried by everybody who must not: refused, and nothing changed."""

from __future__ import annotations

import re
from typing import Any

from conference.model.roles import Role
from tests.fakes.edge import ADMIN_KEY, ROOM, RunningEdge, running_edge

OPEN = {
    "openapi", "health", "ready", "whipOptions", "whipSessionOptions", "whepOptions", "whepSessionOptions",
    "homePage", "joinPage", "wallPage", "consolePage", "beginPairing", "claimPairing", "sourcesPage",
    "recordingsPage", "asset", "socket", "rootFile", "ingestOptions", "ingestSessionOptions", "composedWhepOptions",
    "composedWhepSessionOptions",
}  # fmt: skip
"""What anybody may call. A new operation is not in here by itself: it must ask for credentials."""
BODIES = {
    "application/json": b'{"name":"x","sdp":"v=0","transport":"udp"}', "application/sdp": b"v=0",
    "application/trickle-ice-sdpfrag": b"a=ice-ufrag:new",
}  # fmt: skip


async def operations(edge: RunningEdge) -> list[tuple[str, str, dict[str, Any]]]:
    async with edge.client.get(edge.url + "/api/openapi.json") as response:
        document = await response.json()
    return [(method, path, op) for path, methods in document["paths"].items() for method, op in methods.items()]


async def call(edge: RunningEdge, method: str, path: str, op: dict[str, Any], credentials: dict[str, str]) -> int:
    filled = re.sub(r"\{(\w+)\}", lambda m: ROOM if m.group(1) == "room" else "x-1", path)
    content = next(iter(op.get("requestBody", {}).get("content", {})), None)
    headers = credentials | ({"Content-Type": content} if content else {}) | {"If-Match": "*"}
    # A proxy's header: the caller is not this machine itself.
    headers["X-Forwarded-For"] = "192.0.2.7"
    data = BODIES[content] if content else None
    async with edge.client.request(method, edge.url + filled, headers=headers, data=data) as response:
        return response.status


def wrong_for(edge: RunningEdge, schemes: set[str]) -> dict[str, dict[str, str]]:
    """Credentials that must not open an operation that takes one of `schemes`."""
    wrong = {
        "none": {},
        "empty": {"Authorization": "Bearer "},
        "basic": {"Authorization": f"Basic {ADMIN_KEY}"},
        "no scheme": {"Authorization": ADMIN_KEY},
        "almost the key": {"Authorization": f"Bearer {ADMIN_KEY[:-1]}"},
        "key and more": {"Authorization": f"Bearer {ADMIN_KEY}x"},
        "in a cookie": {"Cookie": f"token={edge.token()}; key={ADMIN_KEY.replace(' ', '_')}"},
    }
    if "joinToken" not in schemes:
        wrong |= {f"token of a {role}": edge.bearer(role=role) for role in Role}
    if "adminKey" not in schemes:
        wrong |= {"the admin key": edge.admin()}
    return wrong


async def test_every_protected_operation_refuses_everybody_else() -> None:
    async with running_edge() as edge:
        rooms = dict(edge.conference.rooms)
        tried = 0
        for method, path, op in await operations(edge):
            if not op["security"]:
                continue
            schemes = {scheme for way in op["security"] for scheme in way}
            for who, credentials in wrong_for(edge, schemes).items():
                for tried_method in (method, "head") if method == "get" else (method,):
                    status = await call(edge, tried_method, path, op, credentials)
                    assert status == 401, f"{tried_method} {path} by {who}"
                    tried += 1
        assert tried > 100
        assert edge.conference.rooms == rooms
        assert edge.conference.calls == []
        assert edge.tokens.recorded == {}
        assert edge.conference.sessions == {}
        assert edge.desk.calls == []
        assert edge.desk.views == {}
        assert edge.library.calls == []
        assert edge.switch.running == {}


async def test_only_what_is_meant_to_be_open_is_open() -> None:
    async with running_edge() as edge:
        assert {op["operationId"] for _, _, op in await operations(edge) if not op["security"]} == OPEN


async def test_no_operation_answers_a_method_that_is_not_written_down() -> None:
    async with running_edge() as edge:
        listed = await operations(edge)
        for path in {path for _, path, _ in listed}:
            # A fixed last segment is a value of a template beside it, too: /sources/test is also a source's path.
            known = {method for method, p, _ in listed if p == path or _template(p).fullmatch(path)}
            for method in {"get", "post", "put", "patch", "delete", "trace", "options"} - known:
                status = await call(edge, method, path, {}, edge.admin())
                assert status == 405, f"{method} {path}"


def _template(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/{}]+", re.escape(path)))


async def test_every_status_is_a_documented_one() -> None:
    async with running_edge() as edge:
        for method, path, op in await operations(edge):
            for credentials in ({}, edge.admin(), edge.bearer(role=Role.HOST)):
                status = await call(edge, method, path, op, credentials)
                assert str(status) in op["responses"], f"{method} {path}: {status}"
