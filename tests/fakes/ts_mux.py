"""A multiplexer for tests: MPEG-TS by hand, with everything a good and a bad one can do. Shares no code with the
demuxer."""

from collections import Counter
from collections.abc import Sequence

PMT_PID = 0x100
PCR_PID = 0x101
UNIVERSAL_KEY = bytes.fromhex("060e2b34020b01010e01030101000000")


def crc(data: bytes) -> bytes:
    """CRC-32/MPEG-2, bit by bit."""
    value = 0xFFFFFFFF
    for octet in data:
        value ^= octet << 24
        for _ in range(8):
            value = value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)
        value &= 0xFFFFFFFF
    return value.to_bytes(4, "big")


def section(table: int, number: int, content: bytes, version: int = 0) -> bytes:
    """A whole section with its CRC."""
    size = 5 + len(content) + 4
    head = bytes([table, 0xB0 | size >> 8, size & 255]) + number.to_bytes(2, "big") + bytes([0xC1 | version << 1, 0, 0])
    return head + content + crc(head + content)


def descriptor(tag: int, content: bytes) -> bytes:
    return bytes([tag, len(content)]) + content


def stamp(prefix: int, ticks: int) -> bytes:
    """PTS or DTS field."""
    ticks &= (1 << 33) - 1
    return bytes(
        [
            prefix << 4 | ticks >> 29 & 0x0E | 1,
            ticks >> 22 & 255,
            ticks >> 14 & 0xFE | 1,
            ticks >> 7 & 255,
            ticks << 1 & 0xFE | 1,
        ]
    )


def pes(
    payload: bytes, pts: int | None = None, dts: int | None = None, *, stream_id: int = 0xE0, bounded: bool = False
) -> bytes:
    """A PES packet. `bounded`: with its length."""
    fields = b"" if pts is None else stamp(2, pts) if dts is None else stamp(3, pts) + stamp(1, dts)
    flags = 0 if pts is None else 0x80 if dts is None else 0xC0
    size = 3 + len(fields) + len(payload) if bounded else 0
    return b"\0\0\1" + bytes([stream_id, size >> 8, size & 255, 0x80, flags, len(fields)]) + fields + payload


def klv(value: bytes, *, long_length: bool = False) -> bytes:
    """A KLV packet with a universal key."""
    size = len(value)
    length = bytes([size]) if size < 128 and not long_length else b"\x84" + size.to_bytes(4, "big")
    return UNIVERSAL_KEY + length + value


def cell(content: bytes, part: int = 3, number: int = 0) -> bytes:
    """A metadata access unit cell; `part` 3 whole, 2 first, 0 middle, 1 last."""
    return bytes([0, number, part << 6 | 0x0F]) + len(content).to_bytes(2, "big") + content


class Mux:
    """Keeps the continuity counters."""

    def __init__(self) -> None:
        self.counters: Counter[int] = Counter()

    def packet(
        self, pid: int, payload: bytes, *, start: bool = False, adaptation: bytes | None = None, scrambling: int = 0
    ) -> bytes:
        """`adaptation`: from its flags on; stuffing is added as needed. At most 184 bytes of payload."""
        field = b""
        if adaptation is not None or len(payload) < 184:
            inner = adaptation or b""
            room = 183 - len(payload) - len(inner)
            if room > 0 and not inner:
                inner, room = b"\0", room - 1
            field = bytes([len(inner) + room]) + inner + b"\xff" * room
        control = (0x20 if field else 0) | (0x10 if payload else 0)
        head = bytes([0x47, (0x40 if start else 0) | pid >> 8, pid & 255])
        head += bytes([scrambling << 6 | control | self.counters[pid] & 15])
        if payload:
            self.counters[pid] += 1
        made = head + field + payload
        assert len(made) == 188
        return made

    def unit(self, pid: int, data: bytes) -> bytes:
        """A PES packet over as many packets as it takes, the last one stuffed."""
        cut = range(0, len(data), 184)
        return b"".join(self.packet(pid, data[at : at + 184], start=at == 0) for at in cut)

    def tables(self, streams: Sequence[tuple[int, int, bytes]], *, version: int = 0, pcr_pid: int = PCR_PID) -> bytes:
        """PAT and PMT; streams: pid, type, descriptors."""
        pat = section(0, 1, b"\0\1" + (0xE000 | PMT_PID).to_bytes(2, "big"))
        content = (0xE000 | pcr_pid).to_bytes(2, "big") + b"\xf0\0"
        for pid, kind, descriptors in streams:
            content += bytes([kind]) + (0xE000 | pid).to_bytes(2, "big")
            content += (0xF000 | len(descriptors)).to_bytes(2, "big") + descriptors
        return self.table(0, pat) + self.table(PMT_PID, section(2, 1, content, version))

    def table(self, pid: int, whole: bytes) -> bytes:
        """A section over as many packets as it takes."""
        data = b"\0" + whole
        data += b"\xff" * (-len(data) % 184)
        return b"".join(self.packet(pid, data[at : at + 184], start=at == 0) for at in range(0, len(data), 184))

    def pcr(self, ticks: int, *, jumps: bool = False) -> bytes:
        """A packet with a PCR and nothing else."""
        base = (ticks & ((1 << 33) - 1)) << 15 | 0x7E00
        return self.packet(PCR_PID, b"", adaptation=bytes([0x90 if jumps else 0x10]) + base.to_bytes(6, "big"))
