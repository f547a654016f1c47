"""PCMU and PCMA (RFC 3551 section 4.5.14) into Opus: browsers play no G.711 out of files."""

from fractions import Fraction
from typing import Final

import av
from av.audio.codeccontext import AudioCodecContext

RATE_HZ: Final = 8_000
_FRAME: Final = 160
"""20 ms."""
_BITRATE_BPS: Final = 24_000
_MAX_PAYLOAD_BYTES: Final = 1600
"""200 ms; more in one packet is not sound."""
_WRAP: Final = 1 << 32


class G711:
    """Frames of 20 ms on the stream's own timestamps. After a step of the timestamps it begins anew: silence is not
    filled."""

    def __init__(self, codec: str) -> None:
        self._table = _table(codec)
        self._pcm = bytearray()
        self._at = 0
        self._encoder: AudioCodecContext | None = None
        self._begun = 0

    def encode(self, timestamp: int, payload: bytes) -> list[tuple[int, bytes]]:
        """(timestamp, Opus packet) of what is complete now."""
        if len(payload) > _MAX_PAYLOAD_BYTES:
            return []
        expected = (self._at + len(self._pcm) // 2) % _WRAP
        if self._encoder is None or timestamp != expected:
            self._pcm.clear()
            self._at = timestamp
            self._encoder = _encoder()
        table = self._table
        self._pcm += b"".join([table[byte] for byte in payload])
        found: list[tuple[int, bytes]] = []
        while len(self._pcm) >= 2 * _FRAME:
            frame = av.AudioFrame(format="s16", layout="mono", samples=_FRAME)
            frame.sample_rate = RATE_HZ
            frame.planes[0].update(bytes(self._pcm[: 2 * _FRAME]))
            del self._pcm[: 2 * _FRAME]
            found += [(self._at, bytes(packet)) for packet in self._encoder.encode(frame)]
            self._at = (self._at + _FRAME) % _WRAP
        return found


def _encoder() -> AudioCodecContext:
    context = av.CodecContext.create("libopus", "w")
    context.sample_rate, context.layout, context.format = RATE_HZ, "mono", "s16"
    context.time_base = Fraction(1, RATE_HZ)
    context.bit_rate = _BITRATE_BPS
    # lowdelay: packets begin 2.5 ms before their sound, not 6.5; complexity: 8 kHz speech gains nothing above.
    context.options = {"application": "lowdelay", "frame_duration": "20", "compression_level": "3"}
    context.open()
    return context


def _table(codec: str) -> list[bytes]:
    """Byte to 16-bit sample (ITU-T G.711 tables 1 and 2)."""
    linear = _mu_law if codec == "pcmu" else _a_law
    return [linear(byte).to_bytes(2, "little", signed=True) for byte in range(256)]


def _mu_law(byte: int) -> int:
    byte ^= 0xFF
    magnitude = (((byte & 0x0F) << 3) + 132 << (byte >> 4 & 7)) - 132
    return -magnitude if byte & 0x80 else magnitude


def _a_law(byte: int) -> int:
    byte ^= 0x55
    exponent = byte >> 4 & 7
    magnitude = ((byte & 0x0F) << 4) + (8 if exponent == 0 else 264)
    magnitude <<= max(exponent - 1, 0)
    return magnitude if byte & 0x80 else -magnitude
