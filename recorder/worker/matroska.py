"""Matroska as bytes (RFC 8794, RFC 9559): a file of one track that only grows, whole Clusters at a time.

libav's muxer is not used: it keeps a Cluster back until the next one begins, needs a probed input to know parameter
sets, and goes back to fill in sizes. Here each byte is known when it is written, so a fragment's hash holds for good;
only the header, of constant length, is written a second time when the file is closed.
"""

import struct
from array import array
from dataclasses import dataclass
from typing import Final

_EBML, _SEGMENT, _SEEK_HEAD, _SEEK, _SEEK_ID, _SEEK_POSITION = (
    *(b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x11\x4d\x9b\x74"),
    *(b"\x4d\xbb", b"\x53\xab", b"\x53\xac"),
)
_INFO, _TRACKS, _CLUSTER, _CUES = b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b", b"\x1f\x43\xb6\x75", b"\x1c\x53\xbb\x6b"
_VOID: Final = 0xEC
_CLUSTER_TIME, _SIMPLE_BLOCK = b"\xe7\x88", 0xA3
_UNKNOWN_SIZE: Final = b"\x01\xff\xff\xff\xff\xff\xff\xff"
_APP: Final = b"Huishang"
_NS_PER_MS: Final = 1_000_000
_EPOCH_2001_S: Final = 978_307_200
_SEEK_HEAD_BYTES: Final = 80
_DURATION_BYTES: Final = 11
_SEEK_PREROLL_NS: Final = 80_000_000
"""RFC 7845 section 4.6: what an Opus decoder needs to converge."""
_MAX_CUES: Final = 4096
_BLOCK: Final = struct.Struct("!BIBhB")
_TIME: Final = struct.Struct("!Q")

CODEC_IDS: Final = {
    "vp8": b"V_VP8",
    "vp9": b"V_VP9",
    "h264": b"V_MPEG4/ISO/AVC",
    "av1": b"V_AV1",
    "opus": b"A_OPUS",
}


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """What the header says. `width` 0: sound. `begun_ms`: Unix time of timestamp 0."""

    codec: str
    private: bytes
    width: int
    height: int
    name: str
    begun_ms: int
    uid: bytes


@dataclass(frozen=True, slots=True)
class Ending:
    """What is known when the file is complete. `cues_at`: None when there are none."""

    duration_ms: int
    file_bytes: int
    cues_at: int | None


def opus_head(channels: int = 2, input_hz: int = 48_000) -> bytes:
    """RFC 7845 section 5.1. Pre-skip 0: the recording begins in the middle of a stream, and its times are those of what
    is heard."""
    return b"OpusHead" + struct.pack("<BBHIhB", 1, channels, 0, input_hz, 0, 0)


def header(info: TrackInfo, ending: Ending | None = None) -> bytes:
    """All in front of the first Cluster; as long with an ending as without."""
    ebml = _element(
        _EBML,
        _uint(b"\x42\x86", 1),  # EBMLVersion
        _uint(b"\x42\xf7", 1),  # EBMLReadVersion
        _uint(b"\x42\xf2", 4),  # EBMLMaxIDLength
        _uint(b"\x42\xf3", 8),  # EBMLMaxSizeLength
        _element(b"\x42\x82", b"matroska"),
        _uint(b"\x42\x87", 4),  # DocTypeVersion
        _uint(b"\x42\x85", 2),  # DocTypeReadVersion
    )
    begin = len(ebml) + len(_SEGMENT) + 8
    body = _info(info, ending)
    tracks = _element(_TRACKS, _track(info))
    seeks = void(_SEEK_HEAD_BYTES)
    size = _UNKNOWN_SIZE
    if ending is not None:
        size = (ending.file_bytes - begin | 1 << 56).to_bytes(8, "big")
        places = {_INFO: _SEEK_HEAD_BYTES, _TRACKS: _SEEK_HEAD_BYTES + len(body)}
        if ending.cues_at is not None:
            places[_CUES] = ending.cues_at - begin
        seeks = _seek_head(places)
    return ebml + _SEGMENT + size + seeks + body + tracks


def block(relative_ms: int, size: int, *, key: bool) -> bytes:
    """What stands in front of a frame of `size` bytes (SimpleBlock, RFC 9559 section 10.2). `relative_ms`: to its
    Cluster, 16 bits."""
    return _BLOCK.pack(_SIMPLE_BLOCK, size + 4 | 0x1000_0000, 0x81, relative_ms, 0x80 if key else 0)


BLOCK_BYTES: Final = _BLOCK.size


def cluster(time_ms: int, parts: list[bytes], size: int) -> bytes:
    """`parts`: blocks and frames by turns, `size` bytes together."""
    head = _CLUSTER + (size + 10 | 1 << 56).to_bytes(8, "big") + _CLUSTER_TIME + _TIME.pack(time_ms)
    return b"".join([head, *parts])


def void(size: int) -> bytes:
    """`size` bytes that mean nothing; 2 to 128."""
    return bytes([_VOID, 0x80 | size - 2]) + bytes(size - 2)


class Cues:
    """Where a reader can begin: at most `_MAX_CUES` places, however long the file; they thin out as it grows."""

    def __init__(self, spacing_ms: int) -> None:
        self._spacing_ms = spacing_ms
        self._times = array("Q")
        self._offsets = array("Q")

    def add(self, time_ms: int, offset: int) -> bool:
        """A Cluster at this file offset begins with a frame that can be decoded alone. False: too near to the last."""
        if self._times and time_ms - self._times[-1] < self._spacing_ms:
            return False
        if len(self._times) >= _MAX_CUES:
            self._spacing_ms *= 2
            self._times, self._offsets = self._times[::2], self._offsets[::2]
        self._times.append(time_ms)
        self._offsets.append(offset)
        return True

    def element(self, segment_begin: int) -> bytes:
        """b"" when there is none."""
        points = [
            _element(
                b"\xbb",
                _uint(b"\xb3", time_ms),
                _element(b"\xb7", _uint(b"\xf7", 1), _uint(b"\xf1", offset - segment_begin)),
            )
            for time_ms, offset in zip(self._times, self._offsets, strict=True)
        ]
        return _element(_CUES, *points) if points else b""


def segment_begin(head: bytes) -> int:
    """Offsets inside of a file's Segment count from here."""
    return head.index(_SEGMENT) + len(_SEGMENT) + 8


def _element(name: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body)
    if size < 0x7F:
        return name + bytes([0x80 | size]) + body
    return name + (size | 0x1000_0000).to_bytes(4, "big") + body


def _uint(name: bytes, value: int) -> bytes:
    return _element(name, value.to_bytes(max((value.bit_length() + 7) // 8, 1), "big"))


def _seek_head(places: dict[bytes, int]) -> bytes:
    seeks = [
        _element(_SEEK, _element(_SEEK_ID, name), _element(_SEEK_POSITION, at.to_bytes(8, "big")))
        for name, at in places.items()
    ]
    head = _element(_SEEK_HEAD, *seeks)
    return head + void(_SEEK_HEAD_BYTES - len(head))


def _info(info: TrackInfo, ending: Ending | None) -> bytes:
    since_2001_ns = (info.begun_ms - _EPOCH_2001_S * 1000) * _NS_PER_MS
    duration = void(_DURATION_BYTES)
    if ending is not None:
        duration = b"\x44\x89\x88" + struct.pack("!d", float(ending.duration_ms))
    return _element(
        _INFO,
        _element(b"\x73\xa4", info.uid),
        _uint(b"\x2a\xd7\xb1", _NS_PER_MS),  # TimestampScale
        _element(b"\x4d\x80", _APP),
        _element(b"\x57\x41", _APP),
        _element(b"\x44\x61", since_2001_ns.to_bytes(8, "big", signed=True)),  # DateUTC
        duration,
    )


def _track(info: TrackInfo) -> bytes:
    video = info.width > 0
    parts = [
        _uint(b"\xd7", 1),  # TrackNumber
        _uint(b"\x73\xc5", int.from_bytes(info.uid[:7], "big") | 1),  # TrackUID
        _uint(b"\x83", 1 if video else 2),  # TrackType
        _uint(b"\x9c", 0),  # FlagLacing
        _element(b"\x22\xb5\x9c", b"und"),
        _element(b"\x86", CODEC_IDS[info.codec]),
    ]
    if info.name:
        parts.append(_element(b"\x53\x6e", info.name.encode()))
    if info.private:
        parts.append(_element(b"\x63\xa2", info.private))
    if video:
        parts.append(_element(b"\xe0", _uint(b"\xb0", info.width), _uint(b"\xba", info.height)))
    else:
        parts.append(_uint(b"\x56\xbb", _SEEK_PREROLL_NS))
        parts.append(_element(b"\xe1", _element(b"\xb5", struct.pack("!d", 48_000.0)), _uint(b"\x9f", 2)))
    return _element(b"\xae", *parts)
