"""What one child takes of the machine, and of the core's attention."""

import os
from collections import deque
from typing import Final

from conference.children.words import Limits

CPU_WINDOW_S: Final = 10.0
MAX_THREADS: Final = 256
_FLOOD_S: Final = 3
_BYTES_PER_WORD: Final = 16_384
"""A longer word counts as several."""

_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")


class Usage:
    """CPU, memory and threads of a process from /proc/<pid>/stat (proc(5)), sampled each second."""

    def __init__(self, pid: int, limits: Limits) -> None:
        self._path = f"/proc/{pid}/stat"
        self._limits = limits
        self._samples: deque[tuple[float, float]] = deque()
        """(when, CPU seconds until then)"""

    def excess(self, now_s: float) -> str | None:
        """What is over its limit, in words for the log."""
        try:
            with open(self._path, "rb") as file:  # noqa: PTH123 - 256 of these a second
                # The name in parentheses is the child's to choose.
                fields = file.read(1024).rpartition(b")")[2].split()
        except OSError:
            return None  # it has just ended
        cpu_s = (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
        rss_bytes = int(fields[21]) * _PAGE_BYTES
        self._samples.append((now_s, cpu_s))
        while len(self._samples) > 1 and now_s - self._samples[1][0] >= CPU_WINDOW_S:
            self._samples.popleft()
        threads = int(fields[17])
        if threads > MAX_THREADS:
            return f"{threads} threads"
        if rss_bytes > self._limits.memory_bytes:
            return f"{rss_bytes >> 20} MiB of memory"
        since_s, before_s = self._samples[0]
        window_s = now_s - since_s
        if window_s >= CPU_WINDOW_S and (cpu_s - before_s) / window_s > self._limits.cpu_share:
            return f"{(cpu_s - before_s) / window_s:.2f} cores for {window_s:.0f} s"
        return None


class Flood:
    """Words a second; too many for _FLOOD_S seconds in a row are a flood."""

    def __init__(self, max_words_per_s: int) -> None:
        self._max_words_per_s = max_words_per_s
        self._now = 0
        self._seconds = 0

    def note(self, size_bytes: int) -> None:
        """A word has come."""
        self._now += 1 + size_bytes // _BYTES_PER_WORD

    def excess(self) -> str | None:
        """Called once a second. What is too much, in words for the log."""
        words_per_s, self._now = self._now, 0
        self._seconds = self._seconds + 1 if words_per_s > self._max_words_per_s else 0
        return f"{words_per_s} words a second" if self._seconds >= _FLOOD_S else None
