"""The film of a running recording: fragments while it is made, one plain MP4 in the end."""

import os
from collections.abc import Callable

from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from recorder.composed.worker.boxes import HEAD, BoxWriter, whole_bytes
from recorder.composed.worker.fragments import Fragments, moved
from recorder.film.encode import Coded
from recorder.film.files import size_of
from recorder.film.finish import finish


class FilmFile:
    """`scratch_fd`: gets the fragments, each as it ends. It may hold those of an earlier child: so a film goes on after
    a crash. `from_ms`: where the film began, in the stream's time."""

    def __init__(self, scratch_fd: int, output_fd: int, from_ms: int) -> None:
        self._scratch_fd, self._output_fd = scratch_fd, output_fd
        self._from_ms = from_ms
        self._at = whole_bytes(scratch_fd)
        self._goes_on = self._at > 0
        self._begun = False
        # A second of a film is lost with this process at most.
        self._muxer = Fragments(BoxWriter(self._box), {"frag_duration": "1000000"})
        self.bytes = self._at
        self.duration_ms = 0

    def open(self, video: VideoStream, sound: AudioStream) -> None:
        os.ftruncate(self._scratch_fd, self._at)
        self._muxer.open(video, sound)

    def write(self, packet: Coded) -> None:
        packet = moved(packet, -self._from_ms)
        self._begun = self._begun or (packet.video and packet.key and packet.pts >= 0)
        if self._begun and packet.pts >= 0:
            self._muxer.write(packet)
            self.duration_ms = max(self.duration_ms, int((packet.pts + packet.duration) * packet.time_base * 1000))

    def changed(self, video: VideoStream) -> None:
        """A file has one head; its reader finds the parameter sets in band."""

    def close(self) -> None:
        self._muxer.close()

    def finish(self, cancelled: Callable[[], bool]) -> int:
        """Call it after `close`. Returns the bytes of the plain MP4; 0: nothing was there to be finished. Raises
        av.FFmpegError and OSError."""
        if not self._at or not finish(self._scratch_fd, self._output_fd, cancelled):
            return 0
        os.fdatasync(self._output_fd)
        return size_of(self._output_fd)

    def _box(self, kind: bytes, box: bytes) -> None:
        if kind in HEAD and self._goes_on:
            return
        rest = memoryview(box)
        while rest:
            done = os.pwrite(self._scratch_fd, rest, self._at)
            self._at += done
            rest = rest[done:]
        self.bytes = self._at
