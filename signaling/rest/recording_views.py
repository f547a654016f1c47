"""From the recordings' values to the bodies of the REST interface."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypedDict

from conference.model import recording as nouns
from signaling.recordings.gap_words import GAP_WORDS
from signaling.rest import recording_models as models
from signaling.rest.film_models import Film
from signaling.rest.source_models import BothLanguages


def summary(
    recording: nouns.Recording, tracks: Sequence[nouns.RecordedTrack], gaps: int, now_s: float
) -> models.RecordingSummary:
    recorded = [track for track in tracks if track.kind is not nouns.RecordedKind.FILM]
    return models.RecordingSummary(**_of(recording, recorded, now_s), tracks=len(recorded), gaps=gaps)


def detail(contents: nouns.RecordingContents, films: Sequence[Film], now_s: float) -> models.Recording:
    """All of a recording. A gap that lasts is shown until the recording's end, or until now."""
    recording = contents.recording
    recorded = [track for track in contents.tracks if track.kind is not nouns.RecordedKind.FILM]
    until_ms = round((recording.ended_at_s or now_s) * 1000)
    return models.Recording(
        **_of(recording, recorded, now_s),
        tracks=[_track(contents, track, until_ms) for track in recorded],
        events=[
            models.RecordingEvent(at_ms=event.at_ms, kind=event.kind, participant=event.participant, name=event.name)
            for event in contents.events
        ],
        films=list(films),
    )


class _Common(TypedDict):
    id: str
    room: str
    room_name: str
    started_at: datetime
    ended_at: datetime | None
    started_by: str
    automatic: bool
    state: nouns.RecordingState
    bytes: int
    duration_ms: int
    people: list[str]
    legal_hold: bool


def _of(recording: nouns.Recording, tracks: Sequence[nouns.RecordedTrack], now_s: float) -> _Common:
    ended_at_s = recording.ended_at_s
    named = {track.participant or track.id: track.name for track in tracks if track.name}
    return _Common(
        id=recording.id,
        room=recording.room,
        room_name=recording.room_name,
        started_at=datetime.fromtimestamp(recording.started_at_s, UTC),
        ended_at=datetime.fromtimestamp(ended_at_s, UTC) if ended_at_s is not None else None,
        started_by=recording.started_by_name or recording.started_by,
        automatic=recording.automatic,
        state=recording.state,
        bytes=recording.size_bytes,
        duration_ms=max(0, round(((ended_at_s or now_s) - recording.started_at_s) * 1000)),
        people=list(named.values()),
        legal_hold=recording.legal_hold,
    )


def _track(contents: nouns.RecordingContents, track: nouns.RecordedTrack, until_ms: int) -> models.RecordedTrack:
    return models.RecordedTrack(
        id=track.id,
        participant=track.participant,
        name=track.name,
        kind=track.kind,
        source=track.source.value if track.source is not None else None,
        segments=[_segment(segment) for segment in contents.segments if segment.track == track.id],
        gaps=[_gap(gap, until_ms) for gap in contents.gaps if gap.track == track.id],
    )


def _segment(segment: nouns.Segment) -> models.RecordedSegment:
    return models.RecordedSegment(
        id=segment.id,
        codec=segment.codec,
        from_ms=segment.started_at_ms,
        until_ms=max(segment.started_at_ms, segment.until_ms),
        bytes=segment.size_bytes,
        width=segment.width,
        height=segment.height,
        state=segment.state,
    )


def _gap(gap: nouns.Gap, until_ms: int) -> models.RecordingGap:
    words = GAP_WORDS[gap.reason]
    return models.RecordingGap(
        from_ms=gap.from_ms,
        until_ms=gap.until_ms if gap.until_ms is not None else max(gap.from_ms, until_ms),
        reason=gap.reason,
        text=BothLanguages(zh=words.zh, en=words.en),
    )
