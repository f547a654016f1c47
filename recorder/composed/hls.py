"""The playlist of a live stream and what it names (RFC 8216), in memory: the last few segments and no more."""

from collections import deque
from dataclasses import dataclass
from typing import Final

LISTED: Final = 6
"""Nine seconds: players begin three segments before the end and need as many behind them."""
_TARGET_S: Final = 2
"""Durations rounded (section 4.3.3.1). Segments are shorter than 2.5 s, unless their maker gets no CPU."""
_VERSION: Final = 7


@dataclass(frozen=True, slots=True)
class _Segment:
    number: int
    head: int
    data: bytes
    duration_ms: int
    breaks: bool
    """Its time line or its codec's parameters are not those of the one before."""


class HlsList:
    """`bytes`: of all segments so far."""

    def __init__(self) -> None:
        self._heads: dict[int, bytes] = {}
        self._head = 0
        self._segments: deque[_Segment] = deque(maxlen=LISTED)
        self._next = 0
        self._breaks = False
        self._dropped_breaks = 0
        self.bytes = 0

    @property
    def ready(self) -> bool:
        """There is something to play."""
        return bool(self._segments)

    def begin(self, head: bytes) -> None:
        """Segments that follow need this initialisation section."""
        self._head += 1
        self._heads[self._head] = head
        self._breaks = self.ready

    def add(self, data: bytes, duration_ms: int) -> None:
        """Raises ValueError for a segment without a head."""
        if not self._head:
            raise ValueError("a segment before its head")
        if len(self._segments) == LISTED and self._segments[0].breaks:
            self._dropped_breaks += 1
        self._segments.append(_Segment(self._next, self._head, data, duration_ms, self._breaks))
        self._next += 1
        self._breaks = False
        self.bytes += len(data)
        used = {segment.head for segment in self._segments}
        self._heads = {number: head for number, head in self._heads.items() if number in used or number == self._head}

    def playlist(self, suffix: str = "") -> str:
        """`suffix`: behind every address, such as a ticket."""
        first = self._segments[0].number if self._segments else 0
        longest_ms = max((segment.duration_ms for segment in self._segments), default=0)
        lines = [
            "#EXTM3U",
            f"#EXT-X-VERSION:{_VERSION}",
            f"#EXT-X-TARGETDURATION:{max(_TARGET_S, round(longest_ms / 1000))}",
            f"#EXT-X-MEDIA-SEQUENCE:{first}",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{self._dropped_breaks}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        head = 0
        for segment in self._segments:
            if segment.breaks:
                lines.append("#EXT-X-DISCONTINUITY")
            if segment.head != head:
                head = segment.head
                lines.append(f'#EXT-X-MAP:URI="init-{head}.mp4{suffix}"')
            lines += [f"#EXTINF:{segment.duration_ms / 1000:.3f},", f"{segment.number}.m4s{suffix}"]
        return "\n".join(lines) + "\n"

    def part(self, name: str) -> bytes | None:
        """A segment or a head by its name in the playlist; None: it is not there any more, or never was."""
        number, dot, kind = name.removeprefix("init-").partition(".")
        if not dot or not number.isascii() or not number.isdigit() or len(number) > 12:
            return None
        if name.startswith("init-"):
            return self._heads.get(int(number)) if kind == "mp4" else None
        if kind != "m4s":
            return None
        return next((segment.data for segment in self._segments if segment.number == int(number)), None)
