"""FLV tags into the units of the pipeline. Bad media is left out and counted, never an error."""

from collections.abc import Callable
from typing import Final

from conference.sources.worker.media.units import AudioFormat, AudioFrame, MediaSink, VideoFormat, VideoUnit
from conference.sources.worker.rtmp.audio_tag import AudioTag, parse_audio
from conference.sources.worker.rtmp.nal import BadPicture, annex_b, avc_configuration, hevc_configuration
from conference.sources.worker.rtmp.timeline import Timeline, Track
from conference.sources.worker.rtmp.video_tag import Part, VideoTag, parse_video

_CONFIGURATIONS: Final = {"h264": avc_configuration, "h265": hevc_configuration}
_RAW_VIDEO: Final = frozenset({"mpeg4", "vp8", "vp9", "av1"})
"""Handed on as they are; of the other ones only the name is told."""

_SOUNDS: Final = frozenset({"aac", "opus", "mp3", "pcma", "pcmu", "pcm_s16le", "pcm_u8", "ac3", "eac3"})
_NEEDS_CONFIGURATION: Final = frozenset({"aac"})


class FlvMedia:
    """Takes the tags of one publisher. `heard_s`: monotonic time of the last one that carried media."""

    def __init__(self, sink: MediaSink, now_s: Callable[[], float]) -> None:
        self._sink = sink
        self._now_s = now_s
        self._timeline = Timeline()
        self._video_track, self._audio_track = Track(), Track()
        self._video_format: VideoFormat | None = None
        self._audio_format: AudioFormat | None = None
        self._length_bytes = 4
        self._settled = False
        self.heard_s = now_s()

    def settle(self) -> None:
        """No further track is waited for; harmless when all have come."""
        if not self._settled:
            self._settled = True
            self._sink.tracks_known()

    def video(self, timestamp_ms: int, body: bytearray) -> None:
        """A video tag."""
        tag = parse_video(body)
        if tag.part is Part.NOTHING:
            return
        try:
            if tag.part is Part.CONFIGURATION:
                self._configure_video(tag)
            else:
                self._picture(timestamp_ms, tag)
        except BadPicture:
            self._sink.lost(1)

    def audio(self, timestamp_ms: int, body: bytearray) -> None:
        """An audio tag."""
        tag = parse_audio(body)
        if tag is None:
            return
        if tag.configuration:
            self._tell_audio(AudioFormat(tag.codec, tag.clock_hz, tag.channels, _extradata(tag)))
            return
        known = self._audio_format
        if known is None or known.codec != tag.codec:
            if tag.codec in _NEEDS_CONFIGURATION and not tag.clock_hz:
                return
            known = AudioFormat(tag.codec, tag.clock_hz or 48_000, tag.channels or 2)
            self._tell_audio(known)
        self.heard_s = now_s = self._now_s()
        if tag.codec in _SOUNDS and tag.data:
            pts_us = self._timeline.at_ms(self._audio_track, timestamp_ms) * 1000
            self._sink.audio(AudioFrame(tag.data, pts_us, now_s))

    def _configure_video(self, tag: VideoTag) -> None:
        read = _CONFIGURATIONS.get(tag.codec)
        if read is not None:
            self._length_bytes, sets = read(tag.data)
        else:
            sets = bytes(tag.data) if tag.codec == "mpeg4" else b""
        self._tell_video(VideoFormat(tag.codec, sets))

    def _picture(self, timestamp_ms: int, tag: VideoTag) -> None:
        if self._video_format is None or self._video_format.codec != tag.codec:
            self._length_bytes = 4
            self._tell_video(VideoFormat(tag.codec))
        self.heard_s = now_s = self._now_s()
        if tag.codec in _CONFIGURATIONS:
            data = annex_b(tag.data, self._length_bytes)
        elif tag.codec in _RAW_VIDEO:
            data = bytes(tag.data)
        else:
            return
        at_ms = self._timeline.at_ms(self._video_track, timestamp_ms)
        self._sink.video(VideoUnit(data, (at_ms + tag.composition_ms) * 1000, at_ms * 1000, now_s))

    def _tell_video(self, fmt: VideoFormat) -> None:
        if fmt != self._video_format:
            self._video_format = fmt
            self._sink.video_format(fmt)
            self._both_known()

    def _tell_audio(self, fmt: AudioFormat) -> None:
        if fmt != self._audio_format:
            self._audio_format = fmt
            self._sink.audio_format(fmt)
            self._both_known()

    def _both_known(self) -> None:
        if self._video_format is not None and self._audio_format is not None:
            self.settle()


def _extradata(tag: AudioTag) -> bytes:
    return tag.data if tag.codec == "aac" else b""
