"""Datagrams with file descriptors on the sockets between core, template and children. Used on all sides."""

import array
import contextlib
import os
import socket
from collections.abc import Sequence
from typing import Final

MAX_FDS: Final = 16
"""With one datagram."""
MAX_PAIR_BYTES: Final = 400_000
"""What a pair may buffer in each direction, as far as the kernel is set up for it."""


def pair(max_bytes: int) -> tuple[socket.socket, socket.socket]:
    """Two non-blocking connected SOCK_SEQPACKET ends that take datagrams up to `max_bytes` (at most MAX_PAIR_BYTES)."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.settimeout(0)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, max_bytes)
    return ends


def receive(sock: socket.socket, max_bytes: int) -> tuple[bytes, list[int]]:
    """One datagram and its descriptors (close-on-exec). b"": the other end is gone. Raises OSError, and ValueError for
    a datagram longer than `max_bytes` or with more than MAX_FDS descriptors."""
    size = array.array("i").itemsize
    data, ancillary, flags, _ = sock.recvmsg(max_bytes, socket.CMSG_SPACE(MAX_FDS * size), socket.MSG_CMSG_CLOEXEC)
    fds = array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(payload[: len(payload) - len(payload) % size])
    if flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
        close_all(fds)
        raise ValueError("datagram too long")
    return data, list(fds)


def close_all(fds: Sequence[int]) -> None:
    """Each of them, whatever becomes of the others."""
    for fd in fds:
        with contextlib.suppress(OSError):
            os.close(fd)
