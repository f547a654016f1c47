"""Liveness, readiness, metrics, and the end of the server."""

from __future__ import annotations

import asyncio

import aiohttp

from tests.fakes.edge import ADMIN_KEY, running_edge

_UPGRADE = {
    "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "MDAwMDAwMDAwMDAwMDAwMA==",
}  # fmt: skip


async def test_a_lost_database_is_not_ready_and_still_alive() -> None:
    async def lost() -> None:
        raise OSError("connection refused by 10.0.0.5")

    async with running_edge(checks={"database": lost}) as edge:
        async with edge.client.get(edge.url + "/readyz") as response:
            assert response.status == 503
            assert await response.json() == {
                "status": "degraded", "degraded": ["database"], "parts": {"relay": True, "database": False},
            }  # fmt: skip
        async with edge.client.get(edge.url + "/healthz") as response:
            assert (response.status, await response.json()) == (200, {"status": "ok"})


async def test_a_full_disk_of_recordings_is_told_and_sends_nobody_away() -> None:
    async def full() -> None:
        raise OSError("the disk of the recordings is full")

    async with running_edge(beside={"recordings": full}) as edge, edge.client.get(edge.url + "/readyz") as response:
        assert (response.status, (await response.json())["degraded"]) == (200, ["recordings"])


async def test_a_relay_that_is_not_ready_is_named() -> None:
    async with running_edge() as edge:
        edge.conference.is_ready = False
        async with edge.client.get(edge.url + "/readyz") as response:
            assert (await response.json())["degraded"] == ["relay"]


async def test_metrics_tell_the_conference_and_the_edge() -> None:
    async with running_edge() as edge:
        async with edge.client.ws_connect(edge.url + "/ws") as socket:
            await socket.send_json({"type": "join", "version": 1, "token": edge.token()})
            await socket.receive_json()
            await socket.send_json({"type": "ping", "sentMs": 1})
            await socket.receive_json()
            async with edge.client.get(edge.url + "/metrics") as response:
                assert response.headers["Content-Type"].startswith("text/plain; version=0.0.4")
                text = await response.text()
        for line in (
            "huishang_participants 1.0",
            'huishang_relay_drops_total{reason="unknown-ufrag"} 4.0',
            "huishang_relay_cpu_seconds_total 2.0",
            "huishang_relay_sent_packets_total 7.0",
            "huishang_sockets 1.0",
            "huishang_join_seconds_count 1.0",
            'huishang_messages_total{type="ping"} 1.0',
            "huishang_loop_lag_seconds",
        ):
            assert line in text, line


async def test_metrics_are_for_this_machine_or_the_administrator() -> None:
    async with running_edge() as edge:
        for headers, status in (
            ({}, 200),
            ({"X-Forwarded-For": "127.0.0.1"}, 401),
            ({"Forwarded": "for=127.0.0.1"}, 401),
            ({"Authorization": "Bearer wrong"}, 401),
            ({"Authorization": f"Bearer {ADMIN_KEY}", "X-Forwarded-For": "192.0.2.1"}, 200),
        ):
            async with edge.client.get(edge.url + "/metrics", headers=headers) as response:
                assert response.status == status, headers


async def test_paths_of_strangers_make_no_new_series() -> None:
    async with running_edge() as edge:
        for number in range(50):
            async with edge.client.get(f"{edge.url}/api/{number}/x") as response:
                assert response.status == 404
        async with edge.client.get(edge.url + "/metrics") as response:
            text = await response.text()
        assert 'huishang_http_requests_total{route="-",status="404"} 50.0' in text


async def test_a_stopping_server_tells_everybody_to_come_back() -> None:
    async with aiohttp.ClientSession() as client:
        async with running_edge() as edge:
            socket = await client.ws_connect(edge.url + "/ws")
            await socket.send_json({"type": "join", "version": 1, "token": edge.token()})
            await socket.receive_json()
            waiting = await client.ws_connect(edge.url + "/ws")
            reading = asyncio.create_task(_goodbye(socket)), asyncio.create_task(_goodbye(waiting))
        for code, again, close in await asyncio.gather(*reading):
            assert (code, again, close) == ("server-stopping", True, 1001)


async def _goodbye(socket: aiohttp.ClientWebSocketResponse) -> tuple[str, bool, int | None]:
    word = await socket.receive_json()
    await socket.receive()
    return word["code"], word["again"], socket.close_code


async def test_too_many_sockets_that_do_not_join_are_turned_away() -> None:
    async with running_edge(max_waiting_sockets=2) as edge:
        sockets = [await edge.client.ws_connect(edge.url + "/ws") for _ in range(2)]
        async with edge.client.get(edge.url + "/ws", headers=_UPGRADE) as response:
            assert response.status == 503
            assert response.headers["Retry-After"] == "5"
            assert (await response.json())["code"] == "server-full"
        await sockets[0].send_json({"type": "join", "version": 1, "token": edge.token()})
        await sockets[0].receive_json()
        async with edge.client.ws_connect(edge.url + "/ws") as third:
            assert not third.closed
