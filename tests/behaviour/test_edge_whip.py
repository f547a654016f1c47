"""WHIP (RFC 9725) and WHEP over HTTP: statuses, headers and whose session it is."""

from __future__ import annotations

from typing import Any

import pytest

from conference.model.roles import Role
from tests.fakes.edge import OTHER_ROOM, ROOM, RunningEdge, running_edge

OFFER = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n"
TRICKLE = "a=ice-ufrag:old\r\na=ice-pwd:x\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\n"
RESTART = TRICKLE.replace("old", "new")
PROTOCOLS = ["whip", "whep"]


async def post(edge: RunningEdge, path: str, body: str | bytes = OFFER, **changes: str) -> tuple[int, Any, str]:
    headers = edge.bearer() | {"Content-Type": "application/sdp"} | changes
    async with edge.client.post(edge.url + path, headers=headers, data=body) as response:
        return response.status, response.headers, await response.text()


async def patch(
    edge: RunningEdge,
    url: str,
    headers: dict[str, str],
    body: str,
    content_type: str = "application/trickle-ice-sdpfrag",
) -> tuple[int, Any, str]:
    headers = headers | {"Content-Type": content_type}
    async with edge.client.patch(edge.url + url, headers=headers, data=body) as response:
        return response.status, response.headers, await response.text()


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_an_offer_makes_a_session(protocol: str) -> None:
    async with running_edge() as edge:
        status, headers, answer = await post(edge, f"/{protocol}/{ROOM}")
        assert (status, answer) == (201, "v=0\r\n")
        assert headers["Content-Type"] == "application/sdp"
        assert headers["Location"] == f"/{protocol}/{ROOM}/s-1"
        assert headers["ETag"] == '"e2"'
        assert headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"
        assert headers["Link"] == '</api/openapi.json>; rel="service-desc"'
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert {"Location", "ETag", "Link", "Accept-Patch"} <= set(
            headers["Access-Control-Expose-Headers"].replace(" ", "").split(",")
        )


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_trickle_restart_and_their_entity_tags(protocol: str) -> None:
    async with running_edge() as edge:
        bearer = edge.bearer()
        _, headers, _ = await post(edge, f"/{protocol}/{ROOM}", **bearer)
        url, etag = headers["Location"], headers["ETag"]

        status, headers, body = await patch(edge, url, bearer | {"If-Match": etag}, TRICKLE)
        assert (status, body) == (204, "")
        assert "ETag" not in headers

        for star in ("*", '"*"'):
            status, headers, body = await patch(edge, url, bearer | {"If-Match": star}, RESTART)
            assert (status, body) == (200, "a=ice-ufrag:server\r\n")
            assert headers["Content-Type"] == "application/trickle-ice-sdpfrag"
            assert headers["ETag"] not in {etag, "*"}

        assert (await patch(edge, url, bearer | {"If-Match": etag}, TRICKLE))[0] == 412
        assert (await patch(edge, url, bearer | {"If-Match": f"W/{headers['ETag']}"}, TRICKLE))[0] == 412
        assert (await patch(edge, url, bearer, TRICKLE))[0] == 428
        for malformed in ("e2", '"', '"a" "b"', '"a", "b"'):
            assert (await patch(edge, url, bearer | {"If-Match": malformed}, TRICKLE))[0] == 400


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_delete_ends_it_whatever_its_entity_tag(protocol: str) -> None:
    async with running_edge() as edge:
        bearer = edge.bearer()
        _, headers, _ = await post(edge, f"/{protocol}/{ROOM}", **bearer)
        url = edge.url + headers["Location"]
        async with edge.client.delete(url, headers=bearer | {"If-Match": '"old"'}) as response:
            assert response.status == 200
        async with edge.client.delete(url, headers=bearer) as response:
            assert response.status == 404
            assert (await response.json())["code"] == "session-not-found"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("own", [False, True], ids=["the host may", "another guest may not"])
