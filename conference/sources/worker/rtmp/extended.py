"""What extended video and audio tags have in common (E-RTMP v2): modifiers before, several tracks inside."""

from typing import Final

MULTITRACK_VIDEO: Final = 6
MULTITRACK_AUDIO: Final = 5
MODIFIER: Final = 7

_ONE_TRACK, _MANY_TRACKS, _MANY_CODECS = range(3)
_MAX_TRACKS: Final = 32


def skip_modifiers(body: bytearray, packet: int, at: int) -> tuple[int, int]:
    """The packet type behind all ModEx parts, and where it goes on. A tag cut off goes on at its end."""
    while packet == MODIFIER and at < len(body):
        size = body[at] + 1
        at += 1
        if size == 256:
            size = int.from_bytes(body[at : at + 2], "big") + 1
            at += 2
        at += size
        if at >= len(body):
            return MODIFIER, len(body)
        packet = body[at] & 15
        at += 1
    return packet, at


def first_track(
    body: bytearray, packet: int, at: int, *, multitrack: int = MULTITRACK_VIDEO
) -> tuple[int, bytes, bytearray] | None:
    """Packet type, FourCC and data of track 0, or of the only one; None when the tag is cut off or has no track 0."""
    if packet != multitrack:
        return (packet, bytes(body[at : at + 4]), body[at + 4 :]) if len(body) >= at + 4 else None
    if len(body) <= at:
        return None
    kind, packet = body[at] >> 4, body[at] & 15
    at += 1
    fourcc = b""
    if kind != _MANY_CODECS:
        fourcc, at = bytes(body[at : at + 4]), at + 4
    for _ in range(_MAX_TRACKS):
        if kind == _MANY_CODECS:
            fourcc, at = bytes(body[at : at + 4]), at + 4
        if at >= len(body):
            return None
        track, at = body[at], at + 1
        if kind == _ONE_TRACK:
            return (packet, fourcc, body[at:]) if track == 0 else None
        size, at = int.from_bytes(body[at : at + 3], "big"), at + 3
        if track == 0:
            data = body[at : at + size]
            return (packet, fourcc, data) if len(data) == size else None
        at += size
    return None
