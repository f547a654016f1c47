"""The body of FLV video tags (FLV 10.1 annex E.4.3) and of enhanced RTMP's (E-RTMP v2)."""

from enum import Enum, auto
from typing import Final, NamedTuple

from conference.sources.worker.rtmp.extended import first_track, skip_modifiers


class Part(Enum):
    """What a tag carries."""

    CONFIGURATION = auto()
    FRAME = auto()
    NOTHING = auto()


class VideoTag(NamedTuple):
    """`codec`: as libav names it, "unknown" with the code when it does not. `composition_ms`: presentation minus
    decoding time."""

    part: Part
    codec: str
    composition_ms: int
    data: bytearray


_NOTHING: Final = VideoTag(Part.NOTHING, "", 0, bytearray())

_CODECS: Final = {
    2: "flv1",
    3: "flashsv",
    4: "vp6f",
    5: "vp6a",
    6: "flashsv2",
    7: "h264",
    8: "h263",
    9: "mpeg4",
    10: "mpeg4",
    12: "h265",
    13: "av1",
    14: "vvc",
}
"""10 and above: never standardised, but sent by Chinese encoders and drones."""

_WITH_COMPOSITION: Final = frozenset({7, 9, 10, 12, 13, 14})
_FOURCCS: Final = {
    b"avc1": "h264",
    b"hvc1": "h265",
    b"hev1": "h265",
    b"av01": "av1",
    b"vp08": "vp8",
    b"vp09": "vp9",
    b"vvc1": "vvc",
}
_FOURCC_WITH_COMPOSITION: Final = frozenset({"h264", "h265", "vvc"})

_COMMAND_FRAME: Final = 5
_SEQUENCE_START, _CODED_FRAMES, _SEQUENCE_END, _CODED_FRAMES_X = range(4)


def parse_video(body: bytearray) -> VideoTag:
    """A tag that is cut off or carries no picture gives Part.NOTHING."""
    if len(body) < 2:
        return _NOTHING
    first = body[0]
    if first & 0x80:
        return _extended(body)
    if first >> 4 == _COMMAND_FRAME:
        return _NOTHING
    code = first & 15
    codec = _CODECS.get(code, f"unknown-{code}")
    if code not in _WITH_COMPOSITION:
        return VideoTag(Part.FRAME, codec, 0, body[1:])
    if len(body) < 5 or body[1] > 1:
        return _NOTHING
    part = Part.FRAME if body[1] else Part.CONFIGURATION
    return VideoTag(part, codec, _signed(body[2:5]), body[5:])


def _extended(body: bytearray) -> VideoTag:
    packet, at = skip_modifiers(body, body[0] & 15, 1)
    if (body[0] >> 4) & 7 == _COMMAND_FRAME:
        return _NOTHING
    found = first_track(body, packet, at)
    if found is None:
        return _NOTHING
    packet, fourcc, data = found
    codec = _FOURCCS.get(fourcc, "unknown-fourcc")
    if packet == _SEQUENCE_START:
        return VideoTag(Part.CONFIGURATION, codec, 0, data)
    if packet == _CODED_FRAMES and codec in _FOURCC_WITH_COMPOSITION:
        return VideoTag(Part.FRAME, codec, _signed(data[:3]), data[3:]) if len(data) > 3 else _NOTHING
    if packet in {_CODED_FRAMES, _CODED_FRAMES_X} and data:
        return VideoTag(Part.FRAME, codec, 0, data)
    return _NOTHING


def _signed(field: bytearray) -> int:
    return int.from_bytes(field, "big", signed=True)
