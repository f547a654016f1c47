"""The bytes an RTMP publisher sends, written independently of the code under test: commands, chunks, FLV tags."""

import struct
from dataclasses import dataclass, field

SPS = bytes.fromhex("67640016acd940a03da1000003000100000300320f162d96")
PPS = bytes.fromhex("68ebe3cb22c0")
AVCC = b"\x01\x64\x00\x16\xff\xe1" + struct.pack(">H", len(SPS)) + SPS + b"\x01" + struct.pack(">H", len(PPS)) + PPS
ASC_44100_STEREO = bytes.fromhex("1210")

HANDSHAKE = b"\x03" + bytes(8) + b"r" * 1528 + b"R" * 1536


def amf(*values: object) -> bytes:
    """AMF 0 of None, bool, numbers, str, dict."""
    return b"".join(_amf(value) for value in values)


def _amf(value: object) -> bytes:
    match value:
        case None:
            return b"\x05"
        case bool():
            return bytes((1, value))
        case int() | float():
            return b"\x00" + struct.pack(">d", value)
        case str():
            return b"\x02" + struct.pack(">H", len(value)) + value.encode()
        case dict():
            members = b"".join(struct.pack(">H", len(k)) + k.encode() + _amf(v) for k, v in value.items())
            return b"\x03" + members + b"\x00\x00\x09"
    raise TypeError(type(value))


@dataclass
class Chunker:
    """Writes chunks as the specification's example does: the shortest header that tells the message."""

    size: int = 128
    shortest: bool = True
    repeat_extended: bool = True
    last: dict[int, tuple[int, int, int, int, int]] = field(default_factory=dict)

    def chunks(self, csid: int, type_id: int, timestamp: int, payload: bytes, stream_id: int = 1) -> list[bytes]:
        """One message, chunk by chunk."""
        before = self.last.get(csid)
        fmt, time = 0, timestamp
        if self.shortest and before is not None and before[0] <= timestamp and before[3] == stream_id:
            fmt, time = 1, timestamp - before[0]
            if before[1:3] == (len(payload), type_id):
                fmt = 3 if time == before[4] else 2
        self.last[csid] = (timestamp, len(payload), type_id, stream_id, time)
        head = min(time, 0xFFFFFF).to_bytes(3, "big")
        if fmt < 2:
            head += len(payload).to_bytes(3, "big") + bytes((type_id,))
        if fmt == 0:
            head += stream_id.to_bytes(4, "little")
        extended = time.to_bytes(4, "big") if time >= 0xFFFFFF else b""
        head = head + extended if fmt < 3 else extended
        out = [_basic(fmt, csid) + head + payload[: self.size]]
        follow = _basic(3, csid) + (extended if self.repeat_extended else b"")
        return out + [follow + payload[at : at + self.size] for at in range(self.size, len(payload), self.size)]

    def message(self, csid: int, type_id: int, timestamp: int, payload: bytes, stream_id: int = 1) -> bytes:
        """One message in one piece."""
        return b"".join(self.chunks(csid, type_id, timestamp, payload, stream_id))

    def command(self, *values: object, stream_id: int = 0) -> bytes:
        """An AMF 0 command message."""
        return self.message(3, 20, 0, amf(*values), stream_id)

    def set_size(self, size: int) -> bytes:
        """Set Chunk Size, then chunks of that size."""
        told = self.message(2, 1, 0, size.to_bytes(4, "big"), 0)
        self.size = size
        return told


def _basic(fmt: int, csid: int) -> bytes:
    if csid < 64:
        return bytes((fmt << 6 | csid,))
    if csid < 320:
        return bytes((fmt << 6, csid - 64))
    return bytes((fmt << 6 | 1,)) + (csid - 64).to_bytes(2, "little")


def opening(chunker: Chunker, key: str, *, app: str = "live", size: int | None = None) -> bytes:
    """Everything up to the publish command, as ffmpeg says it (without waiting for answers)."""
    out = HANDSHAKE
    if size is not None:
        out += chunker.set_size(size)
    about = {"app": app, "type": "nonprivate", "flashVer": "FMLE/3.0", "tcUrl": f"rtmp://h/{app}"}
    out += chunker.command("connect", 1, about)
    out += chunker.command("releaseStream", 2, None, key)
    out += chunker.command("FCPublish", 3, None, key)
    out += chunker.command("createStream", 4, None)
    return out + chunker.command("publish", 5, None, key, "live", stream_id=1)


def avc_configuration() -> bytes:
    """The first video tag."""
    return b"\x17\x00\x00\x00\x00" + AVCC


def avc_picture(size: int, *, key: bool = True, composition_ms: int = 0, filler: int = 0x5A) -> bytes:
    """A video tag with one slice of `size` bytes."""
    nal = bytes((0x65 if key else 0x41,)) + bytes((filler,)) * (size - 1)
    head = bytes((0x17 if key else 0x27, 1)) + composition_ms.to_bytes(3, "big", signed=True)
    return head + struct.pack(">I", len(nal)) + nal


def aac_configuration() -> bytes:
    """The first audio tag."""
    return b"\xaf\x00" + ASC_44100_STEREO


def aac_frame(size: int, filler: int = 0x21) -> bytes:
    """An audio tag."""
    return b"\xaf\x01" + bytes((filler,)) * size
