"""The words between the core and the child that makes a composed stream, beside those of all children
(conference.children.words).

Media takes other sockets. The tap brings plain RTP and RTCP sender reports of the room, the outlet takes plain RTP of
the composed stream to the relay; both frame as conference.sources.words says, PLI goes the other way.

`Program` is always the whole of what there is to show and to hear. All sizes are pixels of the composed picture.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from conference.children import words as common
from conference.walls.drawn import Says

MAX_MESSAGE_BYTES: Final = 131_072
MAX_TRACKS: Final = 128
MAX_PLACES: Final = 49
MAX_SINKS: Final = 8
MAX_LABEL: Final = 80
MAX_TEXT: Final = 500
NO_TRACK: Final = 0
HLS_SLOTS: Final = 4
"""Files in memory that the child fills in turn, one for each segment. The core reads each as soon as it is told."""
MAX_HLS_SEGMENT_BYTES: Final = 8 << 20
MAX_HLS_HEAD_BYTES: Final = 16_384

VideoCodec = Literal["vp8", "vp9", "h264", "av1"]
SoundCodec = Literal["opus", "pcmu", "pcma"]
Cover = Literal["", "waiting", "gap", "off", "sound", "absent", "locked", "empty"]
SinkKind = Literal["whep", "hls", "mp4", "rtmp", "srt"]

Limits = common.Limits
Stop = common.Stop
"""Finish every output, say Ended, exit."""
Beat = common.Beat


# ---- core -> child --------------------------------------------------------------------------------------------------


class Start(common.Word, frozen=True, tag="start"):
    """The first message. `begun_ms`: Unix time of the stream's time 0, the same for every child of one stream."""

    width: int
    height: int
    fps: int
    begun_ms: int
    labels: bool = True
    clock: bool = True
    utc_offset_min: int = 480
    language: Literal["zh-CN", "en"] = "zh-CN"
    max_bitrate_bps: int = 4_000_000
    limits: Limits = Limits()


class Tap(common.Word, frozen=True, tag="tap"):
    """One fd: where the room's media come from now on; the earlier one is closed."""


class Outlet(common.Word, frozen=True, tag="outlet"):
    """One fd: where RTP goes from now on; the earlier one is closed."""


class Track(Struct, frozen=True, array_like=True):
    """A tapped subscription: packets with this SSRC and payload type belong to it. `track`: from 1, never used again.
    `screen`: it may stand still for long and still be true."""

    track: int
    codec: VideoCodec | SoundCodec
    clock_hz: int
    pt: int
    ssrc: int
    screen: bool = False


class Place(Struct, frozen=True, array_like=True):
    """A rectangle of the picture, even numbers. `track`: whose picture, NO_TRACK nobody's. `cover`: instead of the
    picture. `says`, `text`, `at_s`: what is shown where there is no picture, as `conference.walls.drawn.Drawn` says.
    `alarm`: a red frame."""

    track: int
    x: int
    y: int
    width: int
    height: int
    label: str = ""
    cover: Cover = ""
    text: str = ""
    muted: bool = False
    alarm: bool = False
    says: Says = "text"
    at_s: int = 0


class Program(common.Word, frozen=True, tag="program"):
    """What there is to show and to hear from now on."""

    tracks: tuple[Track, ...] = ()
    places: tuple[Place, ...] = ()


class AddSink(common.Word, frozen=True, tag="add-sink"):
    """An output begins. fds: whep none (it goes to the outlet); hls HLS_SLOTS files in memory; mp4 two files open for
    reading and writing, the fragments' and the finished film's; rtmp one connected TCP socket; srt one socket.

    `from_ms`: of mp4, where its film began, in the stream's time; its fragments' file may already hold some. `address`,
    `stream`: of rtmp and srt, for the protocol's own words; `stream` is a secret.
    """

    sink: int
    kind: SinkKind
    from_ms: int = 0
    address: str = ""
    stream: str = ""

    def __repr__(self) -> str:
        return f"AddSink({self.sink}, {self.kind})"


class DropSink(common.Word, frozen=True, tag="drop-sink"):
    """An output is to be finished; SinkEnded follows. An unknown number is ignored."""

    sink: int


ToChild = Start | Tap | Outlet | Program | AddSink | DropSink | Stop


# ---- child -> core --------------------------------------------------------------------------------------------------


class SinkReport(Struct, frozen=True, array_like=True):
    """`bytes`: of coded media that left by it."""

    sink: int
    bytes: int


class Report(common.Word, frozen=True, tag="report"):
    """Once a second. `encoded`: pictures since the last report. `load`: busy time over time. `fps`, `preset`: the step
    it is at. `waiting_tracks`: placed pictures without a picture. `lost_packets`, `decode_errors`: since the start."""

    encoded: int
    load: float
    fps: int
    preset: str
    waiting_tracks: int
    lost_packets: int
    decode_errors: int
    sinks: tuple[SinkReport, ...] = ()


class Stepped(common.Word, frozen=True, tag="stepped"):
    """It encodes fewer or coarser pictures from now on, or more again. `reason`: overload, or recovered."""

    fps: int
    preset: str
    reason: Literal["overload", "recovered"]
    load: float


class HlsHead(common.Word, frozen=True, tag="hls-head"):
    """The initialisation section of all segments that follow. Told again when the codec's parameters change."""

    sink: int
    data: bytes


class HlsSegment(common.Word, frozen=True, tag="hls-segment"):
    """`size` bytes in file `slot` are a segment that begins with a keyframe. `number`: without holes, from 0 for each
    child."""

    sink: int
    number: int
    slot: int
    size: int
    duration_ms: int


class SinkEnded(common.Word, frozen=True, tag="sink-ended"):
    """Nothing goes there any more. `reason`: finished (DropSink or Stop; a film is a plain MP4 then), failed (writing
    or sending failed, `detail` short ASCII), refused (it cannot be opened). `bytes`, `duration_ms`: of a finished
    film."""

    sink: int
    reason: Literal["finished", "failed", "refused"]
    detail: str = ""
    bytes: int = 0
    duration_ms: int = 0


class Ended(common.Ended, frozen=True, tag="ended"):
    """The last message; every output is finished."""

    cause: Literal["stopped"] = "stopped"


FromChild = Beat | Report | Stepped | HlsHead | HlsSegment | SinkEnded | Ended

encode = common.encode
decode_to_child = msgspec.msgpack.Decoder(ToChild).decode
"""Raises msgspec.DecodeError or ValidationError."""
decode_from_child: Any = msgspec.msgpack.Decoder(FromChild).decode
"""Raises msgspec.DecodeError or ValidationError: that child is broken and must be ended."""
