"""Coded video as a stream of access units: which are keyframes, what size the picture has. One class for each codec."""

from typing import Final, Protocol

from conference.sources.worker.media import h265
from conference.sources.worker.media.bits import BitReader, Malformed, unescape
from conference.sources.worker.media.h264 import Nal, Slice, Sps, has_recovery_point, parse_sps, slice_type
from conference.sources.worker.media.nal import spans, units
from conference.sources.worker.media.picture import Look

_MAX_SETS: Final = 16
_MAX_SET_BYTES: Final = 4096
_NO_INTRA_KEY_S: Final = 5.0
"""A stream without any intra keyframe for this long refreshes gradually: its recovery points are taken instead."""
_START_CODE: Final = b"\0\0\0\1"
_MAX_SEI_BYTES: Final = 64


class VideoStream(Protocol):
    """`generation` grows when size, profile or anything else of the parameter sets changes."""

    codec: str
    decoder: str
    width: int
    height: int
    profile: str
    generation: int

    def look(self, data: bytes, now_s: float) -> Look | None:
        """None: no picture in it. Raises Malformed."""
        ...

    def parameter_sets(self) -> bytes:
        """Annex B, for in front of a keyframe."""
        ...


def open_stream(codec: str, parameter_sets: bytes) -> VideoStream | None:
    """None: a codec we cannot decode."""
    if codec == "h264":
        return H264Stream(parameter_sets)
    if codec == "h265":
        return H265Stream(parameter_sets)
    if codec in _PLAIN:
        return PlainStream(codec, parameter_sets)
    return None


class H264Stream:
    codec = "h264"
    decoder = "h264"

    def __init__(self, parameter_sets: bytes = b"") -> None:
        self._sps: dict[int, bytes] = {}
        self._pps: dict[int, bytes] = {}
        self._sets: list[memoryview] = []
        self._intra_key_at_s: float | None = None
        self.sps: Sps | None = None
        self.width = self.height = self.generation = 0
        self.profile = ""
        for nal in units(parameter_sets):
            self._parameter_set(nal)

    def parameter_sets(self) -> bytes:
        return b"".join(_START_CODE + bytes(nal) for nal in self._sets)

    @property
    def set_nals(self) -> list[memoryview]:
        """SPS and PPS as they stand, in the order they must come."""
        return self._sets

    def look(self, data: bytes, now_s: float) -> Look | None:
        view = memoryview(data)
        nals: list[memoryview] = []
        size = 0
        idr = b_slice = recovery = sets = False
        intra = True
        reference = 0
        for begin, end in spans(data):
            kind = data[begin] & 0x1F
            if kind in (Nal.SLICE, Nal.IDR):
                nals.append(view[begin:end])
                size += end - begin
                reference |= data[begin] & 0x60
                if kind == Nal.IDR:
                    idr = True
                    continue
                coded = slice_type(data, begin)
                intra = intra and coded is Slice.I
                b_slice = b_slice or coded is Slice.B
            elif kind in (Nal.SPS, Nal.PPS):
                sets = self._parameter_set(data[begin:end]) or sets
            elif kind == Nal.SEI and end - begin <= _MAX_SEI_BYTES and has_recovery_point(data[begin:end]):
                recovery = True
                nals.append(view[begin:end])
        if not size or not self._sps or not self._pps:
            return None
        key = idr or self._starts_here(intra, recovery, sets, now_s)
        if idr or (key and intra):
            self._intra_key_at_s = now_s
        return Look(key, size, b_slice, not reference, nals)

    def _starts_here(self, intra: bool, recovery: bool, sets: bool, now_s: float) -> bool:
        if self._intra_key_at_s is None:
            self._intra_key_at_s = now_s
        if intra and (recovery or sets):
            return True
        return (intra or recovery) and now_s - self._intra_key_at_s > _NO_INTRA_KEY_S

    def _parameter_set(self, nal: bytes) -> bool:
        """Keep it. Says whether it is an SPS."""
        if len(nal) < 2 or len(nal) > _MAX_SET_BYTES:
            raise Malformed("parameter set size")
        if nal[0] & 0x1F == Nal.SPS:
            if nal not in self._sps.values():
                sps = parse_sps(nal)
                self._keep(self._sps, BitReader(unescape(nal[4:20])).ue(), nal)
                self.sps, self.width, self.height, self.profile = sps, sps.width, sps.height, sps.profile
                self.generation += 1
            return True
        if nal[0] & 0x1F == Nal.PPS and nal not in self._pps.values():
            self._keep(self._pps, BitReader(unescape(nal[1:17])).ue(), nal)
        return False

    def _keep(self, sets: dict[int, bytes], number: int, nal: bytes) -> None:
        if number > 255:
            raise Malformed("parameter set id")
        if number not in sets and len(sets) >= _MAX_SETS:
            sets.clear()
        sets[number] = nal
        self._sets = [memoryview(each) for each in (*self._sps.values(), *self._pps.values())]


