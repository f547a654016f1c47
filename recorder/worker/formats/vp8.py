"""VP8 out of RTP (RFC 7741); its frame header: RFC 6386 section 9.1."""

from recorder.worker.formats.frame import MAX_FRAME_BYTES, Picture


def descriptor_bytes(payload: bytes) -> int:
    """Length of the payload descriptor (section 4.2), or of the payload and more when it is cut short."""
    if not payload[0] & 0x80:
        return 1
    if len(payload) < 2:
        return 2
    extensions = payload[1]
    size = 2
    if extensions & 0x80:
        size += 2 if len(payload) > 2 and payload[2] & 0x80 else 1
    if extensions & 0x40:
        size += 1
    if extensions & 0x30:
        size += 1
    return size


class Vp8:
    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._bytes = 0

    def begins(self, payload: bytes) -> bool:
        """S bit and partition 0."""
        return payload[0] & 0x17 == 0x10

    def add(self, payload: bytes) -> bool:
        head = descriptor_bytes(payload)
        if head >= len(payload) or (not self._parts and payload[0] & 0x17 != 0x10):
            return False
        self._parts.append(payload[head:])
        self._bytes += len(payload)
        return self._bytes <= MAX_FRAME_BYTES

    def finish(self) -> Picture | None:
        data = b"".join(self._parts)
        self.reset()
        if len(data) < 3:
            return None
        if data[0] & 1:
            return Picture(data)
        if len(data) < 10 or data[3:6] != b"\x9d\x01\x2a":
            return None
        width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return Picture(data, (width, height)) if width and height else None

    def reset(self) -> None:
        self._parts.clear()
        self._bytes = 0

    def private(self) -> bytes:
        return b""
