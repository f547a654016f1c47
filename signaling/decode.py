"""From the text of one frame to one of the client's words; every way it can be wrong has its own error."""

from __future__ import annotations

from msgspec import Struct, ValidationError
from msgspec.json import Decoder

from conference.model.errors import JsonTooDeep, MessageInvalid, UnknownMessage
from signaling.limits import json_too_deep
from signaling.protocol import CLIENT_TYPES, ClientMessage, decode_client


def decode(text: bytes, *, max_depth: int) -> ClientMessage:
    """Raises JsonTooDeep, MessageInvalid (also for text that is not UTF-8) or UnknownMessage, and nothing else."""
    if json_too_deep(text, max_depth):
        raise JsonTooDeep(f"more than {max_depth} levels")
    try:
        return decode_client(text)
    except ValidationError as error:
        kind = _kind(text)
        if kind is not None and kind not in CLIENT_TYPES:
            raise UnknownMessage(kind[:32]) from None
        raise MessageInvalid(str(error)) from None
    except ValueError as error:  # not JSON at all, or not UTF-8
        raise MessageInvalid(str(error)) from None


class _Envelope(Struct):
    type: str


_decode_envelope = Decoder(_Envelope).decode


def _kind(text: bytes) -> str | None:
    try:
        return _decode_envelope(text).type
    except ValueError:
        return None
