"""The whole server on loopback: what the edge says and what the conference means by it fit together."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fakes.server import RunningServer

VECTORS = Path(__file__).parents[1] / "vectors" / "sdp"
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


def vector(name: str) -> bytes:
    return (VECTORS / f"{name}.sdp").read_bytes()


async def join(
    http: aiohttp.ClientSession, server: RunningServer, token: str, **fields: object
) -> tuple[aiohttp.ClientWebSocketResponse, dict[str, Any]]:
    socket = await http.ws_connect(server.url + "/ws")
    await socket.send_json({"type": "join", "version": 1, "token": token, "name": "王芳"} | fields)
    return socket, await until(socket, "welcome")


async def until(socket: aiohttp.ClientWebSocketResponse, *kinds: str) -> dict[str, Any]:
    """The next message of one of these types; others are passed over."""
    while (message := await socket.receive_json(timeout=10))["type"] not in kinds:
        pass
    return dict(message)


async def test_readiness_names_all_parts(server: RunningServer, http: aiohttp.ClientSession) -> None:
    async with http.get(server.url + "/readyz") as response:
        assert response.status == 200
        assert (await response.json())["parts"] == {"relay": True, "database": True, "disk": True, "recordings": True}


async def test_two_people_meet_and_one_publishes(server: RunningServer, http: aiohttp.ClientSession) -> None:
    room = server.room()
    alice, welcome = await join(http, server, server.token(room))
    bob, _ = await join(http, server, server.token(room))
    assert (await until(alice, "joined"))["participant"]["name"] == "王芳"

    await alice.send_json(
        {
            "type": "publish-offer",
            "offer": 1,
            "sdp": vector("chrome-publish-simulcast").decode(),
            "tracks": [{"mid": "0", "source": "microphone"}, {"mid": "1", "source": "camera"}],
        }
    )
    answer = await until(alice, "publish-answer", "refused")
    assert answer["type"] == "publish-answer", answer
    assert answer["offer"] == 1
    assert f" {server.media_port} typ host" in answer["sdp"]
    tracks = {entry["track"] for entry in answer["tracks"]}
    assert len(tracks) == 2

    updated = await until(bob, "updated")
    assert updated["participant"]["id"] == welcome["you"]
    assert {track["id"] for track in updated["participant"]["tracks"]} == tracks
    offer = await until(bob, "subscribe-offer")
    assert {entry["track"] for entry in offer["tracks"]} <= tracks
    await bob.close()
    await alice.close()


async def test_a_cut_socket_is_reconnecting_and_comes_back(server: RunningServer, http: aiohttp.ClientSession) -> None:
    room = server.room()
    token = server.token(room)
    alice, _ = await join(http, server, server.token(room))
    bob, welcome = await join(http, server, token)
    await until(alice, "joined")
    await bob.close()
    assert (await until(alice, "updated", "left"))["participant"]["presence"] == "reconnecting"
    bob, again = await join(http, server, token, resume=welcome["resume"])
    assert (again["you"], again["resumed"]) == (welcome["you"], True)
    assert (await until(alice, "updated", "left"))["participant"]["presence"] == "here"
    await bob.send_json({"type": "leave"})
    left = await until(alice, "left")
    assert (left["participant"], left["reason"]) == (welcome["you"], "left")
    await alice.close()


async def test_a_second_page_takes_the_seat_over(server: RunningServer, http: aiohttp.ClientSession) -> None:
    token = server.token(server.room())
    first, welcome = await join(http, server, token)
    second, again = await join(http, server, token, resume=welcome["resume"])
    assert again["you"] == welcome["you"]
    goodbye = await until(first, "goodbye")
    assert (goodbye["code"], goodbye["again"]) == ("seat-replaced", False)
    await first.receive()
    assert first.close_code == 4409
    await second.close()


async def test_revoking_and_removing_put_people_out(server: RunningServer, http: aiohttp.ClientSession) -> None:
    room = server.room()
    issued = server.api("POST", f"/api/v1/rooms/{room}/tokens", {"role": "participant"})
    revoked, _ = await join(http, server, issued["token"])
    server.api("DELETE", f"/api/v1/tokens/{issued['id']}")
    assert (await until(revoked, "goodbye"))["code"] == "token-revoked"

    token = server.token(room, identity="guest-7")
    removed, welcome = await join(http, server, token)
    server.api("DELETE", f"/api/v1/rooms/{room}/participants/{welcome['you']}")
    assert (await until(removed, "goodbye"))["code"] == "removed"
    async with http.get(server.url + "/api/v1/invitation", headers={"Authorization": f"Bearer {token}"}) as response:
        assert (response.status, (await response.json())["code"]) == (403, "token-revoked")


async def test_a_closed_room_is_gone_for_its_tokens(server: RunningServer, http: aiohttp.ClientSession) -> None:
    room = server.room()
    token = server.token(room)
    socket, _ = await join(http, server, token)
    server.api("DELETE", f"/api/v1/rooms/{room}")
    assert (await until(socket, "goodbye"))["code"] == "room-closed"
    async with http.get(server.url + "/api/v1/invitation", headers={"Authorization": f"Bearer {token}"}) as response:
        assert response.status in {404, 410}


@pytest.mark.parametrize("encoder", ["ffmpeg-whip", "obs-whip", "gstreamer-whip"])
async def test_whip_with_real_offers(server: RunningServer, http: aiohttp.ClientSession, encoder: str) -> None:
    room = server.room()
    bearer = {"Authorization": f"Bearer {server.token(room, name='无人机')}"}
    async with http.post(f"{server.url}/whip/{room}", headers=bearer | SDP, data=vector(encoder)) as response:
        answer = await response.text()
        assert response.status == 201, answer
        url, etag = server.url + response.headers["Location"], response.headers["ETag"]
    assert "a=ice-lite" in answer
    assert f" {server.media_port} typ host" in answer
    (person,) = server.participants(room)
    assert (person["kind"], person["name"]) == ("encoder", "无人机")

    ufrag = re.findall(r"a=ice-ufrag:(\S+)", vector(encoder).decode())[0]
    password = re.findall(r"a=ice-pwd:(\S+)", vector(encoder).decode())[0]
    trickle = (
        f"a=ice-ufrag:{ufrag}\r\na=ice-pwd:{password}\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
        "a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n"
    )
    async with http.patch(url, headers=bearer | FRAGMENT | {"If-Match": etag}, data=trickle) as response:
        assert response.status == 204, await response.text()
    restart = trickle.replace(ufrag, "fresh").replace(password, "f" * 24)
    async with http.patch(url, headers=bearer | FRAGMENT | {"If-Match": "*"}, data=restart) as response:
        fragment = await response.text()
        assert response.status == 200, fragment
        assert "a=ice-ufrag:" in fragment
        assert response.headers["ETag"] != etag
    async with http.patch(url, headers=bearer | FRAGMENT | {"If-Match": etag}, data=trickle) as response:
        assert response.status == 412
    async with http.delete(url, headers=bearer) as response:
        assert response.status == 200
    assert server.participants(room) == []
    async with http.delete(url, headers=bearer) as response:
        assert response.status == 404


async def test_whep_with_a_browsers_offer(server: RunningServer, http: aiohttp.ClientSession) -> None:
    room = server.room()
    bearer = {"Authorization": f"Bearer {server.token(room, role='viewer')}"}
    offer = vector("chrome-whep-recvonly")
    async with http.post(f"{server.url}/whep/{room}", headers=bearer | SDP, data=offer) as response:
        assert response.status == 201, await response.text()
        url = server.url + response.headers["Location"]
    assert [person["kind"] for person in server.participants(room)] == ["viewer"]
    async with http.post(f"{server.url}/whip/{room}", headers=bearer | SDP, data=vector("obs-whip")) as response:
        assert (response.status, (await response.json())["code"]) == (403, "not-allowed")
    async with http.delete(url, headers=bearer) as response:
        assert response.status == 200


async def test_the_probe_offers_only_the_transport_asked_for(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    bearer = {"Authorization": f"Bearer {server.token(server.room())}"}
    for transport in ("udp", "tcp"):
        body = {"sdp": vector("chrome-whep-recvonly").decode(), "transport": transport}
        async with http.post(server.url + "/api/v1/probe", headers=bearer, json=body) as response:
            answer = await response.json()
            assert response.status == 200, answer
        candidates = re.findall(r"a=candidate:\S+ \d (\S+)", answer["sdp"])
        assert {candidate.lower() for candidate in candidates} == {transport}


async def test_an_offer_with_too_many_sections_is_refused_everywhere(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    room = server.room()
    token = server.token(room)
    offer = vector("obs-whip").decode()
    head, first, rest = re.split(r"(?m)^(?=m=)", offer, maxsplit=2)
    bomb = head + "".join(re.sub(r"a=mid:\S+", f"a=mid:x{n}", first) for n in range(65)) + rest
    async with http.post(
        f"{server.url}/whip/{room}", headers={"Authorization": f"Bearer {token}"} | SDP, data=bomb.encode()
    ) as response:
        assert (response.status, (await response.json())["code"]) == (400, "too-many-sections")
    socket, _ = await join(http, server, token)
    await socket.send_json({"type": "publish-offer", "offer": 9, "sdp": bomb, "tracks": []})
    refused = await until(socket, "refused", "publish-answer")
    assert (refused.get("code"), refused["offer"]) == ("too-many-sections", 9)
    await socket.close()


@pytest.mark.parametrize("body", ["", "v=0", "v=0\r\nm=video", "\x00" * 1000, "v=0\r\n" * 20_000, "a=" + "x" * 190_000])
async def test_nonsense_for_sdp_is_a_refusal_and_never_our_fault(
    server: RunningServer, http: aiohttp.ClientSession, body: str
) -> None:
    room = server.room()
    token = server.token(room)
    bearer = {"Authorization": f"Bearer {token}"}
    for protocol in ("whip", "whep"):
        async with http.post(f"{server.url}/{protocol}/{room}", headers=bearer | SDP, data=body.encode()) as response:
            assert response.status in {400, 406}, await response.text()
    async with http.post(
        server.url + "/api/v1/probe", headers=bearer, json={"sdp": body, "transport": "udp"}
    ) as response:
        assert response.status in {400, 406}, await response.text()
    socket, _ = await join(http, server, token)
    await socket.send_json({"type": "publish-offer", "offer": 1, "sdp": body, "tracks": []})
    assert (await until(socket, "refused"))["code"] == "sdp-refused"
    await socket.send_json({"type": "subscribe-answer", "offer": 1, "sdp": body})
    await socket.send_json({"type": "ping", "sentMs": 1})
    assert (await until(socket, "pong", "refused")).get("code") != "internal-error"
    await socket.close()
    assert "Traceback" not in server.log.read_text(encoding="utf-8")


async def test_metrics_of_the_real_relay(server: RunningServer, http: aiohttp.ClientSession) -> None:
    async with http.get(server.url + "/metrics") as response:
        text = await response.text()
    assert "huishang_workers_alive 1.0" in text
    assert "huishang_relay_drops_total{reason=" in text
