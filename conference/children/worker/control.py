"""The child's end of its control socket: words from the core, words to the core."""

import os
import select
import socket
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic

from conference.children.datagrams import close_all, receive
from conference.children.family import Family, From, StartT, To
from conference.children.words import BEAT_PERIOD_S, Beat, Ended, encode
from conference.children.worker.loop import Loop

START_TIMEOUT_S: Final = 5.0
_WORDS_PER_TURN: Final = 16


class ControlFull(Exception):
    """The core does not read: a word that must arrive could not be sent. Ends the child."""


def ignore(_word: object, fds: list[int]) -> None:
    """The handler of a child that waits for no word: what came along is closed."""
    close_all(fds)


def leave() -> None:
    """What most children do without their core: nobody could use what they go on with."""
    os._exit(0)


def receive_start(sock: socket.socket, family: Family[StartT, Any, Any]) -> tuple[StartT, list[int]]:
    """The first word and its descriptors. Exits when the core is gone. Raises TimeoutError, ValueError and msgspec's
    errors for what is not the family's Start."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    if not poll.poll(START_TIMEOUT_S * 1000):
        raise TimeoutError("no Start")
    data, fds = receive(sock, family.max_message_bytes)
    if not data:
        os._exit(0)
    start = family.decode_to_child(data)
    if not isinstance(start, family.start):
        raise ValueError(f"{type(start).__name__} before Start")  # noqa: TRY004 - a wrong order, not a wrong type
    return start, fds


class Control(Generic[To, From]):
    """Reads words as the loop finds them and gives them to `on_word` with their descriptors, which the handler then
    owns. `on_gone`: the core is gone (EOF), once; nothing is sent or heard any more."""

    def __init__(
        self, sock: socket.socket, family: Family[Any, To, From], loop: Loop, *, on_gone: Callable[[], None] = leave
    ) -> None:
        sock.settimeout(0)
        self._sock = sock
        self._family = family
        self._loop = loop
        self._on_gone = on_gone
        self._waiting: deque[bytes] = deque()
        self._gone = False
        self.on_word: Callable[[To, list[int]], None] = ignore

    @property
    def idle(self) -> bool:
        """Nothing waits to be sent."""
        return not self._waiting

    def start(self) -> None:
        """Words are read from now on."""
        self._watch()

    def beat(self) -> None:
        """Signs of life from now on: the core kills a child without."""
        self.send(Beat())
        self._loop.every(BEAT_PERIOD_S, lambda: self.send(Beat()))

    def send(self, word: From | Beat | Ended, fds: Sequence[int] = ()) -> None:
        """Never blocks. While the socket is full, Beat and what else may be lost is dropped; of others the family's
        `max_waiting` wait, and one more raises ControlFull, as one with `fds` does at once. `fds` are duplicated on the
        way: the caller closes its own."""
        if self._gone:
            return
        data = encode(word)
        if not self._waiting and self._sent(data, fds):
            return
        if isinstance(word, (Beat, *self._family.may_be_lost)) or self._gone:
            return
        if fds or len(self._waiting) >= self._family.max_waiting:
            raise ControlFull(type(word).__name__)
        self._waiting.append(data)
        self._watch()

    def _sent(self, data: bytes, fds: Sequence[int] = ()) -> bool:
        try:
            if fds:
                socket.send_fds(self._sock, [data], list(fds), socket.MSG_NOSIGNAL)
            else:
                # Not sendmsg: most sandboxes have none.
                self._sock.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return False
        except (BrokenPipeError, ConnectionResetError):
            self._lose()
        return True

    def _flush(self) -> None:
        while self._waiting and self._sent(self._waiting[0]):
            if not self._gone:
                self._waiting.popleft()
        self._watch()

    def _watch(self) -> None:
        if not self._gone:
            self._loop.watch(self._sock.fileno(), self._readable, write=self._flush if self._waiting else None)

    def _lose(self) -> None:
        if self._gone:
            return
        self._gone = True
        self._waiting.clear()
        self._loop.unwatch(self._sock.fileno())
        self._on_gone()

    def _readable(self) -> None:
        for _ in range(_WORDS_PER_TURN):
            try:
                data, fds = receive(self._sock, self._family.max_message_bytes)
            except BlockingIOError:
                return
            except ConnectionResetError:
                data, fds = b"", []
            if not data:
                self._lose()
                return
            self.on_word(self._family.decode_to_child(data), fds)
