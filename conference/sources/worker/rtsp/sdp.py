"""Session descriptions as cameras write them (RFC 8866, RFC 2326 appendix C): only what a receiver needs."""

from dataclasses import dataclass, field
from typing import Final

from conference.sources.worker.rtsp.trouble import broken

MAX_BYTES: Final = 65_536
MAX_MEDIA: Final = 16
MAX_FORMATS: Final = 64

_STATIC: Final[dict[int, tuple[str, int, int]]] = {  # RFC 3551 §6
    0: ("PCMU", 8000, 1),
    2: ("G726-32", 8000, 1),
    3: ("GSM", 8000, 1),
    4: ("G723", 8000, 1),
    8: ("PCMA", 8000, 1),
    9: ("G722", 8000, 1),
    10: ("L16", 44100, 2),
    11: ("L16", 44100, 1),
    14: ("MPA", 90000, 1),
    18: ("G729", 8000, 1),
    26: ("JPEG", 90000, 1),
    32: ("MPV", 90000, 1),
    33: ("MP2T", 90000, 1),
    34: ("H263", 90000, 1),
}


@dataclass(frozen=True, slots=True)
class Format:
    """One payload type of a medium. `encoding` in upper case; `parameters`: fmtp, names in lower case."""

    payload_type: int
    encoding: str
    clock_hz: int
    channels: int
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Medium:
    """`kind`: video, audio, application, …; `control`: as written, "" without one."""

    kind: str
    control: str
    formats: tuple[Format, ...]


@dataclass(frozen=True, slots=True)
class Description:
    """`control`: of the whole presentation."""

    control: str
    media: tuple[Medium, ...]


@dataclass(slots=True)
class _Section:
    kind: str = ""
    payload_types: list[int] = field(default_factory=list)
    control: str = ""
    maps: dict[int, str] = field(default_factory=dict)
    parameters: dict[int, str] = field(default_factory=dict)


def parse(body: bytes) -> Description:
    """Raises RtspTrouble when it is too large; what is not understood is left out."""
    if len(body) > MAX_BYTES:
        raise broken("description too large")
    session = _Section()
    sections: list[_Section] = []
    for line in body.decode("utf-8", "replace").splitlines():
        kind, _, value = line.strip().partition("=")
        if kind == "m":
            if len(sections) == MAX_MEDIA:
                raise broken("too many media")
            sections.append(_opened(value))
        elif kind == "a":
            _attribute(sections[-1] if sections else session, value)
    media = tuple(Medium(each.kind, each.control, _formats(each)) for each in sections)
    return Description(session.control, media)


def _opened(value: str) -> _Section:
    words = value.split()
    types = [number for word in words[3 : 3 + MAX_FORMATS] if (number := _number(word, 127)) is not None]
    return _Section(kind=words[0].lower() if words else "", payload_types=types)


def _attribute(section: _Section, value: str) -> None:
    name, _, rest = value.partition(":")
    rest = rest.strip()
    if name == "control":
        section.control = section.control or rest
    elif name in ("rtpmap", "fmtp"):
        head, _, tail = rest.partition(" ")
        number = _number(head, 127)
        if number is not None:
            (section.maps if name == "rtpmap" else section.parameters)[number] = tail.strip()


def _formats(section: _Section) -> tuple[Format, ...]:
    found = []
    for number in section.payload_types:
        encoding, clock_hz, channels = _mapped(section.maps.get(number, ""), section.kind) or _STATIC.get(
            number, ("", 0, 0)
        )
        if encoding:
            parameters = _parameters(section.parameters.get(number, ""))
            found.append(Format(number, encoding, clock_hz, channels, parameters))
    return tuple(found)


def _mapped(text: str, kind: str) -> tuple[str, int, int] | None:
    encoding, _, tail = text.partition("/")
    clock, _, channels = tail.partition("/")
    clock_hz = _number(clock, 1_000_000)
    if not encoding or not clock_hz:
        return None
    count = _number(channels, 8) if kind == "audio" else 1
    return encoding.strip().upper(), clock_hz, count or 1


def _parameters(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}


def _number(text: str, most: int) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) <= most else None
