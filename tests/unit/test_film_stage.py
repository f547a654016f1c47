"""Who is on the canvas when: joins, gaps, screens, speakers, people without picture."""

from collections.abc import Iterable

import pytest

from conference.layout import FULL_HD, GRID, ONE_BIG, SPEAKER, Layout, grid, one_big, speaker
from recorder.film.job import Event, Gap, Segment, Track
from recorder.film.stage import MAX_CELLS, Seat, Stage
from recorder.film.times import SPEAKER_HOLD_MS


def recorded(name: str, kind: str, *spans: tuple[int, int], gaps: Iterable[Gap] = ()) -> Track:
    """`name` is the participant; the track's id is name + kind."""
    segments = tuple(Segment(-1, start, end) for start, end in spans)
    return Track(f"{name}-{kind}", kind, name, name.upper(), segments, tuple(gaps))  # type: ignore[arg-type]


def stage(*tracks: Track, events: Iterable[Event] = (), layout: str = GRID) -> Stage:
    return Stage(tracks, tuple(events), Layout(layout), FULL_HD)


def tiles(seats: tuple[Seat, ...]) -> list[str]:
    return [seat.tile for seat in seats]


def test_tiles_come_and_go_with_their_tracks() -> None:
    film = stage(recorded("a", "camera", (0, 10_000)), recorded("b", "camera", (3000, 6000)))
    assert tiles(film.at(0)) == ["a-camera"]
    assert tiles(film.at(2999)) == ["a-camera"]
    assert tiles(film.at(3000)) == ["a-camera", "b-camera"]
    assert [seat.cell for seat in film.at(3000)] == list(grid(FULL_HD, 2))
    assert tiles(film.at(6000)) == ["a-camera"]
    assert film.at(10_000) == ()


def test_nothing_new_is_the_same_object() -> None:
    film = stage(recorded("a", "camera", (0, 10_000), gaps=[Gap(4000, 5000, "loss")]))
    assert film.at(100) is film.at(3999)
    assert film.at(4000)[0].cover == "gap"
    assert film.at(4999)[0].cover == "gap"
    assert film.at(5000)[0].cover == ""


def test_a_tile_stays_over_a_short_or_listed_break() -> None:
    film = stage(
        recorded("a", "camera", (0, 1000), (2500, 4000)),
        recorded("b", "camera", (0, 1000), (60_000, 70_000), gaps=[Gap(1000, 60_000, "loss")]),
        recorded("c", "camera", (0, 1000), (60_000, 70_000)),
    )
    assert tiles(film.at(1500)) == ["a-camera", "b-camera"]
    assert [seat.cover for seat in film.at(1500)] == ["", "gap"]
    assert tiles(film.at(60_000)) == ["b-camera", "c-camera"]


def test_a_camera_that_its_owner_closed_says_so() -> None:
    film = stage(recorded("a", "camera", (0, 1000), (5000, 9000), gaps=[Gap(1000, 5000, "silent")]))
    assert film.at(2000)[0].cover == "off"


def test_a_screen_that_stands_still_stays_to_be_seen() -> None:
    film = stage(recorded("a", "screen", (0, 1000), (5000, 9000), gaps=[Gap(1000, 5000, "silent")]))
    assert film.at(2000)[0].cover == ""


def test_the_mute_mark_follows_events_and_the_microphone() -> None:
    events = [Event(3000, "muted", "a"), Event(4000, "unmuted", "a")]
    told = stage(recorded("a", "camera", (0, 9000)), recorded("a", "microphone", (0, 9000)), events=events)
    assert [told.at(ms)[0].muted for ms in (0, 3000, 4000)] == [False, True, False]
    gaps = [Gap(2000, 3000, "silent"), Gap(5000, 6000, "loss")]
    heard = stage(recorded("a", "camera", (0, 9000)), recorded("a", "microphone", (1000, 8000), gaps=gaps))
    assert [heard.at(ms)[0].muted for ms in (0, 1000, 2000, 3000, 5500, 8000)] == [
        True,
        False,
        True,
        False,
        False,
        True,
    ]


def test_voices_without_a_face_and_listeners_have_tiles() -> None:
    events = [Event(0, "joined", "c", "旁听"), Event(5000, "left", "c"), Event(0, "joined", "a", "A")]
    film = stage(recorded("a", "camera", (0, 9000)), recorded("b", "microphone", (0, 9000)), events=events)
    seats = film.at(0)
    assert tiles(seats) == ["a-camera", "sound:b", "sound:c"]
    assert [(seat.name, seat.cover, seat.muted) for seat in seats[1:]] == [
        ("B", "sound", False),
        ("旁听", "sound", True),
    ]
    assert tiles(film.at(5000)) == ["a-camera", "sound:b"]


@pytest.mark.parametrize(("layout", "cells"), [(ONE_BIG, one_big), (SPEAKER, speaker)])
def test_the_speaker_is_large_after_a_moment(layout: str, cells: object) -> None:
    film = stage(*(recorded(name, "camera", (0, 20_000)) for name in "abc"), layout=layout)
    film.heard("b", 0)
    assert tiles(film.at(40))[0] == "b-camera"
    film.heard("c", 500)
    assert tiles(film.at(540))[0] == "b-camera", "a cough does not take the large cell"
    film.heard("c", SPEAKER_HOLD_MS)
    assert tiles(film.at(SPEAKER_HOLD_MS))[0] == "c-camera"
    assert film.at(SPEAKER_HOLD_MS)[0].cell == (one_big if cells is one_big else speaker)(FULL_HD, 3)[0]


def test_a_shared_screen_is_large_whoever_speaks() -> None:
    film = stage(
        recorded("a", "camera", (0, 9000)),
        recorded("b", "camera", (0, 9000)),
        recorded("b", "screen", (3000, 6000)),
        layout=ONE_BIG,
    )
    film.heard("a", 0)
    assert tiles(film.at(0))[0] == "a-camera"
    assert tiles(film.at(3000))[0] == "b-screen"
    assert tiles(film.at(6000))[0] == "a-camera"


def test_events_overrule_the_ears() -> None:
    events = [Event(0, "speaking", "a"), Event(5000, "speaking", "b")]
    film = stage(*(recorded(name, "camera", (0, 9000)) for name in "abc"), events=events, layout=ONE_BIG)
    film.at(0)
    film.heard("c", 2000)
    assert tiles(film.at(2000))[0] == "a-camera"
    assert tiles(film.at(5000))[0] == "b-camera"


def test_a_thousand_people_fit_the_largest_grid() -> None:
    film = stage(*(recorded(f"p{n}", "camera", (0, 9000)) for n in range(1000)))
    assert len(film.at(0)) == MAX_CELLS
