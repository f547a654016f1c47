"""Byte ranges and preconditions of one representation (RFC 9110 sections 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from signaling.errors import RangeUnsatisfiable

MAX_RANGE_CHARS: Final = 256
"""One range of a file of any size needs fewer; lists of many are not read at all."""
_SET: Final = re.compile(r"bytes=(.*)", re.ASCII | re.IGNORECASE)
_SPEC: Final = re.compile(r"(\d*)-(\d*)", re.ASCII)
_DIGITS: Final = 18
_BEYOND: Final = 10**_DIGITS
"""Larger than any file; longer numbers are not converted."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes [start, start + length) of a representation; what a Range asks for has at least one."""

    start: int
    length: int

    def content_range(self, size_bytes: int) -> str:
        """The value of Content-Range (section 14.4)."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size_bytes}"


def span_of(ranges: Sequence[str], size_bytes: int, *, open_ended_bytes: int = _BEYOND) -> Span | None:
    """What a GET with these Range headers gets; None: all of it, as without the header. `open_ended_bytes`: the most
    that a range without an end gets; who reads on asks again.

    A unit that is unknown, a set of several ranges and one that cannot be read are ignored, as section 14.2 allows:
    only a single range is ever sent. Raises RangeUnsatisfiable for a single range that has no byte of it.
    """
    if len(ranges) != 1 or len(ranges[0]) > MAX_RANGE_CHARS:
        return None
    found = _SET.fullmatch(ranges[0].strip(" \t"))
    if found is None:
        return None
    specs = [spec for spec in (part.strip(" \t") for part in found[1].split(",")) if spec]
    spec = _SPEC.fullmatch(specs[0]) if len(specs) == 1 else None
    if spec is None or not (spec[1] or spec[2]):
        return None
    return (
        _suffix(_number(spec[2]), size_bytes) if not spec[1] else _from(spec[1], spec[2], size_bytes, open_ended_bytes)
    )


def _from(first_digits: str, last_digits: str, size_bytes: int, open_ended_bytes: int) -> Span | None:
    first = _number(first_digits)
    last = _number(last_digits) if last_digits else first + open_ended_bytes - 1
    if last < first:
        return None  # section 14.1.1: invalid
    if first >= size_bytes:
        raise RangeUnsatisfiable(size_bytes)
    return Span(first, min(last, size_bytes - 1) - first + 1)


def _suffix(length: int, size_bytes: int) -> Span | None:
    if length == 0:
        raise RangeUnsatisfiable(size_bytes)
    # Of an empty representation every suffix is satisfied by all of it, and no Content-Range can say so.
    return Span(max(0, size_bytes - length), min(length, size_bytes)) if size_bytes else None


def _number(digits: str) -> int:
    significant = digits.lstrip("0")
    return int(significant or "0") if len(significant) <= _DIGITS else _BEYOND


@dataclass(frozen=True, slots=True)
class EntityTag:
    """`weak`: the bytes may differ although the tag is the same (section 8.8.1)."""

    value: str
    weak: bool

    def __str__(self) -> str:
        return f'W/"{self.value}"' if self.weak else f'"{self.value}"'


def same_for_range(tag: EntityTag, if_range: str | None) -> bool:
    """Whether If-Range lets a Range header count (section 13.1.5): a strong comparison, so never for a weak tag. A date
    is never ours: no answer here has a Last-Modified."""
    return if_range is None or (not tag.weak and if_range.strip(" \t") == str(tag))


def matches(tag: EntityTag, listed: Iterable[tuple[str, bool]], *, strong: bool) -> bool:
    """Whether one of the tags (value, weak) of If-Match (strong) or If-None-Match is this one, or `*`."""
    return any(value == "*" or (value == tag.value and not (strong and (weak or tag.weak))) for value, weak in listed)
