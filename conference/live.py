"""A room with people in it: its members, what flows between them, who is told what. One owner, no await inside."""

import logging
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from conference.composing import Follower
from conference.media.down import DownConnection
from conference.media.forwarding import MAX_AUDIO, Forwardable, reconcile
from conference.media.plane import Plane
from conference.media.quality import LOST, grade
from conference.media.sdp_offer import Remote
from conference.media.up import UpConnection
from conference.media.whep import WhepConnection
from conference.media.wishes import Wishes
from conference.media.worker import Worker
from conference.members import Member, NobodyLooks, Onlooker
from conference.model.audience import Audience
from conference.model.errors import (
    CodecUnsupported,
    HuishangError,
    SdpRefused,
    ServerFull,
    TooManySections,
    TrackNotFound,
)
from conference.model.events import RoomEvent
from conference.model.ids import ParticipantId, TrackId
from conference.model.outgoing import (
    LayerChanged,
    MidTrack,
    RecordingChanged,
    RecordingMark,
    RoomSnapshot,
    RoomView,
    SpeakersChanged,
)
from conference.model.participant import LeaveReason, ParticipantKind, ParticipantView, Presence
from conference.model.recording import RecordingEventKind
from conference.model.records import RoomRecord
from conference.model.roles import Verb, may
from conference.model.room import Room
from conference.model.track import Kind, Source, TrackView
from conference.results import PublishRequest
from conference.sources.feed import Feed
from conference.taping import Recorded, Tape

if TYPE_CHECKING:
    from conference.media._relay import TransportStats

UP_GRACE_S: Final = 20.0
"""Announced tracks whose connection ended wait so long for the publisher's next one."""

MAX_TRACKS: Final = 8
"""One person's: everybody else is sent all its sound."""

log = logging.getLogger(__name__)


