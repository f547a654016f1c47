"""The AV1 sequence header (AV1 bitstream specification 5.5), as far as a file's header needs it."""

from dataclasses import dataclass

from conference.sources.worker.media.bits import BitReader, Malformed

_MAX_SIDE = 16_384
_UNSPECIFIED = 2
_BT709, _SRGB, _IDENTITY = 1, 13, 0


@dataclass(frozen=True, slots=True)
class Colour:
    """color_config (5.5.2)."""

    high_bit_depth: int = 0
    twelve_bit: int = 0
    monochrome: int = 0
    subsampling_x: int = 1
    subsampling_y: int = 1
    sample_position: int = 0


@dataclass(frozen=True, slots=True)
class Sequence:
    """`level`, `tier`: of the first operating point."""

    profile: int
    level: int
    tier: int
    width: int
    height: int
    colour: Colour

    def record(self) -> bytes:
        """The four bytes in front of the sequence header in av1C."""
        colour = self.colour
        flags = (
            self.tier << 7
            | colour.high_bit_depth << 6
            | colour.twelve_bit << 5
            | colour.monochrome << 4
            | colour.subsampling_x << 3
            | colour.subsampling_y << 2
            | colour.sample_position
        )
        return bytes([0x81, self.profile << 5 | self.level, flags, 0])


def parse_sequence(body: bytes) -> Sequence:
    """Without its OBU header. Raises Malformed."""
    reader = BitReader(body)
    profile = reader.bits(3)
    reader.bits(1)
    reduced = reader.flag()
    level, tier = (reader.bits(5), 0) if reduced else _operating_points(reader)
    width_bits, height_bits = reader.bits(4) + 1, reader.bits(4) + 1
    width, height = reader.bits(width_bits) + 1, reader.bits(height_bits) + 1
    if width > _MAX_SIDE or height > _MAX_SIDE or profile > 2:
        raise Malformed("sequence header")
    if not reduced and reader.flag():
        reader.bits(7)
    reader.bits(3)
    if not reduced:
        _tools(reader)
    reader.bits(3)
    return Sequence(profile, level, tier, width, height, _colour(reader, profile))


def _operating_points(reader: BitReader) -> tuple[int, int]:
    """(seq_level_idx, seq_tier) of the first one."""
    delay_bits = 0
    model = False
    if reader.flag():
        reader.bits(64)
        if reader.flag():
            reader.ue()
        model = reader.flag()
        if model:
            delay_bits = reader.bits(5) + 1
            reader.bits(32 + 5 + 5)
    display_delay = reader.flag()
    first: tuple[int, int] | None = None
    for _ in range(reader.bits(5) + 1):
        reader.bits(12)
        level = reader.bits(5)
        tier = reader.bits(1) if level > 7 else 0
        first = first or (level, tier)
        if model and reader.flag():
            reader.bits(2 * delay_bits + 1)
        if display_delay and reader.flag():
            reader.bits(4)
    return first or (0, 0)


def _tools(reader: BitReader) -> None:
    reader.bits(4)
    if reader.flag():  # enable_order_hint
        reader.bits(2)
        order_hint = True
    else:
        order_hint = False
    screen_content = 2 if reader.flag() else reader.bits(1)
    if screen_content and not reader.flag():
        reader.bits(1)
    if order_hint:
        reader.bits(3)


def _colour(reader: BitReader, profile: int) -> Colour:
    high = reader.bits(1)
    twelve = reader.bits(1) if profile == 2 and high else 0
    mono = 0 if profile == 1 else reader.bits(1)
    primaries = transfer = matrix = _UNSPECIFIED
    if reader.flag():
        primaries, transfer, matrix = reader.bits(8), reader.bits(8), reader.bits(8)
    if mono:
        reader.bits(1)
        return Colour(high, twelve, 1, 1, 1, 0)
    if (primaries, transfer, matrix) == (_BT709, _SRGB, _IDENTITY):
        return Colour(high, twelve, 0, 0, 0, 0)
    reader.bits(1)
    x, y = {0: (1, 1), 1: (0, 0), 2: (1, 0)}[profile]
    if profile == 2 and twelve:
        x = reader.bits(1)
        y = reader.bits(1) if x else 0
    return Colour(high, twelve, 0, x, y, reader.bits(2) if x and y else 0)
