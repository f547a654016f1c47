"""The filter as the kernel would read it: a small interpreter of its instructions, for both machines."""

import errno
import re
import struct
from pathlib import Path

import pytest

from conference.children.worker.seccomp import Profile, program
from conference.children.worker.syscalls import CONDITIONAL, DEADLY, HARMLESS, number

PID = 4711
ALLOW, KILL = 0x7FFF0000, 0x80000000
DENY, UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
MACHINES = sorted(ARCH)


def verdict(code: bytes, arch: int, nr: int, *args: int) -> int:
    data = struct.pack("<IIQ6Q", nr, arch, 0, *(*args, *[0] * (6 - len(args))))
    instructions = [struct.unpack_from("HBBI", code, at) for at in range(0, len(code), 8)]
    accumulator, at = 0, 0
    while True:
        op, if_true, if_false, value = instructions[at]
        at += 1
        match op:
            case 0x20:
                (accumulator,) = struct.unpack_from("<I", data, value)
            case 0x54:
                accumulator &= value
            case 0x15:
                at += if_true if accumulator == value else if_false
            case 0x25:
                at += if_true if accumulator > value else if_false
            case 0x06:
                return value
            case _:
                raise AssertionError(f"an instruction the filter does not use: {op:#x}")


def judge(machine: str, profile: Profile, name: str, *args: int) -> int:
    nr = number(name, machine)
    assert nr is not None
    return verdict(program(profile, PID, machine), ARCH[machine], nr, *args)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("profile", list(Profile))
def test_each_call_has_its_verdict(machine: str, profile: Profile) -> None:
    for names, expected in ((HARMLESS, ALLOW), (DEADLY, KILL)):
        for name in names:
            if number(name, machine) is not None:
                assert judge(machine, profile, name, *[2**64 - 1] * 6) == expected, name


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        ("clone", (0x003D0F00,), ALLOW),  # a thread, as the C library makes one
        ("clone", (0x01200011,), DENY),  # fork
        ("clone", (0x00004111,), DENY),  # vfork
        ("clone", (0x003D0F00 | 0x10000000,), DENY),  # with a user namespace
        ("clone3", (1,), UNKNOWN),
        ("fcntl", (3, 4), ALLOW),
        ("fcntl", (3, 8, PID + 1), DENY),  # F_SETOWN
        ("fcntl", (3, 10, 9), DENY),  # F_SETSIG
        ("fcntl", (3, 1030), ALLOW),
        ("ioctl", (3, 0x5421), ALLOW),
        ("ioctl", (3, 0x5412), DENY),  # TIOCSTI
        ("ioctl", (3, 0x8901), DENY),  # FIOSETOWN
        ("mmap", (0, 4096, 3, 0x22), ALLOW),
        ("mmap", (0, 4096, 7, 0x22), DENY),
        ("mmap", (0, 4096, 3, 0x21), DENY),  # shared
        ("mmap", (0, 4096, 3, 0x23), DENY),
        ("mprotect", (0, 4096, 1), ALLOW),
        ("mprotect", (0, 4096, 5), DENY),
        ("prlimit64", (0, 7, 0, 4096), ALLOW),
        ("prlimit64", (0, 7, 4096, 0), DENY),
        ("prlimit64", (0, 7, 1 << 32, 0), DENY),
        ("prlimit64", (1, 7, 0, 4096), DENY),
        ("prctl", (15,), ALLOW),
        ("prctl", (4, 1), DENY),  # PR_SET_DUMPABLE
        ("tgkill", (PID, PID, 6), ALLOW),
        ("tgkill", (PID + 1, PID + 1, 9), DENY),
    ],
)
def test_arguments_decide(machine: str, name: str, args: tuple[int, ...], expected: int) -> None:
    for profile in Profile:
        assert judge(machine, profile, name, *args) == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_each_profile_has_what_it_needs(machine: str) -> None:
    def may(profile: Profile, name: str, *args: int) -> bool:
        return judge(machine, profile, name, *args) == ALLOW

    somewhere = (3, 4096, 1, 0, 4096, 16)
    table = {
        profile: {
            "accept": may(profile, "accept4", 3),
            "pass descriptors": may(profile, "sendmsg", 3),
            "pair": may(profile, "socketpair", 1),
            "inet pair": may(profile, "socketpair", 2),
            "send": may(profile, "sendto", 3, 4096, 1, 0, 0, 0),
            "send elsewhere": may(profile, "sendto", *somewhere),
            "send from above 4 GiB": may(profile, "sendto", 3, 4096, 1, 0, 1 << 32, 16),
            "write at": may(profile, "pwrite64", 3, 4096, 1, 0),
            "read at": may(profile, "pread64", 3, 4096, 1, 0),
            "cut": may(profile, "ftruncate", 3, 0),
            "sync": may(profile, "fdatasync", 3),
            "alarm": may(profile, "setitimer", 0, 4096, 0),
        }
        for profile in Profile
    }
    nothing = dict.fromkeys(table[Profile.SOURCE], False)
    assert table == {
        Profile.SOURCE: nothing | {"send": True},
        Profile.RTMP_GATE: nothing | {"send": True, "accept": True, "pass descriptors": True, "pair": True},
        Profile.SRT_GATE: nothing
        | {"send": True, "pass descriptors": True, "pair": True, "send elsewhere": True, "send from above 4 GiB": True},
        Profile.RECORDER: nothing | {"send": True, "write at": True, "cut": True, "sync": True, "alarm": True},
        Profile.FILM: nothing | {"send": True, "write at": True, "read at": True, "cut": True, "sync": True},
    }


@pytest.mark.parametrize("machine", MACHINES)
def test_no_way_round_the_table(machine: str) -> None:
    code = program(Profile.SOURCE, PID, machine)
    known = {number(name, machine) for name in HARMLESS | CONDITIONAL | DEADLY}
    for nr in set(range(463)) - known:
        assert verdict(code, ARCH[machine], nr) == DENY
    # Younger calls, and those of the x32 ABI.
    for nr in (463, 470, 0x40000000, 0x40000000 + 520):
        assert verdict(code, ARCH[machine], nr) == UNKNOWN
    # Of a 32-bit ABI: other numbers, other meanings.
    for arch in (0x40000003, 0x40000028, *(set(ARCH.values()) - {ARCH[machine]})):
        assert verdict(code, arch, 0) == KILL
    # 4096 instructions are the kernel's limit.
    assert len(code) // 8 < 1000


@pytest.mark.parametrize(
    ("machine", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_numbers_are_those_of_the_kernel(machine: str, header: str) -> None:
    if not Path(header).exists():
        pytest.skip("no kernel headers here")
    defined = {
        name: int(nr)
        for name, nr in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", Path(header).read_text(encoding="ascii"))
    }
    ours = {name: number(name, machine) for name in HARMLESS | CONDITIONAL | DEADLY}
    assert {name: defined[name] for name, nr in ours.items() if name in defined} == {
        name: nr for name, nr in ours.items() if name in defined
    }
    assert {name for name, nr in ours.items() if nr is not None} <= set(defined)
