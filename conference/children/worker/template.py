"""The template process: a Python with everything imported that children use, which forks one at each request. It never
reads a byte from outside and is told no secret: a child's `Start` goes past it, over the child's own socket.

`python -m conference.children.worker.template --control FD --name NAME --entry MODULE:FUNCTION --warm MODULE:FUNCTION
--orphan-s SECONDS` as a `Family` says.
"""

import argparse
import contextlib
import fcntl
import gc
import importlib
import os
import select
import signal
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from conference.children.datagrams import close_all, receive
from conference.children.fork_words import MAX_BYTES, Exited, Fork, Forked, ForkFailed, FromTemplate, Ready, decode_fork
from conference.children.fork_words import encode as encode_word
from conference.children.worker import kernel, sandbox

Entry = Callable[[socket.socket], None]

_LOG_FD: Final = 2
_LIFELINE_FD: Final = 3
_CONTROL_FD: Final = 4
_SPARE_FDS: Final = 16
_ORPHAN_LOOK_S: Final = 0.05


class CoreGone(Exception):
    """Nobody is left to fork for."""


@dataclass(frozen=True, slots=True)
class Upbringing:
    """Of every child. `orphan_s`: how long it may outlive the core."""

    entry: Entry
    orphan_s: float


def main(control_fd: int, name: str, entry: str, warm: str, orphan_s: float) -> None:
    """Until the core is gone."""
    # The core's death ends this process even while it imports.
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGTERM)
    # Whatever priority the core was given: a child that spins must never keep it from being ended.
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    kernel.set_name(name)
    control = socket.socket(fileno=control_fd)
    control.setblocking(True)  # noqa: FBT003
    upbringing = Upbringing(_function(entry), orphan_s)
    _function(warm)()
    gc.collect()
    # What is here now is never collected: the collector of a child must not write to pages it shares with all others.
    gc.freeze()
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        raise RuntimeError("a template with threads cannot fork")
    children: set[int] = set()
    signal.signal(signal.SIGTERM, _core_gone)
    try:
        _tell(control, Ready(sandbox.features().missing))
        _serve(control, upbringing, children)
    except CoreGone:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _outlive(children, orphan_s)


def _function(name: str) -> Callable[..., None]:
    module, _, function = name.partition(":")
    found: Callable[..., None] = getattr(importlib.import_module(module), function)
    return found


def _outlive(children: set[int], orphan_s: float) -> None:
    """They have a lifeline and notice by themselves, but a hostile one might have cut it."""
    until_s = time.monotonic() + orphan_s
    while children and time.monotonic() < until_s:
        for pid in list(children):
            if os.waitpid(pid, os.WNOHANG)[0]:
                children.discard(pid)
        time.sleep(_ORPHAN_LOOK_S)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def _core_gone(*_: object) -> NoReturn:
    raise CoreGone


def _serve(control: socket.socket, upbringing: Upbringing, children: set[int]) -> None:
    woken, wake = socket.socketpair()
    woken.setblocking(False)  # noqa: FBT003
    wake.setblocking(False)  # noqa: FBT003
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(woken, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if woken.fileno() in ready:
            with contextlib.suppress(BlockingIOError):
                woken.recv(4096)
            _reap(control, children)
        if control.fileno() in ready:
            data, fds = receive(control, MAX_BYTES)
            if not data:
                raise CoreGone
            _fork(control, decode_fork(data), fds, upbringing, children)


def _reap(control: socket.socket, children: set[int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            children.discard(pid)
            _tell(control, Exited(pid, status))


def _fork(control: socket.socket, fork: Fork, fds: list[int], upbringing: Upbringing, children: set[int]) -> None:
    try:
        child_control, log, lifeline = fds
        pid = os.fork()
        if pid == 0:
            _become_child(fork.name, child_control, log, lifeline, upbringing)
        children.add(pid)
        # Not reaped before this: the pidfd is of this child and no other.
        pidfd = os.pidfd_open(pid)
    except (OSError, ValueError) as error:
        _tell(control, ForkFailed(fork.number, str(error)[:200]))
    else:
        _tell(control, Forked(fork.number, pid), [pidfd])
        os.close(pidfd)
    finally:
        close_all(fds)


def _become_child(name: str, control: int, log: int, lifeline: int, upbringing: Upbringing) -> NoReturn:
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        kernel.set_name(name)
        # To numbers above all of those they go to, so that none overwrites another.
        control, log, lifeline = (fcntl.fcntl(fd, fcntl.F_DUPFD, _SPARE_FDS) for fd in (control, log, lifeline))
        for old, new in ((log, 1), (log, _LOG_FD), (lifeline, _LIFELINE_FD), (control, _CONTROL_FD)):
            os.dup2(old, new, inheritable=False)
        os.closerange(_CONTROL_FD + 1, 1 << 20)
        _hold_lifeline(upbringing.orphan_s)
        upbringing.entry(socket.socket(fileno=_CONTROL_FD))
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it was, the template's code must not go on in this process
        with contextlib.suppress(BaseException):
            traceback.print_exc()
    finally:
        # No clean-up of interpreter and codecs: the kernel's is complete.
        os._exit(status)


def _hold_lifeline(orphan_s: float) -> None:
    """When the core dies, its end of this pipe closes and the kernel sends SIGIO, which ends the process even inside a
    codec that never returns. (PR_SET_PDEATHSIG would follow the template, not the core.) A child that may outlive the
    core sets its own alarm instead, which is as deadly."""

    def orphaned(*_: object) -> None:
        signal.setitimer(signal.ITIMER_REAL, orphan_s)

    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGIO, orphaned if orphan_s else signal.SIG_DFL)
    fcntl.fcntl(_LIFELINE_FD, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(_LIFELINE_FD, fcntl.F_GETFL)
    fcntl.fcntl(_LIFELINE_FD, fcntl.F_SETFL, flags | os.O_ASYNC)
    # It may have died before the signal was asked for.
    poll = select.poll()
    poll.register(_LIFELINE_FD, 0)
    if poll.poll(0):
        os._exit(0)


def _tell(control: socket.socket, word: FromTemplate, fds: list[int] | None = None) -> None:
    try:
        socket.send_fds(control, [encode_word(word)], fds or [])
    except (BrokenPipeError, ConnectionResetError):
        raise CoreGone from None


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--name", required=True)
    parser.add_argument("--entry", required=True)
    parser.add_argument("--warm", required=True)
    parser.add_argument("--orphan-s", type=float, required=True)
    main(**{"control_fd" if key == "control" else key: value for key, value in vars(parser.parse_args()).items()})
