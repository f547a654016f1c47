"""HLS of the stream: segments of one or two seconds, each in one of a few files in memory that the core reads at once
(RFC 8216, fragmented MP4: section 3.3)."""

import os
from collections.abc import Callable, Sequence
from typing import Final

from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from recorder.composed import words
from recorder.composed.worker.boxes import FRAGMENT, HEAD, BoxWriter
from recorder.composed.worker.fragments import Fragments
from recorder.film.encode import Coded

MIN_SEGMENT_MS: Final = 1_000
"""Keyframes that somebody asked for make no segments of their own below this."""


class Hls:
    """`tell`: words to the core."""

    def __init__(self, sink: int, fds: Sequence[int], tell: Callable[[words.FromChild], None]) -> None:
        self._sink = sink
        self._fds = tuple(fds)
        self._tell = tell
        self._muxer = Fragments(BoxWriter(self._box), {})
        self._head = bytearray()
        self._parts: list[bytes] = []
        self._moof = b""
        self._number = 0
        self._key_ms: list[int] = []
        """Of the keyframes that begin fragments which are not told yet."""
        self._sound: AudioStream | None = None
        self.bytes = 0

    def open(self, video: VideoStream, sound: AudioStream) -> None:
        self._sound = sound
        self._muxer.open(video, sound)

    def write(self, packet: Coded) -> None:
        if packet.video and packet.key:
            self._key_ms.append(_ms(packet))
        self._muxer.write(packet)
        self.bytes += len(packet.data)

    def changed(self, video: VideoStream) -> None:
        """Players get another head, since most take parameter sets from there."""
        sound = self._sound
        if sound is not None:
            self._muxer.close()
            # What is left of the fragment before has no keyframe behind it that would tell its end.
            self._parts.clear()
            self._key_ms.clear()
            self._muxer = Fragments(BoxWriter(self._box), {})
            self._muxer.open(video, sound)

    def close(self) -> None:
        self._muxer.close()

    def _box(self, kind: bytes, box: bytes) -> None:
        if kind in HEAD:
            self._head += box
            if kind == HEAD[-1]:
                self._tell(words.HlsHead(self._sink, bytes(self._head)))
                self._head.clear()
        elif kind == FRAGMENT[0]:
            self._moof = box
        elif kind == FRAGMENT[1]:
            self._parts += [self._moof, box]
            self._fragment_done()

    def _fragment_done(self) -> None:
        """A fragment is written when the keyframe behind it is known."""
        if len(self._key_ms) < 2:
            return
        duration_ms = self._key_ms[1] - self._key_ms[0]
        if duration_ms < MIN_SEGMENT_MS:
            del self._key_ms[1]
            return
        del self._key_ms[0]
        data = b"".join(self._parts)
        self._parts.clear()
        if len(data) > words.MAX_HLS_SEGMENT_BYTES:
            raise OSError("segment too large")
        slot = self._number % len(self._fds)
        os.pwrite(self._fds[slot], data, 0)
        self._tell(words.HlsSegment(self._sink, self._number, slot, len(data), duration_ms))
        self._number += 1


def _ms(packet: Coded) -> int:
    return int(packet.pts * packet.time_base * 1000)
