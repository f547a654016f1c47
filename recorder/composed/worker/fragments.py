"""The muxer of fragmented MP4 that files and HLS share: one fragment from keyframe to keyframe."""

from dataclasses import dataclass, replace
from typing import Final

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from recorder.composed.worker.boxes import BoxWriter
from recorder.film.encode import Coded

_OPTIONS: Final = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof+skip_trailer+frag_discont",
    "flush_packets": "1",
    "avoid_negative_ts": "disabled",
    # Sound and picture come in the order of their times; nothing is gained by waiting for the other.
    "max_interleave_delta": "1",
    "use_editlist": "0",
}


@dataclass(slots=True)
class Fragments:
    """`options`: further ones of libav's muxer."""

    writer: BoxWriter
    options: dict[str, str]
    _container: OutputContainer | None = None
    _streams: dict[bool, Stream] | None = None

    def open(self, video: VideoStream, sound: AudioStream) -> None:
        container = av.open(self.writer, "w", format="mp4", options={**_OPTIONS, **self.options})
        self._container = container
        self._streams = {
            True: container.add_stream_from_template(video),
            False: container.add_stream_from_template(sound),
        }

    def write(self, packet: Coded) -> None:
        if self._container is None or self._streams is None:
            raise ValueError("not open")
        copy = av.Packet(packet.data)
        copy.pts, copy.dts, copy.duration, copy.time_base = packet.pts, packet.dts, packet.duration, packet.time_base
        copy.is_keyframe = packet.key
        copy.stream = self._streams[packet.video]
        self._container.mux(copy)

    def close(self) -> None:
        """The last fragment is written."""
        container, self._container = self._container, None
        if container is not None:
            container.close()


def moved(packet: Coded, by_ms: int) -> Coded:
    """The same later by this much, earlier when negative."""
    ticks = int(by_ms / 1000 / packet.time_base)
    return replace(packet, pts=packet.pts + ticks, dts=packet.dts + ticks)
