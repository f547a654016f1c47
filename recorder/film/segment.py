"""Packets of one recorded file, from a time on, and its decoder."""

from collections.abc import Iterator
from typing import Any, Final, cast

import av
from av.codec.context import ThreadType
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext

from recorder.film.files import FdReader
from recorder.film.job import Segment

READ_ERRORS: Final = (av.FFmpegError, ValueError, OverflowError, MemoryError, OSError)
"""What PyAV raises for bytes it does not like."""
_LOOK_BACK_MS: Final = 25_000
"""Recorded keyframes are at most 20 s apart."""
_LATE_MS: Final = 2_000
"""A file's last frames may lie this much after the end that the index tells."""
_MAX_PIXELS: Final = 8192 * 4352
_PROBE_BYTES: Final = 2_000_000
_INDEX_BYTES: Final = 128 << 10

Timed = tuple[int, av.VideoFrame | av.AudioFrame | None]


class SegmentReader:
    """`from_ms`: nothing older than this, save what decoding needs. Raises READ_ERRORS."""

    def __init__(self, segment: Segment, from_ms: int, *, video: bool) -> None:
        self.segment = segment
        self._video = video
        self._from_ms = from_ms
        self._container = _open(segment)
        streams = self._container.streams.video if video else self._container.streams.audio
        if not streams:
            self.close()
            raise ValueError("no such track in the file")
        self._stream = streams[0]
        context = self._stream.codec_context
        context.thread_count = 1
        if video:
            # Frame threads add a picture of delay and of memory each.
            cast("VideoCodecContext", context).thread_type = ThreadType.SLICE
            context.options = {"max_pixels": str(_MAX_PIXELS)}
        if from_ms - segment.begun_ms > _LOOK_BACK_MS:
            self._seek(from_ms)

    def _seek(self, from_ms: int) -> None:
        try:
            self._container.seek(max(0, from_ms - self.segment.begun_ms - (0 if self._video else 100)) * 1000)
        except av.FFmpegError:
            # A file without an index that ends before its time: read from its beginning.
            self._container.seek(0)

    def frames(self) -> Iterator[Timed]:
        """(Unix ms, frame) in display order. (Unix ms, None) tells that nothing earlier than this comes any more, and
        that the next frame costs work: who has no need of it yet comes back later."""
        started = not self._video
        for packet in self._container.demux(self._stream):
            at_ms = self._time(packet)
            if at_ms is not None and not self._video and at_ms < self._from_ms - 200:
                continue
            if not started:
                started = packet.is_keyframe and at_ms is not None and at_ms >= self._from_ms - _LOOK_BACK_MS
            if started:
                if self._video and packet.dts is not None:
                    # Display times are never before decoding times.
                    yield self._unix_ms(packet.dts, packet), None
                yield from self._decode(packet)

    def _decode(self, packet: "Packet[Any]") -> Iterator[Timed]:
        for frame in packet.decode():
            at_ms = self._time(frame)
            if at_ms is not None and at_ms <= self.segment.until_ms + _LATE_MS:
                yield at_ms, frame

    def _time(self, unit: "Packet[Any] | av.VideoFrame | av.AudioFrame") -> int | None:
        if unit.pts is None or unit.time_base is None:
            return None
        return self._unix_ms(unit.pts, unit)

    def _unix_ms(self, ticks: int, unit: "Packet[Any] | av.VideoFrame | av.AudioFrame") -> int:
        return self.segment.begun_ms + round(ticks * (unit.time_base or 0) * 1000)

    def close(self) -> None:
        self._container.close()


def _open(segment: Segment) -> InputContainer:
    # Codec and size are in the file's head: libav need not read ahead to guess them.
    options = {"probesize": str(_PROBE_BYTES), "analyzeduration": "100000", "fpsprobesize": "1"}
    # Of sound, each packet is a place to seek to; libav would remember them all.
    options["indexmem"] = str(_INDEX_BYTES)
    return av.open(FdReader(segment.fd), "r", format="matroska", options=options)
