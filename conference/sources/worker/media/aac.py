"""AAC headers: AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1) and ADTS (section 1.A.2)."""

from dataclasses import dataclass
from typing import Final

from conference.sources.worker.media.bits import BitReader, Malformed

RATES_HZ: Final = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_CHANNELS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 11: 7, 12: 8, 14: 8}
_EXPLICIT_RATE: Final = 15
_SBR_OBJECTS: Final = (5, 29)
_MAX_BYTES: Final = 256


@dataclass(frozen=True, slots=True)
class AacHeader:
    """`clock_hz`: of the sound that comes out (SBR doubles the coded one). `channels`: 0: a program config tells."""

    clock_hz: int
    channels: int


def parse_asc(data: bytes) -> AacHeader:
    """Raises Malformed."""
    if not 2 <= len(data) <= _MAX_BYTES:
        raise Malformed("audio config size")
    reader = BitReader(data)
    kind = _object_type(reader)
    rate = _rate(reader)
    channels = _channels(reader.bits(4))
    if kind in _SBR_OBJECTS:
        rate = _rate(reader)
    return AacHeader(rate, channels)


def parse_adts(frame: bytes) -> AacHeader:
    """Raises Malformed unless the frame begins with an ADTS header."""
    if len(frame) < 7 or frame[0] != 0xFF or frame[1] & 0xF6 != 0xF0:
        raise Malformed("no adts header")
    index = frame[2] >> 2 & 0xF
    if index >= len(RATES_HZ):
        raise Malformed("adts rate")
    return AacHeader(RATES_HZ[index], _channels((frame[2] & 1) << 2 | frame[3] >> 6))


def _object_type(reader: BitReader) -> int:
    kind = reader.bits(5)
    return 32 + reader.bits(6) if kind == 31 else kind


def _rate(reader: BitReader) -> int:
    index = reader.bits(4)
    rate = reader.bits(24) if index == _EXPLICIT_RATE else RATES_HZ[index] if index < len(RATES_HZ) else 0
    if not 4000 <= rate <= 192_000:
        raise Malformed("audio rate")
    return rate


def _channels(configuration: int) -> int:
    if configuration and configuration not in _CHANNELS:
        raise Malformed("audio channels")
    return _CHANNELS.get(configuration, 0)
