"""Program specific information: which programs there are (PAT) and what a program consists of (PMT), section 2.4.4."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

PAT_PID: Final = 0
MAX_SECTION_BYTES: Final = 4096
MAX_STREAMS: Final = 64
_PAT_TABLE: Final = 0
_PMT_TABLE: Final = 2
_HEADER_BYTES: Final = 3
_REST_BYTES: Final = 9
"""Between header and content, and the CRC behind it."""


@dataclass(frozen=True, slots=True)
class Elementary:
    """One stream of a program. `descriptors`: tag and content."""

    pid: int
    stream_type: int
    descriptors: tuple[tuple[int, bytes], ...]

    def descriptor(self, tag: int) -> bytes | None:
        """The first with this tag."""
        return next((content for found, content in self.descriptors if found == tag), None)

    @property
    def registration(self) -> bytes:
        """Format identifier, b"" when it has none."""
        return (self.descriptor(0x05) or b"")[:4]


@dataclass(frozen=True, slots=True)
class Program:
    """A program's map."""

    pcr_pid: int
    streams: tuple[Elementary, ...]


def _crc_table() -> tuple[int, ...]:
    table = []
    for octet in range(256):
        value = octet << 24
        for _ in range(8):
            value = (value << 1 ^ 0x04C11DB7 if value & 0x80000000 else value << 1) & 0xFFFFFFFF
        table.append(value)
    return tuple(table)


_CRC: Final = _crc_table()


def crc32(data: bytes) -> int:
    """Annex A; 0 over a section with its own CRC."""
    crc = 0xFFFFFFFF
    for octet in data:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _CRC[crc >> 24 ^ octet]
    return crc


class SectionReader:
    """Sections of one PID, out of packet payloads. `bad`: sections dropped for their size or their CRC."""

    def __init__(self) -> None:
        self._buffer = b""
        self._seen = b""
        self.bad = 0

    def feed(self, payload: bytes, *, start: bool) -> list[bytes]:
        """The sections that are complete now and were not the last one's repetition, checked. `start`: the packet's
        payload unit start indicator."""
        if not start:
            if self._buffer:
                self._buffer += payload
            return list(self._complete())
        pointer = payload[0] + 1 if payload else 1
        if self._buffer:
            self._buffer += payload[1:pointer]
        sections = list(self._complete())
        self._buffer = payload[pointer:]
        return sections + list(self._complete())

    def drop(self) -> None:
        """A packet is missing: what was begun is useless."""
        self._buffer = b""

    def _complete(self) -> Iterator[bytes]:
        while len(self._buffer) >= _HEADER_BYTES:
            if self._buffer[0] == 0xFF:
                self._buffer = b""
                return
            size = _HEADER_BYTES + ((self._buffer[1] & 0x0F) << 8 | self._buffer[2])
            if size > MAX_SECTION_BYTES:
                self.bad += 1
                self._buffer = b""
                return
            if len(self._buffer) < size:
                return
            section, self._buffer = self._buffer[:size], self._buffer[size:]
            if section == self._seen:
                continue
            if crc32(section):
                self.bad += 1
                continue
            self._seen = section
            yield section


def _content(section: bytes, table: int) -> bytes | None:
    """None: another table, or one that is not valid yet."""
    if len(section) < _HEADER_BYTES + _REST_BYTES or section[0] != table or not section[5] & 1:
        return None
    return section[8:-4]


def parse_pat(section: bytes) -> list[int] | None:
    """PIDs of the programs' maps, in order. None: not a valid association table."""
    content = _content(section, _PAT_TABLE)
    if content is None:
        return None
    entries = [content[at : at + 4] for at in range(0, len(content) - 3, 4)]
    return [(entry[2] & 0x1F) << 8 | entry[3] for entry in entries if entry[0] or entry[1]]


def parse_pmt(section: bytes) -> Program | None:
    """None: not a valid program map. Streams beyond MAX_STREAMS are not looked at."""
    content = _content(section, _PMT_TABLE)
    if content is None or len(content) < 4:
        return None
    at = 4 + ((content[2] & 0x0F) << 8 | content[3])
    streams: list[Elementary] = []
    while at + 5 <= len(content) and len(streams) < MAX_STREAMS:
        pid = (content[at + 1] & 0x1F) << 8 | content[at + 2]
        size = (content[at + 3] & 0x0F) << 8 | content[at + 4]
        streams.append(Elementary(pid, content[at], _descriptors(content[at + 5 : at + 5 + size])))
        at += 5 + size
    return Program((content[0] & 0x1F) << 8 | content[1], tuple(streams))


def _descriptors(data: bytes) -> tuple[tuple[int, bytes], ...]:
    found = []
    at = 0
    while at + 2 <= len(data):
        size = data[at + 1]
        found.append((data[at], data[at + 2 : at + 2 + size]))
        at += 2 + size
    return tuple(found)
