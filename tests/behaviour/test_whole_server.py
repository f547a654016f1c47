"""The server as an operator meets it: PostgreSQL by URL, invitations by command, a restart, a log without secrets."""

import base64
import json
import re
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from tests.fakes.member import member
from tests.fakes.postgres import running_postgres
from tests.fakes.server import RunningServer, free_port, running_server

TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{8,}\.")


def huishang(server: RunningServer, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *words],
        env={**server.environment, **settings}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


async def test_it_runs_on_postgresql_by_url(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    with (
        running_postgres(tmp_path) as url,
        running_server(tmp_path, settings={"HUISHANG_DATABASE__URL": url}) as server,
    ):
        room = server.room("数据库")
        async with member(http, server.url, server.token(room)) as joined:
            await joined.wait_for("welcome")
            assert await joined.publish(idle=True) < 5
        assert room in [listed["id"] for listed in server.api("GET", "/api/v1/rooms")["rooms"]]
        assert not (server.data / "huishang.db").exists()


async def test_rooms_and_tokens_outlive_a_restart(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    with running_server(tmp_path) as first:
        room = first.room("常设会商室")
        token, withdrawn = first.token(room), first.token(room)
        first.api("DELETE", f"/api/v1/tokens/{jti(withdrawn)}")
    with running_server(tmp_path) as second:
        async with member(http, second.url, token) as joined:
            assert (await joined.wait_for("welcome"))["room"]["name"] == "常设会商室"
        async with member(http, second.url, withdrawn) as refused:
            with pytest.raises(ConnectionError, match="token-revoked"):
                await refused.wait_for("welcome")


async def test_the_printed_invitation_and_the_command_let_people_in(
    server: RunningServer, http: aiohttp.ClientSession
) -> None:
    printed = re.search(rf"{server.url}/join/main#t=(\S+)", server.printed)
    assert printed, server.printed
    made = huishang(server, "token", "--room", "main", "--role", "viewer", "--ttl", "600", "--json")
    assert made.returncode == 0, made.stderr
    for token in (printed[1], json.loads(made.stdout)["token"]):
        async with member(http, server.url, token) as joined:
            await joined.wait_for("welcome")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["token", "--room", "nowhere"], 1, "room-not-found"),
        (["token", "--ttl", "43201"], 2, "--ttl"),
        (["serve", "--config", "/nonexistent.toml"], 2, "nonexistent"),
    ],
)
def test_a_wrong_command_is_refused_in_words(server: RunningServer, words: list[str], code: int, said: str) -> None:
    done = huishang(server, *words)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_second_start_on_the_same_ports_names_the_cure(server: RunningServer) -> None:
    done = huishang(server, "serve")
    assert done.returncode == 1
    assert "无法启动" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_page_port_alone_names_the_cure(server: RunningServer, tmp_path: Path) -> None:
    done = huishang(
        server,
        "serve",
        HUISHANG_DATA=str(tmp_path),
        HUISHANG_MEDIA__PORT=str(free_port()),
    )
    assert done.returncode == 1
    assert "无法启动" in done.stderr
    assert "Traceback" not in done.stderr


async def test_the_log_of_a_whole_call_holds_no_secret(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    with running_server(tmp_path, settings={"HUISHANG_LOG__LEVEL": "debug"}) as server:
        token = server.token(server.room())
        async with member(http, server.url, token) as joined:
            welcome = await joined.wait_for("welcome")
            await joined.publish(video=False)
        async with member(http, server.url, token + "x") as refused:
            with pytest.raises(ConnectionError, match="token-invalid"):
                await refused.wait_for("welcome")
        log, key = server.log.read_text(encoding="utf-8"), server.admin_key
    assert "joined" in log
    for secret in (token, welcome["resume"], key, joined.up.localDescription.sdp.split("a=ice-pwd:")[1].split()[0]):
        assert secret not in log
    assert not TOKEN.search(log)


def jti(token: str) -> str:
    body = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["jti"])


async def test_rooms_are_spread_over_several_workers(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    with running_server(tmp_path, settings={"HUISHANG_MEDIA__WORKERS": "2"}) as server:
        ports = set()
        async with AsyncExitStack() as stack:
            for _ in range(2):
                joined = await stack.enter_async_context(member(http, server.url, server.token(server.room())))
                await joined.wait_for("welcome")
                await joined.publish(idle=True)
                ports |= set(re.findall(r"a=candidate:\S+ 1 udp \d+ \S+ (\d+)", joined.up.remoteDescription.sdp))
        assert ports == {str(server.media_port), str(server.media_port + 1)}
