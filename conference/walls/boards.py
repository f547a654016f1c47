"""Boards: whether one can be shown at all, and what is in its panes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from conference.layout.templates import windows
from conference.model.errors import ContentRefused
from conference.model.ids import GroupId, Identity
from conference.model.names import MAX_NAME_CHARS
from conference.model.wall import (
    MAX_EVERY_S,
    MAX_GROUP_MEMBERS,
    MAX_GROUPS,
    MIN_EVERY_S,
    NOBODY,
    NOTHING,
    Board,
    Content,
    ContentKind,
    Group,
)
from conference.model.window import Free

MAX_TEXT: Final = 500
MAX_URL: Final = 2000
MAX_IDENTITY: Final = 128
_LATEST_MS: Final = 2**53
"""The largest number that every page reads exactly."""

Allowed = Callable[[str], bool]


def allow(origins: tuple[str, ...]) -> Allowed:
    """Whether a page may be shown: its origin is one of these. Upper and lower case of a host are alike, and a default
    port may be left out."""
    known = {_origin(origin) for origin in origins}

    def allowed(url: str) -> bool:
        origin = _origin(url)
        return origin is not None and origin in known

    return allowed


def windows_of(board: Board) -> tuple[Free, ...]:
    """Where its panes lie. Raises InvalidLayout."""
    return windows(board.template, board.width, board.height, board.windows)


def checked(board: Board, allowed: Allowed) -> Board:
    """The board when it can be shown; fields that a content's kind does not use are emptied. Raises InvalidLayout,
    ContentRefused."""
    if board.template != "free" and board.windows:
        raise ContentRefused("windows belong to free")
    count = len(windows_of(board))
    if len(board.panes) != count:
        raise ContentRefused(f"{len(board.panes)} panes in {count} windows")
    if board.alarm_pane is not None and not 0 <= board.alarm_pane < count:
        raise ContentRefused(f"alarm pane {board.alarm_pane}")
    if len(board.groups) > MAX_GROUPS or len({group.id for group in board.groups}) != len(board.groups):
        raise ContentRefused("too many groups, or one of them twice")
    for group in board.groups:
        _check_group(group)
    groups = {group.id for group in board.groups}
    return replace(board, panes=tuple(checked_content(content, groups, allowed) for content in board.panes))


def checked_content(content: Content, groups: set[GroupId], allowed: Allowed) -> Content:
    """Raises ContentRefused."""
    kind = content.kind
    match kind:
        case ContentKind.NOTHING | ContentKind.SPEAKER | ContentKind.CLOCK:
            return NOTHING if kind is ContentKind.NOTHING else Content(kind=kind)
        case ContentKind.PARTICIPANT | ContentKind.SCREEN:
            if len(content.identity) > MAX_IDENTITY or (kind is ContentKind.PARTICIPANT and not content.identity):
                raise ContentRefused("identity")
            return Content(kind=kind, identity=content.identity)
        case ContentKind.GROUP:
            if content.group not in groups:
                raise ContentRefused(f"group {content.group[:64]}")
            return Content(kind=kind, group=content.group)
        case ContentKind.WEB:
            if len(content.url) > MAX_URL or not allowed(content.url):
                raise ContentRefused("url")
            return Content(kind=kind, url=content.url)
        case ContentKind.COUNTDOWN:
            if not 0 < content.until_ms <= _LATEST_MS or len(content.text) > MAX_TEXT:
                raise ContentRefused("countdown")
            return Content(kind=kind, until_ms=content.until_ms, text=content.text)
        case ContentKind.TEXT:
            if len(content.text) > MAX_TEXT:
                raise ContentRefused("text")
            return Content(kind=kind, text=content.text)


def group_panes(board: Board, group: GroupId) -> tuple[int, ...]:
    """The panes that hold this polling group."""
    return tuple(
        index
        for index, content in enumerate(board.panes)
        if content.kind is ContentKind.GROUP and content.group == group
    )


def identities(board: Board) -> set[Identity]:
    """Whom it names."""
    named = {content.identity for content in board.panes} | {who for group in board.groups for who in group.members}
    return named - {NOBODY}


def _check_group(group: Group) -> None:
    members = group.members
    if not group.name.strip() or len(group.name) > MAX_NAME_CHARS:
        raise ContentRefused("name of a group")
    if not MIN_EVERY_S <= group.every_s <= MAX_EVERY_S:
        raise ContentRefused(f"every {group.every_s} s")
    if len(members) > MAX_GROUP_MEMBERS or len(set(members)) != len(members):
        raise ContentRefused("too many members, or one of them twice")
    if any(not 0 < len(member) <= MAX_IDENTITY for member in members):
        raise ContentRefused("identity of a member")


_PORTS: Final = {"http": 80, "https": 443}


def _origin(url: str) -> tuple[str, str, int] | None:
    """None for what is no address of a page, or holds a user."""
    if any(ord(char) <= 0x20 or char == "\\" for char in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc:
        return None
    return parts.scheme, parts.hostname, port or _PORTS[parts.scheme]
