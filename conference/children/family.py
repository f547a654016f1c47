"""What makes children of one purpose a family: their entry, their words, their pace. Both sides read it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from conference.children.words import Limits


class Start(Protocol):
    """What the first word to any child has."""

    @property
    def limits(self) -> Limits: ...


StartT = TypeVar("StartT", bound=Start)
To = TypeVar("To")
From = TypeVar("From")


@dataclass(frozen=True, slots=True)
class Family(Generic[StartT, To, From]):
    """`To`, `From`: the unions of its words, with Stop among the former, Beat and Ended among the latter.

    `name`: for the log ("source"); `short`: for `ps`, at most 4 characters. `entry`: what a child runs, as
    module:function; it gets the control socket. `warm`: likewise, called once in the template with nothing, to import
    and try what children will need; it must leave no thread behind.

    `start`: the first word. The decoders raise msgspec.MsgspecError. `fds_from_child`: words that bring descriptors to
    the core, and how many; others must have none (the core may send some with any word). `may_be_lost`: words of the
    child that are dropped while the core does not read. `max_waiting`: how many others wait for it in the child; one
    more ends the child.

    `max_words_per_s`: more for some seconds is a flood. `goodbye_s`: from Stop, or from its last word, to SIGKILL.
    `orphan_s`: from the core's death to its own; 0: at once.
    """

    name: str
    short: str
    entry: str
    warm: str
    start: type[StartT]
    decode_to_child: Callable[[bytes], Any]
    decode_from_child: Callable[[bytes], Any]
    fds_from_child: Mapping[type, int]
    may_be_lost: tuple[type, ...]
    max_message_bytes: int
    max_waiting: int = 0
    max_words_per_s: int = 200
    goodbye_s: float = 1.5
    orphan_s: float = 0.0
