"""One RTP stream to the relay: times that only grow, whole frames only, from a keyframe on."""

from collections.abc import Callable

from conference.sources.worker.media import h264_rtp, vp8_rtp
from conference.sources.worker.media.clock import MediaClock
from conference.sources.worker.media.rtp import RtpStream
from conference.sources.worker.media.wire import MediaSocket


class Outlet:
    """`began`: called with the first frame, so that a sender report follows it at once."""

    def __init__(
        self, socket: MediaSocket, clock: MediaClock, *, payload_type: int, clock_hz: int, began: Callable[[], None]
    ) -> None:
        self.stream = RtpStream(payload_type, clock_hz)
        self._socket = socket
        self._clock = clock
        self._began = began
        self._last: int | None = None
        self._picture_id = 0
        self.needs_key = True
        """Video: nothing is sent until a keyframe comes."""

    def h264(self, nals: list[memoryview], media_us: int, *, key: bool) -> bool:
        """One access unit. False: not sent."""
        if (self.needs_key and not key) or not self._accepted():
            return False
        self._send(h264_rtp.packetise(self.stream, nals, self._timestamp(media_us)))
        return True

    def vp8(self, frame: bytes, media_us: int, *, key: bool) -> bool:
        if (self.needs_key and not key) or not self._accepted():
            return False
        self._picture_id = (self._picture_id + 1) & 0x7FFF
        packets = vp8_rtp.packetise(self.stream, frame, self._picture_id, self._timestamp(media_us))
        self._send([[packet] for packet in packets])
        return True

    def sound(self, frame: bytes, media_us: int, *, marker: bool) -> bool:
        """RFC 3551 section 4.1: the marker begins a talkspurt, here whatever follows a hole."""
        if not self._accepted():
            return False
        self._send([[self.stream.packet(frame, self._timestamp(media_us), marker=marker)]])
        return True

    def sender_report(self, wall_s: float, media_now_us: int) -> bytes:
        timestamp = self._clock.rtp(media_now_us, self.stream.clock_hz) & 0xFFFFFFFF
        return self.stream.sender_report(wall_s, timestamp)

    def _timestamp(self, media_us: int) -> int:
        """Two frames of one time would be one frame to a receiver."""
        timestamp = self._clock.rtp(media_us, self.stream.clock_hz)
        if self._last is not None and timestamp <= self._last:
            timestamp = self._last + 1
        self._last = timestamp
        return timestamp & 0xFFFFFFFF

    def _accepted(self) -> bool:
        self.needs_key = not self._socket.accepts()
        return not self.needs_key

    def _send(self, packets: list[list[h264_rtp.Chunk]]) -> None:
        first = not self.stream.sent
        self._socket.send(self.stream, packets)
        if first:
            self._began()