class LiveRoom:
    """Lives from the first join to the last leave. `changed` asks for `reconcile` soon; it may be called often."""

    def __init__(
        self,
        record: RoomRecord,
        *,
        started_at_ms: int,
        plane: Plane,
        changed: Callable[["LiveRoom"], None],
        worker: Worker | None = None,
        onlooker: Onlooker | None = None,
    ) -> None:
        self.record = record
        self.view = RoomView(id=record.id, name=record.name, started_at_ms=started_at_ms)
        self.room = Room(max_participants=record.max_participants)
        self.members: dict[ParticipantId, Member] = {}
        self.plane = plane
        self.worker = worker or plane.place()
        self.number = plane.number()
        self._changed = changed
        self._onlooker = onlooker or NobodyLooks()
        self._loudest: list[TrackId] = []
        self.speakers: tuple[ParticipantId, ...] = ()
        self.tape: Tape | None = None
        self.on_over: Callable[[Tape], None] = _nobody
        self.followers: dict[ParticipantId, Follower] = {}
        plane.routes.loudest[self.number] = self._loudest_changed

    def set_record(self, record: RoomRecord) -> None:
        """The room was changed."""
        self.record = record
        self.view = replace(self.view, name=record.name)
        self.room.max_participants = record.max_participants

    # ---- people ----

    def enter(self, member: Member, view: ParticipantView) -> None:
        """The newcomer gets the room first, then the others hear of it. Raises RoomFull."""
        joined = self.room.join(view)
        if self.tape is not None:
            self.tape.run.event(RecordingEventKind.JOINED, view)
        if not any(other.kind.seated for other in self.members.values()):
            self.view = replace(self.view, started_at_ms=view.joined_at_ms)
        self.members[member.id] = member
        self.snapshot(member, resumed=False)
        self.tell(joined, but=member)
        self._changed(self)

    def snapshot(self, member: Member, *, resumed: bool) -> None:
        """The whole room to one member with a page."""
        if member.seat is None:
            return
        member.deliver(
            RoomSnapshot(
                you=member.id,
                room=self.view,
                participants=self.room.participants,
                resume_token=member.seat.resume_token,
                resume_ttl_s=member.seat.resume_ttl_s,
                resumed=resumed,
            )
        )
        if self.speakers:
            member.deliver(SpeakersChanged(self.speakers))
        self._onlooker.greeted(self.view.id, member)

    def exit(self, member: Member, reason: LeaveReason) -> None:
        """Media first, so that nothing of it is seen or heard after the others are told."""
        member.close_media()
        if self.tape is not None and member.id in self.room:
            self.tape.run.event(RecordingEventKind.LEFT, self.room.participant(member.id))
        self.members.pop(member.id, None)
        self.tell(self.room.leave(member.id, reason))
        self._changed(self)

    def end(self, error: HuishangError) -> None:
        """The room is closed: everyone is told so by the end of their connection."""
        members = list(self.members.values())
        for member in members:
            member.close_media()
        self.members.clear()
        for member in members:
            if member.sink is not None:
                member.sink.close(error, again=False)
        self.forget()
        self._onlooker.changed(self.view.id)

    def forget(self) -> None:
        """Nobody is here any more."""
        self.end_tape()
        for follower in list(self.followers.values()):
            follower.gone()
        self.plane.routes.loudest.pop(self.number, None)

    def same_device(self, view: ParticipantView) -> Member | None:
        """An encoder or display that restarted comes back before its old connection is known to be dead."""
        device = view.kind in (ParticipantKind.ENCODER, ParticipantKind.WALL)
        for other in self.room.participants if view.identity and device else ():
            if other.kind is view.kind and other.identity == view.identity:
                return self.members[other.id]
        return None

    def tell(self, event: RoomEvent | None, *, but: Member | None = None) -> None:
        """An event to everyone with a page."""
        if event is not None:
            for member in self.members.values():
                if member is not but:
                    member.deliver(event)
            self._onlooker.changed(self.view.id)

    @property
    def loudest(self) -> Sequence[TrackId]:
        """Who is heard, the loudest first."""
        return self._loudest

    def look_again(self) -> None:
        """What is sent to whom is to be computed anew."""
        self._changed(self)

    def set_presence(self, member: Member, presence: Presence) -> None:
        """Others see that somebody's page lost its socket, or has it again."""
        self.tell(self.room.set_presence(member.id, presence))

    # ---- recording ----

    def start_tape(self, tape: Tape) -> None:
        """The room is recorded from now on, and everybody sees it."""
        self.tape = tape
        self.mark(tape.mark)
        self._changed(self)

    def end_tape(self) -> None:
        """The recording is over: its tap ends now, `on_over` sees to the rest. Idempotent."""
        tape, self.tape = self.tape, None
        if tape is not None:
            tape.tap.close()
            self.mark(None)
            self._changed(self)
            self.on_over(tape)

    def mark(self, mark: RecordingMark | None) -> None:
        """What people see of the recording is another thing now."""
        if self.tape is not None and mark is not None:
            self.tape.mark = mark
        self.view = replace(self.view, recording=mark)
        for member in self.members.values():
            member.deliver(RecordingChanged(mark))

    def _roll_tape(self, published: list[Forwardable]) -> None:
        tape = self.tape
        if tape is None or not tape.tap.set_tracks(published):
            return
        recorded = []
        for tapped in tape.tap.tracks:
            owner = self.room.participant(tapped.owner)
            view = owner.track(tapped.track)
            if view is not None:
                kept = owner.kind is ParticipantKind.SOURCE
                up = self.members[owner.id].up
                transport = up.transport.number if up is not None else 0
                recorded.append(Recorded(tapped, view.source, owner.id, owner.identity, owner.name, kept, transport))
        tape.run.set_tracks(recorded)

    # ---- publishing ----

    def publish(
        self, member: Member, remote: Remote, requests: list[PublishRequest]
    ) -> tuple[str, tuple[MidTrack, ...]]:
        """Takes an offer of the member's up connection. Raises SdpRefused, CodecUnsupported, MediaLost, ServerFull."""
        wanted = _by_mid(remote, requests)
        up = member.up
        if up is None or not up.continues(remote):
            self.plane.admit()
            up = UpConnection(
                self.plane,
                self.worker,
                room=self.number,
                on_receiving=lambda number, receiving: self._receiving(member, number, receiving),
            )
        try:
            answer = up.negotiate(remote, set(wanted))
        except HuishangError:
            if up is not member.up:
                up.close()
            raise
        if up is not member.up:
            if member.up is not None:
                member.up.close()
            member.up = up
            up.transport.on_closed = lambda reason: self._up_ended(member, up, reason)
        member.up_lost_s = None
        tracks = self._announce(member, [request for mid, request in wanted.items() if mid in up.tracks])
        if wanted and not tracks:
            raise CodecUnsupported("none of the tracks has a codec that may be used")
        return answer, tracks

    def mute(self, member: Member, track: TrackId, *, muted: bool) -> None:
        """The relay keeps the publisher's word: nothing of a muted track is forwarded. Raises TrackNotFound."""
        view = self.room.participant(member.id).track(track)
        if view is None:
            raise TrackNotFound(track)
        self.tell(self.room.set_track(member.id, replace(view, muted=muted)))
        self._pause(member, track, paused=muted)

    def block(self, track: TrackId, *, blocked: bool) -> None:
        """Nothing of this track is forwarded in this room, or it is again. Raises TrackNotFound."""
        owner = self.room.owner(track)
        view = owner.track(track) if owner is not None else None
        if owner is None or view is None:
            raise TrackNotFound(track)
        self.tell(self.room.set_track(owner.id, replace(view, blocked=blocked)))
        self._changed(self)

    def feed_changed(self, member: Member) -> None:
        """A source has other tracks now, or its media came or stopped."""
        if member.link is None or member.id not in self.room:
            return
        feed, old = member.link.feed, self.room.participant(member.id)
        views = []
        for track in feed.tracks.values():
            known = old.track(track.id) or TrackView(id=track.id, kind=track.source.kind, source=track.source)
            views.append(replace(known, receiving=track.receiving))
        self.tell(self.room.set_tracks(member.id, tuple(views)))
        self._changed(self)

    def drop_tracks(self, member: Member) -> None:
        """The publisher did not come back with media: its tracks are no longer announced."""
        member.mids.clear()
        member.up_lost_s = None
        self.tell(self.room.set_tracks(member.id, ()))
        self._changed(self)

    # ---- forwarding ----

    def reconcile(self, now_s: float) -> None:
        """Makes what is sent to each member what it should be. Running it twice changes nothing."""
        published = self.published()
        private = {view.id for view in self.room.participants if view.audience is Audience.HOSTS}
        public = [track for track in published if track.owner not in private] if private else published
        announced = {track.id for view in self.room.participants for track in view.tracks}
        for member in list(self.members.values()):
            view = self.room.participant(member.id)
            if may(view.role, Verb.SUBSCRIBE):
                member.wishes.forget(announced)
                self._reconcile_one(member, published if view.sees_all else public, now_s)
        self._roll_tape(published)
        for follower in list(self.followers.values()):
            follower.follow(published)
        self._tell_needs()

    def offer(self, member: Member) -> None:
        """The next offer of a member's down connection, if it is due."""
        if isinstance(member.down, DownConnection) and member.sink is not None:
            offered = member.down.poll()
            if offered is not None:
                member.deliver(offered)

    def answered(self, member: Member, number: int, sdp: str) -> None:
        """Raises OfferUnexpected, SdpRefused, ServerFull."""
        if isinstance(member.down, DownConnection):
            before = member.down.refused_formats
            self.want(member, member.down.answered(number, sdp))
            if member.down.refused_formats != before:
                self._changed(self)  # perhaps there is an alternative that it can play
            self.offer(member)

    def want(self, member: Member, subscriptions: list[int]) -> None:
        """Tells the relay the member's wishes for these video subscriptions."""
        down = member.down
        if isinstance(down, DownConnection):
            self.worker.set_wants(
                [
                    member.wishes.want(source.track, number)
                    for number in subscriptions
                    if (source := down.subscriptions.of.get(number)) is not None and source.kind is Kind.VIDEO
                ]
            )

    def renew_media(self, member: Member, *, media_alive: bool) -> None:
        """For a page that came back. Without `media_alive` it makes new connections."""
        if not media_alive:
            if member.up is not None:
                member.up.close()
                self.up_lost(member)
            member.wishes = Wishes()
            self.reset_down(member)
        elif isinstance(member.down, DownConnection) and member.down.transport.open:
            if member.down.outstanding is not None:  # whether the page saw it, or its answer was lost, nobody knows
                member.down.offer_again()
            self.offer(member)
        else:
            self.reset_down(member)

    def reset_down(self, member: Member) -> None:
        """The next offer begins a new connection (another session id in its `o=` line)."""
        if member.down is not None:
            member.down.close()
            member.down = None
        self._changed(self)

    def grade(self, member: Member, rows: "dict[int, TransportStats]") -> None:
        """One second's quality of a member's connections: the worse of both."""
        grades = []
        for connection in (member.up, member.down):
            if connection is None or not connection.transport.open:
                continue
            if connection.transport.ice_state in ("disconnected", "failed"):
                grades.append(LOST)
            elif connection.transport.ice_state == "connected":
                row = rows.get(connection.transport.number)
                if row is not None:
                    lost = row.lost_up if connection is member.up else row.lost_down
                    grades.append(grade(lost=lost, rtt_ms=row.rtt_ms))
        self.tell(self.room.set_quality(member.id, member.meter.sample(min(grades, default=0))))

    # ---- inside ----

    def published(self) -> list[Forwardable]:
        """Everything that may be sent to somebody."""
        found = []
        for member in self.members.values():
            if member.link is not None:
                found += self._published_by(member, member.link.feed)
            if member.up is None:
                continue
            for view in self.room.participant(member.id).tracks:
                track = member.up.tracks.get(member.mids.get(view.id, ""))
                if track is not None and not view.blocked:
                    screen = view.source in (Source.SCREEN, Source.SCREEN_AUDIO)
                    found.append(Forwardable(view.id, member.id, track.number, view.kind, screen, track.publication))
        return found

    def _sees(self, viewer: ParticipantView, owner: ParticipantId) -> bool:
        """What is for hosts only is never sent to anybody else."""
        return viewer.sees_all or self.room.participant(owner).audience is Audience.ALL

    def _published_by(self, member: Member, feed: Feed) -> list[Forwardable]:
        if feed.worker is not self.worker:
            return []  # it lives on another worker, for another room
        views = self.room.participant(member.id).tracks
        open_tracks = [feed.tracks[view.id] for view in views if not view.blocked and view.id in feed.tracks]
        return [track.forwardable(member.id) for track in open_tracks]

    def _tell_needs(self) -> None:
        """Sources learn what is looked at: what nobody needs is not fetched, and not transcoded."""
        links = [member.link for member in self.members.values() if member.link is not None]
        if not links:
            return
        receivers: Counter[int] = Counter()
        for member in self.members.values():
            if member.down is not None:
                receivers.update(source.number for source in member.down.carried)
        if self.tape is not None:
            receivers.update(source.number for source in self.tape.tap.carried)
        for follower in self.followers.values():
            receivers.update(source.number for source in follower.carried)
        for link in links:
            link.feed.set_need(link.room, *link.feed.needed(receivers))

    def _reconcile_one(self, member: Member, published: list[Forwardable], now_s: float) -> None:
        down = member.down
        if isinstance(down, WhepConnection):
            follower = self.followers.get(member.only) if member.only is not None else None
            pool = follower.given if follower is not None else published
            others = [t for t in pool if member.only in (None, t.owner)]
            self.worker.set_wants(down.set_tracks(sorted(others, key=self._importance)))
            return
        if member.sink is None and down is None:
            return  # nobody there to answer an offer
        wanted = reconcile(
            member.id,
            published,
            carried=[source.track for source in down.carried] if down is not None else [],
            video=member.wishes.video(now_s),
            loudest=self._loudest,
        )
        if down is None:
            if not wanted:
                return
            down = self._open_down(member)
            if down is None:
                return
        down.set_tracks(wanted)
        self.offer(member)

    def _importance(self, track: Forwardable) -> tuple[int, int]:
        position = self._loudest.index(track.track) if track.track in self._loudest else len(self._loudest)
        return (0 if track.screen else 1, position)

    def _open_down(self, member: Member) -> DownConnection | None:
        try:
            down = DownConnection(
                self.plane,
                self.worker,
                room=self.number,
                on_layer=lambda source, layer, temporal, reason: member.deliver(
                    LayerChanged(track=source.track, layer=layer, temporal=temporal, reason=reason)
                ),
            )
        except ServerFull as error:
            log.warning("x down connection of %s: %s", member.id, error)
            return None
        down.transport.on_closed = lambda reason: self._down_ended(member, down, reason)
        member.down = down
        return down

    def _announce(self, member: Member, requests: list[PublishRequest]) -> tuple[MidTrack, ...]:
        """Tracks keep their ids over renegotiation (same m-section) and over a new connection (same source)."""
        old = _continued(requests, self.room.participant(member.id).tracks, member.mids)
        mids: dict[TrackId, str] = {}
        views = []
        for request in requests:
            view = old.get(request.mid) or TrackView(
                id=TrackId(f"t-{secrets.token_hex(6)}"), kind=request.source.kind, source=request.source
            )
            view = replace(view, muted=request.muted)
            mids[view.id] = request.mid
            views.append(view)
        member.mids = mids
        self.tell(self.room.set_tracks(member.id, tuple(views)))
        for view in views:
            self._pause(member, view.id, paused=view.muted)
        self._changed(self)
        return tuple(MidTrack(mid, track) for track, mid in mids.items())

    def _pause(self, member: Member, track: TrackId, *, paused: bool) -> None:
        carried = member.up.tracks.get(member.mids.get(track, "")) if member.up is not None else None
        if carried is not None and paused is not (carried.number in member.paused):
            self.worker.pause_track(carried.number, paused=paused)
            member.paused ^= {carried.number}

    def _receiving(self, member: Member, number: int, receiving: bool) -> None:
        if member.up is None or member.id not in self.room:
            return
        for track, mid in member.mids.items():
            carried = member.up.tracks.get(mid)
            view = self.room.participant(member.id).track(track)
            if carried is not None and carried.number == number and view is not None:
                self.tell(self.room.set_track(member.id, replace(view, receiving=receiving)))

    def _loudest_changed(self, numbers: list[int]) -> None:
        tracks = {track.number: track for track in self.published()}
        loudest = [tracks[number] for number in numbers if number in tracks]
        self._loudest = [track.track for track in loudest]
        speakers = tuple(dict.fromkeys(track.owner for track in loudest))
        if loudest:
            for member in self.members.values():
                if isinstance(member.down, WhepConnection) and self._sees(
                    self.room.participant(member.id), loudest[0].owner
                ):
                    member.down.follow(loudest[0])
        if sum(track.kind is Kind.AUDIO for track in tracks.values()) > MAX_AUDIO:
            self._changed(self)  # not everybody gets everything: the loudest come first
        if speakers != self.speakers:
            self.speakers = speakers
            for member in self.members.values():
                member.deliver(SpeakersChanged(speakers))
            self._onlooker.changed(self.view.id)

    def _up_ended(self, member: Member, up: UpConnection, reason: str) -> None:
        up.closed()
        if member.up is up and member.id in self.room:
            log.info("- up connection of %s ended: %s", member.id, reason)
            self.up_lost(member)

    def up_lost(self, member: Member) -> None:
        """Its tracks stay announced for a while, but nothing comes of them."""
        member.up = None
        member.up_lost_s = self.plane.now_s() if member.mids else None
        views = self.room.participant(member.id).tracks
        self.tell(self.room.set_tracks(member.id, tuple(replace(view, receiving=False) for view in views)))
        self._changed(self)

    def _down_ended(self, member: Member, down: DownConnection, reason: str) -> None:
        down.subscriptions.closed()
        if member.down is down:
            log.info("- down connection of %s ended: %s", member.id, reason)


