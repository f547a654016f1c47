"""AAC: MPEG4-GENERIC (RFC 3640 §3.3.5, §3.3.6) and MP4A-LATM (RFC 6416 §6)."""

from dataclasses import dataclass
from typing import Final

from conference.sources.worker.rtsp.payload import Emit

MAX_FRAME_BYTES: Final = 16_384
MAX_FRAMES: Final = 64
FRAME_SAMPLES: Final = 1024
_ADTS_HEADER_BYTES: Final = 7


@dataclass(frozen=True, slots=True)
class AuHeaders:
    """Widths in bits; all 0: no headers, a packet is one frame."""

    size_bits: int
    index_bits: int
    delta_bits: int


class Mpeg4Generic:
    """Interleaving is not undone: no camera does it."""

    def __init__(self, emit: Emit, headers: AuHeaders) -> None:
        self._emit = emit
        self._headers = headers
        self._parts = bytearray()
        self._expected = 0
        self._timestamp = 0

    def push(self, data: bytes, start: int, end: int, timestamp: int, marker: bool) -> None:  # noqa: ARG002
        if not self._headers.size_bits:
            self._frame(data[start:end], timestamp)
            return
        sizes, at = self._sizes(data, start, end)
        if len(sizes) == 1 and sizes[0] > end - at:
            self._fragment(data[at:end], sizes[0], timestamp)
            return
        self._expected = 0
        for number, size in enumerate(sizes):
            if size == 0 or at + size > end:
                return
            self._frame(data[at : at + size], timestamp + number * FRAME_SAMPLES & 0xFFFF_FFFF)
            at += size

    def gap(self) -> None:
        self._expected = 0

    def reset(self) -> None:
        self._expected = 0

    def _sizes(self, data: bytes, start: int, end: int) -> tuple[list[int], int]:
        """Of the frames, and where the first one begins."""
        if start + 2 > end:
            return [], end
        bits = data[start] << 8 | data[start + 1]
        body = start + 2 + (bits + 7) // 8
        if body > end:
            return [], end
        headers = self._headers
        value, left = int.from_bytes(data[start + 2 : body], "big"), (body - start - 2) * 8
        unused = left - bits
        sizes: list[int] = []
        extra = headers.index_bits
        while left - unused >= headers.size_bits + extra and len(sizes) < MAX_FRAMES:
            left -= headers.size_bits
            sizes.append(value >> left & (1 << headers.size_bits) - 1)
            left -= extra
            extra = headers.delta_bits
        return sizes, body

    def _fragment(self, piece: bytes, size: int, timestamp: int) -> None:
        if size > MAX_FRAME_BYTES:
            return
        if self._expected != size or self._timestamp != timestamp:
            self._parts.clear()
            self._expected, self._timestamp = size, timestamp
        self._parts += piece
        if len(self._parts) >= size:
            self._frame(bytes(self._parts[:size]), timestamp)
            self._expected = 0

    def _frame(self, frame: bytes, timestamp: int) -> None:
        if frame[0] == 0xFF and len(frame) > 9 and frame[1] & 0xF6 == 0xF0:
            # Some cameras leave the ADTS header on it; the decoder has been told not to expect one.
            frame = frame[_ADTS_HEADER_BYTES if frame[1] & 1 else _ADTS_HEADER_BYTES + 2 :]
        self._emit(frame, timestamp, False)  # noqa: FBT003 - "broken"


class Latm:
    """One audioMuxElement without its StreamMuxConfig per timestamp: a length in bytes of 255, then the frame."""

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._parts = bytearray()
        self._timestamp = 0

    def push(self, data: bytes, start: int, end: int, timestamp: int, marker: bool) -> None:
        if timestamp != self._timestamp:
            self._parts.clear()
            self._timestamp = timestamp
        if len(self._parts) + end - start <= MAX_FRAME_BYTES:
            self._parts += data[start:end]
        if marker:
            self._cut(bytes(self._parts))
            self._parts.clear()

    def gap(self) -> None:
        self._parts.clear()

    def reset(self) -> None:
        self._parts.clear()

    def _cut(self, element: bytes) -> None:
        at = size = 0
        while at < len(element):
            size += element[at]
            at += 1
            if element[at - 1] != 255:
                break
        if 0 < size <= len(element) - at:
            self._emit(element[at : at + size], self._timestamp, False)  # noqa: FBT003 - "broken"


def latm_config(mux: bytes) -> bytes:
    """The AudioSpecificConfig inside a StreamMuxConfig (ISO/IEC 14496-3 §1.7.3): one program, one layer, one frame per
    element, its first 16 bits. b"" for anything else."""
    if len(mux) < 4:
        return b""
    value, bits = int.from_bytes(mux, "big"), len(mux) * 8
    # audioMuxVersion 0, allStreamsSameTimeFraming 1, numSubFrames 0, numProgram 0, numLayer 0
    if value >> bits - 15 != 0b0_1_000000_0000_000:
        return b""
    return (value >> bits - 31 & 0xFFFF).to_bytes(2, "big")


_RATES_HZ: Final = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


def made_config(clock_hz: int, channels: int) -> bytes:
    """An AudioSpecificConfig of AAC-LC for a camera that tells none. b"" for an impossible clock."""
    if clock_hz not in _RATES_HZ or not 0 < channels <= 7:
        return b""
    return (2 << 11 | _RATES_HZ.index(clock_hz) << 7 | channels << 3).to_bytes(2, "big")
