"""The pipeline of a source child: access units and sound frames in, RTP for the relay out, reports for the core."""

import sys
import time
from collections.abc import Callable
from typing import Final

from conference.sources import words
from conference.sources.worker.media.clock import MediaClock
from conference.sources.worker.media.decode import DECODE_ERRORS
from conference.sources.worker.media.meter import Meter
from conference.sources.worker.media.outlet import Outlet
from conference.sources.worker.media.sound import SoundPath
from conference.sources.worker.media.surroundings import Loop
from conference.sources.worker.media.units import (
    AudioFormat,
    AudioFrame,
    DataUnit,
    MediaSink,
    VideoFormat,
    VideoUnit,
)
from conference.sources.worker.media.video import VideoPath, VideoPorts
from conference.sources.worker.media.wire import MediaSocket

_PERIOD_S: Final = 1.0
_VIDEO_HZ: Final = 90_000
_LOG_PERIOD_S: Final = 10.0
_MIN_REPORT_GAP_S: Final = 0.1
_SIZE_WAIT_S: Final = 2.0
"""The size stands in the first keyframe; a source without one for so long is told of without it."""
_MAX_DATA_BYTES: Final = 65_536
_BAD_MEDIA: Final = (*DECODE_ERRORS, IndexError)
"""What bytes from outside may raise (bits.Malformed is a ValueError); anything else is our bug and ends the child."""


