"""What the conference delivers, in the words of the wire."""

from __future__ import annotations

import json
import typing
from dataclasses import replace

import msgspec
import pytest

from conference.model.audience import Audience
from conference.model.events import ParticipantJoined, ParticipantLeft, ParticipantUpdated
from conference.model.ids import (
    AlarmId,
    GroupId,
    Identity,
    ParticipantId,
    RecordingId,
    RoomId,
    SceneId,
    SourceId,
    TrackId,
    WallId,
)
from conference.model.outgoing import (
    LayerChanged,
    LayoutShared,
    MidTrack,
    Outgoing,
    RecordingChanged,
    RecordingMark,
    RoomSnapshot,
    RoomView,
    ScenesChanged,
    SourcesMeasured,
    SpeakersChanged,
    SubscribeOffered,
    WallLeft,
    WallReported,
    WallShown,
)
from conference.model.participant import LeaveReason, ParticipantKind, ParticipantView, Presence, SourceFeed
from conference.model.roles import Role
from conference.model.source import Cause, Measured, SourceKind, SourceState, SourceStatus, Transcoding
from conference.model.track import Kind, LayerReason, Source, TrackView
from conference.model.wall import (
    Alarm,
    Board,
    Content,
    ContentKind,
    Group,
    PaneState,
    PaneView,
    RotationView,
    SeenPane,
    SeenState,
    Sound,
    Wall,
    WallReport,
    WallView,
)
from conference.model.window import Free
from conference.walls.edits import Turn
from signaling import protocol as wire
from signaling import wall_protocol as wall_wire
from signaling.views import Words

