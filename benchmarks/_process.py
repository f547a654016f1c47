"""What a process costs, as the kernel counts it."""

from __future__ import annotations

from pathlib import Path


def cpu_s(process: int) -> float:
    """User and system time of a process with all its threads, from the scheduler's own sum."""
    total_ns = 0
    for thread in Path(f"/proc/{process}/task").iterdir():
        total_ns += int((thread / "schedstat").read_text(encoding="ascii").split()[0])
    return total_ns / 1e9


def memory_kib(process: int) -> int:
    """Proportional set size: shared pages are divided among those who share them."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise RuntimeError("no Pss")


def children(process: int) -> list[int]:
    """Its children, and theirs."""
    found = []
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            found += [int(child), *children(int(child))]
    return found


def name(process: int) -> str:
    """As `ps` shows it."""
    return Path(f"/proc/{process}/comm").read_text(encoding="utf-8").strip()
