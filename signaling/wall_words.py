"""Walls in the words of the wire, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, assert_never

from conference.model import wall as nouns
from conference.model.ids import GroupId, Identity, SceneId, WallId
from conference.model.window import Free
from conference.walls import edits
from signaling import wall_protocol as wire

if TYPE_CHECKING:
    from conference.model.outgoing import LayoutShared, WallReported
    from conference.model.records import Grant
    from conference.seats import Seat


class Walls(Protocol):
    """What peers ask of walls."""

    def grant(self, token: str) -> Grant:
        """What a device token allows. Raises WallRevoked."""
        ...

    def watch(self, seat: Seat, *, on: bool) -> None:
        """A host's console is told of every wall of its room, or no longer. Raises NotAllowed, ParticipantNotFound."""
        ...

    async def edit(self, seat: Seat, wall: WallId, base: int, edit: edits.Edit) -> None:
        """Raises NotAllowed, ParticipantNotFound, WallNotFound, WallChanged, WallTaken, PaneUnknown, ContentRefused,
        InvalidLayout, SceneNotFound, NothingToUndo."""
        ...

    def report(self, seat: Seat, report: nouns.WallReport) -> None:
        """What a kiosk really shows. Raises NotAllowed, ParticipantNotFound."""
        ...


# ---- from the wire --------------------------------------------------------------------------------------------------


def edit_of(edit: wire.WallEdit) -> edits.Edit:  # noqa: PLR0911, PLR0912 - one branch per word of a closed union
    """An edit as the conference knows it."""
    match edit:
        case wire.Place(pane, content):
            return edits.Place(pane, content_of(content))
        case wire.Swap(pane, other):
            return edits.Swap(pane, other)
        case wire.Enlarge(pane):
            return edits.Enlarge(pane)
        case wire.ApplyScene(scene):
            return edits.ApplyScene(SceneId(scene))
        case wire.SetTemplate(template):
            return edits.SetTemplate(template)
        case wire.SetBoard(board):
            return edits.SetBoard(board_of(board))
        case wire.TurnGroup(group, turn):
            return edits.TurnGroup(GroupId(group), edits.Turn(turn))
        case wire.PinPane(pane, pinned):
            return edits.PinPane(pane, pinned)
        case wire.SetSound(muted, only):
            return edits.SetSound(muted, Identity(only))
        case wire.TakeOver():
            return edits.TakeOver()
        case wire.HandBack():
            return edits.HandBack()
        case wire.Undo():
            return edits.Undo()
        case wire.Share(on):
            return edits.Share(on)
        case _:
            assert_never(edit)


def content_of(content: wire.WallContent) -> nouns.Content:
    return nouns.Content(
        kind=nouns.ContentKind(content.kind),
        identity=Identity(content.identity),
        group=GroupId(content.group),
        url=content.url,
        text=content.text,
        until_ms=content.until_ms,
    )


def board_of(board: wire.WallBoard) -> nouns.Board:
    """It is not checked yet."""
    return nouns.Board(
        width=board.width,
        height=board.height,
        template=board.template,
        windows=tuple(Free(w.x, w.y, w.width, w.height) for w in board.windows),
        panes=tuple(content_of(content) for content in board.panes),
        groups=tuple(
            nouns.Group(
                id=GroupId(group.id),
                name=group.name,
                members=tuple(Identity(member) for member in group.members),
                every_s=group.every_s,
                skip_absent=group.skip_absent,
            )
            for group in board.groups
        ),
        alarm_pane=board.alarm_pane,
    )


def report_of(report: wire.ReportWall) -> nouns.WallReport:
    return nouns.WallReport(
        version=report.version,
        width=report.width,
        height=report.height,
        panes=tuple(
            nouns.SeenPane(
                pane=seen.pane,
                state=nouns.SeenState(seen.state),
                width=seen.width,
                height=seen.height,
                fps=seen.fps,
                age_ms=seen.age_ms,
            )
            for seen in report.panes
        ),
    )


# ---- to the wire ----------------------------------------------------------------------------------------------------


def wall_word(view: nouns.WallView) -> wire.Wall:
    wall = view.wall
    return wire.Wall(
        id=wall.id,
        name=wall.name,
        version=wall.version,
        board=board_word(wall.board),
        scene=wall.scene,
        scene_version=wall.scene_version,
        enlarged=wall.enlarged,
        muted=wall.sound.muted,
        only=wall.sound.only,
        hears=view.hears,
        panes=[_pane(pane) for pane in view.panes],
        rotations=[
            wire.WallRotation(group=r.group, step=r.step, paused=r.paused, turns_at_ms=r.turns_at_ms)
            for r in view.rotations
        ],
        alarms=[
            wire.WallAlarm(
                id=alarm.id,
                identity=alarm.identity,
                text=alarm.text,
                raised_at_ms=alarm.raised_at_ms,
                raised_by=alarm.raised_by,
            )
            for alarm in view.alarms
        ],
        taken_by=wall.taken_by,
        taken_name=wall.taken_name,
        online=view.online,
        sharing=view.sharing,
    )


def seen_word(told: WallReported) -> wire.WallSeen:
    report = told.report
    return wire.WallSeen(
        wall=told.wall,
        version=report.version,
        width=report.width,
        height=report.height,
        panes=[
            wire.SeenPane(
                pane=seen.pane,
                state=seen.state.value,
                width=seen.width,
                height=seen.height,
                fps=seen.fps,
                age_ms=seen.age_ms,
            )
            for seen in report.panes
        ],
    )


def layout_word(told: LayoutShared) -> wire.SharedLayout:
    panes = [_pane(pane) for pane in told.panes] if told.panes is not None else None
    return wire.SharedLayout(panes=panes, width=told.width, height=told.height, by=told.by)


def board_word(board: nouns.Board) -> wire.WallBoard:
    return wire.WallBoard(
        width=board.width,
        height=board.height,
        template=board.template,
        windows=[_window(window) for window in board.windows],
        panes=[_content(content) for content in board.panes],
        groups=[
            wire.WallGroup(
                id=group.id,
                name=group.name,
                members=list(group.members),
                every_s=group.every_s,
                skip_absent=group.skip_absent,
            )
            for group in board.groups
        ],
        alarm_pane=board.alarm_pane,
    )


def _content(content: nouns.Content) -> wire.WallContent:
    return wire.WallContent(
        kind=content.kind.value,
        identity=content.identity,
        group=content.group,
        url=content.url,
        text=content.text,
        until_ms=content.until_ms,
    )


def _pane(pane: nouns.PaneView) -> wire.WallPane:
    return wire.WallPane(
        index=pane.index,
        rect=_window(pane.rect),
        content=_content(pane.content),
        state=pane.state.value,
        shows=pane.shows,
        screen=pane.screen,
        name=pane.name,
        next=pane.next,
        next_at_ms=pane.next_at_ms,
        alarm=pane.alarm,
        pinned=pane.pinned,
    )


def _window(window: Free) -> wire.Window:
    return wire.Window(x=window.x, y=window.y, width=window.width, height=window.height)
