"""The RTMP gate: one process that accepts every publisher, reads as far as its key, and asks the core."""

import itertools
import socket
import ssl
from collections import Counter
from functools import partial
from typing import Final

from conference.children.worker.loop import Loop
from conference.sources import words
from conference.sources.worker.control import Control
from conference.sources.worker.rtmp.channel import ClearChannel, TlsChannel, server_context
from conference.sources.worker.rtmp.errors import RtmpError
from conference.sources.worker.rtmp.guest import Guest, Stage
from conference.sources.worker.rtmp.peers import ARRIVALS_PER_MINUTE, REFUSALS_PER_MINUTE, Tally, neighbourhood
from conference.sources.worker.rtmp.pump import Pump

MAX_GUESTS: Final = 200
MAX_GUESTS_PER_PEER: Final = 20
MAX_PUMPS: Final = 512
MAX_KNOCKS_PER_S: Final = 50
"""Of all peers together: the core ends a child that talks too much."""

_ACCEPTS_PER_TURN: Final = 32
_SWEEP_PERIOD_S: Final = 0.25
_REST_S: Final = 1.0


class RtmpGate:
    """Listens on its sockets. Bounded in guests, in guests per peer, in time and bytes before the key."""

    def __init__(self, job: words.RtmpGateJob, fds: list[int], loop: Loop, control: Control) -> None:
        self._loop = loop
        self._control = control
        self._context: ssl.SSLContext | None = None
        if job.tls_cert is not None and job.tls_key is not None:
            self._context = server_context(job.tls_cert, job.tls_key)
        self._listeners = [socket.socket(fileno=fd) for fd in fds]
        self._numbers = itertools.count(1)
        self._guests: dict[int, Guest] = {}
        self._per_peer: Counter[str] = Counter()
        self._refusals = Tally(REFUSALS_PER_MINUTE)
        self._arrivals = Tally(ARRIVALS_PER_MINUTE)
        self._knocks_this_second = 0
        self._pumps: set[Pump] = set()
        for listener in self._listeners:
            listener.settimeout(0)
        self._listen()
        loop.every(_SWEEP_PERIOD_S, self._sweep)
        loop.every(1.0, self._new_second)

    def admit(self, word: words.Admit) -> None:
        """The publisher's socket goes to the core, and with it all that was read."""
        guest = self._guests.get(word.connection)
        if guest is None or guest.stage is not Stage.ASKED:
            return
        try:
            state = guest.lobby.snapshot()
        except RtmpError:
            self._over(guest, "protocol")
            return
        self._forget(guest)
        if not guest.encrypted:
            self._control.send(words.Handover(guest.number, state), (guest.channel.fileno(),))
            guest.channel.close()
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        theirs.settimeout(0)
        self._control.send(words.Handover(guest.number, state), (theirs.fileno(),))
        theirs.close()
        pump = Pump(guest.channel, ours, loop=self._loop, over=self._pumps.discard)
        self._pumps.add(pump)
        pump.start()

    def refuse(self, word: words.Refuse) -> None:
        """The publisher hears why and is shown out, slowly when that happens to its address too often."""
        guest = self._guests.get(word.connection)
        if guest is not None and guest.stage is Stage.ASKED:
            seldom = self._refusals.count(neighbourhood(guest.peer), self._loop.now_s())
            guest.refuse(word.code, slowly=not seldom)

    def _listen(self) -> None:
        for listener in self._listeners:
            self._loop.watch(listener.fileno(), partial(self._accept, listener))

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(_ACCEPTS_PER_TURN):
            try:
                sock, address = listener.accept()
            except BlockingIOError:
                return
            except ConnectionAbortedError:
                continue
            except OSError:
                # Out of descriptors: the queue waits for a while instead of spinning.
                self._loop.unwatch(listener.fileno())
                self._loop.later(_REST_S, self._listen)
                return
            self._welcome(sock, str(address[0]))

    def _welcome(self, sock: socket.socket, peer: str) -> None:
        near = neighbourhood(peer)
        seldom = self._arrivals.count(near, self._loop.now_s())
        if not seldom or self._per_peer[near] >= MAX_GUESTS_PER_PEER or not self._make_room():
            sock.close()
            return
        self._per_peer[near] += 1
        number = next(self._numbers)
        self._guests[number] = Guest(
            number,
            ClearChannel(sock),
            peer,
            loop=self._loop,
            secure=self._secure,
            knocked=self._knocked,
            over=self._over,
        )

    def _make_room(self) -> bool:
        """When full, whoever has been silent for longest goes: encoders show their key at once."""
        if len(self._guests) < MAX_GUESTS:
            return True
        for guest in self._guests.values():
            if guest.stage is not Stage.ASKED:
                self._over(guest, "timeout")
                return True
        return False

    def _secure(self, channel: ClearChannel) -> TlsChannel | None:
        if self._context is None or len(self._pumps) >= MAX_PUMPS:
            return None
        return channel.secured(self._context)

    def _knocked(self, guest: Guest) -> None:
        self._knocks_this_second += 1
        if self._knocks_this_second > MAX_KNOCKS_PER_S:
            guest.refuse("full", slowly=True)
            return
        self._control.send(words.Knock(guest.number, guest.key, guest.peer))

    def _over(self, guest: Guest, cause: str) -> None:
        asked = guest.stage is Stage.ASKED
        self._forget(guest)
        guest.channel.close()
        if asked:
            self._control.send(words.Gone(guest.number, cause))

    def _forget(self, guest: Guest) -> None:
        if self._guests.pop(guest.number, None) is None:
            return
        guest.leave_loop()
        near = neighbourhood(guest.peer)
        self._per_peer[near] -= 1
        if not self._per_peer[near]:
            del self._per_peer[near]

    def _new_second(self) -> None:
        self._knocks_this_second = 0

    def _sweep(self) -> None:
        now_s = self._loop.now_s()
        for guest in [guest for guest in self._guests.values() if guest.deadline_s <= now_s]:
            guest.expired()


def open_rtmp_gate(job: words.RtmpGateJob, fds: list[int], loop: Loop, control: Control) -> RtmpGate:
    """`fds`: listening TCP sockets. Raises OSError for a certificate that cannot be used."""
    return RtmpGate(job, fds, loop, control)
