"""A film can wait, a meeting cannot."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

_LAST: Final = 19


def give_way() -> None:
    """From here on this process gets only CPU that nobody else wants, and its reads come last where the disk knows
    priorities: both follow from SCHED_IDLE (sched(7)). On machines that share time among sessions first, its session
    has to give way, too. What is refused changes nothing."""
    with suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with suppress(OSError):
        os.nice(_LAST)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(_LAST), encoding="ascii")
