"""Which codecs are taken from a publisher, and what a subscriber's connection calls each of them."""

from dataclasses import dataclass
from typing import Final, cast

from conference.media.sdp_media import MediaSection, OfferedCodec
from conference.media.sdp_write import CodecLines
from conference.media.words import CodecName, Payload
from conference.model.track import Kind

AUDIO_CODECS: Final = ("OPUS", "PCMU", "PCMA")

_CLOCK_HZ: Final = {"opus": 48000, "pcmu": 8000, "pcma": 8000}
_VIDEO_FEEDBACK: Final = ("goog-remb", "transport-cc", "ccm fir", "nack", "nack pli")
_AUDIO_FEEDBACK: Final = ("transport-cc", "nack")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What one m-section will carry: one primary codec, perhaps its rtx, perhaps RED around it (RFC 2198).

    `red_first`: the peer would rather send RED than the bare codec.
    """

    primary: OfferedCodec
    rtx: OfferedCodec | None
    red: OfferedCodec | None
    red_first: bool

    @property
    def name(self) -> CodecName:
        """The primary codec, as the relay calls it."""
        return cast("CodecName", self.primary.name)

    def payloads(self) -> tuple[Payload, ...]:
        """For the relay."""
        found = [Payload(self.primary.pt, self.name, self.primary.clock_hz, self.rtx.pt if self.rtx else None)]
        if self.red is not None:
            found.append(Payload(self.red.pt, "red", self.red.clock_hz))
        return tuple(found)

    def codecs(self) -> tuple[OfferedCodec, ...]:
        """In the order of the m= line."""
        main = [codec for codec in (self.primary, self.red) if codec is not None]
        if self.red_first:
            main.reverse()
        return (*main, *([self.rtx] if self.rtx else []))


def choose(section: MediaSection, *, video_codecs: tuple[str, ...]) -> Chosen | None:
    """The section's first codec that may be used, with its companions; None when nothing fits."""
    return next(iter(choose_all(section, video_codecs=video_codecs)), None)


def choose_all(section: MediaSection, *, video_codecs: tuple[str, ...]) -> list[Chosen]:
    """Every codec of the section that may be used, with its companions, in the order of the m= line."""
    allowed = AUDIO_CODECS if section.kind is Kind.AUDIO else video_codecs
    return [_with_companions(section, codec) for codec in section.codecs if _usable(codec, section.kind, allowed)]


def _with_companions(section: MediaSection, primary: OfferedCodec) -> Chosen:
    rtx = next((c for c in section.codecs if c.name == "rtx" and c.parameter("apt") == str(primary.pt)), None)
    red = None
    if primary.name == "opus":
        red = next((c for c in section.codecs if c.name == "red" and _is_red_of(c, primary)), None)
    order = [codec.pt for codec in section.codecs]
    red_first = red is not None and order.index(red.pt) < order.index(primary.pt)
    return Chosen(primary, rtx, red, red_first)


def feedback(codec: OfferedCodec, kind: Kind | None) -> tuple[str, ...]:
    """The RTCP feedback of the offer that this server gives and takes."""
    ours = _AUDIO_FEEDBACK if kind is Kind.AUDIO else _VIDEO_FEEDBACK
    return tuple(value for value in ours if value in codec.feedback)


def _usable(codec: OfferedCodec, kind: Kind | None, allowed: tuple[str, ...]) -> bool:
    if codec.name.upper() not in allowed:
        return False
    return codec.clock_hz == (90000 if kind is Kind.VIDEO else _CLOCK_HZ[codec.name])


def _is_red_of(red: OfferedCodec, primary: OfferedCodec) -> bool:
    if red.clock_hz != primary.clock_hz:
        return False
    return not red.fmtp or red.fmtp.split("/")[0].strip() == str(primary.pt)


# ---- the subscriber's side ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Format:
    """A codec as decoders tell formats apart: two formats never share a payload type within a connection."""

    name: CodecName
    profile: str = ""

    @staticmethod
    def of(codec: OfferedCodec) -> "Format":
        """H.264 by profile and packetization mode (RFC 6184), VP9 and AV1 by profile; levels do not matter."""
        name = cast("CodecName", codec.name)
        match name:
            case "h264":
                profile = h264_profile(codec.parameter("profile-level-id") or "42e01f")
                return Format(name, f"{profile}/{codec.parameter('packetization-mode') or '0'}")
            case "vp9":
                return Format(name, codec.parameter("profile-id") or "0")
            case "av1":
                return Format(name, codec.parameter("profile") or "0")
            case _:
                return Format(name)