async def test_whose_session_it_is(protocol: str, own: bool) -> None:
    async with running_edge() as edge:
        _, headers, _ = await post(edge, f"/{protocol}/{ROOM}")
        url, etag = headers["Location"], headers["ETag"]
        other = edge.bearer(role=Role.PARTICIPANT if own else Role.HOST)
        status, _, _ = await patch(edge, url, other | {"If-Match": etag}, TRICKLE)
        assert status == (404 if own else 204)
        stranger = edge.bearer(room=OTHER_ROOM, role=Role.HOST)
        assert (await patch(edge, url, stranger | {"If-Match": etag}, TRICKLE))[0] == 404
        elsewhere = url.replace(ROOM, OTHER_ROOM)
        assert (await patch(edge, elsewhere, stranger | {"If-Match": etag}, TRICKLE))[0] == 404


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("body", "changes", "status", "code"),
    [
        ("hello", {}, 400, "sdp-refused"),
        ("", {}, 400, "sdp-refused"),
        (b"v=0\xff", {}, 400, "sdp-refused"),
        ("v=0" + "x" * 262_144, {}, 413, "body-too-large"),
        (OFFER, {"Content-Type": "application/json"}, 415, "media-type-unsupported"),
        (OFFER, {"Content-Type": "text/plain"}, 415, "media-type-unsupported"),
        (OFFER, {"Content-Encoding": "gzip"}, 415, "media-type-unsupported"),
        (OFFER, {"Accept": "application/json"}, 406, "not-acceptable"),
        (OFFER, {"Accept": "application/sdp;q=0, text/html"}, 406, "not-acceptable"),
        (OFFER, {"Authorization": "Basic eDp5"}, 401, "token-invalid"),
        (OFFER, {"Authorization": ""}, 401, "token-invalid"),
    ],
)
async def test_bad_offers(protocol: str, body: str | bytes, changes: dict[str, str], status: int, code: str) -> None:
    async with running_edge() as edge:
        got, headers, text = await post(edge, f"/{protocol}/{ROOM}", body, **changes)
        assert (got, f'"{code}"' in text) == (status, True)
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Content-Type"] == "application/json"
        if status == 415:
            assert headers["Accept-Post"] == "application/sdp"
        if status == 401:
            assert headers["WWW-Authenticate"].startswith("Bearer")
        assert edge.conference.sessions == {}


@pytest.mark.parametrize("accept", ["application/sdp", "*/*", "application/*", "text/html, application/sdp;q=0.5"])
async def test_accept_that_allows_sdp(accept: str) -> None:
    async with running_edge() as edge:
        assert (await post(edge, f"/whip/{ROOM}", Accept=accept))[0] == 201


async def test_a_content_type_with_parameters_is_the_same_type() -> None:
    async with running_edge() as edge:
        status, _, _ = await post(edge, f"/whip/{ROOM}", **{"Content-Type": "application/sdp; charset=utf-8"})
        assert status == 201


async def test_patch_takes_fragments_only() -> None:
    async with running_edge() as edge:
        bearer = edge.bearer()
        _, headers, _ = await post(edge, f"/whip/{ROOM}", **bearer)
        status, refused, _ = await patch(
            edge, headers["Location"], bearer | {"If-Match": "*"}, RESTART, content_type="application/sdp"
        )
        assert status == 415
        assert refused["Accept-Patch"] == "application/trickle-ice-sdpfrag"


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_preflight_needs_no_token(protocol: str) -> None:
    async with running_edge() as edge:
        async with edge.client.options(f"{edge.url}/{protocol}/{ROOM}") as response:
            assert response.status == 200
            assert response.headers["Accept-Post"] == "application/sdp"
            assert response.headers["Access-Control-Allow-Methods"] == "OPTIONS, POST"
            assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
            assert response.headers["Access-Control-Allow-Origin"] == "*"
        async with edge.client.options(f"{edge.url}/{protocol}/{ROOM}/s-1") as response:
            assert response.headers["Accept-Patch"] == "application/trickle-ice-sdpfrag"
            assert response.headers["Access-Control-Allow-Methods"] == "OPTIONS, PATCH, DELETE"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
async def test_methods_reserved_for_the_future_are_405(protocol: str, method: str) -> None:
    async with running_edge() as edge:
        for path, allowed in (("", {"POST", "OPTIONS"}), ("/s-1", {"PATCH", "DELETE", "OPTIONS"})):
            async with edge.client.request(method, f"{edge.url}/{protocol}/{ROOM}{path}") as response:
                assert response.status == 405
                assert set(response.headers["Allow"].split(",")) == allowed


async def test_a_viewer_may_watch_and_not_publish() -> None:
    async with running_edge() as edge:
        viewer = edge.bearer(role=Role.VIEWER)
        assert (await post(edge, f"/whip/{ROOM}", **viewer))[0] == 403
        assert (await post(edge, f"/whep/{ROOM}", **viewer))[0] == 201


async def test_a_loop_of_offers_is_told_to_wait() -> None:
    async with running_edge() as edge:
        bearer = edge.bearer()
        statuses = [await post(edge, f"/whip/{ROOM}", **bearer) for _ in range(230)]
        refused = [headers for status, headers, _ in statuses if status == 429]
        assert refused
        assert refused[0]["Retry-After"] == "2"
        assert statuses[0][0] == 201
