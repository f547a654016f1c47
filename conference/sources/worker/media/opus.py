"""Sound that browsers lack, decoded and made Opus: 20 ms frames at 48 kHz, one or two channels."""

from collections.abc import Callable
from typing import Final, Protocol, cast

import av
from av.audio.codeccontext import AudioCodecContext

from conference.sources import words
from conference.sources.worker.media.clock import SampleClock
from conference.sources.worker.media.decode import DECODE_ERRORS, padded
from conference.sources.worker.media.units import AudioFormat

OPUS_HZ: Final = 48_000
FRAME_SAMPLES: Final = 960
FRAME_US: Final = 20_000
MAX_ERRORS_IN_A_ROW: Final = 50
_G722_HZ: Final = 16_000
_LOOKAHEAD_US: Final = 6_500
"""libopus answers 312 samples late (RFC 7845 calls it pre-skip); its frames are marked so much earlier."""
_DECODERS: Final = {
    "aac": "aac",
    "mp3": "mp3",
    "mp2": "mp2",
    "ac3": "ac3",
    "opus": "opus",
    "g722": "g722",
    # RFC 3551 section 4.5.4 packs the lowest bits first; the AAL2 form does not.
    "g726": "g726le",
    "g726-16": "g726le",
    "g726-24": "g726le",
    "g726-32": "g726le",
    "g726-40": "g726le",
    "pcmu": "pcm_mulaw",
    "pcma": "pcm_alaw",
    "pcm_s16be": "pcm_s16be",
    "pcm_s16le": "pcm_s16le",
    "pcm_s24be": "pcm_s24be",
    "pcm_u8": "pcm_u8",
}
_G726_BITS: Final = {"g726": 4, "g726-16": 2, "g726-24": 3, "g726-32": 4, "g726-40": 5}


def decodable(codec: str) -> bool:
    return codec in _DECODERS


class Emit(Protocol):
    """One Opus frame, its media time in µs, whether it follows a hole."""

    def __call__(self, data: bytes, media_us: int, *, broken: bool) -> None: ...


class SoundTranscoder:
    """`failed`: nothing can be decoded."""

    def __init__(
        self,
        fmt: AudioFormat,
        quality: words.Quality,
        emit: Emit,
        failed: Callable[[], None],
    ) -> None:
        self._fmt = fmt
        self._quality = quality
        self._emit = emit
        self._failed = failed
        self._decoder: AudioCodecContext | None = None
        self._encoder: AudioCodecContext | None = None
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[int, int] = (0, 0)
        self._line: SampleClock | None = None
        self._out_us: int | None = None
        self._out_broken = True
        self._errors_in_a_row = 0
        self.errors = 0

    def feed(self, data: bytes, media_us: int) -> None:
        """One frame of the source's codec. Never raises for bad sound: it is counted."""
        try:
            if self._decoder is None:
                self._decoder = self._open_decoder()
            for frame in self._decoder.decode(padded(data)):
                self._errors_in_a_row = 0
                self._decoded(frame, media_us)
                media_us += frame.samples * 1_000_000 // max(1, frame.sample_rate)
        except DECODE_ERRORS:
            self.errors += 1
            self._errors_in_a_row += 1
            self._decoder = None
            if self._errors_in_a_row >= MAX_ERRORS_IN_A_ROW:
                self._failed()

    def _open_decoder(self) -> AudioCodecContext:
        fmt = self._fmt
        context = cast("AudioCodecContext", av.CodecContext.create(_DECODERS[fmt.codec], "r"))
        context.thread_count = 1
        if fmt.extradata:
            context.extradata = fmt.extradata
        elif fmt.codec != "aac":
            # ADTS tells its own; everything else needs what the protocol said.
            # RFC 3551 section 4.5.2: G.722 says 8000 and means 16000.
            context.sample_rate = _G722_HZ if fmt.codec == "g722" else fmt.clock_hz
            context.layout = _layout(fmt.channels)
        if fmt.codec in _G726_BITS:
            context.options = {"bits_per_coded_sample": str(_G726_BITS[fmt.codec])}
        return context

    def _decoded(self, frame: av.AudioFrame, media_us: int) -> None:
        shape = (frame.sample_rate, len(frame.layout.channels))
        if shape != self._shape or self._line is None:
            self._reshape(shape)
        line = self._line
        place = line.take(media_us, frame.samples) if line is not None else None
        if place is None or self._resampler is None or self._encoder is None:
            return
        at_us, broken = place
        if broken:
            # What the resampler still holds belongs before the hole; it is shorter than a frame.
            self._resampler = _resampler(shape[1])
        if broken or self._out_us is None:
            self._out_us, self._out_broken = at_us, True
        frame.pts = None
        for piece in self._resampler.resample(frame):
            piece.pts = None
            for packet in self._encoder.encode(piece):
                self._emit(bytes(packet), self._out_us - _LOOKAHEAD_US, broken=self._out_broken)
                self._out_us += FRAME_US
                self._out_broken = False

    def _reshape(self, shape: tuple[int, int]) -> None:
        rate_hz, channels = shape
        if not 4000 <= rate_hz <= 192_000 or not channels:
            raise ValueError("sound shape")
        self._shape = shape
        self._line = SampleClock(rate_hz)
        self._out_us = None
        self._resampler = _resampler(channels)
        if self._encoder is None or len(self._encoder.layout.channels) != min(2, channels):
            self._encoder = _encoder(min(2, channels), self._quality.audio_bitrate_bps)


def _layout(channels: int) -> str:
    return {1: "mono", 2: "stereo", 4: "4.0", 6: "5.1", 8: "7.1"}.get(channels, "mono")


def _resampler(channels: int) -> av.AudioResampler:
    return av.AudioResampler(format="s16", layout=_layout(min(2, channels)), rate=OPUS_HZ, frame_size=FRAME_SAMPLES)


def _encoder(channels: int, bitrate_bps: int) -> AudioCodecContext:
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate = OPUS_HZ
    context.format = "s16"
    context.layout = _layout(channels)
    context.bit_rate = bitrate_bps if channels == 2 else max(24_000, bitrate_bps * 5 // 8)
    context.options = {
        "application": "audio",
        "frame_duration": "20",
        "vbr": "on",
        # In-band FEC is only written when some loss is expected; 10 % is what a poor mobile link loses.
        "fec": "1",
        "packet_loss": "10",
    }
    return context
