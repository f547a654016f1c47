"""H.264 as far as forwarding needs it (ITU-T H.264): parameter sets, slice types, recovery points."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from conference.sources.worker.media.bits import BitReader, Malformed, unescape

MAX_SIDE: Final = 8192
"""Level 6.2 allows 8192×4352; more than that is a lie or an attack on the decoder's memory."""
_MAX_SPS_BYTES: Final = 1024


class Nal(IntEnum):
    SLICE = 1
    IDR = 5
    SEI = 6
    SPS = 7
    PPS = 8
    AUD = 9
    FILLER = 12


class Slice(IntEnum):
    UNKNOWN = -1
    P = 0
    B = 1
    I = 2  # noqa: E741 - the standard's name


PROFILES: Final = {
    44: "CAVLC 4:4:4",
    66: "Baseline",
    77: "Main",
    88: "Extended",
    100: "High",
    110: "High 10",
    122: "High 4:2:2",
    244: "High 4:4:4",
}
_WITH_CHROMA: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_SAR_EXTENDED: Final = 255


@dataclass(frozen=True, slots=True)
class Sps:
    """width, height: after cropping. `reorder_frames`: None when the stream does not tell. `playable`: 8 bit 4:2:0,
    which browsers decode."""

    profile_idc: int
    constraints: int
    level_idc: int
    width: int
    height: int
    playable: bool
    reorder_frames: int | None
    fps: float | None

    @property
    def profile(self) -> str:
        if self.profile_idc == 66 and self.constraints & 0x40:
            return "Constrained Baseline"
        return PROFILES.get(self.profile_idc, f"profile {self.profile_idc}")


def parse_sps(nal: bytes) -> Sps:
    """Section 7.3.2.1.1, with its NAL header. Raises Malformed."""
    if not 4 <= len(nal) <= _MAX_SPS_BYTES:
        raise Malformed("sps size")
    profile_idc, constraints, level_idc = nal[1], nal[2], nal[3]
    reader = BitReader(unescape(nal[4:]))
    reader.ue()  # seq_parameter_set_id
    chroma, depth = 1, 8
    if profile_idc in _WITH_CHROMA:
        chroma, depth = _chroma(reader)
    reader.ue()  # log2_max_frame_num_minus4
    _order_count(reader)
    reader.ue()  # max_num_ref_frames
    reader.flag()
    width = (reader.ue() + 1) * 16
    map_units = reader.ue() + 1
    frame_only = reader.flag()
    height = map_units * 16 * (1 if frame_only else 2)
    if not frame_only:
        reader.flag()
    reader.flag()  # direct_8x8_inference_flag
    if reader.flag():
        left, right, top, bottom = reader.ue(), reader.ue(), reader.ue(), reader.ue()
        unit_x = 2 if chroma in (1, 2) else 1
        unit_y = (2 if chroma == 1 else 1) * (1 if frame_only else 2)
        width -= (left + right) * unit_x
        height -= (top + bottom) * unit_y
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Malformed("picture size")
    reorder, fps = _vui(reader)
    return Sps(profile_idc, constraints, level_idc, width, height, chroma == 1 and depth == 8, reorder, fps)


def _chroma(reader: BitReader) -> tuple[int, int]:
    """chroma_format_idc and the larger bit depth."""
    chroma = reader.ue()
    if chroma > 3:
        raise Malformed("chroma format")
    if chroma == 3:
        reader.flag()
    depth = 8 + max(reader.ue(), reader.ue())
    reader.flag()
    if reader.flag():
        for index in range(12 if chroma == 3 else 8):
            if reader.flag():
                _scaling_list(reader, 16 if index < 6 else 64)
    return chroma, depth


def _scaling_list(reader: BitReader, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + reader.se()) % 256
        last = following or last


def _order_count(reader: BitReader) -> None:
    kind = reader.ue()
    if kind == 0:
        reader.ue()
    elif kind == 1:
        reader.flag()
        reader.se()
        reader.se()
        cycle = reader.ue()
        if cycle > 255:
            raise Malformed("order count cycle")
        for _ in range(cycle):
            reader.se()
    elif kind != 2:
        raise Malformed("order count type")


def _vui(reader: BitReader) -> tuple[int | None, float | None]:
    """(num_reorder_frames, frames per second); annex E.1.1. A broken VUI tells nothing: many cameras write one."""
    fps: float | None = None
    try:
        if not reader.flag():
            return None, None
        if reader.flag() and reader.bits(8) == _SAR_EXTENDED:
            reader.bits(32)
        if reader.flag():
            reader.flag()
        if reader.flag():
            reader.bits(4)
            if reader.flag():
                reader.bits(24)
        if reader.flag():
            reader.ue()
            reader.ue()
        if reader.flag():
            tick, scale = reader.bits(32), reader.bits(32)
            fps = scale / (2 * tick) if tick and scale else None
            reader.flag()
        return _reorder(reader), fps
    except Malformed:
        return None, fps


def _reorder(reader: BitReader) -> int | None:
    nal_hrd = reader.flag()
    if nal_hrd:
        _hrd(reader)
    vcl_hrd = reader.flag()
    if vcl_hrd:
        _hrd(reader)
    if nal_hrd or vcl_hrd:
        reader.flag()
    reader.flag()
    if not reader.flag():
        return None
    reader.flag()
    for _ in range(4):
        reader.ue()
    return min(reader.ue(), 16)


def _hrd(reader: BitReader) -> None:
    count = reader.ue() + 1
    if count > 32:
        raise Malformed("hrd count")
    reader.bits(8)
    for _ in range(count):
        reader.ue()
        reader.ue()
        reader.flag()
    reader.bits(20)


def _slice_table() -> tuple[Slice, ...]:
    """For the 7 bits behind first_mb_in_slice = 0: the slice type they begin with (section 7.4.3, table 7-6)."""
    table = []
    for bits in range(128):
        try:
            kind = BitReader(bytes([bits << 1, 0])).ue() % 5
        except Malformed:
            kind = -1
        table.append(Slice(kind) if kind in (0, 1, 2) else Slice.UNKNOWN)
    return tuple(table)


_SLICE_TYPES: Final = _slice_table()


def slice_type(data: bytes, begin: int) -> Slice:
    """Of the slice NAL unit at `begin`; UNKNOWN unless it is the first slice of its picture."""
    if begin + 1 >= len(data) or not data[begin + 1] & 0x80:
        return Slice.UNKNOWN
    return _SLICE_TYPES[data[begin + 1] & 0x7F]


def has_recovery_point(sei: bytes) -> bool:
    """The SEI NAL unit carries a recovery point (payload type 6, annex D.1.8)."""
    body = unescape(sei[1:])
    at, end = 0, len(body)
    while at + 2 <= end and body[at] != 0x80:
        kind = size = 0
        while at < end and body[at] == 0xFF:
            kind, at = kind + 255, at + 1
        if at >= end:
            return False
        kind, at = kind + body[at], at + 1
        while at < end and body[at] == 0xFF:
            size, at = size + 255, at + 1
        if at >= end:
            return False
        size, at = size + body[at], at + 1
        if kind == 6:
            return True
        at += size
    return False
