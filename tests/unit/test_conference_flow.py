"""What flows between whom: publishing, offers of the down connection, wishes, mute, loudest."""

import pytest

from conference.media.sdp_offer import read_remote
from conference.model.errors import (
    CodecUnsupported,
    MediaLost,
    NotAllowed,
    OfferUnexpected,
    SdpRefused,
    ServerFull,
    TooManySections,
    TrackNotFound,
)
from conference.model.events import ParticipantUpdated
from conference.model.ids import TrackId
from conference.model.outgoing import LayerChanged, SpeakersChanged, SubscribeOffered
from conference.model.roles import Role
from conference.model.track import LayerReason, Source
from conference.results import PublishRequest, Wish
from tests.fakes.hall import Event, answer_to, hall, renamed, vector
from tests.fakes.relay import TransportStats


async def test_audio_flows_at_once_and_video_when_it_is_wanted() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        viewer, page = await h.join("乙")
        (_, mic), (_, cam) = [(t.mid, t.track) for t in (await h.publish(publisher)).tracks]
        assert [t.track for t in page.offer.tracks] == [mic]
        await h.answer(viewer, page)
        assert len(h.relay.edges()) == 1
        h.conference.wants(viewer, [Wish(track=cam, width=640, height=360)])
        await h.settle()
        assert {t.track for t in page.offer.tracks} == {mic, cam}
        await h.answer(viewer, page)
        assert len(h.relay.edges()) == 2
        (want,) = h.relay.called("set_wants")[-1].args[0]
        assert (want.width, want.height) == (640, 360)


async def test_nobody_gets_its_own_tracks_and_viewers_publish_nothing() -> None:
    async with hall() as h:
        alone, page = await h.join("甲")
        await h.publish(alone)
        assert page.all(SubscribeOffered) == []
        viewer, _ = await h.join("观众", Role.VIEWER)
        with pytest.raises(NotAllowed):
            await h.publish(viewer)


async def test_one_offer_at_a_time_and_changes_wait_for_its_answer() -> None:
    async with hall() as h:
        viewer, page = await h.join("观")
        people = [await h.join(f"甲{n}") for n in range(3)]
        await h.publish(people[0][0])
        await h.publish(people[1][0], renamed(vector("chrome-publish-simulcast"), session="5"))
        await h.publish(people[2][0], renamed(vector("chrome-publish-simulcast"), session="6"))
        assert len(page.all(SubscribeOffered)) == 1
        await h.answer(viewer, page)
        assert len(page.all(SubscribeOffered)) == 2
        assert len(page.offer.tracks) == 3


async def test_the_answer_must_be_to_the_outstanding_offer() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        viewer, page = await h.join("乙")
        await h.publish(publisher)
        answer = answer_to(page.offer.sdp)
        with pytest.raises(OfferUnexpected):
            await h.conference.subscribe_answer(viewer, page.offer.number + 1, answer)
        with pytest.raises(SdpRefused):
            await h.conference.subscribe_answer(viewer, page.offer.number, answer.replace("a=mid:0", "a=mid:7"))
        with pytest.raises(SdpRefused):
            await h.conference.subscribe_answer(viewer, page.offer.number, answer_to(page.offer.sdp, setup="actpass"))
        assert h.relay.edges() == []
        await h.answer(viewer, page)
        with pytest.raises(OfferUnexpected):
            await h.conference.subscribe_answer(viewer, page.offer.number, answer)


async def test_a_refused_section_is_not_subscribed_and_not_offered_again() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        viewer, page = await h.join("乙")
        _, (cam) = [t.track for t in (await h.publish(publisher)).tracks]
        await h.answer(viewer, page)
        h.conference.wants(viewer, [Wish(track=cam, width=640, height=360)])
        await h.settle()
        await h.answer(viewer, page, drop=("1",))
        assert len(h.relay.edges()) == 1
        offers = len(page.all(SubscribeOffered))
        h.conference.wants(viewer, [Wish(track=cam, width=320, height=180)])
        await h.settle()
        assert len(page.all(SubscribeOffered)) == offers


async def test_a_refused_section_comes_back_under_another_mid_with_a_codec_everybody_plays() -> None:
    async with hall() as h:
        viewer, page = await h.join("乙")
        for name, codec in (("AV1", "AV1"), ("VP8", "VP8")):
            seat, _ = await h.join(name)
            offer = renamed(vector("chrome-publish-simulcast"), session=str(len(name) + ord(codec[0])))
            if codec == "AV1":
                offer = offer.replace("SAVPF 96 97 ", "SAVPF ")
                offer = offer.replace("SAVPF 103 104 107 108 109 114 39 40", "SAVPF 39 40")
            cam = (await h.publish(seat, offer)).tracks[1].track
            await h.answer(viewer, page)
            h.conference.wants(viewer, [Wish(track=cam, width=640, height=360)])
            await h.settle()
            if codec == "AV1":
                assert [t.mid for t in page.offer.tracks] == ["0", "1"]
                await h.answer(viewer, page, drop=("1",))
        assert "VP8/90000" in page.offer.sdp
        assert "AV1/90000" not in page.offer.sdp
        assert {t.mid for t in page.offer.tracks} >= {"0", "2"}
        assert "a=mid:1\r\n" not in page.offer.sdp


