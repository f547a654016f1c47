"""Walls in the words of the wire: what a console says arrives whole, whatever it says."""

from __future__ import annotations

import typing

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from conference.model.errors import ContentRefused, HuishangError
from conference.walls import edits
from conference.walls.boards import allow, checked
from signaling import protocol, wall_words
from signaling import wall_protocol as wire
from signaling.decode import decode
from signaling.rest import wall_models
from signaling.rest.wall_views import board, board_of

ids = st.from_regex(r"[A-Za-z0-9_.:-]{1,20}", fullmatch=True)
numbers = st.integers(0, 35)
fractions = st.floats(0, 1)
contents = st.builds(
    wire.WallContent,
    kind=st.sampled_from(typing.get_args(wire.ContentKind)),
    identity=st.text(max_size=128),
    group=ids,
    url=st.text(max_size=50) | st.just("https://gis.example.org/x"),
    text=st.text(max_size=50),
    until_ms=st.integers(0, 2**62),
)
boards = st.builds(
    wire.WallBoard,
    width=st.integers(0, 16384),
    height=st.integers(0, 16384),
    template=st.sampled_from(["grid-1", "grid-4", "one-big-3", "free", "", "grid-999"]),
    windows=st.lists(st.builds(wire.Window, fractions, fractions, fractions, fractions), max_size=4),
    panes=st.lists(contents, max_size=5),
    groups=st.lists(
        st.builds(
            wire.WallGroup,
            id=ids,
            name=st.text(max_size=64),
            members=st.lists(st.text(max_size=20), max_size=4),
            every_s=st.integers(5, 600),
            skip_absent=st.booleans(),
        ),
        max_size=3,
    ),
    alarm_pane=st.none() | numbers,
)
all_edits: dict[type, st.SearchStrategy[wire.WallEdit]] = {
    wire.Place: st.builds(wire.Place, numbers, contents),
    wire.Swap: st.builds(wire.Swap, numbers, numbers),
    wire.Enlarge: st.builds(wire.Enlarge, st.none() | numbers),
    wire.ApplyScene: st.builds(wire.ApplyScene, ids),
    wire.SetTemplate: st.builds(wire.SetTemplate, st.text(max_size=16)),
    wire.SetBoard: st.builds(wire.SetBoard, boards),
    wire.TurnGroup: st.builds(wire.TurnGroup, ids, st.sampled_from(typing.get_args(wire.Turn))),
    wire.PinPane: st.builds(wire.PinPane, numbers, st.booleans()),
    wire.SetSound: st.builds(wire.SetSound, st.booleans(), st.text(max_size=128)),
    wire.TakeOver: st.just(wire.TakeOver()),
    wire.HandBack: st.just(wire.HandBack()),
    wire.Undo: st.just(wire.Undo()),
    wire.Share: st.builds(wire.Share, st.booleans()),
}


def test_every_edit_is_tried() -> None:
    assert set(all_edits) == set(typing.get_args(wire.WallEdit))
    assert {kind.__name__ for kind in all_edits} == {kind.__name__ for kind in typing.get_args(edits.Edit)}


@given(st.one_of(list(all_edits.values())))
def test_an_edit_arrives_as_it_was_said(edit: wire.WallEdit) -> None:
    said = wire.EditWall(wall="w-1", base=3, edit=edit)
    try:
        text = protocol.encode(said)
    except UnicodeEncodeError:
        return  # a lone surrogate: no page can send that
    heard = decode(text, max_depth=32)
    assert heard == said
    meant = wall_words.edit_of(edit)
    assert type(meant).__name__ == type(edit).__name__
    for field in msgspec.structs.fields(edit):
        if field.name not in {"content", "board"}:
            assert getattr(meant, field.name) == getattr(edit, field.name)


@given(boards)
def test_a_board_comes_back_as_it_went(said: wire.WallBoard) -> None:
    meant = wall_words.board_of(said)
    assert wall_words.board_word(meant) == said


@given(boards)
def test_a_board_is_right_or_refused_and_what_is_right_passes_every_door(said: wire.WallBoard) -> None:
    try:
        right = checked(wall_words.board_of(said), allow(("https://gis.example.org",)))
    except HuishangError as error:
        assert error.code in {ContentRefused.code, "invalid-layout"}
        return
    assert checked(right, allow(("https://gis.example.org",))) == right
    assert board_of(wall_models.Board.model_validate_json(board(right).model_dump_json(by_alias=True))) == right
    assert decode(
        protocol.encode(wire.EditWall(wall="w", base=0, edit=wire.SetBoard(wall_words.board_word(right)))), max_depth=32
    )
