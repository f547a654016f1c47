"""The core's side of the gates: ports, answers, handovers, and gates that die."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from conference.model.ids import SourceId
from conference.model.source import SourceKind
from conference.sources import words
from conference.sources.gates import Admitted, Decision, Gates, Refused, bind
from tests.fakes.rtmp_nursery import FakeGate, FakeNursery

CAMERA = SourceId("src_camera")
Publisher = tuple[SourceKind, SourceId, int, bytes, str]


class Core:
    """Decides by a table; keys named slow wait for `go`; the key broken fails."""

    def __init__(self) -> None:
        self.answers: dict[str, Decision] = {"good": Admitted(CAMERA, "secret"), "slow": Admitted(SourceId("src_slow"))}
        self.go = asyncio.Event()
        self.publishers: "asyncio.Queue[Publisher]" = asyncio.Queue()
        self.abandoned: list[tuple[SourceKind, SourceId, str]] = []

    async def decide(self, kind: SourceKind, key: str, peer: str) -> Decision:
        if key == "broken":
            raise ConnectionError("database gone")
        if key == "slow":
            await self.go.wait()
        return self.answers.get(key, Refused("unknown-key"))

    def publisher(self, *told: object) -> None:
        self.publishers.put_nowait(told)  # type: ignore[arg-type]

    def gone(self, kind: SourceKind, source: SourceId, cause: str) -> None:
        self.abandoned.append((kind, source, cause))


@asynccontextmanager
async def serving(nursery: FakeNursery, core: Core, *, srt: bool = False) -> AsyncIterator[Gates]:
    gates = Gates(
        nursery,
        rtmp=("127.0.0.1", 0),
        srt=("127.0.0.1", 0) if srt else None,
        decide=core.decide,
        publisher=core.publisher,
        abandoned=core.gone,
        srt_latency_ms=200,
    )
    task = asyncio.get_running_loop().create_task(gates.run())
    try:
        yield gates
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        gates.close()


async def _heard(gate: FakeGate) -> words.ToChild:
    return await asyncio.wait_for(gate.heard.get(), 5)


async def test_who_knocks_is_let_in_and_handed_over() -> None:
    nursery, core = FakeNursery(), Core()
    async with serving(nursery, core):
        gate = await nursery.gates.get()
        gate.on_word(words.Beat(), [])
        gate.on_word(words.Knock(7, "good", "192.0.2.1"), [])
        assert await _heard(gate) == words.Admit(7, "secret")
        ours, theirs = socket.socketpair()
        gate.on_word(words.Handover(7, b"state"), [os.dup(theirs.fileno())])
        kind, source, fd, state, peer = await core.publishers.get()
        assert (kind, source, state, peer) == (SourceKind.RTMP, CAMERA, b"state", "192.0.2.1")
        theirs.close()
        os.write(fd, b"x")
        assert ours.recv(1) == b"x"
        os.close(fd)
        ours.close()
    assert gate.killed and not core.abandoned


async def test_a_slow_or_failing_check_holds_nobody_up() -> None:
    nursery, core = FakeNursery(), Core()
    async with serving(nursery, core):
        gate = await nursery.gates.get()
        for number, key in enumerate(["slow", "broken", "bad", "good"]):
            gate.on_word(words.Knock(number, key, "192.0.2.1"), [])
        said = [await _heard(gate) for _ in range(3)]
        assert said == [words.Refuse(1, "unavailable"), words.Refuse(2, "unknown-key"), words.Admit(3, "secret")]
        core.go.set()
        assert await _heard(gate) == words.Admit(0)


async def test_two_with_the_same_key_at_the_same_time_are_one() -> None:
    nursery, core = FakeNursery(), Core()
    async with serving(nursery, core):
        gate = await nursery.gates.get()
        gate.on_word(words.Knock(1, "good", "a"), [])
        gate.on_word(words.Knock(2, "good", "b"), [])
        assert [await _heard(gate), await _heard(gate)] == [words.Admit(1, "secret"), words.Refuse(2, "busy")]


async def test_an_admitted_one_that_never_comes_is_told() -> None:
    nursery, core = FakeNursery(), Core()
    async with serving(nursery, core):
        gate = await nursery.gates.get()
        gate.on_word(words.Knock(1, "good", "a"), [])
        await _heard(gate)
        gate.on_word(words.Gone(1, "wrong-password"), [])
        assert core.abandoned == [(SourceKind.RTMP, CAMERA, "wrong-password")]
        gate.on_word(words.Knock(2, "good", "a"), [])
        await _heard(gate)
        gate.die()
        await asyncio.wait_for(nursery.gates.get(), 5)
        assert core.abandoned[1:] == [(SourceKind.RTMP, CAMERA, "closed")]


async def test_descriptors_nobody_asked_for_are_closed() -> None:
    nursery, core = FakeNursery(), Core()
    async with serving(nursery, core):
        gate = await nursery.gates.get()
        for word in (words.Handover(1, b""), words.Beat(), words.Knock(1, "bad", "a")):
            ours, theirs = socket.socketpair()
            gate.on_word(word, [theirs.detach()])
            assert ours.recv(1) == b""
            ours.close()
        assert core.publishers.empty()


async def test_a_gate_that_dies_is_started_again_and_connections_queue_meanwhile() -> None:
    nursery, core = FakeNursery(unavailable=1), Core()
    async with serving(nursery, core) as gates:
        for _ in range(3):
            gate = await asyncio.wait_for(nursery.gates.get(), 5)
            gate.die()
        with socket.create_connection(("127.0.0.1", gates.ports[SourceKind.RTMP]), timeout=5):
            gate = await asyncio.wait_for(nursery.gates.get(), 5)
            accepted, _ = gate.sockets[0].accept()
            accepted.close()


async def test_a_flood_of_knocks_is_refused() -> None:
    nursery, core = FakeNursery(), Core()
    async with serving(nursery, core):
        gate = await nursery.gates.get()
        for number in range(300):
            gate.on_word(words.Knock(number, "slow", "a"), [])
        refused = [await _heard(gate) for _ in range(44)]
        assert refused == [words.Refuse(number, "full") for number in range(256, 300)]


async def test_both_doors_have_their_jobs() -> None:
    nursery, core = FakeNursery(), Core()
    async with serving(nursery, core, srt=True) as gates:
        jobs = [(await nursery.gates.get()).job, (await nursery.gates.get()).job]
        assert jobs == [words.RtmpGateJob(tls_cert=None, tls_key=None), words.SrtGateJob(latency_ms=200)]
        assert set(gates.ports) == {SourceKind.RTMP, SourceKind.SRT} and all(gates.ports.values())


@pytest.mark.parametrize("kind", [SourceKind.RTMP, SourceKind.SRT])
def test_a_port_in_use_is_said_plainly(kind: SourceKind) -> None:
    (taken,) = bind(kind, "127.0.0.1", 0)
    port = taken.getsockname()[1]
    with taken, pytest.raises(OSError, match=f"{kind.value.upper()}: port {port} on 127.0.0.1: Address already in use"):
        bind(kind, "127.0.0.1", port)


def test_an_unknown_host_is_said_plainly() -> None:
    with pytest.raises(OSError, match=r"RTMP: the address not\.a\.host\.invalid is not known here"):
        bind(SourceKind.RTMP, "not.a.host.invalid", 0)


def test_all_addresses_get_the_same_port() -> None:
    sockets = bind(SourceKind.SRT, "", 0)
    try:
        assert len({sock.getsockname()[1] for sock in sockets}) == 1
    finally:
        for sock in sockets:
            sock.close()
