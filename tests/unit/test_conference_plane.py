"""The plane's housekeeping: unused transports, dead workers, certificates, pace of handshakes, dropped datagrams."""

import asyncio

import pytest

from conference.media.peer import QUEUE_DATAGRAMS
from conference.media.plane import CERTIFICATE_LIFE_S
from conference.media.transport import CONNECT_TIMEOUT_S, Stage
from conference.media.words import Fingerprint
from conference.model.errors import ServerFull
from tests.fakes.hall import Event, hall
from tests.fakes.relay import make_plane

PEER = (Fingerprint("sha-256", ":".join(["5C"] * 32)),)


async def test_a_transport_that_nobody_uses_is_closed_and_its_owner_told() -> None:
    plane, relay = make_plane()
    transport = plane.open(plane.place(), room=1)
    told: list[str] = []
    transport.on_closed = told.append
    plane._sweep(transport.created_s + CONNECT_TIMEOUT_S)
    assert relay.transports() == [transport.number]
    plane._sweep(transport.created_s + CONNECT_TIMEOUT_S + 1)
    assert told == ["never-connected"]
    assert relay.transports() == []
    assert not transport.open
    plane.close()


async def test_closing_tells_the_relay_once_and_nobody_else() -> None:
    plane, relay = make_plane()
    transport = plane.open(plane.place(), room=1)
    transport.on_closed = lambda _reason: pytest.fail("our own close was told")
    transport.close()
    transport.close()
    transport.ended("late")
    assert len(relay.called("close_transport")) == 1
    assert plane.stats().transports == 0
    plane.close()


async def test_a_worker_that_dies_takes_its_transports_with_it() -> None:
    async with hall() as h:
        plane = h.conference._plane
        transport = plane.open(plane.place(), room=1)
        told: list[str] = []
        transport.on_closed = told.append
        h.relay.refuse = {"poll"}
        await h.tell(Event.Receiving(1, True))
        plane._sweep(plane.now_s())
        assert told == ["worker-gone"]
        with pytest.raises(ServerFull):
            plane.place()


async def test_a_certificate_serves_for_a_day() -> None:
    plane, _ = make_plane()
    first = plane._current_certificate(1.0)
    assert plane._current_certificate(CERTIFICATE_LIFE_S) is first
    assert plane._current_certificate(CERTIFICATE_LIFE_S + 1.0) is not first
    plane.close()


@pytest.mark.parametrize("role", ["server", "client"])
async def test_the_handshake_begins_when_both_sides_are_ready(role: str) -> None:
    async with hall() as h:
        plane = h.conference._plane
        transport = plane.open(plane.place(), room=1)
        await h.tell(Event.Ice(transport.number, "connected"))
        transport.set_remote(PEER, "server" if role == "server" else "client")
        if role == "server":
            assert transport.stage is Stage.NEW
            await h.tell(Event.Dtls(transport.number, b"\x16"))
        await h.settle()
        assert transport.stage is Stage.HANDSHAKE
        assert bool(h.relay.called("send_dtls")) == (role == "client")
        assert plane.stats().handshakes_started == 1


async def test_a_failed_handshake_closes_the_transport_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conference.media.peer.HANDSHAKE_TIMEOUT_S", 0.0)
    async with hall() as h:
        plane = h.conference._plane
        transport = plane.open(plane.place(), room=1)
        closed = asyncio.Event()
        transport.on_closed = lambda _reason: closed.set()
        transport.set_remote(PEER, "client")
        await h.tell(Event.Ice(transport.number, "connected"))
        await closed.wait()
        await h.settle()
        assert plane.stats().handshakes_failed == 1
        assert h.relay.called("install_srtp") == []
        assert h.relay.transports() == []


async def test_a_flood_of_datagrams_before_the_handshake_is_dropped() -> None:
    plane, _ = make_plane()
    transport = plane.open(plane.place(), room=1)
    for _ in range(QUEUE_DATAGRAMS * 4):
        transport.dtls_arrived(b"\x16")
    transport.dtls_arrived(b"")
    assert transport._inbox.qsize() == QUEUE_DATAGRAMS
    plane.close()


async def test_one_bad_event_does_not_take_the_others_with_it() -> None:
    async with hall() as h:
        plane = h.conference._plane
        heard: list[bool] = []

        def fault(_receiving: bool) -> None:
            raise RuntimeError("a fault of ours")

        plane.routes.receiving[901] = fault
        plane.routes.receiving[902] = heard.append
        await h.tell(Event.Receiving(901, True), Event.Receiving(902, True))
        assert heard == [True]


async def test_newcomers_are_refused_while_too_many_wait() -> None:
    plane, _ = make_plane(dtls_handshakes_per_s=1)
    for _ in range(4):
        plane.admit()
        plane.open(plane.place(), room=1)
    with pytest.raises(ServerFull):
        plane.admit()
    assert plane.stats().refused == 1
    plane.close()
