"""Reading bits of parameter sets that anybody may have written."""

from typing import Final

MAX_UE_ZEROS: Final = 31
"""Exp-Golomb codes of H.264/H.265 syntax stay below 2^32 (ITU-T H.264 section 9.1)."""


class Malformed(ValueError):
    """These bytes are not what they should be. The text is short ASCII."""


class BitReader:
    """Most significant bit first. Every read beyond the end raises Malformed."""

    __slots__ = ("_left", "_value")

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    @property
    def left(self) -> int:
        return self._left

    def bits(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise Malformed("cut short")
        return (self._value >> self._left) & ((1 << count) - 1)

    def flag(self) -> bool:
        return self.bits(1) == 1

    def ue(self) -> int:
        """Unsigned Exp-Golomb (section 9.1)."""
        zeros = 0
        while not self.bits(1):
            zeros += 1
            if zeros > MAX_UE_ZEROS:
                raise Malformed("exp-golomb too long")
        return (1 << zeros) - 1 + self.bits(zeros)

    def se(self) -> int:
        """Signed Exp-Golomb (section 9.1.1)."""
        code = self.ue()
        return (code + 1) // 2 if code & 1 else -(code // 2)


def unescape(nal: bytes) -> bytes:
    """NAL unit bytes without emulation prevention (section 7.4.1): 00 00 03 becomes 00 00."""
    return nal.replace(b"\0\0\x03", b"\0\0")
