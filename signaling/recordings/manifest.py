"""The manifest of an archive: what each file is, what is missing from the recording, and hashes to check both by."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from conference.model.ids import SegmentId
from conference.model.recording import Gap, RecordedTrack, Recording, RecordingContents, Segment
from signaling.recordings.gap_words import GAP_WORDS

FORMAT: Final = "huishang-recording"
VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A segment in the archive. `file`: its name there, None when it is not. `sha256`: of the bytes there. `problem`:
    "missing" (no file), "unreadable" (not to its end), None."""

    file: str | None
    size_bytes: int
    sha256: str
    problem: str | None


def manifest(contents: RecordingContents, kept: Mapping[SegmentId, Kept], *, made_at_s: float) -> bytes:
    """JSON in UTF-8. `merkleRoot` is over the SHA-256 of the fragments, as `huishang recording verify` computes it."""
    said = {
        "format": FORMAT,
        "version": VERSION,
        "madeAt": _rfc3339(made_at_s),
        "recording": _recording(contents.recording),
        "tracks": [_track(contents, track, kept) for track in contents.tracks],
        "events": [
            {"atMs": event.at_ms, "kind": event.kind, "participant": event.participant, "name": event.name}
            for event in contents.events
        ],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode(errors="replace")


def _recording(recording: Recording) -> dict[str, object]:
    return {
        "id": recording.id,
        "room": recording.room,
        "roomName": recording.room_name,
        "startedAt": _rfc3339(recording.started_at_s),
        "endedAt": _rfc3339(recording.ended_at_s) if recording.ended_at_s is not None else None,
        "startedBy": recording.started_by_name,
        "automatic": recording.automatic,
        "state": recording.state,
        "legalHold": recording.legal_hold,
    }


def _track(contents: RecordingContents, track: RecordedTrack, kept: Mapping[SegmentId, Kept]) -> dict[str, object]:
    return {
        "id": track.id,
        "participant": track.participant,
        "name": track.name,
        "kind": track.kind,
        "source": track.source,
        "segments": [_segment(segment, kept[segment.id]) for segment in contents.segments if segment.track == track.id],
        "gaps": [_gap(gap) for gap in contents.gaps if gap.track == track.id],
    }


def _segment(segment: Segment, kept: Kept) -> dict[str, object]:
    return {
        "id": segment.id,
        "file": kept.file,
        "bytes": kept.size_bytes,
        "sha256": kept.sha256,
        "problem": kept.problem,
        "codec": segment.codec,
        "fromMs": segment.started_at_ms,
        "untilMs": segment.until_ms,
        "width": segment.width,
        "height": segment.height,
        "state": segment.state,
        "merkleRoot": segment.merkle_root.hex() if segment.merkle_root is not None else None,
    }


def _gap(gap: Gap) -> dict[str, object]:
    words = GAP_WORDS[gap.reason]
    return {
        "fromMs": gap.from_ms,
        "untilMs": gap.until_ms,
        "reason": gap.reason,
        "text": {"zh": words.zh, "en": words.en},
    }


def _rfc3339(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