def h264_profile(profile_level_id: str) -> str:
    """The profile in the spelling browsers use (first four digits), by RFC 6184 table 5; unknown ones as they are."""
    try:
        idc, iop = int(profile_level_id[0:2], 16), int(profile_level_id[2:4], 16)
    except ValueError:
        return "42e0"
    if idc == 0x42:
        return (
            "42e0"  # encoders that say plain baseline use nothing that the constrained one lacks, and not all play it
        )
    if idc == 0x4D:
        return "42e0" if iop & 0x80 else "4d00"
    if idc == 0x58 and iop & 0x80:
        return "42e0"
    if idc == 0x64:
        return "640c" if iop & 0x0C == 0x0C else "6400"
    return f"{idc:02x}{iop:02x}"


class PayloadTable:
    """Payload types of one down connection: a format has one number in every m-section, as long as it lives."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Format, str], int] = {}
        self._free = [pt for pt in _DYNAMIC if pt not in _RESERVED]

    def number(self, of: Format, part: str = "media") -> int | None:
        """The payload type of a format (`part` "media") or of its "rtx" or "red"; None when all 60 are in use."""
        key = (of, part)
        if key not in self._numbers:
            fixed = _CANONICAL.get(key)
            if fixed is None and not self._free:
                return None
            self._numbers[key] = self._free.pop(0) if fixed is None else fixed
        return self._numbers[key]

    def lines(self, of: Format, *, red: bool) -> list[CodecLines]:
        """What an m-section of this format offers; [] when no payload type is left."""
        main = self.number(of)
        if main is None:
            return []
        if of.name in _CLOCK_HZ:
            return self._audio(of, main, red=red)
        found = [CodecLines(main, f"{_SPELLING[of.name]}/90000", _fmtp(of), _VIDEO_FEEDBACK)]
        rtx = self.number(of, "rtx")
        if rtx is not None:
            found.append(CodecLines(rtx, "rtx/90000", f"apt={main}", ()))
        return found

    def _audio(self, of: Format, main: int, *, red: bool) -> list[CodecLines]:
        channels = "/2" if of.name == "opus" else ""
        found = [CodecLines(main, f"{_SPELLING[of.name]}/{_CLOCK_HZ[of.name]}{channels}", _fmtp(of), ("transport-cc",))]
        number = self.number(of, "red") if red else None
        if number is not None:
            found.append(CodecLines(number, "red/48000/2", f"{main}/{main}", ("transport-cc",)))
        return found


def _fmtp(of: Format) -> str:
    match of.name:
        case "opus":
            return "minptime=10;useinbandfec=1"
        case "h264":
            profile, mode = of.profile.split("/")
            return f"level-asymmetry-allowed=1;packetization-mode={mode};profile-level-id={profile}1f"
        case "vp9":
            return f"profile-id={of.profile}"
        case "av1":
            return f"level-idx=5;profile={of.profile};tier=0"
        case _:
            return ""


_SPELLING: Final = {
    "vp8": "VP8",
    "vp9": "VP9",
    "h264": "H264",
    "av1": "AV1",
    "opus": "opus",
    "pcmu": "PCMU",
    "pcma": "PCMA",
}
_DYNAMIC: Final = (*range(96, 128), *range(35, 64))
"""RFC 3551 dynamic numbers, then those that RFC 5761 section 4 leaves free for more."""
_CANONICAL: Final = {
    (Format("pcmu"), "media"): 0,
    (Format("pcma"), "media"): 8,
    (Format("opus"), "media"): 111,
    (Format("opus"), "red"): 63,
    (Format("vp8"), "media"): 96,
    (Format("vp8"), "rtx"): 97,
    (Format("vp9", "0"), "media"): 98,
    (Format("vp9", "0"), "rtx"): 99,
    (Format("h264", "42e0/1"), "media"): 102,
    (Format("h264", "42e0/1"), "rtx"): 103,
    (Format("h264", "42e0/0"), "media"): 104,
    (Format("h264", "42e0/0"), "rtx"): 105,
    (Format("av1", "0"), "media"): 45,
    (Format("av1", "0"), "rtx"): 46,
}
"""The numbers browsers themselves use: they make traces easy to read."""
_RESERVED: Final = frozenset(_CANONICAL.values())
