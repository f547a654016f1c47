"""All tracks of one recording: words in, packets in, files out."""

import os
import time
from collections.abc import Callable, Iterable
from typing import Final, Literal

from conference.children.datagrams import close_all
from conference.children.words import BEAT_PERIOD_S
from conference.children.worker.loop import Loop
from recorder import words
from recorder.worker.disk import Disk, DiskFailed, DiskFile
from recorder.worker.segment import ClosedReason, Segment
from recorder.worker.sound import CLOCKS_HZ, SoundTrack
from recorder.worker.storage import Storage
from recorder.worker.tap import Tap
from recorder.worker.video import CLOCK_HZ, FORMATS, VideoTrack

_TICK_S: Final = 1 / 4
"""Each is a wake, and a process that wakes finds its caches cold: that costs more than the packets. After each, what
has come goes to the disk. So a kill of this process loses two of them at most: what waits in the socket and what is on
its way to the disk."""
_EARLY_S: Final = 0.03
"""A poll that comes so shortly before a tick is one with it."""
_MISSING_S: Final = 0.025
"""A keyframe is asked for 0.2 s after a loss: a tick until the hole is seen, then two of these."""
_BRISK_S, _BRISK_POLL_S = 3.0, 0.01
"""While a track is new, the arrival of its packets tells the time: it has to be known well."""
_SYNC_TICKS: Final = round(words.SYNC_PERIOD_S / _TICK_S)
_SYNCED_AT_ONCE: Final = 4
_BEAT_TICKS: Final = round(BEAT_PERIOD_S / _TICK_S)

Cause = Literal["stopped", "tap-closed"]
_FORSAKEN: Final = words.Trouble("error", "no core")


