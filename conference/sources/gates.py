"""The doors for publishers: bound sockets in the core, one gate process behind each protocol, and the answers to who
knocks. The core keeps the listening sockets, so that publishers queue while a gate is started again."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from conference.model.errors import ChildUnavailable
from conference.model.ids import SourceId
from conference.model.source import SourceKind
from conference.sources import words
from conference.sources.nursery import Exit

BACKLOG: Final = 256
MAX_DECIDING: Final = 256
_PAUSE_S: Final = 0.2
_MAX_PAUSE_S: Final = 2.0
_STEADY_S: Final = 10.0
"""A gate that lived so long was not broken: the next one starts after the shortest pause."""
_PORT_TRIES: Final = 8

_Address = tuple[int, int, int, str, tuple[Any, ...]]
"""As getaddrinfo gives it."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Admitted:
    """`passphrase`: of the source, for SRT."""

    source: SourceId
    passphrase: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """`code`: of words.Refuse."""

    code: str


Decision = Admitted | Refused

Decide = Callable[[SourceKind, str, str], Awaitable[Decision]]
"""kind, key or stream id, peer. May take its time: others are decided meanwhile."""

Publisher = Callable[[SourceKind, SourceId, int, bytes, str], None]
"""kind, source, descriptor (whose owner it becomes), state for RtmpJob, peer."""

Abandoned = Callable[[SourceKind, SourceId, str], None]
"""kind, source, cause of words.Gone: an admitted publisher never came through."""


class GateChild(Protocol):
    """What is used of a child."""

    def send(self, word: words.ToChild, fds: Sequence[int] = ()) -> None: ...
    def kill(self) -> None: ...


class GateNursery(Protocol):
    """What is used of the nursery."""

    async def spawn(
        self,
        source: str,
        job: words.Job,
        fds: Sequence[int],
        *,
        on_word: Callable[[words.FromChild, list[int]], None],
        on_exit: Callable[[Exit], None],
    ) -> GateChild:
        """Raises ChildUnavailable."""
        ...