TRACK = TrackView(id=TrackId("t-1"), kind=Kind.VIDEO, source=Source.SCREEN, muted=True, receiving=True)
ALICE = ParticipantView(
    id=ParticipantId("p-1"),
    identity=Identity("unit-7"),
    name="王芳",
    role=Role.HOST,
    kind=ParticipantKind.ENCODER,
    joined_at_ms=5,
    presence=Presence.RECONNECTING,
    quality=3,
    tracks=(TRACK,),
)
ALICE_WORD = wire.Participant(
    id="p-1",
    identity="unit-7",
    name="王芳",
    role="host",
    kind="encoder",
    presence="reconnecting",
    joined_at_ms=5,
    quality=3,
    tracks=[
        wire.Track(id="t-1", kind="video", source="screen", muted=True, blocked=False, receiving=True),
    ],
)
GATE = replace(
    ALICE,
    kind=ParticipantKind.SOURCE,
    feed=SourceFeed(
        source=SourceId("src-1"),
        kind=SourceKind.RTSP,
        status=SourceStatus(
            state=SourceState.OFFLINE,
            cause=Cause.CAMERA_CLOSED,
            since_ms=1_700_000_000_123,
            transcoding=(Transcoding.B_FRAMES, Transcoding.VIEWER),
        ),
    ),
)
GATE_WORD = msgspec.structs.replace(
    ALICE_WORD,
    kind="source",
    feed=wire.Feed(
        source="src-1",
        kind="rtsp",
        state="offline",
        cause="camera-closed",
        since_ms=1_700_000_000_123,
        transcoding=["b-frames", "viewer"],
    ),
)
MEASURED = Measured(
    bitrate_bps=2_000_000,
    fps=24.9,
    width=1920,
    height=1080,
    video_codec="h264",
    audio_codec="aac",
    picture_age_ms=40,
    content_age_ms=None,
)
VIEW = WallView(
    wall=Wall(
        id=WallId("w-1"),
        room=RoomId("r"),
        name="大屏一",
        version=7,
        board=Board(
            width=3840,
            height=1080,
            template="free",
            windows=(Free(0.0, 0.0, 0.5, 1.0),),
            panes=(Content(kind=ContentKind.GROUP, group=GroupId("g")),),
            groups=(Group(id=GroupId("g"), name="区县", members=(Identity("unit-7"),), every_s=20, skip_absent=False),),
            alarm_pane=0,
        ),
        scene=SceneId("sc-1"),
        scene_version=2,
        enlarged=0,
        sound=Sound(muted=False, only=Identity("unit-7")),
        taken_by=ALICE.id,
        taken_name="王芳",
    ),
    panes=(
        PaneView(
            index=0,
            rect=Free(0.0, 0.0, 1.0, 1.0),
            content=Content(kind=ContentKind.GROUP, group=GroupId("g")),
            state=PaneState.SHOWN,
            shows=ALICE.id,
            name="王芳",
            next=ParticipantId("p-2"),
            next_at_ms=9000,
            alarm=AlarmId("al-1"),
            pinned=True,
        ),
    ),
    rotations=(RotationView(group=GroupId("g"), step=4, paused=False, turns_at_ms=9000),),
    alarms=(
        Alarm(
            id=AlarmId("al-1"),
            room=RoomId("r"),
            identity=Identity("unit-7"),
            text="水位",
            raised_at_ms=5,
            raised_by="张",
        ),
    ),
    hears=ALICE.id,
    online=True,
    sharing=True,
)
GROUP_WORD = wall_wire.WallContent(kind="group", group="g")
VIEW_WORD = wall_wire.Wall(
    id="w-1",
    name="大屏一",
    version=7,
    board=wall_wire.WallBoard(
        width=3840,
        height=1080,
        template="free",
        windows=[wall_wire.Window(x=0.0, y=0.0, width=0.5, height=1.0)],
        panes=[GROUP_WORD],
        groups=[wall_wire.WallGroup(id="g", name="区县", members=["unit-7"], every_s=20, skip_absent=False)],
        alarm_pane=0,
    ),
    scene="sc-1",
    scene_version=2,
    enlarged=0,
    muted=False,
    only="unit-7",
    hears="p-1",
    panes=[
        wall_wire.WallPane(
            index=0,
            rect=wall_wire.Window(x=0.0, y=0.0, width=1.0, height=1.0),
            content=GROUP_WORD,
            state="shown",
            shows="p-1",
            screen=False,
            name="王芳",
            next="p-2",
            next_at_ms=9000,
            alarm="al-1",
            pinned=True,
        )
    ],
    rotations=[wall_wire.WallRotation(group="g", step=4, paused=False, turns_at_ms=9000)],
    alarms=[wall_wire.WallAlarm(id="al-1", identity="unit-7", text="水位", raised_at_ms=5, raised_by="张")],
    taken_by="p-1",
    taken_name="王芳",
    online=True,
    sharing=True,
)
PAIRS: list[tuple[Outgoing, wire.ServerMessage]] = [
    (
        RoomSnapshot(
            you=ALICE.id,
            room=RoomView(id=RoomId("r"), name="会商室", started_at_ms=4),
            participants=(ALICE,),
            resume_token="secret",
            resume_ttl_s=60,
            resumed=True,
        ),
        wire.Welcome(
            version=wire.VERSION,
            you="p-1",
            room=wire.Room(id="r", name="会商室", started_at_ms=4),
            participants=[ALICE_WORD],
            resume="secret",
            resume_ttl_s=60,
            resumed=True,
            server_time_ms=7500,
        ),
    ),
    (ParticipantJoined(ALICE), wire.Joined(participant=ALICE_WORD)),
    (ParticipantUpdated(ALICE), wire.Updated(participant=ALICE_WORD)),
    (ParticipantLeft(ALICE.id, LeaveReason.LOST), wire.Left(participant="p-1", reason="lost")),
    (
        SubscribeOffered(number=3, sdp="v=0", tracks=(MidTrack(mid="0", track=TrackId("t-1")),)),
        wire.SubscribeOffer(offer=3, sdp="v=0", tracks=[wire.PublishedTrack(mid="0", track="t-1")]),
    ),
    (
        LayerChanged(track=TrackId("t-1"), layer=None, temporal=0, reason=LayerReason.BANDWIDTH),
        wire.Layer(track="t-1", layer=None, temporal=0, reason="bandwidth"),
    ),
    (ParticipantUpdated(GATE), wire.Updated(participant=GATE_WORD)),
    (
        SourcesMeasured(((GATE.id, MEASURED),)),
        wire.Sources(
            sources=[
                wire.SourceNumbers(
                    participant="p-1",
                    bitrate_bps=2_000_000,
                    fps=24.9,
                    width=1920,
                    height=1080,
                    video_codec="h264",
                    audio_codec="aac",
                    picture_age_ms=40,
                    content_age_ms=None,
                )
            ]
        ),
    ),
    (SpeakersChanged((ALICE.id,)), wire.Speakers(participants=["p-1"])),
    (
        RecordingChanged(RecordingMark(id=RecordingId("rec-1"), started_by="主持", started_at_ms=9, alarm="full")),
        wire.Recording(recording=wire.RecordingMark(id="rec-1", started_by="主持", started_at_ms=9, alarm="full")),
    ),
    (WallShown(VIEW), VIEW_WORD),
    (WallLeft(WallId("w-1")), wall_wire.WallGone(wall="w-1")),
    (ScenesChanged(), wall_wire.ScenesChanged()),
    (
        WallReported(
            WallId("w-1"),
            WallReport(
                version=7, width=3840, height=2160, panes=(SeenPane(pane=1, state=SeenState.LIVE, fps=25.0, age_ms=40),)
            ),
        ),
        wall_wire.WallSeen(
            wall="w-1",
            version=7,
            width=3840,
            height=2160,
            panes=[wall_wire.SeenPane(pane=1, state="live", fps=25.0, age_ms=40)],
        ),
    ),
    (
        LayoutShared(panes=VIEW.panes, width=3840, height=1080, by="王芳"),
        wall_wire.SharedLayout(panes=VIEW_WORD.panes, width=3840, height=1080, by="王芳"),
    ),
    (LayoutShared(panes=None), wall_wire.SharedLayout(panes=None, width=0, height=0, by="")),
]


