"""A whole session description, read: what a peer offers or answers, with its transport parameters."""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Final, Literal

from conference.media.sdp import MAX_SECTIONS, Description, parse
from conference.media.sdp_media import MediaSection, read_direction, read_section, skim_section
from conference.media.words import DtlsRole, Fingerprint, IceCredentials
from conference.model.errors import SdpRefused

Setup = Literal["actpass", "active", "passive"]

_UFRAG: Final = re.compile(r"[A-Za-z0-9+/]{4,256}")
_PWD: Final = re.compile(r"[A-Za-z0-9+/]{22,256}")
_FINGERPRINT: Final = re.compile(r"(sha-(?:256|384|512)) ((?:[0-9A-Fa-f]{2}:){31,63}[0-9A-Fa-f]{2})")
_DIGEST_BYTES: Final = {"sha-256": 32, "sha-384": 48, "sha-512": 64}


@dataclass(frozen=True, slots=True)
class Remote:
    """A peer's session description. All live m-sections share one transport (BUNDLE, RFC 9143)."""

    session_id: str
    sections: tuple[MediaSection, ...]
    bundle: tuple[str, ...]
    ice: IceCredentials
    fingerprints: tuple[Fingerprint, ...]
    setup: Setup
    extmap_mixed: bool

    def section(self, mid: str) -> MediaSection | None:
        """The m-section of that mid, or None."""
        return next((section for section in self.sections if section.mid == mid), None)

    def live(self, section: MediaSection) -> bool:
        """Whether the section can carry media: not rejected, and in the bundle."""
        return not section.refused and section.mid in self.bundle


def read_remote(text: str, *, max_sections: int = MAX_SECTIONS, only: Container[str] | None = None) -> Remote:
    """Raises SdpRefused on anything that is not a usable WebRTC description. Given `only`, sections of other mids are
    passed over: reading a hundred to learn of one costs more than everything else about an answer."""
    description = parse(text, max_sections=max_sections)
    direction = read_direction(description.lines, "sendrecv")
    sections = tuple(
        read_section(section, session_direction=direction, position=position)
        if only is None or section.mid in only
        else skim_section(section)
        for position, section in enumerate(description.sections)
    )
    mids = [section.mid for section in sections]
    if not sections or len(set(mids)) != len(mids):
        raise SdpRefused("no m-section, or two with one mid")
    bundle = _bundle(description, sections)
    _one_meaning_per_number(sections, bundle)
    tagged = next(index for index, mid in enumerate(mids) if mid == bundle[0])
    return Remote(
        session_id=description.session_id,
        sections=sections,
        bundle=bundle,
        ice=credentials(_value(description, tagged, "ice-ufrag"), _value(description, tagged, "ice-pwd")),
        fingerprints=_fingerprints(description, tagged),
        setup=_setup(description, tagged),
        extmap_mixed=description.lines.has("extmap-allow-mixed"),
    )


def our_role(setup: Setup) -> DtlsRole:
    """Our DTLS role against that `a=setup` of the peer (RFC 8842 section 5.3): it starts whenever it can."""
    return "client" if setup == "passive" else "server"


def _bundle(description: Description, sections: tuple[MediaSection, ...]) -> tuple[str, ...]:
    """Mids that share the transport, the tagged one first. Without a group only the first live section counts."""
    live = {section.mid for section in sections if not section.refused}
    for value in description.lines.all("group"):
        semantics, *mids = value.split()
        if semantics != "BUNDLE":
            continue
        unique = tuple(dict.fromkeys(mid for mid in mids if mid in live))
        if unique:
            return unique
    first = next((section.mid for section in sections if not section.refused), None)
    if first is None:
        first = sections[0].mid
    return (first,)


def _one_meaning_per_number(sections: tuple[MediaSection, ...], bundle: tuple[str, ...]) -> None:
    """RFC 9143 section 9: within a bundle a payload type or an extension id means one thing."""
    extensions: dict[int, str] = {}
    codecs: dict[int, tuple[str, int]] = {}
    for section in sections:
        if section.mid not in bundle:
            continue
        for extension in section.extensions:
            if extensions.setdefault(extension.id, extension.uri) != extension.uri:
                raise SdpRefused("a header extension id has two meanings")
        for codec in section.codecs:
            if codecs.setdefault(codec.pt, (codec.name, codec.clock_hz)) != (codec.name, codec.clock_hz):
                raise SdpRefused("a payload type has two meanings")


def _value(description: Description, tagged: int, name: str) -> str | None:
    return description.sections[tagged].lines.first(name) or description.lines.first(name)


def credentials(ufrag: str | None, pwd: str | None) -> IceCredentials:
    """Checked by the grammar of RFC 8839 section 5.4. Raises SdpRefused."""
    if ufrag is None or pwd is None or not _UFRAG.fullmatch(ufrag) or not _PWD.fullmatch(pwd):
        raise SdpRefused("no usable ICE credentials")
    return IceCredentials(ufrag, pwd)


def _fingerprints(description: Description, tagged: int) -> tuple[Fingerprint, ...]:
    lines = description.sections[tagged].lines.all("fingerprint") or description.lines.all("fingerprint")
    found = []
    for value in lines[:8]:
        match = _FINGERPRINT.fullmatch(value.strip().replace("SHA-", "sha-"))
        if match is not None and match.group(2).count(":") + 1 == _DIGEST_BYTES[match.group(1)]:
            found.append(Fingerprint(match.group(1), match.group(2).upper()))
    if not found:
        raise SdpRefused("no usable fingerprint")
    return tuple(found)


def _setup(description: Description, tagged: int) -> Setup:
    match _value(description, tagged, "setup"):
        case "actpass":
            return "actpass"
        case "active":
            return "active"
        case "passive":
            return "passive"
        case _:
            raise SdpRefused("no usable setup attribute")
