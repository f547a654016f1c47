"""One running recording: its child, what the child writes where, and what the index must know of it."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

from conference.model.errors import ChildUnavailable, HuishangError, ServerFull
from conference.model.ids import SegmentId
from conference.model.recording import (
    DiskState,
    Fragment,
    Gap,
    GapReason,
    RecordedKind,
    RecordedTrack,
    Recording,
    RecordingEvent,
    RecordingEventKind,
    Segment,
    new_segment_id,
    new_track_id,
)
from conference.model.track import Kind
from recorder import words
from recorder.alarm import Alarm
from recorder.integrity import seal
from recorder.repair import settle

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from conference.children.child import Child
    from conference.children.exits import Exit
    from conference.model.ids import RecordedTrackId, RecordingId, TrackId
    from conference.model.participant import ParticipantView
    from conference.model.recording import RecordingContents
    from conference.taping import Recorded, RecordingRequest
    from recorder.service import RecorderService

RETRY_S: Final = (0.0, 0.5, 2.0, 5.0)
"""After a crash of the child; the last one repeats."""
BACK_MS: Final = 100
"""A line that goes on sooner has no gap worth telling."""
STEADY_S: Final = 30.0
"""A child that lived so long was not broken: the next one begins without a pause."""
STOP_S: Final = 15.0
KILL_S: Final = 3.0
LIMITS: Final = words.Limits(memory_bytes=512 << 20, cpu_share=1.5, stall_s=10.0)
"""A disk that stands still for some seconds is no fault of the child."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})

log = logging.getLogger(__name__)


