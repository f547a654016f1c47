"""The one encode of a film: pictures to H.264, sound to AAC or Opus, every packet to every output."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, Protocol, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.video.frame import PictureType
from av.video.stream import VideoStream

from conference.layout import Size
from recorder.film.files import Nowhere
from recorder.film.job import Encoding, Preset, Sound

SOUND_HZ: Final = 48_000
CLOCK_HZ: Final = 90_000
_CLOCK: Final = Fraction(1, CLOCK_HZ)
_CODERS: Final[dict[Sound, str]] = {"aac": "aac", "opus": "libopus"}
_PARAMETERS: Final = "repeat-headers=1:sliced-threads=1:sync-lookahead=0:rc-lookahead=0"
"""No picture waits in the encoder. The fast presets have no use for waiting; each waiting picture costs 12 MB."""
BLOCKS: Final[dict[Sound, int]] = {"aac": 1024, "opus": 960}
"""Samples of one encoded frame."""


@dataclass(frozen=True, slots=True)
class Coded:
    """One packet. `pts`, `dts`, `duration` count `time_base`; `video` or else sound."""

    video: bool
    data: bytes
    pts: int
    dts: int
    duration: int
    time_base: Fraction
    key: bool


class Sink(Protocol):
    """One output: a file, a stream. What it raises ends it, not the film's other outputs."""

    def open(self, video: VideoStream, sound: AudioStream) -> None:
        """`video`, `sound`: templates with the codecs' parameters."""
        ...

    def write(self, packet: Coded) -> None: ...

    def changed(self, video: VideoStream) -> None:
        """What follows comes from another encoder, from a keyframe on. Its parameter sets are in band, too."""
        ...

    def close(self) -> None: ...


class FilmEncoder:
    """`lost`: told of a sink that failed and gets no more. Without it a failure is raised.

    The encoders sit in containers that write nowhere; sinks have their own. Parameter sets are in band as well, so
    that the preset can change on the way: the next picture is then a keyframe.
    """

    def __init__(
        self,
        size: Size,
        fps: int,
        encoding: Encoding,
        sinks: Sequence[Sink],
        *,
        live: bool,
        lost: Callable[[Sink, Exception], None] | None = None,
    ) -> None:
        self._size, self._fps, self._encoding, self._live = size, fps, encoding, live
        self._lost = lost
        self._video = self._open_video(encoding.preset)
        self._sound = self._open_sound()
        self._sinks: list[Sink] = []
        self._first_key_ms: int | None = None
        self._closed = False
        self.encoded = 0
        for sink in sinks:
            self.add(sink)

    def _open_video(self, preset: str) -> VideoStream:
        container = av.open(Nowhere(), "w", format="null")
        stream = container.add_stream("libx264", rate=self._fps)
        rate = self._encoding.max_bitrate_bps
        context = stream.codec_context
        stream.width, stream.height, stream.pix_fmt = self._size.width, self._size.height, "yuv420p"
        context.time_base, context.framerate = _CLOCK, Fraction(self._fps)
        context.max_b_frames = 0
        context.gop_size = self._fps * 60
        context.thread_count = self._encoding.threads
        context.flags |= Flags.global_header
        context.options = {
            "preset": preset,
            "crf": "23",
            "maxrate": str(rate),
            "bufsize": str(rate * 2),
            "forced-idr": "1",
            "x264-params": _PARAMETERS if self._live or preset != "veryfast" else "repeat-headers=1",
        }
        for name in ("color_primaries", "color_trc", "colorspace"):
            setattr(context, name, 1)  # BT.709
        context.color_range = 1  # limited
        container.start_encoding()
        return stream

    def _open_sound(self) -> AudioStream:
        container = av.open(Nowhere(), "w", format="null")
        stream = cast(
            "AudioStream",
            container.add_stream(_CODERS[self._encoding.sound], rate=SOUND_HZ, layout="mono"),
        )
        stream.codec_context.bit_rate = self._encoding.sound_bitrate_bps
        stream.codec_context.flags |= Flags.global_header
        container.start_encoding()
        return stream

    @property
    def block(self) -> int:
        """Samples that `sound` takes at a time."""
        return BLOCKS[self._encoding.sound]

    def add(self, sink: Sink) -> None:
        """One more output: it gets what is encoded from now on."""
        self._sinks.append(sink)
        self._guarded(sink, lambda: sink.open(self._video, self._sound))

    def remove(self, sink: Sink) -> None:
        """Finishes this output; harmless for one that was lost."""
        if sink in self._sinks:
            self._guarded(sink, sink.close)
        if sink in self._sinks:
            self._sinks.remove(sink)

    def keyframe(self) -> None:
        """The next picture is one that decoding can begin with."""
        self._first_key_ms = None

    def picture(self, frame: av.VideoFrame, at_ms: int) -> None:
        """`at_ms`: film time, growing. The frame's memory may change as soon as this returns."""
        key = self._first_key_ms is None or at_ms - self._first_key_ms >= self._encoding.keyframe_period_ms
        if key:
            self._first_key_ms = at_ms
        frame.pts = at_ms * CLOCK_HZ // 1000
        frame.time_base = _CLOCK
        frame.pict_type = PictureType.I if key else PictureType.NONE
        self.encoded += 1
        self._spread(self._video, self._video.encode(frame))

    def sound(self, samples: npt.NDArray[np.float32], at: int) -> None:
        """One block of mono samples from -1 to 1, `at`: the number of its first one."""
        kind = "flt" if self._encoding.sound == "opus" else "fltp"
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format=kind, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_HZ, at, Fraction(1, SOUND_HZ)
        self._spread(self._sound, self._sound.encode(frame))

    def change(self, *, preset: Preset, fps: int) -> None:
        """Another step of the overload ladder, from the next picture on."""
        if fps == self._fps and preset == self._encoding.preset:
            return
        self._spread(self._video, self._video.encode(None))
        self._fps, self._encoding = fps, replace(self._encoding, preset=preset)
        self._video = self._open_video(preset)
        self._first_key_ms = None
        for sink in list(self._sinks):
            self._guarded(sink, lambda sink=sink: sink.changed(self._video))  # type: ignore[misc]

    def close(self) -> None:
        """Flushes the encoders and closes the sinks."""
        if self._closed:
            return
        self._closed = True
        self._spread(self._video, self._video.encode(None))
        self._spread(self._sound, self._sound.encode(None))
        for sink in list(self._sinks):
            self._guarded(sink, sink.close)

    def abandon(self) -> None:
        """Ends without flushing; the outputs are not finished."""
        self._closed = True
        for sink in self._sinks:
            try:
                sink.close()
            except (av.FFmpegError, OSError):
                continue

    def _spread(self, stream: VideoStream | AudioStream, packets: list[Any]) -> None:
        for packet in packets:
            # An encoder's first packet may hold what lies before the beginning: it primes decoders, and would need an
            # edit list in every output.
            if packet.pts is None or packet.pts < 0:
                continue
            coded = Coded(
                stream is self._video,
                bytes(packet),
                packet.pts,
                packet.dts if packet.dts is not None else packet.pts,
                packet.duration or 0,
                packet.time_base,
                packet.is_keyframe,
            )
            for sink in list(self._sinks):
                self._guarded(sink, lambda sink=sink, coded=coded: sink.write(coded))  # type: ignore[misc]

    def _guarded(self, sink: Sink, call: Callable[[], None]) -> None:
        try:
            call()
        except (av.FFmpegError, OSError) as error:
            self._sinks.remove(sink)
            if self._lost is None:
                raise
            self._lost(sink, error)
