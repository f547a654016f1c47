"""The picture's path: judge each access unit, pass it through or have it re-encoded, look at some keyframes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import av

from conference.model.source import Transcoding
from conference.sources import words
from conference.sources.worker.media.bits import Malformed
from conference.sources.worker.media.clock import MediaClock
from conference.sources.worker.media.decode import DECODE_ERRORS, decode_keyframe
from conference.sources.worker.media.liveness import Liveness
from conference.sources.worker.media.meter import Meter
from conference.sources.worker.media.nal import spans
from conference.sources.worker.media.outlet import Outlet
from conference.sources.worker.media.picture import Coded, GopStore, Look
from conference.sources.worker.media.streams import H264Stream, PlainStream, VideoStream, open_stream
from conference.sources.worker.media.surroundings import Loop
from conference.sources.worker.media.thumbnail import PERIOD_S, thumbnail
from conference.sources.worker.media.transcode import Counts, Hooks, Output, VideoTranscoder
from conference.sources.worker.media.units import VideoFormat, VideoUnit

_TRACK: Final = "video"
_MAX_UNIT_BYTES: Final = 8 << 20
"""A 4K intra picture at the highest H.264 level's bitrate stays below this."""


@dataclass(frozen=True, slots=True)
class VideoPorts:
    """Where pictures go. `changed`: the formats are to be told anew."""

    h264: Outlet
    vp8: Outlet
    tell: Callable[[words.FromChild], None]
    changed: Callable[[], None]


