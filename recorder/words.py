"""The words between the core and a recorder child, beside those of all children (conference.children.words). One child
records all tapped tracks of one recording.

Media takes another socket, the tap: plain RTP and RTCP sender reports from the relay, several packets in one datagram,
each behind a 16-bit big-endian length (RFC 4571), at most 65,535 bytes together; PLI goes back the same way.

Who answers what: the child asks `NeedFile`, the core answers `File` or `NoFile` with the same request number. `Segment`
follows as soon as the file is known, then a `Synced` for each fragment after its fdatasync, at last `Closed`. Nothing
else is answered. All times are Unix time in ms on the host's clock, as the relay's sender reports tell it.
"""

from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from conference.children import words as common

MAX_MESSAGE_BYTES: Final = 65_536
SYNC_PERIOD_S: Final = 1.0
MAX_TRACKS: Final = 512
"""Of one recording at the same time; a Track beyond is not recorded (`Refused`)."""
MAX_NAME: Final = 200

Kind = Literal["audio", "video"]
Codec = Literal["vp8", "vp9", "h264", "av1", "opus", "pcmu", "pcma"]
GapReason = Literal["loss", "damaged", "silent", "disk", "clock"]
"""loss: packets did not come; of video, up to the next keyframe. damaged: they came, but not as their codec's format.
silent: nothing was sent for 3 s or more (a muted device, a paused screen). disk: storage was full, failing or too slow.
clock: the sender's time line has jumped."""
SegmentReason = Literal["begun", "changed", "reconnected", "clock", "disk"]
"""Why a segment begins. begun: the track's first. changed: a `Track` word with a known number (codec, SSRC).
reconnected: the sender began a new RTP stream. clock: its time line has jumped by more than a second. disk: storage
takes bytes again."""


Limits = common.Limits
Stop = common.Stop
"""Close all segments, say Ended, exit: within 1 s unless the disk is slower than that."""
Beat = common.Beat


# ---- core -> child --------------------------------------------------------------------------------------------------


class Start(common.Word, frozen=True, tag="start"):
    """The first message. fds: the tap. `buffer_bytes`: what may wait for a slow disk, all tracks together; then whole
    frames are dropped."""

    recording: str
    limits: Limits = Limits()
    buffer_bytes: int = 64 << 20


class Track(common.Word, frozen=True, tag="track"):
    """A tapped subscription begins: packets with this SSRC and payload type belong to it. `track`: the core's own
    number. A known number replaces what it was: its segment is closed, the next frames begin a new one.

    `name`: shown by players of the file. `kept`: the relay keeps this stream since its last keyframe. Whoever asks for
    a keyframe gets that again, with all that followed: it is asked for only when one is needed.
    """

    track: int
    kind: Kind
    codec: Codec
    clock_hz: int
    pt: int
    ssrc: int
    name: str = ""
    kept: bool = False


class Untrack(common.Word, frozen=True, tag="untrack"):
    """It has ended. Its segment is closed; `Closed` comes when that is on the disk. An unknown number is ignored."""

    track: int


class File(common.Word, frozen=True, tag="file"):
    """Answers NeedFile. One fd: a new empty file, open for writing. `segment`: its id."""

    request: int
    segment: str


class NoFile(common.Word, frozen=True, tag="no-file"):
    """Answers NeedFile: there is none now. What waited for it is lost and marked; asked again a second later. `kind`,
    `detail`: why, as in Trouble."""

    request: int
    kind: Literal["full", "error"] = "error"
    detail: str = ""


class Pause(common.Word, frozen=True, tag="pause"):
    """The disk has no room left for recordings, or has again: while paused, nothing more is written and keyframes are
    not asked for. What is missing is a gap `disk`."""

    paused: bool


ToChild = Start | Track | Untrack | File | NoFile | Pause | Stop


# ---- child -> core --------------------------------------------------------------------------------------------------


class Refused(common.Word, frozen=True, tag="refused"):
    """This track is not recorded. `reason`: too-many, or bad-format (codec and kind or clock do not fit)."""

    track: int
    reason: Literal["too-many", "bad-format"]


class NeedFile(common.Word, frozen=True, tag="need-file"):
    """A segment begins; its first frames wait in memory. `request`: of this child, never used again."""

    request: int
    track: int


class Segment(common.Word, frozen=True, tag="segment"):
    """Told when its file came. pts 0 of the file is `begun_ms`. `codec`: as in the file (opus for pcmu and pcma).
    `width`, `height`: of the first picture, 0 for sound; later pictures may have other sizes."""

    track: int
    segment: str
    codec: Codec
    width: int
    height: int
    reason: SegmentReason
    begun_ms: int


class KeyFrame(Struct, frozen=True, array_like=True):
    """Where decoding can begin: the file offset of a Cluster whose first block this is."""

    offset: int
    at_ms: int


class Synced(common.Word, frozen=True, tag="synced"):
    """`length` bytes at `offset` are on the disk (after fdatasync) and have this SHA-256 (32 bytes). Fragments are
    numbered from 0 without holes and cover the file without holes; they hold whole Clusters.

    Fragment 0 is the header, and only it is told twice: closing a segment writes duration, size and the place of the
    cues into it. A crash between that write and the word leaves a header with another hash; whoever repairs the index
    of a segment without `Closed` hashes fragment 0 anew.

    `bytes`: length of the file with this fragment. `from_ms`, `until_ms`: times of its first and last block; both are
    the segment's begin for the header. `keyframes`: of video, at most one a second. The last fragment ends with cues.
    """

    track: int
    segment: str
    number: int
    offset: int
    length: int
    sha256: bytes
    bytes: int
    from_ms: int
    until_ms: int
    keyframes: tuple[KeyFrame, ...] = ()


class Closed(common.Word, frozen=True, tag="closed"):
    """The last word about a segment; all of it is told and synced. `reason`: why it ended; full, error: its last bytes
    were not written, the file ends behind the last whole Cluster."""

    track: int
    segment: str
    bytes: int
    until_ms: int
    reason: Literal["ended", "changed", "reconnected", "clock", "stopped", "full", "error"]


class Gap(common.Word, frozen=True, tag="gap"):
    """Nothing was recorded of this track in between. Told when it is over, or when its track ends."""

    track: int
    from_ms: int
    until_ms: int
    reason: GapReason


class Trouble(common.Word, frozen=True, tag="trouble"):
    """Storage: told at each change, at most 2 s after it. full: no space, quota or size limit; error: it fails;
    slow: no write or sync has come back for 1.5 s; none: all is well again. `detail`: the errno's name."""

    kind: Literal["full", "error", "slow", "none"]
    detail: str = ""


class Report(common.Word, frozen=True, tag="report"):
    """Once a second; counters since the start. `buffered_bytes`: waiting for the disk now."""

    buffered_bytes: int
    written_bytes: int
    lost_packets: int
    dropped_frames: int
    keyframe_requests: int
    malformed_packets: int
    foreign_packets: int


class Ended(common.Ended, frozen=True, tag="ended"):
    """The last message; all segments are closed. stopped: asked for, or the core is gone. tap-closed: the relay's end
    is."""

    cause: Literal["stopped", "tap-closed"]


FromChild = Beat | Refused | NeedFile | Segment | Synced | Closed | Gap | Trouble | Report | Ended

encode = common.encode
decode_to_child = msgspec.msgpack.Decoder(ToChild).decode
"""Raises msgspec.DecodeError or ValidationError."""
decode_from_child: Any = msgspec.msgpack.Decoder(FromChild).decode
"""Raises msgspec.DecodeError or ValidationError: that child is broken and must be ended."""
