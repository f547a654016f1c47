"""From a board and the people of a room to what each pane shows."""

from dataclasses import replace

import pytest

from conference.model.audience import Audience
from conference.model.ids import AlarmId, GroupId, Identity, ParticipantId
from conference.model.participant import ParticipantKind, Presence
from conference.model.source import SourceState
from conference.model.track import Source
from conference.model.wall import NOTHING, Alarm, Content, ContentKind, PaneState, PaneView, Pin, Sound, Wall, WallView
from conference.walls.edits import Turn
from conference.walls.facts import Facts
from conference.walls.polling import Turnings, advance, command, next_turn_ms, rotations
from conference.walls.resolve import NOBODY_HERE, WHOLE, locked, resolve
from tests.fakes.walls import ROOM, board, camera, group, here, of_group, person, shows, track, wall

SPEAKER = Content(kind=ContentKind.SPEAKER)
SCREEN = Content(kind=ContentKind.SCREEN)
MS = 1_700_000_000_000


def view_of(of: Wall, known: Facts, *, turnings: Turnings | None = None, alarms: tuple[Alarm, ...] = ()) -> WallView:
    turning = advance({}, of, known, MS) if turnings is None else turnings
    return resolve(of, known, turning, alarms, online=True, sharing=False)


def states(view: WallView) -> list[tuple[str, str | None, str]]:
    return [(pane.state.value, pane.shows, pane.name) for pane in view.panes]


def alarm(name: str, identity: str, at_ms: int = MS) -> Alarm:
    return Alarm(id=AlarmId(name), room=ROOM, identity=Identity(identity), text="水位超限", raised_at_ms=at_ms)


def test_each_kind_of_content() -> None:
    of = wall(
        board(
            shows("a"), shows("quiet"), shows("gone"), shows("stranger"), NOTHING, Content(kind=ContentKind.CLOCK),
            Content(kind=ContentKind.WEB, url="https://gis"), Content(kind=ContentKind.TEXT, text="x"),
            shows("p-guest"), template="grid-9",
        )
    )  # fmt: skip
    known = here(
        person("a"),
        person("quiet", track("quiet", muted=True)),
        person("guest", identity=""),
        names={"gone": "昨天的人"},
    )
    assert states(view_of(of, known)) == [
        ("shown", "p-a", "a 号"),
        ("no-video", "p-quiet", "quiet 号"),
        ("absent", None, "昨天的人"),
        ("absent", None, "stranger"),
        ("empty", None, ""),
        ("shown", None, ""),
        ("shown", None, ""),
        ("shown", None, ""),
        ("shown", "p-guest", "guest 号"),
    ]


def test_displays_and_players_are_nobody_and_the_seat_with_a_picture_counts() -> None:
    of = wall(board(shows("w-9"), shows("v"), shows("twice"), NOTHING))
    known = here(
        person("w-9", kind=ParticipantKind.WALL),
        person("v", kind=ParticipantKind.VIEWER),
        replace(person("twice", track("twice", muted=True)), id=ParticipantId("p-phone")),
        replace(person("twice"), id=ParticipantId("p-desk")),
    )
    assert [pane.shows for pane in view_of(of, known).panes] == [None, None, "p-desk", None]


def test_panes_of_the_speaker_follow_who_spoke_last() -> None:
    of = wall(board(SPEAKER, SPEAKER, SPEAKER, SPEAKER))
    known = here(person("a"), person("b"), person("c", track("c", Source.SCREEN)), speakers=("c", "gone", "b"))
    assert [pane.shows for pane in view_of(of, known).panes] == ["p-c", "p-b", "p-a", None]
    assert [pane.state.value for pane in view_of(of, known).panes] == ["no-video", "shown", "shown", "absent"]


def test_screens_one_of_somebody_and_any() -> None:
    named = Content(kind=ContentKind.SCREEN, identity=Identity("b"))
    of = wall(board(SCREEN, named, SCREEN, Content(kind=ContentKind.SCREEN, identity=Identity("c"))))
    people = [person(name, track(name, Source.SCREEN)) for name in "ab"]
    view = view_of(of, here(*people, person("c")))
    assert [(pane.shows, pane.state.value, pane.screen) for pane in view.panes] == [
        ("p-a", "shown", True),
        ("p-b", "shown", True),
        (None, "absent", True),
        ("p-c", "no-video", True),
    ]


@pytest.mark.parametrize(("state", "able"), [
    (SourceState.LIVE, True), (SourceState.LOW_RATE, True), (SourceState.FROZEN, True), (SourceState.STANDBY, True),
    (SourceState.CONNECTING, True), (SourceState.OFFLINE, False), (SourceState.DISABLED, False),
    (SourceState.WAITING, False), (SourceState.WRONG_PASSWORD, False), (SourceState.UNREACHABLE, False),
    (SourceState.UNSUPPORTED, False), (SourceState.QUARANTINED, False),
])  # fmt: skip
def test_which_cameras_get_a_turn(state: SourceState, able: bool) -> None:
    assert ("cam" in here(camera("cam", state)).able) is able


