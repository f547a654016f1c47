"""Names of things. All are short ASCII strings, safe in a URL and in JSON."""

from typing import NewType

RoomId = NewType("RoomId", str)
ParticipantId = NewType("ParticipantId", str)
TrackId = NewType("TrackId", str)
SessionId = NewType("SessionId", str)
"""A WHIP or WHEP session; the last part of its resource URL."""
Identity = NewType("Identity", str)
"""Who somebody is outside of this room (account, unit, device); empty when unknown."""
SourceId = NewType("SourceId", str)
"""A camera, drone or encoder of the sources list."""
RecordingId = NewType("RecordingId", str)
RecordedTrackId = NewType("RecordedTrackId", str)
"""One track of one recording; the track's own id may come again after a restart."""
SegmentId = NewType("SegmentId", str)
"""A file of a recording: one stretch of one track, or a composed film."""
WallId = NewType("WallId", str)
"""A display of the command centre."""
SceneId = NewType("SceneId", str)
GroupId = NewType("GroupId", str)
"""A polling group of one board."""
AlarmId = NewType("AlarmId", str)
ComposedId = NewType("ComposedId", str)
"""A room as one picture, made by the server."""
OutputId = NewType("OutputId", str)
"""Where a composed stream goes; unique within it."""
