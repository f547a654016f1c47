"""Seats over lost sockets: the others never see somebody leave and come back."""

import pytest

from conference.model.errors import (
    NotAllowed,
    ParticipantNotFound,
    ParticipantRemoved,
    ResumeUnknown,
    RoomClosed,
    RoomFull,
    SeatReplaced,
    ServerFull,
    TokenRevoked,
)
from conference.model.events import ParticipantJoined, ParticipantLeft, ParticipantUpdated
from conference.model.ids import ParticipantId
from conference.model.outgoing import Outgoing, RoomSnapshot, SubscribeOffered
from conference.model.participant import LeaveReason, Presence
from conference.model.roles import Role
from tests.fakes.hall import Page, hall, renamed, vector


async def test_the_newcomer_gets_the_room_first_and_the_others_one_event() -> None:
    async with hall() as h:
        _, first = await h.join("甲")
        seat, second = await h.join("乙")
        assert isinstance(second.got[0], RoomSnapshot)
        assert second.room.you == seat.participant
        assert [p.name for p in second.room.participants] == ["甲", "乙"]
        assert [event.participant.name for event in first.all(ParticipantJoined)] == ["乙"]
        assert second.all(ParticipantJoined) == []


async def test_a_lost_socket_keeps_the_seat_and_nobody_sees_a_leave() -> None:
    async with hall() as h:
        seat, old = await h.join("甲")
        _, other = await h.join("乙")
        h.conference.detach(seat, old)
        assert other.last(ParticipantUpdated).participant.presence is Presence.RECONNECTING
        new = Page()
        again = await h.conference.resume(seat.resume_token, h.grant(), media_alive=True, sink=new)
        assert again is seat
        assert new.room.resumed
        assert other.last(ParticipantUpdated).participant.presence is Presence.HERE
        assert other.all(ParticipantLeft) == []
        assert len(other.all(ParticipantJoined)) == 0


async def test_a_seat_is_lost_after_its_time_and_not_before() -> None:
    async with hall() as h:
        seat, page = await h.join("甲")
        _, other = await h.join("乙")
        h.conference.detach(seat, page)
        h.conference.second(h.clock.now_s + 59.9)
        assert other.all(ParticipantLeft) == []
        h.conference.second(h.clock.now_s + 60.0)
        assert other.last(ParticipantLeft) == ParticipantLeft(seat.participant, LeaveReason.LOST)
        with pytest.raises(ResumeUnknown):
            await h.conference.resume(seat.resume_token, h.grant(), media_alive=True, sink=Page())


async def test_resume_while_the_old_socket_hangs_closes_the_old_one() -> None:
    async with hall() as h:
        seat, old = await h.join()
        new = Page()
        await h.conference.resume(seat.resume_token, h.grant(), media_alive=True, sink=new)
        assert old.ended is not None
        assert isinstance(old.ended[0], SeatReplaced)
        h.conference.detach(seat, old)  # the old socket's end comes late
        assert h.conference.participants(h.room)[0].presence is Presence.HERE


@pytest.mark.parametrize("wrong", ["token", "grant"])
async def test_resume_needs_its_own_token_and_grant(wrong: str) -> None:
    async with hall() as h:
        seat, _ = await h.join()
        token = "x" * 32 if wrong == "token" else seat.resume_token
        grant = h.grant(token="j-other") if wrong == "grant" else h.grant()
        with pytest.raises(ResumeUnknown):
            await h.conference.resume(token, grant, media_alive=True, sink=Page())


async def test_resume_with_living_media_keeps_the_transports() -> None:
    async with hall() as h:
        seat, page = await h.join()
        await h.publish(seat)
        before = h.relay.transports()
        h.conference.detach(seat, page)
        await h.conference.resume(seat.resume_token, h.grant(), media_alive=True, sink=Page())
        await h.settle()
        assert h.relay.transports() == before


async def test_resume_after_a_reload_replaces_the_transports_and_keeps_the_tracks() -> None:
    async with hall() as h:
        seat, page = await h.join("甲")
        viewer, other = await h.join("乙")
        tracks = (await h.publish(seat)).tracks
        await h.answer(viewer, other)
        old = h.relay.transports()[0]
        h.conference.detach(seat, page)
        new = Page()
        await h.conference.resume(seat.resume_token, h.grant(), media_alive=False, sink=new)
        assert old not in h.relay.transports()
        assert [track.id for track in h.conference.participants(h.room)[0].tracks] == [t.track for t in tracks]
        again = await h.publish(seat, renamed(vector("chrome-publish-simulcast"), session="99", certificate="50"))
        assert again.tracks == tracks
        assert other.all(ParticipantLeft) == []


async def test_tracks_of_a_publisher_who_does_not_come_back_with_media_are_withdrawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with hall() as h:
        seat, _ = await h.join("甲")
        _, other = await h.join("乙")
        await h.publish(seat)
        await h.conference.resume(seat.resume_token, h.grant(), media_alive=False, sink=Page())
        h.conference.second(h.clock.now_s)
        assert h.conference.participants(h.room)[0].tracks != ()
        monkeypatch.setattr("conference.service.UP_GRACE_S", 0.0)
        h.conference.second(h.clock.now_s)
        assert other.last(ParticipantUpdated).participant.tracks == ()


