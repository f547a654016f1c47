"""From the conference's values about walls to the bodies of the REST interface, and back."""

from __future__ import annotations

from datetime import UTC, datetime

from conference.model import wall as nouns
from conference.model.ids import GroupId, Identity
from conference.model.wall_records import Act
from conference.model.window import Free
from conference.results import PairedWall
from signaling.rest import wall_models as models


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
    return models.Board(
        width=of.width,
        height=of.height,
        template=of.template,
        windows=[models.Window(x=w.x, y=w.y, width=w.width, height=w.height) for w in of.windows],
        panes=[
            models.Content(
                kind=content.kind,
                identity=content.identity,
                group=content.group,
                url=content.url,
                text=content.text,
                until_ms=content.until_ms,
            )
            for content in of.panes
        ],
        groups=[
            models.Group(
                id=group.id,
                name=group.name,
                members=list(group.members),
                every_s=group.every_s,
                skip_absent=group.skip_absent,
            )
            for group in of.groups
        ],
        alarm_pane=of.alarm_pane,
    )


def board_of(body: models.Board) -> nouns.Board:
    """It is not checked yet."""
    return nouns.Board(
        width=body.width,
        height=body.height,
        template=body.template,
        windows=tuple(Free(w.x, w.y, w.width, w.height) for w in body.windows),
        panes=tuple(
            nouns.Content(
                kind=content.kind,
                identity=Identity(content.identity),
                group=GroupId(content.group),
                url=content.url,
                text=content.text,
                until_ms=content.until_ms,
            )
            for content in body.panes
        ),
        groups=tuple(
            nouns.Group(
                id=GroupId(group.id),
                name=group.name,
                members=tuple(Identity(member) for member in group.members),
                every_s=group.every_s,
                skip_absent=group.skip_absent,
            )
            for group in body.groups
        ),
        alarm_pane=body.alarm_pane,
    )


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
