"""Data packets of sources (KLV of drones) as they came, one append-only file per source and day, for later use.

A record: receive time (Unix ms, 8 bytes), media time (µs, 8 bytes, signed), length (4 bytes), all big-endian, then the
packet itself.
"""

import logging
import struct
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from conference.model.ids import SourceId
from conference.sources.words import Data

HEADER: Final = struct.Struct(">QqI")
MAX_DAY_BYTES: Final = 256 << 20
"""Two kilobytes twenty times a second, all day, is less than half of that."""

log = logging.getLogger(__name__)


class DataLog:
    """`folder` is made on first use."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._full: set[Path] = set()

    def keep(self, source: SourceId, packet: Data, *, at_s: float) -> None:
        """Appends one packet; a day's file that is full takes no more, which is said once. Never raises OSError."""
        day = datetime.fromtimestamp(at_s, UTC).strftime("%Y%m%d")
        file = self._folder / source / f"{day}.{'klv' if packet.kind == 'klv' else 'data'}"
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with file.open("ab") as stream:
                if stream.tell() + HEADER.size + len(packet.payload) > MAX_DAY_BYTES:
                    self._say_full(file, source)
                    return
                stream.write(HEADER.pack(int(at_s * 1000), packet.pts_us, len(packet.payload)) + packet.payload)
        except OSError as error:
            log.warning("x data of source %s: %s", source, error.strerror)

    def read(self, source: SourceId, day: str) -> list[tuple[int, int, bytes]]:
        """Every whole record of a day (`YYYYMMDD`, UTC): receive time in ms, media time in µs, packet."""
        file = self._folder / source / f"{day}.klv"
        raw = file.read_bytes() if file.exists() else b""
        found, at = [], 0
        while at + HEADER.size <= len(raw):
            at_ms, pts_us, length = HEADER.unpack_from(raw, at)
            at += HEADER.size
            if at + length > len(raw):
                break
            found.append((at_ms, pts_us, raw[at : at + length]))
            at += length
        return found

    def _say_full(self, file: Path, source: SourceId) -> None:
        if file not in self._full:
            self._full.add(file)
            log.warning("x data of source %s: today's file is full", source)
