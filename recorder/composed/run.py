"""One composed stream from the core's side: its child, what it is told, its outputs. A child that dies is followed by
another one, with everything it was told."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Final, cast

from conference.composing import (
    MAX_OUTPUTS,
    ComposedLayout,
    ComposedState,
    ComposedView,
    NewOutput,
    OutputState,
    OutputView,
    Placed,
    Program,
)
from conference.model.errors import (
    ChildUnavailable,
    ComposedUnavailable,
    HuishangError,
    OutputNotFound,
    ServerFull,
    TooManyOutputs,
)
from conference.model.ids import ComposedId, OutputId
from recorder.composed import words
from recorder.composed.hls import HlsList
from recorder.composed.outlets import HlsOutlet, Outlet, PushOutlet

if TYPE_CHECKING:
    import socket

    from conference.children.child import Child
    from conference.children.exits import Exit
    from conference.composing import ComposedRequest
    from conference.media.tap import TapTrack
    from recorder.composed.service import ComposedService

    ComposerChild = Child[words.ToChild, words.FromChild]

RETRY_S: Final = (0.0, 0.5, 1.0, 2.0, 5.0)
"""After a crash of the child; the last one repeats."""
MAX_CRASHES: Final = 8
STEADY_S: Final = 60.0
"""A child that lived so long was not broken by what it composes."""
STOP_S: Final = 65.0
_CODECS: Final = ("vp8", "vp9", "h264", "av1", "opus", "pcmu", "pcma")

log = logging.getLogger(__name__)


class Run:
    """Implements `conference.composing.ComposedRun`."""

    def __init__(self, service: ComposedService, request: ComposedRequest) -> None:
        self.request = request
        self.outlets: dict[OutputId, Outlet] = {}
        self.started_at_ms = service.wall_ms()
        self._service = service
        self._child: ComposerChild | None = None
        self._program = words.Program()
        self._panes = 0
        self._state = ComposedState.STARTING
        self._reason = ""
        self._report: words.Report | None = None
        self._sinks = 0
        self._leaving: list[Outlet] = []
        """Removed ones that the child has not finished yet."""
        self._crashes = 0
        self._restarts = 0
        self._ending = self._reviving = False
        self._exited = asyncio.Event()
        self._born_s = 0.0
        self._work: set[asyncio.Task[None]] = set()

    @property
    def id(self) -> ComposedId:
        return self.request.id

    async def start(self) -> None:
        """Its first child. Raises ComposedUnavailable, ServerFull."""
        try:
            await self._spawn_child()
        except ChildUnavailable as error:
            raise ComposedUnavailable(str(error)) from error

    # ---- what it is asked ----

    def view(self) -> ComposedView:
        wanted, report = self.request.wanted, self._report
        fps = report.fps if report is not None else wanted.fps
        preset = report.preset if report is not None else "superfast"
        return ComposedView(
            id=self.id,
            room=self.request.room,
            layout=ComposedLayout.PANES if wanted.wall is not None else wanted.layout,
            wall=wanted.wall,
            state=self._state,
            reason=self._reason,
            started_at_ms=self.started_at_ms,
            width=wanted.width,
            height=wanted.height,
            fps=fps,
            wanted_fps=wanted.fps,
            preset=preset,
            stepped_down=fps < wanted.fps or preset != "superfast",
            encoded_fps=float(report.encoded) if report is not None else 0.0,
            load=report.load if report is not None else 0.0,
            restarts=self._restarts,
            panes=self._panes,
            outputs=tuple(outlet.view() for outlet in self.outlets.values()),
        )

    def show(self, program: Program) -> None:
        self._panes = len(program.places)
        self._program = words.Program(
            tracks=tuple(_track(tapped) for tapped in program.tracks if tapped.codec in _CODECS),
            places=tuple(_place(placed) for placed in program.places[: words.MAX_PLACES]),
        )
        self._send(self._program)

    def reconnect(self) -> None:
        child = self._child
        if child is not None:
            self._connect(child)

    def hls(self) -> HlsList:
        for outlet in self.outlets.values():
            if isinstance(outlet, HlsOutlet):
                return outlet.list
        raise OutputNotFound("hls")

    async def add_output(self, wanted: NewOutput) -> OutputView:
        if len(self.outlets) >= MAX_OUTPUTS:
            raise TooManyOutputs
        id_ = OutputId(f"out-{secrets.token_hex(4)}")
        outlet = await self._service.make_outlet(self, id_, wanted)
        self.outlets[id_] = outlet
        if self._child is not None and not self._ending:
            await self._open(outlet)
        return outlet.view()

    def remove_output(self, output: OutputId) -> None:
        outlet = self.outlets.pop(output, None)
        if outlet is None:
            raise OutputNotFound(output)
        self._spawn(self._remove(outlet))

    async def end(self) -> None:
        if self._ending:
            return
        self._ending = True
        child = self._child
        if child is not None:
            child.stop()
            try:
                async with asyncio.timeout(STOP_S):
                    await self._exited.wait()
            except TimeoutError:
                child.kill()
                await self._exited.wait()
        while self._work:
            await asyncio.wait(self._work)
        for outlet in self._known():
            await outlet.close()
        self._state = ComposedState.STOPPED
        self._service.forget(self)

    # ---- the child ----

    async def _spawn_child(self) -> None:
        self._exited.clear()
        self._born_s = asyncio.get_running_loop().time()
        wanted = self.request.wanted
        start = words.Start(
            width=wanted.width,
            height=wanted.height,
            fps=wanted.fps,
            begun_ms=self.started_at_ms,
            labels=wanted.labels,
            clock=wanted.clock,
            # As clocks in panes (conference.wall_composed).
            utc_offset_min=time.localtime(self.started_at_ms / 1000).tm_gmtoff // 60,
            max_bitrate_bps=self._service.bitrate_bps(wanted.width, wanted.height),
            limits=self._service.limits,
        )
        nursery = await self._service.nursery()
        child = await nursery.spawn(self.id, start, (), on_word=self._heard, on_exit=self._exit)
        self._child = child
        self._connect(child)
        child.send(self._program)
        for outlet in list(self.outlets.values()):
            await self._open(outlet)

    def _connect(self, child: ComposerChild) -> None:
        """The tap and the way to viewers, as they are now."""
        for word, opened in ((words.Tap(), self.request.open_tap), (words.Outlet(), self.request.open_media)):
            try:
                end: socket.socket | None = opened()
            except (ServerFull, OSError) as error:
                log.warning("x composed stream %s: %s", self.id, error)
                continue
            if end is not None:
                with end:
                    child.send(word, [end.fileno()])

    def _heard(self, word: words.FromChild, passed: list[int]) -> None:
        for fd in passed:
            os.close(fd)
        match word:
            case words.Report():
                self._reported(word)
            case words.Stepped():
                self._step(word)
            case words.HlsHead() | words.HlsSegment():
                self._hls(word)
            case words.SinkEnded():
                self._sink_ended(word)
            case _:
                pass  # beats and the last word

    def _reported(self, word: words.Report) -> None:
        self._report = word
        if word.encoded and not self._ending:
            self._state, self._reason = ComposedState.LIVE, ""
        sizes = {each.sink: each.bytes for each in word.sinks}
        for outlet in self.outlets.values():
            if outlet.sink in sizes:
                outlet.counted(sizes[outlet.sink])

    def _step(self, word: words.Stepped) -> None:
        log.warning(
            "- composed stream %s: %s, load %.2f; %d pictures a second, %s, from now on",
            self.id,
            word.reason,
            word.load,
            word.fps,
            word.preset,
        )

    def _hls(self, word: words.HlsHead | words.HlsSegment) -> None:
        outlet = next((outlet for outlet in self.outlets.values() if outlet.sink == word.sink), None)
        if not isinstance(outlet, HlsOutlet):
            return  # it was removed meanwhile
        good = outlet.head(word) if isinstance(word, words.HlsHead) else outlet.segment(word)
        if not good and self._child is not None:
            log.warning("x composed stream %s: its composer says what cannot be", self.id)
            self._child.kill()

    def _exit(self, exit_: Exit) -> None:
        self._child = None
        self._exited.set()
        for outlet in self.outlets.values():
            outlet.sink = 0
        left, self._leaving = self._leaving, []
        for outlet in left:
            self._spawn(outlet.close())
        if self._ending:
            return
        steady = asyncio.get_running_loop().time() - self._born_s >= STEADY_S
        self._crashes = 0 if steady else self._crashes + 1
        log.error("x composed stream %s: its composer %s (%s)", self.id, exit_.reason, exit_.detail)
        if self._crashes > MAX_CRASHES:
            self._state, self._reason = ComposedState.FAILED, exit_.reason
            self._spawn(self._give_up())
            return
        self._state, self._reason = ComposedState.RESTARTING, exit_.reason
        self._spawn(self._again())

    async def _again(self) -> None:
        """Another child, until one stays."""
        if self._reviving:
            return
        self._reviving = True
        try:
            while not self._ending and self._child is None and self._crashes <= MAX_CRASHES:
                await asyncio.sleep(RETRY_S[min(max(0, self._crashes - 1), len(RETRY_S) - 1)])
                self._restarts += 1
                try:
                    await self._spawn_child()
                except (ChildUnavailable, OSError) as error:
                    log.warning("x composed stream %s: %s", self.id, error)
                    await asyncio.sleep(RETRY_S[-1])
        finally:
            self._reviving = False

    async def _give_up(self) -> None:
        for outlet in self.outlets.values():
            await outlet.close()

    # ---- outputs ----

    async def _open(self, outlet: Outlet) -> None:
        """Tells the child of it. A push that cannot be dialled is tried again."""
        if outlet.state is OutputState.ENDED:
            return
        self._sinks += 1
        sink = self._sinks
        try:
            word, fds = await outlet.open(sink)
        except (HuishangError, OSError) as error:
            self._failed(outlet, error.code if isinstance(error, HuishangError) else type(error).__name__)
            return
        child = self._child
        if child is not None and outlet.id in self.outlets:
            outlet.sink = sink
            child.send(word, fds)
        outlet.sent()

    def _failed(self, outlet: Outlet, reason: str) -> None:
        outlet.reason = reason
        if not isinstance(outlet, PushOutlet):
            outlet.state = OutputState.ENDED
            return
        outlet.failures += 1
        outlet.state = OutputState.WAITING
        log.warning("x composed stream %s: output to %s: %s", self.id, outlet.target, reason)
        self._spawn(self._push_again(outlet))

    async def _push_again(self, outlet: PushOutlet) -> None:
        until_s = asyncio.get_running_loop().time() + outlet.retry_s
        while asyncio.get_running_loop().time() < until_s:
            if self._ending or outlet.id not in self.outlets:
                return
            await asyncio.sleep(0.1)
        if self._child is not None and not outlet.sink:
            await self._open(outlet)

    def _sink_ended(self, word: words.SinkEnded) -> None:
        """At once, since the child's end may follow at once."""
        outlet = next((outlet for outlet in self._known() if outlet.sink == word.sink), None)
        if outlet is None:
            return
        outlet.sink = 0
        if outlet in self._leaving:
            self._leaving.remove(outlet)
        elif isinstance(outlet, PushOutlet) and word.reason == "failed" and not self._ending:
            self._failed(outlet, word.detail)
            return
        self._spawn(self._finish(outlet, word))

    async def _finish(self, outlet: Outlet, word: words.SinkEnded) -> None:
        await outlet.ended(word)
        await outlet.close()

    async def _remove(self, outlet: Outlet) -> None:
        if self._child is None or not outlet.sink:
            await outlet.close()
            return
        self._leaving.append(outlet)
        self._send(words.DropSink(outlet.sink))

    def _known(self) -> Sequence[Outlet]:
        return (*self.outlets.values(), *self._leaving)

    # ---- inside ----

    def _send(self, word: words.ToChild) -> None:
        if self._child is not None:
            self._child.send(word)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("x composed stream %s", self.id, exc_info=task.exception())


def _track(tapped: TapTrack) -> words.Track:
    return words.Track(
        track=tapped.number,
        codec=cast("words.VideoCodec | words.SoundCodec", tapped.codec),
        clock_hz=tapped.clock_hz,
        pt=tapped.pt,
        ssrc=tapped.ssrc,
        screen=tapped.screen,
    )


def _place(placed: Placed) -> words.Place:
    cell = placed.cell
    return words.Place(
        track=placed.track or words.NO_TRACK,
        x=cell.x,
        y=cell.y,
        width=cell.width,
        height=cell.height,
        label=placed.label[: words.MAX_LABEL],
        cover=placed.cover,
        text=placed.text[: words.MAX_TEXT],
        says=placed.says,
        at_s=placed.at_s,
        muted=placed.muted,
        alarm=placed.alarm,
    )