@pytest.mark.parametrize(("message", "expected"), PAIRS, ids=lambda value: type(value).__name__)
def test_each_delivery_has_its_word(message: Outgoing, expected: wire.ServerMessage) -> None:
    assert wire.decode_server(Words(lambda: 7.5).encode(message)) == expected


def test_every_delivery_is_tried() -> None:
    assert {type(message) for message, _ in PAIRS} == set(typing.get_args(Outgoing))


def test_the_enums_of_the_model_are_the_literals_of_the_wire() -> None:
    for enum, literal in (
        (Role, wire.Role),
        (Source, wire.TrackSource),
        (Kind, wire.Kind),
        (ParticipantKind, wire.ParticipantKind),
        (Presence, wire.Presence),
        (LayerReason, wire.LayerReason),
        (SourceKind, wire.FeedKind),
        (SourceState, wire.FeedState),
        (Cause, wire.FeedCause),
        (Transcoding, wire.Transcoding),
        (Audience, wire.Audience),
        (ContentKind, wall_wire.ContentKind),
        (PaneState, wall_wire.PaneState),
        (SeenState, wall_wire.SeenState),
        (Turn, wall_wire.Turn),
    ):
        assert {str(value) for value in enum} == set(typing.get_args(literal))
    reasons = typing.get_args(typing.get_type_hints(wire.Left)["reason"])
    assert {str(value) for value in LeaveReason} == set(reasons)


def test_the_feed_of_a_source_is_spelt_as_the_page_reads_it() -> None:
    participant = json.loads(Words(lambda: 0).encode(ParticipantUpdated(GATE)))["participant"]
    assert participant["feed"] == {
        "source": "src-1",
        "kind": "rtsp",
        "state": "offline",
        "cause": "camera-closed",
        "sinceMs": 1_700_000_000_123,
        "transcoding": ["b-frames", "viewer"],
    }
    assert json.loads(Words(lambda: 0).encode(ParticipantUpdated(ALICE)))["participant"]["feed"] is None


def test_one_event_for_many_people_is_encoded_once() -> None:
    words = Words(lambda: 0)
    event = ParticipantUpdated(ALICE)
    assert words.encode(event) is words.encode(event)
    assert words.encode(ParticipantUpdated(ALICE)) == words.encode(event)
