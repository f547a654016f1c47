"""Outputs of the one encode. Each has a container of its own and copies of the packets."""

from typing import Final

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from recorder.film.encode import Coded
from recorder.film.files import FdWriter

FRAGMENT_US: Final = 1_000_000


class Mp4Fragments:
    """Fragments of at most a second, handed to the file as they end: whatever is cut off, the rest plays."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._container: OutputContainer | None = None
        self._streams: dict[bool, Stream] = {}

    def open(self, video: VideoStream, sound: AudioStream) -> None:
        self._container = av.open(
            FdWriter(self._fd),
            "w",
            format="mp4",
            options={
                "movflags": "frag_keyframe+empty_moov+default_base_moof",
                "frag_duration": str(FRAGMENT_US),
                "flush_packets": "1",
                "avoid_negative_ts": "disabled",
            },
        )
        self._streams = {
            True: self._container.add_stream_from_template(video),
            False: self._container.add_stream_from_template(sound),
        }

    def write(self, packet: Coded) -> None:
        if self._container is None:
            raise ValueError("not open")
        copy = av.Packet(packet.data)
        copy.pts, copy.dts, copy.duration, copy.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
        copy.is_keyframe = packet.key
        copy.stream = self._streams[packet.video]
        self._container.mux(copy)

    def changed(self, video: VideoStream) -> None:
        """A file has one head; its reader finds the parameter sets in band."""

    def close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()
