"""What the children told since the last commit, of all recordings together: one transaction, twice a second."""

import asyncio
import itertools
import logging
from typing import Final

from conference.model.recording import Fragment, Gap, RecordedTrack, RecordingEvent, Round, Segment
from conference.ports import RecordingStore

RETRY_S: Final = 1.0

log = logging.getLogger(__name__)


class Rows:
    """Nothing is forgotten while the database is away: what could not be written is written with the next commit."""

    def __init__(self, store: RecordingStore) -> None:
        self._store = store
        self._lock = asyncio.Lock()
        self._tracks: list[RecordedTrack] = []
        self._segments: list[Segment] = []
        self._fragments: list[Fragment] = []
        self._gaps: list[Gap] = []
        self._events: list[RecordingEvent] = []
        self._failing = False

    def track(self, row: RecordedTrack) -> None:
        self._tracks.append(row)

    def segment(self, row: Segment) -> None:
        self._segments.append(row)

    def fragment(self, row: Fragment) -> None:
        self._fragments.append(row)

    def gap(self, row: Gap) -> None:
        self._gaps.append(row)

    def event(self, row: RecordingEvent) -> None:
        self._events.append(row)

    async def commit(self) -> bool:
        """Writes what there is; False: the database refused, and all of it is kept for the next time."""
        async with self._lock:
            counts = [len(rows) for rows in self._all()]
            if not any(counts):
                return True
            round_ = Round(
                tracks=tuple(self._tracks),
                segments=tuple(self._segments),
                fragments=tuple(self._fragments),
                gaps=tuple(self._gaps),
                events=tuple(self._events),
            )
            try:
                await self._store.write(round_)
            except Exception:  # a database that is away must not stop the recording; this is its edge
                if not self._failing:
                    log.exception("x the index of recordings cannot be written; it is tried again")
                self._failing = True
                return False
            self._failing = False
            for rows, count in zip(self._all(), counts, strict=True):
                del rows[:count]
            return True

    async def committed(self) -> None:
        """Returns when all that was told before is written, however long the database is away."""
        for _ in itertools.count():
            if await self.commit():
                return
            await asyncio.sleep(RETRY_S)

    def _all(self) -> tuple[list[object], ...]:
        return self._tracks, self._segments, self._fragments, self._gaps, self._events  # type: ignore[return-value]
