"""Recordings as rows and back."""

from __future__ import annotations

from typing import Any, Final

from conference.model.ids import Identity, ParticipantId, RecordedTrackId, RecordingId, RoomId, SegmentId
from conference.model.recording import (
    DeletionReason,
    Fragment,
    Gap,
    GapReason,
    RecordedKind,
    RecordedTrack,
    Recording,
    RecordingEvent,
    RecordingEventKind,
    RecordingState,
    Segment,
    SegmentPlace,
    SegmentState,
)
from conference.model.track import Source
from conference.store.tables import (
    FragmentRow,
    GapRow,
    RecordedTrackRow,
    RecordingEventRow,
    RecordingRow,
    SegmentRow,
)

NAME_CHARS: Final = 128
NOTE_CHARS: Final = 200
_KIND_CHARS: Final = 32
_CODEC_CHARS: Final = 32
"""Names come from people and tokens, codecs from a child: they are cut to their columns, not trusted to fit."""

Columns = dict[str, Any]


def recording_row(record: Recording) -> RecordingRow:
    return RecordingRow(
        id=record.id,
        room_id=record.room,
        room_name=record.room_name[:NAME_CHARS],
        room_kind=record.room_kind[:_KIND_CHARS],
        started_at_s=record.started_at_s,
        ended_at_s=record.ended_at_s,
        started_by=record.started_by[:NAME_CHARS],
        started_by_name=record.started_by_name[:NAME_CHARS],
        automatic=record.automatic,
        state=record.state.value,
        legal_hold=record.legal_hold,
        size_bytes=record.size_bytes,
        deleted_at_s=record.deleted_at_s,
        deleted_by=record.deleted_by[:NAME_CHARS],
        deleted_reason=record.deleted_reason.value if record.deleted_reason is not None else None,
        deleted_note=record.deleted_note[:NOTE_CHARS],
        purged=False,
    )


def recording_of(row: RecordingRow) -> Recording:
    return Recording(
        id=RecordingId(row.id),
        room=RoomId(row.room_id),
        room_name=row.room_name,
        room_kind=row.room_kind,
        started_at_s=row.started_at_s,
        ended_at_s=row.ended_at_s,
        started_by=Identity(row.started_by),
        started_by_name=row.started_by_name,
        automatic=row.automatic,
        state=RecordingState(row.state),
        legal_hold=row.legal_hold,
        size_bytes=row.size_bytes,
        deleted_at_s=row.deleted_at_s,
        deleted_by=row.deleted_by,
        deleted_reason=DeletionReason(row.deleted_reason) if row.deleted_reason is not None else None,
        deleted_note=row.deleted_note,
    )


def track_columns(track: RecordedTrack) -> Columns:
    return {
        "id": track.id,
        "recording_id": track.recording,
        "kind": track.kind.value,
        "started_at_ms": track.started_at_ms,
        "participant_id": track.participant,
        "name": track.name[:NAME_CHARS],
        "identity": track.identity[:NAME_CHARS],
        "source": track.source.value if track.source is not None else None,
    }


def track_of(row: RecordedTrackRow) -> RecordedTrack:
    return RecordedTrack(
        id=RecordedTrackId(row.id),
        recording=RecordingId(row.recording_id),
        kind=RecordedKind(row.kind),
        started_at_ms=row.started_at_ms,
        participant=ParticipantId(row.participant_id),
        name=row.name,
        identity=Identity(row.identity),
        source=Source(row.source) if row.source is not None else None,
    )


def segment_columns(segment: Segment) -> Columns:
    return {
        "id": segment.id,
        "recording_id": segment.recording,
        "track_id": segment.track,
        "codec": segment.codec[:_CODEC_CHARS],
        "started_at_ms": segment.started_at_ms,
        "until_ms": max(segment.until_ms, segment.started_at_ms),
        "size_bytes": segment.size_bytes,
        "width": segment.width,
        "height": segment.height,
        "state": segment.state.value,
        "place": segment.place.value,
        "merkle_root": segment.merkle_root,
    }


def segment_of(row: SegmentRow) -> Segment:
    return Segment(
        id=SegmentId(row.id),
        recording=RecordingId(row.recording_id),
        track=RecordedTrackId(row.track_id),
        codec=row.codec,
        started_at_ms=row.started_at_ms,
        until_ms=row.until_ms,
        size_bytes=row.size_bytes,
        width=row.width,
        height=row.height,
        state=SegmentState(row.state),
        place=SegmentPlace(row.place),
        merkle_root=row.merkle_root,
    )


def fragment_columns(fragment: Fragment) -> Columns:
    return {
        "segment_id": fragment.segment,
        "number": fragment.number,
        "offset": fragment.offset,
        "length": fragment.length,
        "sha256": fragment.sha256,
        "from_ms": fragment.from_ms,
        "until_ms": fragment.until_ms,
        "keyframe_offset": fragment.keyframe_offset,
        "keyframe_ms": fragment.keyframe_ms,
        "verified": fragment.verified,
    }


def fragment_of(row: FragmentRow) -> Fragment:
    return Fragment(
        segment=SegmentId(row.segment_id),
        number=row.number,
        offset=row.offset,
        length=row.length,
        sha256=row.sha256,
        from_ms=row.from_ms,
        until_ms=row.until_ms,
        keyframe_offset=row.keyframe_offset,
        keyframe_ms=row.keyframe_ms,
        verified=row.verified,
    )


def gap_columns(gap: Gap) -> Columns:
    return {"track_id": gap.track, "from_ms": gap.from_ms, "reason": gap.reason.value, "until_ms": gap.until_ms}


def gap_of(row: GapRow) -> Gap:
    return Gap(
        track=RecordedTrackId(row.track_id), from_ms=row.from_ms, until_ms=row.until_ms, reason=GapReason(row.reason)
    )


def event_columns(event: RecordingEvent) -> Columns:
    return {
        "recording_id": event.recording,
        "at_ms": event.at_ms,
        "kind": event.kind.value,
        "participant_id": event.participant,
        "name": event.name[:NAME_CHARS],
    }


def event_of(row: RecordingEventRow) -> RecordingEvent:
    return RecordingEvent(
        recording=RecordingId(row.recording_id),
        at_ms=row.at_ms,
        kind=RecordingEventKind(row.kind),
        participant=ParticipantId(row.participant_id),
        name=row.name,
    )
