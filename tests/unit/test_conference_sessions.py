"""WHIP and WHEP sessions and the join page's probes."""

import pytest

from conference.media.sdp_offer import read_remote
from conference.model.errors import (
    CodecUnsupported,
    EtagMismatch,
    EtagMissing,
    NotAllowed,
    RoomFull,
    SdpRefused,
    SessionNotFound,
    TransportOff,
)
from conference.model.events import ParticipantJoined, ParticipantLeft
from conference.model.ids import SessionId
from conference.model.outgoing import SubscribeOffered
from conference.model.participant import LeaveReason, ParticipantKind
from conference.model.roles import Role
from conference.model.track import Source
from tests.fakes.hall import Event, hall, vector

RESTART = "a=ice-ufrag:NewU\r\na=ice-pwd:NewPasswordNewPassword1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
TRICKLE = "a=ice-ufrag:4ZcD\r\na=ice-pwd:2/1muCWoOi3uLifh0NuRHlki\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n" + (
    "a=candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host\r\n"
)


@pytest.mark.parametrize("name", ["ffmpeg-whip", "obs-whip", "gstreamer-whip", "aiortc-publish", "firefox-publish"])
async def test_an_encoder_is_a_participant_like_any_other(name: str) -> None:
    async with hall() as h:
        _, page = await h.join("甲")
        session = await h.conference.whip(h.grant(), vector(name))
        await h.settle()
        joined = page.last(ParticipantJoined).participant
        assert (joined.kind, joined.name) == (ParticipantKind.ENCODER, "来宾")
        view = h.conference.participants(h.room)[1]
        assert {track.source for track in view.tracks} == {Source.MICROPHONE, Source.CAMERA}
        assert len(page.last(SubscribeOffered).tracks) == 1
        assert read_remote(session.answer_sdp).setup == ("active" if name == "ffmpeg-whip" else "passive")


async def test_a_session_that_ends_leaves_nothing_behind() -> None:
    async with hall() as h:
        session = await h.conference.whip(h.grant(), vector("obs-whip"))
        assert h.conference.session_room(session.id) == h.room
        assert h.conference.session_token(session.id) == "j-1"
        await h.conference.end_session(session.id)
        assert h.conference.stats().rooms == h.conference.stats().transports == h.conference.stats().sessions == 0
        for gone in (session.id, SessionId("s-none")):
            with pytest.raises(SessionNotFound):
                await h.conference.end_session(gone)


@pytest.mark.parametrize("how", ["closed by the relay", "path failed"])
async def test_a_dead_encoder_leaves(how: str) -> None:
    async with hall() as h:
        _, page = await h.join("甲")
        session = await h.conference.whip(h.grant(), vector("obs-whip"))
        (transport,) = h.relay.transports()
        await h.tell(Event.Ice(transport, "failed") if how == "path failed" else Event.Closed(transport, "consent"))
        assert page.last(ParticipantLeft) == ParticipantLeft(session.participant, LeaveReason.LOST)
        assert transport not in h.relay.transports()


async def test_an_encoder_that_restarts_replaces_itself_even_in_a_full_room() -> None:
    async with hall(max_participants=2) as h:
        _, page = await h.join("甲")
        first = await h.conference.whip(h.grant(identity="uav-1"), vector("obs-whip"))
        second = await h.conference.whip(h.grant(identity="uav-1"), vector("obs-whip"))
        assert page.last(ParticipantLeft) == ParticipantLeft(first.participant, LeaveReason.REPLACED)
        assert [p.id for p in h.conference.participants(h.room)][1:] == [second.participant]
        with pytest.raises(RoomFull):
            await h.conference.whip(h.grant(identity="uav-2"), vector("obs-whip"))


async def test_what_an_encoder_may_not_do() -> None:
    async with hall() as h:
        with pytest.raises(NotAllowed):
            await h.conference.whip(h.grant(Role.VIEWER), vector("obs-whip"))
        with pytest.raises(CodecUnsupported):
            await h.conference.whip(h.grant(), vector("chrome-whep-recvonly"))
        with pytest.raises(SdpRefused):
            await h.conference.whip(h.grant(), "v=0")
        assert h.conference.stats().rooms == 0
        assert h.relay.transports() == []


