"""Typed reading of one RTP m-section: codecs, feedback, extensions, rids, sources (RFC 8866, 8285, 8853, 5576)."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from conference.media.sdp import Lines, Section
from conference.media.words import Encoding, Extension
from conference.model.errors import SdpRefused
from conference.model.track import Kind

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]

MAX_CODECS: Final = 128
MAX_EXTENSIONS: Final = 32
MAX_LAYERS: Final = 4

_RTPMAP: Final = re.compile(r"([0-9]{1,3}) ([A-Za-z0-9_.-]{1,32})/([0-9]{1,7})(?:/([0-9]{1,2}))?")
_FMTP: Final = re.compile(r"([0-9]{1,3}) ([\x20-\x7e]{1,1024})")
_FEEDBACK: Final = re.compile(r"([0-9]{1,3}|\*) ([A-Za-z0-9-]{1,32}(?: [A-Za-z0-9-]{1,32})?).*")
_EXTMAP: Final = re.compile(r"([0-9]{1,5})(?:/(sendrecv|sendonly|recvonly|inactive))? ([\x21-\x7e]{1,255})(?: .*)?")
_MID: Final = re.compile(r"[A-Za-z0-9_+.\-]{1,16}")
_RID: Final = re.compile(r"([A-Za-z0-9_-]{1,16}) (send|recv)(?: .*)?")
_SSRC: Final = re.compile(r"([0-9]{1,10}) .+")
_GROUP: Final = re.compile(r"(FID|SIM)((?: [0-9]{1,10}){1,8})")
_STATIC: Final = {0: ("PCMU", 8000), 8: ("PCMA", 8000)}
"""Payload types that need no rtpmap (RFC 3551)."""


@dataclass(frozen=True, slots=True)
class OfferedCodec:
    """`name` in lower case; `fmtp` as written, "" when there is none; `feedback` e.g. "nack pli"."""

    pt: int
    name: str
    clock_hz: int
    channels: int
    fmtp: str
    feedback: tuple[str, ...]

    def parameter(self, name: str) -> str | None:
        """The value of one fmtp parameter, lower-cased name."""
        for part in self.fmtp.split(";"):
            key, _, value = part.strip().partition("=")
            if key.lower() == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class MediaSection:
    """One m-section, read. `codecs` in the order of the m= line. `refused`: nothing of it can be used."""

    mid: str
    media: str
    protocol: str
    formats: tuple[str, ...]
    refused: bool
    kind: Kind | None
    direction: Direction
    codecs: tuple[OfferedCodec, ...]
    extensions: tuple[Extension, ...]
    rids_send: tuple[str, ...]
    encodings: tuple[Encoding, ...]
    rtcp_mux: bool
    rtcp_rsize: bool

    @property
    def sends(self) -> bool:
        """The peer that wrote this section sends media in it."""
        return self.direction in ("sendrecv", "sendonly")

    @property
    def receives(self) -> bool:
        """The peer that wrote this section takes media in it."""
        return self.direction in ("sendrecv", "recvonly")


def read_section(section: Section, *, session_direction: Direction, position: int) -> MediaSection:
    """Raises SdpRefused when a line that matters is malformed; lines that do not matter are passed over."""
    mid = section.mid or str(position)
    if not _MID.fullmatch(mid):
        raise SdpRefused("bad mid")
    rtp = section.protocol in ("UDP/TLS/RTP/SAVPF", "TCP/DTLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF")
    usable = rtp and section.media in ("audio", "video")
    rejected = section.port == 0 and not section.lines.has("bundle-only")
    rids = _rids(section) if usable else ()
    direction = read_direction(section.lines, session_direction)
    return MediaSection(
        mid=mid,
        media=section.media,
        protocol=section.protocol,
        formats=section.formats,
        refused=rejected or not usable,
        kind=Kind(section.media) if usable else None,
        direction=direction,
        codecs=_codecs(section) if usable else (),
        extensions=_extensions(section, direction) if usable else (),
        rids_send=rids,
        encodings=_encodings(section, rids) if usable else (),
        rtcp_mux=section.lines.has("rtcp-mux"),
        rtcp_rsize=section.lines.has("rtcp-rsize"),
    )


def skim_section(section: Section) -> MediaSection:
    """A section that is not of interest now: only its mid is told, and it counts as inactive."""
    return MediaSection(
        mid=section.mid,
        media=section.media,
        protocol=section.protocol,
        formats=section.formats,
        refused=section.port == 0,
        kind=None,
        direction="inactive",
        codecs=(),
        extensions=(),
        rids_send=(),
        encodings=(),
        rtcp_mux=True,
        rtcp_rsize=True,
    )


def read_direction(lines: Lines, otherwise: Direction) -> Direction:
    """The direction attribute of a level."""
    directions: tuple[Direction, ...] = ("sendrecv", "sendonly", "recvonly", "inactive")
    return next((direction for direction in directions if lines.has(direction)), otherwise)


def _codecs(section: Section) -> tuple[OfferedCodec, ...]:
    order = [int(text) for text in section.formats if text.isascii() and text.isdigit() and int(text) < 128]
    if len(order) > MAX_CODECS or len(set(order)) != len(order):
        raise SdpRefused("bad payload types")
    maps: dict[int, tuple[str, int, int]] = {pt: (name.lower(), clock, 1) for pt, (name, clock) in _STATIC.items()}
    for value in section.lines.all("rtpmap"):
        match = _RTPMAP.fullmatch(value)
        if match is None:
            raise SdpRefused("bad rtpmap")
        maps[int(match.group(1))] = (match.group(2).lower(), int(match.group(3)), int(match.group(4) or 1))
    fmtp: dict[int, str] = {}
    for value in section.lines.all("fmtp"):
        match = _FMTP.fullmatch(value)
        if match is None:
            raise SdpRefused("bad fmtp")
        fmtp[int(match.group(1))] = match.group(2)
    feedback = _feedback(section)
    shared = feedback.get("*", [])
    return tuple(
        OfferedCodec(
            pt, *maps[pt], fmtp=fmtp.get(pt, ""), feedback=tuple(dict.fromkeys([*feedback.get(str(pt), []), *shared]))
        )
        for pt in order
        if pt in maps
    )


def _feedback(section: Section) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for value in section.lines.all("rtcp-fb"):
        match = _FEEDBACK.fullmatch(value)
        if match is not None:
            found.setdefault(match.group(1), []).append(match.group(2))
    return found


def _extensions(section: Section, direction: Direction) -> tuple[Extension, ...]:
    """Those that travel the way this section's media does: we only ever receive or only ever send in one section."""
    useless = {"inactive", "sendonly" if direction == "recvonly" else "recvonly"}
    found: dict[int, Extension] = {}
    for value in section.lines.all("extmap"):
        match = _EXTMAP.fullmatch(value)
        if match is None:
            raise SdpRefused("bad extmap")
        number = int(match.group(1))
        if not 1 <= number <= 255:
            continue  # RFC 8285 section 6: 4096..4351 are a menu to choose from, which nobody uses
        if number in found or len(found) >= MAX_EXTENSIONS:
            raise SdpRefused("header extension id used twice, or too many")
        found[number] = Extension(number, match.group(3) if match.group(2) not in useless else "")
    return tuple(extension for extension in found.values() if extension.uri)


