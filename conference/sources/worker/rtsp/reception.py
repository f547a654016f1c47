"""The tracks of one session: which channel or port belongs to which receiver, and what becomes of its frames."""

import socket
import struct
from collections.abc import Callable
from typing import Final

from conference.children.worker.loop import Loop
from conference.sources.worker.media.units import (
    AudioFormat,
    AudioFrame,
    DataUnit,
    MediaSink,
    VideoFormat,
    VideoUnit,
)
from conference.sources.worker.rtsp.opening import SetUp, rtp_info
from conference.sources.worker.rtsp.payload import Emit
from conference.sources.worker.rtsp.ports import Port
from conference.sources.worker.rtsp.receiver import MAX_WAIT_S, Receiver
from conference.sources.worker.rtsp.timeline import TrackClock, WallClock
from conference.sources.worker.rtsp.tracks import Choice, Track

MAX_KLV_BYTES: Final = 65_536
_INTERLEAVED = struct.Struct("!cBH")

_TICK_S: Final = 0.01

_Take = Callable[[bytes, int, int, float], None]


class Reception:
    """`peer`: the only address whose datagrams count. `now_s`: arrival time of what is being fed in."""

    def __init__(self, peer: str, udp: list[socket.socket], loop: Loop, sink: MediaSink) -> None:
        self._peer = peer
        self._udp = udp
        self._loop = loop
        self._sink = sink
        self._channels: dict[int, _Take] = {}
        self._receivers: list[tuple[SetUp, Receiver]] = []
        self.now_s = 0.0
        self.over_udp = False
        self._ticking = False

    def frame(self, channel: int, data: bytes, start: int, end: int) -> None:
        """Interleaved data from the TCP connection."""
        take = self._channels.get(channel)
        if take is not None:
            take(data, start, end, self.now_s)

    def prepare(self, choice: Choice, tracks: list[SetUp]) -> None:
        """Tells the formats and opens channels and ports."""
        wall, now_s = WallClock(), self._loop.now_s()
        for each in tracks:
            self._tell(each.track)
        if choice.unsupported:
            self._sink.video_format(VideoFormat(choice.unsupported))
        self._sink.tracks_known()
        for each in tracks:
            receiver = self._receiver(each, TrackClock(each.track.clock_hz, wall, now_s))
            self._receivers.append((each, receiver))
            if each.transport.channels is not None:
                media, control = each.transport.channels
                self._channels[control] = receiver.control
                self._channels[media] = receiver.packet
            else:
                self.over_udp = True
                self._listen(each, receiver)

    def announce(self, value: str) -> None:
        """The RTP-Info of the answer to PLAY. Cameras write its URLs carelessly: then the order decides."""
        entries = rtp_info(value)
        for place, (each, receiver) in enumerate(self._receivers):
            same = [entry for entry in entries if entry[0] and each.url.endswith(entry[0].rpartition("/")[2])]
            entry = same[0] if len(same) == 1 else entries[place] if place < len(entries) else None
            if entry is None:
                continue
            if entry[1] is not None:
                receiver.expect(entry[1])
            if entry[2] is not None:
                receiver.clock.announce(entry[2])

    def last_packet_s(self) -> float | None:
        """When the last RTP packet of any track came."""
        last_s = max((receiver.arrived_s for _, receiver in self._receivers), default=0.0)
        return last_s or None

    def reports(self, own_ssrc: int, now_s: float) -> bytes:
        """Receiver reports for the tracks inside the TCP connection, framed."""
        found = b""
        for each, receiver in self._receivers:
            report = receiver.report(own_ssrc, now_s)
            if each.transport.channels is not None and report is not None:
                found += _INTERLEAVED.pack(b"$", each.transport.channels[1], len(report)) + report
        return found

    def close(self) -> None:
        self._channels.clear()
        self._receivers.clear()
        for each in self._udp:
            self._loop.unwatch(each.fileno())
            each.close()
        self._udp.clear()

    def _tell(self, track: Track) -> None:
        if isinstance(track.fmt, VideoFormat):
            self._sink.video_format(track.fmt)
        elif isinstance(track.fmt, AudioFormat):
            self._sink.audio_format(track.fmt)

    def _receiver(self, each: SetUp, clock: TrackClock) -> Receiver:
        made: list[Receiver] = []
        emit = self._emit(each.track.kind, clock, lambda: made[0].arrived_s)
        depacketiser = each.track.depacketiser(emit)
        reorder = each.transport.channels is None
        made.append(Receiver(each.track.payload_type, depacketiser, clock, self._sink.lost, reorder=reorder))
        return made[0]

    def _emit(self, kind: str, clock: TrackClock, arrived: Callable[[], float]) -> Emit:
        sink = self._sink

        def video(data: bytes, timestamp: int, broken: bool) -> None:
            arrived_s = arrived()
            sink.video(VideoUnit(data, clock.at(timestamp, arrived_s), None, arrived_s, broken))

        def audio(data: bytes, timestamp: int, broken: bool) -> None:  # noqa: ARG001 - a frame is whole or nothing
            arrived_s = arrived()
            sink.audio(AudioFrame(data, clock.at(timestamp, arrived_s), arrived_s))

        def klv(data: bytes, timestamp: int, broken: bool) -> None:
            if not broken and len(data) <= MAX_KLV_BYTES:
                sink.data(DataUnit(data, clock.at(timestamp, arrived())))

        return {"video": video, "audio": audio}.get(kind, klv)

    def _listen(self, each: SetUp, receiver: Receiver) -> None:
        now_s = self._loop.now_s

        def media(data: bytes, start: int, end: int) -> None:
            receiver.packet(data, start, end, now_s())
            if receiver.waits and not self._ticking:
                self._ticking = True
                self._loop.later(MAX_WAIT_S, self._tick)

        def control(data: bytes, start: int, end: int) -> None:
            receiver.control(data, start, end, now_s())

        for held, take, number in zip(self._udp[2 * each.pair :], (media, control), (0, 1), strict=False):
            port = Port(held, self._peer, take)
            port.peer_port = each.transport.ports[number] if each.transport.ports else None
            self._loop.watch(held.fileno(), port.ready)

    def _tick(self) -> None:
        now_s = self._loop.now_s()
        for _, receiver in self._receivers:
            receiver.tick(now_s)
        self._ticking = any(receiver.waits for _, receiver in self._receivers)
        if self._ticking:
            self._loop.later(_TICK_S, self._tick)
