"""Composed streams as administrators and walls order them: begun, changed, watched, ended."""

import asyncio
import logging
import secrets
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from conference.composing import (
    ComposedLayout,
    ComposedPane,
    ComposedRequest,
    ComposedRun,
    ComposedView,
    Compositor,
    LiveList,
    NewComposed,
    NewOutput,
    OutputKind,
    OutputView,
    WallViews,
)
from conference.composing_stream import Stream
from conference.layout import InvalidLayout
from conference.model.errors import (
    ComposedNotFound,
    ComposedUnavailable,
    HuishangError,
    OutputNotFound,
    OutputRefused,
    RoomClosed,
    RoomNotFound,
    TooManyComposed,
    WallNotFound,
)
from conference.model.ids import ComposedId, Identity, OutputId, RecordingId, RoomId
from conference.model.records import Grant
from conference.model.roles import Role
from conference.ports import Clock
from conference.results import MediaSession
from conference.service import Conference

LOOK_S: Final = 0.25
_LOOKS_PER_CHECK: Final = 20
GRANT_S: Final = 86_400.0

log = logging.getLogger(__name__)


class ComposingDesk:
    """`compositor` None: this server composes nothing. `walls` None: it has none. `max_streams`: at work at once; each
    takes more than a core. `film_recordings`: every recording gets a film of this layout."""

    def __init__(
        self,
        *,
        conference: Conference,
        compositor: Compositor | None,
        clock: Clock,
        max_streams: int,
        walls: WallViews | None = None,
        film_recordings: ComposedLayout | None = None,
    ) -> None:
        self.walls = walls
        self._conference = conference
        self._compositor = compositor
        self._clock = clock
        self._max_streams = max_streams
        self._film_recordings = film_recordings
        self._filmed: dict[RoomId, RecordingId] = {}
        """The last recording of each room for which a film was begun, or refused."""
        self._streams: dict[ComposedId, Stream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._starting = 0

    async def start(self, room: RoomId, wanted: NewComposed) -> ComposedView:
        """Raises RoomNotFound, RoomClosed, WallNotFound, InvalidLayout, TooManyComposed, ComposedUnavailable,
        ServerFull, and as `add_output` for its outputs."""
        if wanted.recording is not None:
            self._filmed[room] = wanted.recording
        await self._conference.room(room)
        if self._compositor is None:
            raise ComposedUnavailable("off")
        if len(self._streams) + self._starting >= self._max_streams:
            raise TooManyComposed
        wanted = replace(wanted, outputs=tuple(self._aimed(room, output) for output in wanted.outputs))
        stream = Stream(new_composed_id(), room, wanted, self._clock.monotonic_s)
        self._starting += 1
        try:
            if wanted.wall is not None:
                stream.unfollow = self._walls().follow(room, wanted.wall, lambda panes: self._push(stream, panes))
            # The tap and the way to viewers are there before the process that uses them.
            stream.look(self._conference.live_rooms.get(room))
            run = await self._compositor.begin(
                ComposedRequest(
                    id=stream.id,
                    room=room,
                    wanted=wanted,
                    open_tap=stream.open_tap,
                    open_media=stream.open_media,
                )
            )
        except BaseException:
            stream.close()
            raise
        finally:
            self._starting -= 1
        stream.run = run
        for made, output in zip(run.view().outputs, wanted.outputs, strict=False):
            stream.note_film(made, output)
        self._streams[stream.id] = stream
        stream.look(self._conference.live_rooms.get(room))
        log.info("- composed stream %s of %s began", stream.id, room)
        return self._view(stream)

    def list(self, room: RoomId | None = None) -> list[ComposedView]:
        """Those of a room, or all."""
        return [self._view(stream) for stream in self._streams.values() if room is None or stream.room == room]

    def get(self, id_: ComposedId) -> ComposedView:
        """Raises ComposedNotFound."""
        return self._view(self._stream(id_))

    def run_of(self, id_: ComposedId) -> ComposedRun:
        """Raises ComposedNotFound."""
        return self._run(self._stream(id_))

    def set_panes(self, id_: ComposedId, panes: Sequence[ComposedPane]) -> None:
        """It shows these from now on, whatever its layout was. Raises ComposedNotFound, InvalidLayout."""
        self._stream(id_).set_panes(panes)

    async def add_output(self, id_: ComposedId, wanted: NewOutput) -> OutputView:
        """Raises ComposedNotFound, and as `ComposedRun.add_output`."""
        stream = self._stream(id_)
        aimed = self._aimed(stream.room, wanted)
        return stream.note_film(await self._run(stream).add_output(aimed), aimed)

    def remove_output(self, id_: ComposedId, output: OutputId) -> None:
        """Raises ComposedNotFound, OutputNotFound."""
        self.run_of(id_).remove_output(output)

    async def whep(self, id_: ComposedId, offer_sdp: str) -> MediaSession:
        """A player of the stream; it is listed in the room like every other one. Raises ComposedNotFound, and as
        `Conference.whep`."""
        stream = self._stream(id_)
        run = self._run(stream)
        if not any(output.kind is OutputKind.WHEP for output in run.view().outputs):
            await run.add_output(NewOutput(kind=OutputKind.WHEP))
        grant = Grant(
            room=stream.room,
            role=Role.VIEWER,
            identity=Identity(""),
            name="大屏",
            token_id=f"{stream.id}-{secrets.token_hex(4)}",
            expires_at_s=self._clock.wall_s() + GRANT_S,
        )
        return await self._conference.whep(grant, offer_sdp, only=stream.as_participant)

    def hls(self, id_: ComposedId) -> LiveList:
        """Raises ComposedNotFound, OutputNotFound."""
        return self.run_of(id_).hls()

    async def stop(self, id_: ComposedId) -> None:
        """Returns when every output is finished. Raises ComposedNotFound."""
        stream = self._stream(id_)
        del self._streams[id_]
        stream.close()
        await self._run(stream).end()
        log.info("- composed stream %s ended", id_)

    async def run(self) -> None:
        """Serves until cancelled; streams are then ended in order."""
        try:
            looks = 0
            while True:
                await asyncio.sleep(LOOK_S)
                self._look()
                looks += 1
                if looks % _LOOKS_PER_CHECK == 0:
                    await self._end_closed()
        finally:
            streams, self._streams = list(self._streams.values()), {}
            for stream in streams:
                stream.close()
            await asyncio.gather(*(self._run(stream).end() for stream in streams), return_exceptions=True)
            if self._tasks:
                await asyncio.wait(self._tasks)

    def _look(self) -> None:
        rooms = self._conference.live_rooms
        if self._film_recordings is not None:
            self._film_new_recordings(self._film_recordings)
        for stream in list(self._streams.values()):
            try:
                stream.look(rooms.get(stream.room))
                self._end_films(stream)
            except Exception:  # a fault in one stream must not stop the others; this is the edge of a timer
                log.exception("x composed stream %s", stream.id)

    async def _end_closed(self) -> None:
        """Streams of rooms that were closed end with them."""
        for stream in list(self._streams.values()):
            try:
                await self._conference.room(stream.room)
            except (RoomClosed, RoomNotFound):
                self._keep(self._stop_quietly(stream.id))

    async def _stop_quietly(self, id_: ComposedId) -> None:
        with suppress(ComposedNotFound):
            await self.stop(id_)

    def _end_films(self, stream: Stream) -> None:
        """A film ends with its recording, and a stream that is there for one ends, too."""
        live = self._conference.live_rooms.get(stream.room)
        tape = live.tape if live is not None else None
        running = tape.run.id if tape is not None else None
        if stream.wanted.recording is not None and stream.wanted.recording != running:
            self._keep(self._stop_quietly(stream.id))
            return
        for output, recording in list(stream.films.items()):
            if recording != running:
                del stream.films[output]
                with suppress(OutputNotFound):
                    self._run(stream).remove_output(output)

    def _aimed(self, room: RoomId, wanted: NewOutput) -> NewOutput:
        """A film belongs to the recording that runs. Raises OutputRefused when there is none."""
        if wanted.kind is not OutputKind.MP4:
            return wanted
        live = self._conference.live_rooms.get(room)
        if live is None or live.tape is None:
            raise OutputRefused("the room is not being recorded")
        return replace(wanted, recording=live.tape.run.id)

    def _film_new_recordings(self, layout: ComposedLayout) -> None:
        """Those that nobody asked a film for get one, once."""
        rooms = self._conference.live_rooms
        self._filmed = {room: recording for room, recording in self._filmed.items() if room in rooms}
        for room, live in rooms.items():
            if live.tape is None or self._filmed.get(room) == live.tape.run.id:
                continue
            recording = self._filmed[room] = live.tape.run.id
            if not any(stream.wanted.recording == recording for stream in self._streams.values()):
                output = NewOutput(kind=OutputKind.MP4)
                wanted = NewComposed(layout=layout, fps=15, outputs=(output,), recording=recording)
                self._keep(self._film(room, wanted))

    async def _film(self, room: RoomId, wanted: NewComposed) -> None:
        try:
            await self.start(room, wanted)
        except HuishangError as error:
            log.warning("x no live film of %s: %s", room, error)

    def _push(self, stream: Stream, panes: Sequence[ComposedPane]) -> None:
        try:
            stream.set_panes(panes)
        except InvalidLayout as error:
            log.warning("x composed stream %s keeps what it shows: %s", stream.id, error)

    def _keep(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("x a composed stream could not be ended", exc_info=task.exception())

    def _walls(self) -> WallViews:
        if self.walls is None:
            raise WallNotFound
        return self.walls

    def _stream(self, id_: ComposedId) -> Stream:
        found = self._streams.get(id_)
        if found is None:
            raise ComposedNotFound(id_)
        return found

    @staticmethod
    def _run(stream: Stream) -> ComposedRun:
        if stream.run is None:
            raise ComposedNotFound(stream.id)
        return stream.run

    def _view(self, stream: Stream) -> ComposedView:
        return replace(self._run(stream).view(), layout=stream.layout)


def new_composed_id() -> ComposedId:
    """Not to be guessed: players that know it see the stream."""
    return ComposedId(f"cmp-{secrets.token_hex(8)}")


def is_composed_id(text: str) -> bool:
    """Whether it has the form of our ids."""
    return len(text) == 20 and text.startswith("cmp-") and all(char in "0123456789abcdef" for char in text[4:])
