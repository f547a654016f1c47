"""What each kind of elementary stream makes of its units."""

from collections.abc import Callable
from typing import Final, Protocol

from conference.sources.worker.media.units import (
    AudioFormat,
    AudioFrame,
    DataUnit,
    MediaSink,
    VideoFormat,
    VideoUnit,
)
from conference.sources.worker.ts import klv, opus
from conference.sources.worker.ts.clock import ProgramClock
from conference.sources.worker.ts.frames import HeaderParser
from conference.sources.worker.ts.pes import Pes

_USUAL_STEP_US: Final = 40_000
_MAX_STEP_US: Final = 1_000_000
_DELIMITERS: Final = {"h264": b"\0\0\1\x09", "h265": b"\0\0\1\x46\x01"}
_MAX_PICTURES: Final = 16
"""In one unit."""
_MAX_FRAMES: Final = 512
"""Sound frames in one unit."""


class Track(Protocol):
    """`keeps_broken`: a unit with a gap is still worth something. `known`: its format has been told."""

    keeps_broken: bool
    known: bool

    def unit(self, pes: Pes, /) -> None: ...


class VideoTrack:
    """A unit is an access unit in Annex B; or several, when delimiters say so: only the first has a stamp then."""

    keeps_broken = True

    def __init__(self, codec: str, sink: MediaSink) -> None:
        self._sink = sink
        self._delimiter = _DELIMITERS.get(codec)
        self._last_us: int | None = None
        self._step_us = _USUAL_STEP_US
        self.known = True
        sink.video_format(VideoFormat(codec))

    def unit(self, pes: Pes) -> None:
        pts_us, dts_us = pes.pts_us, pes.dts_us
        if pts_us is None or dts_us is None:
            # Allowed for 0.7 s at a time: the picture comes one step after the one before.
            if self._last_us is None:
                return
            dts_us = pts_us = self._last_us + self._step_us
        if self._last_us is not None and 0 < dts_us - self._last_us < _MAX_STEP_US:
            self._step_us = dts_us - self._last_us
        for data in self._access_units(pes.data):
            self._sink.video(VideoUnit(data, pts_us, dts_us, pes.arrived_s, pes.broken))
            self._last_us = dts_us
            pts_us += self._step_us
            dts_us += self._step_us

    def _access_units(self, data: bytes) -> list[bytes]:
        delimiter = self._delimiter
        begin = 0 if delimiter is None else data.find(delimiter)
        if delimiter is None or begin < 0:
            return [data]
        units: list[bytes] = []
        start = 0
        while len(units) < _MAX_PICTURES:
            begin = data.find(delimiter, begin + len(delimiter))
            if begin < 0:
                break
            # The start code may have a fourth byte.
            end = begin - 1 if data[begin - 1] == 0 else begin
            units.append(data[start:end])
            start = end
        return [*units, data[start:]]


class FramedAudioTrack:
    """Sound whose frames tell their own length and may lie across units. A unit's stamp is that of the first frame that
    begins in it."""

    keeps_broken = False

    def __init__(self, parse: HeaderParser, sink: MediaSink, changed: Callable[[], None]) -> None:
        self._parse = parse
        self._sink = sink
        self._changed = changed
        self._format: AudioFormat | None = None
        self._rest = b""
        self._stamp_us: int | None = None
        self._samples = 0
        """Since the stamp."""
        self.known = False

    def unit(self, pes: Pes) -> None:
        data, stamp_at = self._rest + pes.data, len(self._rest)
        stamp_us = pes.pts_us
        at = 0
        for _ in range(_MAX_FRAMES):
            if len(data) - at < self._parse.need:
                break
            header = self._parse(data, at)
            if header is None:
                at = data.find(self._parse.sync, at + 1)
                if at < 0:
                    at = len(data)
                continue
            end = at + header.size
            if end > len(data):
                break
            if at >= stamp_at and stamp_us is not None:
                self._stamp_us, self._samples, stamp_us = stamp_us, 0, None
            if self._stamp_us is not None:
                self._told(AudioFormat(header.codec, header.clock_hz, header.channels))
                at_us = self._stamp_us + self._samples * 1_000_000 // header.clock_hz
                self._sink.audio(AudioFrame(data[at:end], at_us, pes.arrived_s))
                self._samples += header.samples
            at = end
        self._rest = b"" if pes.broken else data[at : at + (16 << 10)]

    def _told(self, fmt: AudioFormat) -> None:
        if fmt != self._format:
            self._format = fmt
            self._sink.audio_format(fmt)
            self.known = True
            self._changed()


class OpusTrack:
    """Packets behind control headers; each is one frame to the sink."""

    keeps_broken = False

    def __init__(self, channels: int, sink: MediaSink) -> None:
        self._sink = sink
        self._next_us: int | None = None
        self.known = True
        sink.audio_format(AudioFormat("opus", opus.CLOCK_HZ, channels))

    def unit(self, pes: Pes) -> None:
        if pes.pts_us is not None:
            self._next_us = pes.pts_us
        if self._next_us is None:
            return
        for packet in opus.packets(pes.data):
            self._sink.audio(AudioFrame(packet, self._next_us, pes.arrived_s))
            self._next_us += opus.duration_us(packet)


class UnreadAudioTrack:
    """Sound that is named and not read."""

    keeps_broken = False

    def __init__(self, codec: str, sink: MediaSink) -> None:
        self.known = True
        sink.audio_format(AudioFormat(codec, 0, 0))

    def unit(self, pes: Pes) -> None:
        """Nobody could play it."""


class KlvTrack:
    """`synchronous`: in access unit cells. Units without a stamp belong to the moment they arrive."""

    keeps_broken = False

    def __init__(self, sink: MediaSink, clock: ProgramClock, *, synchronous: bool) -> None:
        self._sink = sink
        self._clock = clock
        self._cells = klv.Cells() if synchronous else None
        self.known = True

    def unit(self, pes: Pes) -> None:
        if pes.broken:
            if self._cells is not None:
                self._cells.drop()
            return
        at_us = self._clock.now_us(pes.arrived_s) if pes.pts_us is None else pes.pts_us
        for group in [pes.data] if self._cells is None else self._cells.feed(pes.data):
            for packet in klv.split(group):
                self._sink.data(DataUnit(packet, at_us))
