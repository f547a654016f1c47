"""Frames of AAC (ADTS, ISO/IEC 13818-7), of MPEG audio (ISO/IEC 11172-3, 13818-3) and of AC-3 (ETSI TS 102 366): each
says its own length."""

from dataclasses import dataclass
from typing import Final, Protocol

_AAC_HZ: Final = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AAC_SAMPLES: Final = 1024
_ADTS_BYTES: Final = 7
_AAC_CHANNELS: Final = (0, 1, 2, 3, 4, 5, 6, 8)

_MPEG_HZ: Final = (44100, 48000, 32000)
# kbit/s by (version 1?, layer), ISO/IEC 11172-3 table 2.4.2.3 and 13818-3.
_LOW: Final = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_KBPS: Final = {
    (True, 1): tuple(32 * step for step in range(15)),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): _LOW,
    (False, 3): _LOW,
}

_AC3_HZ: Final = (48000, 44100, 32000)
_AC3_KBPS: Final = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
_AC3_SAMPLES: Final = 1536
_AC3_CHANNELS: Final = (2, 1, 2, 3, 3, 4, 4, 5)
_AC3_MAX_BSID: Final = 10


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """`size`: of the whole frame, bytes. `channels` 0: not told."""

    codec: str
    size: int
    samples: int
    clock_hz: int
    channels: int


class HeaderParser(Protocol):
    """Reads the header at an offset; None: there is no frame here. `need`: bytes it looks at. `sync`: the
    first byte of each frame."""

    need: int
    sync: bytes

    def __call__(self, data: bytes, at: int, /) -> FrameHeader | None: ...


class Adts:
    """AAC with headers in band."""

    need = _ADTS_BYTES
    sync = b"\xff"

    def __call__(self, data: bytes, at: int, /) -> FrameHeader | None:
        """At least `need` bytes must follow `at`."""
        if data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
            return None
        rate = data[at + 2] >> 2 & 15
        size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        if rate >= len(_AAC_HZ) or size < _ADTS_BYTES:
            return None
        channels = _AAC_CHANNELS[(data[at + 2] & 1) << 2 | data[at + 3] >> 6]
        blocks = 1 + (data[at + 6] & 3)
        return FrameHeader("aac", size, _AAC_SAMPLES * blocks, _AAC_HZ[rate], channels)


class MpegAudio:
    """Layers I to III; `codec` is mp1, mp2 or mp3."""

    need = 4
    sync = b"\xff"

    def __call__(self, data: bytes, at: int, /) -> FrameHeader | None:
        """At least `need` bytes must follow `at`."""
        second, third = data[at + 1], data[at + 2]
        version, layer = second >> 3 & 3, 4 - (second >> 1 & 3)
        if data[at] != 0xFF or second & 0xE0 != 0xE0 or version == 1 or layer == 4 or third >> 2 & 3 == 3:
            return None
        full = version == 3
        index = third >> 4
        if not 0 < index < 15:
            return None
        bps = _KBPS[full, layer][index] * 1000
        clock_hz = _MPEG_HZ[third >> 2 & 3] >> (3 - version if version else 2)
        samples = 384 if layer == 1 else 576 if layer == 3 and not full else 1152
        padding = third >> 1 & 1
        size = (12 * bps // clock_hz + padding) * 4 if layer == 1 else samples // 8 * bps // clock_hz + padding
        return FrameHeader(f"mp{layer}", size, samples, clock_hz, 1 if data[at + 3] >> 6 == 3 else 2)


class Ac3:
    """AC-3; the channel of the lowest tones is not counted."""

    need = 7
    sync = b"\x0b"

    def __call__(self, data: bytes, at: int, /) -> FrameHeader | None:
        """At least `need` bytes must follow `at`."""
        rate, code = data[at + 4] >> 6, data[at + 4] & 63
        bad = rate == 3 or code >> 1 >= len(_AC3_KBPS) or data[at + 5] >> 3 > _AC3_MAX_BSID
        if data[at] != 0x0B or data[at + 1] != 0x77 or bad:
            return None
        kbps = _AC3_KBPS[code >> 1]
        size = (kbps * 4, 2 * (320 * kbps // 147 + (code & 1)), kbps * 6)[rate]
        return FrameHeader("ac3", size, _AC3_SAMPLES, _AC3_HZ[rate], _AC3_CHANNELS[data[at + 6] >> 5])
