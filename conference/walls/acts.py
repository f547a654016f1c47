"""What is written down of what people do: a stable word and a short detail. Pure."""

from dataclasses import dataclass
from typing import Final, assert_never

from conference.model.ids import Identity, ParticipantId
from conference.model.wall import NOBODY, Content, ContentKind, Wall
from conference.model.wall_records import Act
from conference.walls import edits

_DETAIL_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class By:
    """Who acts: somebody with a name, or the administrator, who has none. `participant`: of a console in the room."""

    name: str = ""
    identity: Identity = NOBODY
    participant: ParticipantId | None = None


ADMINISTRATOR: Final = By()


def of_wall(wall: Wall, verb: str, by: By, *, now_ms: int, detail: str = "") -> Act:
    """An act upon a wall."""
    return Act(
        room=wall.room,
        at_ms=now_ms,
        verb=verb,
        by=by.name,
        identity=by.identity,
        wall=wall.id,
        wall_name=wall.name,
        detail=detail[:_DETAIL_CHARS],
    )


def of_edit(wall: Wall, edit: edits.Edit, by: By, *, now_ms: int, scene_name: str = "") -> Act:
    """An edit; panes are counted from 1 as people do."""
    verb, detail = _words(edit, scene_name)
    return of_wall(wall, verb, by, now_ms=now_ms, detail=detail)


def _words(edit: edits.Edit, scene_name: str) -> tuple[str, str]:  # noqa: PLR0911, PLR0912 - a closed union
    match edit:
        case edits.Place(pane, content):
            return "place", f"{pane + 1}: {_of_content(content)}"
        case edits.Swap(pane, other):
            return "swap", f"{pane + 1} ⇄ {other + 1}"
        case edits.Enlarge(pane):
            return ("enlarge", str(pane + 1)) if pane is not None else ("restore", "")
        case edits.ApplyScene():
            return "apply", scene_name
        case edits.SetTemplate(template):
            return "template", template
        case edits.SetBoard(board):
            return "board", board.template
        case edits.TurnGroup(group, turn):
            return turn.value, group
        case edits.PinPane(pane, pinned):
            return ("pin" if pinned else "unpin"), str(pane + 1)
        case edits.SetSound(muted, only):
            return ("mute" if muted else "unmute"), only
        case edits.TakeOver():
            return "take", ""
        case edits.HandBack():
            return "hand-back", ""
        case edits.Undo():
            return "undo", ""
        case edits.Share(on):
            return ("share" if on else "unshare"), ""
        case _:
            assert_never(edit)


def _of_content(content: Content) -> str:
    match content.kind:
        case ContentKind.PARTICIPANT | ContentKind.SCREEN:
            return f"{content.kind} {content.identity}".rstrip()
        case ContentKind.GROUP:
            return f"group {content.group}"
        case ContentKind.WEB:
            return content.url.partition("?")[0]  # what follows may hold a key
        case ContentKind.TEXT:
            return content.text
        case _:
            return content.kind.value
