"""One child process as the core holds it: its words, its limits, its end."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic

import msgspec

from conference.children.child_log import ChildLog
from conference.children.datagrams import close_all, receive
from conference.children.exits import Exit, Reason, describe, printable
from conference.children.family import Family, From, To
from conference.children.usage import Flood, Usage
from conference.children.words import Ended, Limits, Stop, encode

__all__ = ["Child", "Ends", "Exit"]

STATUS_WAIT_S: Final = 0.5
"""A closed control socket is the end; the template tells the status a moment later, if it lives."""
_WORDS_PER_WAKE: Final = 16

log = logging.getLogger(__name__)

OnWord = Callable[[From, list[int]], None]
OnExit = Callable[[Exit], None]


@dataclass(slots=True)
class Ends:
    """The core's ends of what joins it to a child. `lifeline`: when it closes, the child dies."""

    control: socket.socket
    log: int
    lifeline: int

    def close(self) -> None:
        """Each, once."""
        self.control.close()
        close_all([self.log, self.lifeline])


class Child(Generic[To, From]):
    """From its fork to its exit. `owner`: the id of what it is for. `on_word` gets each word but the last (Ended), with
    descriptors it then owns; `on_exit` is called once, after the last `on_word`."""

    def __init__(
        self,
        family: Family[Any, To, From],
        owner: str,
        pid: int,
        pidfd: int,
        ends: Ends,
        limits: Limits,
        *,
        on_word: OnWord[From],
        on_exit: OnExit,
    ) -> None:
        self._family = family
        self.owner = owner
        self.pid = pid
        self._pidfd = pidfd
        self._ends = ends
        self._limits = limits
        self._on_word = on_word
        self._on_exit = on_exit
        self._loop = asyncio.get_running_loop()
        self._begun_s = self._heard_s = self._loop.time()
        self._usage = Usage(pid, limits)
        self._flood = Flood(family.max_words_per_s)
        self._ended: Ended | None = None
        self._verdict: tuple[Reason, str] | None = None
        self._stop_asked = False
        self._closed = False
        self._finished = False
        self._timers: list[asyncio.TimerHandle] = []
        self._log = ChildLog(f"{family.name} {owner} [{pid}]", ends.log)
        self._loop.add_reader(ends.control.fileno(), self._readable)

    def send(self, word: To | Stop, fds: Sequence[int] = ()) -> None:
        """Never blocks, and harmless when the child is gone. One that does not read is killed as stalled."""
        if self._closed:
            return
        try:
            socket.send_fds(self._ends.control, [encode(word)], list(fds), socket.MSG_NOSIGNAL)
        except BlockingIOError:
            self._end("stalled", "its control socket is full")
        except OSError:
            pass  # its end is seen by _readable

    def stop(self) -> None:
        """Asks it to say goodbye; killed after its family's `goodbye_s`."""
        self._stop_asked = True
        self.send(Stop())
        self._later(self._family.goodbye_s, lambda: self._end("killed", "did not stop"))

    def kill(self) -> None:
        """At once, without a goodbye."""
        self._end("killed", "on request")

    # ---- the nursery's calls ----

    def exited(self, status: int) -> None:
        """The template has reaped it."""
        if self._finished:
            return
        try:
            # What it said before its end is still in the socket.
            while not self._closed and self._read_some():
                pass
        finally:
            self._finish(status)

    def check_stall(self, now_s: float) -> None:
        """Kills it when it is silent for too long."""
        silent_s = now_s - self._heard_s
        if silent_s >= self._limits.stall_s:
            self._end("stalled", f"no word for {silent_s:.1f} s")

    def check_usage(self, now_s: float) -> None:
        """Once a second: kills it when it takes more than it may."""
        excess = self._usage.excess(now_s) or self._flood.excess()
        if excess is not None:
            self._end("over-limit", excess)

    def forgive(self, late_s: float) -> None:
        """The core itself was late: its children's words wait unread, and must not count as silence."""
        self._heard_s += late_s

    # ---- words ----

    def _readable(self) -> None:
        self._read_some()

    def _read_some(self) -> bool:
        """False: there is nothing more to read now."""
        for _ in range(_WORDS_PER_WAKE):
            try:
                data, fds = receive(self._ends.control, self._family.max_message_bytes)
            except BlockingIOError:
                return False
            except ValueError:
                self._end("crashed", "word too long")
                return False
            except OSError:
                data, fds = b"", []
            if not data:
                self._close_control()
                return False
            self._heard(data, fds)
            if self._closed:
                return False
        return True

    def _heard(self, data: bytes, fds: list[int]) -> None:
        self._heard_s = self._loop.time()
        self._flood.note(len(data))
        try:
            word: From = self._family.decode_from_child(data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            close_all(fds)
            self._end("crashed", "broken word")
            return
        if len(fds) != self._family.fds_from_child.get(type(word), 0):
            close_all(fds)
            self._end("crashed", "wrong number of descriptors")
        elif self._ended is not None or self._verdict is not None:
            close_all(fds)
        elif isinstance(word, Ended):
            self._ended = Ended(printable(word.cause), printable(word.detail))
            self._later(self._family.goodbye_s, self._signal)
        else:
            self._on_word(word, fds)

    # ---- the end ----

    def _end(self, reason: Reason, detail: str) -> None:
        """The first verdict counts; one about a child that has ended does not."""
        if self._finished or self._verdict is not None:
            return
        self._verdict = (reason, detail)
        self._signal()

    def _signal(self) -> None:
        if not self._finished:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    def _close_control(self) -> None:
        """EOF: whatever it still does, nobody hears of it."""
        self._closed = True
        self._loop.remove_reader(self._ends.control.fileno())
        self._signal()
        self._later(STATUS_WAIT_S, lambda: self._finish(None))

    def _finish(self, status: int | None) -> None:
        if self._finished:
            return
        self._finished = self._closed = True
        for timer in self._timers:
            timer.cancel()
        self._loop.remove_reader(self._ends.control.fileno())
        self._log.close()
        self._ends.control.close()
        close_all([self._ends.lifeline, self._pidfd])
        reason, detail = self._judge(status)
        runtime_s = self._loop.time() - self._begun_s
        if reason not in ("ended", "killed"):
            log.warning("x child %d of %s %s %s: %s", self.pid, self._family.name, self.owner, reason, detail)
        self._on_exit(Exit(self._ended, reason, detail, runtime_s))

    def _judge(self, status: int | None) -> tuple[Reason, str]:
        if self._ended is not None:
            return "ended", self._ended.detail
        if self._verdict is None and self._stop_asked and status == 0:
            return "killed", "on request"  # a gate, which has nothing to say
        return self._verdict or ("crashed", describe(status))

    def _later(self, delay_s: float, call: Callable[[], None]) -> None:
        self._timers.append(self._loop.call_later(delay_s, call))
