"""Writing session descriptions: answers of the up side, offers of the down side (RFC 8866, 8829, 8839, 9143)."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from conference.media.sdp_media import Direction
from conference.media.words import Candidate, Extension, Fingerprint, IceCredentials


@dataclass(frozen=True, slots=True)
class CodecLines:
    """One payload type and the lines that describe it; `fmtp` "" for none."""

    pt: int
    rtpmap: str
    fmtp: str
    feedback: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What we send in a section: sources (RFC 5576) and the names a browser groups tracks by (RFC 8830)."""

    ssrc: int
    rtx_ssrc: int | None
    cname: str
    stream: str
    track: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionLines:
    """One m-section to write. Without codecs it is rejected: port 0, `formats` echoed as RFC 8829 5.3.1 asks."""

    mid: str
    media: str
    protocol: str = "UDP/TLS/RTP/SAVPF"
    direction: Direction = "inactive"
    codecs: tuple[CodecLines, ...] = ()
    extensions: tuple[Extension, ...] = ()
    rids_recv: tuple[str, ...] = ()
    rtcp_rsize: bool = True
    sent: Sent | None = None
    formats: tuple[str, ...] = ("0",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLines:
    """Everything that all sections share: one ICE-lite transport."""

    session_id: int
    version: int
    ice: IceCredentials
    fingerprints: tuple[Fingerprint, ...]
    setup: Literal["actpass", "active", "passive"]
    candidates: tuple[Candidate, ...]
    extmap_mixed: bool


def write(session: SessionLines, sections: list[SectionLines]) -> str:
    """The description, with CRLF line ends."""
    bundled = [section.mid for section in sections if section.codecs]
    return write_head(session, bundled) + "".join(
        write_section(session, section, tagged=bundled[:1] == [section.mid]) for section in sections
    )


def write_head(session: SessionLines, bundled: list[str]) -> str:
    """Everything above the first m-section. `bundled`: mids of the sections that are not rejected."""
    return _text(_head(session, bundled))


def write_section(session: SessionLines, section: SectionLines, *, tagged: bool) -> str:
    """One m-section; the first of the bundle is the tagged one."""
    return _text(_live(session, section, tagged=tagged) if section.codecs else _rejected(section))


def write_fragment(session: SessionLines, mid: str) -> str:
    """An application/trickle-ice-sdpfrag (RFC 8840 section 9) with our credentials and candidates."""
    lines = [
        "a=ice-lite",
        f"a=ice-ufrag:{session.ice.ufrag}",
        f"a=ice-pwd:{session.ice.pwd}",
        "m=audio 9 UDP/TLS/RTP/SAVPF 0",
        f"a=mid:{mid}",
        *candidate_lines(session.candidates),
    ]
    return _text(lines)


def candidate_lines(candidates: tuple[Candidate, ...]) -> Iterator[str]:
    """Host candidates, best first (RFC 8839 section 5.1; TCP as RFC 6544), and the end of them."""
    for position, candidate in enumerate(candidates):
        # RFC 8445 5.1.2.1: host type preference 126; UDP above TCP; earlier in the list above later.
        local = (65535 if candidate.protocol == "udp" else 32767) - position
        priority = (126 << 24) | (local << 8) | 255
        kind = " tcptype passive" if candidate.protocol == "tcp" else ""
        yield (
            f"a=candidate:{position + 1} 1 {candidate.protocol} {priority} {candidate.address} {candidate.port}"
            f" typ host{kind}"
        )
    yield "a=end-of-candidates"


def _text(lines: Iterable[str]) -> str:
    return "\r\n".join([*lines, ""])


def _head(session: SessionLines, bundled: list[str]) -> Iterator[str]:
    yield "v=0"
    yield f"o=- {session.session_id} {session.version} IN IP4 127.0.0.1"
    yield "s=-"
    yield "t=0 0"
    if bundled:
        yield f"a=group:BUNDLE {' '.join(bundled)}"
    yield "a=ice-lite"
    if session.extmap_mixed:
        yield "a=extmap-allow-mixed"
    yield "a=msid-semantic: WMS *"


def _rejected(section: SectionLines) -> Iterator[str]:
    yield f"m={section.media} 0 {section.protocol} {' '.join(section.formats)}"
    yield "c=IN IP4 0.0.0.0"
    yield f"a=mid:{section.mid}"
    yield "a=inactive"


def _live(session: SessionLines, section: SectionLines, *, tagged: bool) -> Iterator[str]:
    main = next(iter(session.candidates), None)
    family = "IP6" if main is not None and ipaddress.ip_address(main.address).version == 6 else "IP4"
    port, address = (main.port, main.address) if main is not None else (9, "127.0.0.1")
    yield f"m={section.media} {port} {section.protocol} {' '.join(str(codec.pt) for codec in section.codecs)}"
    yield f"c=IN {family} {address}"
    yield f"a=mid:{section.mid}"
    yield f"a={section.direction}"
    yield "a=rtcp-mux"
    if section.rtcp_rsize:
        yield "a=rtcp-rsize"
    yield f"a=ice-ufrag:{session.ice.ufrag}"
    yield f"a=ice-pwd:{session.ice.pwd}"
    for fingerprint in session.fingerprints:
        yield f"a=fingerprint:{fingerprint.algorithm} {fingerprint.value}"
    yield f"a=setup:{session.setup}"
    for extension in section.extensions:
        yield f"a=extmap:{extension.id} {extension.uri}"
    for codec in section.codecs:
        yield f"a=rtpmap:{codec.pt} {codec.rtpmap}"
        yield from (f"a=rtcp-fb:{codec.pt} {value}" for value in codec.feedback)
        if codec.fmtp:
            yield f"a=fmtp:{codec.pt} {codec.fmtp}"
    if section.rids_recv:
        yield from (f"a=rid:{rid} recv" for rid in section.rids_recv)
        yield f"a=simulcast:recv {';'.join(section.rids_recv)}"
    if section.sent is not None:
        yield from _sources(section.sent)
    if tagged:
        # RFC 9143 7.1.3: the shared transport is described once, in the tagged section.
        yield from candidate_lines(session.candidates)


def _sources(sent: Sent) -> Iterator[str]:
    yield f"a=msid:{sent.stream} {sent.track}"
    if sent.rtx_ssrc is not None:
        yield f"a=ssrc-group:FID {sent.ssrc} {sent.rtx_ssrc}"
    for ssrc in (sent.ssrc, sent.rtx_ssrc):
        if ssrc is not None:
            yield f"a=ssrc:{ssrc} cname:{sent.cname}"
            yield f"a=ssrc:{ssrc} msid:{sent.stream} {sent.track}"
