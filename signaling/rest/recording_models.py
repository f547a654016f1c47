"""Bodies of the recordings' part of the REST interface. Fields in `Ms` are Unix milliseconds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator

from conference.model.recording import (
    DiskState,
    GapReason,
    RecordedKind,
    RecordingEventKind,
    RecordingState,
    SegmentState,
)
from signaling.rest.composed_models import SIZES
from signaling.rest.film_models import Film
from signaling.rest.models import Body
from signaling.rest.source_models import BothLanguages, Private

MAX_PAGE = 200
MAX_REASON_CHARS = 200


class _OfRecording(Body):
    """`startedBy`: a name, empty when the room's setting began it. `bytes`: synced and indexed so far. `people`: names
    of those recorded, as they came."""

    id: str
    room: str
    room_name: str
    started_at: datetime
    ended_at: datetime | None
    started_by: str
    automatic: bool
    state: RecordingState
    bytes: int
    duration_ms: int
    people: list[str]
    legal_hold: bool


class RecordingSummary(_OfRecording):
    """`tracks`: how many, films apart. `gaps`: how many stretches are missing that nobody muted or paused."""

    tracks: int
    gaps: int


class RecordingDisk(Body):
    """low: recording goes on. full: it pauses until there is room. error: the disk does not answer as it should."""

    state: DiskState
    free_bytes: int
    total_bytes: int


class Recordings(Body):
    """`next`: what to give as `after` for the page behind this one; null: this is the last. `disk`: where recordings
    lie; null: this server records nothing."""

    recordings: list[RecordingSummary]
    next: str | None
    disk: RecordingDisk | None


class RecordedSegment(Body):
    """One file. `width`, `height`: at its beginning, 0 for sound."""

    id: str
    codec: str
    from_ms: int
    until_ms: int
    bytes: int
    width: int
    height: int
    state: SegmentState


class RecordingGap(Body):
    """Not recorded, and why. One that lasts ends now."""

    from_ms: int
    until_ms: int
    reason: GapReason
    text: BothLanguages


class RecordedTrack(Body):
    """`source` is null and `kind` unknown for what was found on the disk without an index."""

    id: str
    participant: str
    name: str
    kind: RecordedKind
    source: Literal["camera", "microphone", "screen", "screen-audio"] | None
    segments: list[RecordedSegment]
    gaps: list[RecordingGap]


class RecordingEvent(Body):
    at_ms: int
    kind: RecordingEventKind
    participant: str
    name: str


class Recording(_OfRecording):
    """`films`: composed ones, newest first."""

    tracks: list[RecordedTrack]
    events: list[RecordingEvent]
    films: list[Film]


class Deletion(Body):
    """`reason` stays on the tombstone."""

    reason: Annotated[str, Field(min_length=1, max_length=MAX_REASON_CHARS)]


class Hold(Body):
    held: Annotated[bool, Field(strict=True)]


class RecordingTicket(Private):
    """`ticket`: to be given as `?ticket=` to this recording's segments and archive."""

    ticket: str
    expires_at: datetime


class LiveFilm(Body):
    """A film of the meeting that is made while it is recorded, and ready a moment after its end."""

    layout: Literal["grid", "speaker", "one-big"] = "grid"
    width: Literal[1920, 1280] = 1920
    height: Literal[1080, 720] = 1080
    fps: Literal[30, 15] = 15

    @model_validator(mode="after")
    def _one_of_the_sizes(self) -> LiveFilm:
        if (self.width, self.height) not in SIZES:
            raise ValueError("takes 1920x1080 or 1280x720")
        return self


class StartRecording(Body):
    film: LiveFilm | None = None


class StartedRecording(Body):
    """`composed`: of the film, when one was asked for; `filmRefused`: the code of what was in its way. The recording
    goes on without it."""

    id: str
    composed: str | None = None
    film_refused: str | None = None
