"""What edits make of a wall, what boards are refused, and what is taken back."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.layout import InvalidLayout
from conference.model.errors import ContentRefused, HuishangError, NothingToUndo, PaneUnknown, SceneNotFound
from conference.model.ids import GroupId, Identity, ParticipantId, SceneId
from conference.model.wall import NOTHING, Board, Content, ContentKind, Pin, Scene, Sound, Wall
from conference.model.window import Free
from conference.walls import edits
from conference.walls.acts import ADMINISTRATOR, By, of_edit
from conference.walls.boards import MAX_TEXT, allow, checked, windows_of
from conference.walls.history import MAX_UNDO, History
from tests.fakes.walls import ROOM, board, group, of_group, shows, wall

ALLOWED = allow(("https://gis.example.org", "http://data.local:8080"))
ME = ParticipantId("p-me")


def situation(**more: object) -> edits.Situation:
    made = edits.Situation(by=ME, by_name="王芳", allowed=ALLOWED)
    return replace(made, **more)  # type: ignore[arg-type]


def apply(on: Wall, edit: edits.Edit, **more: object) -> Wall:
    return edits.apply(on, edit, situation(**more))


FOUR = wall(board(shows("a"), shows("b"), of_group(), of_group(), groups=(group("a", "b", "c"),)))


def test_placing_and_swapping() -> None:
    placed = apply(FOUR, edits.Place(0, shows("x")))
    assert (placed.board.panes[0], placed.version) == (shows("x"), 2)
    swapped = apply(placed, edits.Swap(0, 1))
    assert swapped.board.panes[:2] == (shows("b"), shows("x"))
    assert apply(swapped, edits.Swap(1, 1)).board == swapped.board


def test_a_pin_goes_with_its_pane_and_ends_with_its_content() -> None:
    pinned = apply(FOUR, edits.PinPane(2, True), shown={2: Identity("a"), 3: Identity("b")})
    assert pinned.pins == (Pin(pane=2, identity=Identity("a")),)
    assert apply(pinned, edits.Swap(2, 0)).pins == (Pin(pane=0, identity=Identity("a")),)
    assert apply(pinned, edits.Place(2, NOTHING)).pins == ()
    assert apply(pinned, edits.PinPane(2, False)).pins == ()
    assert apply(pinned, edits.PinPane(2, True), shown={2: Identity("c")}).pins[0].identity == "c"
    for pane, shown in ((0, {0: Identity("a")}), (3, {})):
        with pytest.raises(ContentRefused):
            apply(FOUR, edits.PinPane(pane, True), shown=shown)


@pytest.mark.parametrize("pane", [-1, 4, 35, 10**9])
def test_a_pane_that_is_not_there(pane: int) -> None:
    for edit in (
        edits.Place(pane, NOTHING),
        edits.Swap(pane, 0),
        edits.Swap(0, pane),
        edits.Enlarge(pane),
        edits.PinPane(pane, False),
    ):
        with pytest.raises(PaneUnknown):
            apply(FOUR, edit)


def test_enlarging_and_back() -> None:
    large = apply(FOUR, edits.Enlarge(3))
    assert large.enlarged == 3
    assert apply(large, edits.Enlarge(None)).enlarged is None
    assert apply(large, edits.SetTemplate("grid-9")).enlarged is None


def test_another_template_keeps_the_order() -> None:
    nine = apply(FOUR, edits.SetTemplate("grid-9"))
    assert nine.board.panes == (*FOUR.board.panes, *(NOTHING,) * 5)
    two = apply(replace(nine, board=replace(nine.board, alarm_pane=8)), edits.SetTemplate("grid-2"))
    assert two.board.panes == FOUR.board.panes[:2]
    assert two.board.alarm_pane is None
    free = apply(nine, edits.SetTemplate("free"))
    assert windows_of(free.board) == windows_of(nine.board)
    assert apply(free, edits.SetTemplate("grid-9")).board.windows == ()
    with pytest.raises(InvalidLayout):
        apply(FOUR, edits.SetTemplate("grid-5"))


def test_a_scene_is_shown_as_it_was_saved() -> None:
    saved = Scene(
        id=SceneId("sc-1"), room=ROOM, name="防汛-9格", version=7, board=board(*(NOTHING,) * 9, template="grid-9"),
        saved_at_s=1.0,
    )  # fmt: skip
    pinned = apply(FOUR, edits.PinPane(2, True), shown={2: Identity("a")})
    shown = apply(pinned, edits.ApplyScene(saved.id), scene=saved)
    assert (shown.board, shown.scene, shown.scene_version, shown.pins) == (saved.board, saved.id, 7, ())
    with pytest.raises(SceneNotFound):
        apply(FOUR, edits.ApplyScene(SceneId("sc-2")))


def test_pins_stay_where_their_group_still_is() -> None:
    pinned = apply(FOUR, edits.PinPane(2, True), shown={2: Identity("a")})
    assert apply(pinned, edits.SetBoard(replace(FOUR.board, groups=(group("a", "z"),)))).pins == pinned.pins
    assert apply(pinned, edits.SetBoard(replace(FOUR.board, groups=(group("z"),)))).pins == ()
    assert apply(pinned, edits.SetBoard(board(*(NOTHING,) * 4))).pins == ()


def test_sound_taking_over_and_handing_back() -> None:
    assert apply(FOUR, edits.SetSound(False, Identity("a"))).sound == Sound(muted=False, only=Identity("a"))
    taken = apply(FOUR, edits.TakeOver())
    assert (taken.taken_by, taken.taken_name) == (ME, "王芳")
    back = apply(taken, edits.HandBack())
    assert (back.taken_by, back.taken_name) == (None, "")


def test_turns_and_sharing_are_a_new_version_of_the_same() -> None:
    for edit in (edits.TurnGroup(GroupId("g"), edits.Turn.NEXT), edits.Share(True)):
        assert apply(FOUR, edit) == replace(FOUR, version=2)


@pytest.mark.parametrize(
    "content",
    [
        Content(kind=ContentKind.PARTICIPANT),
        Content(kind=ContentKind.PARTICIPANT, identity=Identity("x" * 129)),
        Content(kind=ContentKind.SCREEN, identity=Identity("x" * 129)),
        Content(kind=ContentKind.GROUP, group=GroupId("other")),
        Content(kind=ContentKind.GROUP),
        Content(kind=ContentKind.WEB),
        Content(kind=ContentKind.WEB, url="https://evil.example.org/"),
        Content(kind=ContentKind.WEB, url="https://gis.example.org.evil.example.org/"),
        Content(kind=ContentKind.WEB, url="https://gis.example.org@evil.example.org/"),
        Content(kind=ContentKind.WEB, url="https://user:word@gis.example.org/"),
        Content(kind=ContentKind.WEB, url="http://gis.example.org/"),
        Content(kind=ContentKind.WEB, url="https://gis.example.org:8443/"),
        Content(kind=ContentKind.WEB, url="javascript:alert(1)//https://gis.example.org"),
        Content(kind=ContentKind.WEB, url="https:\\\\gis.example.org\\x"),
        Content(kind=ContentKind.WEB, url="https://gis.example.org/\n"),
        Content(kind=ContentKind.WEB, url=" https://gis.example.org/"),
        Content(kind=ContentKind.WEB, url="//gis.example.org/"),
        Content(kind=ContentKind.WEB, url="https://[gis.example.org/"),
        Content(kind=ContentKind.WEB, url="https://gis.example.org:99999/"),
        Content(kind=ContentKind.WEB, url="https://gis.example.org/" + "x" * 2000),
        Content(kind=ContentKind.COUNTDOWN),
        Content(kind=ContentKind.COUNTDOWN, until_ms=2**60),
        Content(kind=ContentKind.COUNTDOWN, until_ms=5, text="x" * (MAX_TEXT + 1)),
        Content(kind=ContentKind.TEXT, text="x" * (MAX_TEXT + 1)),
    ],
    ids=lambda content: f"{content.kind}-{content.url[:40]}",
)
def test_contents_that_are_refused(content: Content) -> None:
    with pytest.raises(ContentRefused):
        apply(FOUR, edits.Place(0, content))


@pytest.mark.parametrize(
    "url",
    ["https://gis.example.org", "https://gis.example.org/map?x=1#y", "https://GIS.example.org:443/", "HTTPS://gis.example.org/",
     "http://data.local:8080/panel"],
)  # fmt: skip
def test_pages_that_may_be_shown(url: str) -> None:
    content = Content(kind=ContentKind.WEB, url=url, text="left over")
    assert apply(FOUR, edits.Place(0, content)).board.panes[0] == Content(kind=ContentKind.WEB, url=url)


def test_nothing_on_the_list_means_no_page_at_all() -> None:
    assert not allow(())("https://gis.example.org/")
    assert not allow(())("")


def test_fields_of_other_kinds_are_emptied() -> None:
    full = Content(
        kind=ContentKind.TEXT, identity=Identity("a"), group=GroupId("g"), url="https://evil", text="防汛", until_ms=9
    )
    assert checked(board(full, NOTHING, NOTHING, NOTHING), ALLOWED).panes[0] == Content(
        kind=ContentKind.TEXT, text="防汛"
    )
    for kind in (ContentKind.NOTHING, ContentKind.CLOCK, ContentKind.SPEAKER):
        cleaned = checked(board(replace(full, kind=kind), NOTHING, NOTHING, NOTHING), ALLOWED)
        assert cleaned.panes[0] == Content(kind=kind)


@pytest.mark.parametrize(
    "wrong",
    [
        board(NOTHING),
        board(*(NOTHING,) * 5),
        replace(board(*(NOTHING,) * 4), windows=(Free(0, 0, 1, 1),)),
        replace(board(*(NOTHING,) * 4), alarm_pane=4),
        replace(board(*(NOTHING,) * 4), alarm_pane=-1),
        board(*(NOTHING,) * 4, groups=(group("a"), group("b"))),
        board(*(NOTHING,) * 4, groups=tuple(group("a", name=f"g{n}") for n in range(17))),
        board(*(NOTHING,) * 4, groups=(group("a", "a"),)),
        board(*(NOTHING,) * 4, groups=(group(""),)),
        board(*(NOTHING,) * 4, groups=(group(*(f"m{n}" for n in range(201))),)),
        board(*(NOTHING,) * 4, groups=(group("a", every_s=4),)),
        board(*(NOTHING,) * 4, groups=(group("a", every_s=601),)),
        board(*(NOTHING,) * 4, groups=(replace(group("a"), name=" "),)),
        board(*(NOTHING,) * 4, groups=(replace(group("a"), name="x" * 65),)),
    ],
)
def test_boards_that_are_refused(wrong: Board) -> None:
    with pytest.raises(ContentRefused):
        checked(wrong, ALLOWED)


def test_what_was_edited_is_taken_back_step_by_step() -> None:
    history, now = History(), FOUR
    shown = [FOUR.board]
    for number in range(MAX_UNDO + 10):
        after = apply(now, edits.Place(number % 4, shows(f"x{number}")))
        history.note(now, after)
        now = after
        shown.append(now.board)
    silent = apply(now, edits.SetSound(False))
    history.note(now, silent)  # nothing of it is to be seen
    now = silent
    assert len(history) == MAX_UNDO
    for back in range(MAX_UNDO):
        now = apply(now, edits.Undo(), before=history.last)
        history.undone()
        assert now.board == shown[-2 - back]
        assert now.sound.muted is False
    with pytest.raises(NothingToUndo):
        _ = history.last
    with pytest.raises(NothingToUndo):
        apply(now, edits.Undo())


contents = st.sampled_from(
    [NOTHING, shows("a"), of_group(), of_group("other"), Content(kind=ContentKind.SPEAKER), shows("")]
)
panes = st.integers(-1, 9)
some_edits = st.one_of(
    st.builds(edits.Place, panes, contents),
    st.builds(edits.Swap, panes, panes),
    st.builds(edits.Enlarge, panes | st.none()),
    st.builds(edits.SetTemplate, st.sampled_from(["grid-1", "grid-4", "grid-9", "one-big-5", "free", "grid-5"])),
    st.builds(edits.PinPane, panes, st.booleans()),
    st.builds(edits.SetSound, st.booleans()),
    st.just(edits.TakeOver()),
    st.just(edits.HandBack()),
    st.builds(edits.Share, st.booleans()),
    st.just(edits.SetBoard(FOUR.board)),
)


@given(st.lists(some_edits, max_size=25))
def test_whatever_is_edited_the_wall_stays_right(sequence: list[edits.Edit]) -> None:
    now, history = FOUR, History()
    for edit in sequence:
        shown = {pane: Identity("a") for pane in range(len(now.board.panes))}
        try:
            after = apply(now, edit, shown=shown)
        except HuishangError:
            continue
        history.note(now, after)
        assert after.version == now.version + 1
        assert checked(after.board, ALLOWED) == after.board
        assert after.enlarged is None or after.enlarged < len(after.board.panes)
        assert all(after.board.panes[pin.pane].kind is ContentKind.GROUP for pin in after.pins)
        assert (
            of_edit(now, edit, By("王芳", Identity("u-1"), ME), now_ms=5).detail
            == of_edit(now, edit, ADMINISTRATOR, now_ms=5).detail
        )
        now = after
    for _ in range(len(history)):
        now = apply(now, edits.Undo(), before=history.last)
        history.undone()
    assert (now.board, now.pins, now.enlarged) == (FOUR.board, FOUR.pins, FOUR.enlarged)


def test_acts_tell_no_secret_of_a_page_and_count_panes_from_one() -> None:
    secret = Content(kind=ContentKind.WEB, url="https://gis.example.org/map?key=geheim")
    act = of_edit(FOUR, edits.Place(2, secret), By("王芳", Identity("u-1"), ME), now_ms=5)
    assert (act.verb, act.detail, act.by, act.identity) == ("place", "3: https://gis.example.org/map", "王芳", "u-1")
    words = {
        of_edit(FOUR, edit, ADMINISTRATOR, now_ms=5).verb
        for edit in itertools.chain(
            (edits.Enlarge(1), edits.Enlarge(None), edits.Undo(), edits.HandBack(), edits.TakeOver()),
            (edits.TurnGroup(GroupId("g"), turn) for turn in edits.Turn),
            (edits.PinPane(1, pinned) for pinned in (True, False)),
            (edits.SetSound(muted) for muted in (True, False)),
            (edits.Share(on) for on in (True, False)),
        )
    }
    assert words == {
        "enlarge", "restore", "undo", "hand-back", "take", "pause", "resume", "next", "previous", "pin", "unpin",
        "mute", "unmute", "share", "unshare",
    }  # fmt: skip
