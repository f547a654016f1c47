"""The child's end of its control socket: words from the core, words to the core."""

import os
import select
import socket
from collections.abc import Callable, Sequence
from typing import Final

from conference.sources import words
from conference.sources.datagrams import close_all, receive
from conference.sources.worker.loop import Loop

START_TIMEOUT_S: Final = 5.0
_WORDS_PER_TURN: Final = 16
_MAY_BE_LOST: Final = (words.Beat, words.Report, words.Thumbnail)


class ControlFull(Exception):
    """The core does not read: a word that must arrive could not be sent. Ends the child."""


def ignore(_word: words.ToChild, fds: list[int]) -> None:
    """The handler of a child that waits for no word: what came along is closed."""
    close_all(fds)


def receive_start(sock: socket.socket) -> tuple[words.Start, list[int]]:
    """The first word and its descriptors. Exits when the core is gone. Raises TimeoutError, ValueError and msgspec's
    errors for what is not a Start."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    if not poll.poll(START_TIMEOUT_S * 1000):
        raise TimeoutError("no Start")
    data, fds = receive(sock, words.MAX_MESSAGE_BYTES)
    if not data:
        os._exit(0)
    start = words.decode_to_child(data)
    if not isinstance(start, words.Start):
        raise ValueError(f"{type(start).__name__} before Start")  # noqa: TRY004 - a wrong order, not a wrong type
    return start, fds


class Control:
    """Reads words as the loop finds them and gives them to `on_word` with their descriptors, which the handler then
    owns. When the core is gone (EOF), the process exits at once: nobody could use what it does."""

    def __init__(self, sock: socket.socket) -> None:
        sock.settimeout(0)
        self._sock = sock
        self.on_word: Callable[[words.ToChild, list[int]], None] = ignore

    def start(self, loop: Loop) -> None:
        """Words are read from now on."""
        loop.watch(self._sock.fileno(), self._readable)

    def beat(self, loop: Loop) -> None:
        """Signs of life from now on: the core kills a child without."""
        self.send(words.Beat())
        loop.every(words.BEAT_PERIOD_S, lambda: self.send(words.Beat()))

    def send(self, word: words.FromChild, fds: Sequence[int] = ()) -> None:
        """Never blocks. Beat, Report and Thumbnail are dropped while the socket is full; for others this raises
        `ControlFull`. `fds` are duplicated on the way: the caller closes its own."""
        data = words.encode(word)
        try:
            if fds:
                socket.send_fds(self._sock, [data], list(fds), socket.MSG_NOSIGNAL)
            else:
                # Not sendmsg: the sandbox of a source's child has none.
                self._sock.send(data, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            if not isinstance(word, _MAY_BE_LOST):
                raise ControlFull(type(word).__name__) from None
        except (BrokenPipeError, ConnectionResetError):
            os._exit(0)

    def _readable(self) -> None:
        for _ in range(_WORDS_PER_TURN):
            try:
                data, fds = receive(self._sock, words.MAX_MESSAGE_BYTES)
            except BlockingIOError:
                return
            except ConnectionResetError:
                os._exit(0)
            if not data:
                os._exit(0)
            self.on_word(words.decode_to_child(data), fds)
