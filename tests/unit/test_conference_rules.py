"""The pure parts: rooms, roles, wishes, who gets what, quality, pace of handshakes, names."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.media import quality
from conference.media.candidates import candidates
from conference.media.forwarding import MAX_AUDIO, Forwardable, reconcile
from conference.media.pace import Pace
from conference.media.sdp_offer import read_remote
from conference.media.up import plan
from conference.media.wishes import KEEP_HIDDEN_S, MAX_WISHES, Wishes
from conference.media.words import Want
from conference.model import errors
from conference.model.errors import HuishangError, NameInvalid, ParticipantNotFound, RoomFull
from conference.model.events import ParticipantJoined, ParticipantLeft
from conference.model.ids import Identity, ParticipantId, TrackId
from conference.model.names import clean_name
from conference.model.participant import LeaveReason, ParticipantKind, ParticipantView, Presence
from conference.model.roles import Role, Verb, may
from conference.model.room import Room
from conference.model.track import Kind
from tests.fakes.hall import vector

TAKEN = plan(read_remote(vector("chrome-publish-simulcast")), video_codecs=("VP8",))


def person(name: str) -> ParticipantView:
    return ParticipantView(
        id=ParticipantId(name),
        identity=Identity(""),
        name=name,
        role=Role.PARTICIPANT,
        kind=ParticipantKind.PERSON,
        joined_at_ms=1,
    )


def track(owner: str, kind: Kind, number: int = 1) -> Forwardable:
    name = TrackId(f"{owner}-{kind}")
    return Forwardable(name, ParticipantId(owner), number, kind, False, TAKEN["0" if kind is Kind.AUDIO else "1"])


def test_a_room_changes_whole_or_not_at_all() -> None:
    room = Room(max_participants=1)
    assert room.join(person("a")) == ParticipantJoined(person("a"))
    with pytest.raises(RoomFull):
        room.join(person("b"))
    assert [p.id for p in room.participants] == ["a"]
    assert room.set_presence(ParticipantId("a"), Presence.HERE) is None
    with pytest.raises(ParticipantNotFound):
        room.set_quality(ParticipantId("b"), 4)
    assert room.leave(ParticipantId("a"), LeaveReason.LEFT) == ParticipantLeft(ParticipantId("a"), LeaveReason.LEFT)
    assert room.leave(ParticipantId("a"), LeaveReason.LEFT) is None


@pytest.mark.parametrize(
    ("role", "verbs"),
    [
        (Role.HOST, {Verb.PUBLISH, Verb.SUBSCRIBE, Verb.REMOVE, Verb.BLOCK, Verb.RECORD, Verb.DIRECT}),
        (Role.PARTICIPANT, {Verb.PUBLISH, Verb.SUBSCRIBE}),
        (Role.VIEWER, {Verb.SUBSCRIBE}),
    ],
)
def test_roles(role: Role, verbs: set[Verb]) -> None:
    assert {verb for verb in Verb if may(role, verb)} == verbs


def test_a_wish_lives_until_it_is_hidden_for_long() -> None:
    wishes, cam = Wishes(), TrackId("t")
    wishes.wish(cam, 0, 0, 100, now_s=0)
    assert wishes.video(0) == {}
    wishes.wish(cam, 640, 360, 100, now_s=1)
    assert wishes.want(cam, 7) == Want(7, 640, 360, 100)
    wishes.wish(cam, 0, 0, 100, now_s=2)
    wishes.wish(cam, 0, 360, 100, now_s=5)
    assert wishes.want(cam, 7) == Want(7, 0, 0, 100)
    assert wishes.video(2 + KEEP_HIDDEN_S - 0.1) == {cam: 100}
    assert not wishes.expire(2 + KEEP_HIDDEN_S - 0.1)
    assert wishes.expire(2 + KEEP_HIDDEN_S)
    assert wishes.video(3) == {}


def test_wishes_are_bounded_and_forgotten_with_their_tracks() -> None:
    wishes = Wishes()
    for number in range(MAX_WISHES + 10):
        wishes.wish(TrackId(str(number)), 1, 1, 1, now_s=0)
    assert len(wishes.video(0)) == MAX_WISHES
    wishes.forget({TrackId("3")})
    assert wishes.video(0) == {TrackId("3"): 1}


def test_others_audio_always_and_only_wanted_video() -> None:
    published = [track(who, kind) for who in "abc" for kind in Kind]
    got = reconcile(ParticipantId("a"), published, carried=[], video={TrackId("b-video"): 1}, loudest=[])
    assert [t.track for t in got] == ["b-audio", "c-audio", "b-video"]


def test_with_too_much_audio_the_loudest_and_then_the_carried_stay() -> None:
    published = [track(f"p{n}", Kind.AUDIO) for n in range(MAX_AUDIO + 5)]
    last, kept = published[-1].track, published[-2].track
    got = reconcile(ParticipantId("x"), published, carried=[kept], video={}, loudest=[last])
    assert len(got) == MAX_AUDIO
    assert [t.track for t in got[:2]] == [last, kept]


@given(st.lists(st.sampled_from("abcd"), max_size=4), st.sets(st.sampled_from("abcd")))
def test_reconciling_twice_changes_nothing(loud: list[str], seen: set[str]) -> None:
    published = [track(who, kind) for who in "abcd" for kind in Kind]
    video = {TrackId(f"{who}-video"): 1 for who in seen}
    loudest = [TrackId(f"{who}-audio") for who in loud]
    once = reconcile(ParticipantId("a"), published, carried=[], video=video, loudest=loudest)
    twice = reconcile(ParticipantId("a"), published, carried=[t.track for t in once], video=video, loudest=loudest)
    assert set(once) == set(twice)
    assert all(t.owner != "a" for t in once)


@pytest.mark.parametrize(
    ("samples", "shown"),
    [
        ([4], [4]),
        ([4, 2, 4, 2, 4], [4, 4, 4, 4, 4]),
        ([4, 2, 2], [4, 4, 2]),
        ([4, 3, 1], [4, 4, 1]),
        ([2, 4, 4, 4], [2, 2, 2, 2]),
        ([2, 4, 3, 4, 4], [2, 2, 2, 2, 3]),
        ([4, 0, 2, 2], [4, 4, 4, 2]),
    ],
    ids=["first", "flicker", "worse", "worse still", "not long enough", "better, as the worst of them", "unknown"],
)
def test_quality_changes_when_several_samples_agree(samples: list[int], shown: list[int]) -> None:
    meter = quality.Meter()
    assert [meter.sample(value) for value in samples] == shown


@pytest.mark.parametrize(
    ("lost", "rtt_ms", "value"), [(0.0, None, 4), (0.019, 249, 4), (0.02, 0, 3), (0, 250, 3), (0.08, 0, 2), (0, 600, 2)]
)
def test_grades(lost: float, rtt_ms: float | None, value: int) -> None:
    assert quality.grade(lost=lost, rtt_ms=rtt_ms) == value


def test_a_burst_starts_at_once_and_then_at_the_rate() -> None:
    pace = Pace(10)
    assert [pace.reserve(100.0) for _ in range(10)] == [0.0] * 10
    assert pace.reserve(100.0) == pytest.approx(0.1)
    assert pace.reserve(100.0) == pytest.approx(0.2)
    assert pace.reserve(200.0) == 0.0


@pytest.mark.parametrize("name", ["张三", "Ana María", "👨\u200d👩\u200d👧", "x" * 64])
def test_names_people_have(name: str) -> None:
    assert clean_name(f"  {name} ") == name


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "a\nb", "a\u202eb", "\ud800", "a\u2028b", "a\x00"])
def test_names_that_are_refused(name: str) -> None:
    with pytest.raises(NameInvalid):
        clean_name(name)


def test_loopback_alone_is_told_when_nothing_else_is_bound() -> None:
    found = candidates([("127.0.0.1", 5)], advertise_ips=(), advertise_loopback=False, udp=True, tcp=True)
    assert [(c.address, c.port, c.protocol) for c in found] == [("127.0.0.1", 5, "udp"), ("127.0.0.1", 5, "tcp")]


def test_the_public_address_of_a_nat_is_told_with_the_port_of_its_family() -> None:
    bound = [("0.0.0.0", 8444), ("::", 8445)]
    found = candidates(
        bound, advertise_ips=("203.0.113.9", "2001:db8::9"), advertise_loopback=True, udp=True, tcp=False
    )
    assert [(c.address, c.port) for c in found] == [("203.0.113.9", 8444), ("2001:db8::9", 8445)]


def test_every_refusal_has_its_own_code_and_both_sentences() -> None:
    kinds = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, HuishangError)]
    kinds = [c for c in kinds if c not in (HuishangError, errors.UserError, errors.ProtocolError)]
    assert len({c.code for c in kinds}) == len(kinds) > 20
    for kind in kinds:
        assert kind.text.zh.endswith("。"), kind
        assert kind.text.en.endswith("."), kind
        assert 400 <= kind.status < 600
        assert str(kind("x")) == f"{kind.code}: x"
