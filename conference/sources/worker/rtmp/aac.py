"""What AAC says about itself: AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1) and ADTS headers."""

from typing import Final

_RATES_HZ: Final = (
    96_000,
    88_200,
    64_000,
    48_000,
    44_100,
    32_000,
    24_000,
    22_050,
    16_000,
    12_000,
    11_025,
    8_000,
    7_350,
)
_SBR: Final = 5
_PS: Final = 29


def specific_config_format(config: bytes) -> tuple[int, int] | None:
    """Sampling rate of the sound that comes out and channels; None when it is no AudioSpecificConfig."""
    bits = _Bits(config)
    kind = _object_type(bits)
    rate_hz = _rate_hz(bits)
    channels = bits.take(4)
    if kind in {_SBR, _PS}:
        rate_hz = _rate_hz(bits)
        channels = 2 if kind == _PS else channels
    if bits.short or not 7_000 <= rate_hz <= 96_000:
        return None
    return rate_hz, 8 if channels == 7 else channels or 2


def adts_format(frame: bytes) -> tuple[int, int] | None:
    """The same of a frame that brings an ADTS header; None when it does not."""
    if len(frame) < 7 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0:
        return None
    index = frame[2] >> 2 & 15
    channels = (frame[2] & 1) << 2 | frame[3] >> 6
    if index >= len(_RATES_HZ):
        return None
    return _RATES_HZ[index], 8 if channels == 7 else channels or 2


class _Bits:
    """`short`: more was asked for than there is."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:16], "big")
        self._left = len(data[:16]) * 8
        self.short = False

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            self.short = True
            return 0
        return self._value >> self._left & ((1 << count) - 1)


def _object_type(bits: _Bits) -> int:
    kind = bits.take(5)
    return 32 + bits.take(6) if kind == 31 else kind


def _rate_hz(bits: _Bits) -> int:
    index = bits.take(4)
    if index == 15:
        return bits.take(24)
    return _RATES_HZ[index] if index < len(_RATES_HZ) else 0
