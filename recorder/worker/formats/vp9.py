"""VP9 out of RTP (RFC 9628); its frame header and superframes: VP9 bitstream specification 6.2 and annex B."""

from conference.sources.worker.media.bits import BitReader, Malformed
from recorder.worker.formats.frame import MAX_FRAME_BYTES, Picture

_SYNC_CODE = 0x498342
_MAX_LAYERS = 8


def descriptor_bytes(payload: bytes) -> int:
    """Length of the payload descriptor (section 4.2). Raises IndexError when it is cut short."""
    flags = payload[0]
    at = 1
    if flags & 0x80:  # I
        at += 2 if payload[at] & 0x80 else 1
    if flags & 0x20:  # L
        at += 1 if flags & 0x10 else 2
    if flags & 0x50 == 0x50:  # F and P: up to three reference differences
        for _ in range(3):
            at += 1
            if not payload[at - 1] & 1:
                break
    if flags & 0x02:  # V
        at = _after_structure(payload, at)
    return at


def _after_structure(payload: bytes, at: int) -> int:
    """Behind the scalability structure (section 4.2.1)."""
    head = payload[at]
    at += 1
    if head & 0x10:
        at += 4 * ((head >> 5) + 1)
    if head & 0x08:
        pictures = payload[at]
        at += 1
        for _ in range(pictures):
            at += 1 + ((payload[at] >> 2) & 3)
    return at


def key_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) when a keyframe begins with these bytes, else None. Raises Malformed."""
    reader = BitReader(data[:24])
    if reader.bits(2) != 2:
        raise Malformed("frame marker")
    profile = reader.bits(1) | reader.bits(1) << 1
    if profile == 3:
        reader.bits(1)
    if reader.bits(1) or reader.bits(1):  # show_existing_frame, frame_type
        return None
    reader.bits(2)
    if reader.bits(24) != _SYNC_CODE:
        raise Malformed("sync code")
    if profile >= 2:
        reader.bits(1)
    if reader.bits(3) != 7:  # color_space: CS_RGB
        reader.bits(1)
        if profile & 1:
            reader.bits(3)
    elif profile & 1:
        reader.bits(1)
    return reader.bits(16) + 1, reader.bits(16) + 1


class Vp9:
    """A picture may have several spatial layers, each a frame of its own: they become one superframe."""

    def __init__(self) -> None:
        self._layers: list[list[bytes]] = []
        self._open = False
        self._bytes = 0

    def begins(self, payload: bytes) -> bool:
        """The B bit, in the lowest layer."""
        if not payload[0] & 0x08:
            return False
        at = 1 + (2 if len(payload) > 1 and payload[0] & 0x80 and payload[1] & 0x80 else (payload[0] >> 7))
        return not payload[0] & 0x20 or (len(payload) > at and payload[at] & 0x0E == 0)

    def add(self, payload: bytes) -> bool:
        try:
            head = descriptor_bytes(payload)
        except IndexError:
            return False
        begins = bool(payload[0] & 0x08)
        if head >= len(payload) or begins == self._open:
            return False
        if begins:
            self._layers.append([])
        self._layers[-1].append(payload[head:])
        self._open = not payload[0] & 0x04
        self._bytes += len(payload)
        return self._bytes <= MAX_FRAME_BYTES and len(self._layers) <= _MAX_LAYERS

    def finish(self) -> Picture | None:
        frames = [b"".join(parts) for parts in self._layers]
        whole = not self._open
        self.reset()
        if not frames or not whole:
            return None
        try:
            size = key_size(frames[0])
        except Malformed:
            return None
        data = frames[0] if len(frames) == 1 else superframe(frames)
        return Picture(data, size)

    def reset(self) -> None:
        self._layers = []
        self._open = False
        self._bytes = 0

    def private(self) -> bytes:
        return b""


def superframe(frames: list[bytes]) -> bytes:
    """Annex B: the frames and the index behind them."""
    size_bytes = (max(len(frame) for frame in frames).bit_length() + 7) // 8
    marker = bytes([0xC0 | (size_bytes - 1) << 3 | len(frames) - 1])
    sizes = b"".join(len(frame).to_bytes(size_bytes, "little") for frame in frames)
    return b"".join(frames) + marker + sizes + marker
