"""A pipeline that remembers what a reader gave it."""

from dataclasses import dataclass, field

from conference.sources.worker.media.units import AudioFormat, AudioFrame, DataUnit, VideoFormat, VideoUnit


@dataclass
class RememberingSink:
    """`known`: tracks_known calls."""

    video_formats: list[VideoFormat] = field(default_factory=list)
    audio_formats: list[AudioFormat] = field(default_factory=list)
    pictures: list[VideoUnit] = field(default_factory=list)
    frames: list[AudioFrame] = field(default_factory=list)
    known: int = 0
    lost_packets: int = 0

    def video_format(self, fmt: VideoFormat) -> None:
        self.video_formats.append(fmt)

    def audio_format(self, fmt: AudioFormat) -> None:
        self.audio_formats.append(fmt)

    def tracks_known(self) -> None:
        self.known += 1

    def video(self, unit: VideoUnit) -> None:
        self.pictures.append(unit)

    def audio(self, frame: AudioFrame) -> None:
        self.frames.append(frame)

    def data(self, unit: DataUnit) -> None:
        raise AssertionError("RTMP has no data units")

    def lost(self, packets: int) -> None:
        self.lost_packets += packets

    @property
    def story(self) -> list[object]:
        """Everything but arrival times, for comparison."""
        return [
            *self.video_formats,
            *self.audio_formats,
            *((unit.data, unit.pts_us, unit.dts_us) for unit in self.pictures),
            *((frame.data, frame.pts_us) for frame in self.frames),
            self.lost_packets,
        ]
