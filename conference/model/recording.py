"""A recording: what was kept of a meeting, track by track, and what is missing from it. Records as the index has them.

recording ─┬─ tracks ── segments (one file each) ── fragments (≤ 1 s, hashed, indexed after they were synced)
           ├─ gaps (what was not written, and why)
           └─ events (who came and went)

Times in `_ms` are Unix milliseconds of the server's clock, the one time line of all tracks.
"""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from conference.model.ids import Identity, ParticipantId, RecordedTrackId, RecordingId, RoomId, SegmentId
from conference.model.track import Source

DEFAULT_ROOM_KIND: Final = "meeting"
_NO_IDENTITY: Final = Identity("")
_NO_PARTICIPANT: Final = ParticipantId("")
_RECORDING: Final = re.compile(r"rec-[0-9a-f]{16}", re.ASCII)
_SEGMENT: Final = re.compile(r"(?:seg|film)-[0-9a-f]{16}", re.ASCII)


class RecordingState(StrEnum):
    """interrupted: it ended without being stopped, and may go on; deleted: a tombstone, its files are gone."""

    RECORDING = "recording"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    DELETED = "deleted"


class RecordedKind(StrEnum):
    """film: composed of the others; unknown: found on the disk without an index."""

    AUDIO = "audio"
    VIDEO = "video"
    FILM = "film"
    UNKNOWN = "unknown"


class SegmentState(StrEnum):
    """interrupted: not closed by its writer, all that was written is indexed; missing: its file is not where it should
    be; deleted: went with its recording."""

    WRITING = "writing"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    MISSING = "missing"
    DELETED = "deleted"


class SegmentPlace(StrEnum):
    """Where the file is: in the folder of this server, or in the object storage."""

    LOCAL = "local"
    REMOTE = "remote"


class GapReason(StrEnum):
    """Why something is not there. damaged: it came, but not as its codec's format; silent: nothing was sent; codec: the
    sender went over to another one; clock: its time line jumped; overload: the recorder could not keep up; vanished: it
    was written, the disk lost it."""

    LOSS = "loss"
    DAMAGED = "damaged"
    SILENT = "silent"
    MUTED = "muted"
    PAUSED = "paused"
    RECONNECT = "reconnect"
    CODEC = "codec"
    CLOCK = "clock"
    DISK = "disk"
    OVERLOAD = "overload"
    CRASH = "crash"
    VANISHED = "vanished"
    OTHER = "other"

    @classmethod
    def of(cls, text: str) -> "GapReason":
        """The reason of that name; a word that nobody knows must not hide the gap."""
        return next((reason for reason in cls if reason.value == text), cls.OTHER)


WISHED_GAPS = (GapReason.SILENT, GapReason.MUTED, GapReason.PAUSED)
"""Nothing went wrong: nothing was sent."""


class DiskState(StrEnum):
    """low: an alarm, recording goes on. full: what is left is kept for the server itself, recording pauses. error: the
    disk does not even tell its space."""

    OK = "ok"
    LOW = "low"
    FULL = "full"
    ERROR = "error"

    @property
    def takes(self) -> bool:
        """Recordings may be written."""
        return self in (DiskState.OK, DiskState.LOW)


class RecordingEventKind(StrEnum):
    """What the time line shows beside the tracks."""

    STARTED = "started"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    RESUMED = "resumed"
    JOINED = "joined"
    LEFT = "left"
    HELD = "held"
    RELEASED = "released"


