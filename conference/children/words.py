"""The words all families of children share: one msgpack message per SOCK_SEQPACKET datagram on the child's control
socket. File descriptors travel beside the message (SCM_RIGHTS), in the order the message says.

A family has its own words beside these; its unions name these, too. Tags decide, so a family may narrow one of them in
a subclass.
"""

from typing import Final

import msgspec
from msgspec import Struct

BEAT_PERIOD_S: Final = 0.5


class Word(Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """What goes over a control socket."""


class Limits(Struct, frozen=True):
    """What one child may use. `cpu_share`: cores; more than that over 10 s ends it. `stall_s`: silent for so
    long, it is killed."""

    memory_bytes: int = 512 << 20
    cpu_share: float = 2.0
    stall_s: float = 3.0


class Stop(Word, frozen=True, tag="stop"):
    """core -> child. Say goodbye and end, within the family's time."""


class Beat(Word, frozen=True, tag="beat"):
    """child -> core. Every BEAT_PERIOD_S from the child's own loop; a child silent for `stall_s` is killed."""


class Ended(Word, frozen=True, tag="ended"):
    """child -> core. The last message: why it ends. `cause`: a word of the family's. `detail`: short ASCII without
    secrets."""

    cause: str
    detail: str = ""


encode = msgspec.msgpack.Encoder().encode
