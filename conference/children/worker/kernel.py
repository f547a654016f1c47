"""The kernel calls Python has no names for, through the C library that is loaded anyway."""

import ctypes
import os
from typing import Final

PR_SET_PDEATHSIG: Final = 1
PR_SET_DUMPABLE: Final = 4
PR_SET_NAME: Final = 15
PR_SET_SECCOMP: Final = 22
PR_CAPBSET_DROP: Final = 24
PR_SET_NO_NEW_PRIVS: Final = 38
PR_CAP_AMBIENT: Final = 47

_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]
_libc.prctl.restype = ctypes.c_int
_libc.syscall.restype = ctypes.c_long
_libc.capset.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
_libc.capset.restype = ctypes.c_int


def prctl(option: int, value: int = 0, pointer: "int | bytes | ctypes.Array[ctypes.c_char] | None" = None) -> None:
    """Raises OSError."""
    if _libc.prctl(option, value, pointer, 0, 0) != 0:
        raise _error(f"prctl {option}")


def set_name(name: str) -> None:
    """What `ps` shows; at most 15 bytes count."""
    buffer = ctypes.create_string_buffer(name.encode("ascii", "replace")[:15])
    _libc.prctl(PR_SET_NAME, ctypes.addressof(buffer), None, 0, 0)


def syscall(number: int, *args: int) -> int:
    """Raises OSError."""
    result: int = _libc.syscall(ctypes.c_long(number), *(ctypes.c_long(arg) for arg in args))
    if result < 0:
        raise _error(f"syscall {number}")
    return result


def drop_capabilities() -> None:
    """All of this thread's (capabilities(7), _LINUX_CAPABILITY_VERSION_3). Raises OSError."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if _libc.capset(ctypes.addressof(header), ctypes.addressof(nothing)) != 0:
        raise _error("capset")


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
