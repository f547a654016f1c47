"""The sound's path: Opus as it is, G.711 cut to 20 ms, everything else made Opus while somebody listens."""

from collections.abc import Callable
from typing import Final

from conference.model.source import Transcoding
from conference.sources import words
from conference.sources.worker.media.aac import parse_adts, parse_asc
from conference.sources.worker.media.bits import Malformed
from conference.sources.worker.media.clock import MediaClock, SampleClock
from conference.sources.worker.media.meter import Meter
from conference.sources.worker.media.opus import OPUS_HZ, SoundTranscoder, decodable
from conference.sources.worker.media.outlet import Outlet
from conference.sources.worker.media.units import AudioFormat, AudioFrame

_TRACK: Final = "audio"
_G711: Final = ("pcmu", "pcma")
_G711_HZ: Final = 8000
_G711_BYTES: Final = 160
"""20 ms, what browsers send themselves."""
_MAX_FRAME_BYTES: Final = 64 << 10
_MAX_OPUS_BYTES: Final = 1188
"""A frame that fits one packet; RFC 6716 allows 1275 bytes for one, at 510 kbit/s."""
_OPUS_US: Final = (
    *(10_000, 20_000, 40_000, 60_000) * 3,
    *(10_000, 20_000) * 2,
    *(2_500, 5_000, 10_000, 20_000) * 4,
)
_MAX_OPUS_US: Final = 120_000


def opus_duration_us(packet: bytes) -> int:
    """RFC 6716 section 3.1. Raises Malformed."""
    if not packet:
        raise Malformed("empty opus packet")
    code = packet[0] & 3
    if code == 3 and len(packet) < 2:
        raise Malformed("opus frame count")
    frames = (1, 2, 2, packet[1] & 0x3F if code == 3 else 0)[code]
    duration = frames * _OPUS_US[packet[0] >> 3]
    if not 0 < duration <= _MAX_OPUS_US:
        raise Malformed("opus duration")
    return duration


class SoundPath:
    """`outlet`: makes the RTP stream of a payload type and clock. `changed`: the formats are to be told anew."""

    def __init__(
        self,
        clock: MediaClock,
        meter: Meter,
        quality: words.Quality,
        *,
        outlet: Callable[[int, int], Outlet],
        changed: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._meter = meter
        self._quality = quality
        self._open_outlet = outlet
        self._changed = changed
        self._outlet: Outlet | None = None
        self._transcoder: SoundTranscoder | None = None
        self._needed = False
        self._failed = False
        self._line = SampleClock(OPUS_HZ)
        self._rest = b""
        self._rest_us = 0
        self._marker = True
        self.format: AudioFormat | None = None
        self.clock_hz = 0
        self.channels = 0

    def open(self, fmt: AudioFormat) -> None:
        """A new or changed format."""
        if fmt == self.format:
            return
        self.close()
        before = self.out
        self.format, self._failed = fmt, False
        self.clock_hz, self.channels = fmt.clock_hz, fmt.channels
        if fmt.codec == "aac" and fmt.extradata:
            try:
                header = parse_asc(fmt.extradata)
                self.clock_hz, self.channels = header.clock_hz, header.channels or fmt.channels
            except Malformed:
                self._failed = True
        self._rest, self._marker = b"", True
        self._line = SampleClock(_G711_HZ if self.out in _G711 else OPUS_HZ)
        if self.out and (self.out != before or self._outlet is None):
            self._outlet = self._open_outlet(words.AUDIO_PT[self.out], _G711_HZ if self.out in _G711 else OPUS_HZ)
        self._reconcile()
        self._changed()

    @property
    def passes(self) -> bool:
        fmt = self.format
        if fmt is None:
            return False
        if fmt.codec == "opus":
            return fmt.channels <= 2
        return fmt.codec in _G711 and fmt.clock_hz == _G711_HZ and fmt.channels == 1

    @property
    def out(self) -> str:
        fmt = self.format
        if fmt is None or self._failed or not decodable(fmt.codec):
            return ""
        return fmt.codec if self.passes else "opus"

    def reasons(self) -> list[str]:
        return [Transcoding.AUDIO_CODEC] if self.out and not self.passes else []

    def running(self) -> list[str]:
        return [Transcoding.AUDIO_CODEC] if self._transcoder is not None else []

    def need(self, *, needed: bool) -> None:
        self._needed = needed
        self._reconcile()

    def close(self) -> None:
        self._transcoder = None

    def frame(self, frame: AudioFrame) -> None:
        """Raises Malformed."""
        self._meter.sound(len(frame.data), frame.arrived_s)
        fmt = self.format
        if fmt is None or not frame.data or len(frame.data) > _MAX_FRAME_BYTES:
            return
        if fmt.codec == "aac" and not fmt.extradata:
            self._adts(frame.data)
        media_us = self._clock.media_us(_TRACK, frame.pts_us, int(frame.arrived_s * 1e6))
        if self._transcoder is not None:
            self._transcoder.feed(frame.data, media_us)
        elif not self.passes:
            return
        elif fmt.codec == "opus":
            self._opus(frame.data, media_us)
        else:
            self._g711(frame.data, media_us)

    def _adts(self, data: bytes) -> None:
        header = parse_adts(data)
        channels = header.channels or self.channels
        if (header.clock_hz, channels) != (self.clock_hz, self.channels):
            self.clock_hz, self.channels = header.clock_hz, channels
            self._changed()

    def _opus(self, data: bytes, media_us: int) -> None:
        if len(data) > _MAX_OPUS_BYTES:
            raise Malformed("opus packet size")
        place = self._line.take(media_us, opus_duration_us(data) * 6 // 125)
        if place is not None:
            self._send(data, place[0], broken=place[1])

    def _g711(self, data: bytes, media_us: int) -> None:
        place = self._line.take(media_us, len(data))
        if place is None:
            return
        at_us, broken = place
        if broken or not self._rest:
            self._rest, self._rest_us, self._marker = b"", at_us, self._marker or broken
        data = self._rest + data
        whole = len(data) - len(data) % _G711_BYTES
        for at in range(0, whole, _G711_BYTES):
            self._send(data[at : at + _G711_BYTES], self._rest_us, broken=False)
            self._rest_us += 20_000
        self._rest = data[whole:]

    def _send(self, data: bytes, media_us: int, *, broken: bool) -> None:
        if self._outlet is not None:
            self._outlet.sound(data, media_us, marker=broken or self._marker)
            self._marker = False

    def _reconcile(self) -> None:
        fmt = self.format
        if not self._needed or fmt is None or self.passes or not self.out:
            self.close()
        elif self._transcoder is None:
            self._marker = True
            self._transcoder = SoundTranscoder(fmt, self._quality, self._send, self._undecodable)

    def _undecodable(self) -> None:
        self._failed = True
        self.close()
        self._changed()
