"""Names of objects: <prefix><recording id>/<segment id>.mkv (a film: .mp4), as in the local folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conference.model.errors import RecordingNotFound
from conference.model.recording import is_recording_id
from recorder.folder import file_name

if TYPE_CHECKING:
    from conference.model.ids import RecordingId
    from conference.model.recording import Segment


def object_key(prefix: str, segment: Segment) -> str:
    """Raises RecordingNotFound, SegmentNotFound for ids that are not of our form."""
    return recording_prefix(prefix, segment.recording) + file_name(segment.id)


def recording_prefix(prefix: str, recording: RecordingId) -> str:
    """What the names of all objects of a recording begin with. Raises RecordingNotFound for an id not of our form."""
    if not is_recording_id(recording):
        raise RecordingNotFound
    return f"{prefix}{recording}/"
