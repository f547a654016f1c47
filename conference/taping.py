"""What the conference asks of a recorder, and what it keeps of a running recording. The recorder itself is plugged in
by the composition root: the conference knows no files."""

import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from conference.media.tap import TapConnection, TapTrack
from conference.model.ids import Identity, ParticipantId, RecordingId, RoomId
from conference.model.outgoing import RecordingMark
from conference.model.participant import ParticipantView
from conference.model.recording import RecordingEventKind
from conference.model.track import Source
from conference.results import RecordingStats


@dataclass(frozen=True, slots=True)
class Recorded:
    """A tapped track with who sends it, as the index will show it. `kept`: the relay answers a request for a keyframe
    with what it keeps, and does not pass it on. `transport`: the connection it comes over, 0 for what has none."""

    tap: TapTrack
    source: Source
    participant: ParticipantId
    identity: Identity
    name: str
    kept: bool = False
    transport: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRequest:
    """`open_tap`: a reader's end, anew for each reader; raises ServerFull. `alarm`: told whenever it changes: error
    (the disk fails), full, restarting (its writer has crashed), slow (the disk hangs), low (space runs out), None (all
    is well). `ended`: the recording is over although nobody stopped it."""

    room: RoomId
    room_name: str
    started_by: Identity
    started_by_name: str
    automatic: bool
    open_tap: Callable[[], socket.socket]
    alarm: Callable[[str | None], None]
    ended: Callable[[], None]


class RecordingRun(Protocol):
    """One running recording. No call waits for the disk, but `end`, which returns when all is written."""

    @property
    def id(self) -> RecordingId: ...

    @property
    def started_at_ms(self) -> int: ...

    def set_tracks(self, tracks: Sequence[Recorded]) -> None:
        """All tracks there are now."""
        ...

    def event(self, kind: RecordingEventKind, participant: ParticipantView) -> None: ...

    async def end(self) -> None: ...


class Recorder(Protocol):
    """Where recordings are made."""

    async def begin(self, request: RecordingRequest) -> RecordingRun:
        """Returns when the recording is durable and its writer runs. An interrupted recording of the same room goes on
        under its old id. Raises RecorderUnavailable, RecordingDiskFull, ServerFull, ChildUnavailable."""
        ...

    def takes(self) -> bool:
        """False: `begin` would refuse, for want of space."""
        ...

    def interrupted(self) -> Collection[RoomId]:
        """Rooms whose recording was cut off by a crash and waits for people to come back."""
        ...

    def stats(self) -> RecordingStats: ...


@dataclass(slots=True)
class Tape:
    """A room's running recording."""

    run: RecordingRun
    tap: TapConnection
    mark: RecordingMark
