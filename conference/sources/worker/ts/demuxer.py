"""The demuxer: payloads in as they come, access units out to the pipeline."""

import struct
from typing import Final

from conference.sources.worker.media.units import MediaSink
from conference.sources.worker.ts import codecs
from conference.sources.worker.ts.clock import ProgramClock
from conference.sources.worker.ts.pes import Pes, PesReader
from conference.sources.worker.ts.sync import PacketSync
from conference.sources.worker.ts.tables import PAT_PID, Elementary, Program, SectionReader, parse_pat, parse_pmt
from conference.sources.worker.ts.tracks import Track, VideoTrack

TRACKS_WITHIN_S: Final = 1.5
"""A stream that is announced and has not come by then is not waited for."""
MAX_DATA_STREAMS: Final = 4

_PACKETS: Final = struct.Struct(">I184s")
_PID: Final = 0x1FFF
_TRANSPORT_ERROR: Final = 0x800000
_UNIT_START: Final = 0x400000
_SCRAMBLED: Final = 0xC0
_ADAPTATION: Final = 0x20
_PAYLOAD: Final = 0x10


class _Sections:
    """Tables of one PID."""

    def __init__(self) -> None:
        self.reader = SectionReader()
        self.counter: int | None = None


class _Stream:
    """A stream that is read. `heard_s`: arrival of its last unit."""

    def __init__(self, elementary: Elementary, track: Track, clock: ProgramClock) -> None:
        self.elementary = elementary
        self.track = track
        self.reader = PesReader(elementary.pid, clock, self._unit)
        self.heard_s: float | None = None

    def _unit(self, pes: Pes) -> None:
        self.heard_s = pes.arrived_s
        self.track.unit(pes)


