"""AMF 0 (Adobe, 2007): the values inside RTMP commands. Bounded in depth and count; the size is the message's."""

import struct
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from conference.sources.worker.rtmp.errors import RtmpError

MAX_DEPTH: Final = 8
MAX_VALUES: Final = 512
"""In one message, the keys' values of objects and the items of arrays included."""

Value: TypeAlias = "bool | float | str | list[Value] | dict[str, Value] | None"

_NUMBER, _BOOLEAN, _STRING, _OBJECT, _MOVIECLIP, _NULL, _UNDEFINED, _REFERENCE = range(8)
_ECMA_ARRAY, _OBJECT_END, _STRICT_ARRAY, _DATE, _LONG_STRING, _UNSUPPORTED, _RECORDSET, _XML, _TYPED_OBJECT = range(
    8, 17
)
_AVMPLUS: Final = 17

_DOUBLE = struct.Struct(">d")


def decode(data: bytes | bytearray) -> list[Value]:
    """All values of a message body. What follows a switch to AMF 3 is left out. Raises RtmpError."""
    return _Decoder(data).values()


def encode(*values: Value) -> bytes:
    """The values one after the other."""
    out = bytearray()
    for value in values:
        _write(out, value)
    return bytes(out)


class _Decoder:
    def __init__(self, data: bytes | bytearray) -> None:
        self._data = data
        self._at = 0
        self._left = MAX_VALUES

    def values(self) -> list[Value]:
        found: list[Value] = []
        while self._at < len(self._data) and self._data[self._at] != _AVMPLUS:
            found.append(self._value(0))
        return found

    def _take(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise RtmpError("AMF value cut off")
        taken = bytes(self._data[self._at : end])
        self._at = end
        return taken

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _text(self, length_size: int) -> str:
        return self._take(self._number(length_size)).decode("utf-8", "replace")

    def _value(self, depth: int) -> Value:
        self._left -= 1
        if self._left < 0 or depth > MAX_DEPTH:
            raise RtmpError("AMF has too many values or is too deep")
        marker = self._number(1)
        if marker in {_NULL, _UNDEFINED, _UNSUPPORTED}:
            return None
        if marker in {_NUMBER, _BOOLEAN, _DATE}:
            return self._plain(marker)
        if marker in {_STRING, _LONG_STRING, _XML}:
            return self._text(2 if marker == _STRING else 4)
        return self._container(marker, depth)

    def _plain(self, marker: int) -> bool | float:
        if marker == _BOOLEAN:
            return self._number(1) != 0
        value = float(_DOUBLE.unpack(self._take(8))[0])
        if marker == _DATE:
            self._take(2)  # A time zone that must be ignored.
        return value

    def _container(self, marker: int, depth: int) -> Value:
        if marker == _REFERENCE:
            self._take(2)
            return None
        if marker == _STRICT_ARRAY:
            return [self._value(depth + 1) for _ in range(min(self._number(4), MAX_VALUES + 1))]
        if marker == _ECMA_ARRAY:
            self._take(4)  # A count that many encoders get wrong: the end marker is what counts.
        elif marker == _TYPED_OBJECT:
            self._text(2)
        elif marker != _OBJECT:
            raise RtmpError("AMF marker unknown")
        return self._members(depth)

    def _members(self, depth: int) -> dict[str, Value]:
        members: dict[str, Value] = {}
        while True:
            name = self._text(2)
            if not name and self._data[self._at : self._at + 1] == bytes((_OBJECT_END,)):
                self._at += 1
                return members
            members[name] = self._value(depth + 1)


def _write(out: bytearray, value: Value) -> None:
    if value is None:
        out.append(_NULL)
    elif isinstance(value, bool):
        out += bytes((_BOOLEAN, value))
    elif isinstance(value, int | float):
        out.append(_NUMBER)
        out += _DOUBLE.pack(value)
    elif isinstance(value, str):
        encoded = value.encode()
        out.append(_STRING)
        out += len(encoded).to_bytes(2, "big") + encoded
    elif isinstance(value, Mapping):
        out.append(_OBJECT)
        for name, member in value.items():
            encoded = name.encode()
            out += len(encoded).to_bytes(2, "big") + encoded
            _write(out, member)
        out += bytes((0, 0, _OBJECT_END))
    elif isinstance(value, Sequence):
        out.append(_STRICT_ARRAY)
        out += len(value).to_bytes(4, "big")
        for item in value:
            _write(out, item)
