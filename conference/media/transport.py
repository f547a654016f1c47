"""One transport: ICE credentials in the relay, DTLS in aiortc, keys back into the relay."""

import asyncio
import enum
import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from conference.media.peer import QUEUE_DATAGRAMS, Certificate, DtlsPeer, SrtpKeys
from conference.media.words import Candidate, DtlsRole, Fingerprint, IceCredentials
from conference.media.worker import Worker

if TYPE_CHECKING:
    from conference.media._relay import IceState

CONNECT_TIMEOUT_S: Final = 30.0
"""A transport that nobody used for so long is closed; it is as long as ICE itself goes on trying (RFC 7675)."""

log = logging.getLogger(__name__)


class Stage(enum.Enum):
    NEW = "new"
    HANDSHAKE = "handshake"
    CONNECTED = "connected"
    CLOSED = "closed"


class Transport:
    """Opened by `Plane.open`; `close` is final. `on_closed` is called once, not when `close` was ours."""

    def __init__(
        self,
        number: int,
        worker: Worker,
        certificate: Certificate,
        *,
        room: int,
        created_s: float,
        start: Callable[["Transport"], None],
        forget: Callable[["Transport"], None],
    ) -> None:
        self.number = number
        self.worker = worker
        self.created_s = created_s
        self.ice = new_credentials()
        self.stage = Stage.NEW
        self.ice_state: IceState | None = None
        self.restarts = 0
        self.on_closed: Callable[[str], None] = _nobody
        self.on_ice: Callable[[IceState], None] = _nobody
        self._certificate = certificate
        self._fingerprints: tuple[Fingerprint, ...] = ()
        self._role: DtlsRole = "server"
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue(QUEUE_DATAGRAMS)
        self._start = start
        self._forget = forget
        self._peer: DtlsPeer | None = None
        self._task: asyncio.Task[Any] | None = None
        worker.add_transport(number, room=room, ice=self.ice)

    @property
    def fingerprint(self) -> Fingerprint:
        """Ours, for SDP."""
        return self._certificate.fingerprint()

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """Ours, for SDP."""
        return self.worker.candidates

    @property
    def remote(self) -> tuple[Fingerprint, ...]:
        """The peer's fingerprints; () before its description came."""
        return self._fingerprints

    @property
    def open(self) -> bool:
        """Neither side has ended it."""
        return self.stage is not Stage.CLOSED

    def set_remote(self, fingerprints: tuple[Fingerprint, ...], role: DtlsRole) -> None:
        """What the peer's description promised. Only the first call counts: an association never changes its peer."""
        if not self._fingerprints:
            self._fingerprints, self._role = fingerprints, role
            self._maybe_start()

    def restart_ice(self) -> None:
        """New credentials; DTLS and media go on. Raises ServerFull."""
        ice = new_credentials()
        self.worker.restart_ice(self.number, ice)
        self.ice = ice
        self.restarts += 1

    def ice_changed(self, state: "IceState") -> None:
        """From the relay."""
        self.ice_state = state
        self._maybe_start()
        self.on_ice(state)

    def dtls_arrived(self, datagram: bytes) -> None:
        """From the relay. Full means flood: dropped, DTLS repeats what matters."""
        if datagram and not self._inbox.full():
            self._inbox.put_nowait(datagram)
            self._maybe_start()

    def close(self) -> None:
        """Ends it now: when this returns, the relay has been told and forwards nothing more of it. Idempotent."""
        if self.stage is Stage.CLOSED:
            return
        if self._peer is not None and self.stage is Stage.CONNECTED:
            self._peer.say_goodbye()
        self.stage = Stage.CLOSED
        self.worker.close_transport(self.number)
        self._forget(self)
        if self._task is not None:
            self._task.cancel()

    def ended(self, reason: str) -> None:
        """The peer or the relay ended it: closes and tells `on_closed`."""
        if self.stage is Stage.CLOSED:
            return
        log.info("- transport %d closed: %s", self.number, reason)
        self.close()
        self.on_closed(reason)

    async def live(self, pause_s: float) -> str:
        """The DTLS association, after `pause_s` (pacing). Returns why it ended; raises only CancelledError."""
        if self.stage is Stage.CLOSED:
            return "closed"
        self._task = asyncio.current_task()
        if pause_s > 0:
            await asyncio.sleep(pause_s)
        self._peer = DtlsPeer(
            self._certificate,
            role=self._role,
            fingerprints=self._fingerprints,
            send=lambda datagram: self.worker.send_dtls(self.number, datagram),
            install=self._install,
            inbox=self._inbox,
        )
        try:
            reason = await self._peer.run(self._connected)
        except Exception:  # one association's fault must not end the others; this is the edge of a session
            log.exception("x transport %d", self.number)
            reason = "internal-error"
        self._task = None
        self.ended(f"dtls-{reason}")
        return reason

    def _maybe_start(self) -> None:
        begun = self.ice_state == "connected" if self._role == "client" else not self._inbox.empty()
        if self.stage is Stage.NEW and self._fingerprints and begun:
            self.stage = Stage.HANDSHAKE
            self._start(self)

    def _install(self, keys: SrtpKeys) -> None:
        self.worker.install_srtp(self.number, keys)

    def _connected(self) -> None:
        if self.stage is Stage.HANDSHAKE:
            self.stage = Stage.CONNECTED


def new_credentials() -> IceCredentials:
    """RFC 8445 section 5.3 asks for 24 bits of ufrag and 128 of pwd; both come from the system's randomness."""
    return IceCredentials(secrets.token_hex(4), secrets.token_hex(16))


def _nobody(_: object) -> None:
    """Nobody listens yet."""