async def test_a_hidden_tile_is_silenced_at_once_and_unsubscribed_later() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        viewer, page = await h.join("乙")
        cam = (await h.publish(publisher)).tracks[1].track
        h.conference.wants(viewer, [Wish(track=cam, width=640, height=360)])
        await h.settle()
        await h.answer(viewer, page)
        if len(h.relay.edges()) < 2:
            await h.answer(viewer, page)
        h.conference.wants(viewer, [Wish(track=cam, width=0, height=0)])
        await h.settle()
        (want,) = h.relay.called("set_wants")[-1].args[0]
        assert (want.width, want.height) == (0, 0)
        assert len(h.relay.edges()) == 2
        h.clock.now_s += 11
        h.conference.second(h.clock.now_s)
        await h.settle()
        assert len(h.relay.edges()) == 1


async def test_sections_are_recycled_and_mids_stay() -> None:
    async with hall() as h:
        viewer, page = await h.join("观")
        first, _ = await h.join("甲")
        await h.publish(first)
        await h.answer(viewer, page)
        await h.conference.leave(first)
        await h.settle()
        assert "a=inactive" in page.offer.sdp
        await h.answer(viewer, page)
        second, _ = await h.join("丙")
        await h.publish(second)
        assert page.offer.sdp.count("m=audio") == 1
        assert [t.mid for t in page.offer.tracks] == ["0"]
        await h.answer(viewer, page)
        subscriptions = h.relay.called("subscribe")
        assert len({call.kwargs["ssrc"] for call in subscriptions}) == len(subscriptions) == 2


async def test_an_offer_of_ours_is_one_a_browser_understands() -> None:
    async with hall() as h:
        viewer, page = await h.join("观")
        names = ["chrome-publish-simulcast", "firefox-publish", "aiortc-publish"]
        for name in names:
            seat, _ = await h.join(name)
            tracks = (await h.publish(seat, vector(name))).tracks
            h.conference.wants(viewer, [Wish(track=tracks[1].track, width=640, height=360)])
            await h.settle()
            while len(h.relay.called("subscribe")) < sum(len(p.tracks) for p in h.conference.participants(h.room)):
                await h.answer(viewer, page)
        remote = read_remote(page.offer.sdp)  # also checks that numbers mean one thing in the whole bundle
        assert len(remote.sections) == 6
        assert remote.setup == "actpass"
        assert remote.bundle == tuple("012345")
        assert page.offer.sdp.count("a=end-of-candidates") == 1
        for section in remote.sections:
            assert section.sends
            assert section.encodings[0].ssrc is not None
            assert (section.encodings[0].rtx_ssrc is not None) == (section.media == "video")


async def test_mute_is_told_and_kept_by_the_relay() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        _, other = await h.join("乙")
        mic = (await h.publish(publisher, muted=True)).tracks[0].track
        number = h.relay.called("publish")[0].args[1]
        assert h.relay.called("pause_track")[-1].args == (number, True)
        h.conference.mute(publisher, mic, False)
        assert h.relay.called("pause_track")[-1].args == (number, False)
        assert not other.last(ParticipantUpdated).participant.tracks[0].muted
        with pytest.raises(TrackNotFound):
            h.conference.mute(publisher, TrackId("t-none"), True)


async def test_renegotiation_keeps_what_did_not_change() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        offer = vector("chrome-publish-simulcast")
        first = await h.publish(publisher, offer)
        assert "o=- " in first.answer_sdp
        version = int(first.answer_sdp.split("\r\n")[1].split(" ")[2])
        again = await h.conference.publish(publisher, offer, [PublishRequest(mid="0", source=Source.MICROPHONE)])
        await h.settle()
        assert int(again.answer_sdp.split("\r\n")[1].split(" ")[2]) == version + 1
        assert again.answer_sdp.split("\r\n")[1].split(" ")[1] == first.answer_sdp.split("\r\n")[1].split(" ")[1]
        assert again.tracks == first.tracks[:1]
        assert len(h.relay.tracks()) == 1
        assert len(h.relay.called("add_transport")) == 1
        assert len(h.relay.called("restart_ice")) == 0


async def test_new_credentials_in_an_offer_restart_ice_on_the_same_transport() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        offer = vector("chrome-publish-simulcast")
        first = await h.publish(publisher, offer)
        again = await h.publish(publisher, offer.replace("a=ice-ufrag:4ZcD", "a=ice-ufrag:9XyZ"))
        (restart,) = h.relay.called("restart_ice")
        assert restart.args == tuple(h.relay.transports())
        assert f"a=ice-ufrag:{restart.kwargs['ufrag']}" in again.answer_sdp
        assert restart.kwargs["ufrag"] not in first.answer_sdp
        assert again.tracks == first.tracks
        assert len(h.relay.called("publish")) == 2


