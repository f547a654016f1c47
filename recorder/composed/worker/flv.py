"""Coded pictures and sound as the bodies of RTMP messages (Adobe Flash Video File Format 10.1, annex E.4)."""

from typing import Final

from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from conference.sources.worker.media.nal import units
from conference.sources.worker.rtmp import amf0
from recorder.film.encode import Coded

AUDIO: Final = 8
VIDEO: Final = 9
DATA: Final = 18
CHUNK_BYTES: Final = 60_000
MEDIA_STREAM: Final = {AUDIO: 4, VIDEO: 6, DATA: 4}
"""Chunk streams, one for each kind."""
_KEY, _INTER = 0x17, 0x27
_AAC: Final = 0xAF
"""AAC; what follows about rate and channels is always the same (section E.4.2.1)."""
_SPS, _PPS, _DELIMITER = 7, 8, 9
_EXTENDED: Final = 0xFFFFFF


def message(type_id: int, stream_id: int, at_ms: int, body: bytes) -> bytes:
    """A whole message in chunks of CHUNK_BYTES (RTMP 1.0 section 5.3.1)."""
    csid = MEDIA_STREAM[type_id]
    at_ms &= 0xFFFFFFFF
    extended = at_ms.to_bytes(4, "big") if at_ms >= _EXTENDED else b""
    head = min(at_ms, _EXTENDED).to_bytes(3, "big") + len(body).to_bytes(3, "big")
    parts = [bytes((csid,)), head, bytes((type_id,)), stream_id.to_bytes(4, "little"), extended, body[:CHUNK_BYTES]]
    for at in range(CHUNK_BYTES, len(body), CHUNK_BYTES):
        parts += [bytes((0xC0 | csid,)), extended, body[at : at + CHUNK_BYTES]]
    return b"".join(parts)


def metadata(video: VideoStream, sound: AudioStream, fps: float) -> bytes:
    """What players are told of the stream before it comes."""
    told: dict[str, amf0.Value] = {
        "width": float(video.width),
        "height": float(video.height),
        "framerate": fps,
        "videocodecid": 7.0,
        "audiocodecid": 10.0,
        "audiosamplerate": float(sound.rate),
        "audiosamplesize": 16.0,
        "stereo": sound.layout.nb_channels > 1,
        "encoder": "Huishang",
    }
    return amf0.encode("@setDataFrame", "onMetaData", told)


def sound_head(sound: AudioStream) -> bytes:
    """Raises OSError when the encoder has not said how its frames are to be read."""
    config = sound.codec_context.extradata
    if not config:
        raise OSError("AAC without its configuration")
    return bytes((_AAC, 0)) + bytes(config)


def sound_body(packet: Coded) -> bytes:
    return bytes((_AAC, 1)) + packet.data


class Pictures:
    """H.264 as it comes from the encoder, parameter sets in band, into AVC bodies."""

    def __init__(self) -> None:
        self._sets: tuple[bytes, ...] = ()

    def bodies(self, packet: Coded) -> list[bytes]:
        """The picture's body; before it the parameter sets' when they are new."""
        nals = units(packet.data)
        sets = tuple(nal for nal in nals if nal[0] & 31 in (_SPS, _PPS))
        found = []
        if sets and sets != self._sets:
            self._sets = sets
            found.append(_sequence_head(sets))
        shift_ms = round((packet.pts - packet.dts) * packet.time_base * 1000)
        head = bytes((_KEY if packet.key else _INTER, 1)) + (shift_ms & 0xFFFFFF).to_bytes(3, "big")
        slices = [nal for nal in nals if nal[0] & 31 not in (_SPS, _PPS, _DELIMITER)]
        found.append(head + b"".join(len(nal).to_bytes(4, "big") + nal for nal in slices))
        return found


def _sequence_head(sets: tuple[bytes, ...]) -> bytes:
    """AVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 5.3.3.1."""
    sps = [nal for nal in sets if nal[0] & 31 == _SPS]
    pps = [nal for nal in sets if nal[0] & 31 == _PPS]
    if not sps or not pps or len(sps[0]) < 4:
        raise OSError("H.264 without its parameter sets")
    record = b"\x01" + sps[0][1:4] + b"\xff" + bytes((0xE0 | len(sps),))
    record += b"".join(len(nal).to_bytes(2, "big") + nal for nal in sps)
    record += bytes((len(pps),)) + b"".join(len(nal).to_bytes(2, "big") + nal for nal in pps)
    return bytes((_KEY, 0, 0, 0, 0)) + record
