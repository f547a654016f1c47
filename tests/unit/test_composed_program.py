"""Who lies where in a composed stream, and under what cover."""

import pytest

from conference.composing import ComposedLayout, ComposedPane
from conference.composing_program import MAX_VOICES, automatic_panes, pictures_of, placed_panes, program, voices_of
from conference.layout import FULL_HD, InvalidLayout, Rect, grid
from conference.media.codecs import Chosen
from conference.media.forwarding import Forwardable
from conference.media.sdp_media import OfferedCodec
from conference.media.tap import TapTrack
from conference.media.up import Publication
from conference.model.audience import Audience
from conference.model.ids import Identity, ParticipantId, TrackId
from conference.model.participant import ParticipantKind, ParticipantView
from conference.model.roles import Role
from conference.model.track import Source, TrackView
from conference.model.window import Free

CHOSEN = Chosen(OfferedCodec(96, "vp8", 90000, 1, "", ()), None, None, red_first=False)


def track(owner: str, source: Source, *, muted: bool = False, blocked: bool = False) -> TrackView:
    return TrackView(
        id=TrackId(f"t-{owner}-{source.value}"), kind=source.kind, source=source, muted=muted, blocked=blocked
    )


def person(
    name: str,
    *sources: Source,
    muted: tuple[Source, ...] = (),
    kind: ParticipantKind = ParticipantKind.PERSON,
    audience: Audience = Audience.ALL,
) -> ParticipantView:
    return ParticipantView(
        id=ParticipantId(name),
        identity=Identity(""),
        name=f"姓名{name}",
        role=Role.PARTICIPANT,
        kind=kind,
        joined_at_ms=0,
        tracks=tuple(track(name, source, muted=source in muted) for source in sources),
        audience=audience,
    )


def published(*people: ParticipantView) -> list[Forwardable]:
    found = []
    for who in people:
        for view in who.tracks:
            screen = view.source in (Source.SCREEN, Source.SCREEN_AUDIO)
            publication = Publication("", view.kind, CHOSEN, (), ())
            found.append(Forwardable(view.id, who.id, len(found) + 1, view.kind, screen, publication))
    return found


def tapped(source: Forwardable) -> TapTrack:
    return TapTrack(
        number=source.number + 100,
        track=source.track,
        owner=source.owner,
        kind=source.kind,
        screen=source.screen,
        codec="vp8",
        clock_hz=90000,
        pt=96,
        ssrc=source.number,
    )


CAMERA, MICROPHONE, SCREEN = Source.CAMERA, Source.MICROPHONE, Source.SCREEN


def test_a_grid_shows_who_has_a_picture_screens_first() -> None:
    people = [
        person("a", CAMERA, MICROPHONE),
        person("b", MICROPHONE),
        person("c", CAMERA, SCREEN),
        person("d", CAMERA, kind=ParticipantKind.VIEWER),
        person("e", CAMERA, audience=Audience.HOSTS),
    ]
    panes = automatic_panes(ComposedLayout.GRID, FULL_HD, people, None)
    assert [(each.pane.participant, each.pane.screen) for each in panes] == [("c", True), ("a", False), ("c", False)]
    assert [each.cell for each in panes] == list(grid(FULL_HD, 3))
    assert panes[1].pane.label == "姓名a"


def test_the_speaker_is_the_large_one_unless_a_screen_is() -> None:
    people = [person("a", CAMERA), person("b", CAMERA), person("c", CAMERA)]
    panes = automatic_panes(ComposedLayout.SPEAKER, FULL_HD, people, ParticipantId("c"))
    assert [each.pane.participant for each in panes] == ["c", "a", "b"]
    assert panes[0].cell.width > panes[1].cell.width
    people.append(person("d", SCREEN))
    panes = automatic_panes(ComposedLayout.ONE_BIG, FULL_HD, people, ParticipantId("c"))
    assert [each.pane.participant for each in panes] == ["d", "a", "b", "c"]


def test_an_empty_room_is_a_picture_too() -> None:
    (only,) = program(automatic_panes(ComposedLayout.GRID, FULL_HD, [], None), [], {}).places
    assert (only.cell, only.cover, only.track) == (Rect(0, 0, 1920, 1080), "waiting", None)


def test_each_track_is_fetched_for_its_largest_cell_and_covered_ones_are_not() -> None:
    one, two, three = person("a", CAMERA), person("b", CAMERA), person("c", CAMERA)
    panes = placed_panes(
        [
            ComposedPane(window=Free(0, 0, 0.25, 0.25), participant=one.id),
            ComposedPane(window=Free(0.5, 0.5, 0.5, 0.5), participant=one.id),
            ComposedPane(window=Free(0.25, 0, 0.25, 0.25), participant=two.id, cover="locked"),
            ComposedPane(window=Free(0.5, 0, 0.25, 0.25), participant=three.id, screen=True),
        ],
        FULL_HD,
    )
    wanted = pictures_of(panes, published(one, two, three))
    assert {track: (cell.width, cell.height) for track, (_, cell) in wanted.items()} == {"t-a-camera": (960, 540)}


def test_covers_say_why_there_is_no_picture() -> None:
    people = {
        who.id: who
        for who in (
            person("a", CAMERA, MICROPHONE),
            person("b", CAMERA, MICROPHONE, muted=(CAMERA, MICROPHONE)),
            person("c", MICROPHONE),
            person("d"),
        )
    }
    panes = placed_panes(
        [
            ComposedPane(window=Free(0.1 * column, 0, 0.1, 0.1), participant=ParticipantId(name), label=name)
            for column, name in enumerate("abcdx")
        ]
        + [ComposedPane(window=Free(0.5, 0, 0.1, 0.1), text="通知", says="countdown", at_s=9, frame="alarm")],
        FULL_HD,
    )
    taps = [tapped(source) for source in published(*people.values())]
    places = program(panes, taps, people).places
    assert [place.cover for place in places] == ["", "off", "sound", "off", "absent", ""]
    assert [place.muted for place in places] == [False, True, False, True, False, False]
    assert [place.track is not None for place in places] == [True, False, False, False, False, False]
    assert (places[5].text, places[5].says, places[5].at_s, places[5].alarm) == ("通知", "countdown", 9, True)


def test_voices_are_the_loudest_and_then_those_that_are_heard_already() -> None:
    people = [person(f"p{number}", MICROPHONE) for number in range(30)] + [
        person("h", MICROPHONE, audience=Audience.HOSTS)
    ]
    by_id = {who.id: who for who in people}
    loudest = [TrackId("t-p29-microphone"), TrackId("t-h-microphone")]
    carried = {TrackId("t-p20-microphone")}
    voices = [v.owner for v in voices_of(published(*people), by_id, loudest, carried, all_of_them=False)]
    assert len(voices) == MAX_VOICES
    assert voices[:2] == ["p29", "p20"]
    assert "h" not in voices
    everybody = voices_of(published(*people), by_id, loudest, carried, all_of_them=True)
    assert [v.owner for v in everybody][:2] == ["p29", "h"]


@pytest.mark.parametrize(
    "windows",
    [
        [Free(0, 0, 0.6, 1), Free(0.5, 0, 0.5, 1)],
        [Free(0.5, 0, 0.6, 1)],
        [Free(0, 0, 0.001, 0.001)],
        [Free(0.02 * number, 0, 0.02, 0.1) for number in range(50)],
    ],
)
def test_panes_that_cannot_be_are_refused(windows: list[Free]) -> None:
    with pytest.raises(InvalidLayout):
        placed_panes([ComposedPane(window=window) for window in windows], FULL_HD)
