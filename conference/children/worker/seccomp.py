"""The system calls a child has left, as a seccomp filter (seccomp(2), BPF).

An allow-list: what a child does after its codecs are loaded is little and known (memory, threads, waiting, reading and
writing what is open, the clock), and a list of what is forbidden would be wrong with the next kernel. What is not on it
fails with EPERM, so that a library that merely asks (affinity, priorities, /proc) goes on; calls younger than this list
fail with ENOSYS, so that the C library falls back to older ones; calls that nobody asks for by accident end the child.
"""

import ctypes
import errno
import os
import platform
import struct
from dataclasses import dataclass
from enum import Enum
from typing import Final

from conference.children.worker import kernel
from conference.children.worker.syscalls import DEADLY, HARMLESS, number

_AUDIT_ARCH: Final = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_YOUNGEST: Final = 462
"""Numbers above: calls later than Linux 6.10, not judged here."""

_ALLOW: Final = 0x7FFF0000
_KILL_PROCESS: Final = 0x80000000
_ERRNO: Final = 0x00050000

# Instructions (linux/bpf_common.h) and the fields of struct seccomp_data.
_LOAD: Final = 0x20
_AND: Final = 0x54
_JUMP_EQUAL: Final = 0x15
_JUMP_GREATER: Final = 0x25
_RETURN: Final = 0x06
_NR_OFFSET: Final = 0
_ARCH_OFFSET: Final = 4
_ARGS_OFFSET: Final = 16


class Profile(Enum):
    """Who is confined: one source's reader and codecs; a gate that accepts connections; a recorder, which writes files
    it is given; a film's composer, which reads some and writes one."""

    SOURCE = "source"
    RTMP_GATE = "rtmp-gate"
    SRT_GATE = "srt-gate"
    RECORDER = "recorder"
    FILM = "film"


@dataclass(frozen=True, slots=True)
class Among:
    """The 32-bit argument is one of `values`, looked at through `mask`."""

    arg: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Null:
    """The pointer is NULL."""

    arg: int


Check = Among | Null

# sendmsg carries descriptors to the core and addresses of its own, so only gates have it; UDP answers need addresses.
# What both sorts of writers have works on open files only; a recorder's alarm ends it when it has lost its core. Nobody
# has newfstatat, through which os.fstat goes: it takes paths, too. os.lseek tells a file's size.
_MORE: Final = {
    Profile.SOURCE: (),
    Profile.RTMP_GATE: ("accept", "accept4", "sendmsg"),
    Profile.SRT_GATE: ("sendmsg", "sendto"),
    Profile.RECORDER: ("fdatasync", "ftruncate", "pwrite64", "setitimer"),
    Profile.FILM: ("fdatasync", "ftruncate", "pread64", "pwrite64"),
}
_WITH_PAIRS: Final = (Profile.RTMP_GATE, Profile.SRT_GATE)

_AF_UNIX: Final = 1
_CLONE_THREAD: Final = 0x00010000
_CLONE_NAMESPACES: Final = 0x7E020080
_PROT_EXEC: Final = 4
_MAP_PRIVATE: Final = 2
_MAP_TYPE: Final = 3
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC. Not F_SETOWN and F_SETSIG: they signal other processes.
_FCNTL: Final = (0, 1, 2, 3, 4, 1030)
# FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
_IOCTL: Final = (0x541B, 0x5421, 0x5450, 0x5451)
# PR_SET_NAME, PR_GET_NAME, PR_SET_VMA (the C library names its memory)
_PRCTL: Final = (15, 16, 0x53564D41)