async def test_patches() -> None:
    async with hall() as h:
        session = await h.conference.whip(h.grant(), vector("chrome-publish-simulcast"))
        trickled = await h.conference.patch_session(session.id, TRICKLE, session.etag)
        assert (trickled.fragment, trickled.etag) == (None, session.etag)
        assert h.relay.called("restart_ice") == []
        with pytest.raises(EtagMissing):
            await h.conference.patch_session(session.id, TRICKLE, None)
        with pytest.raises(EtagMismatch):
            await h.conference.patch_session(session.id, TRICKLE, "other")
        restarted = await h.conference.patch_session(session.id, RESTART, "*")
        (call,) = h.relay.called("restart_ice")
        assert restarted.etag != session.etag
        assert restarted.fragment is not None
        assert f"a=ice-ufrag:{call.kwargs['ufrag']}\r\n" in restarted.fragment
        assert "a=end-of-candidates" in restarted.fragment
        with pytest.raises(EtagMismatch):
            await h.conference.patch_session(session.id, TRICKLE, session.etag)
        again = await h.conference.patch_session(session.id, RESTART, restarted.etag)
        assert again.fragment is None


async def test_a_player_gets_what_is_there_and_what_comes_later() -> None:
    async with hall() as h:
        first, _ = await h.join("甲")
        await h.publish(first)
        player = await h.conference.whep(h.grant(Role.VIEWER), vector("chrome-whep-recvonly"))
        await h.settle()
        assert [p.kind for p in h.conference.participants(h.room)][-1] is ParticipantKind.VIEWER
        answer = read_remote(player.answer_sdp)
        assert [section.direction for section in answer.sections] == ["sendonly", "sendonly"]
        calls = h.relay.called("subscribe")
        assert [call.kwargs["mid"] for call in calls] == ["0", "1"]
        assert [section.encodings[0].ssrc for section in answer.sections] == [call.kwargs["ssrc"] for call in calls]
        (want,) = h.relay.called("set_wants")[-1].args[0]
        assert (want.width, want.height) == (1920, 1080)
        await h.conference.leave(first)
        await h.settle()
        assert h.relay.edges() == []
        await h.conference.whip(h.grant(), vector("obs-whip"))
        await h.settle()
        later = h.relay.called("subscribe")[2:]
        assert [call.kwargs["mid"] for call in later] == ["0", "1"]
        assert {call.kwargs["ssrc"] for call in later}.isdisjoint({call.kwargs["ssrc"] for call in calls})
        (publishers, named) = later[1].kwargs["payloads"][0]
        assert (publishers, named.codec) == (96, "h264")
        assert f"a=rtpmap:{named.pt} H264/90000" in player.answer_sdp


async def test_a_player_with_one_audio_section_follows_the_loudest() -> None:
    async with hall() as h:
        for name, session in (("甲", "61"), ("乙", "62")):
            seat, _ = await h.join(name)
            await h.publish(seat, vector("chrome-publish-simulcast").replace("4611731400430051336", session))
        await h.conference.whep(h.grant(), vector("chrome-whep-recvonly"))
        await h.settle()
        audio = [call.args[1] for call in h.relay.called("publish") if call.kwargs["kind"] == "audio"]
        heard = [track for _, track in h.relay.edges() if track in audio]
        quiet = next(track for track in audio if track not in heard[-1:])
        room = h.relay.called("add_transport")[0].kwargs["room"]
        await h.tell(Event.Loudest(room, [quiet]))
        player = h.relay.transports()[-1]
        assert [track for to, track in h.relay.edges() if to == player and track in audio] == [quiet]


async def test_an_offer_that_only_sends_is_no_player() -> None:
    async with hall() as h:
        with pytest.raises(CodecUnsupported):
            await h.conference.whep(h.grant(), vector("chrome-publish-simulcast"))
        assert h.conference.stats().rooms == 0


@pytest.mark.parametrize(("transport", "mark"), [("udp", " udp "), ("tcp", " tcp ")])
async def test_a_probe_tells_one_kind_of_candidate_and_ends(
    transport: str, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hall() as h:
        kind = "udp" if transport == "udp" else "tcp"
        answer = await h.conference.probe(vector("chrome-whep-recvonly"), transport="udp" if kind == "udp" else "tcp")
        candidates = [line for line in answer.split("\r\n") if line.startswith("a=candidate")]
        assert candidates
        assert all(mark in line for line in candidates)
        assert len(h.relay.transports()) == 1
        h.conference.second(h.clock.now_s)
        assert len(h.relay.transports()) == 1
        now_s = h.conference._plane.now_s()
        h.conference._probes.sweep(now_s + 10)
        assert h.relay.transports() == []


async def test_a_probe_of_a_transport_that_is_off() -> None:
    async with hall(tcp=False) as h:
        with pytest.raises(TransportOff):
            await h.conference.probe(vector("chrome-whep-recvonly"), transport="tcp")