async def test_another_peer_connection_replaces_the_transport_under_the_same_tracks() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        viewer, page = await h.join("乙")
        first = await h.publish(publisher)
        await h.answer(viewer, page)
        old = h.relay.transports()[0]
        again = await h.publish(publisher, renamed(vector("chrome-publish-simulcast"), session="8", ufrag="abcd"))
        assert again.tracks == first.tracks
        assert old not in h.relay.transports()
        await h.answer(viewer, page)
        assert page.offer.tracks[0].mid == "0"
        assert len(h.relay.edges()) == 1


async def test_an_offer_on_an_ended_transport_asks_for_a_new_peer_connection() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        await h.publish(publisher)
        (transport,) = h.relay.transports()
        await h.tell(Event.Closed(transport, "handshake"))
        assert h.conference.participants(h.room)[0].tracks[0].receiving is False
        await h.publish(publisher, renamed(vector("chrome-publish-simulcast"), session="8"))
        assert len(h.relay.transports()) == 1


async def test_a_lost_relay_worker_refuses_and_is_not_ready() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        h.relay.refuse.add("add_transport")
        with pytest.raises(ServerFull):
            await h.publish(publisher)
        h.relay.refuse = {"poll"}
        await h.tell(Event.Receiving(1, True))
        assert not h.conference.stats().ready


async def test_offers_that_cannot_be_taken() -> None:
    async with hall(video_codecs=("AV1",)) as h:
        publisher, _ = await h.join("甲")
        requests = [PublishRequest(mid="1", source=Source.CAMERA)]
        with pytest.raises(CodecUnsupported):
            await h.conference.publish(publisher, vector("aiortc-publish"), requests)
        with pytest.raises(TooManySections):
            await h.conference.publish(publisher, vector("aiortc-publish"), requests * 9)
        for odd in (
            [PublishRequest(mid="7", source=Source.CAMERA)],
            [PublishRequest(mid="0", source=Source.CAMERA)],
            [requests[0], requests[0]],
        ):
            with pytest.raises(SdpRefused):
                await h.conference.publish(publisher, vector("aiortc-publish"), odd)


async def test_the_relay_tells_layers_speakers_and_reception() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        viewer, page = await h.join("乙")
        tracks = (await h.publish(publisher)).tracks
        await h.answer(viewer, page)
        room = h.relay.called("add_transport")[0].kwargs["room"]
        number = h.relay.called("publish")[0].args[1]
        subscription = h.relay.called("subscribe")[0].args[1]
        await h.tell(
            Event.Receiving(number, True),
            Event.Loudest(room, [number]),
            Event.Layer(subscription, None, 0, "bandwidth"),
        )
        assert page.last(ParticipantUpdated).participant.tracks[0].receiving
        assert page.last(SpeakersChanged).participants == (publisher.participant,)
        assert page.last(LayerChanged) == LayerChanged(
            track=tracks[0].track, layer=None, temporal=0, reason=LayerReason.BANDWIDTH
        )
        await h.tell(Event.Loudest(room, []))
        assert page.last(SpeakersChanged).participants == ()


async def test_restart_down_gives_new_credentials_or_a_new_connection() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        viewer, page = await h.join("乙")
        await h.publish(publisher)
        await h.answer(viewer, page)
        before = read_remote(page.offer.sdp)
        h.conference.restart_down(viewer)
        after = read_remote(page.offer.sdp)
        assert after.ice != before.ice
        assert after.session_id == before.session_id
        await h.tell(Event.Closed(h.relay.transports()[-1], "handshake"))
        h.conference.restart_down(viewer)
        await h.settle()
        assert read_remote(page.offer.sdp).session_id != before.session_id
        await h.answer(viewer, page)
        assert len(h.relay.edges()) == 1


async def test_quality_is_told_when_it_changes_and_lasts() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        _, page = await h.join("乙")
        await h.publish(publisher)
        transport = h.relay.transports()[0]
        await h.tell(Event.Ice(transport, "connected"))
        row = h.relay.told.transports
        row.append(TransportStats(transport))
        h.conference.second(h.clock.now_s)
        assert page.last(ParticipantUpdated).participant.quality == 4
        told = len(page.all(ParticipantUpdated))
        row[0] = TransportStats(transport, lost_up=0.3)
        h.conference.second(h.clock.now_s)
        assert len(page.all(ParticipantUpdated)) == told
        h.conference.second(h.clock.now_s)
        assert page.last(ParticipantUpdated).participant.quality == 2


async def test_media_lost_names_what_to_do() -> None:
    async with hall() as h:
        publisher, _ = await h.join("甲")
        await h.publish(publisher)
        live = h.conference._live[h.room]
        up = live.members[publisher.participant].up
        assert up is not None
        up.transport.close()
        with pytest.raises(MediaLost):
            await h.publish(publisher)
