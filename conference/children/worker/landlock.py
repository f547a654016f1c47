"""Landlock (landlock(7)): no file, no TCP port, no signal and no abstract socket of others, whatever the seccomp filter
lets through. Each part from the kernel version that has it."""

import contextlib
import ctypes
import os
import struct
from typing import Final

from conference.children.worker import kernel

_CREATE_RULESET: Final = 444
_RESTRICT_SELF: Final = 446
_VERSION_FLAG: Final = 1
_FILE_RIGHTS_BITS: Final = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many rights on files each ABI knows; 16 from ABI 5."""
_BIND_AND_CONNECT_TCP: Final = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 0b11


def abi() -> int:
    """The kernel's Landlock version; 0: it has none."""
    with contextlib.suppress(OSError):
        return kernel.syscall(_CREATE_RULESET, 0, 0, _VERSION_FLAG)
    return 0


def close() -> None:
    """Confines this thread for good, as far as the kernel can; needs no_new_privs. Raises OSError."""
    version = abi()
    if version == 0:
        return
    files = (1 << _FILE_RIGHTS_BITS.get(version, 16)) - 1
    # struct landlock_ruleset_attr: what is handled is refused, for no rule allows any of it.
    fields = [files]
    if version >= 4:
        fields.append(_BIND_AND_CONNECT_TCP)
    if version >= 6:
        fields.append(_ABSTRACT_SOCKETS_AND_SIGNALS)
    attributes = struct.pack(f"{len(fields)}Q", *fields)
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    ruleset = kernel.syscall(_CREATE_RULESET, ctypes.addressof(buffer), len(attributes), 0)
    try:
        kernel.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
