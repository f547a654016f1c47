"""The core's side of all children of a family: keeps a warm template process, forks children off it, watches them.

No thread: control sockets and logs are read by the event loop, checks run on its timers.
"""

import asyncio
import itertools
import logging
import os
import socket
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Generic

from conference.children.child import Child, Ends, OnExit, OnWord
from conference.children.datagrams import MAX_PAIR_BYTES, close_all, pair
from conference.children.exits import Exit
from conference.children.family import Family, From, StartT, To
from conference.children.template_process import TemplateProcess, log_pipe
from conference.children.words import encode
from conference.model.errors import ChildUnavailable

SPAWN_TIMEOUT_S: Final = 5.0
CHECK_PERIOD_S: Final = 0.25
_CHECKS_PER_SAMPLE: Final = 4
_READY_TIMEOUT_S: Final = 60.0
_RESTART_PAUSES_S: Final = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
_STEADY_S: Final = 30.0
"""A template that lived so long was not broken: the next one starts without a pause."""

log = logging.getLogger(__name__)


class Nursery(Generic[StartT, To, From]):
    """One family's template and children."""

    def __init__(self, family: Family[StartT, To, From]) -> None:
        self._family = family
        self._children: dict[int, Child[To, From]] = {}
        self.children: Mapping[int, Child[To, From]] = MappingProxyType(self._children)
        self._template: TemplateProcess | None = None
        self._warm = asyncio.Event()
        self._empty = asyncio.Event()
        self._over = False
        self._spawning = 0
        self._unclaimed: dict[int, int] = {}
        """Statuses of children that ended before their spawn could say who they are."""

    @property
    def template_pid(self) -> int | None:
        """Of the running template, warm or not yet."""
        return None if self._template is None else self._template.pid

    async def run(self) -> None:
        """Keeps the template and watches the children until it is cancelled, which ends them all."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._keep_template())
                tasks.create_task(self._watch_children())
        finally:
            self._over = True
            self._warm.clear()
            await self._end_children()
            if self._template is not None:
                self._template.close()

    async def spawn(
        self,
        owner: str,
        start: StartT,
        fds: Sequence[int],
        *,
        on_word: OnWord[From],
        on_exit: OnExit,
    ) -> Child[To, From]:
        """A running child, held to the limits of its Start. `owner`: for the log and `ps`. `fds` are duplicated on the
        way: the caller closes its own. Raises ChildUnavailable."""
        self._spawning += 1
        try:
            pid, pidfd, ends = await self._fork(owner, start, fds)
            exited = self._forget(pid, on_exit)
            child = Child(self._family, owner, pid, pidfd, ends, start.limits, on_word=on_word, on_exit=exited)
            self._children[pid] = child
            status = self._unclaimed.pop(pid, None)
            if status is not None:
                asyncio.get_running_loop().call_soon(child.exited, status)
            if self._over:
                child.kill()
        finally:
            self._spawning -= 1
            if not self._spawning:
                self._unclaimed.clear()
        return child

    async def _fork(self, owner: str, start: StartT, fds: Sequence[int]) -> tuple[int, int, Ends]:
        ends, theirs = _join()
        try:
            # Beside the template, which must not know passwords.
            socket.send_fds(ends.control, [encode(start)], list(fds), socket.MSG_NOSIGNAL)
            async with asyncio.timeout(SPAWN_TIMEOUT_S):
                template = await self._warm_template()
                pid, pidfd = await template.fork(f"{self._family.short}-{owner[-11:]}", theirs)
        except (TimeoutError, OSError) as error:
            ends.close()
            raise ChildUnavailable from error
        except BaseException:
            ends.close()
            raise
        finally:
            close_all(theirs)
        return pid, pidfd, ends

    async def _warm_template(self) -> TemplateProcess:
        while True:
            await self._warm.wait()
            if self._template is not None and not self._template.gone.is_set():
                return self._template
            self._warm.clear()

    def _forget(self, pid: int, on_exit: OnExit) -> OnExit:
        def exited(exit_: Exit) -> None:
            self._children.pop(pid, None)
            if not self._children:
                self._empty.set()
            on_exit(exit_)

        return exited

    def _reaped(self, pid: int, status: int) -> None:
        child = self._children.get(pid)
        if child is not None:
            child.exited(status)
        elif self._spawning:
            self._unclaimed[pid] = status

    async def _end_children(self) -> None:
        self._empty.clear()
        for child in list(self._children.values()):
            child.kill()
        if self._children:
            # Killed processes close their sockets at once; a template that lives tells their status, too.
            await self._empty.wait()

    async def _keep_template(self) -> None:
        loop = asyncio.get_running_loop()
        short_lives = 0
        while True:
            begun_s = loop.time()
            try:
                self._template = TemplateProcess(self._family, self._reaped)
            except OSError as error:
                log.error("x no template for %s children: %s", self._family.name, error)  # noqa: TRY400 - nothing to trace
            else:
                # When this is cancelled, `run` closes the template, after the children.
                await self._use_template(self._template)
                log.error("x the template of %s children has ended; running children go on", self._family.name)
                self._template.close()
                self._template = None
            if loop.time() - begun_s > _STEADY_S:
                short_lives = 0
            await asyncio.sleep(_RESTART_PAUSES_S[min(short_lives, len(_RESTART_PAUSES_S) - 1)])
            short_lives += 1

    async def _use_template(self, template: TemplateProcess) -> None:
        try:
            async with asyncio.timeout(_READY_TIMEOUT_S):
                await template.ready.wait()
        except TimeoutError:
            return
        log.info("> template of %s children: process %d", self._family.name, template.pid)
        self._warm.set()
        await template.gone.wait()
        self._warm.clear()

    async def _watch_children(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        for check in itertools.count():
            due_s = max(due_s + CHECK_PERIOD_S, loop.time())
            await asyncio.sleep(due_s - loop.time())
            late_s = loop.time() - due_s
            for child in list(self._children.values()):
                if late_s > CHECK_PERIOD_S:
                    child.forgive(late_s)
                child.check_stall(loop.time())
                # Each child once a second, not all of them at once.
                if (check + child.pid) % _CHECKS_PER_SAMPLE == 0:
                    child.check_usage(loop.time())


def _join() -> tuple[Ends, list[int]]:
    """The core's ends and the child's: control socket, stderr, lifeline."""
    control, their_control = pair(MAX_PAIR_BYTES)
    log_fd, their_log = log_pipe()
    their_lifeline, lifeline = os.pipe2(os.O_CLOEXEC)
    return Ends(control, log_fd, lifeline), [their_control.detach(), their_log, their_lifeline]
