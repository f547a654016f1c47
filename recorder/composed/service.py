"""Composed streams at work: one sandboxed child each. Implements `conference.composing.Compositor`."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from conference.children.nursery import Nursery
from conference.composing import NewOutput, OutputKind
from conference.model.errors import OutputRefused, RecorderUnavailable
from conference.model.film import FilmWish
from recorder.composed import words
from recorder.composed.family import COMPOSERS, ComposedFamily
from recorder.composed.outlets import FilmOutlet, HlsOutlet, PushOutlet, WhepOutlet
from recorder.composed.run import Run
from recorder.composed.targets import target_of

if TYPE_CHECKING:
    from conference.composing import ComposedRequest
    from conference.model.ids import ComposedId, OutputId
    from conference.ports import Clock
    from conference.sources.address import AddressPolicy
    from recorder.composed.outlets import Films, Outlet
    from recorder.folder import RecordingFolder

DELAY_MS: Final = 200
"""More than the child's own (recorder.composed.worker.studio)."""
LIMITS: Final = words.Limits(memory_bytes=1 << 30, cpu_share=4.0, stall_s=8.0)
_BITS_PER_PIXEL: Final = 2
"""Of one picture, as bits a second: 4 Mbit/s for 1080p."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FilmPlace:
    """Where films of running recordings go."""

    films: Films
    folder: RecordingFolder


class ComposedService:
    """`run` first; `begin` may be called while it runs. The template of its children begins with the first stream:
    most servers compose none. `place` None: no films."""

    def __init__(
        self,
        *,
        clock: Clock,
        policy: AddressPolicy,
        place: FilmPlace | None = None,
        limits: words.Limits = LIMITS,
        family: ComposedFamily = COMPOSERS,
    ) -> None:
        self.limits = limits
        self._clock = clock
        self._policy = policy
        self._place = place
        self._nursery = Nursery(family)
        self._wanted = asyncio.Event()
        self._runs: dict[ComposedId, Run] = {}

    async def run(self) -> None:
        """Serves until cancelled."""
        await self._wanted.wait()
        await self._nursery.run()

    async def nursery(self) -> Nursery[words.Start, words.ToChild, words.FromChild]:
        """With a template that is there, or gets warm."""
        if not self._wanted.is_set():
            self._wanted.set()
            # Its task has to run once before it takes anything.
            await asyncio.sleep(0)
        return self._nursery

    async def begin(self, request: ComposedRequest) -> Run:
        """Raises ComposedUnavailable, ServerFull, and what `Run.add_output` raises."""
        run = Run(self, request)
        self._runs[run.id] = run
        try:
            for wanted in request.wanted.outputs:
                await run.add_output(wanted)
            await run.start()
        except BaseException:
            await run.end()
            raise
        return run

    @property
    def children(self) -> list[int]:
        """Process ids."""
        return list(self._nursery.children)

    def of(self, id_: ComposedId) -> Run | None:
        return self._runs.get(id_)

    def forget(self, run: Run) -> None:
        """It has ended."""
        self._runs.pop(run.id, None)

    def wall_ms(self) -> int:
        return int(self._clock.wall_s() * 1000)

    @staticmethod
    def bitrate_bps(width: int, height: int) -> int:
        """What the encoder may use at most."""
        return width * height * _BITS_PER_PIXEL

    async def make_outlet(self, run: Run, id_: OutputId, wanted: NewOutput) -> Outlet:
        """Raises OutputRefused, AddressInvalid, SchemeRefused, RecordingNotFound, RecordingFinished, RecordingDeleted,
        TooManyFilms, RecorderUnavailable."""
        match wanted.kind:
            case OutputKind.WHEP:
                if any(outlet.kind is OutputKind.WHEP for outlet in run.outlets.values()):
                    raise OutputRefused("there is one")
                return WhepOutlet(id_, OutputKind.WHEP)
            case OutputKind.HLS:
                if any(outlet.kind is OutputKind.HLS for outlet in run.outlets.values()):
                    raise OutputRefused("there is one")
                return HlsOutlet(id_)
            case OutputKind.MP4:
                return await self._film(run, id_, wanted)
            case OutputKind.RTMP | OutputKind.SRT:
                return PushOutlet(id_, wanted.kind, target_of(wanted.kind, wanted.url), self._policy)

    async def _film(self, run: Run, id_: OutputId, wanted: NewOutput) -> FilmOutlet:
        if self._place is None or wanted.recording is None:
            raise OutputRefused("no recording")
        of = run.request.wanted
        look = FilmWish(width=of.width, height=of.height, fps=of.fps, labels=of.labels, clock=of.clock)
        try:
            film, fd = await self._place.films.begin_live_film(wanted.recording, look)
        except OSError as error:
            raise RecorderUnavailable(str(error)) from error
        # The child shows what came a moment ago; nothing of the film's first keyframe may lie before its beginning.
        from_ms = max(0, self.wall_ms() - run.started_at_ms - DELAY_MS)
        return FilmOutlet(id_, self._place.films, self._place.folder, wanted.recording, film, fd, from_ms)
