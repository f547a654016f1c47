"""How a child ended, and what the kernel's status says about it."""

import os
import signal
from dataclasses import dataclass
from typing import Final, Literal

from conference.children.words import Ended

Reason = Literal["ended", "crashed", "stalled", "over-limit", "killed"]

MAX_DETAIL: Final = 200


@dataclass(frozen=True, slots=True)
class Exit:
    """`ended`: its last word, when it said why. `reason`: ended (by itself, with that word), crashed, stalled (no word
    for too long), over-limit (memory, CPU, or too many words), killed (by us, on request). `detail`: short ASCII for
    the log."""

    ended: Ended | None
    reason: Reason
    detail: str
    runtime_s: float


def describe(status: int | None) -> str:
    """A wait(2) status in words. None: it is not known, because the template died, too."""
    if status is None:
        return "status unknown"
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def printable(text: str, max_chars: int = MAX_DETAIL) -> str:
    """Printable ASCII, whatever a child sent."""
    return "".join(char if " " <= char <= "~" else "?" for char in text[:max_chars])
