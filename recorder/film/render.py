"""A film from recorded tracks, as fast as the machine can."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, cast

import cv2

from conference.children.worker.memory import PICTURES_APART_BYTES, keep_small
from conference.layout import Rect
from recorder.film.composer import Composer
from recorder.film.encode import SOUND_HZ, FilmEncoder
from recorder.film.files import size_of
from recorder.film.finish import empty, finish
from recorder.film.job import Cancelled, Fault, Film, Job, Progress
from recorder.film.mix import Mixer
from recorder.film.pictures import PictureReader
from recorder.film.scale import Picture, fitted
from recorder.film.sinks import Mp4Fragments
from recorder.film.sounds import SoundReader
from recorder.film.stage import Seat, Stage
from recorder.film.tile import Place
from recorder.film.wall import WallStage

PROGRESS_EVERY_S: Final = 0.5
KEEP_ALIVE_MS: Final = 1_000
"""A still film has a picture this often, so that players can seek."""
_MAX_FAULTS: Final = 1_000

Ahead = dict[str, "Future[Picture | None]"]


def render(job: Job, *, progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> Film:
    """Makes the film. `cancelled` is asked at every tick; `progress` told twice a second and at the end.

    Raises Cancelled, av.FFmpegError and OSError (a full disk); both files are empty then. Faults of single segments
    raise nothing: they are in the result.
    """
    cv2.setNumThreads(1)
    keep_small(heaps=2, apart_bytes=PICTURES_APART_BYTES)
    empty(job.scratch_fd, job.output_fd)
    done = False
    try:
        film = _Render(job, progress, cancelled).run()
        done = True
    finally:
        empty(job.scratch_fd, *(() if done else (job.output_fd,)))
    return film


class _Render:
    def __init__(self, job: Job, progress: Callable[[Progress], None], cancelled: Callable[[], bool]) -> None:
        look = job.look
        self._job = job
        self._tell, self._cancelled = progress, cancelled
        self._ticks = max(1, (job.until_ms - job.from_ms) * look.fps // 1000)
        self._stage = stage_of(job)
        self._composer = Composer(
            look.size,
            labels=look.labels,
            utc_offset_min=look.utc_offset_min if look.clock else None,
            language=look.language,
        )
        self._pictures = {
            track.id: PictureReader(track, job.from_ms) for track in job.tracks if track.kind != "microphone"
        }
        self._voices = [track for track in job.tracks if track.kind == "microphone"]
        self._sounds = [SoundReader(track, job.from_ms) for track in self._voices]
        self._encoder = FilmEncoder(look.size, look.fps, job.encoding, [Mp4Fragments(job.scratch_fd)], live=False)
        self._mixer = Mixer(len(self._sounds), self._encoder.block, SOUND_HZ)
        self._sample = 0
        self._seats: tuple[Seat, ...] = ()
        self._drawn: set[str] = set()
        self._newest: dict[str, Picture] = {}
        self._shown_ms = -KEEP_ALIVE_MS
        self._began_s = self._told_s = time.monotonic()

    def run(self) -> Film:
        try:
            with ThreadPoolExecutor(self._job.encoding.threads, thread_name_prefix="decode") as pool:
                self._compose(pool)
            self._encoder.close()
        except BaseException:
            self._encoder.abandon()
            raise
        finally:
            for picture in self._pictures.values():
                picture.rest()
            for sound in self._sounds:
                sound.close()
        if not finish(self._job.scratch_fd, self._job.output_fd, self._cancelled):
            raise Cancelled
        self._report(self._job.until_ms - self._job.from_ms)
        faults: list[Fault] = []
        for reader in (*self._pictures.values(), *self._sounds):
            faults += cast("PictureReader | SoundReader", reader).faults
        return Film(
            duration_ms=self._job.until_ms - self._job.from_ms,
            bytes=size_of(self._job.output_fd),
            ticks=self._ticks,
            encoded=self._encoder.encoded,
            faults=tuple(faults[:_MAX_FAULTS]),
        )

    def _film_ms(self, tick: int) -> int:
        return tick * 1000 // self._job.look.fps

    def _compose(self, pool: ThreadPoolExecutor) -> None:
        seats, ahead = self._decode_ahead(pool, 0)
        for tick in range(self._ticks):
            if self._cancelled():
                raise Cancelled
            here, pictures = seats, {track: wait.result() for track, wait in ahead.items()}
            if tick + 1 < self._ticks:
                # While this tick is drawn and encoded, the pool decodes for the next.
                seats, ahead = self._decode_ahead(pool, tick + 1)
            at_ms = self._film_ms(tick)
            self._draw(here, pictures, at_ms)
            self._mix(at_ms, self._film_ms(tick + 1))
            now_s = time.monotonic()
            if now_s - self._told_s >= PROGRESS_EVERY_S:
                self._told_s = now_s
                self._report(at_ms)

    def _decode_ahead(self, pool: ThreadPoolExecutor, tick: int) -> tuple[tuple[Seat, ...], Ahead]:
        # Half a tick later: a picture is shown at the tick that is nearest to it, not at the next.
        at_ms = self._job.from_ms + self._film_ms(tick) + 500 // self._job.look.fps
        seats = self._stage.at(at_ms)
        shown = self._largest(seats)
        before = {seat.track for seat in self._seats if seat.track in self._pictures}
        for hidden in before - shown.keys():
            self._pictures[hidden].rest()
        for new in shown.keys() - before:
            self._pictures[new].skip_to(at_ms)
        self._seats = seats
        return seats, {
            track: pool.submit(_decoded, self._pictures[track], at_ms, cell) for track, cell in shown.items()
        }

    def _largest(self, seats: tuple[Seat, ...]) -> dict[str, Rect]:
        """The largest cell of every picture track that is shown."""
        cells: dict[str, Rect] = {}
        for seat in seats:
            if seat.track in self._pictures:
                known = cells.get(seat.track)
                if known is None or seat.cell.width * seat.cell.height > known.width * known.height:
                    cells[seat.track] = seat.cell
        return cells

    def _draw(self, seats: tuple[Seat, ...], pictures: dict[str, Picture | None], at_ms: int) -> None:
        composer = self._composer
        composer.arrange(Place(seat.tile, seat.cell, seat.name, seat.card) for seat in seats)
        for seat in seats:
            composer.mute(seat.tile, muted=seat.muted)
            composer.cover(seat.tile, seat.cover)
        self._feed(seats, pictures)
        changed = composer.tick(self._job.from_ms + at_ms)
        if changed or at_ms - self._shown_ms >= KEEP_ALIVE_MS or at_ms == self._film_ms(self._ticks - 1):
            # The last tick is always shown: it gives the film its length.
            self._shown_ms = at_ms
            self._encoder.picture(composer.canvas.frame(), at_ms)

    def _feed(self, seats: tuple[Seat, ...], pictures: dict[str, Picture | None]) -> None:
        tracks = {seat.track for seat in seats if not seat.cover}
        self._newest = {track: picture for track, picture in self._newest.items() if track in tracks}
        self._newest |= {track: picture for track, picture in pictures.items() if picture is not None}
        for seat in seats:
            # A picture that stands still is shown in a tile that is new, too.
            picture = pictures.get(seat.track) or (None if seat.tile in self._drawn else self._newest.get(seat.track))
            if picture is not None:
                self._composer.feed(seat.tile, picture)
        self._drawn = {seat.tile for seat in seats}

    def _mix(self, from_ms: int, until_ms: int) -> None:
        block = self._encoder.block
        while self._sample < until_ms * SOUND_HZ // 1000:
            for reader, row in zip(self._sounds, self._mixer.matrix, strict=True):
                reader.fill(self._sample, row)
            self._encoder.sound(self._mixer.mix(), self._sample)
            self._sample += block
        if self._mixer.loudest is not None:
            self._stage.heard(self._voices[self._mixer.loudest].participant, self._job.from_ms + from_ms)

    def _report(self, done_ms: int) -> None:
        spent_s = max(1e-3, time.monotonic() - self._began_s)
        self._tell(Progress(done_ms, self._job.until_ms - self._job.from_ms, done_ms / 1000 / spent_s))


def stage_of(job: Job) -> Stage | WallStage:
    """Raises InvalidLayout."""
    look = job.look
    if look.board is None:
        return Stage(job.tracks, job.events, look.layout, look.size)
    return WallStage(
        job.tracks,
        job.events,
        look.board,
        look.size,
        from_ms=job.from_ms,
        utc_offset_min=look.utc_offset_min,
    )


def _decoded(reader: PictureReader, at_ms: int, cell: Rect) -> Picture | None:
    """On a thread of the pool."""
    frame = reader.advance(at_ms)
    return None if frame is None else fitted(frame, cell)
