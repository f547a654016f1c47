"""The media socket to the relay: whole frames out, keyframe requests in. Never blocks."""

import os
from collections import deque
from collections.abc import Callable
from typing import Final

from conference.sources.worker.media.h264_rtp import Chunk
from conference.sources.worker.media.rtp import (
    MAX_DATAGRAM_BYTES,
    MAX_PACKET_BYTES,
    RtpStream,
    keyframe_requests,
    split,
)
from conference.sources.worker.media.surroundings import Loop

_READS_PER_TURN: Final = 16
_MAX_WAIT_S: Final = 0.1
_MAX_WAITING_BYTES: Final = 4 << 20
"""A keyframe may be larger than the socket's buffer (Linux gives 208 KiB): its rest waits for the relay's next read.
More than that means that the relay does not read."""
_ROOM: Final = MAX_DATAGRAM_BYTES - MAX_PACKET_BYTES - 2
"""A datagram with less than this can take one more packet, whatever its size."""


class MediaSocket:
    """Owns nothing but its watch: the fd belongs to the child, which closes it by ending."""

    def __init__(self, loop: Loop, fd: int, on_keyframe_request: Callable[[int], None]) -> None:
        self._loop = loop
        self._fd = fd
        self._on_keyframe_request = on_keyframe_request
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._waiting_since_s = 0.0
        self.refused_frames = 0
        self.open = True
        os.set_blocking(fd, False)
        loop.watch(fd, self._readable)

    def close(self) -> None:
        if self.open:
            self.open = False
            self._loop.unwatch(self._fd)
        self._waiting.clear()

    def accepts(self) -> bool:
        """Ask before each frame. False: the relay does not read, the frame is to be dropped."""
        if self.open and not self._stuck():
            return True
        self.refused_frames += 1
        return False

    def send(self, stream: RtpStream, packets: list[list[Chunk]]) -> None:
        """One frame, in one datagram where it fits."""
        pieces: list[Chunk] = []
        size = total = 0
        for packet in packets:
            pieces += packet
            for piece in packet:
                size += len(piece)
            if size > _ROOM:
                self._write(b"".join(pieces))
                total += size
                pieces, size = [], 0
        if pieces:
            self._write(b"".join(pieces))
        stream.count(len(packets), total + size - 14 * len(packets))

    def send_report(self, packet: bytes) -> None:
        """RTCP with its length in front. Left out while the relay does not read: the next one is better."""
        if self.open and not self._waiting:
            self._write(packet)

    def _stuck(self) -> bool:
        if not self._waiting:
            return False
        late = self._loop.now_s() - self._waiting_since_s > _MAX_WAIT_S
        return late or self._waiting_bytes > _MAX_WAITING_BYTES

    def _write(self, datagram: bytes) -> None:
        if self._waiting or not self._take(datagram):
            if not self._waiting:
                self._waiting_since_s = self._loop.now_s()
                self._loop.watch(self._fd, self._readable, write=self._writable)
            self._waiting.append(datagram)
            self._waiting_bytes += len(datagram)

    def _take(self, datagram: bytes) -> bool:
        """Whether this datagram is dealt with: sent, or nobody is there to read it."""
        try:
            os.write(self._fd, datagram)
        except BlockingIOError:
            return False
        except OSError:
            # The relay's end is gone: its room has ended, or another child takes this one's place. The core ends us.
            self.close()
        return True

    def _writable(self) -> None:
        while self._waiting and self._take(self._waiting[0]):
            if not self.open:
                return
            self._waiting_bytes -= len(self._waiting.popleft())
        if not self._waiting:
            self._waiting_bytes = 0
            self._loop.watch(self._fd, self._readable)

    def _readable(self) -> None:
        for _ in range(_READS_PER_TURN):
            try:
                datagram = os.read(self._fd, MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:
                datagram = b""
            if not datagram:
                self.close()
                return
            for packet in split(datagram):
                for ssrc in keyframe_requests(packet):
                    self._on_keyframe_request(ssrc)