def test_which_people_get_a_turn() -> None:
    known = here(
        person("a"),
        person("lost", presence=Presence.RECONNECTING),
        person("off", track("off", muted=True)),
        person("dark", track("dark", receiving=False)),
        person("screen", track("screen", Source.SCREEN)),
    )
    assert known.able == {"a"}


def test_a_pane_of_a_group_tells_who_comes_next_and_when() -> None:
    of = wall(board(of_group(), of_group(), NOTHING, NOTHING, groups=(group("a", "b", "c", "d", every_s=20),)))
    known = here(*(person(name) for name in "abcd"))
    first, second, *_ = view_of(of, known).panes
    assert (first.shows, first.next, first.next_at_ms) == ("p-a", "p-c", MS + 20_000)
    assert (second.shows, second.next, second.next_at_ms) == ("p-b", "p-d", MS + 20_000)
    assert view_of(of, known).rotations[0].turns_at_ms == MS + 20_000


def test_a_pinned_pane_keeps_its_member_and_the_others_go_on_without() -> None:
    of = wall(
        board(of_group(), of_group(), NOTHING, NOTHING, groups=(group("a", "b", "c"),)),
        pins=(Pin(pane=0, identity=Identity("a")),),
    )
    known = here(*(person(name) for name in "abc"))
    turnings = advance({}, of, known, MS)
    seen = []
    for turn in range(4):
        turnings = advance(turnings, of, known, MS + turn * 10_000)
        panes = view_of(of, known, turnings=turnings).panes
        seen.append((panes[0].shows, panes[0].pinned, panes[1].shows))
    assert seen == [("p-a", True, who) for who in ("p-b", "p-c", "p-b", "p-c")]


def test_an_alarm_takes_the_largest_pane_and_gives_it_back() -> None:
    of = wall(board(*(shows(name) for name in "abcdef"), template="one-big-5"))
    known = here(*(person(name) for name in "abcdef"), camera("gate"))
    calm = view_of(of, known)
    first = view_of(of, known, alarms=(alarm("al-1", "gate"),))
    assert (first.panes[0].shows, first.panes[0].alarm, first.panes[0].content) == ("p-gate", "al-1", shows("gate"))
    assert first.panes[1:] == calm.panes[1:]
    both = view_of(of, known, alarms=(alarm("al-1", "gate"), alarm("al-2", "b", MS + 1)))
    assert (both.panes[0].shows, both.panes[0].alarm) == ("p-b", "al-2")
    assert [one.id for one in both.alarms] == ["al-2", "al-1"]
    assert view_of(of, known).panes == calm.panes


def test_an_alarm_in_its_own_pane_or_in_the_enlarged_one() -> None:
    of = wall(replace(board(*(shows(name) for name in "abcd")), alarm_pane=3))
    known = here(*(person(name) for name in "abcd"))
    view = view_of(of, known, alarms=(alarm("al-1", "stranger"),))
    assert [pane.alarm for pane in view.panes] == [None, None, None, "al-1"]
    assert (view.panes[3].state, view.panes[3].name) == (PaneState.ABSENT, "stranger")
    (alone,) = view_of(replace(of, enlarged=1), known, alarms=(alarm("al-1", "c"),)).panes
    assert (alone.index, alone.rect, alone.shows, alone.alarm) == (1, WHOLE, "p-c", "al-1")
    (alone,) = view_of(replace(of, enlarged=1), known).panes
    assert (alone.index, alone.shows, alone.alarm) == (1, "p-b", None)


def test_whose_sound_is_heard() -> None:
    of, known = wall(), here(person("a"))
    assert view_of(of, known).hears is None
    assert view_of(replace(of, sound=Sound(only=Identity("a"))), known).hears == "p-a"
    assert view_of(replace(of, sound=Sound(only=Identity("b"))), known).hears == NOBODY_HERE


def test_others_see_a_lock_where_hosts_see_a_picture() -> None:
    of = wall(
        board(shows("a"), shows("secret"), of_group(), NOTHING, groups=(group("a", "secret"),)),
    )
    known = here(person("a"), camera("secret", audience=Audience.HOSTS))
    panes = view_of(of, known).panes
    a, secret, polled, _ = locked(panes, known)
    assert a == panes[0]
    assert (secret.state, secret.shows, secret.name) == (PaneState.LOCKED, None, "secret 号")
    assert (polled.shows, polled.next) == ("p-a", None)
    assert panes[2].next == "p-secret"
    hidden = {ParticipantId("p-secret")}
    assert not any(isinstance(pane, PaneView) and {pane.shows, pane.next} & hidden for pane in locked(panes, known))


# ---- polling --------------------------------------------------------------------------------------------------------


POLL = wall(board(of_group(), groups=(group(*(f"c{n:02d}" for n in range(20)), every_s=7),), template="grid-1"))
OFF = {"c03", "c10", "c11"}


