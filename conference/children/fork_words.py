"""The words between the core and the template process: one msgpack message per SOCK_SEQPACKET datagram."""

from typing import Any, Final

import msgspec
from msgspec import Struct

MAX_BYTES: Final = 4096


class Fork(Struct, frozen=True, tag="fork"):
    """core -> template. fds: the child's control socket, the pipe of its stderr, its lifeline (read end). `name`: what
    `ps` shows."""

    number: int
    name: str


class Ready(Struct, frozen=True, tag="ready"):
    """template -> core, once: everything is imported. `missing`: confinement this kernel cannot give, in words."""

    missing: tuple[str, ...]


class Forked(Struct, frozen=True, tag="forked"):
    """template -> core. One fd: the child's pidfd."""

    number: int
    pid: int


class ForkFailed(Struct, frozen=True, tag="fork-failed"):
    """template -> core. `error`: what the kernel said."""

    number: int
    error: str


class Exited(Struct, frozen=True, tag="exited"):
    """template -> core. `status`: as wait(2) gives it."""

    pid: int
    status: int


FromTemplate = Ready | Forked | ForkFailed | Exited

encode = msgspec.msgpack.Encoder().encode
decode_fork = msgspec.msgpack.Decoder(Fork).decode
"""Raises msgspec.MsgspecError."""
decode_from_template: Any = msgspec.msgpack.Decoder(FromTemplate).decode
"""Raises msgspec.MsgspecError."""