class Recorder:
    """`tell`: words to the core. `on_ended`: once, when all segments are closed after `stop` or the end of the tap."""

    def __init__(
        self,
        loop: Loop,
        tap_fd: int,
        buffer_bytes: int,
        tell: Callable[[words.FromChild], None],
        on_ended: Callable[[Cause], None],
    ) -> None:
        self._loop = loop
        self._base_us = time.time_ns() // 1000 - round(loop.now_s() * 1e6)
        self.tell = tell
        self._on_ended = on_ended
        self.disk = Disk()
        self._storage = Storage(self.disk, buffer_bytes, tell)
        self._tracks: dict[int, VideoTrack | SoundTrack] = {}
        self._ssrcs: dict[int, int] = {}
        self._requests: dict[int, Segment] = {}
        self._request = 0
        self._open_segments = 0
        self._past = words.Report(0, 0, 0, 0, 0, 0, 0)
        self._ticks = 0
        self._ending: Cause | None = None
        self._tap = Tap(loop, tap_fd, self._now_us, lambda: self.stop("tap-closed"))
        loop.watch(self.disk.wake_fd, self._woken)
        self._brisk_until_s = 0.0
        self._tick_at_s = loop.now_s() + _TICK_S
        loop.later(_TICK_S, self._turn)

    def heard(self, word: words.ToChild, fds: list[int]) -> None:
        """A word of the core. Raises ValueError for one that does not belong here."""
        match word:
            case words.File() if len(fds) == 1:
                self._file(word, fds[0])
                self.disk.submit()
                return
            case words.Track():
                self._track(word)
            case words.Untrack():
                self._untrack(word.track, "ended")
            case words.NoFile():
                self._no_file(word.request, words.Trouble(word.kind, word.detail))
            case words.Pause():
                self._storage.pause(word.paused)
            case words.Stop():
                self.stop("stopped")
            case _:
                close_all(fds)
                raise ValueError(f"{type(word).__name__} to a recorder")
        close_all(fds)
        self.disk.submit()

    def stop(self, cause: Cause) -> None:
        """Close everything; `on_ended` when that is done."""
        if self._ending is None:
            self._ending = cause
            self.disk.hasty = True
            self.disk.results()
            for number in list(self._tracks):
                self._untrack(number, "stopped" if cause == "stopped" else "ended")
            self._end_if_done()
            self.disk.submit()

    def forsake(self) -> None:
        """The core is gone: nobody gives files any more. What has one is closed properly."""
        for request in list(self._requests):
            self._no_file(request, _FORSAKEN)
        self.stop("stopped")
        for request in list(self._requests):
            self._no_file(request, _FORSAKEN)
        self.disk.submit()

    # ---- what lanes and segments ask ----

    def open(self, segment: Segment) -> None:
        self._request += 1
        self._open_segments += 1
        self._requests[self._request] = segment
        self.tell(words.NeedFile(self._request, segment.plan.track))

    def accepts(self) -> bool:
        return self._storage.accepts

    def failed(self, failure: DiskFailed, file: DiskFile) -> bool:
        return self._storage.failed(failure, file)

    def closed(self, _segment: Segment) -> None:
        self._open_segments -= 1
        self._end_if_done()

    # ---- words ----

    def _track(self, word: words.Track) -> None:
        if self._ending is not None:
            return
        clock_hz = CLOCKS_HZ.get(word.codec) if word.kind == "audio" else CLOCK_HZ if word.codec in FORMATS else None
        if clock_hz != word.clock_hz:
            self.tell(words.Refused(word.track, "bad-format"))
            return
        old = self._untrack(word.track, "changed")
        if len(self._tracks) >= words.MAX_TRACKS:
            self.tell(words.Refused(word.track, "too-many"))
            return
        track: VideoTrack | SoundTrack
        if word.kind == "audio":
            track = SoundTrack(word, self)
        else:
            track = VideoTrack(word, self, lambda: self._tap.ask_keyframe(word.ssrc))
        if old is not None:
            track.lane.follow(old.lane)
        self._tracks[word.track] = track
        self._ssrcs[word.track] = word.ssrc
        self._tap.receivers[word.ssrc] = track
        self._brisk_until_s = self._loop.now_s() + _BRISK_S
        # The first keyframe is asked for at once.
        track.tick(self._now_us())

    def _untrack(self, number: int, reason: ClosedReason) -> VideoTrack | SoundTrack | None:
        track = self._tracks.pop(number, None)
        if track is None:
            return None
        self._tap.release(self._ssrcs.pop(number), track)
        track.end(reason, self._now_us())
        self._past = self._counted([track])
        return track

    def _file(self, word: words.File, fd: int) -> None:
        segment = self._requests.pop(word.request, None)
        if segment is None:
            os.close(fd)
        else:
            self._storage.file_came()
            segment.attach(fd, word.segment, os.urandom(16))

    def _no_file(self, request: int, why: words.Trouble) -> None:
        segment = self._requests.pop(request, None)
        if segment is not None:
            self._storage.no_file(why)
            segment.abandon()

    # ---- time ----

    def _now_us(self) -> int:
        """Unix time that does not jump when somebody sets the clock."""
        return self._base_us + round(self._loop.now_s() * 1e6)

    def _turn(self) -> None:
        """Packets; each time it is due, the tick. One wake for both."""
        delay_s = self._tap.poll()
        now_s = self._loop.now_s()
        if now_s >= self._tick_at_s - _EARLY_S:
            self._tick_at_s = max(self._tick_at_s, now_s - _TICK_S) + _TICK_S
            self._tick()
        else:
            self._look_for_the_missing()
        if now_s < self._brisk_until_s:
            delay_s = min(delay_s, _BRISK_POLL_S)
        elif any(track.intake.waits for track in self._tracks.values()):
            delay_s = min(delay_s, _MISSING_S)
        self.disk.submit()
        self._loop.later(min(delay_s, max(self._tick_at_s - now_s, 0.0)), self._turn)

    def _woken(self) -> None:
        self.disk.woken()
        self.disk.submit()

    def _look_for_the_missing(self) -> None:
        now_us = self._now_us()
        for track in self._tracks.values():
            if track.intake.waits:
                track.tick(now_us)

    def _tick(self) -> None:
        self._ticks += 1
        now_us = self._now_us()
        self.disk.results()
        waiting = self.disk.waiting_bytes + sum(segment.waiting_bytes for segment in self._requests.values())
        self._storage.tick(waiting, now_us)
        for number, track in self._tracks.items():
            track.tick(now_us)
            track.lane.flush()
            if (self._ticks + number // _SYNCED_AT_ONCE) % _SYNC_TICKS == 0:
                # Of many tracks each few at their own moment: the disk gets its syncs one by one.
                track.lane.sync(now_us)
        if self._ticks % _BEAT_TICKS == 0:
            self.tell(words.Beat())
        if self._ticks % _SYNC_TICKS == 0:
            self.tell(self._counted(self._tracks.values(), waiting))

    def _counted(self, tracks: Iterable[VideoTrack | SoundTrack], waiting: int = 0) -> words.Report:
        past = self._past
        lost, dropped, asked, malformed = (
            past.lost_packets,
            past.dropped_frames,
            past.keyframe_requests,
            past.malformed_packets,
        )
        for track in tracks:
            lost += track.intake.lost_packets
            dropped += track.lane.dropped_frames
            asked += track.keyframe_requests
            malformed += track.malformed
        return words.Report(waiting, self.disk.written_bytes, lost, dropped, asked, malformed, self._tap.foreign)

    def _end_if_done(self) -> None:
        cause = self._ending
        if cause is not None and self._open_segments == 0 and not self._tracks:
            self._on_ended(cause)