class Pipeline(MediaSink):
    """`media_fd`: SOCK_SEQPACKET to the relay, stays the caller's. `wall_s`: Unix time, for the sender reports.
    `timer`: seconds, by which the cost of re-encoding is measured."""

    def __init__(
        self,
        *,
        loop: Loop,
        media_fd: int,
        quality: words.Quality,
        tell: Callable[[words.FromChild], None],
        wall_s: Callable[[], float] = time.time,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loop = loop
        self._tell = tell
        self._wall_s = wall_s
        self._clock = MediaClock()
        self._meter = Meter()
        self._socket = MediaSocket(loop, media_fd, self._keyframe_wanted)
        self._outlets: list[Outlet] = []
        self._reported_at_s: float | None = None
        self._formats = words.Formats()
        self._tracks_known = False
        self._known_at_s = loop.now_s()
        self._closed = False
        self._log_at_s = loop.now_s() + _LOG_PERIOD_S
        self._logged: dict[str, int] = {}
        self.bad_media = 0
        ports = VideoPorts(
            h264=self._outlet(words.VIDEO_PT, _VIDEO_HZ),
            vp8=self._outlet(words.VP8_PT, _VIDEO_HZ),
            tell=tell,
            changed=self._changed,
        )
        self._video = VideoPath(loop, self._clock, self._meter, quality, ports, timer)
        self._sound = SoundPath(self._clock, self._meter, quality, outlet=self._sound_outlet, changed=self._changed)
        loop.every(_PERIOD_S, self._second)

    # ---- what the core asks ------------------------------------------------------------------------------------------

    def need(self, need: words.Need) -> None:
        self._video.need(need)
        self._sound.need(needed=need.audio)
        self._changed()

    def close(self) -> None:
        """Nothing is sent or told after it."""
        self._closed = True
        self._video.close()
        self._sound.close()
        self._socket.close()

    # ---- MediaSink ---------------------------------------------------------------------------------------------------

    def video_format(self, fmt: VideoFormat) -> None:
        try:
            self._video.format(fmt)
        except _BAD_MEDIA:
            self.bad_media += 1

    def audio_format(self, fmt: AudioFormat) -> None:
        try:
            self._sound.open(fmt)
        except _BAD_MEDIA:
            self.bad_media += 1

    def tracks_known(self) -> None:
        self._tracks_known = True
        self._known_at_s = self._loop.now_s()
        self._changed()

    def video(self, unit: VideoUnit) -> None:
        if self._closed:
            return
        try:
            self._video.unit(unit)
        except _BAD_MEDIA:
            self.bad_media += 1
            self._video.gap()
        if self._clock.discontinuity:
            self._report_senders()

    def audio(self, frame: AudioFrame) -> None:
        if self._closed:
            return
        try:
            self._sound.frame(frame)
        except _BAD_MEDIA:
            self.bad_media += 1
        if self._clock.discontinuity:
            self._report_senders()

    def data(self, unit: DataUnit) -> None:
        if not self._closed and len(unit.data) <= _MAX_DATA_BYTES:
            self._tell(words.Data(unit.kind, unit.pts_us, unit.data))

    def lost(self, packets: int) -> None:
        self._meter.lost_packets += packets

    # ---- inside ------------------------------------------------------------------------------------------------------

    def _outlet(self, payload_type: int, clock_hz: int) -> Outlet:
        outlet = Outlet(
            self._socket, self._clock, payload_type=payload_type, clock_hz=clock_hz, began=self._stream_began
        )
        self._outlets.append(outlet)
        return outlet

    def _sound_outlet(self, payload_type: int, clock_hz: int) -> Outlet:
        """There is one sound: a new stream takes the place of the old one."""
        self._outlets = [outlet for outlet in self._outlets if outlet.stream.clock_hz == _VIDEO_HZ]
        return self._outlet(payload_type, clock_hz)

    def _keyframe_wanted(self, ssrc: int) -> None:
        self._video.request_keyframe(ssrc)

    def _stream_began(self) -> None:
        self._clock.discontinuity = True
        self._reported_at_s = None

    def _second(self) -> None:
        if self._closed:
            return
        self._report_senders(regular=True)
        self._changed()
        now_s = self._loop.now_s()
        if now_s >= self._log_at_s:
            self._log_at_s = now_s + _LOG_PERIOD_S
            self._log_drops()
        bitrate_bps, fps = self._meter.rates(now_s)
        age_s = self._video.liveness.age_s(now_s)
        stream = self._video.stream
        self._tell(
            words.Report(
                bitrate_bps=bitrate_bps,
                fps=fps,
                width=stream.width if stream else 0,
                height=stream.height if stream else 0,
                picture_age_ms=self._meter.picture_age_ms(now_s),
                content_age_ms=None if age_s is None else int(age_s * 1000),
                audio_age_ms=self._meter.audio_age_ms(now_s),
                keyframe_interval_ms=self._meter.keyframe_interval_ms,
                running=(*self._video.running(), *self._sound.running()),
                lost_packets=self._meter.lost_packets,
            )
        )

    def _log_drops(self) -> None:
        """One line in the server's log for each kind of drop that has happened since the last time."""
        counts = {"malformed": self.bad_media, "relay busy": self._socket.refused_frames, **self._video.dropped()}
        for why, count in counts.items():
            more = count - self._logged.get(why, 0)
            if more:
                sys.stderr.write(f"x {more} frames in {_LOG_PERIOD_S:.0f} s: {why}\n")
        self._logged = counts

    def _report_senders(self, *, regular: bool = False) -> None:
        """RTCP sender reports of all streams, from one reading of the clocks."""
        now_s = self._loop.now_s()
        last = self._reported_at_s
        if not regular and last is not None and now_s - last < _MIN_REPORT_GAP_S:
            return
        self._reported_at_s = now_s
        self._clock.reported()
        wall_s, media_us = self._wall_s(), self._clock.now_us(int(now_s * 1e6))
        for outlet in self._outlets:
            if outlet.stream.sent:
                self._socket.send_report(outlet.sender_report(wall_s, media_us))

    def _changed(self) -> None:
        """Tell the formats when they differ from what was told."""
        video, sound = self._video, self._sound
        if self._closed or not (self._tracks_known or (video.codec and sound.format)):
            return
        stream, fmt = video.stream, sound.format
        sizeless = stream is not None and not stream.width and not video.failed
        if sizeless and self._loop.now_s() - self._known_at_s < _SIZE_WAIT_S:
            return
        formats = words.Formats(
            video_codec=video.codec,
            video_profile=stream.profile if stream else "",
            width=stream.width if stream else 0,
            height=stream.height if stream else 0,
            audio_codec=fmt.codec if fmt else "",
            audio_clock_hz=sound.clock_hz if fmt else 0,
            audio_channels=sound.channels if fmt else 0,
            video_out="h264" if video.codec and not video.unsupported else "",
            audio_out=sound.out,
            transcoding=(*video.reasons(), *sound.reasons()),
            unsupported=video.unsupported,
        )
        if formats != self._formats:
            self._formats = formats
            self._tell(formats)
