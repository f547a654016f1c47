"""A nursery without processes: the test speaks for the gates."""

import asyncio
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from conference.children.exits import Exit
from conference.model.errors import ChildUnavailable
from conference.sources import words


@dataclass
class FakeGate:
    """`heard`: what the core said to it."""

    job: words.Job
    on_word: Callable[[words.FromChild, list[int]], None]
    on_exit: Callable[[Exit], None]
    heard: "asyncio.Queue[words.ToChild]" = field(default_factory=asyncio.Queue)
    sockets: list[socket.socket] = field(default_factory=list)
    killed: bool = False

    def send(self, word: words.ToChild, fds: Sequence[int] = ()) -> None:
        self.heard.put_nowait(word)

    def kill(self) -> None:
        self.killed = True

    def die(self) -> None:
        """As kill -9 from outside."""
        for sock in self.sockets:
            sock.close()
        self.on_exit(Exit(None, "crashed", "SIGKILL", 1.0))


class FakeNursery:
    """`gates`: one after the other, as they are spawned. `unavailable`: spawns that fail first."""

    def __init__(self, *, unavailable: int = 0) -> None:
        self.gates: "asyncio.Queue[FakeGate]" = asyncio.Queue()
        self.unavailable = unavailable

    async def spawn(
        self,
        source: str,
        job: words.Job,
        fds: Sequence[int],
        *,
        on_word: Callable[[words.FromChild, list[int]], None],
        on_exit: Callable[[Exit], None],
    ) -> FakeGate:
        await asyncio.sleep(0)
        if self.unavailable:
            self.unavailable -= 1
            raise ChildUnavailable
        gate = FakeGate(job, on_word, on_exit, sockets=[socket.socket(fileno=os.dup(fd)) for fd in fds])
        self.gates.put_nowait(gate)
        return gate