class Gates:
    """Binds on construction (`rtmp`, `srt`: host and port, None for no such door; port 0 picks one) and raises OSError
    with a sentence for people. `run` serves until it is cancelled; `close` frees the ports. `decide`, `publisher` and
    `abandoned` may be replaced before `run`."""

    def __init__(
        self,
        nursery: GateNursery,
        *,
        rtmp: tuple[str, int] | None,
        srt: tuple[str, int] | None,
        decide: Decide,
        publisher: Publisher,
        abandoned: Abandoned | None = None,
        srt_latency_ms: int = 120,
        tls_cert: str | None = None,
        tls_key: str | None = None,
    ) -> None:
        self.decide = decide
        self.publisher = publisher
        self.abandoned: Abandoned = abandoned or (lambda _kind, _source, _cause: None)
        self._doors: list[_Door] = []
        self._nursery = nursery
        try:
            if rtmp is not None:
                job: words.Job = words.RtmpGateJob(tls_cert=tls_cert, tls_key=tls_key)
                self._doors.append(_Door(self, SourceKind.RTMP, job, bind(SourceKind.RTMP, *rtmp)))
            if srt is not None:
                job = words.SrtGateJob(latency_ms=srt_latency_ms)
                self._doors.append(_Door(self, SourceKind.SRT, job, bind(SourceKind.SRT, *srt)))
        except OSError:
            self.close()
            raise

    @property
    def ports(self) -> dict[SourceKind, int]:
        """Of the doors there are."""
        return {door.kind: int(door.sockets[0].getsockname()[1]) for door in self._doors}

    async def run(self) -> None:
        """Keeps a gate behind each door until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for door in self._doors:
                tasks.create_task(door.run(self._nursery), name=f"{door.kind.value}-gate")

    def close(self) -> None:
        """The sockets; call it after `run`."""
        for door in self._doors:
            for sock in door.sockets:
                sock.close()


class _Door:
    """One protocol: its sockets, and gates behind them one after the other."""

    def __init__(self, gates: Gates, kind: SourceKind, job: words.Job, sockets: list[socket.socket]) -> None:
        self.kind = kind
        self.sockets = sockets
        self._gates = gates
        self._job = job

    async def run(self, nursery: GateNursery) -> None:
        pause_s = _PAUSE_S
        while True:
            began_s = asyncio.get_running_loop().time()
            await self._serve(nursery)
            if asyncio.get_running_loop().time() - began_s >= _STEADY_S:
                pause_s = _PAUSE_S
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _MAX_PAUSE_S)

    async def _serve(self, nursery: GateNursery) -> None:
        """One gate from its start to its end."""
        async with asyncio.TaskGroup() as tasks:
            shift = _Shift(self._gates, self.kind, tasks)
            try:
                child = await nursery.spawn(
                    f"{self.kind.value}-gate",
                    self._job,
                    [sock.fileno() for sock in self.sockets],
                    on_word=shift.heard,
                    on_exit=shift.ended,
                )
            except ChildUnavailable:
                log.warning("x %s gate: no process for it yet", self.kind.value)
                return
            shift.begin(child)
            log.info("- %s gate on port %d", self.kind.value, self._gates.ports[self.kind])
            try:
                await shift.over.wait()
            finally:
                child.kill()
                shift.close()


@dataclass(slots=True)
class _Shift:
    """What one gate process knows and asks. Words may come before `begin`."""

    gates: Gates
    kind: SourceKind
    tasks: asyncio.TaskGroup
    over: asyncio.Event = field(default_factory=asyncio.Event)
    child: GateChild | None = None
    deciding: dict[int, "asyncio.Task[None]"] = field(default_factory=dict)
    admitted: dict[int, tuple[SourceId, str]] = field(default_factory=dict)

    def begin(self, child: GateChild) -> None:
        self.child = child

    def heard(self, word: words.FromChild, fds: list[int]) -> None:
        """A word of the gate; the descriptors are ours."""
        match word:
            case words.Knock():
                self._knocked(word)
            case words.Handover():
                self._handed_over(word, fds)
                return
            case words.Gone():
                self._gone(word)
            case _:
                pass  # Beats; what else a gate might say means nothing here.
        for fd in fds:
            os.close(fd)

    def ended(self, exit_: Exit) -> None:
        """The process is gone."""
        if exit_.reason != "killed":
            log.warning("x %s gate ended: %s %s", self.kind.value, exit_.reason, exit_.detail)
        self.over.set()

    def close(self) -> None:
        """Nobody is let in by this gate any more."""
        for task in self.deciding.values():
            task.cancel()
        for source, _ in self.admitted.values():
            self.gates.abandoned(self.kind, source, "closed")
        self.admitted.clear()

    def _knocked(self, knock: words.Knock) -> None:
        if self.over.is_set() or knock.connection in self.deciding or knock.connection in self.admitted:
            return
        if len(self.deciding) >= MAX_DECIDING:
            self._answer(words.Refuse(knock.connection, "full"))
            return
        task = self.tasks.create_task(self._decide(knock))
        self.deciding[knock.connection] = task
        task.add_done_callback(lambda _task: self.deciding.pop(knock.connection, None))

    async def _decide(self, knock: words.Knock) -> None:
        try:
            decision = await self.gates.decide(self.kind, knock.key, knock.peer)
        except Exception:  # An edge: a failed look-up refuses one publisher, the door stays open.
            log.exception("x %s publisher from %s: its key could not be checked", self.kind.value, knock.peer)
            decision = Refused("unavailable")
        if isinstance(decision, Admitted) and any(decision.source == source for source, _ in self.admitted.values()):
            # Another one with the same key is between its admission and its handover.
            decision = Refused("busy")
        if isinstance(decision, Admitted):
            self.admitted[knock.connection] = (decision.source, knock.peer)
            self._answer(words.Admit(knock.connection, decision.passphrase))
        else:
            self._answer(words.Refuse(knock.connection, decision.code))

    def _answer(self, word: words.ToChild) -> None:
        if self.child is not None:
            self.child.send(word)

    def _handed_over(self, word: words.Handover, fds: list[int]) -> None:
        admitted = self.admitted.pop(word.connection, None)
        if admitted is None or len(fds) != 1:
            for fd in fds:
                os.close(fd)
            return
        source, peer = admitted
        self.gates.publisher(self.kind, source, fds[0], word.state, peer)

    def _gone(self, word: words.Gone) -> None:
        task = self.deciding.get(word.connection)
        if task is not None:
            task.cancel()
        admitted = self.admitted.pop(word.connection, None)
        if admitted is not None:
            self.gates.abandoned(self.kind, admitted[0], word.cause)


def bind(kind: SourceKind, host: str, port: int) -> list[socket.socket]:
    """Listening TCP sockets (rtmp) or bound UDP sockets (srt) on every address of `host`, all with the same port.
    Raises OSError with a sentence for people."""
    stream = kind is SourceKind.RTMP
    wire = socket.SOCK_STREAM if stream else socket.SOCK_DGRAM
    try:
        found = socket.getaddrinfo(host or None, port, type=wire, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise OSError(f"{kind.value.upper()}: the address {host} is not known here") from error
    # Another address may already use the port that was picked on the first one.
    tries = _PORT_TRIES if port == 0 and len(found) > 1 else 1
    for left in reversed(range(tries)):
        try:
            return _bind_all(found, wire, port)
        except OSError as error:
            if not left:
                reason = error.strerror or "cannot be used"
                raise OSError(error.errno, f"{kind.value.upper()}: port {port} on {host}: {reason}") from error
    raise AssertionError


def _bind_all(found: Sequence[_Address], wire: int, port: int) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    try:
        for family, _, _, _, address in found:
            sock = socket.socket(family, wire)
            sockets.append(sock)
            sock.settimeout(0)
            if wire == socket.SOCK_STREAM:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            picked = port or (sockets[0].getsockname()[1] if len(sockets) > 1 else 0)
            sock.bind((address[0], picked, *address[2:]))
            if wire == socket.SOCK_STREAM:
                sock.listen(BACKLOG)
    except OSError:
        for sock in sockets:
            sock.close()
        raise
    return sockets
