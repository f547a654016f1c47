"""A sink that remembers."""

from dataclasses import dataclass, field

from conference.sources.worker.media.units import AudioFormat, AudioFrame, DataUnit, VideoFormat, VideoUnit
from conference.sources.worker.ts.demuxer import TsDemuxer


@dataclass
class Remembering:
    """Everything it was given, in order."""

    formats: list[VideoFormat | AudioFormat] = field(default_factory=list)
    known: int = 0
    videos: list[VideoUnit] = field(default_factory=list)
    audios: list[AudioFrame] = field(default_factory=list)
    datas: list[DataUnit] = field(default_factory=list)
    missing: int = 0

    def video_format(self, fmt: VideoFormat) -> None:
        self.formats.append(fmt)

    def audio_format(self, fmt: AudioFormat) -> None:
        self.formats.append(fmt)

    def tracks_known(self) -> None:
        self.known += 1

    def video(self, unit: VideoUnit) -> None:
        self.videos.append(unit)

    def audio(self, frame: AudioFrame) -> None:
        self.audios.append(frame)

    def data(self, unit: DataUnit) -> None:
        self.datas.append(unit)

    def lost(self, packets: int) -> None:
        self.missing += packets

    def without_arrival(self) -> tuple[object, ...]:
        """What must not depend on how the bytes were cut."""
        return (
            self.formats,
            [(unit.data, unit.pts_us, unit.dts_us, unit.broken) for unit in self.videos],
            [(frame.data, frame.pts_us) for frame in self.audios],
            [(unit.data, unit.pts_us) for unit in self.datas],
            self.missing,
        )


def demuxed(data: bytes, piece: int = 1316) -> Remembering:
    """In pieces of one size, to the end."""
    sink = Remembering()
    demuxer = TsDemuxer(sink)
    for at in range(0, len(data), piece):
        demuxer.feed(data[at : at + piece], 100.0)
    demuxer.close()
    return sink