class H265Stream:
    codec = "h265"
    decoder = "hevc"

    def __init__(self, parameter_sets: bytes = b"") -> None:
        self._sets: dict[int, bytes] = {}
        self.width = self.height = self.generation = 0
        self.profile = ""
        for nal in units(parameter_sets):
            self._parameter_set(nal)

    def parameter_sets(self) -> bytes:
        return b"".join(_START_CODE + self._sets[kind] for kind in sorted(self._sets))

    def look(self, data: bytes, now_s: float) -> Look | None:  # noqa: ARG002 - as the other streams
        size = 0
        key = False
        for begin, end in spans(data):
            kind = h265.nal_type(data[begin])
            if h265.is_slice(kind):
                size += end - begin
                key = key or h265.is_irap(kind)
            elif kind in (h265.VPS, h265.SPS, h265.PPS):
                self._parameter_set(data[begin:end])
        return Look(key, size) if size else None

    def _parameter_set(self, nal: bytes) -> None:
        """One of each kind: cameras send no more."""
        kind = h265.nal_type(nal[0])
        if kind not in (h265.VPS, h265.SPS, h265.PPS) or self._sets.get(kind) == nal:
            return
        if len(nal) > _MAX_SET_BYTES:
            raise Malformed("parameter set size")
        if kind == h265.SPS:
            sps = h265.parse_sps(nal)
            self.width, self.height, self.profile = sps.width, sps.height, sps.profile
            self.generation += 1
        self._sets[kind] = nal


_PLAIN: Final = {"mjpeg": "mjpeg", "mpeg4": "mpeg4", "mpeg2": "mpeg2video", "mpeg2video": "mpeg2video"}


class PlainStream:
    """MJPEG, MPEG-4 part 2, MPEG-2: decoded only; their size is known from the decoder (`sized`)."""

    def __init__(self, codec: str, headers: bytes = b"") -> None:
        self.codec = codec
        self.decoder = _PLAIN[codec]
        self.width = self.height = self.generation = 0
        self.profile = ""
        self._headers = headers[:_MAX_SET_BYTES]

    def parameter_sets(self) -> bytes:
        return self._headers

    def sized(self, width: int, height: int) -> None:
        if (width, height) != (self.width, self.height):
            self.width, self.height = width, height
            self.generation += 1

    def look(self, data: bytes, now_s: float) -> Look | None:  # noqa: ARG002 - as the other streams
        if not data:
            return None
        if self.decoder == "mjpeg":
            return Look(key=True, slice_bytes=len(data))
        if self.decoder == "mpeg2video":
            return self._mpeg2(data)
        return self._mpeg4(data)

    def _mpeg2(self, data: bytes) -> Look | None:
        """Keyframe: it has a sequence header (ISO/IEC 13818-2 section 6.2.2.1)."""
        picture = data.find(b"\0\0\1\0")
        if picture < 0:
            return None
        return Look(key=b"\0\0\1\xb3" in data[:picture], slice_bytes=len(data) - picture)

    def _mpeg4(self, data: bytes) -> Look | None:
        """Keyframe: vop_coding_type 0 (ISO/IEC 14496-2 section 6.2.5)."""
        vop = data.find(b"\0\0\1\xb6")
        if vop < 0 or vop + 4 >= len(data):
            return None
        return Look(key=not data[vop + 4] >> 6, slice_bytes=len(data) - vop)
