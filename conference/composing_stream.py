"""One composed stream and the room it shows: follows who is there, over the room's end and its next beginning."""

import logging
import socket
from collections.abc import Callable, Sequence
from typing import Final

from conference.composing import (
    ComposedLayout,
    ComposedPane,
    ComposedRun,
    NewComposed,
    NewOutput,
    OutputView,
    Program,
)
from conference.composing_program import Pane, automatic_panes, pictures_of, placed_panes, program, voices_of
from conference.layout import Size
from conference.live import LiveRoom
from conference.media.emission import Emission
from conference.media.forwarding import Forwardable
from conference.media.tap import TapConnection
from conference.model.errors import ServerFull
from conference.model.ids import ComposedId, OutputId, ParticipantId, RecordingId, RoomId, TrackId
from conference.model.participant import ParticipantKind

SPEAKER_HOLD_S: Final = 1.5
"""The large picture does not change with every interjection."""

RETRY_S: Final = 5.0

log = logging.getLogger(__name__)


class Stream:
    """Implements `conference.composing.Follower`. `run`: set once, before the first `look`."""

    def __init__(self, id_: ComposedId, room: RoomId, wanted: NewComposed, now_s: Callable[[], float]) -> None:
        self.id = id_
        self.room = room
        self.wanted = wanted
        self.layout = ComposedLayout.PANES if wanted.wall is not None else wanted.layout
        self.run: ComposedRun | None = None
        self.films: dict[OutputId, RecordingId] = {}
        """Outputs that are films, and whose."""
        self.unfollow: Callable[[], None] = _nothing
        """Ends the news of its wall."""
        self._size = Size(wanted.width, wanted.height)
        self._now_s = now_s
        self._live: LiveRoom | None = None
        self._tap: TapConnection | None = None
        self._emission: Emission | None = None
        self._panes: tuple[Pane, ...] = ()
        self._sizes: dict[TrackId, tuple[int, int]] = {}
        self._shown: Program | None = None
        self._again_s = 0.0
        """Not before then the relay is asked again, which was full."""
        self._speaker: ParticipantId | None = None
        self._speaker_since_s = 0.0

    @property
    def as_participant(self) -> ParticipantId:
        """What players ask for that want nothing else."""
        return ParticipantId(self.id)

    @property
    def carried(self) -> Sequence[Forwardable]:
        return self._tap.carried if self._tap is not None else ()

    @property
    def given(self) -> Sequence[Forwardable]:
        return self._emission.tracks if self._emission is not None else ()

    def note_film(self, output: OutputView, wanted: NewOutput) -> OutputView:
        """It was added; a film is remembered with its recording."""
        if wanted.recording is not None:
            self.films[output.id] = wanted.recording
        return output

    # ---- the compositor's ----

    def open_tap(self) -> socket.socket | None:
        return self._tap.socket() if self._tap is not None else None

    def open_media(self) -> socket.socket | None:
        return self._emission.socket() if self._emission is not None else None

    # ---- the desk's ----

    def set_panes(self, panes: Sequence[ComposedPane]) -> None:
        """From here on it shows these. Raises InvalidLayout."""
        self._panes = placed_panes(panes, self._size)
        self.layout = ComposedLayout.PANES
        self._refresh()

    def look(self, live: LiveRoom | None) -> None:
        """Several times a second: `live` is the room as it is now, None while nobody is there."""
        if live is not self._live:
            self._detach()
            if live is not None and self._now_s() >= self._again_s:
                self._attach(live)
        self._refresh()

    def close(self) -> None:
        """It takes and gives nothing any more."""
        self.unfollow()
        self.unfollow = _nothing
        self._detach()

    # ---- the room's ----

    def follow(self, published: Sequence[Forwardable]) -> None:
        del published
        self._refresh()

    def gone(self) -> None:
        self._detach()
        self._refresh()

    # ---- inside ----

    def _attach(self, live: LiveRoom) -> None:
        try:
            tap = TapConnection(live.plane, live.worker, room=live.plane.number())
        except ServerFull as error:
            self._refused(error)
            return
        try:
            self._emission = Emission(live.plane, live.worker, self.as_participant)
        except ServerFull as error:
            tap.close()
            self._refused(error)
            return
        self._live, self._tap = live, tap
        live.followers[self.as_participant] = self
        live.look_again()
        if self.run is not None:
            self.run.reconnect()

    def _refused(self, error: ServerFull) -> None:
        log.warning("x composed stream %s: %s", self.id, error)
        self._again_s = self._now_s() + RETRY_S

    def _detach(self) -> None:
        live, self._live = self._live, None
        if live is not None:
            live.followers.pop(self.as_participant, None)
            live.look_again()
        if self._tap is not None:
            self._tap.close()
            self._tap = None
        if self._emission is not None:
            self._emission.close()
            self._emission = None
        self._sizes.clear()

    def _refresh(self) -> None:
        """Subscribes to what is shown and heard, and tells the compositor where it lies."""
        live, tap = self._live, self._tap
        people = {} if live is None else {person.id: person for person in live.room.participants}
        if self.layout is not ComposedLayout.PANES:
            self._panes = automatic_panes(self.layout, self._size, list(people.values()), self._large(live))
        tapped = []
        if live is not None and tap is not None:
            try:
                self._subscribe(live, tap)
            except ServerFull as error:
                log.warning("x composed stream %s: %s", self.id, error)
            tapped = tap.tracks
        shown = program(self._panes, tapped, people)
        if shown != self._shown and self.run is not None:
            self._shown = shown
            self.run.show(shown)

    def _subscribe(self, live: LiveRoom, tap: TapConnection) -> None:
        published = live.published()
        people = {person.id: person for person in live.room.participants}
        pictures = pictures_of(self._panes, published)
        carried = {track.track for track in tap.carried}
        everybody = self.layout is ComposedLayout.PANES
        voices = voices_of(published, people, live.loudest, carried, all_of_them=everybody)
        changed = tap.set_tracks([*voices, *(track for track, _ in pictures.values())])
        sizes = {track: (cell.width, cell.height) for track, (_, cell) in pictures.items()}
        if changed or sizes != self._sizes:
            self._sizes = sizes
            tap.set_sizes(sizes)
        if changed:
            live.look_again()

    def _large(self, live: LiveRoom | None) -> ParticipantId | None:
        """Who has the large picture: who speaks, after the one before has had some time."""
        if live is None:
            return None
        shown = {person.id for person in live.room.participants if person.kind is not ParticipantKind.VIEWER}
        owners = (live.room.owner(track) for track in live.loudest)
        loudest = next((owner.id for owner in owners if owner is not None and owner.id in shown), None)
        held = self._speaker in shown and self._now_s() - self._speaker_since_s < SPEAKER_HOLD_S
        if loudest is not None and loudest != self._speaker and not held:
            self._speaker, self._speaker_since_s = loudest, self._now_s()
        return self._speaker


def _nothing() -> None:
    """There is no wall behind it."""
