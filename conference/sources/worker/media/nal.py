"""Annex B byte streams (ITU-T H.264 annex B, the same for H.265): where NAL units begin and end."""

from typing import Final

from conference.sources.worker.media.bits import Malformed

MAX_NALS: Final = 1024
"""Of one access unit: level 6.2 has at most one slice per macroblock row of 8K times two fields, far below this."""


def spans(data: bytes) -> list[tuple[int, int]]:
    """(begin, end) of every non-empty NAL unit, without start codes and trailing zero bytes. Raises Malformed for
    more than MAX_NALS."""
    found: list[tuple[int, int]] = []
    find = data.find
    begin = find(b"\0\0\1") + 3
    if begin < 3:
        return found
    while True:
        following = find(b"\0\0\1", begin)
        end = following if following >= 0 else len(data)
        # A NAL unit never ends with a zero byte (section 7.4.1); what follows is a 4-byte start code or padding.
        while end > begin and not data[end - 1]:
            end -= 1
        if end > begin:
            found.append((begin, end))
            if len(found) > MAX_NALS:
                raise Malformed("too many NAL units")
        if following < 0:
            return found
        begin = following + 3


def units(data: bytes) -> list[bytes]:
    """The NAL units themselves."""
    return [data[begin:end] for begin, end in spans(data)]
