"""Which kind a stream is, by its type (ISO/IEC 13818-1 table 2-34) and its descriptors."""

from collections.abc import Callable
from typing import Final

from conference.sources.worker.media.units import MediaSink
from conference.sources.worker.ts.clock import ProgramClock
from conference.sources.worker.ts.frames import Ac3, Adts, HeaderParser, MpegAudio
from conference.sources.worker.ts.tables import Elementary
from conference.sources.worker.ts.tracks import (
    FramedAudioTrack,
    KlvTrack,
    OpusTrack,
    Track,
    UnreadAudioTrack,
)

_VIDEO: Final = {
    0x01: "mpeg1video",
    0x02: "mpeg2video",
    0x10: "mpeg4",
    0x1B: "h264",
    0x20: "h264-mvc",
    0x24: "h265",
    0x33: "h266",
    0x42: "cavs",
    0xD1: "dirac",
    0xD2: "avs3",
    0xEA: "vc1",
}
_UNREAD_AUDIO: Final = {0x11: "aac-latm", 0x1C: "aac-raw", 0x82: "dts", 0x87: "eac3", 0x2D: "mpeg-h"}
_PRIVATE_AUDIO: Final = {0x7A: "eac3", 0x7B: "dts", 0x7C: "aac-latm"}
"""DVB descriptors of private streams (ETSI EN 300 468)."""
_PRIVATE_VIDEO: Final = {b"HEVC": "h265", b"AV01": "av1", b"VC-1": "vc1"}
_PRIVATE: Final = 0x06
_METADATA: Final = 0x15
_AC3: Final = 0x81
_AC3_DESCRIPTOR: Final = 0x6A
_EXTENSION: Final = 0x7F
_OPUS_EXTENSION: Final = 0x80
_METADATA_DESCRIPTOR: Final = 0x26
_KLV: Final = b"KLVA"


def video_codec(stream: Elementary) -> str | None:
    """None: not a picture."""
    if stream.stream_type == _PRIVATE:
        return _PRIVATE_VIDEO.get(stream.registration)
    return _VIDEO.get(stream.stream_type)


def unread_audio_codec(stream: Elementary) -> str | None:
    """The name of sound that is not read."""
    if stream.stream_type == _PRIVATE:
        return next((_PRIVATE_AUDIO[tag] for tag, _ in stream.descriptors if tag in _PRIVATE_AUDIO), None)
    return _UNREAD_AUDIO.get(stream.stream_type)


def frame_parser(stream: Elementary) -> HeaderParser | None:
    """Of sound in frames that tell their length."""
    if stream.stream_type == 0x0F:
        return Adts()
    if stream.stream_type in (0x03, 0x04):
        return MpegAudio()
    dvb = stream.stream_type == _PRIVATE and stream.descriptor(_AC3_DESCRIPTOR) is not None
    return Ac3() if stream.stream_type == _AC3 or dvb else None


def is_audio(stream: Elementary) -> bool:
    """Sound, read or not."""
    read = frame_parser(stream) is not None or opus_channels(stream) is not None
    return read or unread_audio_codec(stream) is not None


def opus_channels(stream: Elementary) -> int | None:
    """None: not Opus. Codes above 8 (several streams in one) count as 0, which nobody plays."""
    if stream.stream_type != _PRIVATE or stream.registration != b"Opus":
        return None
    code = next(
        (data[1] for tag, data in stream.descriptors if tag == _EXTENSION and data[:1] == b"\x80" and data[1:]), 2
    )
    return 2 if code == 0 else code if code <= 8 else 0


def is_klv(stream: Elementary) -> bool:
    """Asynchronous or synchronous KLV."""
    if stream.registration == _KLV:
        return stream.stream_type in (_PRIVATE, _METADATA)
    return stream.stream_type == _METADATA and _KLV in (stream.descriptor(_METADATA_DESCRIPTOR) or b"")


def audio_track(stream: Elementary, sink: MediaSink, changed: Callable[[], None]) -> Track:
    """Of a stream that `is_audio`; raises ValueError for another one."""
    unread = unread_audio_codec(stream)
    if unread is not None:
        return UnreadAudioTrack(unread, sink)
    channels = opus_channels(stream)
    if channels is not None:
        return OpusTrack(channels, sink)
    parser = frame_parser(stream)
    if parser is None:
        raise ValueError(f"stream type {stream.stream_type}")
    return FramedAudioTrack(parser, sink, changed)


def klv_track(stream: Elementary, sink: MediaSink, clock: ProgramClock) -> Track:
    """Of a stream that `is_klv`."""
    return KlvTrack(sink, clock, synchronous=stream.stream_type == _METADATA)
