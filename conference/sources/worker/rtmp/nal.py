"""H.264 and H.265 as MP4 and FLV keep them (ISO/IEC 14496-15), into Annex B."""

from typing import Final

START_CODE: Final = b"\x00\x00\x00\x01"

_MAX_SETS: Final = 64
_MAX_NALS: Final = 1024
_HEVC_SETS: Final = frozenset({32, 33, 34})
"""VPS, SPS, PPS; encoders put messages of theirs beside them."""


class BadPicture(Exception):
    """A configuration or a picture that cannot be read: it is left out, the connection goes on."""


def avc_configuration(data: bytes | bytearray) -> tuple[int, bytes]:
    """Of an avcC record: bytes of a NAL unit's length field, and SPS and PPS in Annex B. Raises BadPicture."""
    if len(data) < 7 or data[0] != 1:
        return _in_band(data)
    sps, at = _sets(data, 6, data[5] & 31)
    if at >= len(data):
        raise BadPicture("avcC cut off")
    pps, _ = _sets(data, at + 1, data[at])
    return (data[4] & 3) + 1, sps + pps


def hevc_configuration(data: bytes | bytearray) -> tuple[int, bytes]:
    """Of an hvcC record: the same with VPS, SPS and PPS. Raises BadPicture."""
    if len(data) < 23 or data[:3] == START_CODE[1:] or data[:4] == START_CODE:
        return _in_band(data)
    found, at = b"", 23
    for _ in range(min(data[22], _MAX_SETS)):
        if at + 3 > len(data):
            raise BadPicture("hvcC cut off")
        kind = data[at] & 63
        sets, at = _sets(data, at + 3, int.from_bytes(data[at + 1 : at + 3], "big"))
        found += sets if kind in _HEVC_SETS else b""
    return (data[21] & 3) + 1, found


def annex_b(data: bytearray, length_bytes: int) -> bytes:
    """A picture whose NAL units stand behind their lengths; `data` may be changed. Raises BadPicture when the lengths
    do not add up and it is not Annex B already (some encoders put that into FLV)."""
    found: list[tuple[int, int]] = []
    at, end = 0, len(data)
    while at + length_bytes <= end and len(found) < _MAX_NALS:
        size = int.from_bytes(data[at : at + length_bytes], "big")
        at += length_bytes
        found.append((at, size))
        at += size
    if at == end and found:
        if length_bytes == 4:
            for begin, _ in found:
                data[begin - 4 : begin] = START_CODE
            return bytes(data)
        return b"".join(START_CODE + data[begin : begin + size] for begin, size in found)
    return _in_band(data)[1]


def _in_band(data: bytes | bytearray) -> tuple[int, bytes]:
    if data[:4] != START_CODE and data[:3] != START_CODE[1:]:
        raise BadPicture("neither lengths nor start codes")
    return 4, bytes(data)


def _sets(data: bytes | bytearray, at: int, count: int) -> tuple[bytes, int]:
    out = bytearray()
    for _ in range(min(count, _MAX_SETS)):
        size = int.from_bytes(data[at : at + 2], "big")
        at += 2
        if at + size > len(data) or not size:
            raise BadPicture("parameter set cut off")
        out += START_CODE + data[at : at + size]
        at += size
    return bytes(out), at
