"""System calls by name and number on the two machines this runs on: (x86_64, aarch64), None where that machine has no
such call. From the kernel's unistd tables, which never change a number; a test compares them with the headers at hand.
"""

from typing import Final

Numbers = dict[str, tuple[int | None, int | None]]

HARMLESS: Final[Numbers] = {
    # memory
    "brk": (12, 214),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    "mincore": (27, 232),
    "mremap": (25, 216),
    "munmap": (11, 215),
    # descriptors that are already open
    "close": (3, 57),
    "close_range": (436, 436),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "read": (0, 63),
    "readv": (19, 65),
    "write": (1, 64),
    "writev": (20, 66),
    # waiting
    "clock_nanosleep": (230, 115),
    "epoll_create1": (291, 20),
    "epoll_ctl": (233, 21),
    "epoll_pwait": (281, 22),
    "epoll_pwait2": (441, 441),
    "epoll_wait": (232, None),
    "eventfd2": (290, 19),
    "nanosleep": (35, 101),
    "pause": (34, None),
    "pipe2": (293, 59),
    "poll": (7, None),
    "ppoll": (271, 73),
    "pselect6": (270, 72),
    "restart_syscall": (219, 128),
    "select": (23, None),
    # sockets
    "getpeername": (52, 205),
    "getsockname": (51, 204),
    "getsockopt": (55, 209),
    "recvfrom": (45, 207),
    "recvmmsg": (299, 243),
    "recvmsg": (47, 212),
    "setsockopt": (54, 208),
    "shutdown": (48, 210),
    # threads, signals, the end
    "exit": (60, 93),
    "exit_group": (231, 94),
    "futex": (202, 98),
    "futex_waitv": (449, 449),
    "get_robust_list": (274, 100),
    "rseq": (334, 293),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "sched_yield": (24, 124),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "sigaltstack": (131, 132),
    # what time it is, who and where one is
    "clock_getres": (229, 114),
    "clock_gettime": (228, 113),
    "getcpu": (309, 168),
    "getegid": (108, 177),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "getrandom": (318, 278),
    "getrusage": (98, 165),
    "gettid": (186, 178),
    "gettimeofday": (96, 169),
    "getuid": (102, 174),
    "sysinfo": (99, 179),
    "time": (201, None),
    "times": (100, 153),
    "uname": (63, 160),
}
"""For every child, whatever the arguments."""

CONDITIONAL: Final[Numbers] = {
    # memory
    "mmap": (9, 222),
    "mprotect": (10, 226),
    # descriptors that are already open
    "fcntl": (72, 25),
    "fdatasync": (75, 83),
    "ftruncate": (77, 46),
    "ioctl": (16, 29),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    # sockets
    "accept": (43, 202),
    "accept4": (288, 242),
    "sendmsg": (46, 211),
    "sendto": (44, 206),
    "socketpair": (53, 199),
    # threads, signals, the end
    "clone": (56, 220),
    "clone3": (435, 435),
    "setitimer": (38, 103),
    "tgkill": (234, 131),
    # what time it is, who and where one is
    "prctl": (157, 167),
    "prlimit64": (302, 261),
}
"""For some children, or with some arguments."""

DEADLY: Final[Numbers] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_settime": (227, 112),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "mount": (165, 40),
    "move_mount": (429, 429),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
"""No library asks for these by accident."""

_ALL: Final = HARMLESS | CONDITIONAL | DEADLY
_MACHINES: Final = {"x86_64": 0, "aarch64": 1}


def number(name: str, machine: str) -> int | None:
    """None: this machine has no such call. Raises KeyError for a machine or a call not in the tables."""
    return _ALL[name][_MACHINES[machine]]
