"""What a child gives up before it reads the first byte from outside. It must hold for root, too: a server in a
container often is root."""

import os
import platform
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from conference.children.words import Limits
from conference.children.worker import kernel, landlock, seccomp
from conference.children.worker.seccomp import Profile

_NOBODY: Final = 65534
_LAST_CAPABILITY: Final = 63
_OOM_SCORE: Final = 500
_NICE: Final = 5
_THREADS_OF_ALL: Final = 4096
_DESCRIPTORS: Final = {
    Profile.SOURCE: 64,
    Profile.RTMP_GATE: 2048,
    Profile.SRT_GATE: 2048,
    Profile.RECORDER: 2048,
    Profile.FILM: 2048,
}
_WRITES_FILES: Final = (Profile.RECORDER, Profile.FILM)
"""Others could not write a byte to a file, even if they had one."""


class SandboxOpen(Exception):
    """The process cannot be confined as a whole."""


@dataclass(frozen=True, slots=True)
class Features:
    """What the kernel offers to confine children with. `landlock_abi` 0: nothing. `own_user`: they leave root for an id
    without rights; False also where the server is not root, whose children keep its id."""

    landlock_abi: int
    seccomp: bool
    own_user: bool

    @property
    def missing(self) -> tuple[str, ...]:
        """In words, for the log and the doctor; empty on a kernel with everything."""
        return tuple(
            text
            for absent, text in (
                (not self.seccomp, f"no seccomp filter on this kernel or machine ({platform.machine()})"),
                (self.landlock_abi == 0, "no Landlock"),
                (0 < self.landlock_abi < 4, f"Landlock ABI {self.landlock_abi} is without network rules (4)"),
                (0 < self.landlock_abi < 6, f"Landlock ABI {self.landlock_abi} is without signal rules (6)"),
            )
            if absent
        )


def features() -> Features:
    """Asked of the kernel; changes nothing."""
    return Features(landlock.abi(), seccomp.available(), os.geteuid() == 0)


def close(profile: Profile, limits: Limits) -> None:
    """From here on this process has its open descriptors, memory and CPU time, and nothing else. A part the kernel does
    not have is left out (`features` tells); one that fails raises OSError. Raises SandboxOpen while there is a second
    thread: filters would not bind it."""
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        raise SandboxOpen("more than one thread")
    offered = features()
    _be_expendable()
    _limit(profile, limits)
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    _drop_rights(own_user=offered.own_user)
    # After the change of user, which sets it anew: no core dump, no ptrace and no /proc/<pid>/mem for siblings.
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    landlock.close()
    if offered.seccomp:
        seccomp.close(profile)


def _be_expendable() -> None:
    os.umask(0o077)
    os.chdir("/")
    os.nice(_NICE)
    Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE), encoding="ascii")


def _limit(profile: Profile, limits: Limits) -> None:
    # DATA counts what is private and writable, with the stacks and heaps of codec threads; AS would count the address
    # space they only reserve. NPROC counts the threads of all children of one user together: it saves the host, while
    # the core watches those of each. No CPU: the core watches the share, which may go on for weeks.
    ceilings = {
        resource.RLIMIT_DATA: limits.memory_bytes,
        resource.RLIMIT_NOFILE: _DESCRIPTORS[profile],
        resource.RLIMIT_NPROC: _THREADS_OF_ALL,
        resource.RLIMIT_CORE: 0,
    }
    if profile not in _WRITES_FILES:
        ceilings[resource.RLIMIT_FSIZE] = 0
    for kind, value in ceilings.items():
        _, hard = resource.getrlimit(kind)
        ceiling = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (ceiling, ceiling))


def _drop_rights(*, own_user: bool) -> None:
    if own_user:
        for capability in range(_LAST_CAPABILITY + 1):
            try:
                kernel.prctl(kernel.PR_CAPBSET_DROP, capability)
            except OSError:
                # EINVAL: past the last one this kernel knows. EPERM: a container has taken SETPCAP.
                break
        try:
            os.setgroups([])
            os.setresgid(_NOBODY, _NOBODY, _NOBODY)
            os.setresuid(_NOBODY, _NOBODY, _NOBODY)
        except OSError:
            # EPERM: a root without SETUID. EINVAL: a user namespace without that id. What remains has no capabilities.
            pass
    kernel.drop_capabilities()
