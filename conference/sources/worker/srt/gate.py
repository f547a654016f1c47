"""The SRT gate: one process that holds the UDP port, asks the core about each caller, and carries the payloads of those
who are in to the processes that read them. The protocol itself is in the media extension (docs/decisions/0006)."""

import os
import socket
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from conference.children.worker.loop import Loop, Timer
from conference.sources import words
from conference.sources.worker.control import Control

if TYPE_CHECKING:
    from conference.media._relay import SrtGate as Engine

MAX_KNOCKS_PER_S: Final = 50
"""Of all peers together: the core ends a child that talks too much."""

TURN_S: Final = 0.01
"""While somebody publishes, the sockets are read this often and not at each packet: many publishers then cost little
more than one. It is the period of the protocol's acknowledgements, too."""

_RECEIVE_BUFFER_BYTES: Final = 4 << 20
"""Asked for; the system gives what its administrator allows. A turn's datagrams of all publishers wait there."""

_READER_BYTES: Final = 64
"""Readers say nothing; this much is read to see whether they are still there."""


class SrtGate:
    """`engine` bounds callers in number, per address and in time (crates/srt-gate). Has no thread."""

    def __init__(self, engine: "Engine", fds: list[int], loop: Loop, control: Control) -> None:
        self._engine = engine
        self._fds = fds
        self._loop = loop
        self._control = control
        self._readers: dict[int, socket.socket] = {}
        self._timer: Timer | None = None
        self._watching = False
        self._knocks_this_second = 0
        self._turn()
        loop.every(1.0, self._new_second)

    def admit(self, word: words.Admit) -> None:
        """The caller is in if it has the passphrase: its payloads go to the other end of the descriptor handed over."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(0)
        theirs.settimeout(0)
        if self._engine.admit(word.connection, word.passphrase, ours.fileno()):
            self._readers[word.connection] = ours
            self._loop.watch(ours.fileno(), partial(self._reader_speaks, word.connection))
            self._control.send(words.Handover(word.connection), (theirs.fileno(),))
        else:
            ours.close()
        theirs.close()
        self._turn()

    def refuse(self, word: words.Refuse) -> None:
        """The caller hears why."""
        self._engine.refuse(word.connection, word.code)
        self._turn()

    def _turn(self) -> None:
        for kind, connection, what, peer in self._engine.poll():
            self._news(kind, connection, what, peer)
        busy = bool(self._readers)
        if self._watching == busy:
            self._watching = not busy
            for fd in self._fds:
                if busy:
                    self._loop.unwatch(fd)
                else:
                    self._loop.watch(fd, self._turn)
        self._wake_in(TURN_S if busy else self._engine.timeout_s())

    def _wake_in(self, delay_s: float | None) -> None:
        """`_turn` comes within this time; None: when a datagram does."""
        if delay_s is None:
            return
        if self._timer is not None:
            if self._timer.due_s <= self._loop.now_s() + delay_s:
                return
            self._timer.cancel()
        self._timer = self._loop.later(delay_s, self._timed)

    def _timed(self) -> None:
        self._timer = None
        self._turn()

    def _news(self, kind: Literal["knock", "gone", "closed"], connection: int, what: str, peer: str) -> None:
        match kind:
            case "knock":
                self._knocks_this_second += 1
                if self._knocks_this_second > MAX_KNOCKS_PER_S:
                    self._engine.refuse(connection, "full")
                else:
                    self._control.send(words.Knock(connection, what, peer))
            case "gone":
                self._control.send(words.Gone(connection, what))
            case "closed":
                self._forget(connection)

    def _reader_speaks(self, connection: int) -> None:
        try:
            over = not self._readers[connection].recv(_READER_BYTES)
        except BlockingIOError:
            return
        except OSError:
            over = True
        if over:
            self._engine.close(connection)
            self._forget(connection)

    def _forget(self, connection: int) -> None:
        reader = self._readers.pop(connection, None)
        if reader is not None:
            self._loop.unwatch(reader.fileno())
            reader.close()

    def _new_second(self) -> None:
        self._knocks_this_second = 0


def open_srt_gate(job: words.SrtGateJob, fds: list[int], loop: Loop, control: Control) -> SrtGate:
    """`fds`: bound UDP sockets. Loads the media extension, so before the sandbox closes. Raises OSError."""
    from conference.media._relay import SrtGate as Engine

    for fd in fds:
        with socket.socket(fileno=os.dup(fd)) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
    return SrtGate(Engine(fds, latency_ms=job.latency_ms), fds, loop, control)
