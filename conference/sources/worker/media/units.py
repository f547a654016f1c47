"""What the readers of all protocols give to the pipeline. One common time line per source, in µs."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """`codec`: h264, h265, or the name of another one. `parameter_sets`: Annex B SPS/PPS(/VPS), or b"" when they come
    in band."""

    codec: str
    parameter_sets: bytes = b""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """`codec`: opus, pcmu, pcma, aac, mp3, g722, g726, pcm_s16be, … `extradata`: AudioSpecificConfig for aac (b"": ADTS
    headers in band), else b""."""

    codec: str
    clock_hz: int
    channels: int
    extradata: bytes = b""


@dataclass(slots=True)
class VideoUnit:
    """One access unit in Annex B. `pts_us`, `dts_us`: on the source's own time line, unwrapped, common with its sound;
    `dts_us` None: the protocol tells no decoding time. `arrived_s`: monotonic time of its last byte.

    `broken`: packets of it were lost on the way here.
    """

    data: bytes
    pts_us: int
    dts_us: int | None
    arrived_s: float
    broken: bool = False


@dataclass(slots=True)
class AudioFrame:
    """One frame as its codec cuts them (for G.711: any number of samples)."""

    data: bytes
    pts_us: int
    arrived_s: float


@dataclass(slots=True)
class DataUnit:
    """One KLV packet."""

    data: bytes
    pts_us: int
    kind: str = field(default="klv")


class MediaSink(Protocol):
    """The pipeline as a reader sees it. No call blocks; none raises for bad media (it is counted and dropped)."""

    def video_format(self, fmt: VideoFormat) -> None: ...
    def audio_format(self, fmt: AudioFormat) -> None: ...
    def tracks_known(self) -> None:
        """No further format will come: what was not named is not there."""
        ...

    def video(self, unit: VideoUnit) -> None: ...
    def audio(self, frame: AudioFrame) -> None: ...
    def data(self, unit: DataUnit) -> None: ...
    def lost(self, packets: int) -> None:
        """Packets that did not arrive."""
        ...
