"""Sources as participants: their places, their tracks, what is needed of them, what a host may do with them."""

from collections.abc import Awaitable, Callable

import pytest

from conference.members import source_participant
from conference.model.errors import NotAllowed, TrackNotFound
from conference.model.events import ParticipantJoined, ParticipantLeft, ParticipantUpdated
from conference.model.ids import RoomId, SourceId, TrackId
from conference.model.outgoing import SourcesMeasured
from conference.model.participant import LeaveReason, ParticipantKind, SourceFeed
from conference.model.roles import Role
from conference.model.source import Measured, SourceKind, SourceState, SourceStatus
from conference.results import Wish
from conference.sources.feed import NOTHING, Feed
from conference.sources.words import Need
from tests.fakes.hall import Event, Hall, answer_to, hall

CAMERA = SourceId("c-1")


def shown(state: SourceState = SourceState.LIVE) -> SourceFeed:
    return SourceFeed(source=CAMERA, kind=SourceKind.RTSP, status=SourceStatus(state=state, since_ms=5))


class Linked:
    """A source in the hall's room."""

    def __init__(self, h: Hall) -> None:
        self.h = h
        self.needs: list[Need] = []
        self.removed = 0
        self.feed = Feed(h.conference._plane, CAMERA, SourceKind.RTSP, on_need=self.needs.append)

    async def link(self, *, removed: Callable[[], Awaitable[None]] | None = None, room: RoomId | None = None) -> None:
        async def count() -> None:
            self.removed += 1

        await self.h.conference.link_source(
            room or self.h.room, self.feed, name="大坝", shown=shown(), removed=removed or count
        )
        await self.h.settle()

    async def announce(self, *, video: bool = True, audio: str = "pcma") -> None:
        self.feed.announce(video=video, audio=audio)
        await self.h.settle()

    @property
    def video(self) -> TrackId:
        return next(track.id for track in self.feed.tracks.values() if track.alternative is not None)

    def number(self, *, other: bool = False) -> int:
        track = self.feed.tracks[self.video]
        found = track.alternative if other else track.main
        assert found is not None
        return found.number


async def linked(h: Hall) -> Linked:
    made = Linked(h)
    await made.link()
    await made.announce()
    return made


async def test_it_is_listed_with_its_kind_and_keeps_its_tracks_over_new_connections() -> None:
    async with hall() as h:
        source = await linked(h)
        _, page = await h.join("甲")
        (view,) = [p for p in page.room.participants if p.kind is ParticipantKind.SOURCE]
        assert view.name == "大坝"
        assert view.feed == shown()
        ids = [track.id for track in view.tracks]
        assert [track.kind.value for track in view.tracks] == ["video", "audio"]
        await source.announce()
        await source.announce(audio="opus")
        await source.announce(audio="")
        await source.announce(audio="pcmu")
        assert [track.id for track in page.last(ParticipantUpdated).participant.tracks] == ids
        await source.link()  # twice changes nothing
        assert len(page.all(ParticipantJoined)) == 0


async def test_it_takes_nobodys_seat() -> None:
    async with hall(max_participants=1) as h:
        await linked(h)
        await h.join("甲")
        assert len(h.conference.participants(h.room)) == 2


async def test_the_meeting_begins_with_its_first_person() -> None:
    async with hall() as h:
        await linked(h)
        h.clock.now_s += 500
        _, page = await h.join("甲")
        assert page.room.room.started_at_ms == int(h.clock.wall_s() * 1000)


async def test_what_nobody_looks_at_is_not_needed() -> None:
    async with hall() as h:
        source = await linked(h)
        assert source.feed.need == NOTHING
        viewer, page = await h.join("甲")
        await h.settle()
        await h.answer(viewer, page)
        assert source.feed.need == Need(video=False, vp8=False, audio=True)
        h.conference.wants(viewer, [Wish(track=source.video, width=640, height=360)])
        await h.settle()
        await h.answer(viewer, page)
        assert source.feed.need == Need(video=True, vp8=False, audio=True)
        assert source.feed.viewers == 1
        h.conference.wants(viewer, [Wish(track=source.video, width=0, height=0)])
        h.clock.now_s += 60
        h.conference.second(h.clock.monotonic_s())
        await h.settle()
        assert source.feed.need.video is False
        await h.conference.leave(viewer)
        await h.settle()
        assert source.feed.need == NOTHING
        assert source.needs[-1] == NOTHING


