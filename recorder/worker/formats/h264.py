"""H.264 out of RTP (RFC 6184), as Matroska holds it: NAL units behind 32-bit lengths, avcC (ISO/IEC 14496-15)."""

import struct
from typing import Final

from conference.sources.worker.media.bits import BitReader, Malformed
from conference.sources.worker.media.h264 import Nal, has_recovery_point, parse_sps
from recorder.worker.formats.frame import MAX_FRAME_BYTES, Picture

_STAP_A, _FU_A = 24, 28
_MAX_NALS: Final = 1024
_MAX_PARAMETER_SETS: Final = 16
_MAX_SET_BYTES: Final = 4096
_LENGTH: Final = struct.Struct("!I")
_HIGH: Final = frozenset({100, 110, 122, 144})
"""Profiles whose avcC ends with chroma format and bit depths."""


class H264:
    """Keyframes are IDR pictures and recovery points whose parameter sets have come, now or before."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._fragments: list[bytes] | None = None
        self._bytes = 0
        self._nals = 0
        self._key = False
        self._picture = False
        self._sps = b""
        self._pps: dict[int, bytes] = {}
        self._size = (0, 0)

    def begins(self, payload: bytes) -> bool:
        """An access unit delimiter or a sequence parameter set comes first (section 7.4.1.2.3 of the codec)."""
        kind = payload[0] & 0x1F
        if kind == _STAP_A and len(payload) > 3:
            kind = payload[3] & 0x1F
        return kind in (Nal.AUD, Nal.SPS)

    def add(self, payload: bytes) -> bool:
        kind = payload[0] & 0x1F
        self._bytes += len(payload)
        if self._bytes > MAX_FRAME_BYTES:
            return False
        if kind == _FU_A:
            return self._fragment(payload)
        if self._fragments is not None:
            return False
        if kind == _STAP_A:
            return self._aggregate(payload)
        return 1 <= kind <= 23 and self._nal(payload, kind)

    def finish(self) -> Picture | None:
        whole = self._fragments is None
        if whole and not self._picture:
            # Parameter sets with a timestamp of their own: they belong to the next picture.
            return Picture(b"")
        data = b"".join(self._parts)
        key = self._key and bool(self._sps) and bool(self._pps)
        self.reset()
        if not whole:
            return None
        return Picture(data, self._size if key else None)

    def reset(self) -> None:
        self._parts = []
        self._fragments = None
        self._bytes = self._nals = 0
        self._key = self._picture = False

    def private(self) -> bytes:
        """AVCDecoderConfigurationRecord (section 5.3.3.1). Later sets come in band."""
        sps = self._sps
        record = bytearray([1, sps[1], sps[2], sps[3], 0xFF, 0xE1])
        record += len(sps).to_bytes(2, "big") + sps
        record.append(len(self._pps))
        for pps in self._pps.values():
            record += len(pps).to_bytes(2, "big") + pps
        if sps[1] in _HIGH:
            # 4:2:0 and 8 bit: all that browsers send and the sources pass on; a decoder reads the SPS anyway.
            record += b"\xfd\xf8\xf8\x00"
        return bytes(record)

    def _fragment(self, payload: bytes) -> bool:
        """FU-A (section 5.8)."""
        if len(payload) < 3:
            return False
        header = payload[1]
        if bool(header & 0x80) == (self._fragments is not None):
            return False
        if self._fragments is None:
            self._fragments = [bytes([payload[0] & 0xE0 | header & 0x1F])]
        self._fragments.append(payload[2:])
        if not header & 0x40:
            return True
        nal = b"".join(self._fragments)
        self._fragments = None
        return self._nal(nal, header & 0x1F)

    def _aggregate(self, payload: bytes) -> bool:
        """STAP-A (section 5.7.1)."""
        at = 1
        while at + 2 < len(payload):
            end = at + 2 + int.from_bytes(payload[at : at + 2], "big")
            nal = payload[at + 2 : end]
            if end > len(payload) or not nal or not self._nal(nal, nal[0] & 0x1F):
                return False
            at = end
        return at == len(payload)

    def _nal(self, nal: bytes, kind: int) -> bool:
        self._nals += 1
        if self._nals > _MAX_NALS:
            return False
        if kind <= Nal.IDR:
            self._picture = True
            self._key = self._key or kind == Nal.IDR
        elif kind == Nal.SPS:
            if not self._learn_sps(nal):
                return False
        elif kind == Nal.PPS:
            if not self._learn_pps(nal):
                return False
        elif kind == Nal.SEI:
            self._key = self._key or has_recovery_point(nal)
        elif kind in (Nal.AUD, Nal.FILLER):
            return True
        self._parts.append(_LENGTH.pack(len(nal)))
        self._parts.append(nal)
        return True

    def _learn_sps(self, nal: bytes) -> bool:
        if nal == self._sps:
            return True
        try:
            sps = parse_sps(nal)
        except Malformed:
            return False
        self._size = (sps.width, sps.height)
        # Another sequence: the old picture parameter sets describe what is not sent any more.
        self._sps = nal
        self._pps.clear()
        return True

    def _learn_pps(self, nal: bytes) -> bool:
        if len(nal) > _MAX_SET_BYTES:
            return False
        try:
            number = BitReader(nal[1:9]).ue()
        except Malformed:
            return False
        if number not in self._pps and len(self._pps) >= _MAX_PARAMETER_SETS:
            return False
        self._pps[number] = nal
        return True
