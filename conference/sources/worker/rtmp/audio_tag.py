"""The body of FLV audio tags (FLV 10.1 annex E.4.2) and of enhanced RTMP's (E-RTMP v2)."""

from dataclasses import dataclass
from typing import Final

from conference.sources.worker.rtmp.aac import adts_format, specific_config_format
from conference.sources.worker.rtmp.extended import MULTITRACK_AUDIO, first_track, skip_modifiers

_RATES_HZ: Final = (5_512, 11_025, 22_050, 44_100)
_AAC: Final = 10
_EXTENDED: Final = 9
_MP3_8KHZ: Final = 14

_CODECS: Final = {
    0: "pcm_s16le",
    1: "adpcm_swf",
    2: "mp3",
    3: "pcm_s16le",
    4: "nellymoser",
    5: "nellymoser",
    6: "nellymoser",
    7: "pcma",
    8: "pcmu",
    11: "speex",
    14: "mp3",
}
_FOURCCS: Final = {
    b"mp4a": "aac",
    b"Opus": "opus",
    b".mp3": "mp3",
    b"ac-3": "ac3",
    b"ec-3": "eac3",
    b"fLaC": "flac",
}
_SEQUENCE_START, _CODED_FRAMES = range(2)


@dataclass(frozen=True, slots=True)
class AudioTag:
    """`codec`: as libav names it. `configuration`: the data is no sound but says how to read it. `clock_hz`,
    `channels`: as far as the tag tells, else 0."""

    codec: str
    data: bytes
    configuration: bool = False
    clock_hz: int = 0
    channels: int = 0


def parse_audio(body: bytearray) -> AudioTag | None:
    """None when the tag is cut off or carries no sound."""
    if len(body) < 2:
        return None
    code = body[0] >> 4
    if code == _EXTENDED:
        return _extended(body)
    if code == _AAC:
        return _aac(bytes(body[2:]), configuration=body[1] == 0) if len(body) > 2 else None
    codec = _CODECS.get(code)
    if codec is None:
        return AudioTag(f"unknown-{code}", b"")
    if codec == "pcm_s16le" and not body[0] & 2:
        codec = "pcm_u8"
    clock_hz = 8_000 if codec in {"pcma", "pcmu"} or code == _MP3_8KHZ else _RATES_HZ[body[0] >> 2 & 3]
    return AudioTag(codec, bytes(body[1:]), clock_hz=clock_hz, channels=1 + (body[0] & 1))


def _aac(data: bytes, *, configuration: bool) -> AudioTag | None:
    told = specific_config_format(data) if configuration else adts_format(data)
    if told is None:
        return None if configuration else AudioTag("aac", data)
    return AudioTag("aac", data, configuration, *told)


def _extended(body: bytearray) -> AudioTag | None:
    packet, at = skip_modifiers(body, body[0] & 15, 1)
    found = first_track(body, packet, at, multitrack=MULTITRACK_AUDIO)
    if found is None:
        return None
    packet, fourcc, data = found
    codec = _FOURCCS.get(fourcc, "unknown-fourcc")
    if packet not in {_SEQUENCE_START, _CODED_FRAMES} or not data:
        return None
    configuration = packet == _SEQUENCE_START
    if codec == "aac":
        return _aac(bytes(data), configuration=configuration)
    if codec == "opus":
        # The identification header of RFC 7845 section 5.1, with or without its magic word.
        at = 9 if data[:8] == b"OpusHead" else 1
        channels = data[at] if configuration and len(data) > at else 0
        return AudioTag(codec, bytes(data), configuration, 48_000, channels)
    return AudioTag(codec, bytes(data), configuration)
