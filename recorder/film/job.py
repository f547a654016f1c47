"""What a film is made of. Plain data; all times are Unix milliseconds of the recording's common time line."""

from dataclasses import dataclass, field
from typing import Final, Literal

from conference.layout import FULL_HD, Layout, Size
from conference.model.wall import Board

Kind = Literal["camera", "screen", "microphone"]
EventKind = Literal["joined", "left", "muted", "unmuted", "speaking"]
Preset = Literal["ultrafast", "superfast", "veryfast"]
Sound = Literal["aac", "opus"]
Language = Literal["zh-CN", "en"]

MAX_TRACKS: Final = 1000
MAX_SEGMENTS: Final = 10_000
MAX_EVENTS: Final = 100_000
MAX_FILM_MS: Final = 48 * 3_600_000
MAX_TICK_HZ: Final = 60


@dataclass(frozen=True, slots=True)
class Segment:
    """One Matroska file with one track. `fd`: open for reading, seekable; stays the caller's. `begun_ms`: the time of
    the file's timestamp 0. `until_ms`: where its last frame ends."""

    fd: int
    begun_ms: int
    until_ms: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing is recorded between the two. `reason` is the index's word (recorder.words.GapReason); `silent` is no
    fault and covers a camera as closed, others as lost."""

    from_ms: int
    until_ms: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """`participant`: an opaque id that joins a person's tracks; `name`: what the label says; `identity`: what boards
    call this person, if not by the participant."""

    id: str
    kind: Kind
    participant: str
    name: str
    segments: tuple[Segment, ...]
    gaps: tuple[Gap, ...] = ()
    identity: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """`speaking`: this participant is the loudest from now on. Without any such event the film listens itself."""

    at_ms: int
    kind: EventKind
    participant: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """`board`: instead of the layout, what a wall with it would have shown. `clock`: wall clock in a corner,
    `utc_offset_min` minutes east of Greenwich. `language`: of covers."""

    layout: Layout = field(default_factory=Layout)
    board: Board | None = None
    size: Size = FULL_HD
    fps: int = 25
    labels: bool = True
    clock: bool = True
    utc_offset_min: int = 480
    language: Language = "zh-CN"


@dataclass(frozen=True, slots=True)
class Encoding:
    """`threads`: of decoding, and again of encoding. `keyframe_period_ms`: the longest way to a place to begin at."""

    preset: Preset = "superfast"
    sound: Sound = "aac"
    max_bitrate_bps: int = 4_000_000
    sound_bitrate_bps: int = 64_000
    threads: int = 2
    keyframe_period_ms: int = 4_000


@dataclass(frozen=True, slots=True)
class Job:
    """A film of what happened from `from_ms` to `until_ms`.

    `output_fd`: open for writing, seekable, empty: gets the finished MP4. `scratch_fd`: open for reading and writing,
    seekable, empty, best without a name (O_TMPFILE): gets fragments while the film is made, about as many bytes. Both
    stay the caller's.
    """

    tracks: tuple[Track, ...]
    from_ms: int
    until_ms: int
    output_fd: int
    scratch_fd: int
    events: tuple[Event, ...] = ()
    look: Look = field(default_factory=Look)
    encoding: Encoding = field(default_factory=Encoding)

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if not 0 < self.until_ms - self.from_ms <= MAX_FILM_MS:
            raise ValueError("length of the film")
        if len(self.tracks) > MAX_TRACKS or sum(len(track.segments) for track in self.tracks) > MAX_SEGMENTS:
            raise ValueError("too many tracks or segments")
        if len(self.events) > MAX_EVENTS:
            raise ValueError("too many events")
        if not 1 <= self.look.fps <= MAX_TICK_HZ:
            raise ValueError("frames per second")


@dataclass(frozen=True, slots=True)
class Progress:
    """`speed`: film time over wall time since the start."""

    done_ms: int
    total_ms: int
    speed: float


@dataclass(frozen=True, slots=True)
class Fault:
    """A segment that could not be read to its end; the film goes on without its rest."""

    track: str
    begun_ms: int
    reason: str


@dataclass(frozen=True, slots=True)
class Film:
    """What was made. `ticks`: of the clock; `encoded`: pictures in the file, fewer when nothing moved."""

    duration_ms: int
    bytes: int
    ticks: int
    encoded: int
    faults: tuple[Fault, ...]


class Cancelled(Exception):
    """The film was not made; both files are empty again."""