async def test_a_viewer_without_h264_gets_the_alternative() -> None:
    async with hall() as h:
        source = await linked(h)
        viewer, page = await h.join("甲")
        h.conference.wants(viewer, [Wish(track=source.video, width=640, height=360)])
        await h.settle()
        video = next(t.mid for t in page.offer.tracks if t.track == source.video)
        await h.answer(viewer, page, drop=(video,))
        assert source.feed.need.vp8
        assert "VP8/90000" in page.offer.sdp
        await h.answer(viewer, page)
        assert source.number(other=True) in {track for _, track in h.relay.edges()}
        # It stays with what it can play, also when the camera comes back with other sound.
        await source.announce(audio="opus")
        await h.answer(viewer, page)
        assert source.number(other=True) in {track for _, track in h.relay.edges()}
        assert source.number() not in {track for _, track in h.relay.edges()}
        assert source.feed.need == Need(video=False, vp8=True, audio=True)


async def test_media_that_comes_is_told() -> None:
    async with hall() as h:
        source = await linked(h)
        _, page = await h.join("甲")
        await h.tell(Event.Receiving(source.number(), True))
        tracks = page.last(ParticipantUpdated).participant.tracks
        assert [track.receiving for track in tracks] == [True, False]


async def test_only_a_host_holds_tracks_back() -> None:
    async with hall() as h:
        source = await linked(h)
        host, _ = await h.join("主", Role.HOST)
        viewer, page = await h.join("甲")
        h.conference.wants(viewer, [Wish(track=source.video, width=640, height=360)])
        await h.settle()
        await h.answer(viewer, page)
        assert len([edge for edge in h.relay.edges() if edge[1] == source.number()]) == 1
        with pytest.raises(NotAllowed):
            h.conference.block(viewer, source.video, True)
        with pytest.raises(TrackNotFound):
            h.conference.block(host, TrackId("t-none"), True)
        h.conference.block(host, source.video, True)
        await h.settle()
        assert [edge for edge in h.relay.edges() if edge[1] == source.number()] == []
        view = page.last(ParticipantUpdated).participant
        assert [track.blocked for track in view.tracks] == [True, False]
        assert source.feed.need.video is False
        await h.answer(viewer, page)
        await h.tell(Event.Receiving(source.number(), True))  # news of its media do not let it go again
        assert page.last(ParticipantUpdated).participant.tracks[0].blocked
        h.conference.block(host, source.video, False)
        await h.settle()
        await h.answer(viewer, page)
        assert len([edge for edge in h.relay.edges() if edge[1] == source.number()]) == 1


async def test_a_host_removes_it_and_its_owner_is_told() -> None:
    async with hall() as h:
        source = Linked(h)

        async def removed() -> None:
            source.removed += 1
            h.conference.unlink_source(h.room, CAMERA)

        await source.link(removed=removed)
        await source.announce()
        host, page = await h.join("主", Role.HOST)
        await h.conference.remove(h.room, source_participant(CAMERA), by=host)
        assert source.removed == 1
        assert page.last(ParticipantLeft) == ParticipantLeft(source_participant(CAMERA), LeaveReason.REMOVED)
        await source.announce(audio="opus")  # its news go nowhere, and harm nobody
        assert source.feed.tracks


async def test_state_and_numbers_reach_the_room() -> None:
    async with hall() as h:
        await linked(h)
        _, page = await h.join("甲")
        frozen = shown(SourceState.FROZEN)
        h.conference.show_source(h.room, CAMERA, name="大坝二号", shown=frozen)
        view = page.last(ParticipantUpdated).participant
        assert (view.name, view.feed) == ("大坝二号", frozen)
        measured = Measured(bitrate_bps=1, fps=25.0, width=2, height=3)
        h.conference.tell_measured({CAMERA: measured, SourceId("c-other"): measured})
        assert page.last(SourcesMeasured).sources == ((source_participant(CAMERA), measured),)


async def test_one_source_in_two_rooms_is_fetched_once() -> None:
    async with hall() as h:
        source = await linked(h)
        second = await h.conference.create_room("二号")
        await source.link(room=second.id)
        assert len(h.conference.participants(second.id)[0].tracks) == 2
        assert len(h.relay.called("add_injector")) == 1
        viewer, page = await h.join("甲")
        h.conference.wants(viewer, [Wish(track=source.video, width=640, height=360)])
        await h.settle()
        await h.conference.subscribe_answer(viewer, page.offer.number, answer_to(page.offer.sdp))
        await h.settle()
        assert source.feed.need.video
        h.conference.unlink_source(second.id, CAMERA)
        assert source.feed.need.video
        h.conference.unlink_source(h.room, CAMERA)
        assert source.feed.need == NOTHING


async def test_a_closed_room_lets_its_sources_go() -> None:
    async with hall() as h:
        source = await linked(h)
        await h.conference.delete_room(h.room)
        await source.announce(audio="opus")
        assert source.feed.need == NOTHING
        assert h.conference.participants(h.room) == []
        source.feed.close()
        assert h.relay.tracks() == []
