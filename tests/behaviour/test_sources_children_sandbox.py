"""What a child cannot do any more once it reads foreign bytes, and what it still can."""

import os
import signal
import socket
from pathlib import Path

import pytest

from conference.children.worker import sandbox
from conference.sources import words
from tests.fakes.nursery import process_status, ward
from tests.fakes.source_child_escapes import CANARIES

needs_kernel = pytest.mark.skipif(bool(sandbox.features().missing), reason="; ".join(sandbox.features().missing))


@needs_kernel
async def test_every_way_out_is_closed() -> None:
    async with ward() as children:
        sibling = await children.spawn("idle")
        with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            udp.bind(tcp.getsockname())
            tcp.settimeout(0)
            udp.settimeout(0)
            child = await children.spawn("escape", f"{os.getpid()},{sibling.pid},{tcp.getsockname()[1]}")
            outcomes = await child.answer()
            for honeypot in (tcp.accept, lambda: udp.recv(1)):
                with pytest.raises(BlockingIOError):
                    honeypot()
        assert {what: outcome for what, outcome in outcomes.items() if outcome != "PermissionError"} == {}
        assert len(outcomes) > 20
        assert not sibling.exits
        assert not any(file.exists() for file in CANARIES)


@needs_kernel
async def test_the_worst_calls_are_deadly() -> None:
    async with ward() as children:
        exit_ = await (await children.spawn("ptrace")).exit()
        assert (exit_.reason, exit_.detail) == ("crashed", signal.Signals.SIGSYS.name)


async def test_codecs_work_inside() -> None:
    async with ward() as children:
        # It does not beat meanwhile.
        child = await children.spawn("codecs", limits=words.Limits(stall_s=20))
        counts = await child.answer()
        assert {name: counts[name] for name in ("libx264", "libvpx", "h264", "vp8", "libopus")} == dict.fromkeys(
            ("libx264", "libvpx", "h264", "vp8", "libopus"), 20
        )
        assert counts["aac"] >= 19
        assert counts["rgb"] == 320
        assert counts["jpeg"] > 500


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change its user")
async def test_a_child_of_root_is_nobody() -> None:
    async with ward() as children:
        child = await children.spawn("idle")
        await child.until(lambda: child.words)
        status = process_status(child.pid)
        assert set(status["Uid"].split()) | set(status["Gid"].split()) == {"65534"}
        assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
        assert status["NoNewPrivs"] == "1"
        assert status["Threads"] == "1"
        assert status["Seccomp"] == "2"


async def test_the_template_knows_nothing_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHANG_DATABASE_URL", "postgresql://user:canary-secret@db/x")
    async with ward() as children:
        # The second answer says that the template is done with the first.
        await children.spawn("idle")
        await (await children.spawn("end")).exit()
        template = Path(f"/proc/{children.nursery.template_pid}")
        assert b"canary-secret" not in (template / "environ").read_bytes()
        assert b"HUISHANG" not in (template / "environ").read_bytes()
        # Only the null device, its log and its sockets.
        names = {str(link.readlink()).split(":")[0] for link in (template / "fd").iterdir()}
        assert names <= {"/dev/null", "pipe", "socket"}