def cameras() -> Facts:
    return here(
        *(camera(f"c{n:02d}", SourceState.OFFLINE if f"c{n:02d}" in OFF else SourceState.LIVE) for n in range(20))
    )


def test_twenty_sources_with_three_off() -> None:
    known, turnings = cameras(), advance({}, POLL, cameras(), MS)
    log: list[tuple[int, str]] = []
    for now_ms in range(MS, MS + 7_000 * 34, 250):
        turnings = advance(turnings, POLL, known, now_ms)
        (pane,) = view_of(POLL, known, turnings=turnings).panes
        if not log or log[-1][1] != pane.shows:
            log.append((now_ms - MS, str(pane.shows)))
    expected = [f"p-c{n:02d}" for n in range(20) if f"c{n:02d}" not in OFF] * 2
    assert [who for _, who in log] == expected
    assert all(abs(at_ms - 7_000 * turn) <= 500 for turn, (at_ms, _) in enumerate(log))


def test_orders_of_a_console() -> None:
    known, group_id = cameras(), GroupId("g")
    turnings = advance({}, POLL, known, MS)
    turnings = command(turnings, POLL, group_id, Turn.NEXT, known, MS + 3_000)
    assert turnings[group_id].page.people == ["c01"]
    assert next_turn_ms(turnings) == MS + 10_000  # a whole turn from the order on
    turnings = command(turnings, POLL, group_id, Turn.PAUSE, known, MS + 4_000)
    assert next_turn_ms(turnings) is None
    turnings = advance(turnings, POLL, known, MS + 900_000)
    assert turnings[group_id].page.people == ["c01"]
    turnings = command(turnings, POLL, group_id, Turn.PREVIOUS, known, MS + 900_000)
    turnings = command(turnings, POLL, group_id, Turn.PREVIOUS, known, MS + 900_000)
    assert turnings[group_id].page.people == ["c19"]
    assert turnings[group_id].paused
    turnings = command(turnings, POLL, group_id, Turn.RESUME, known, MS + 901_000)
    assert next_turn_ms(turnings) == MS + 908_000


def test_a_restart_goes_on_by_time() -> None:
    known = cameras()
    running = advance({}, POLL, known, MS)
    kept = replace(POLL, rotations=rotations(running))
    for later_ms in (1_000, 7_000, 50_000, 7_000 * 17, 7_000 * 1_000_003):
        running = advance(running, POLL, known, MS + later_ms)
        restarted = advance({}, kept, known, MS + later_ms)
        assert restarted[GroupId("g")].page.people == running[GroupId("g")].page.people
        assert next_turn_ms(restarted) == next_turn_ms(running)


def test_groups_of_different_speeds_turn_on_their_own() -> None:
    of = wall(
        board(
            of_group("fast"), of_group("slow"), NOTHING, NOTHING,
            groups=(group("a", "b", name="fast", every_s=5), group("c", "d", name="slow", every_s=12)),
        )
    )  # fmt: skip
    known = here(*(person(name) for name in "abcd"))
    turnings = advance({}, of, known, MS)
    seen = []
    for second in range(25):
        turnings = advance(turnings, of, known, MS + second * 1000)
        seen.append(tuple(str(pane.shows)[2:] for pane in view_of(of, known, turnings=turnings).panes[:2]))
    assert "".join(fast for fast, _ in seen) == "aaaaabbbbbaaaaabbbbbaaaaa"
    assert "".join(slow for _, slow in seen) == "cccccccccccc" + "dddddddddddd" + "c"


def test_with_nobody_to_wait_for_nothing_turns_and_the_first_who_comes_waits_a_whole_turn() -> None:
    of = wall(board(of_group(), template="grid-1", groups=(group("a", "b", every_s=10),)))
    turnings = advance({}, of, here(person("a")), MS)
    turnings = advance(turnings, of, here(person("a")), MS + 55_000)
    assert next_turn_ms(turnings) is None
    turnings = advance(turnings, of, here(person("a"), person("b")), MS + 57_000)
    assert turnings[GroupId("g")].page.people == ["a"]
    assert next_turn_ms(turnings) == MS + 67_000


def test_the_clock_is_set_back() -> None:
    known = cameras()
    turnings = advance({}, POLL, known, MS)
    turnings = advance(turnings, POLL, known, MS - 3_600_000)
    assert next_turn_ms(turnings) == MS - 3_600_000 + 7_000


def test_absent_members_get_their_turn_when_they_are_wanted() -> None:
    of = wall(board(of_group(), template="grid-1", groups=(group("a", "gone", skip_absent=False),)))
    known = here(person("a"), names={"gone": "未到"})
    turnings = advance(advance({}, of, known, MS), of, known, MS + 10_000)
    (pane,) = view_of(of, known, turnings=turnings).panes
    assert (pane.state, pane.name, pane.next) == (PaneState.ABSENT, "未到", "p-a")