class Run:
    """Implements `conference.taping.RecordingRun`. `before`: of a recording that a crash of the server has cut off."""

    def __init__(
        self,
        service: RecorderService,
        recording: Recording,
        request: RecordingRequest,
        before: RecordingContents | None = None,
    ) -> None:
        self.recording = recording
        self._service = service
        self._request = request
        self._child: Child[words.ToChild, words.FromChild] | None = None
        self._tapped: dict[int, Recorded] = {}
        self._rows_of: dict[TrackId, RecordedTrackId] = {}
        self._open: dict[SegmentId, Segment] = {}
        self._until_ms: dict[RecordedTrackId, int] = {}
        self._ways: dict[RecordedTrackId, tuple[int, str]] = {}
        """Over which connection each came last, and in which codec."""
        """Where each line ends so far."""
        self._lines = list(before.tracks) if before is not None else []
        # What ended last ended when the recording was taken up again: until the first picture it goes on.
        ended_ms = max((gap.until_ms or 0 for gap in before.gaps), default=0) if before is not None else 0
        self._crash_ms = {
            gap.track: gap.from_ms
            for gap in (before.gaps if before is not None else ())
            if gap.until_ms == ended_ms and gap.reason is GapReason.CRASH
        }
        self.alarm = Alarm(recording.id, request.alarm)
        self.report = words.Report(0, 0, 0, 0, 0, 0, 0)
        """What the present child counted last."""
        self._ending = False
        self._crashes = 0
        self._begun_s = 0.0
        self._exited = asyncio.Event()
        self._work: set[asyncio.Task[None]] = set()

    @property
    def id(self) -> RecordingId:
        return self.recording.id

    @property
    def started_at_ms(self) -> int:
        return int(self.recording.started_at_s * 1000)

    async def start(self) -> None:
        """Begins to write. Raises ServerFull, ChildUnavailable, OSError."""
        with self._request.open_tap() as tap:
            self._exited.clear()
            self._begun_s = asyncio.get_running_loop().time()
            self._child = await self._service.nursery.spawn(
                self.id,
                words.Start(recording=self.id, limits=LIMITS, buffer_bytes=self._service.buffer_bytes),
                [tap.fileno()],
                on_word=self._heard,
                on_exit=self._exit,
            )
        self.disk_changed(self._service.watch.state)
        for number, recorded in self._tapped.items():
            self._tell_track(number, recorded)

    def disk_changed(self, state: DiskState) -> None:
        """There is room for recordings, little of it, or none any more: then it pauses."""
        self.alarm.set("disk", None if state is DiskState.OK else state.value)
        self._send(words.Pause(paused=not state.takes))

    def set_tracks(self, tracks: Sequence[Recorded]) -> None:
        wanted = {recorded.tap.number: recorded for recorded in tracks}
        for number in [number for number in self._tapped if number not in wanted]:
            del self._tapped[number]
            self._send(words.Untrack(track=number))
        for number, recorded in wanted.items():
            if number not in self._tapped:
                self._tapped[number] = recorded
                self._tell_track(number, recorded)

    def event(self, kind: RecordingEventKind, participant: ParticipantView) -> None:
        self._service.rows.event(
            RecordingEvent(
                recording=self.id,
                at_ms=self._now_ms(),
                kind=kind,
                participant=participant.id,
                name=participant.name,
            )
        )

    async def end(self) -> None:
        self._ending = True
        if self._child is not None:
            self._child.stop()
            try:
                async with asyncio.timeout(STOP_S):
                    await self._exited.wait()
            except TimeoutError:
                self._child.kill()
                await self._bury()
        while self._work and self._child is None:
            await asyncio.wait(self._work)
        await self._service.finish(self)

    async def _bury(self) -> None:
        """A process that waits for a dead disk does not even die; what it leaves is repaired at the next start."""
        try:
            async with asyncio.timeout(KILL_S):
                await self._exited.wait()
        except TimeoutError:
            log.error("x recording %s: its writer hangs in the disk and cannot be ended", self.id)  # noqa: TRY400

    # ---- words ----

    def _heard(self, word: words.FromChild, passed: list[int]) -> None:
        for fd in passed:
            os.close(fd)
        match word:
            case words.NeedFile():
                self._spawn(self._give_file(word))
            case words.Segment():
                self._segment(word)
            case words.Synced():
                self._synced(word)
            case words.Closed():
                self._spawn(self._close(word))
            case words.Gap():
                self._gap(word)
            case words.Trouble():
                self.alarm.set("writer", None if word.kind == "none" else word.kind, word.detail)
            case words.Report():
                self.report = word
            case words.Refused():
                log.warning("x recording %s: a track is not recorded: %s", self.id, word.reason)
            case _:
                pass  # beats

    async def _give_file(self, word: words.NeedFile) -> None:
        segment = new_segment_id()
        try:
            fd = await self._service.on_disk(self._service.folder.create, self.id, segment)
        except OSError as error:
            detail = f"no file: {error.strerror}"[:80]
            kind: Literal["full", "error"] = "full" if error.errno in _FULL else "error"
            self._send(words.NoFile(request=word.request, kind=kind, detail=detail))
            return
        try:
            self._send(words.File(request=word.request, segment=segment), [fd])
        finally:
            os.close(fd)

    def _segment(self, word: words.Segment) -> None:
        recorded = self._tapped.get(word.track)
        track = self._rows_of.get(recorded.tap.track) if recorded is not None else None
        if recorded is None or track is None:
            return
        row = Segment(
            id=SegmentId(word.segment),
            recording=self.id,
            track=track,
            codec=word.codec,
            started_at_ms=word.begun_ms,
            until_ms=word.begun_ms,
            width=word.width,
            height=word.height,
        )
        self._open[row.id] = row
        self._service.rows.segment(row)
        way = recorded.transport, word.codec
        before, self._ways[track] = self._ways.get(track, way), way
        crashed_ms, until_ms = self._crash_ms.pop(track, None), self._until_ms.get(track)
        if crashed_ms is not None:
            until_ms = max(crashed_ms, word.begun_ms)
            self._service.rows.gap(Gap(track=track, from_ms=crashed_ms, until_ms=until_ms, reason=GapReason.CRASH))
        elif word.reason == "begun" and until_ms is not None and until_ms + BACK_MS < word.begun_ms:
            # Its sender had gone or goes on otherwise, which the writer cannot know: to it, this is another track.
            reason = GapReason.CODEC if before[0] == way[0] and before != way else GapReason.RECONNECT
            gap = Gap(track=track, from_ms=until_ms, until_ms=word.begun_ms, reason=reason)
            self._service.rows.gap(gap)

    def _synced(self, word: words.Synced) -> None:
        segment = self._open.get(SegmentId(word.segment))
        if segment is None:
            return
        until_ms = max(segment.until_ms, word.until_ms)
        self._open[segment.id] = replace(segment, until_ms=until_ms)
        self._until_ms[segment.track] = until_ms
        first = word.keyframes[0] if word.keyframes else None
        self._service.rows.fragment(
            Fragment(
                segment=segment.id,
                number=word.number,
                offset=word.offset,
                length=word.length,
                sha256=word.sha256,
                from_ms=word.from_ms,
                until_ms=word.until_ms,
                keyframe_offset=first.offset if first is not None else None,
                keyframe_ms=first.at_ms if first is not None else None,
            )
        )

    async def _close(self, word: words.Closed) -> None:
        segment = self._open.pop(SegmentId(word.segment), None)
        if segment is not None:
            await self._service.rows.committed()
            await seal(self._service.store, segment.id)

    def _gap(self, word: words.Gap) -> None:
        recorded = self._tapped.get(word.track)
        track = self._rows_of.get(recorded.tap.track) if recorded is not None else None
        if track is not None:
            reason = GapReason.of(word.reason)
            self._service.rows.gap(Gap(track=track, from_ms=word.from_ms, until_ms=word.until_ms, reason=reason))

    # ---- the child's end ----

    def _exit(self, exit_: Exit) -> None:
        self._child = None
        self._exited.set()
        self._service.count(self.report)
        self.report = words.Report(0, 0, 0, 0, 0, 0, 0)
        if self._ending:
            self._spawn(self._settle())
            return
        log.error("x recording %s: its writer %s (%s); another one begins", self.id, exit_.reason, exit_.detail)
        self.alarm.set("writer", None)
        self.alarm.set("crash", "restarting")
        self._spawn(self._again())

    async def _again(self) -> None:
        """The same recording goes on with another child; what is missing in between is marked."""
        if asyncio.get_running_loop().time() - self._begun_s > STEADY_S:
            self._crashes = 0
        await self._settle()
        while not self._ending:
            await asyncio.sleep(RETRY_S[min(self._crashes, len(RETRY_S) - 1)])
            self._crashes += 1
            try:
                await self.start()
            except (ChildUnavailable, ServerFull, OSError) as error:
                log.warning("x recording %s: %s", self.id, error)
                continue
            self._service.restarts += 1
            self.alarm.set("crash", None)
            return

    async def _settle(self) -> None:
        """Files that a dead child has left open: all that is in them is indexed."""
        left, self._open = list(self._open.values()), {}
        await self._service.rows.committed()
        for segment in left:
            try:
                lasting = not self._ending
                settled = await settle(self._service.store, self._service.folder, segment, lasting=lasting)
            except (HuishangError, OSError) as error:
                log.warning("x segment %s: %s", segment.id, error)
            else:
                self._crash_ms[segment.track] = settled.until_ms

    # ---- inside ----

    def _tell_track(self, number: int, recorded: Recorded) -> None:
        tap = recorded.tap
        if tap.track not in self._rows_of:
            self._rows_of[tap.track] = self._line(recorded)
        if tap.codec == "red":
            return
        self._send(
            words.Track(
                track=number,
                kind=tap.kind.value,
                codec=tap.codec,
                clock_hz=tap.clock_hz,
                pt=tap.pt,
                ssrc=tap.ssrc,
                name=recorded.name[: words.MAX_NAME],
                kept=recorded.kept,
            )
        )

    def _line(self, recorded: Recorded) -> RecordedTrackId:
        """Its track in the index: whoever comes back with the same camera goes on with the old one."""
        tap = recorded.tap
        kind = RecordedKind.AUDIO if tap.kind is Kind.AUDIO else RecordedKind.VIDEO
        here = {self._rows_of[other.tap.track] for other in self._tapped.values() if other.tap.track in self._rows_of}
        for line in self._lines:
            same = line.participant == recorded.participant or (line.identity and line.identity == recorded.identity)
            if same and (line.kind, line.source) == (kind, recorded.source) and line.id not in here:
                return line.id
        line = RecordedTrack(
            id=new_track_id(),
            recording=self.id,
            kind=kind,
            started_at_ms=self._now_ms(),
            participant=recorded.participant,
            name=recorded.name,
            identity=recorded.identity,
            source=recorded.source,
        )
        self._lines.append(line)
        self._service.rows.track(line)
        return line.id

    def _send(self, word: words.ToChild, fds: Sequence[int] = ()) -> None:
        if self._child is not None:
            self._child.send(word, fds)

    def _now_ms(self) -> int:
        return int(self._service.clock.wall_s() * 1000)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._work.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("x recording %s", self.id, exc_info=task.exception())
