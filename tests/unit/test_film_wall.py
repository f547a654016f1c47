"""A scene on the recording's time line: which identity is in which pane when."""

from collections.abc import Iterable

import pytest

from conference.layout import FULL_HD, InvalidLayout, Rect, Size, grid
from conference.model.ids import GroupId, Identity
from conference.model.wall import NOTHING, Board, Content, ContentKind, Group
from conference.model.window import Free
from conference.walls.drawn import cells_of, left_words
from recorder.film.card import Card
from recorder.film.job import Event, Gap, Segment, Track
from recorder.film.stage import Seat
from recorder.film.times import SPEAKER_HOLD_MS
from recorder.film.wall import WallStage

GROUP = GroupId("g-1")
SPEAKER = Content(kind=ContentKind.SPEAKER)
POLLED = Content(kind=ContentKind.GROUP, group=GROUP)


def recorded(identity: str, kind: str, *spans: tuple[int, int], gaps: Iterable[Gap] = (), by: str = "") -> Track:
    """Of the participant `by` (otherwise p-<identity>)."""
    participant = by or f"p-{identity}"
    segments = tuple(Segment(-1, start, end) for start, end in spans)
    return Track(
        f"{participant}-{kind}", kind, participant, identity.upper(), segments, tuple(gaps), identity  # type: ignore[arg-type]
    )  # fmt: skip


def who(identity: str, kind: ContentKind = ContentKind.PARTICIPANT) -> Content:
    return Content(kind=kind, identity=Identity(identity))


def stage(*tracks: Track, board: Board, events: Iterable[Event] = (), from_ms: int = 0) -> WallStage:
    return WallStage(tracks, tuple(events), board, FULL_HD, from_ms=from_ms, utc_offset_min=480)


def polling(*members: str, panes: int = 1, skip_absent: bool = True) -> Board:
    group = Group(
        id=GROUP, name="", members=tuple(map(Identity, members)), every_s=10, skip_absent=skip_absent
    )  # fmt: skip
    template = {1: "grid-1", 2: "grid-2"}[panes]
    return Board(template=template, panes=(POLLED,) * panes, groups=(group,))


def tracks(seats: tuple[Seat, ...]) -> list[str]:
    return [seat.track.removeprefix("p-") for seat in seats]


def test_people_are_in_their_panes_by_identity_also_after_they_came_back() -> None:
    film = stage(
        recorded("a", "camera", (0, 4000), by="p-1"),
        recorded("a", "camera", (9000, 20_000), by="p-2"),
        recorded("b", "camera", (1000, 20_000)),
        board=Board(panes=(who("b"), who("a"), who("nobody"), NOTHING)),
    )
    assert tracks(film.at(0)) == ["", "1-camera", "", ""]
    assert [(seat.cover, seat.name) for seat in film.at(0)] == [
        ("absent", "B"), ("", "A"), ("absent", "nobody"), ("empty", ""),
    ]  # fmt: skip
    assert tracks(film.at(1000)) == ["b-camera", "1-camera", "", ""]
    assert (film.at(4000)[1].cover, film.at(4000)[1].name) == ("absent", "A")
    assert tracks(film.at(9000)) == ["b-camera", "2-camera", "", ""]
    assert [seat.cell for seat in film.at(9000)] == list(grid(FULL_HD, 4))


def test_nothing_new_is_the_same_object() -> None:
    film = stage(recorded("a", "camera", (0, 9000)), board=Board(panes=(who("a"), NOTHING, NOTHING, NOTHING)))
    assert film.at(0) is film.at(8999)
    assert film.at(9000) is not film.at(0)


def test_a_new_connection_takes_over_as_soon_as_it_has_a_picture() -> None:
    film = stage(
        recorded("a", "camera", (0, 5000), gaps=[Gap(3000, 5000, "loss")], by="p-1"),
        recorded("a", "camera", (4000, 9000), by="p-2"),
        board=Board(panes=(who("a"), NOTHING, NOTHING, NOTHING)),
    )
    assert (film.at(3500)[0].track, film.at(3500)[0].cover) == ("p-1-camera", "gap")
    assert (film.at(4000)[0].track, film.at(4000)[0].cover) == ("p-2-camera", "")


@pytest.mark.parametrize(("reason", "cover"), [("silent", "off"), ("loss", "gap")])
def test_why_there_is_no_picture(reason: str, cover: str) -> None:
    film = stage(
        recorded("a", "camera", (0, 2000), gaps=[Gap(2000, 5000, reason)]),
        recorded("b", "microphone", (0, 9000)),
        board=Board(panes=(who("a"), who("b"), who("b", ContentKind.SCREEN), SPEAKER)),
    )
    assert [seat.cover for seat in film.at(3000)][:3] == [cover, "sound", "empty"]
    assert [seat.muted for seat in film.at(3000)][:3] == [True, False, False]


def test_who_joined_and_sends_nothing_is_there() -> None:
    events = [Event(0, "joined", "p-a", "旁听"), Event(5000, "left", "p-a")]
    film = stage(events=events, board=Board(panes=(who("p-a"), NOTHING, NOTHING, NOTHING)))
    assert (film.at(0)[0].cover, film.at(0)[0].name, film.at(0)[0].muted) == ("sound", "旁听", True)
    assert film.at(5000)[0].cover == "absent"