def _by_mid(remote: Remote, requests: list[PublishRequest]) -> dict[str, PublishRequest]:
    if len(requests) > MAX_TRACKS:
        raise TooManySections(f"{len(requests)} tracks")
    wanted: dict[str, PublishRequest] = {}
    for request in requests:
        section = remote.section(request.mid)
        if section is None or request.mid in wanted:
            raise SdpRefused("a track names no m-section, or one that another track names")
        if section.kind is not None and section.kind is not request.source.kind:
            raise SdpRefused("a track's source is not of its m-section's kind")
        wanted[request.mid] = request
    return wanted


def _continued(
    requests: list[PublishRequest], tracks: tuple[TrackView, ...], mids: dict[TrackId, str]
) -> dict[str, TrackView]:
    """Which announced track each request goes on with, by mid: that of the same m-section, else one of its source."""
    free = list(tracks)
    found: dict[str, TrackView] = {}
    for same_section in (True, False):
        for request in requests:
            for track in free:
                here = not same_section or mids.get(track.id) == request.mid
                if request.mid not in found and track.source is request.source and here:
                    found[request.mid] = track
            free = [track for track in free if track is not found.get(request.mid)]
    return found


def _nobody(_tape: Tape) -> None:
    """No recorder is plugged in, so nothing is recorded."""