async def test_an_outstanding_offer_is_made_again_after_a_lost_socket() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        viewer, page = await h.join("乙")
        await h.publish(publisher)
        lost = page.offer
        h.conference.detach(viewer, page)
        new = Page()
        await h.conference.resume(viewer.resume_token, h.grant(), media_alive=True, sink=new)
        assert new.offer.number > lost.number
        await h.answer(viewer, new)
        assert len(h.relay.edges()) == 1


async def test_removal_closes_the_relay_transports_before_anybody_is_told() -> None:
    async with hall() as h:
        host, _ = await h.join("主持", Role.HOST, token="j-host")
        guest, page = await h.join("客", token="j-guest", identity="guest-7")
        await h.publish(guest)
        seen: list[list[int]] = []

        class Watcher(Page):
            def deliver(self, message: Outgoing) -> None:
                if isinstance(message, ParticipantLeft):
                    seen.append(h.relay.tracks())

        await h.conference.join(h.grant(), name="乙", sink=Watcher())
        await h.conference.remove(h.room, guest.participant, by=host)
        assert seen == [[]]
        assert page.ended is not None
        assert isinstance(page.ended[0], ParticipantRemoved)
        assert not page.ended[1]
        with pytest.raises(TokenRevoked):
            await h.join("客", token="j-guest", identity="guest-7")
        with pytest.raises(ResumeUnknown):
            await h.conference.resume(guest.resume_token, h.grant(token="j-guest"), media_alive=True, sink=Page())


async def test_removing_one_who_used_a_shared_invitation_leaves_it_to_the_others() -> None:
    async with hall() as h:
        host, _ = await h.join("主持", Role.HOST, token="j-host")
        nuisance, _ = await h.join("客", token="j-shared")
        other, page = await h.join("乙", token="j-shared")
        await h.conference.remove(h.room, nuisance.participant, by=host)
        assert page.ended is None
        h.conference.detach(other, page)
        back = await h.conference.resume(other.resume_token, h.grant(token="j-shared"), media_alive=True, sink=Page())
        assert back.participant == other.participant
        with pytest.raises(ResumeUnknown):
            await h.conference.resume(nuisance.resume_token, h.grant(token="j-shared"), media_alive=True, sink=Page())


@pytest.mark.parametrize("role", [Role.PARTICIPANT, Role.VIEWER])
async def test_only_a_host_removes(role: Role) -> None:
    async with hall() as h:
        seat, _ = await h.join("甲", role)
        victim, _ = await h.join("乙")
        with pytest.raises(NotAllowed):
            await h.conference.remove(h.room, victim.participant, by=seat)
        with pytest.raises(ParticipantNotFound):
            await h.conference.remove(h.room, ParticipantId("p-none"), by="admin")
        assert len(h.conference.participants(h.room)) == 2


async def test_a_revoked_token_ends_everything_that_came_with_it() -> None:
    async with hall() as h:
        _, page = await h.join("甲", token="j-leaked")
        _, other = await h.join("乙", token="j-good")
        await h.conference.token_revoked("j-leaked")
        assert page.ended is not None
        assert isinstance(page.ended[0], TokenRevoked)
        assert other.ended is None
        with pytest.raises(TokenRevoked):
            await h.join("甲", token="j-leaked")


async def test_a_deleted_room_sends_everybody_away_and_lets_nobody_in() -> None:
    async with hall() as h:
        seat, page = await h.join()
        await h.publish(seat)
        await h.conference.delete_room(h.room)
        assert page.ended is not None
        assert isinstance(page.ended[0], RoomClosed)
        assert h.relay.transports() == []
        assert h.conference.participants(h.room) == []
        with pytest.raises(RoomClosed):
            await h.join()


async def test_a_full_room_and_a_full_server_refuse() -> None:
    async with hall(max_participants=1) as h:
        await h.join()
        with pytest.raises(RoomFull):
            await h.join()
    async with hall(max_transports=2) as h:
        seat, _ = await h.join()
        await h.publish(seat)
        with pytest.raises(ServerFull):
            await h.join()


async def test_an_empty_room_leaves_nothing_behind() -> None:
    async with hall() as h:
        seat, _ = await h.join()
        await h.publish(seat)
        await h.conference.leave(seat)
        await h.conference.leave(seat)
        stats = h.conference.stats()
        assert (stats.rooms, stats.participants, stats.transports) == (0, 0, 0)
        assert h.relay.transports() == []


async def test_a_slow_reader_gets_everything_afresh() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        viewer, page = await h.join("乙")
        await h.publish(publisher)
        page.got.clear()
        h.conference.resync(viewer)
        assert [type(message) for message in page.got] == [RoomSnapshot, SubscribeOffered]
