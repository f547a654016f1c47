"""From the conference's values about walls to the bodies of the REST interface, and back."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from conference.model import wall as nouns
from conference.model.wall_records import Act
from conference.results import PairedWall
from signaling.rest import wall_models as models
from signaling.wall_protocol import WallBoard
from signaling.wall_words import board_of as read_board
from signaling.wall_words import board_word


def wall(paired: PairedWall) -> models.Wall:
    record = paired.record
    return models.Wall(
        id=record.wall.id,
        room=record.wall.room,
        name=record.wall.name,
        online=paired.online,
        paired_at=at(record.wall.paired_at_s),
        paired_by=record.paired_by,
        width=record.width,
        height=record.height,
        sharing=record.shared_by is not None,
    )


def board(of: nouns.Board) -> models.Board:
    """The socket and the REST interface write a board the same way."""
    return models.Board.model_validate(msgspec.to_builtins(board_word(of)))


def board_of(body: models.Board) -> nouns.Board:
    """It is not checked yet."""
    return read_board(msgspec.convert(body.model_dump(by_alias=True, mode="json"), WallBoard))


def scene(saved: nouns.Scene) -> models.Scene:
    return models.Scene(
        id=saved.id,
        name=saved.name,
        version=saved.version,
        board=board(saved.board),
        saved_at=at(saved.saved_at_s),
        saved_by=saved.saved_by,
    )


def alarm(raised: nouns.Alarm) -> models.Alarm:
    return models.Alarm(
        id=raised.id,
        room=raised.room,
        identity=raised.identity,
        text=raised.text,
        raised_at=at(raised.raised_at_ms / 1000),
        raised_by=raised.raised_by,
    )


def act(done: Act) -> models.Act:
    return models.Act(
        id=done.id,
        at=at(done.at_ms / 1000),
        act=done.verb,
        by=done.by,
        identity=done.identity,
        wall=done.wall,
        wall_name=done.wall_name,
        detail=done.detail,
    )


def at(unix_s: float) -> datetime:
    return datetime.fromtimestamp(unix_s, UTC)