class VideoPath:
    def __init__(
        self,
        loop: Loop,
        clock: MediaClock,
        meter: Meter,
        quality: words.Quality,
        ports: VideoPorts,
        timer: Callable[[], float],
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._meter = meter
        self._quality = quality
        self._ports = ports
        self._timer = timer
        self._gop = GopStore()
        self._transcoder: VideoTranscoder | None = None
        self._need = words.Need(video=False, vp8=False, audio=False)
        self._format: VideoFormat | None = None
        self._generation = 0
        self._lost = True
        self._last_pts_us: int | None = None
        self._passed_us: int | None = None
        self._thumbnail_at_s: float | None = None
        self._b_frames = False
        self._doubtful = False
        self.stream: VideoStream | None = None
        self.codec = ""
        self.failed = False
        self.liveness = Liveness()
        self.errors = 0
        self.lost_units = 0
        self._late = 0

    def format(self, fmt: VideoFormat) -> None:
        """Raises Malformed when its parameter sets are; they may still come in band then."""
        if fmt == self._format:
            # Encoders repeat it, some before each keyframe.
            return
        same = self.stream is not None and fmt.codec == self.codec
        self._format = fmt
        self.codec = fmt.codec
        if not same:
            self._restart()
        try:
            self.stream = open_stream(fmt.codec, fmt.parameter_sets)
        except Malformed:
            self.stream = open_stream(fmt.codec, b"")
            raise
        finally:
            self._generation = -1
            self._refresh()

    def unit(self, unit: VideoUnit) -> None:
        """Raises Malformed."""
        self._meter.picture(len(unit.data), unit.arrived_s)
        stream = self.stream
        if stream is None or len(unit.data) > _MAX_UNIT_BYTES:
            return
        now_s = self._loop.now_s()
        look = stream.look(unit.data, now_s)
        if stream.generation != self._generation:
            self._refresh()
        if look is None:
            return
        media_us = self._clock.media_us(_TRACK, unit.pts_us, int(unit.arrived_s * 1e6))
        if look.key:
            self._meter.keyframe(media_us)
        self.liveness.picture(key=look.key, slice_bytes=look.slice_bytes, now_s=now_s)
        doubtful = self.liveness.doubtful(now_s)
        if doubtful != self._doubtful:
            self._doubtful = doubtful
            self._reconcile()
        if unit.broken:
            if not look.disposable:
                self.gap()
            return
        if look.key:
            self._lost = False
        elif self._lost:
            self.lost_units += 1
            return
        self._detect_b_frames(unit, look)
        coded = Coded(stream.parameter_sets() + unit.data if look.key else unit.data, media_us, look.key)
        self._gop.add(coded)
        if self.passes:
            self._pass_through(look, media_us)
        if self._transcoder is not None:
            self._transcoder.feed(coded)
        if look.key:
            self._look_at(coded, now_s)

    def gap(self) -> None:
        """Something is missing that later pictures refer to: nothing until the next keyframe."""
        self._lost = True
        self._gop.clear()
        if self._transcoder is not None:
            self._transcoder.gap()

    def need(self, need: words.Need) -> None:
        self._need = need
        self._reconcile()

    def request_keyframe(self, ssrc: int) -> None:
        """A camera cannot be asked; the relay answers for what passes through."""
        if self._transcoder is None:
            return
        if ssrc == self._ports.h264.stream.ssrc:
            self._transcoder.request_keyframe("h264")
        elif ssrc == self._ports.vp8.stream.ssrc:
            self._transcoder.request_keyframe("vp8")

    def close(self) -> None:
        if self._transcoder is not None:
            self._transcoder.close()
            self.errors += self._transcoder.counts.errors
            self._late += self._transcoder.counts.late
            self._transcoder = None

    @property
    def unsupported(self) -> bool:
        """There is a picture, but nobody can be shown it."""
        return bool(self.codec) and (self.stream is None or (self.failed and not self.passes))

    @property
    def passes(self) -> bool:
        return isinstance(self.stream, H264Stream) and self._reason() is None

    def reasons(self) -> list[str]:
        """Why it is re-encoded, whether or not somebody looks."""
        if self.stream is None or self.unsupported:
            return []
        reason = self._reason()
        return [*([reason] if reason else []), *([Transcoding.VIEWER] if self._need.vp8 else [])]

    def running(self) -> list[str]:
        outputs = self._wanted() if self._transcoder is not None else set()
        reason = self._reason()
        return [
            *([reason] if "h264" in outputs and reason else []),
            *([Transcoding.VIEWER] if "vp8" in outputs else []),
        ]

    def dropped(self) -> dict[str, int]:
        """Counts since the start, by why."""
        running = self._transcoder.counts if self._transcoder is not None else Counts()
        return {
            "undecodable": self.errors + running.errors,
            "without keyframe": self.lost_units,
            "late for encoding": self._late + running.late,
        }

    def _reason(self) -> str | None:
        if isinstance(self.stream, H264Stream):
            if self.stream.sps is not None and not self.stream.sps.playable:
                return Transcoding.VIDEO_CODEC
            return Transcoding.B_FRAMES if self._b_frames else None
        return Transcoding.H265 if self.codec == "h265" else Transcoding.VIDEO_CODEC

    def _restart(self) -> None:
        self.close()
        self.gap()
        self._b_frames = self.failed = False
        self._last_pts_us = None

    def _refresh(self) -> None:
        """Parameter sets have changed: what was found out about the stream may no longer hold."""
        stream = self.stream
        if stream is not None:
            self._generation = stream.generation
            macroblocks = -(-stream.width // 16) * -(-stream.height // 16)
            self.liveness.resized(macroblocks)
        self._b_frames = self.failed = False
        self._last_pts_us = None
        self._reconcile()
        self._ports.changed()

    def _detect_b_frames(self, unit: VideoUnit, look: Look) -> None:
        last, self._last_pts_us = self._last_pts_us, unit.pts_us
        stream = self.stream
        if self._b_frames or not isinstance(stream, H264Stream):
            return
        # Within a second: what steps back further is a new time line, not a reordered picture.
        back = last is not None and not look.key and 0 < last - unit.pts_us < 1_000_000
        told = stream.sps is not None and bool(stream.sps.reorder_frames)
        shifted = told and unit.dts_us is not None and unit.dts_us != unit.pts_us
        if look.b_slice or back or shifted:
            self._b_frames = True
            self._reconcile()
            self._ports.changed()

    def _pass_through(self, look: Look, media_us: int) -> None:
        stream = self.stream
        if isinstance(stream, H264Stream):
            nals = [*stream.set_nals, *look.nals] if look.key else look.nals
            self._ports.h264.h264(nals, media_us, key=look.key)
            self._passed_us = media_us

    def _wanted(self) -> set[Output]:
        if self.stream is None or self.failed:
            return set()
        wanted: set[Output] = {"vp8"} if self._need.vp8 else set()
        if self._need.video and not self.passes:
            wanted.add("h264")
        return wanted

    def _reconcile(self) -> None:
        wanted = self._wanted()
        judging = self._doubtful and not self.failed
        if self.stream is None or not (wanted or judging):
            self.close()
            return
        if self._transcoder is None:
            hooks = Hooks(self._encoded, self._decoded, self._undecodable)
            after_us = self._passed_us if "h264" in wanted else None
            self._transcoder = VideoTranscoder(
                self._loop, self.stream.decoder, self._quality, hooks, self._timer, after_us
            )
            self._transcoder.outputs(wanted)
            self._transcoder.catch_up(self._gop.pictures())
        else:
            self._transcoder.outputs(wanted)

    def _encoded(self, output: Output, data: bytes, media_us: int) -> None:
        transcoder = self._transcoder
        if transcoder is None:
            return
        if output == "vp8":
            # RFC 6386 section 9.1: the lowest bit of a keyframe is 0.
            sent = self._ports.vp8.vp8(data, media_us, key=not data[0] & 1)
        else:
            view = memoryview(data)
            nals = [view[begin:end] for begin, end in spans(data) if data[begin] & 0x1F in (1, 5, 7, 8)]
            sent = self._ports.h264.h264(nals, media_us, key=any(nal[0] & 0x1F == 5 for nal in nals))
        if not sent:
            transcoder.request_keyframe(output)

    def _decoded(self, frame: av.VideoFrame) -> None:
        if isinstance(self.stream, PlainStream):
            self.stream.sized(frame.width, frame.height)
        now_s = self._loop.now_s()
        if self.liveness.wants_frame(now_s):
            self.liveness.frame(frame, now_s)

    def _undecodable(self) -> None:
        self.failed = True
        self.close()
        self._ports.changed()

    def _look_at(self, coded: Coded, now_s: float) -> None:
        """For the thumbnail and, while nothing else shows life, for its content."""
        stream = self.stream
        due = self._thumbnail_at_s is None or now_s - self._thumbnail_at_s >= PERIOD_S
        judge = self._transcoder is None and self.liveness.wants_frame(now_s)
        if stream is None or not (due or judge):
            return
        self._thumbnail_at_s = now_s if due else self._thumbnail_at_s
        try:
            frame = decode_keyframe(stream.decoder, coded.data)
            if frame is None:
                return
            if isinstance(stream, PlainStream):
                stream.sized(frame.width, frame.height)
            if judge:
                self.liveness.frame(frame, now_s)
            picture = thumbnail(frame) if due else None
        except DECODE_ERRORS:
            self.errors += 1
            return
        if picture is not None:
            self._ports.tell(picture)