class TsDemuxer:
    """The first program's first picture, first sound and its KLV streams. Nothing it is fed raises; what makes no sense
    is counted and dropped. Units' times are µs on one line; `arrived_s` is monotonic.

    `has_tracks` None: the program's map has not come yet. `scrambled`: packets that were encrypted.
    """

    def __init__(self, sink: MediaSink) -> None:
        self._sink = sink
        self._sync = PacketSync()
        self._clock = ProgramClock()
        self._tables: dict[int, _Sections] = {PAT_PID: _Sections()}
        self._readers: dict[int, PesReader] = {}
        self._streams: dict[int, _Stream] = {}
        self._pmt_pid = -1
        self._pcr_pid = -1
        self._mapped_s: float | None = None
        self._told = False
        self.has_tracks: bool | None = None
        self.scrambled = 0

    @property
    def skipped_bytes(self) -> int:
        """Bytes that were part of no packet."""
        return self._sync.skipped

    @property
    def heard_s(self) -> float | None:
        """Arrival of the last unit of picture or sound."""
        times = [
            stream.heard_s
            for stream in self._streams.values()
            if stream.heard_s is not None and not codecs.is_klv(stream.elementary)
        ]
        return max(times, default=None)

    def feed(self, data: bytes, arrived_s: float) -> None:
        """Any number of bytes."""
        readers, pid_mask = self._readers, _PID
        for header, body in _PACKETS.iter_unpack(self._sync.feed(data)):
            reader = readers.get(header >> 8 & pid_mask)
            if reader is not None and header == reader.plain:
                reader.more(body, header, arrived_s)
            else:
                self._packet(header, body, arrived_s)
        if not self._told and self._mapped_s is not None and arrived_s - self._mapped_s >= TRACKS_WITHIN_S:
            self._tell()

    def close(self) -> None:
        """The stream has ended: what is still being collected is given out."""
        for reader in list(self._readers.values()):
            reader.finish()

    def _packet(self, header: int, body: bytes, now_s: float) -> None:
        """A packet that is not the plain continuation of a unit."""
        pid = header >> 8 & _PID
        if header & _TRANSPORT_ERROR:
            return
        if header & _SCRAMBLED:
            self.scrambled += 1
            return
        stuffed = jumps = False
        if header & _ADAPTATION:
            size = body[0]
            if size > 183:
                return
            jumps, stuffed = self._adaptation(pid, body[: 1 + size], now_s)
            body = body[1 + size :]
        if not header & _PAYLOAD:
            return
        start = bool(header & _UNIT_START)
        reader = self._readers.get(pid)
        if reader is not None:
            if self._in_order(pid, reader, header & 15, jumps=jumps):
                (reader.begin if start else reader.resume)(body, now_s, stuffed=stuffed)
            return
        tables = self._tables.get(pid)
        if tables is not None:
            self._table_packet(pid, tables, header & 15, body, start=start, now_s=now_s)

    def _adaptation(self, pid: int, field: bytes, now_s: float) -> tuple[bool, bool]:
        """Whether the counter may jump, whether there is stuffing."""
        if len(field) < 2:
            return False, True
        flags = field[1]
        pcr = flags >> 4 & 1
        if pcr and pid == self._pcr_pid and len(field) >= 8:
            base = int.from_bytes(field[2:7]) >> 7
            if flags & 0x80:
                self._clock.discontinuity(base, now_s)
            else:
                self._clock.stamp(base, now_s)
        used = 2 + 6 * pcr + 6 * (flags >> 3 & 1)
        return bool(flags & 0x80), len(field) > used and not flags & 7

    def _in_order(self, pid: int, reader: PesReader, counter: int, *, jumps: bool) -> bool:
        """False for a packet sent twice."""
        expected = reader.counter
        if expected is not None and counter != expected and not jumps:
            if counter == (expected - 1) & 15:
                return False
            self._sink.lost((counter - expected) & 15)
            stream = self._streams[pid]
            if stream.track.keeps_broken:
                reader.lost()
            else:
                reader.cut()
        reader.expect(counter + 1 & 15)
        return True

    def _table_packet(
        self, pid: int, tables: _Sections, counter: int, body: bytes, *, start: bool, now_s: float
    ) -> None:
        if tables.counter is not None and counter != tables.counter:
            tables.reader.drop()
        tables.counter = counter + 1 & 15
        for section in tables.reader.feed(body, start=start):
            if pid == PAT_PID:
                self._programs(parse_pat(section))
            else:
                program = parse_pmt(section)
                if program is not None:
                    self._mapped(program, now_s)

    def _programs(self, maps: list[int] | None) -> None:
        if not maps or maps[0] == self._pmt_pid or maps[0] == PAT_PID:
            return
        self._tables.pop(self._pmt_pid, None)
        self._pmt_pid = maps[0]
        self._tables[self._pmt_pid] = _Sections()

    def _mapped(self, program: Program, now_s: float) -> None:
        """Streams that stay the same go on; a changed one ends and begins anew."""
        self._pcr_pid = program.pcr_pid
        wanted = _choose(program)
        for pid, stream in list(self._streams.items()):
            if wanted.get(pid) != stream.elementary:
                del self._streams[pid]
                self._readers.pop(pid).finish()
        for pid, elementary in wanted.items():
            if pid not in self._streams:
                stream = _Stream(elementary, self._track(elementary), self._clock)
                self._streams[pid] = stream
                self._readers[pid] = stream.reader
        self.has_tracks = any(not codecs.is_klv(stream) for stream in wanted.values())
        if self._mapped_s is None:
            self._mapped_s = now_s
        self._settle()

    def _track(self, stream: Elementary) -> Track:
        codec = codecs.video_codec(stream)
        if codec is not None:
            return VideoTrack(codec, self._sink)
        if codecs.is_klv(stream):
            return codecs.klv_track(stream, self._sink, self._clock)
        return codecs.audio_track(stream, self._sink, self._settle)

    def _settle(self) -> None:
        if not self._told and self.has_tracks and all(stream.track.known for stream in self._streams.values()):
            self._tell()

    def _tell(self) -> None:
        self._told = True
        self._sink.tracks_known()


def _choose(program: Program) -> dict[int, Elementary]:
    """By PID: the first picture, the first sound (one that can be read if there is one), KLV."""
    streams = {stream.pid: stream for stream in reversed(program.streams)}
    listed = list(reversed(streams.values()))
    pictures = [stream for stream in listed if codecs.video_codec(stream) is not None]
    sounds = [stream for stream in listed if codecs.is_audio(stream)]
    sounds.sort(key=lambda stream: codecs.unread_audio_codec(stream) is not None)
    data = [stream for stream in listed if codecs.is_klv(stream)]
    return {stream.pid: stream for stream in (*pictures[:1], *sounds[:1], *data[:MAX_DATA_STREAMS])}
