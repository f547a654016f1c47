"""One stream at work: packets of the room in, pictures and sound on a clock that does not wait, one encode out."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Literal

from conference.children.datagrams import close_all
from conference.children.worker.loop import Loop
from conference.layout import Rect, Size
from recorder.composed import words
from recorder.composed.worker.hearing import Hearing
from recorder.composed.worker.outputs import Outputs
from recorder.composed.worker.panes import Panes
from recorder.composed.worker.picture import LivePicture
from recorder.composed.worker.voice import LiveVoice
from recorder.film.encode import Sink
from recorder.film.job import Encoding, Look
from recorder.film.live import LiveFilm
from recorder.film.overload import LADDER, Change
from recorder.film.scale import Picture
from recorder.worker.tap import Tap
from recorder.worker.video import FORMATS

DELAY_US: Final = 150_000
"""From arrival to the picture: what comes late by less than this is still in its place, and sound stays with lips."""
DECODERS: Final = 2
KEYFRAME_PERIOD_MS: Final = 1_500
"""A segment of HLS begins with each."""
_EARLY_S: Final = 0.002
_POLL_S, _BRISK_POLL_S, _BRISK_S = 0.02, 0.005, 3.0
"""The tap holds 200 kB: the keyframes that several new tracks send at once come in tens of milliseconds."""
_REPORT_S: Final = 1.0


class Studio:
    """`tell`: words to the core. `on_ended`: once, when every output is finished after `stop`."""

    def __init__(
        self, loop: Loop, start: words.Start, tell: Callable[[words.FromChild], None], on_ended: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._tell = tell
        self._on_ended = on_ended
        self._base_us = time.time_ns() // 1000 - round(loop.now_s() * 1e6)
        self._begun_us = start.begun_ms * 1000
        self._film = _film(start, self._stepped, self._lost)
        self._panes = Panes(self._film.composer, start.language)
        self._hearing = Hearing(self._film.block)
        self._outputs = Outputs(loop, self._film, tell)
        self._pictures: dict[int, LivePicture] = {}
        self._tracks: dict[int, words.Track] = {}
        self._tap: Tap | None = None
        self._tap_fd: int | None = None
        self._decoders = ThreadPoolExecutor(DECODERS, thread_name_prefix="decode")
        self._past_lost = self._past_errors = 0
        self._encoded = 0
        self._ending = False
        self._brisk_until_s = 0.0
        self._tick_at_s = loop.now_s()
        self._report_at_s = self._tick_at_s
        loop.later(0, self._turn)

    def heard(self, word: words.ToChild, fds: list[int]) -> None:
        """A word of the core. Raises ValueError for one that does not belong here."""
        match word:
            case words.Tap() if len(fds) == 1:
                self._connect(fds[0])
            case words.Outlet() if len(fds) == 1:
                self._outputs.connect(fds[0])
            case words.AddSink() if not self._ending:
                self._outputs.add(word, fds)
            case words.Program() if not fds:
                self._program(word)
            case words.DropSink() if not fds:
                self._outputs.drop(word.sink)
            case words.Stop() if not fds:
                self.stop()
            case _:
                close_all(fds)
                raise ValueError(f"{type(word).__name__} to a composer")

    def stop(self) -> None:
        """Finishes every output; `on_ended` when that is done."""
        if not self._ending:
            self._ending = True
            self._outputs.finish()

    # ---- what there is ----

    def _connect(self, fd: int) -> None:
        receivers = {} if self._tap is None else self._tap.receivers
        self._tap = Tap(self._loop, fd, self._now_us, lambda: None)
        self._tap.receivers.update(receivers)
        if self._tap_fd is not None:
            os.close(self._tap_fd)
        self._tap_fd = fd

    def _program(self, word: words.Program) -> None:
        wanted = {track.track: track for track in word.tracks[: words.MAX_TRACKS]}
        for number in [number for number, track in self._tracks.items() if wanted.get(number) != track]:
            self._forget(number)
        for number, track in wanted.items():
            if number not in self._tracks:
                self._take(track)
        self._panes.arrange(word.places[: words.MAX_PLACES])

    def _take(self, track: words.Track) -> None:
        receiver: LivePicture | LiveVoice
        if track.codec in FORMATS:
            receiver = LivePicture(track, lambda: self._ask(track.ssrc))
            self._pictures[track.track] = receiver
        else:
            receiver = LiveVoice(track, self._begun_us)
            if not self._hearing.add(track.track, receiver):
                return
        self._tracks[track.track] = track
        if self._tap is not None:
            self._tap.receivers[track.ssrc] = receiver
        self._brisk_until_s = self._loop.now_s() + _BRISK_S
        # The first keyframe is asked for at once.
        receiver.tick(self._now_us())

    def _forget(self, number: int) -> None:
        track = self._tracks.pop(number)
        receiver = self._pictures.pop(number, None) or self._hearing.remove(number)
        if receiver is not None:
            self._past_lost += receiver.lost_packets
            self._past_errors += receiver.decode_errors
            if self._tap is not None:
                self._tap.release(track.ssrc, receiver)

    def _ask(self, ssrc: int) -> None:
        if self._tap is not None:
            self._tap.ask_keyframe(ssrc)

    # ---- time ----

    def _now_us(self) -> int:
        """Unix time that does not jump when somebody sets the clock."""
        return self._base_us + round(self._loop.now_s() * 1e6)

    def _turn(self) -> None:
        """Packets; each time it is due, the tick."""
        delay_s = self._tap.poll() if self._tap is not None else 1.0
        now_s = self._loop.now_s()
        delay_s = min(delay_s, _BRISK_POLL_S if now_s < self._brisk_until_s else _POLL_S)
        if now_s >= self._tick_at_s - _EARLY_S:
            # Whoever comes too late was busy, or gets no CPU: both are load.
            self._film.work(max(0.0, now_s - self._tick_at_s))
            # A tick that is missed is not made up for.
            self._tick_at_s = max(self._tick_at_s + 1 / self._film.step.fps, now_s)
            self._tick()
        self._outputs.tick()
        if self._ending and self._outputs.idle:
            self._film.close()
            self._on_ended()
            return
        self._loop.later(min(delay_s, max(self._tick_at_s - self._loop.now_s(), 0.0)), self._turn)

    def _tick(self) -> None:
        now_us = self._now_us()
        for receiver in self._receivers():
            receiver.tick(now_us)
        shown_us = now_us - DELAY_US
        stream_ms = (shown_us - self._begun_us) // 1000
        if stream_ms < 0:
            return
        # Half a tick ahead: a picture is shown at the tick that is nearest to it, not at the next.
        decode_s = self._decode(shown_us + 500_000 // self._film.step.fps, now_us)
        self._panes.tick(self._pictures, now_us)
        self._film.work(decode_s)
        self._film.tick(stream_ms, shown_us // 1000)
        relayed = self._outputs.relayed
        for at, samples in self._hearing.blocks(stream_ms):
            self._film.sound(samples, at)
            relayed.sound(samples, at)
        relayed.tick(stream_ms)
        if self._loop.now_s() >= self._report_at_s:
            self._report_at_s = max(self._report_at_s + _REPORT_S, self._loop.now_s())
            self._report()

    def _decode(self, until_us: int, now_us: int) -> float:
        """All pictures that are due, by two threads at once. Returns how long it took, s."""
        due = [number for number, picture in self._pictures.items() if picture.due(until_us)]
        if not due:
            return 0.0
        began_s = time.perf_counter()
        jobs = [(self._pictures[number], until_us, self._panes.cells(number)) for number in due]
        for number, picture in zip(due, self._decoders.map(_decoded, jobs), strict=True):
            if picture is not None:
                self._pictures[number].shown_us = now_us
                self._panes.feed(number, picture)
        return time.perf_counter() - began_s

    def _report(self) -> None:
        encoded, self._encoded = self._film.encoded - self._encoded, self._film.encoded
        receivers = self._receivers()
        step = self._film.step
        self._tell(
            words.Report(
                encoded=encoded,
                load=round(self._film.load, 3),
                fps=step.fps,
                preset=step.preset,
                waiting_tracks=self._panes.waiting,
                lost_packets=self._past_lost + sum(receiver.lost_packets for receiver in receivers),
                decode_errors=self._past_errors + sum(receiver.decode_errors for receiver in receivers),
                sinks=self._outputs.reports(),
            )
        )

    def _receivers(self) -> list[LivePicture | LiveVoice]:
        return [*self._pictures.values(), *self._hearing.voices.values()]

    def _stepped(self, change: Change) -> None:
        reason: Literal["overload", "recovered"] = "overload" if change.reason == "overload" else "recovered"
        self._tell(words.Stepped(change.now.fps, change.now.preset, reason, change.load))

    def _lost(self, sink: Sink, error: Exception) -> None:
        self._outputs.lost(sink, error)


def _decoded(job: tuple[LivePicture, int, list[Rect]]) -> Picture | None:
    """On a thread of the pool."""
    picture, until_us, cells = job
    return picture.decode(until_us, cells)


def _film(start: words.Start, said: Callable[[Change], None], lost: Callable[[Sink, Exception], None]) -> LiveFilm:
    look = Look(
        size=Size(start.width, start.height),
        fps=start.fps,
        labels=start.labels,
        clock=start.clock,
        utc_offset_min=start.utc_offset_min,
        language=start.language,
    )
    encoding = Encoding(
        sound="aac", max_bitrate_bps=start.max_bitrate_bps, threads=2, keyframe_period_ms=KEYFRAME_PERIOD_MS
    )
    ladder = tuple(step for step in LADDER if step.fps <= start.fps)
    return LiveFilm(look, encoding, [], said=said, lost=lost, ladder=ladder)
