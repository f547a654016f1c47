"""The words between the core and a child that makes one film, beside those of all children (conference.children.words).

A film has more files than a datagram takes descriptors, and more gaps and events than it takes bytes: after `Start` and
after each word that follows the child says `Next`, then the core sends one more, at last `Go`. From there on the child
tells its progress, then `Piece`s and `Done`, or `Failed`; `Ended` is the last word in any case. All times are Unix ms.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from conference.children import words as common

MAX_MESSAGE_BYTES: Final = 65_536
MAX_FILES: Final = 1_900
"""Open at the same time in one child: its sandbox allows 2048 descriptors."""
FILES_AT_ONCE: Final = 16
GAPS_AT_ONCE: Final = 500
EVENTS_AT_ONCE: Final = 50
PIECE_BYTES: Final = 8 << 20
MAX_FAULTS: Final = 100
BOARD_BYTES_AT_ONCE: Final = 32_768
MAX_BOARD_BYTES: Final = 4 << 20

Kind = Literal["camera", "screen", "microphone"]
EventKind = Literal["joined", "left"]
Reason = Literal["disk-full", "disk", "unreadable", "layout", "crashed"]

Limits = common.Limits
Stop = common.Stop
"""The film is not wanted any more: its files are emptied, `Ended` says cancelled."""
Beat = common.Beat
"""As long as the film goes on: a child whose work stands still says nothing."""


class Window(Struct, frozen=True, array_like=True):
    """Fractions of the canvas."""

    x: float
    y: float
    width: float
    height: float


class Span(Struct, frozen=True, array_like=True):
    from_ms: int
    until_ms: int


class Gap(Struct, frozen=True, array_like=True):
    from_ms: int
    until_ms: int
    reason: str


class Event(Struct, frozen=True, array_like=True):
    at_ms: int
    kind: EventKind
    participant: str
    name: str


class Fault(Struct, frozen=True, array_like=True):
    track: str
    begun_ms: int
    reason: str


# ---- core -> child --------------------------------------------------------------------------------------------------


class Start(common.Word, frozen=True, tag="start"):
    """The first message. fds: the film, empty, to read and write; scratch, likewise. `yielding`: only CPU that nobody
    else wants. `threads`: of decoding, and again of encoding. The rest as `recorder.film.job` has it."""

    film: str
    from_ms: int
    until_ms: int
    width: int
    height: int
    fps: int
    layout: str
    preset: Literal["ultrafast", "superfast", "veryfast"]
    sound: Literal["aac", "opus"]
    language: Literal["zh-CN", "en"]
    windows: tuple[Window, ...] = ()
    labels: bool = True
    clock: bool = True
    utc_offset_min: int = 480
    threads: int = 2
    yielding: bool = True
    limits: Limits = Limits()


class Track(common.Word, frozen=True, tag="track"):
    """`participant` joins a person's tracks; `identity` is what boards call this person."""

    track: str
    kind: Kind
    participant: str
    name: str
    identity: str = ""


class Files(common.Word, frozen=True, tag="files"):
    """fds: segments of that track, open for reading, as many as `spans`; at most FILES_AT_ONCE."""

    track: str
    spans: tuple[Span, ...]


class Gaps(common.Word, frozen=True, tag="gaps"):
    """At most GAPS_AT_ONCE."""

    track: str
    gaps: tuple[Gap, ...]


class Events(common.Word, frozen=True, tag="events"):
    """At most EVENTS_AT_ONCE."""

    events: tuple[Event, ...]


class Board(common.Word, frozen=True, tag="board"):
    """The next part of a `conference.model.wall.Board` in JSON, with the layout scene only; at most
    BOARD_BYTES_AT_ONCE."""

    part: bytes


class Go(common.Word, frozen=True, tag="go"):
    """That was all."""


ToChild = Start | Board | Track | Files | Gaps | Events | Go | Stop


# ---- child -> core --------------------------------------------------------------------------------------------------


class Next(common.Word, frozen=True, tag="next"):
    """One more word, please."""


class Progress(common.Word, frozen=True, tag="progress"):
    """`speed`: film time over wall time since the start."""

    done_ms: int
    total_ms: int
    speed: float


class Piece(common.Word, frozen=True, tag="piece"):
    """The film is on the disk, and these bytes of it have this SHA-256 (32 bytes). Pieces have PIECE_BYTES, the last
    one has the rest."""

    number: int
    offset: int
    length: int
    sha256: bytes


class Done(common.Word, frozen=True, tag="done"):
    """`sha256`: of the whole file. `faults`: segments that could not be read to their end, the first MAX_FAULTS of
    them; `fault_count`: all."""

    size_bytes: int
    sha256: bytes
    duration_ms: int
    ticks: int
    encoded: int
    faults: tuple[Fault, ...] = ()
    fault_count: int = 0


class Failed(common.Word, frozen=True, tag="failed"):
    """`detail`: short ASCII for the log."""

    reason: Reason
    detail: str = ""


class Ended(common.Ended, frozen=True, tag="ended"):
    cause: Literal["done", "cancelled", "failed"]


FromChild = Beat | Next | Progress | Piece | Done | Failed | Ended

encode = common.encode
decode_to_child = msgspec.msgpack.Decoder(ToChild).decode
"""Raises msgspec.DecodeError or ValidationError."""
decode_from_child: Any = msgspec.msgpack.Decoder(FromChild).decode
"""Raises msgspec.DecodeError or ValidationError: that child is broken and must be ended."""
