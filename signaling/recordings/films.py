"""What the edge needs of composed films, declared here by the one who calls. The composition root plugs it in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from conference.model.film import Film, FilmProgress, FilmWish
from conference.model.ids import RecordingId, SceneId, SegmentId
from conference.results import FilmStats


class Films(Protocol):
    """The films of recordings. Ids given to it have the form of ours, nothing else is known of them."""

    def stats(self) -> FilmStats:
        """For /metrics."""
        ...

    async def request(self, recording: RecordingId, wish: FilmWish, *, by: str, scene: SceneId | None = None) -> Film:
        """`scene`: of the recording's room, for the layout scene. Raises RecordingNotFound, RecordingDeleted,
        RecordingRunning, RecordingEmpty, SceneNotFound, InvalidLayout, MessageInvalid, TooManyFilms, FilmQueueFull."""
        ...

    async def list(self, recording: RecordingId) -> Sequence[tuple[Film, FilmProgress]]:
        """Newest first. Raises RecordingNotFound, RecordingDeleted."""
        ...

    async def get(self, recording: RecordingId, film: SegmentId) -> tuple[Film, FilmProgress]:
        """Raises FilmNotFound, also for one of another recording."""
        ...

    async def remove(self, recording: RecordingId, film: SegmentId) -> None:
        """Cancels one that is not finished, deletes any other one. Raises FilmNotFound, RecordingHeld for a ready one,
        RecordingRunning for one that is made live."""
        ...