def _rids(section: Section) -> tuple[str, ...]:
    """The rids of a=simulcast:send, first alternative each, in order (RFC 8853 section 5.1)."""
    simulcast = section.lines.first("simulcast")
    if simulcast is None:
        return ()
    declared = set()
    for value in section.lines.all("rid"):
        match = _RID.fullmatch(value)
        if match is None:
            raise SdpRefused("bad rid")
        if match.group(2) == "send":
            declared.add(match.group(1))
    words = simulcast.split()
    streams = dict(zip(words[::2], words[1::2], strict=False)).get("send", "")
    rids = [stream.split(",")[0].removeprefix("~") for stream in streams.split(";") if stream]
    if len(rids) > MAX_LAYERS or len(set(rids)) != len(rids) or not set(rids) <= declared:
        raise SdpRefused("bad simulcast")
    return tuple(rids)


def _encodings(section: Section, rids: tuple[str, ...]) -> tuple[Encoding, ...]:
    if rids:
        return tuple(Encoding(rid=rid) for rid in _lowest_first(rids))
    sources: list[int] = []
    for value in section.lines.all("ssrc"):
        match = _SSRC.fullmatch(value)
        if match is None or int(match.group(1)) >= 1 << 32:
            raise SdpRefused("bad ssrc")
        if int(match.group(1)) not in sources:
            sources.append(int(match.group(1)))
    repair: dict[int, int] = {}
    layers: list[int] = []
    for value in section.lines.all("ssrc-group"):
        match = _GROUP.fullmatch(value)
        if match is None:
            continue
        members = [int(text) for text in match.group(2).split()]
        if max(members) >= 1 << 32:
            raise SdpRefused("bad ssrc-group")
        if match.group(1) == "SIM":
            layers = members[:MAX_LAYERS]
        elif len(members) == 2:
            repair[members[0]] = members[1]
    primary = layers or [ssrc for ssrc in sources if ssrc not in repair.values()][:1]
    return tuple(Encoding(ssrc=ssrc, rtx_ssrc=repair.get(ssrc)) for ssrc in primary) or (Encoding(),)


def _lowest_first(rids: tuple[str, ...]) -> tuple[str, ...]:
    """Browsers list sendEncodings as the page gave them; two naming habits tell the order, else lowest comes first."""
    for habit in ("qhf", "lmh"):
        if set(rids) <= set(habit):
            return tuple(sorted(rids, key=habit.index))
    return rids
