"""SDP as lines (RFC 8866): a bounded parser that keeps every line of every m-section, in order.

`parse` is the only door for foreign SDP. Whatever it gets, it returns a Description or raises SdpRefused.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from conference.model.errors import SdpRefused, TooManySections

MAX_CHARS: Final = 200_000
MAX_LINES: Final = 4096
MAX_LINE_CHARS: Final = 8192
MAX_SECTIONS: Final = 64

_MEDIA: Final = re.compile(
    r"([a-z]{1,16}) ([0-9]{1,5})(?:/[0-9]{1,3})? ([A-Za-z0-9/.+-]{1,64})((?: [A-Za-z0-9*_-]{1,32}){1,128})"
)
_ORIGIN: Final = re.compile(r"\S{1,64} ([0-9]{1,20}) ([0-9]{1,20}) IN IP[46] \S{1,255}")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Lines:
    """The attribute lines of one level (`name`, `value`), in order; `a=name` without colon has the value ""."""

    attributes: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Values of every `a=name` line."""
        return [value for key, value in self.attributes if key == name]

    def first(self, name: str) -> str | None:
        """Value of the first `a=name` line, None when there is none."""
        return next((value for key, value in self.attributes if key == name), None)

    def has(self, name: str) -> bool:
        """Whether there is an `a=name` line."""
        return any(key == name for key, _ in self.attributes)


@dataclass(frozen=True, slots=True)
class Section:
    """One m-section as it was written. `port` 0 means rejected unless `a=bundle-only`."""

    media: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    lines: Lines


@dataclass(frozen=True, slots=True)
class Description:
    """`session_id`, `version`: of the `o=` line; they are numbers up to 64 bits, kept as text."""

    session_id: str
    version: str
    lines: Lines
    sections: tuple[Section, ...]


def parse(text: str, *, max_sections: int = MAX_SECTIONS) -> Description:
    """Raises SdpRefused; takes time linear in the text."""
    lines = split(text)
    if lines[0] != ("v", "0"):
        raise SdpRefused("does not begin with v=0")
    starts = [number for number, (kind, _) in enumerate(lines) if kind == "m"]
    if len(starts) > max_sections:
        raise TooManySections(f"{len(starts)} m-sections")
    bounds = [*starts, len(lines)]
    head = lines[: bounds[0]]
    session_id, version = _origin(head)
    return Description(
        session_id=session_id,
        version=version,
        lines=_attributes(head),
        sections=tuple(_section(lines[start:end]) for start, end in pairwise(bounds)),
    )


def split(text: str) -> list[tuple[str, str]]:
    """The bounded text as (letter, value) lines. Raises SdpRefused."""
    if len(text) > MAX_CHARS:
        raise SdpRefused("too long")
    if _UNPRINTABLE.search(text):
        raise SdpRefused("control characters")
    rows = text.replace("\r\n", "\n").rstrip("\n").split("\n")
    if len(rows) > MAX_LINES:
        raise SdpRefused("too many lines")
    lines = []
    for row in rows:
        if len(row) > MAX_LINE_CHARS:
            raise SdpRefused("a line is too long")
        if len(row) < 2 or row[1] != "=" or not "a" <= row[0] <= "z" or "\r" in row:
            raise SdpRefused("a line is not <letter>=<value>")
        lines.append((row[0], row[2:].rstrip(" ")))
    return lines


def _origin(head: list[tuple[str, str]]) -> tuple[str, str]:
    origins = [value for kind, value in head if kind == "o"]
    match = _ORIGIN.fullmatch(origins[0]) if len(origins) == 1 else None
    if match is None:
        raise SdpRefused("bad o= line")
    return match.group(1), match.group(2)


def _section(lines: list[tuple[str, str]]) -> Section:
    match = _MEDIA.fullmatch(lines[0][1])
    if match is None or int(match.group(2)) > 65535:
        raise SdpRefused("bad m= line")
    return Section(
        media=match.group(1),
        port=int(match.group(2)),
        protocol=match.group(3),
        formats=tuple(match.group(4).split()),
        lines=_attributes(lines[1:]),
    )


def _attributes(lines: list[tuple[str, str]]) -> Lines:
    found = []
    for kind, value in lines:
        if kind == "a":
            name, _, rest = value.partition(":")
            found.append((name, rest))
    return Lines(tuple(found))