def test_screen_panes_show_screens() -> None:
    screens = Content(kind=ContentKind.SCREEN)
    film = stage(
        recorded("a", "camera", (0, 9000)),
        recorded("a", "screen", (2000, 9000)),
        recorded("b", "screen", (3000, 9000)),
        board=Board(panes=(who("b", ContentKind.SCREEN), screens, screens, who("a"))),
    )
    assert tracks(film.at(0)) == ["", "", "", "a-camera"]
    assert tracks(film.at(2000)) == ["", "a-screen", "", "a-camera"]
    assert tracks(film.at(3000)) == ["b-screen", "a-screen", "", "a-camera"]


def test_speakers_are_who_was_loudest_last() -> None:
    film = stage(
        *(recorded(name, "camera", (0, 20_000)) for name in "abc"),
        board=Board(panes=(SPEAKER, SPEAKER, who("a"), NOTHING)),
    )
    assert tracks(film.at(0)) == ["a-camera", "b-camera", "a-camera", ""]
    film.heard("p-c", 100)
    assert tracks(film.at(140))[:2] == ["c-camera", "a-camera"]
    film.heard("p-b", 500)
    assert tracks(film.at(540))[0] == "c-camera", "a cough takes no pane"
    film.heard("p-b", 100 + SPEAKER_HOLD_MS)
    assert tracks(film.at(100 + SPEAKER_HOLD_MS))[:2] == ["b-camera", "c-camera"]


def test_groups_turn_from_the_beginning_of_the_film_on() -> None:
    film = stage(
        *(recorded(name, "camera", (0, 100_000)) for name in "abc"), board=polling("a", "b", "c"), from_ms=7000
    )
    shown = {at_ms: tracks(film.at(at_ms))[0] for at_ms in (7000, 16_999, 17_000, 26_999, 27_000, 37_000)}
    assert shown == {
        7000: "a-camera", 16_999: "a-camera", 17_000: "b-camera", 26_999: "b-camera", 27_000: "c-camera",
        37_000: "a-camera",
    }  # fmt: skip


def test_who_is_not_there_gets_no_turn_but_a_short_gap_costs_none() -> None:
    film = stage(
        recorded("a", "camera", (0, 100_000), gaps=[Gap(15_000, 16_500, "loss")]),
        recorded("b", "camera", (0, 15_000)),
        recorded("c", "camera", (0, 100_000), gaps=[Gap(18_000, 45_000, "loss")]),
        recorded("d", "camera", (0, 100_000)),
        board=polling("a", "b", "x", "c", "d", panes=2),
    )
    assert tracks(film.at(0)) == ["a-camera", "b-camera"]
    # Whose turn it would be next is not there; c and d are.
    assert tracks(film.at(10_000)) == ["c-camera", "d-camera"]
    # c loses its picture for long: the next in line comes at once.
    assert tracks(film.at(18_000)) == ["a-camera", "d-camera"]
    # Two are left for two panes: nothing turns any more.
    assert tracks(film.at(40_000)) == ["a-camera", "d-camera"]


def test_with_the_absent_everybody_has_a_turn() -> None:
    film = stage(recorded("a", "camera", (0, 99_000)), board=polling("a", "x", skip_absent=False))
    assert [(film.at(at_ms)[0].name, film.at(at_ms)[0].cover) for at_ms in (0, 10_000, 20_000)] == [
        ("A", ""), ("x", "absent"), ("A", ""),
    ]  # fmt: skip


def test_clocks_and_words_are_those_of_that_time() -> None:
    at_ms = 1_790_000_000_000
    panes = (
        Content(kind=ContentKind.CLOCK),
        Content(kind=ContentKind.COUNTDOWN, text="距开始", until_ms=at_ms + 3_725_400),
        Content(kind=ContentKind.TEXT, text="指挥中心"),
        Content(kind=ContentKind.WEB, url="https://map.example.org/a"),
    )
    film = stage(board=Board(panes=panes), from_ms=at_ms)
    assert [seat.card for seat in film.at(at_ms)] == [
        Card("clock", "", at_ms // 1000 + 480 * 60), Card("countdown", "距开始", 3726), Card("text", "指挥中心"),
        Card("web", "map.example.org"),
    ]  # fmt: skip
    assert film.at(at_ms + 900) is film.at(at_ms + 999)
    later = [seat.card.at_s for seat in film.at(at_ms + 1000)[:2] if seat.card is not None]
    assert later == [at_ms // 1000 + 1 + 480 * 60, 3725]
    assert (left_words(-1.0), left_words(3725)) == ("00:00:00", "01:02:05")


def test_the_canvas_fits_the_film_with_bars() -> None:
    wide = Board(width=7680, height=2160, template="grid-2", panes=(NOTHING,) * 2)
    cells = cells_of(wide, FULL_HD)
    assert all(cell.inside(FULL_HD) and cell.y >= 270 and cell.bottom <= 810 for cell in cells)
    halves = (Free(0, 0, 0.5, 1), Free(0.5, 0, 0.5, 1))
    odd = Board(width=1802, height=1014, template="free", windows=halves, panes=(NOTHING,) * 2)
    left, right = cells_of(odd, Size(1280, 720))
    assert (left.y, left.height, left.right) == (0, 720, right.x)
    tower = Board(width=2160, height=3840, template="grid-1", panes=(NOTHING,))
    (cell,) = cells_of(tower, FULL_HD)
    assert cell.inside(FULL_HD)
    assert abs(cell.x + cell.width / 2 - 960) <= 2
    with pytest.raises(InvalidLayout):
        cells_of(Board(template="free", windows=(Free(0, 0, 0.005, 1),), panes=(NOTHING,)), FULL_HD)
    assert cells_of(Board(template="grid-1", panes=(NOTHING,)), FULL_HD) == (Rect(0, 0, 1920, 1080),)
