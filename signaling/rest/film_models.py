"""Bodies of the films' part of the REST interface. Fields in `Ms` are Unix milliseconds, but for `durationMs`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from conference.model.film import MAX_WINDOWS, FilmKind, FilmState
from signaling.rest.models import Body
from signaling.rest.source_models import BothLanguages

MAX_MS = 2**48
_Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_UnixMs = Annotated[int, Field(ge=0, le=MAX_MS)]
_LayoutName = Literal["grid", "speaker", "one-big", "free", "scene"]
_Preset = Literal["ultrafast", "superfast", "veryfast"]
_Sound = Literal["aac", "opus"]
_Language = Literal["zh-CN", "en"]


class FilmWindow(Body):
    """Fractions of the picture."""

    x: _Fraction
    y: _Fraction
    width: _Fraction
    height: _Fraction


class NewFilm(Body):
    """What is absent is as shown. 1920x1080 or 1280x720. `windows`: with layout free only, in the order in which they
    are filled. `scene`: with layout scene only, one of the recording's room; the film keeps it as it is
    now. `utcOffsetMin`: of the clock in the picture, minutes east of Greenwich; absent: as the server's own.
    `fromMs`, `untilMs`: absent: from its beginning, to its end."""

    layout: _LayoutName = "grid"
    windows: Annotated[list[FilmWindow], Field(max_length=MAX_WINDOWS)] = Field(default_factory=list)
    scene: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    width: Literal[1920, 1280] = 1920
    height: Literal[1080, 720] = 1080
    fps: Literal[15, 25, 30] = 25
    preset: _Preset = "superfast"
    sound: _Sound = "aac"
    labels: Annotated[bool, Field(strict=True)] = True
    clock: Annotated[bool, Field(strict=True)] = True
    language: _Language = "zh-CN"
    utc_offset_min: Annotated[int, Field(ge=-840, le=840)] | None = None
    from_ms: _UnixMs | None = None
    until_ms: _UnixMs | None = None


class FilmScene(Body):
    """As it was when the film was asked for; it may have been changed or deleted since."""

    id: str
    name: str
    version: int


class Film(Body):
    """`kind`: live: made while the recording ran; found: on the disk only, so nothing is known of how it was made.

    `percent`: 0..100. `speed`: film time over wall time; 0 before the first picture. `remainingS`: null as long as
    nobody can tell. `bytes`, `sha256` (hexadecimal), `durationMs`, `readyAt`: of a ready one. `faults`: recorded files
    that could not be read to their end. `reason`: why it failed; of a live one also why it is not whole.
    """

    id: str
    recording: str
    kind: FilmKind
    state: FilmState
    made_by: str
    asked_at: datetime
    ready_at: datetime | None
    layout: _LayoutName
    scene: FilmScene | None
    width: int
    height: int
    fps: int
    preset: _Preset
    sound: _Sound
    labels: bool
    clock: bool
    language: _Language
    from_ms: int
    until_ms: int
    percent: float
    speed: float
    remaining_s: float | None
    bytes: int
    sha256: str | None
    duration_ms: int
    faults: int
    reason: BothLanguages | None


class Films(Body):
    """Newest first."""

    films: list[Film]
