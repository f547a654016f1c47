"""What is measured of a source, second by second. Time is an argument."""

from typing import Final

_RATE_WINDOW_S: Final = 2.0


class Meter:
    def __init__(self) -> None:
        self._bytes = 0
        self._pictures = 0
        self._since_s: float | None = None
        self._bitrate_bps = 0
        self._marks: list[tuple[float, int]] = []
        self._picture_at_s: float | None = None
        self._audio_at_s: float | None = None
        self._key_us: int | None = None
        self.keyframe_interval_ms: int | None = None
        self.lost_packets = 0

    def picture(self, size: int, arrived_s: float) -> None:
        self._bytes += size
        self._pictures += 1
        self._picture_at_s = arrived_s

    def keyframe(self, media_us: int) -> None:
        if self._key_us is not None and media_us > self._key_us:
            self.keyframe_interval_ms = (media_us - self._key_us) // 1000
        self._key_us = media_us

    def sound(self, size: int, arrived_s: float) -> None:
        self._bytes += size
        self._audio_at_s = arrived_s

    def picture_age_ms(self, now_s: float) -> int | None:
        return _age_ms(self._picture_at_s, now_s)

    def audio_age_ms(self, now_s: float) -> int | None:
        return _age_ms(self._audio_at_s, now_s)

    def rates(self, now_s: float) -> tuple[int, float]:
        """(bit/s since the last call, pictures/s over two seconds)."""
        began = self._since_s
        elapsed = now_s - began if began is not None else 0.0
        if elapsed > 0:
            self._bitrate_bps = int(self._bytes * 8 / elapsed)
            self._bytes = 0
            self._since_s = now_s
        elif began is None:
            self._since_s = now_s
        self._marks = [mark for mark in self._marks if now_s - mark[0] <= _RATE_WINDOW_S + 0.1]
        oldest_s, oldest = self._marks[0] if self._marks else (now_s, self._pictures)
        self._marks.append((now_s, self._pictures))
        fps = (self._pictures - oldest) / (now_s - oldest_s) if now_s > oldest_s else 0.0
        return self._bitrate_bps, round(fps, 2)


def _age_ms(at_s: float | None, now_s: float) -> int | None:
    return None if at_s is None else max(0, int((now_s - at_s) * 1000))
