"""Push addresses: what people copy into encoders is right for each kind, whatever the Host header says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from signaling.desks import SourcePorts
from signaling.rest.hosts import split_host
from tests.behaviour.test_edge_rest import ask
from tests.fakes.edge import RunningEdge, http_settings, running_edge

SOURCES = "/api/v1/sources"
PUBLIC = http_settings(public_url="https://meet.example.org:8443")


async def pushed(edge: RunningEdge, kind: str, **headers: str) -> tuple[str, Any]:
    """The id of a new source, and its push addresses as shown to a caller with these headers."""
    _, source = await ask(edge, "POST", SOURCES, {"name": "x", "kind": kind, "rooms": []})
    _, shown = await ask(edge, "GET", f"{SOURCES}/{source['id']}", **headers)
    return source["id"], shown["push"]


async def test_rtmp() -> None:
    async with running_edge(http=PUBLIC) as edge:
        _, push = await pushed(edge, "rtmp")
        key = push["key"]
        assert push == {
            "url": "rtmp://meet.example.org:1935/live", "key": key, "stream": key,
            "full": f"rtmp://meet.example.org:1935/live/{key}", "fullTls": None, "expiresAt": None, "revoked": False,
        }  # fmt: skip


async def test_rtmp_over_tls_where_there_is_a_certificate() -> None:
    async with running_edge(http=PUBLIC, source_ports=SourcePorts(rtmp=11935, tls=True)) as edge:
        _, push = await pushed(edge, "rtmp")
        assert push["full"] == f"rtmp://meet.example.org:11935/live/{push['key']}"
        assert push["fullTls"] == f"rtmps://meet.example.org:11935/live/{push['key']}"


async def test_srt() -> None:
    async with running_edge(http=PUBLIC) as edge:
        source, push = await pushed(edge, "srt")
        key = push["key"]
        assert (push["url"], push["stream"]) == ("srt://meet.example.org:8890", source)
        assert push["full"] == f"srt://meet.example.org:8890?streamid={source}&passphrase={key}&mode=caller"


async def test_whip() -> None:
    async with running_edge(http=PUBLIC) as edge:
        source, push = await pushed(edge, "whip")
        url = f"https://meet.example.org:8443/ingest/whip/{source}"
        assert (push["url"], push["full"], push["stream"]) == (url, url, push["key"])


@pytest.mark.parametrize(("kind", "stream_is_key"), [("rtmp", True), ("srt", False)])
async def test_a_protocol_that_is_off_has_no_address(kind: str, stream_is_key: bool) -> None:
    async with running_edge(source_ports=SourcePorts()) as edge:
        source, push = await pushed(edge, kind)
        assert (push["url"], push["full"], push["fullTls"]) == ("", "", None)
        assert push["stream"] == (push["key"] if stream_is_key else source)


@pytest.mark.parametrize(
    ("header", "rtmp", "whip"),
    [
        ("192.0.2.7:8443", "192.0.2.7", "192.0.2.7:8443"),
        ("meet.example.org", "meet.example.org", "meet.example.org"),
        ("meet_1.example.org:443", "meet_1.example.org", "meet_1.example.org:443"),
        ("[2001:DB8::7]:8443", "[2001:db8::7]", "[2001:db8::7]:8443"),
        ("[::1]", "[::1]", "[::1]"),
    ],
)
async def test_the_host_of_the_request_is_the_host_to_push_to(header: str, rtmp: str, whip: str) -> None:
    async with running_edge() as edge:
        _, push = await pushed(edge, "rtmp", Host=header)
        assert push["url"] == f"rtmp://{rtmp}:1935/live"
        source, push = await pushed(edge, "whip", Host=header)
        assert push["url"] == f"http://{whip}/ingest/whip/{source}"


INJECTED = [
    'evil"><script>alert(1)</script>', "evil.example/live?x=", "user@evil.example", "evil.example#", "evil example",
    "evil.example:80:90", "evil.example:port", "evil.example:999999", "[::1", "[not-an-address]:80", "[::1]x:80", "::1",
    ".evil.example", "evil\\example", "会商.example", "x" * 300,
]  # fmt: skip


@pytest.mark.parametrize("header", INJECTED)
def test_what_is_no_host_is_not_taken_for_one(header: str) -> None:
    assert split_host(header) is None


@pytest.mark.parametrize("header", [header for header in INJECTED if header.isascii()])
async def test_an_injected_host_reaches_no_address(header: str) -> None:
    """What took the connection stands in for it; a parser that refuses the request is right, too."""
    async with running_edge() as edge:
        _, source = await ask(edge, "POST", SOURCES, {"name": "x", "kind": "srt", "rooms": []})
        status, shown = await ask(edge, "GET", f"{SOURCES}/{source['id']}", Host=header)
        assert status in {200, 400}
        if status == 200:
            assert shown["push"]["url"] == "srt://127.0.0.1:8890"


async def test_invitation_links_do_not_repeat_an_injected_host_either() -> None:
    async with running_edge() as edge:
        status, token = await ask(edge, "POST", "/api/v1/rooms/r-test/tokens", {}, Host="user@evil.example")
        assert status in {201, 400}
        assert status == 400 or token["link"].startswith(f"{edge.url}/join/")


async def test_a_public_url_wins_over_the_header() -> None:
    async with running_edge(http=http_settings(public_url="https://[2001:db8::7]:8443")) as edge:
        _, push = await pushed(edge, "rtmp", Host="evil.example")
        assert push["url"] == "rtmp://[2001:db8::7]:1935/live"


# ---- keys -----------------------------------------------------------------------------------------------------------


async def test_a_new_key_replaces_the_old_one_and_may_end() -> None:
    async with running_edge() as edge:
        source, push = await pushed(edge, "rtmp")
        path = f"{SOURCES}/{source}/key"
        status, changed = await ask(edge, "POST", path, {"expiresAt": "2099-01-01T08:00:00+08:00"})
        assert (status, changed["push"]["expiresAt"]) == (200, "2099-01-01T00:00:00Z")
        assert changed["push"]["key"] != push["key"]
        assert changed["push"]["full"].endswith(changed["push"]["key"])
        status, again = await ask(edge, "POST", path, {})
        assert (status, again["push"]["expiresAt"]) == (200, None)


async def test_a_key_that_ends_from_the_start() -> None:
    async with running_edge() as edge:
        body = {"name": "x", "kind": "srt", "rooms": [], "key_expires_at": "2099-06-01T00:00:00Z"}
        _, source = await ask(edge, "POST", SOURCES, body)
        assert source["push"]["expiresAt"] == "2099-06-01T00:00:00Z"
        key = edge.desk.views[source["id"]].key
        assert key is not None
        assert key.expires_at_s == datetime(2099, 6, 1, tzinfo=UTC).timestamp()


async def test_a_revoked_key_is_shown_as_such() -> None:
    async with running_edge() as edge:
        source, _ = await pushed(edge, "rtmp")
        assert await ask(edge, "DELETE", f"{SOURCES}/{source}/key") == (204, None)
        _, shown = await ask(edge, "GET", f"{SOURCES}/{source}")
        assert shown["push"]["revoked"] is True


@pytest.mark.parametrize("body", [{"expiresAt": "2001-01-01T00:00:00Z"}, {"expiresAt": 5}, {"key": "mine"}, []])
async def test_keys_that_are_not_made(body: object) -> None:
    async with running_edge() as edge:
        source, push = await pushed(edge, "rtmp")
        status, refused = await ask(edge, "POST", f"{SOURCES}/{source}/key", body)
        assert (status, refused["code"]) == (400, "message-invalid")
        assert (await ask(edge, "GET", f"{SOURCES}/{source}"))[1]["push"]["key"] == push["key"]


@pytest.mark.parametrize(("method", "body"), [("POST", {}), ("DELETE", None)])
async def test_a_camera_that_is_fetched_has_no_key(method: str, body: object) -> None:
    async with running_edge() as edge:
        draft = {"name": "x", "kind": "rtsp", "rooms": [], "address": "rtsp://192.0.2.7/"}
        _, source = await ask(edge, "POST", SOURCES, draft)
        status, refused = await ask(edge, method, f"{SOURCES}/{source['id']}/key", body)
        assert (status, refused["code"]) == (409, "source-kind-wrong")
