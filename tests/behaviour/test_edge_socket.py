"""The WebSocket: who gets in, what ends it, with which code and words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from conference.model.ids import TrackId
from conference.model.roles import Role
from conference.model.track import Source
from conference.results import PublishRequest, Wish
from signaling.session import SessionLimits
from tests.fakes.edge import OTHER_ROOM, RunningEdge, http_settings, running_edge

Socket = aiohttp.ClientWebSocketResponse


def limits(**changes: float) -> SessionLimits:
    values: dict[str, Any] = {
        "json_depth": 32, "messages_per_s": 50, "message_burst": 200, "send_queue_bytes": 1_048_576,
    }  # fmt: skip
    return SessionLimits(**(values | changes))


async def join(edge: RunningEdge, socket: Socket, **fields: object) -> dict[str, Any]:
    """Joins and gives the welcome."""
    await socket.send_json({"type": "join", "version": 1, "token": edge.token()} | fields)
    welcome: dict[str, Any] = await socket.receive_json()
    assert welcome["type"] == "welcome"
    return welcome


async def ending(socket: Socket) -> tuple[str | None, int | None]:
    """The code of the goodbye, if one comes, and the close code."""
    code = None
    async for message in socket:
        word = message.json()
        if word["type"] == "goodbye":
            assert word["text"]["zh"]
            assert word["text"]["en"]
            code = word["code"]
    return code, socket.close_code


async def test_a_person_joins_and_sees_the_room() -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        welcome = await join(edge, socket, name="  李\u202e雷 ")
        assert welcome["participants"][0]["name"] == "李雷"
        assert welcome["room"] == {
            "id": "r-test",
            "name": "第一会议室",
            "startedAtMs": 1_700_000_000_000,
            "recording": None,
        }
        assert not welcome["resumed"]
        async with edge.client.ws_connect(edge.url + "/ws") as second:
            await join(edge, second)
            joined = await socket.receive_json()
            assert joined["type"] == "joined"
            await second.send_json({"type": "leave"})
            assert await ending(second) == (None, 1000)
            assert (await socket.receive_json()) == {
                "type": "left", "participant": joined["participant"]["id"], "reason": "left",
            }  # fmt: skip


async def test_each_verb_reaches_the_conference() -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        await join(edge, socket, token=edge.token(role=Role.HOST))
        for message in (
            {"type": "publish-offer", "offer": 3, "sdp": "v=0", "tracks": [{"mid": "0", "source": "microphone"}]},
            {"type": "subscribe-answer", "offer": 4, "sdp": "v=1"},
            {"type": "wants", "tracks": [{"track": "t-9", "width": 640, "height": 360}]},
            {"type": "mute", "track": "t-2", "muted": True},
            {"type": "restart-down"},
            {"type": "block", "track": "t-3", "blocked": True},
            {"type": "ping", "sentMs": 12.5},
        ):
            await socket.send_json(message)
        answer = await socket.receive_json()
        assert (answer["type"], answer["offer"], answer["sdp"]) == ("publish-answer", 3, "answer to v=0")
        pong = await socket.receive_json()
        assert (pong["type"], pong["sentMs"]) == ("pong", 12.5)
        assert edge.conference.calls == [
            ("publish", "v=0", [PublishRequest(mid="0", source=Source.MICROPHONE)]),
            ("subscribe-answer", 4, "v=1"),
            ("wants", [Wish(track=TrackId("t-9"), width=640, height=360)]),
            ("mute", "t-2", True),
            ("restart-down",),
            ("block", "t-3", True),
        ]


async def test_a_lost_socket_keeps_the_seat_and_the_resume_token_brings_it_back() -> None:
    async with running_edge() as edge:
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            welcome = await join(edge, socket)
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            again = await join(edge, socket, resume=welcome["resume"], mediaAlive=True)
            assert (again["you"], again["resumed"]) == (welcome["you"], True)
            assert edge.conference.calls == [("resume", True)]
            assert len(edge.conference.detached) == 1
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            other = await join(edge, socket, resume="resume-long-gone")
            assert other["you"] != welcome["you"]


async def test_an_expired_invitation_still_resumes_a_seat_but_makes_none() -> None:
    async with running_edge() as edge:
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            welcome = await join(edge, socket)
        expired = edge.token(now_s=time.time() - 7200)
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            assert (await join(edge, socket, token=expired, resume=welcome["resume"]))["you"] == welcome["you"]
        for fields in ({}, {"resume": "resume-long-gone"}):
            async with edge.client.ws_connect(edge.url + "/ws") as socket:
                await socket.send_json({"type": "join", "version": 1, "token": expired} | fields)
                assert await ending(socket) == ("token-expired", 4401)


async def test_a_revoked_invitation_resumes_nothing() -> None:
    async with running_edge() as edge:
        token = edge.token()
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            welcome = await join(edge, socket, token=token)
        edge.tokens.revoked |= {member.seat.token_id for member in edge.conference.members.values()}
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            await socket.send_json({"type": "join", "version": 1, "token": token, "resume": welcome["resume"]})
            assert await ending(socket) == ("token-revoked", 4403)


async def first_message(text: str | bytes) -> tuple[str | None, int | None]:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        await (socket.send_bytes(text) if isinstance(text, bytes) else socket.send_str(text))
        result = await ending(socket)
        assert edge.conference.members == {}
        return result


@pytest.mark.parametrize(
    ("text", "code", "close"),
    [
        ("", "message-invalid", 4400),
        ("{", "message-invalid", 4400),
        ("null", "message-invalid", 4400),
        ('{"type":"ping","sentMs":1}', "join-first", 4400),
        ('{"type":"dance"}', "unknown-message", 4400),
        ('{"type":"join","version":1}', "message-invalid", 4400),
        ('{"type":"join","version":2,"token":"x"}', "version-unsupported", 4400),
        ('{"type":"join","version":1,"token":"x"}', "token-invalid", 4401),
        ('{"type":"join","version":1,"token":"' + "x" * 5000 + '"}', "message-invalid", 4400),
        ("[" * 5000, "json-too-deep", 4400),
        ('{"a":' * 33 + "1" + "}" * 33, "json-too-deep", 4400),
        (b"\x00\x01", "message-invalid", 4400),
    ],
)
async def test_a_bad_first_message_ends_the_socket(text: str | bytes, code: str, close: int) -> None:
    assert await first_message(text) == (code, close)


async def test_a_message_above_256_kib_closes_with_1009() -> None:
    assert await first_message('{"type":"' + "x" * 262_144 + '"}') == (None, 1009)


async def test_who_does_not_join_in_time_is_shown_out() -> None:
    async with (
        running_edge(limits=limits(join_timeout_s=0.05)) as edge,
        edge.client.ws_connect(edge.url + "/ws") as socket,
    ):
        assert await ending(socket) == ("join-timeout", 4408)


async def test_pings_do_not_stretch_the_time_to_join() -> None:
    async with (
        running_edge(limits=limits(join_timeout_s=0.2)) as edge,
        edge.client.ws_connect(edge.url + "/ws", autoping=False) as socket,
    ):
        pinging = asyncio.create_task(_ping_for_ever(socket))
        try:
            while (message := await socket.receive()).type is aiohttp.WSMsgType.PONG:
                pass
            assert message.json()["code"] == "join-timeout"
        finally:
            pinging.cancel()


async def _ping_for_ever(socket: Socket) -> None:
    while True:
        await socket.ping()
        await asyncio.sleep(0.02)


async def test_a_silent_peer_is_pinged_and_then_given_up() -> None:
    async with (
        running_edge(limits=limits(silence_timeout_s=0.15)) as edge,
        edge.client.ws_connect(edge.url + "/ws", autoping=False) as socket,
    ):
        await join(edge, socket)
        heard = [(await socket.receive()).type for _ in range(2)]
        assert heard == [aiohttp.WSMsgType.PING] * 2
        assert await ending(socket) == ("silent", 4408)
        assert len(edge.conference.detached) == 1


async def test_a_sleeping_page_is_kept_by_the_pongs_of_its_browser() -> None:
    async with (
        running_edge(limits=limits(silence_timeout_s=0.3)) as edge,
        edge.client.ws_connect(edge.url + "/ws", autoping=False) as socket,
    ):
        await join(edge, socket)
        for _ in range(8):  # 8 pings, 0.1 s apart: well beyond the allowed silence
            assert (await socket.receive()).type is aiohttp.WSMsgType.PING
            await socket.pong()
        await say_ping(socket)
        assert (await socket.receive_json())["type"] == "pong"


async def say_ping(socket: Socket) -> None:
    await socket.send_str('{"type":"ping","sentMs":1}')


async def control_ping(socket: Socket) -> None:
    await socket.ping()


@pytest.mark.parametrize("say", [say_ping, control_ping])
async def test_a_flood_ends_the_socket(say: Callable[[Socket], Awaitable[None]]) -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        await join(edge, socket)
        for _ in range(400):
            await say(socket)
        assert await ending(socket) == ("too-many-messages", 4429)


async def test_a_burst_within_the_limit_passes() -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        await join(edge, socket)
        for _ in range(199):
            await say_ping(socket)
        for _ in range(199):
            assert (await socket.receive_json())["type"] == "pong"


@pytest.mark.parametrize(
    ("message", "code", "about", "offer"),
    [
        ({"type": "dance"}, "unknown-message", None, None),
        ({"type": "join", "version": 1, "token": "x"}, "already-joined", "join", None),
        ({"type": "remove", "participant": "p-nobody"}, "not-allowed", "remove", None),
        ({"type": "block", "track": "t-1", "blocked": True}, "not-allowed", "block", None),
        ({"type": "publish-offer", "offer": 7, "sdp": "", "tracks": []}, "not-allowed", "publish-offer", 7),
    ],
)
async def test_a_refusal_leaves_the_socket_open(
    message: dict[str, object], code: str, about: str | None, offer: int | None
) -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        await join(edge, socket, token=edge.token(role=Role.VIEWER))
        await socket.send_json(message)
        refused = await socket.receive_json()
        assert (refused["type"], refused["code"], refused["about"], refused["offer"]) == ("refused", code, about, offer)
        await say_ping(socket)
        assert (await socket.receive_json())["type"] == "pong"


@pytest.mark.parametrize(
    "message", ['{"type":"mute"}', '{"type":"wants","tracks":[{"track":"../","width":1,"height":1}]}', "]"]
)
async def test_a_malformed_message_ends_the_socket(message: str) -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        await join(edge, socket)
        await socket.send_str(message)
        assert await ending(socket) == ("message-invalid", 4400)


async def test_our_own_fault_is_told_without_details_and_the_meeting_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        await join(edge, socket)
        edge.conference.fault = RuntimeError("a secret detail")
        await socket.send_json({"type": "publish-offer", "offer": 1, "sdp": "v=0", "tracks": []})
        refused = await socket.receive_str()
        assert '"internal-error"' in refused
        assert "secret" not in refused
        assert "a secret detail" in caplog.text
        async with edge.client.ws_connect(edge.url + "/ws") as second:
            await second.send_json({"type": "join", "version": 1, "token": edge.token()})
            assert await ending(second) == ("internal-error", 1011)
        await say_ping(socket)
        assert (await socket.receive_json())["type"] == "pong"


async def test_a_removed_person_is_out_within_the_goodbye() -> None:
    async with (
        running_edge() as edge,
        edge.client.ws_connect(edge.url + "/ws") as guest,
        edge.client.ws_connect(edge.url + "/ws") as host,
    ):
        you = (await join(edge, guest))["you"]
        await join(edge, host, token=edge.token(role=Role.HOST))
        await host.send_json({"type": "remove", "participant": you})
        assert await ending(guest) == ("token-revoked", 4403)


async def test_origins() -> None:
    http = http_settings(allowed_origins=("https://portal.example",), public_url="https://meet.example")
    async with running_edge(http=http) as edge:
        own = edge.url
        for origin in (None, own, own.upper(), "https://portal.example", "https://meet.example"):
            async with edge.client.ws_connect(own + "/ws", headers={"Origin": origin} if origin else {}) as socket:
                await join(edge, socket)
        for origin in ("https://evil.example", "null", own + ".evil.example", own + "/x", "file://", "", "http://"):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await edge.client.ws_connect(own + "/ws", headers={"Origin": origin})
            assert refused.value.status == 403, origin


async def test_the_token_is_refused_for_an_unknown_room() -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws") as socket:
        del edge.conference.rooms[OTHER_ROOM]
        await socket.send_json({"type": "join", "version": 1, "token": edge.token(OTHER_ROOM)})
        assert await ending(socket) == ("room-not-found", 4404)


async def test_no_compression_is_negotiated() -> None:
    async with running_edge() as edge, edge.client.ws_connect(edge.url + "/ws", compress=15) as socket:
        assert socket.compress == 0


async def test_an_ordinary_request_to_the_socket_is_told_to_upgrade() -> None:
    async with running_edge() as edge, edge.client.get(edge.url + "/ws") as response:
        assert response.status == 426
        assert response.headers["Upgrade"] == "websocket"
        assert (await response.json())["code"] == "upgrade-required"
