"""Sockets for the child that talks RTSP: it cannot make its own."""

import asyncio
import errno
import socket
from contextlib import suppress
from typing import Final

import ifaddr

from conference.model.errors import Unreachable

DEAD_AFTER_S: Final = 3
"""A peer that acknowledges nothing for so long is gone."""
_UDP_BUFFER_BYTES: Final = 2 << 20
_PAIR_ATTEMPTS: Final = 64


def own_addresses() -> set[str]:
    """Every address of this machine's interfaces, numeric, without zone."""
    found = (ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips)
    return {ip if isinstance(ip, str) else ip[0] for ip in found}


async def dial(ip: str, port: int, *, timeout_s: float) -> socket.socket:
    """A connected, non-blocking TCP socket to a numeric, already checked address. Raises Unreachable with its cause
    (refused or timed-out)."""
    made = socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.settimeout(0)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, DEAD_AFTER_S)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER_S * 1000)
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().sock_connect(made, (ip, port))
    except ConnectionRefusedError:
        made.close()
        raise Unreachable(cause="refused") from None
    except OSError as error:  # TimeoutError is one
        made.close()
        raise Unreachable(errno.errorcode.get(error.errno or 0, "timeout"), cause="timed-out") from None
    except BaseException:
        made.close()
        raise
    return made


def udp_pairs(family: socket.AddressFamily, count: int, *, local: str = "") -> list[socket.socket]:
    """2 × `count` bound, non-blocking UDP sockets: RTP on an even port, RTCP on the next one, pair after pair
    (RFC 3550 §11). `local`: the address of this machine to bind, "" for all; best the one that the RTSP connection
    has. Raises OSError when the ports are used up."""
    made: list[socket.socket] = []
    try:
        for _ in range(count):
            made += _pair(family, local)
    except BaseException:
        for each in made:
            each.close()
        raise
    return made


def _pair(family: socket.AddressFamily, local: str) -> list[socket.socket]:
    for _ in range(_PAIR_ATTEMPTS):
        first = _bound(family, local, 0)
        port: int = first.getsockname()[1]
        with suppress(OSError):
            second = _bound(family, local, port ^ 1)
            return [first, second] if port % 2 == 0 else [second, first]
        first.close()
    raise OSError(errno.EADDRINUSE, "no two neighbouring UDP ports are free")


def _bound(family: socket.AddressFamily, local: str, port: int) -> socket.socket:
    made = socket.socket(family, socket.SOCK_DGRAM)
    try:
        made.settimeout(0)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UDP_BUFFER_BYTES)
        made.bind((local, port))
    except OSError:
        made.close()
        raise
    return made
