"""AV1 out of RTP (the AV1 RTP payload specification 1.0, section 4), as Matroska holds it: OBUs with sizes, av1C."""

from conference.sources.worker.media.bits import Malformed
from recorder.worker.formats.av1_sequence import Sequence, parse_sequence
from recorder.worker.formats.frame import MAX_FRAME_BYTES, Picture

_SEQUENCE, _DELIMITER, _FRAME_HEADER, _FRAME, _TILE_LIST, _PADDING = 1, 2, 3, 6, 8, 15
_MAX_OBUS = 512
_MAX_SEQUENCE_BYTES = 1024


def leb128(value: int) -> bytes:
    """Section 4.10.5 of the AV1 bitstream specification."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_leb128(data: bytes, at: int) -> tuple[int, int]:
    """(value, behind it). Raises Malformed."""
    value = 0
    for index in range(4):
        if at + index >= len(data):
            break
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at + index + 1
    raise Malformed("leb128")


class Av1:
    """A temporal unit is a picture; of several spatial layers all are kept, a decoder shows the highest."""

    def __init__(self) -> None:
        self._obus: list[bytes] = []
        self._part: list[bytes] = []
        self._continues = False
        self._bytes = 0
        self._sequence: Sequence | None = None
        self._sequence_obu = b""

    def begins(self, payload: bytes) -> bool:
        """The N bit: the first packet of a coded video sequence."""
        return payload[0] & 0x88 == 0x08

    def add(self, payload: bytes) -> bool:
        self._bytes += len(payload)
        head = payload[0]
        if self._bytes > MAX_FRAME_BYTES or bool(head & 0x80) != self._continues:
            return False
        try:
            elements = _elements(payload, (head >> 4) & 3)
        except Malformed:
            return False
        if not elements:
            return False
        for element in elements[:-1]:
            self._part.append(element)
            self._complete()
        self._part.append(elements[-1])
        self._continues = bool(head & 0x40)
        if not self._continues:
            self._complete()
        return len(self._obus) <= _MAX_OBUS

    def finish(self) -> Picture | None:
        obus, whole = self._obus, not self._continues
        self.reset()
        if not whole:
            return None
        try:
            return self._picture(obus)
        except Malformed:
            return None

    def reset(self) -> None:
        self._obus = []
        self._part = []
        self._continues = False
        self._bytes = 0

    def private(self) -> bytes:
        """AV1CodecConfigurationRecord (AV1 in ISOBMFF, section 2.3) with the sequence header."""
        return b"" if self._sequence is None else self._sequence.record() + self._sequence_obu

    def _complete(self) -> None:
        obu = b"".join(self._part)
        self._part = []
        if obu:
            self._obus.append(obu)

    def _picture(self, obus: list[bytes]) -> Picture | None:
        parts: list[bytes] = []
        key: bool | None = None
        begins_sequence = False
        for obu in obus:
            head = obu[0]
            kind = (head >> 3) & 15
            at = 2 if head & 4 else 1
            extension = obu[1:at]
            end = len(obu)
            if head & 2:
                size, at = read_leb128(obu, at)
                end = at + size
            if end > len(obu) or head & 0x80:
                raise Malformed("obu")
            if kind in (_DELIMITER, _TILE_LIST, _PADDING):
                continue
            body = obu[at:end]
            sized = bytes([head | 2]) + extension + leb128(len(body)) + body
            if kind == _SEQUENCE:
                self._learn(body, sized)
                begins_sequence = True
            elif kind in (_FRAME_HEADER, _FRAME) and key is None:
                key = _is_key(body)
            parts.append(sized)
        if key is None:
            return Picture(b"")
        if not (key and begins_sequence) or self._sequence is None:
            return Picture(b"".join(parts))
        return Picture(b"".join(parts), (self._sequence.width, self._sequence.height))

    def _learn(self, body: bytes, sized: bytes) -> None:
        if sized != self._sequence_obu:
            if len(body) > _MAX_SEQUENCE_BYTES:
                raise Malformed("sequence header")
            self._sequence, self._sequence_obu = parse_sequence(body), sized


def _is_key(body: bytes) -> bool:
    """show_existing_frame 0, frame_type KEY_FRAME, show_frame 1 (section 5.9.2)."""
    return bool(body) and body[0] & 0xF0 == 0x10


def _elements(payload: bytes, count: int) -> list[bytes]:
    """The OBU elements (section 4.3); with a count the last one has no length. Raises Malformed."""
    found: list[bytes] = []
    at, end = 1, len(payload)
    while at < end:
        if count and len(found) == count - 1:
            found.append(payload[at:])
            return found
        size, at = read_leb128(payload, at)
        if at + size > end:
            raise Malformed("element")
        found.append(payload[at : at + size])
        at += size
        if len(found) > _MAX_OBUS:
            raise Malformed("too many elements")
    if count:
        raise Malformed("element count")
    return found
