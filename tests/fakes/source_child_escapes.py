"""What a child must not be able to do, tried."""

import ctypes
import os
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

CANARIES = (Path("/tmp/canary-of-a-source"), Path("/tmp/canary-folder-of-a-source"))
_libc = ctypes.CDLL(None, use_errno=True)


def attempts(argument: str) -> dict[str, str]:
    """What became of each: "done" or the error's name. `argument`: core pid, sibling pid, honeypot port."""
    core, sibling, port = (int(text) for text in argument.split(","))
    tries: dict[str, Callable[[], Any]] = {
        "read a file": lambda: Path("/etc/passwd").read_bytes(),
        "list a folder": lambda: list(Path("/").iterdir()),
        "read the core's environment": lambda: Path(f"/proc/{core}/environ").read_bytes(),
        "read the core's memory": lambda: Path(f"/proc/{core}/mem").read_bytes(),
        "read its own maps": lambda: Path("/proc/self/maps").read_bytes(),
        "make a file": lambda: CANARIES[0].write_bytes(b"x"),
        "make a folder": CANARIES[1].mkdir,
        "make a file in memory": lambda: os.memfd_create("canary"),
        "run a program": lambda: os.execv("/bin/true", ["true"]),
        "fork": os.fork,
        "make a TCP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM),
        "make a raw socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
        "make a UNIX socket": lambda: socket.socket(socket.AF_UNIX),
        "make a pair": socket.socketpair,
        "connect": partial(_connect, port),
        "send elsewhere": lambda: _send_elsewhere(port),
        "kill the core": lambda: os.kill(core, 0),
        "kill a sibling": lambda: os.kill(sibling, signal.SIGKILL),
        "kill its group": lambda: os.killpg(0, 0),
        "signal a thread of a sibling": lambda: _call("tgkill", sibling, sibling, 9),
        "name a receiver of signals": lambda: _call("fcntl", 3, 8, sibling),
        "hold a sibling": lambda: os.pidfd_open(sibling),
        "become root": lambda: os.setuid(0),
        "raise its limits": lambda: _call("setrlimit", 7, ctypes.byref((ctypes.c_ulong * 2)(999, 999))),
        "executable memory": lambda: _map(7, 0x22),
        "shared memory": lambda: _map(3, 0x21),
        "another priority": lambda: os.nice(-1),
    }
    return outcomes(tries)


def outcomes(tries: dict[str, Callable[[], Any]]) -> dict[str, str]:
    """ "done" or the error's name of each."""
    return {what: _outcome(attempt) for what, attempt in tries.items()}


def ptrace() -> None:
    """Deadly: the filter ends the process."""
    _libc.ptrace(16, os.getppid(), 0, 0)


def _outcome(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


def _call(name: str, *args: Any) -> None:
    if getattr(_libc, name)(*args) != 0:
        raise OSError(ctypes.get_errno(), name)


def _connect(port: int) -> None:
    # On descriptors it has, for it cannot make one.
    address = b"\x02\x00" + port.to_bytes(2, "big") + b"\x7f\x00\x00\x01" + bytes(8)
    _call("connect", 4, address, len(address))


def _send_elsewhere(port: int) -> None:
    address = b"\x02\x00" + port.to_bytes(2, "big") + b"\x7f\x00\x00\x01" + bytes(8)
    if _libc.sendto(4, b"x", 1, 0, address, len(address)) < 0:
        raise OSError(ctypes.get_errno(), "sendto")


def _map(protection: int, flags: int) -> None:
    _libc.mmap.restype = ctypes.c_void_p
    if _libc.mmap(None, 4096, protection, flags, -1, 0) == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), "mmap")
