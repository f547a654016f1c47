"""Which tracks of a description are taken, as what, and who takes their packets apart."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from conference.sources.worker.media.units import AudioFormat, VideoFormat
from conference.sources.worker.rtsp.payload import Depacketiser, Emit
from conference.sources.worker.rtsp.payload.aac import AuHeaders, Latm, Mpeg4Generic, latm_config, made_config
from conference.sources.worker.rtsp.payload.access_unit import START_CODE
from conference.sources.worker.rtsp.payload.h264 import H264
from conference.sources.worker.rtsp.payload.h265 import H265
from conference.sources.worker.rtsp.payload.plain import Marked, Plain
from conference.sources.worker.rtsp.sdp import Description, Format, Medium

_VIDEO: Final[dict[str, str]] = {"H264": "h264", "H265": "h265", "HEVC": "h265", "MP4V-ES": "mpeg4"}
_NAMES: Final[dict[str, str]] = {"JPEG": "mjpeg", "MPV": "mpeg2video", "MP2T": "mpegts"}
"""Of codecs that are only named to people."""
_PLAIN_AUDIO: Final[dict[str, str]] = {
    "PCMU": "pcmu",
    "PCMA": "pcma",
    "OPUS": "opus",
    "G722": "g722",
    "G726-32": "g726",
    "L16": "pcm_s16be",
    "MPA": "mp3",
}
_MPA_HEADER_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Track:
    """One to set up. `fmt`: what the pipeline is told, None for data."""

    kind: Literal["video", "audio", "data"]
    control: str
    payload_type: int
    clock_hz: int
    fmt: VideoFormat | AudioFormat | None
    depacketiser: Callable[[Emit], Depacketiser]


@dataclass(frozen=True, slots=True)
class Choice:
    """`unsupported`: the codec of a picture that cannot be received, "" when there is none."""

    tracks: tuple[Track, ...]
    unsupported: str


def choose(description: Description) -> Choice:
    """The first picture, sound and KLV data that we can receive, in the order of the description."""
    tracks: dict[str, Track] = {}
    unsupported = ""
    for medium in description.media:
        if medium.kind in tracks:
            continue
        made = next((track for fmt in medium.formats if (track := _track(medium, fmt)) is not None), None)
        if made is not None:
            tracks[medium.kind] = made
        elif medium.kind == "video" and medium.formats:
            encoding = medium.formats[0].encoding
            unsupported = unsupported or _NAMES.get(encoding, encoding.lower()[:32])
    return Choice(tuple(tracks.values()), "" if "video" in tracks else unsupported)


def _track(medium: Medium, fmt: Format) -> Track | None:
    if medium.kind == "video":
        return _video(medium, fmt)
    if medium.kind == "audio":
        return _audio(medium, fmt)
    if medium.kind == "application" and fmt.encoding == "SMPTE336M":
        return Track("data", medium.control, fmt.payload_type, fmt.clock_hz, None, Marked)
    return None


def _video(medium: Medium, fmt: Format) -> Track | None:
    codec = _VIDEO.get(fmt.encoding)
    if codec is None:
        return None
    given = fmt.parameters
    if codec == "h264":
        sets = _sets(given.get("sprop-parameter-sets", ""))
        make: Callable[[Emit], Depacketiser] = H264
    elif codec == "h265":
        sets = b"".join(_sets(given.get(f"sprop-{name}", "")) for name in ("vps", "sps", "pps"))
        orders = given.get("sprop-max-don-diff", "0") != "0"

        def make(emit: Emit) -> Depacketiser:
            return H265(emit, orders=orders)
    else:
        sets = _hex(given.get("config", ""))
        make = Marked
    return Track("video", medium.control, fmt.payload_type, fmt.clock_hz, VideoFormat(codec, sets), make)


def _audio(medium: Medium, fmt: Format) -> Track | None:
    codec = _PLAIN_AUDIO.get(fmt.encoding)
    if codec is None:
        return _aac(medium, fmt)
    skip_bytes = _MPA_HEADER_BYTES if codec == "mp3" else 0
    # RFC 3551 §4.5.2: the RTP clock of G.722 is half its sampling rate, by an old mistake.
    clock_hz = 16_000 if codec == "g722" else fmt.clock_hz
    shape = AudioFormat(codec, clock_hz, fmt.channels)
    make = _plain(skip_bytes)
    return Track("audio", medium.control, fmt.payload_type, fmt.clock_hz, shape, make)


def _plain(skip_bytes: int) -> Callable[[Emit], Depacketiser]:
    return lambda emit: Plain(emit, skip_bytes=skip_bytes)


def _aac(medium: Medium, fmt: Format) -> Track | None:
    given = fmt.parameters
    if fmt.encoding == "MP4A-LATM" and given.get("cpresent", "1") == "0":
        config = latm_config(_hex(given.get("config", "")))
        make: Callable[[Emit], Depacketiser] = Latm
    elif fmt.encoding == "MPEG4-GENERIC" and not any(given.get(name, "0") != "0" for name in _OTHER_FIELDS):
        config = _hex(given.get("config", "")) or made_config(fmt.clock_hz, fmt.channels)
        widths = AuHeaders(*(_width(given.get(name, "")) for name in ("sizelength", "indexlength", "indexdeltalength")))
        make = _generic(widths)
    else:
        return None
    if not config:
        return None
    shape = AudioFormat("aac", fmt.clock_hz, fmt.channels, config)
    return Track("audio", medium.control, fmt.payload_type, fmt.clock_hz, shape, make)


_OTHER_FIELDS: Final = (
    "ctsdeltalength",
    "dtsdeltalength",
    "randomaccessindication",
    "streamstateindication",
    "auxiliarydatasizelength",
)
"""Of AU headers (RFC 3640 §3.2.1); AAC-hbr has none of them."""


def _generic(widths: AuHeaders) -> Callable[[Emit], Depacketiser]:
    return lambda emit: Mpeg4Generic(emit, widths)


def _width(text: str) -> int:
    return min(int(text), 32) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _sets(text: str) -> bytes:
    """Comma-separated base64 NAL units as Annex B."""
    found = []
    for part in text.split(","):
        try:
            nal = base64.b64decode(part + "=" * (-len(part) % 4), validate=True)
        except (binascii.Error, ValueError):
            continue
        if nal:
            found.append(START_CODE + nal.removeprefix(START_CODE))
    return b"".join(found)


def _hex(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
