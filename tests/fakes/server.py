"""The real server as its users start it: a child process with its own data folder and free ports on loopback."""

from __future__ import annotations

import json
import os
import random
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_STARTUP_S = 30.0
_POLL_S = 0.02
_PORTS = (15_000, 32_000)
"""Below those of outgoing connections (ip_local_port_range)."""
_RANDOM = random.SystemRandom()
"""Not the one that tests seed: two of them at once would go for the same ports."""
_BYTECODE = Path(__file__).parents[2] / ".build" / "pycache"
"""An installed server has its bytecode beside it; without any a start takes twice as long, for compiling."""


def free_port(host: str = "127.0.0.1") -> int:
    """A port that is free for TCP and UDP now, and that the kernel gives to no connection that begins meanwhile."""
    while True:
        port = _RANDOM.randrange(*_PORTS)
        with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind((host, port))
                udp.bind((host, port))
            except OSError:
                continue
            return port


def outer_environment() -> dict[str, str]:
    """The machine's own, without settings of a server that somebody runs here, with bytecode that is kept."""
    left_out = ("HUISHANG_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**kept, "PYTHONPYCACHEPREFIX": str(_BYTECODE)}


@dataclass
class RunningServer:
    """`url` is the pages' origin; `api` calls REST as the administrator."""

    url: str
    media_port: int
    data: Path
    log: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def printed(self) -> str:
        """What the start told the person in front of it."""
        return self.log.with_name("server.out").read_text(encoding="utf-8")

    @property
    def admin_key(self) -> str:
        return (self.data / "secrets" / "admin.key").read_text(encoding="utf-8").strip()

    def api(self, method: str, path: str, body: object = None, *, bearer: str | None = None) -> Any:
        """The decoded JSON answer. Raises urllib.error.HTTPError on a refusal."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {bearer or self.admin_key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10, context=_unverified(self.url)) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    def room(self, name: str = "test") -> str:
        created: str = self.api("POST", "/api/v1/rooms", {"name": name})["id"]
        return created

    def token(self, room: str, role: str = "participant", **more: object) -> str:
        issued: str = self.api("POST", f"/api/v1/rooms/{room}/tokens", {"role": role, **more})["token"]
        return issued

    def link(self, room: str, role: str = "participant", **more: object) -> str:
        return f"{self.url}/join/{room}#t={self.token(room, role, **more)}"

    def participants(self, room: str) -> list[dict[str, Any]]:
        answer = self.api("GET", f"/api/v1/rooms/{room}/participants")
        return list(answer["participants"] if isinstance(answer, dict) else answer)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(5)


@contextmanager
def running_server(
    folder: Path, *, host: str = "127.0.0.1", tls: bool = False, settings: Mapping[str, str] | None = None
) -> Iterator[RunningServer]:
    """Starts `huishang serve` and waits until it is ready. `settings`: HUISHANG_… variables."""
    port, media_port = free_port(host), free_port(host)
    environment = {
        **outer_environment(),
        "HUISHANG_DATA": str(folder / "data"),
        "HUISHANG_HTTP__HOST": host,
        "HUISHANG_HTTP__PORT": str(port),
        "HUISHANG_HTTP__TLS": "true" if tls else "false",
        "HUISHANG_MEDIA__LISTEN": json.dumps([host]),
        "HUISHANG_MEDIA__PORT": str(media_port),
        "HUISHANG_MEDIA__ADVERTISE_IPS": json.dumps([host]),
        "HUISHANG_MEDIA__ADVERTISE_LOOPBACK": "false",
        "HUISHANG_SOURCES__RTMP_HOST": host,
        "HUISHANG_SOURCES__RTMP_PORT": "0",
        "HUISHANG_SOURCES__SRT_HOST": host,
        "HUISHANG_SOURCES__SRT_PORT": "0",
        **(settings or {}),
    }
    log = folder / "server.log"
    # Standard output holds the links, for the person who started it; the log must never hold such a thing.
    with log.open("ab") as stream, (folder / "server.out").open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "serve"], env=environment, stdout=printed, stderr=stream
        )
    server = RunningServer(
        url=f"{'https' if tls else 'http'}://{host}:{port}",
        media_port=media_port,
        data=folder / "data",
        log=log,
        environment=environment,
        process=process,
    )
    try:
        _wait_until_ready(server)
        yield server
    finally:
        server.stop()


def _wait_until_ready(server: RunningServer) -> None:
    deadline = time.monotonic() + _STARTUP_S
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(server.url + "/readyz", timeout=2, context=_unverified(server.url)):
                return
        except OSError:
            time.sleep(_POLL_S)  # polling another process; the deadline above bounds it
    raise RuntimeError(f"the server did not start:\n{server.log.read_text(encoding='utf-8', errors='replace')[-4000:]}")


def _unverified(url: str) -> ssl.SSLContext | None:
    """Tests meet the self-signed certificate of a first start."""
    if not url.startswith("https"):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
