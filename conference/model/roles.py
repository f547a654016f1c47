"""Who may do what. Everything not written here is refused."""

from enum import StrEnum
from typing import Final


class Role(StrEnum):
    HOST = "host"
    PARTICIPANT = "participant"
    VIEWER = "viewer"


class Verb(StrEnum):
    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"
    REMOVE = "remove"
    BLOCK = "block"
    RECORD = "record"
    DIRECT = "direct"
    """What walls show."""


_ALLOWED: Final = {
    Role.HOST: frozenset({Verb.PUBLISH, Verb.SUBSCRIBE, Verb.REMOVE, Verb.BLOCK, Verb.RECORD, Verb.DIRECT}),
    Role.PARTICIPANT: frozenset({Verb.PUBLISH, Verb.SUBSCRIBE}),
    Role.VIEWER: frozenset({Verb.SUBSCRIBE}),
}


def may(role: Role, verb: Verb) -> bool:
    """Whether `role` may do `verb`."""
    return verb in _ALLOWED[role]
