"""The template process as the core holds it: begun, asked to fork, seen to end."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

import conference
from conference.children.child_log import ChildLog
from conference.children.datagrams import close_all, pair, receive
from conference.children.family import Family
from conference.children.fork_words import (
    MAX_BYTES,
    Exited,
    Fork,
    Forked,
    ForkFailed,
    Ready,
    decode_from_template,
    encode,
)
from conference.model.errors import ChildUnavailable

log = logging.getLogger(__name__)

_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    # A template must have one thread, and children few heaps.
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
"""All of it: the server's own environment may hold secrets, which must not be in a process that children come from."""
_WORDS_PER_WAKE: Final = 64
_ANSWER_S: Final = 2.0


class TemplateProcess:
    """One run of it. `ready` is set when it can fork or when it is gone, `gone` when it cannot fork any more."""

    def __init__(self, family: Family[Any, Any, Any], on_exited: Callable[[int, int], None]) -> None:
        self.ready = asyncio.Event()
        self.gone = asyncio.Event()
        self._family = family
        self._on_exited = on_exited
        self._forks: dict[int, asyncio.Future[tuple[int, int]]] = {}
        self._numbers = 0
        self._loop = asyncio.get_running_loop()
        self._sock, theirs = pair(MAX_BYTES)
        log_fd, their_log = log_pipe()
        try:
            self._process = self._begin(theirs, their_log)
        except BaseException:
            self._sock.close()
            os.close(log_fd)
            raise
        finally:
            theirs.close()
            os.close(their_log)
        self._log = ChildLog(f"{family.name} template", log_fd)
        self._loop.add_reader(self._sock.fileno(), self._readable)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def fork(self, name: str, fds: Sequence[int]) -> tuple[int, int]:
        """A new child's pid and pidfd, the latter for the caller to close. Raises ChildUnavailable."""
        if self.gone.is_set():
            raise ChildUnavailable
        self._numbers += 1
        number = self._numbers
        answer: asyncio.Future[tuple[int, int]] = self._loop.create_future()
        self._forks[number] = answer
        try:
            socket.send_fds(self._sock, [encode(Fork(number, name))], list(fds), socket.MSG_NOSIGNAL)
            async with asyncio.timeout(_ANSWER_S):
                return await answer
        except (TimeoutError, asyncio.CancelledError) as error:
            # At the very moment of its answer nobody else would close that child's pidfd.
            if answer.done() and not answer.cancelled() and answer.exception() is None:
                os.close(answer.result()[1])
            if isinstance(error, asyncio.CancelledError):
                raise
            # It hangs: another one takes its place.
            self._end()
            raise ChildUnavailable from error
        except OSError as error:
            raise ChildUnavailable from error
        finally:
            del self._forks[number]

    def close(self) -> None:
        """Ends it; children go on. Nothing of it is left."""
        self._end()
        # It has nothing to tidy up, and a killed process is gone at once.
        self._process.kill()
        self._process.wait()
        self._log.close()

    def _begin(self, control: socket.socket, log_fd: int) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-E", "-s", "-m", "conference.children.worker.template"]
        of = self._family
        arguments = [
            *("--control", str(control.fileno()), "--name", f"{of.short}-template"),
            *("--entry", of.entry, "--warm", of.warm, "--orphan-s", str(of.orphan_s)),
        ]
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [*command, *arguments],
            env=_ENVIRONMENT,
            # -m looks for the package there, wherever the server was started.
            cwd=Path(conference.__file__).parents[1],
            stdin=subprocess.DEVNULL,
            stdout=log_fd,
            stderr=log_fd,
            pass_fds=[control.fileno()],
            # Ctrl+C is for the server, which then ends its children in order.
            start_new_session=True,
        )

    def _end(self) -> None:
        if self.gone.is_set():
            return
        self.gone.set()
        self.ready.set()
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()
        for answer in self._forks.values():
            if not answer.done():
                answer.set_exception(ChildUnavailable())

    def _readable(self) -> None:
        for _ in range(_WORDS_PER_WAKE):
            try:
                data, fds = receive(self._sock, MAX_BYTES)
            except BlockingIOError:
                return
            except (OSError, ValueError):
                data, fds = b"", []
            if not data:
                self._end()
                return
            self._heard(data, fds)

    def _heard(self, data: bytes, fds: list[int]) -> None:
        try:
            word = decode_from_template(data)
        except msgspec.MsgspecError:
            close_all(fds)
            self._end()
            return
        match word:
            case Ready():
                for text in word.missing:
                    log.warning("x %s children are less confined: %s", self._family.name, text)
                self.ready.set()
            case Forked():
                answer = self._forks.get(word.number)
                if answer is None or answer.done():
                    # Nobody waits any more: its control socket is closed, so it ends itself.
                    close_all(fds)
                else:
                    answer.set_result((word.pid, fds[0]))
            case ForkFailed():
                log.error("x no %s child: %s", self._family.name, word.error)
                answer = self._forks.get(word.number)
                if answer is not None and not answer.done():
                    answer.set_exception(ChildUnavailable())
            case Exited():
                self._on_exited(word.pid, word.status)


def log_pipe() -> tuple[int, int]:
    """(read, write): a stderr for a process that must not wait for us when we do not read."""
    read, write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    return read, write