class DeletionReason(StrEnum):
    """Why a recording was deleted: older than allowed, more than the quota of its kind of room, a person's wish."""

    AGE = "age"
    QUOTA = "quota"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """`automatic`: begun by the room's setting, nobody pressed a button (then `started_by…` are empty). `room_kind`:
    whose quota it counts for. `legal_hold`: nothing deletes it. `size_bytes`: synced and indexed so far. `deleted_…`:
    the tombstone, who and why, `deleted_note` in their own words; `deleted_by` is empty when the rules of retention did
    it."""

    id: RecordingId
    room: RoomId
    room_name: str
    started_at_s: float
    room_kind: str = DEFAULT_ROOM_KIND
    started_by: Identity = _NO_IDENTITY
    started_by_name: str = ""
    automatic: bool = False
    state: RecordingState = RecordingState.RECORDING
    ended_at_s: float | None = None
    legal_hold: bool = False
    size_bytes: int = 0
    deleted_at_s: float | None = None
    deleted_by: str = ""
    deleted_reason: DeletionReason | None = None
    deleted_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTrack:
    """One published track of one person, screen, camera or drone; `name` as the meeting showed it. `source` is None for
    a film and for what was found without an index."""

    id: RecordedTrackId
    recording: RecordingId
    kind: RecordedKind
    started_at_ms: int
    participant: ParticipantId = _NO_PARTICIPANT
    name: str = ""
    identity: Identity = _NO_IDENTITY
    source: Source | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One file. `codec` as the container's world says ("vp8", "h264", "opus"). `width`, `height`: at its beginning, 0
    for sound. `size_bytes`, `until_ms`: of what is indexed. `merkle_root`: 32 bytes (`recorder.integrity`), None while
    it is being written."""

    id: SegmentId
    recording: RecordingId
    track: RecordedTrackId
    codec: str
    started_at_ms: int
    until_ms: int = 0
    size_bytes: int = 0
    width: int = 0
    height: int = 0
    state: SegmentState = SegmentState.WRITING
    place: SegmentPlace = SegmentPlace.LOCAL
    merkle_root: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """Bytes [offset, offset + length) of a segment's file, on the disk since before this row was. `number` counts from
    0 without holes; 0 is the file's header, written anew when the file is closed. `sha256`: 32 bytes.

    `keyframe_offset`, `keyframe_ms`: where in the file the first keyframe in it begins and when it is shown, None when
    there is none. `verified` False: hashed by the repair from what lay on the disk; a new one's times are estimates."""

    segment: SegmentId
    number: int
    offset: int
    length: int
    sha256: bytes
    from_ms: int
    until_ms: int
    keyframe_offset: int | None = None
    keyframe_ms: int | None = None
    verified: bool = True

    @property
    def end(self) -> int:
        """The offset behind its last byte."""
        return self.offset + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Nothing of this track was kept from `from_ms` until `until_ms` (None: it lasts)."""

    track: RecordedTrackId
    from_ms: int
    until_ms: int | None
    reason: GapReason


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingEvent:
    """One mark on the time line. `participant` and `name` are empty when nobody did it."""

    recording: RecordingId
    at_ms: int
    kind: RecordingEventKind
    participant: ParticipantId = _NO_PARTICIPANT
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came since the last commit, of all tracks of all recordings: written in one transaction. A round may be
    written again when its outcome is unknown. `segments`: new ones; later changes have verbs of their own."""

    tracks: tuple[RecordedTrack, ...] = ()
    segments: tuple[Segment, ...] = ()
    fragments: tuple[Fragment, ...] = ()
    gaps: tuple[Gap, ...] = ()
    events: tuple[RecordingEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingContents:
    """All of a recording but its fragments: tracks as they came, the rest in the order of time."""

    recording: Recording
    tracks: tuple[RecordedTrack, ...]
    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...]
    events: tuple[RecordingEvent, ...]


def new_recording_id() -> RecordingId:
    return RecordingId(f"rec-{secrets.token_hex(8)}")


def new_track_id() -> RecordedTrackId:
    return RecordedTrackId(f"trk-{secrets.token_hex(8)}")


def new_segment_id() -> SegmentId:
    """For a file with one track."""
    return SegmentId(f"seg-{secrets.token_hex(8)}")


def new_film_id() -> SegmentId:
    """For a composed film: a segment of a track of its own, of kind film."""
    return SegmentId(f"film-{secrets.token_hex(8)}")


def is_recording_id(text: str) -> bool:
    """Only what this is true of may become a name in the file system."""
    return _RECORDING.fullmatch(text) is not None


def is_film_id(text: str) -> bool:
    """Of a composed film; it is a segment's id, too."""
    return text.startswith("film-") and is_segment_id(text)


def is_segment_id(text: str) -> bool:
    """Only what this is true of may become a name in the file system."""
    return _SEGMENT.fullmatch(text) is not None
