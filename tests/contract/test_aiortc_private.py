"""What `conference.media.peer` takes for granted of aiortc: an upgrade that changes it fails here, loudly."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import aiortc.rtcdtlstransport as module
import pytest
from aiortc import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcdtlstransport import SRTPProtectionProfile, State

from conference.media.peer import Certificate, DtlsPeer, SrtpKeys, make_certificate
from conference.media.words import DtlsRole, Fingerprint

PROFILES = [module.SRTP_AEAD_AES_128_GCM, module.SRTP_AEAD_AES_256_GCM, module.SRTP_AES128_CM_SHA1_80]
WRONG = Fingerprint("sha-256", ":".join(["AB"] * 32))


class PipeEnd:
    """What a stock RTCDtlsTransport needs below it."""

    def __init__(self, role: str) -> None:
        self.role = role
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue(64)
        self.far: asyncio.Queue[bytes] = asyncio.Queue(64)

    async def _recv(self) -> bytes:
        return await self.inbox.get()

    async def _send(self, data: bytes) -> None:
        self.far.put_nowait(data)


@dataclass
class Pair:
    """Our DtlsPeer and a stock transport, joined by an in-memory pipe."""

    ours: DtlsPeer
    stock: RTCDtlsTransport
    keys: list[SrtpKeys] = field(default_factory=list)
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    remote: RTCDtlsParameters = field(default_factory=RTCDtlsParameters)

    async def run(self) -> str:
        return await self.ours.run(self.connected.set)


def make_pair(role: DtlsRole, *, theirs: Fingerprint | None = None, ours: Fingerprint | None = None) -> Pair:
    pipe = PipeEnd("controlling" if role == "server" else "controlled")
    certificate, stock_certificate = make_certificate(), RTCCertificate.generateCertificate()
    stock = RTCDtlsTransport(cast("Any", pipe), [stock_certificate])
    stock._set_role("client" if role == "server" else "server")
    promised = next(f for f in stock_certificate.getFingerprints() if f.algorithm == "sha-256")
    keys: list[SrtpKeys] = []
    peer = DtlsPeer(
        certificate,
        role=role,
        fingerprints=(theirs or Fingerprint("sha-256", promised.value),),
        send=pipe.inbox.put_nowait,
        install=keys.append,
        inbox=pipe.far,
    )
    mine = ours or certificate.fingerprint()
    remote = RTCDtlsParameters(fingerprints=[RTCDtlsFingerprint(mine.algorithm, mine.value)])
    return Pair(peer, stock, keys, remote=remote)


def exported(stock: RTCDtlsTransport, profile: SRTPProtectionProfile) -> tuple[bytes, bytes]:
    """(client's, server's) key and salt as the stock end has them."""
    assert stock._ssl is not None
    size = 2 * (profile.key_length + profile.salt_length)
    block = stock._ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", size)
    return profile.get_key_and_salt(block, 0), profile.get_key_and_salt(block, 1)


@pytest.mark.parametrize("role", ["server", "client"])
@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: p.openssl_profile.decode())
async def test_both_ends_get_the_same_keys(role: DtlsRole, profile: SRTPProtectionProfile) -> None:
    pair = make_pair(role)
    pair.stock._srtp_profiles = [profile]
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        life = tasks.create_task(pair.run())
        await pair.stock.start(pair.remote)
        await pair.connected.wait()
        (keys,) = pair.keys
        client, server = exported(pair.stock, profile)
        rx, tx = (client, server) if role == "server" else (server, client)
        assert keys.profile == profile.openssl_profile.decode()
        assert keys.rx_key + keys.rx_salt == rx
        assert keys.tx_key + keys.tx_salt == tx
        assert (len(keys.rx_key), len(keys.rx_salt)) == (profile.key_length, profile.salt_length)
        await pair.stock.stop()
        assert await life == "closed"


async def test_128_bit_gcm_is_preferred() -> None:
    pair = make_pair("server")
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        life = tasks.create_task(pair.run())
        await pair.stock.start(pair.remote)
        await pair.connected.wait()
        assert pair.keys[0].profile == "SRTP_AEAD_AES_128_GCM"
        await pair.stock.stop()
        await life


@pytest.mark.parametrize("role", ["server", "client"])
async def test_another_certificate_than_promised_gets_no_keys(role: DtlsRole) -> None:
    pair = make_pair(role, theirs=WRONG)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        stock = tasks.create_task(pair.stock.start(pair.remote))
        assert await pair.run() == "handshake"
        await stock
        await pair.stock.stop()
    assert pair.keys == []
    assert not pair.connected.is_set()


async def test_the_peer_refuses_our_certificate_when_it_was_promised_another() -> None:
    pair = make_pair("server", ours=WRONG)
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        life = tasks.create_task(pair.run())
        await pair.stock.start(pair.remote)
        assert pair.stock.state == "failed"
        life.cancel()


async def test_goodbye_ends_the_stock_end() -> None:
    pair = make_pair("server")
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        life = tasks.create_task(pair.run())
        closed = asyncio.Event()
        pair.stock.on("statechange", lambda: closed.set() if pair.stock.state == "closed" else None)
        await pair.stock.start(pair.remote)
        await pair.connected.wait()
        pair.ours.say_goodbye()
        await closed.wait()
        life.cancel()


async def test_a_silent_peer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conference.media.peer.HANDSHAKE_TIMEOUT_S", 0.05)
    assert await make_pair("server").run() == "timeout"


@pytest.mark.parametrize("datagram", [b"\x16", b"\x80" * 1501, b"\x16\xfe\xfd" + bytes(200), b"\xff" * 64])
async def test_rubbish_after_the_handshake_does_not_raise(datagram: bytes) -> None:
    pair = make_pair("server")
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        life = tasks.create_task(pair.run())
        await pair.stock.start(pair.remote)
        await pair.connected.wait()
        cast("PipeEnd", pair.stock.transport).far.put_nowait(datagram)
        await pair.stock.stop()
        assert await life == "closed"


async def test_one_ssl_context_serves_all_transports_of_a_certificate() -> None:
    certificate = make_certificate()
    first = certificate._create_ssl_context(PROFILES)
    assert certificate._create_ssl_context(PROFILES) is first
    assert make_certificate()._create_ssl_context(PROFILES) is not first


def test_every_private_name_is_there() -> None:
    for name in ("_setup_srtp", "_set_role", "_set_state", "_recv_next", "_write_ssl"):
        assert callable(getattr(RTCDtlsTransport, name)), name
    assert callable(RTCCertificate._create_ssl_context)
    assert isinstance(make_certificate(), Certificate)
    transport = RTCDtlsTransport(cast("Any", PipeEnd("controlled")), [RTCCertificate.generateCertificate()])
    for name in ("_ssl", "_srtp_profiles", "_role", "_state", "_task", "_rx_srtp"):
        assert hasattr(transport, name), name
    assert {State.CONNECTED, State.FAILED} <= set(State)


def test_the_version_is_the_pinned_one() -> None:
    assert module.__name__ == "aiortc.rtcdtlstransport"
    import aiortc

    assert aiortc.__version__.startswith("1.16.")
