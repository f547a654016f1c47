"""The real gate and real readers in one loop of a thread of this process; the test decides who is let in."""

import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import Queue

from conference.children.worker.loop import Loop
from conference.sources import words
from conference.sources.worker.rtmp.gate import RtmpGate, open_rtmp_gate
from conference.sources.worker.rtmp.session import RtmpReader, open_rtmp
from tests.fakes.rtmp_sink import RememberingSink


@dataclass
class Session:
    """One admitted publisher. `ended`: cause and detail, put once."""

    sink: RememberingSink
    reader: RtmpReader | None = None
    connected: int = 0
    ended: "Queue[tuple[str, str]]" = field(default_factory=Queue)


class Stage:
    """Plays the core: `answers` maps keys to a refusal code; a key that is not in it is unknown, "" admits."""

    def __init__(self, answers: dict[str, str], *, cert: tuple[str, str] | None = None) -> None:
        self.answers = answers
        self.loop = Loop()
        self.sessions: "Queue[Session]" = Queue()
        self.all_sessions: list[Session] = []
        self.told: list[words.FromChild] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        job = words.RtmpGateJob(tls_cert=cert[0] if cert else None, tls_key=cert[1] if cert else None)
        self.gate: RtmpGate = open_rtmp_gate(job, [os.dup(self._listener.fileno())], self.loop, self)  # type: ignore[arg-type]
        self._wake, self._waked = socket.socketpair()
        self._calls: Queue[Callable[[], None]] = Queue()
        self.loop.watch(self._waked.fileno(), self._run_calls)
        self._thread = threading.Thread(target=self.loop.run, daemon=True)
        self.failed: list[BaseException] = []

    def send(self, word: words.FromChild, fds: Sequence[int] = ()) -> None:
        """As worker.control.Control; called in the loop's thread."""
        self.told.append(word)
        if isinstance(word, words.Knock):
            code = self.answers.get(word.key, "unknown-key")
            self.loop.later(0, lambda: self._decide(word.connection, code))
        elif isinstance(word, words.Handover):
            self._begin(word.state, os.dup(fds[0]))

    def call(self, call: Callable[[], None]) -> None:
        """In the loop's thread."""
        self._calls.put(call)
        self._wake.send(b"!")

    def close(self) -> None:
        """Ends the loop and whatever it has open."""
        self.call(self.loop.stop)
        self._thread.join(10)
        self._listener.close()
        self._wake.close()

    def start(self) -> None:
        self._thread.start()

    def _run_calls(self) -> None:
        self._waked.recv(1)
        self._calls.get()()

    def _decide(self, connection: int, code: str) -> None:
        if code:
            self.gate.refuse(words.Refuse(connection, code))
        else:
            self.gate.admit(words.Admit(connection))

    def _begin(self, state: bytes, fd: int) -> None:
        session = Session(RememberingSink())

        def connected() -> None:
            session.connected += 1

        def done(cause: str, detail: str) -> None:
            session.ended.put((cause, detail))

        session.reader = open_rtmp(words.RtmpJob(state=state), [fd], self.loop, session.sink, connected, done)
        self.all_sessions.append(session)
        self.sessions.put(session)
        session.reader.start()


@contextmanager
def stage(answers: dict[str, str], *, cert: tuple[str, str] | None = None) -> Iterator[Stage]:
    """A running stage."""
    it = Stage(answers, cert=cert)
    it.start()
    try:
        yield it
    finally:
        it.close()
