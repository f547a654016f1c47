"""The socket from the relay: plain RTP and sender reports in, keyframe requests out (RFC 3550, RFC 4571, RFC 4585)."""

import os
import struct
from collections.abc import Callable
from typing import Final, Protocol

from conference.children.worker.loop import Loop

MAX_DATAGRAM_BYTES: Final = 65_535
_READS_PER_TURN: Final = 256
_MAX_POLL_S: Final = 1 / 4
_MIN_POLL_S: Final = 0.002
_POLL_BYTES: Final = 64 << 10
"""To be expected at each poll. An unprivileged Unix socket holds three times as much in packets of 1.2 kB: a burst fits
in. Waking for each packet would cost more than the packet."""
_HEAD: Final = struct.Struct("!HBBHII")
"""The length in front and the fixed RTP header."""
_MIN_PACKET_BYTES: Final = 12
_REPORT: Final = struct.Struct("!III")
_PLI: Final = struct.Struct("!HBBHII")
_RTCP_SR, _RTCP_PSFB = 200, 206
_RTCP_TYPES: Final = range(192, 224)
"""RFC 5761 section 4: no RTP packet has such a second byte."""
_NTP_EPOCH_S: Final = 2_208_988_800
_OWN_SSRC: Final = 1


class Receiver(Protocol):
    """One stream's end in the child. `pt`: packets of other payload types are not its."""

    pt: int

    def packet(self, seq: int, timestamp: int, marker: bool, payload: bytes, now_us: int) -> None:
        """`payload` is empty for a packet of padding only. `now_us`: arrival, Unix time."""
        ...

    def report(self, unix_us: int, timestamp: int, now_us: int) -> None:
        """From a sender report: what RTP time it was at this Unix time."""
        ...


class Tap:
    """Gives packets to the receivers by SSRC. `now_us`: Unix time on a clock that does not jump. `on_closed`: called
    once, when the relay's end is gone."""

    def __init__(self, loop: Loop, fd: int, now_us: Callable[[], int], on_closed: Callable[[], None]) -> None:
        self._loop = loop
        self._fd = fd
        self._now_us = now_us
        self._on_closed = on_closed
        self._open = True
        self.receivers: dict[int, Receiver] = {}
        self.malformed = 0
        self.foreign = 0
        self._bytes = 0
        self._polled_s = loop.now_s()
        os.set_blocking(fd, False)

    def release(self, ssrc: int, receiver: Receiver) -> None:
        """No more packets for this one; harmless when another has taken its SSRC."""
        if self.receivers.get(ssrc) is receiver:
            del self.receivers[ssrc]

    def poll(self) -> float:
        """Reads what is there. In how many seconds to come again."""
        now_s = self._loop.now_s()
        self._bytes = 0
        self._read()
        elapsed_s, self._polled_s = now_s - self._polled_s, now_s
        if self._bytes <= _POLL_BYTES:
            return _MAX_POLL_S if elapsed_s >= _MAX_POLL_S / 2 else min(2 * elapsed_s + _MIN_POLL_S, _MAX_POLL_S)
        return min(max(elapsed_s * _POLL_BYTES / self._bytes, _MIN_POLL_S), _MAX_POLL_S)

    def ask_keyframe(self, ssrc: int) -> None:
        """PLI (RFC 4585 section 6.3.1). Never blocks; one that does not fit is lost, and its asker asks again."""
        if not self._open:
            return
        try:
            os.write(self._fd, _PLI.pack(12, 0x81, _RTCP_PSFB, 2, _OWN_SSRC, ssrc))
        except BlockingIOError:
            pass
        except OSError:
            self._close()

    def datagram(self, data: bytes, now_us: int) -> None:
        """All packets of one datagram; stops where the lengths make no sense."""
        at, end = 0, len(data)
        while at + 2 + _MIN_PACKET_BYTES <= end:
            size, first, second, seq, timestamp, ssrc = _HEAD.unpack_from(data, at)
            begin = at + 2
            at = begin + size
            if size < _MIN_PACKET_BYTES or at > end or first >> 6 != 2:
                break
            if second in _RTCP_TYPES:
                self._rtcp(data, begin, at, now_us)
                continue
            receiver = self.receivers.get(ssrc)
            if receiver is None or second & 0x7F != receiver.pt:
                self.foreign += 1
                continue
            begin += _MIN_PACKET_BYTES + 4 * (first & 0x0F)
            if first & 0x10:
                # A header extension (RFC 3550 section 5.3.1) whose length cannot be read ends behind the packet.
                begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big") if begin + 4 <= at else size
            stop = at - data[at - 1] if first & 0x20 else at
            if begin > at or (begin > stop and not first & 0x20):
                self.malformed += 1
                continue
            receiver.packet(seq, timestamp, second >= 0x80, data[begin:stop], now_us)
        if at != end:
            self.malformed += 1

    def _rtcp(self, data: bytes, at: int, end: int, now_us: int) -> None:
        """Sender reports out of a compound packet (RFC 3550 section 6.4.1)."""
        while at + 4 <= end:
            following = at + 4 + 4 * int.from_bytes(data[at + 2 : at + 4], "big")
            if data[at] >> 6 != 2 or following > end:
                self.malformed += 1
                return
            if data[at + 1] == _RTCP_SR and following - at >= 28:
                receiver = self.receivers.get(int.from_bytes(data[at + 4 : at + 8], "big"))
                if receiver is not None:
                    seconds, fraction, timestamp = _REPORT.unpack_from(data, at + 8)
                    unix_us = (seconds - _NTP_EPOCH_S) * 1_000_000 + (fraction * 1_000_000 >> 32)
                    receiver.report(unix_us, timestamp, now_us)
            at = following

    def _read(self) -> None:
        now_us = self._now_us()
        for _ in range(_READS_PER_TURN):
            if not self._open:
                return
            try:
                data = os.read(self._fd, MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._close()
                return
            self._bytes += len(data)
            self.datagram(data, now_us)

    def _close(self) -> None:
        if self._open:
            self._open = False
            self._on_closed()
