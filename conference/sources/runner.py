"""One source's life in the core: the child that reads it, what is heard of it, what is said about it."""

import logging
import socket
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from conference.media.plane import Plane
from conference.model.errors import HuishangError, ServerFull
from conference.model.source import Cause, SourceRecord, SourceState
from conference.ports import Clock
from conference.sources import words
from conference.sources.address import AddressPolicy
from conference.sources.feed import Feed
from conference.sources.health import PLAYING, Health
from conference.sources.nursery import Child, Exit, SourceNursery
from config.settings import SourceSettings

CRASHES: Final = 3
CRASH_WINDOW_S: Final = 60.0
"""Three crashes within a minute: what it sends breaks its reader, and a fourth try would only cost the others."""
SILENT_S: Final = 3.0
"""A publisher that sends nothing for so long has lost its place to whoever comes with the key."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """What all runners share."""

    plane: Plane
    nursery: SourceNursery
    policy: AddressPolicy
    settings: SourceSettings
    clock: Clock
    changed: Callable[["Runner"], None]
    """The status of a source is another one."""
    codecs_seen: Callable[["Runner", str, str], None]
    """What a source sends now: video codec, audio codec."""
    kept: Callable[["Runner", words.Data], None]
    """A data packet of a source."""


@dataclass(slots=True)
class Connection:
    """One child at work. `heard_s`: monotonic time at which its last media came."""

    child: Child | None
    begun_s: float
    heard_s: float
    exited: bool = field(default=False)


class Runner:
    """Base of all kinds. `restarts`: connections begun since start."""

    def __init__(self, record: SourceRecord, hall: Hall) -> None:
        self.record = record
        self.hall = hall
        self.thumbnail: bytes | None = None
        self.restarts = 0
        self.alarms = 0
        self.was_live = False
        self.health = Health(
            self._resting_state(record), at_ms=self._now_ms(), frozen_after_s=hall.settings.frozen_after_s
        )
        self.feed = Feed(hall.plane, record.id, record.kind, on_need=self._needed)
        self._connection: Connection | None = None
        self._crashes: deque[float] = deque(maxlen=CRASHES)

    # ---- what the supervisor asks for ----

    def start(self) -> None:
        """Begins, if it is enabled. Idempotent."""

    def close(self) -> None:
        """Ends everything of it; it may not be used again."""
        self._drop()
        self.feed.close()

    def restart(self) -> None:
        """Another try at once; lifts the quarantine."""
        self._crashes.clear()
        self._drop()
        self.say(self._resting_state(self.record))
        self.start()

    def cut(self, cause: Cause) -> None:
        """Ends the running connection."""
        if self._connection is not None:
            self._drop()
            self.say(SourceState.OFFLINE if self.was_live else SourceState.WAITING, cause)

    def second(self) -> None:
        """Once a second."""

    @property
    def quarantined(self) -> bool:
        return self.health.status.state is SourceState.QUARANTINED

    @property
    def publishing(self) -> bool:
        """Somebody sends right now."""
        return self._connection is not None

    # ---- children ----

    async def spawn(self, job: words.Job, fds: Sequence[int]) -> None:
        """A child for one connection; an earlier one ends. Raises ServerFull, ChildUnavailable."""
        self._drop()
        media: socket.socket = self.feed.inject()
        now_s = self.hall.clock.monotonic_s()
        connection = Connection(None, now_s, now_s)
        self._connection = connection
        self.restarts += 1
        try:
            child = await self.hall.nursery.spawn(
                self.record.id,
                job,
                [media.fileno(), *fds],
                on_word=lambda word, passed: self._heard(connection, word, passed),
                on_exit=lambda exit_: self._exit(connection, exit_),
            )
        except BaseException:
            if self._connection is connection:
                self._connection = None
            raise
        finally:
            media.close()
        if self._connection is not connection:  # another connection took its place meanwhile
            child.kill()
            return
        connection.child = child
        child.send(self.feed.need)

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None and connection.child is not None and not connection.exited:
            connection.child.stop()

    def _heard(self, connection: Connection, word: words.FromChild, passed: list[int]) -> None:
        del passed  # a source's child gives nothing away
        if connection is not self._connection:
            return
        match word:
            case words.Formats():
                self._heard_formats(word)
            case words.Report():
                connection.heard_s = max(connection.heard_s, self.heard_s(word))
                self._tell(self.health.heard_report(word, at_ms=self._now_ms()))
            case words.Thumbnail():
                self.thumbnail = word.jpeg
            case words.Data():
                self.hall.kept(self, word)
            case _:
                pass  # beats, and words of gates

    def heard_s(self, report: words.Report) -> float:
        """When the last media came, monotonic; 0.0 when none did."""
        ages = [age for age in (report.picture_age_ms, report.audio_age_ms) if age is not None]
        return self.hall.clock.monotonic_s() - min(ages) / 1000 if ages else 0.0

    def _heard_formats(self, formats: words.Formats) -> None:
        try:
            self.feed.announce(video=bool(formats.video_out), audio=formats.audio_out)
        except ServerFull as error:
            log.warning("x source %s: %s", self.record.id, error)
        self.hall.codecs_seen(self, formats.video_codec, formats.audio_codec)
        self._tell(self.health.heard_formats(formats, at_ms=self._now_ms()))

    def _exit(self, connection: Connection, exit_: Exit) -> None:
        connection.exited = True
        if connection is not self._connection:
            return
        self._connection = None
        if exit_.reason == "ended" and exit_.ended is not None:
            log.info("- source %s: %s %s", self.record.id, exit_.ended.cause, exit_.ended.detail)
            self.ended(exit_.ended.cause)
            return
        log.warning("x source %s: its reader %s after %.1f s", self.record.id, exit_.reason, exit_.runtime_s)
        now_s = self.hall.clock.monotonic_s()
        self._crashes.append(now_s)
        cause = {"stalled": Cause.STALLED, "over-limit": Cause.OVER_LIMIT}.get(exit_.reason, Cause.CRASHED)
        if len(self._crashes) == CRASHES and now_s - self._crashes[0] <= CRASH_WINDOW_S:
            self.alarms += 1
            log.error("x source %s is quarantined: %d crashes within %d s", self.record.id, CRASHES, CRASH_WINDOW_S)
            self.say(SourceState.QUARANTINED, cause)
            self.idle()
            return
        self.ended(cause)

    def ended(self, cause: str) -> None:
        """The connection is over by itself."""
        self.say(*self.resting(cause))
        self.idle()

    def resting(self, cause: str) -> tuple[SourceState, Cause | None]:
        """The state after a connection that ended for this reason."""
        if cause == "wrong-password":
            return SourceState.WRONG_PASSWORD, None
        known = Cause.of(cause)
        if known in (Cause.VIDEO_CODEC, Cause.NO_TRACKS):
            return SourceState.UNSUPPORTED, known
        return SourceState.OFFLINE, known

    def idle(self) -> None:
        """No connection runs any more."""

    def _needed(self, need: words.Need) -> None:
        connection = self._connection
        if connection is not None and connection.child is not None and not connection.exited:
            connection.child.send(need)

    # ---- what is said ----

    def say(self, state: SourceState, cause: Cause | None = None) -> None:
        """Sets the state; tells when it is another one."""
        self._tell(self.health.set(state, cause, at_ms=self._now_ms()))

    def _tell(self, changed: bool) -> None:
        self.was_live = self.was_live or self.health.status.state in PLAYING
        if changed:
            with suppress(HuishangError):
                self.hall.changed(self)

    def _resting_state(self, record: SourceRecord) -> SourceState:
        if not record.enabled:
            return SourceState.DISABLED
        if record.kind.pushes:
            return SourceState.WAITING
        return SourceState.STANDBY if record.on_demand else SourceState.CONNECTING

    def _now_ms(self) -> int:
        return int(self.hall.clock.wall_s() * 1000)
