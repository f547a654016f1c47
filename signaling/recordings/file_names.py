"""Names of what people download: made from words that people typed, safe on every file system and in a header."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from urllib.parse import quote

from conference.model.recording import RecordedKind, RecordedTrack, Recording, Segment
from signaling.names import clean_name

MAX_WORD_CHARS: Final = 40
_NOT_IN_NAMES: Final = str.maketrans(dict.fromkeys('<>:"/\\|?*', "_"))


def suffix(kind: RecordedKind) -> str:
    """How the file of such a track ends."""
    return {RecordedKind.FILM: ".mp4", RecordedKind.AUDIO: ".mka"}.get(kind, ".mkv")


def media_type(kind: RecordedKind) -> str:
    return {RecordedKind.FILM: "video/mp4", RecordedKind.AUDIO: "audio/x-matroska"}.get(kind, "video/x-matroska")


def word(text: str) -> str:
    """Typed text as part of a file's name: no separator, no control or direction character, no dot or space at its
    ends; may be empty."""
    return clean_name(text).translate(_NOT_IN_NAMES)[:MAX_WORD_CHARS].strip(" .")


def segment_name(recording: Recording, track: RecordedTrack, segment: Segment) -> str:
    """Room, person, source and when it began, in the server's time zone."""
    parts = [recording.room_name, track.name, track.source.value if track.source is not None else ""]
    return _joined([*parts, _when(segment.started_at_ms / 1000)]) + suffix(track.kind)


def archive_name(recording: Recording) -> str:
    return _joined([recording.room_name, _when(recording.started_at_s)]) + ".zip"


def folder_name(number: int, track: RecordedTrack) -> str:
    """A track's folder in an archive; the number makes it the only one of its name."""
    return _joined([f"{number:03}", track.name, track.source.value if track.source is not None else track.kind.value])


def attachment(name: str, plain: str) -> str:
    """The value of Content-Disposition (RFC 6266, RFC 8187). `plain`: ASCII, for readers that know no other."""
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _joined(parts: list[str]) -> str:
    return " ".join(filter(None, map(word, parts)))


def _when(at_s: float) -> str:
    return datetime.fromtimestamp(at_s).astimezone().strftime("%Y%m%d-%H%M%S")
