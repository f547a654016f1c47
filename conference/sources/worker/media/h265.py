"""H.265 as far as it is needed to decode it from a keyframe (ITU-T H.265): picture size, random access points."""

from dataclasses import dataclass
from typing import Final

from conference.sources.worker.media.bits import BitReader, Malformed, unescape
from conference.sources.worker.media.h264 import MAX_SIDE

VPS, SPS, PPS = 32, 33, 34
_FIRST_NON_VCL: Final = 32
_IRAP: Final = range(16, 24)
"""BLA, IDR, CRA and the two reserved types: decoding may begin there (section 7.4.2.2)."""
_MAX_SPS_BYTES: Final = 2048
_PROFILES: Final = {1: "Main", 2: "Main 10", 3: "Main Still Picture", 4: "Range Extensions"}


@dataclass(frozen=True, slots=True)
class Sps265:
    width: int
    height: int
    profile: str


def nal_type(first_byte: int) -> int:
    return (first_byte >> 1) & 0x3F


def is_slice(kind: int) -> bool:
    return kind < _FIRST_NON_VCL


def is_irap(kind: int) -> bool:
    return kind in _IRAP


def parse_sps(nal: bytes) -> Sps265:
    """Section 7.3.2.2.1, with its 2-byte NAL header. Raises Malformed."""
    if not 8 <= len(nal) <= _MAX_SPS_BYTES:
        raise Malformed("sps size")
    reader = BitReader(unescape(nal[2:]))
    reader.bits(4)
    sub_layers = reader.bits(3)
    reader.flag()
    profile = _profile_tier_level(reader, sub_layers)
    reader.ue()
    chroma = reader.ue()
    if chroma > 3:
        raise Malformed("chroma format")
    if chroma == 3:
        reader.flag()
    width, height = reader.ue(), reader.ue()
    if reader.flag():
        left, right, top, bottom = reader.ue(), reader.ue(), reader.ue(), reader.ue()
        width -= (left + right) * (2 if chroma in (1, 2) else 1)
        height -= (top + bottom) * (2 if chroma == 1 else 1)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Malformed("picture size")
    return Sps265(width, height, profile)


def _profile_tier_level(reader: BitReader, sub_layers: int) -> str:
    reader.bits(3)
    profile = reader.bits(5)
    reader.bits(32 + 48 + 8)
    present = [(reader.flag(), reader.flag()) for _ in range(sub_layers)]
    if sub_layers:
        reader.bits(2 * (8 - sub_layers))
    for has_profile, has_level in present:
        reader.bits(88 * has_profile + 8 * has_level)
    return _PROFILES.get(profile, f"profile {profile}")
