"""A composed film of a recording: what was wished for, and what became of it.

queued ── making ─┬─ ready
                  ├─ failed
                  └─ cancelled
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from conference.model.ids import RecordedTrackId, RecordingId, SceneId, SegmentId
from conference.model.recording import RecordedKind, RecordedTrack, Segment, SegmentState
from conference.model.wall import Board
from conference.model.window import Free

LayoutName = Literal["grid", "speaker", "one-big", "free", "scene"]
Preset = Literal["ultrafast", "superfast", "veryfast"]
Sound = Literal["aac", "opus"]
Language = Literal["zh-CN", "en"]

MIN_FILM_MS: Final = 1_000
MAX_FILM_MS: Final = 48 * 3_600_000
MAX_FILMS: Final = 100
"""Of one recording, in any state."""
MAX_WINDOWS: Final = 49
_CODEC: Final = "h264"


class FilmState(StrEnum):
    """making: also a film that is made while its recording runs."""

    QUEUED = "queued"
    MAKING = "making"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


class FilmKind(StrEnum):
    """asked: made afterwards from the tracks; live: while the recording ran; found: on the disk, unknown to the
    index."""

    ASKED = "asked"
    LIVE = "live"
    FOUND = "found"


class FilmReason(StrEnum):
    """Why there is no film, or not all of it. interrupted: the server was restarted meanwhile; a live film is ready up
    to there. crashed, stalled, over-limit: the process that made it. unreadable: no picture and no sound of it could be
    read. layout: this many pictures do not fit so. too-large: more files than one process may open."""

    INTERRUPTED = "interrupted"
    DISK_FULL = "disk-full"
    DISK = "disk"
    CRASHED = "crashed"
    STALLED = "stalled"
    OVER_LIMIT = "over-limit"
    UNREADABLE = "unreadable"
    LAYOUT = "layout"
    TOO_LARGE = "too-large"


UNFINISHED: Final = (FilmState.QUEUED, FilmState.MAKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmScene:
    """A scene as it was when the film was asked for: what is saved or deleted later changes no film."""

    id: SceneId
    name: str
    version: int
    board: Board


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmWish:
    """`windows`: of the free layout, in the order in which they are filled. `scene`: of the layout scene, what a wall
    would have shown. `width`, `height`: even pixels. `labels`, `clock`: names and wall clock in the picture, the latter
    `utc_offset_min` minutes east of Greenwich, as are clocks of the scene. `language`: of what covers a picture that is
    not there. `from_ms`, `until_ms`: Unix ms, None: from its beginning, to its end."""

    layout: LayoutName = "grid"
    windows: tuple[Free, ...] = ()
    scene: FilmScene | None = None
    width: int = 1920
    height: int = 1080
    fps: int = 25
    preset: Preset = "superfast"
    sound: Sound = "aac"
    labels: bool = True
    clock: bool = True
    language: Language = "zh-CN"
    utc_offset_min: int = 480
    from_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """`made_by`: who asked for it. `size_bytes`, `sha256` (32 bytes), `duration_ms`: of the file, once it is ready.
    `faults`: recorded files that could not be read to their end; the film goes on without the rest of each."""

    id: SegmentId
    recording: RecordingId
    asked_at_s: float
    wish: FilmWish = FilmWish()
    kind: FilmKind = FilmKind.ASKED
    made_by: str = ""
    state: FilmState = FilmState.QUEUED
    ready_at_s: float | None = None
    size_bytes: int = 0
    sha256: bytes | None = None
    duration_ms: int = 0
    reason: FilmReason | None = None
    faults: int = 0

    @property
    def from_ms(self) -> int:
        return self.wish.from_ms or 0

    @property
    def until_ms(self) -> int:
        return max(self.from_ms, self.wish.until_ms or 0)

    @property
    def track(self) -> RecordedTrackId:
        """The index has a finished film as the one segment of a track of its own: this one."""
        return RecordedTrackId(f"trk-{self.id.partition('-')[2]}")


@dataclass(frozen=True, slots=True)
class FilmProgress:
    """`percent`: 0..100. `speed`: film time over wall time, 0 before the first picture. `remaining_s`: None as long as
    nobody can tell."""

    percent: float = 0.0
    speed: float = 0.0
    remaining_s: float | None = None


def track_of(film: Film) -> RecordedTrack:
    return RecordedTrack(id=film.track, recording=film.recording, kind=RecordedKind.FILM, started_at_ms=film.from_ms)


def segment_of(film: Film, merkle_root: bytes) -> Segment:
    """A finished film as a segment: it is served, counted, verified and archived as one."""
    return Segment(
        id=film.id,
        recording=film.recording,
        track=film.track,
        codec=_CODEC,
        started_at_ms=film.from_ms,
        until_ms=film.from_ms + film.duration_ms,
        width=film.wish.width,
        height=film.wish.height,
        state=SegmentState.FINISHED,
        merkle_root=merkle_root,
    )
