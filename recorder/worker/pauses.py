"""What stands in a sound file where nothing came. Players count what they have played: a browser's clock falls behind
by each hole in a file, and by the difference of the sender's clock and ours. So a file has as much sound as time."""

from typing import Final

_FRAME_US: Final = 20_000
_SLACK_US: Final = 5_000
"""What a missing packet may seem to be shorter than it was, by the clock's own movements."""
_CONCEALED_US: Final = 60_000
"""The decoder goes on with the last sound for so long; more would be heard as a tone that nobody made."""
_MAX_PAUSE_US: Final = 60_000_000
"""A longer one is not written out: another file begins."""
MAX_AHEAD_US: Final = 60_000
"""More sound than time: another file begins, since sound that came is not left out. Half an hour with a clock that is
35 ppm fast."""
_SILENCE: Final = b"\xff\xfe"
"""CELT's silence flag (RFC 6716 section 4.3)."""
_CELT_20_MS: Final = 0xF8
_STEREO: Final = 0x04


class Pauses:
    """Of one file, whose sound begins at `begun_us`."""

    __slots__ = ("_head", "_until_us", "_us")

    def __init__(self, begun_us: int) -> None:
        self._until_us = begun_us
        self._head = _CELT_20_MS
        self._us = _FRAME_US

    def wrote(self, packet: bytes, us: int) -> None:
        """An Opus packet that lasts `us` was written."""
        self._until_us += us
        frames = packet[0] & 3
        self._head, self._us = (packet[0], us) if frames == 0 else (_CELT_20_MS | packet[0] & _STEREO, _FRAME_US)

    def before(self, at_us: int) -> list[tuple[int, bytes]] | None:
        """(time, packet) of what must be written so that sound of this time may follow. None: it may not follow in this
        file."""
        missing_us = at_us - self._until_us
        if not -MAX_AHEAD_US <= missing_us <= _MAX_PAUSE_US:
            return None
        missing_us += _SLACK_US
        if missing_us < _FRAME_US:
            return []
        if missing_us <= _CONCEALED_US + _SLACK_US and self._us <= missing_us:
            # A packet of nothing but its first byte: the decoder is to conceal (RFC 6716 section 2.1.7).
            return self._filled(bytes([self._head]), self._us, missing_us // self._us)
        silence = bytes([_CELT_20_MS | self._head & _STEREO]) + _SILENCE
        return self._filled(silence, _FRAME_US, missing_us // _FRAME_US)

    def _filled(self, packet: bytes, us: int, count: int) -> list[tuple[int, bytes]]:
        begun_us = self._until_us
        self._until_us += count * us
        return [(begun_us + number * us, packet) for number in range(count)]
