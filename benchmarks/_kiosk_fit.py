"""Whether what was weighed again and again grows."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from itertools import combinations

Sample = Mapping[str, float]

PER_HOUR_KIB = {"heap_kib": 1024.0}
PER_HOUR_SHARE = {"renderer_own_kib": 0.05, "browser_own_kib": 0.05}
FLAT = {
    "nodes": 60.0,
    "listeners": 10.0,
    "connections": 0.5,
    "tracks": 40.0,
    "streams": 40.0,
    "videos": 4.0,
    "audios": 1.0,
    "sockets": 1.0,
    "contexts": 0.5,
    "audio_nodes": 4.0,
}
"""By the piece over the whole span: a clock with another digit and a note that just sounds are no growth, and tracks
and streams are as many as the greatest scene needs, which comes when chance wants it."""
SERVER_FLAT = {"server_fds": 4.0, "server_threads": 2.0}
SERVER_PER_HOUR_SHARE = {"server_own_kib": 0.05}


def slope(times_h: Sequence[float], values: Sequence[float]) -> float:
    """Per hour: the median of the slopes between every two points (Theil 1950, Sen 1968). 0 with less than two."""
    pairs = combinations(zip(times_h, values, strict=True), 2)
    slopes = [(late - early) / (then - before) for (before, early), (then, late) in pairs if then > before]
    return statistics.median(slopes) if slopes else 0.0


def second_half(samples: Sequence[Sample]) -> Sequence[Sample]:
    return samples[len(samples) // 2 :]


def longest_life(samples: Sequence[Sample]) -> Sequence[Sample]:
    """The samples of the server's longest life, without its first quarter, in which it grows warm."""
    lives: dict[float, list[Sample]] = {}
    for sample in samples:
        lives.setdefault(sample["life"], []).append(sample)
    longest = max(lives.values(), key=len, default=[])
    return longest[len(longest) // 4 :]


class Growth:
    """Of one quantity over one span of samples. What may grow at a rate has an hour's growth even if the span is less:
    in a minute memory swings by more than it may grow."""

    def __init__(self, samples: Sequence[Sample], name: str) -> None:
        self._values = [sample[name] for sample in samples if name in sample]
        times_h = [sample["minute"] / 60 for sample in samples if name in sample]
        self.span_h = times_h[-1] - times_h[0] if times_h else 0.0
        self.per_hour = slope(times_h, self._values)
        self.total = self.per_hour * self.span_h

    @property
    def worst(self) -> float:
        return max(self._values, default=0.0)

    def within(self, per_hour: float) -> bool:
        return self.total <= per_hour * max(self.span_h, 1.0)

    def within_share(self, share: float) -> bool:
        return bool(self._values) and self.within(share * statistics.median(self._values))


def judged(samples: Sequence[Sample]) -> tuple[dict[str, float], list[str]]:
    """The figures of a row, and the names of what grows by more than it may."""
    row: dict[str, float] = {}
    grows: list[str] = []
    rates = {**PER_HOUR_KIB, **PER_HOUR_SHARE, **SERVER_PER_HOUR_SHARE}
    for name in [*rates, *FLAT, *SERVER_FLAT]:
        growth = Growth(longest_life(samples) if name.startswith("server") else second_half(samples), name)
        row[f"{name}_worst"] = round(growth.worst, 1)
        row[f"{name}_per_hour"] = round(growth.per_hour, 2)
        flat = {**FLAT, **SERVER_FLAT}.get(name)
        if flat is not None:
            fine = growth.total <= flat
        elif name in PER_HOUR_KIB:
            fine = growth.within(PER_HOUR_KIB[name])
        else:
            fine = growth.within_share(rates[name])
        if not fine:
            grows.append(name)
    return row, grows
