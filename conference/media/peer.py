"""The DTLS half of a transport: aiortc's parts over our own datagrams. The only file that imports aiortc.

Private names of aiortc 1.16 used here, each guarded by tests/contract/test_aiortc_private.py:
RTCDtlsTransport._setup_srtp, _ssl, _srtp_profiles, _set_role, _set_state, _state, _role, _task, _rx_srtp; State and the
SRTP_* profiles; RTCCertificate._create_ssl_context.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from aiortc import RTCIceTransport
from aiortc.rtcdtlstransport import (
    SRTP_AEAD_AES_128_GCM,
    SRTP_AEAD_AES_256_GCM,
    SRTP_AES128_CM_SHA1_80,
    RTCCertificate,
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    State,
)
from OpenSSL import SSL

from conference.media.words import DtlsRole, Fingerprint

HANDSHAKE_TIMEOUT_S: Final = 10.0
QUEUE_DATAGRAMS: Final = 32
"""A handshake flight is at most 4 datagrams; what comes beyond this many unread ones is a flood and is dropped."""

log = logging.getLogger(__name__)

# 128-bit GCM first: the cheapest of the three for every packet of the call. As server our order decides.
_PROFILES: Final = (SRTP_AEAD_AES_128_GCM, SRTP_AEAD_AES_256_GCM, SRTP_AES128_CM_SHA1_80)


@dataclass(frozen=True, slots=True)
class SrtpKeys:
    """What the relay needs (RFC 5764 section 4.2). `profile` is OpenSSL's name. Secrets: never printed."""

    profile: str
    rx_key: bytes
    rx_salt: bytes
    tx_key: bytes
    tx_salt: bytes

    def __repr__(self) -> str:
        return f"SrtpKeys(profile={self.profile!r})"


class Certificate(RTCCertificate):
    """A self-signed P-256 certificate for many transports; its SSL context is made once (0.7 ms saved per join)."""

    _context: Any = None
    _fingerprint: Fingerprint | None = None

    def _create_ssl_context(self, srtp_profiles: list[Any]) -> Any:
        if self._context is None:
            self._context = super()._create_ssl_context(srtp_profiles)
        return self._context

    def fingerprint(self) -> Fingerprint:
        """For SDP."""
        if self._fingerprint is None:
            found = next(f for f in self.getFingerprints() if f.algorithm == "sha-256")
            self._fingerprint = Fingerprint("sha-256", found.value)
        return self._fingerprint


def make_certificate() -> Certificate:
    """A fresh certificate, valid for 30 days."""
    return Certificate.generateCertificate()


class DtlsPeer:
    """One DTLS association. `feed` and `close` may be called at any time; `run` is its whole life."""

    def __init__(
        self,
        certificate: Certificate,
        *,
        role: DtlsRole,
        fingerprints: tuple[Fingerprint, ...],
        send: Callable[[bytes], None],
        install: Callable[[SrtpKeys], None],
        inbox: asyncio.Queue[bytes],
    ) -> None:
        self._fingerprints = fingerprints
        self._dtls = _PlaneDtls(_Datagrams(inbox, send, role), certificate, role, install)
        self._send = send

    async def run(self, connected: Callable[[], None]) -> str:
        """Handshakes, calls `connected`, then lives until the peer says goodbye. Returns why it ended: "timeout",
        "handshake" (also a wrong certificate), or "closed". Keys are installed only for the promised certificate."""
        remote = RTCDtlsParameters(
            fingerprints=[RTCDtlsFingerprint(algorithm=f.algorithm, value=f.value) for f in self._fingerprints]
        )
        try:
            async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
                await self._dtls.start(remote)
        except TimeoutError:
            return "timeout"
        pump = self._dtls._task
        if self._dtls.state != "connected" or pump is None:
            return "handshake"
        connected()
        try:
            await asyncio.wait([pump])
        finally:
            pump.cancel()
        # A datagram that kills the pump (aiortc raises on some) ends this association only; take its exception with us.
        if not pump.cancelled() and pump.exception() is not None:
            log.info("x DTLS ended: %r", pump.exception())
        return "closed"

    def say_goodbye(self) -> None:
        """Sends close_notify, at once and without waiting."""
        self._dtls.say_goodbye()


class _Datagrams:
    """What RTCDtlsTransport touches of its ICE transport: `role`, `_recv`, `_send`."""

    role: Final = "controlled"

    def __init__(self, inbox: asyncio.Queue[bytes], send: Callable[[bytes], None], role: DtlsRole) -> None:
        self._inbox = inbox
        self.write = send
        self._first = role == "client"

    async def _recv(self) -> bytes:
        return await self._inbox.get()

    async def _send(self, data: bytes) -> None:
        self.write(data)
        if self._first:
            # ffmpeg's WHIP muxer takes the first hello as a sign to open its DTLS and loses it; the next one would come
            # a second later (RFC 6347 section 4.2.4.1). A receiver that got both drops one as a replay.
            self._first = False
            self.write(data)


class _PlaneDtls(RTCDtlsTransport):
    """Hands the keys to the relay instead of opening SRTP sessions: `_rx_srtp` stays None, so a stray SRTP datagram
    that reaches aiortc is ignored."""

    def __init__(
        self,
        datagrams: _Datagrams,
        certificate: Certificate,
        role: DtlsRole,
        install: Callable[[SrtpKeys], None],
    ) -> None:
        super().__init__(cast("RTCIceTransport", datagrams), [certificate])
        self._srtp_profiles = list(_PROFILES)
        self._set_role(role)
        self._install = install
        self._datagrams = datagrams

    def _setup_srtp(self) -> None:
        ssl = cast("SSL.Connection", self._ssl)  # the handshake just ended on it
        chosen = ssl.get_selected_srtp_profile()
        profile = next((p for p in _PROFILES if p.openssl_profile == chosen), None)
        if profile is None:
            self._set_state(State.FAILED)
            return
        key, salt = profile.key_length, profile.salt_length
        block = ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", 2 * (key + salt))
        client = (block[:key], block[2 * key : 2 * key + salt])
        server = (block[key : 2 * key], block[2 * key + salt :])
        rx, tx = (client, server) if self._role == "server" else (server, client)
        self._install(SrtpKeys(chosen.decode(), *rx, *tx))

    def say_goodbye(self) -> None:
        if self._ssl is None or self._state is not State.CONNECTED:
            return
        try:
            self._ssl.shutdown()
            self._datagrams.write(self._ssl.bio_read(1500))
        except SSL.Error:
            return  # nothing left to say