def _checked(profile: Profile, pid: int) -> dict[str, tuple[Check, ...]]:
    rules: dict[str, tuple[Check, ...]] = {
        # Threads only: no new process, no namespace.
        "clone": (Among(0, (_CLONE_THREAD,), _CLONE_THREAD | _CLONE_NAMESPACES),),
        "fcntl": (Among(1, _FCNTL),),
        "ioctl": (Among(1, _IOCTL),),
        # Shared memory would not count against RLIMIT_DATA.
        "mmap": (Among(2, (0,), _PROT_EXEC), Among(3, (_MAP_PRIVATE,), _MAP_TYPE)),
        "mprotect": (Among(2, (0,), _PROT_EXEC),),
        "prctl": (Among(0, _PRCTL),),
        # One's own limits, to read.
        "prlimit64": (Among(0, (0, pid)), Null(2)),
        # To connected sockets; no address of one's own choice.
        "sendto": (Null(4),),
        # abort() signals its own thread.
        "tgkill": (Among(0, (pid,)),),
    }
    if profile in _WITH_PAIRS:
        rules["socketpair"] = (Among(0, (_AF_UNIX,)),)
    for name in _MORE[profile]:
        rules.pop(name, None)
    return rules


def program(profile: Profile, pid: int, machine: str) -> bytes:
    """The filter as an array of struct sock_filter. Raises KeyError for a machine it is not written for."""
    code = [
        *(_op(_LOAD, _ARCH_OFFSET), _op(_JUMP_EQUAL, _AUDIT_ARCH[machine], 1, 0), _op(_RETURN, _KILL_PROCESS)),
        _op(_LOAD, _NR_OFFSET),
    ]
    for name in (*HARMLESS, *_MORE[profile]):
        code += _verdict(number(name, machine), _ALLOW)
    for name, checks in _checked(profile, pid).items():
        code += _rule(number(name, machine), checks)
    for name in DEADLY:
        code += _verdict(number(name, machine), _KILL_PROCESS)
    code += _verdict(number("clone3", machine), _ERRNO | errno.ENOSYS)
    # The x32 calls (bit 30) lie above, too.
    code += [_op(_JUMP_GREATER, _YOUNGEST, 0, 1), _op(_RETURN, _ERRNO | errno.ENOSYS)]
    code += [_op(_RETURN, _ERRNO | errno.EPERM)]
    return b"".join(code)


def available() -> bool:
    """The kernel takes filters and they are written for this machine."""
    try:
        kernel.prctl(kernel.PR_SET_SECCOMP, 2, None)
    except OSError as error:
        # EFAULT: it would have read the filter we did not give.
        return error.errno == errno.EFAULT and platform.machine() in _AUDIT_ARCH
    return False


def close(profile: Profile) -> None:
    """Confines this process for good; it must have one thread and no_new_privs set. Raises OSError."""
    code = program(profile, os.getpid(), platform.machine())
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    kernel.prctl(kernel.PR_SET_SECCOMP, 2, head)


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)


def _verdict(nr: int | None, verdict: int) -> list[bytes]:
    return [] if nr is None else [_op(_JUMP_EQUAL, nr, 0, 1), _op(_RETURN, verdict)]


def _rule(nr: int | None, checks: tuple[Check, ...]) -> list[bytes]:
    if nr is None:
        return []
    # From the end: each check jumps over the rest to the refusal when it fails.
    body = [_op(_RETURN, _ALLOW)]
    for check in reversed(checks):
        body = _check(check, len(body)) + body
    body.append(_op(_RETURN, _ERRNO | errno.EPERM))
    return [_op(_JUMP_EQUAL, nr, 0, len(body)), *body]


def _check(check: Check, rest: int) -> list[bytes]:
    """Falls through when it holds; jumps over `rest` further instructions when not. Both machines are little-endian."""
    low = _ARGS_OFFSET + 8 * check.arg
    if isinstance(check, Null):
        return [
            *(_op(_LOAD, low), _op(_JUMP_EQUAL, 0, 0, rest + 2)),
            *(_op(_LOAD, low + 4), _op(_JUMP_EQUAL, 0, 0, rest)),
        ]
    # The last value decides; an earlier one that matches jumps over those behind it.
    last = len(check.values) - 1
    tests = [
        _op(_JUMP_EQUAL, value, last - index, rest if index == last else 0) for index, value in enumerate(check.values)
    ]
    return [_op(_LOAD, low), _op(_AND, check.mask), *tests]
